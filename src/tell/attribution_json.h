/* SPDX-License-Identifier: Apache-2.0
 *
 * attribution_json.h - whose it may be as JSON: what --json prints, what the library hands out.
 */
#ifndef HMI_TELL_ATTRIBUTION_JSON_H
#define HMI_TELL_ATTRIBUTION_JSON_H

#include "base/json.h"
#include "compare/attribute.h"
#include "tell/claims.h"

/* Appends one object; its members are a promise (docs/JSON.md). */
void hmi_attribution_json(hmi_json_writer *w, hm_text incident, const hmi_attribution *attribution,
                          const hmi_told_list *claims);

#endif
