/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_head.h - what every STIX object that we write begins with.
 */
#ifndef HMI_TELL_STIX_HEAD_H
#define HMI_TELL_STIX_HEAD_H

#include "base/json.h"
#include "share/marking.h"

/* Opens an object with type, spec_version, id, created, modified and the marking. */
void hmi_stix_open(hmi_json_writer *w, const char *type, hm_text id, int64_t when_us,
                   const hmi_tlp_marking *tlp);
/* The marking definition itself, TLP 2.0. */
void hmi_stix_marking(hmi_json_writer *w, const hmi_tlp_marking *tlp);
void hmi_stix_member_time(hmi_json_writer *w, const char *key, int64_t us);

#endif
