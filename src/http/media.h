/* SPDX-License-Identifier: Apache-2.0
 *
 * media.h - media types in Accept and Content-Type (RFC 9110 sections 8.3 and 12.5.1): parsed, not
 * compared as texts. Blanks, quotes, case, order of parameters and weights mean nothing here that
 * they do not mean there.
 */
#ifndef HMI_HTTP_MEDIA_H
#define HMI_HTTP_MEDIA_H

#include "http/gate.h"

enum { HMI_HTTP_RANGES_MAX = 64, HMI_HTTP_PARAMETERS_MAX = 16 };

/* Is our type, with our version, acceptable to all Accept headers of this request together?
 * Without any it is. `offered` is like "application/taxii+json", `version` like "2.1". *ret_bad is
 * set when a header is no list of media ranges. */
bool hmi_http_accepts(const hmi_http_head *head, const char *offered, const char *version,
                      bool *ret_bad);
/* Is this Content-Type the type, without version or with this one? charset=utf-8 may stand. */
bool hmi_http_is_type(hm_text content_type, const char *type, const char *version);

#endif
