/* SPDX-License-Identifier: Apache-2.0
 *
 * inner.h - records inside records: what programs write through syslog, journald or a container's
 * log.
 */
#ifndef HMI_FORMATS_INNER_H
#define HMI_FORMATS_INNER_H

#include "formats/record/lines.h"

enum { HMI_INNER_FORMATS_MAX = 16, HMI_INNER_DEPTH_MAX = 2 };

/* The states of the formats that come wrapped, made when they are first needed. */
typedef struct hmi_inner {
    void *states[HMI_INNER_FORMATS_MAX];
} hmi_inner;

/* Understands `message` of `program` (which may be empty) as a login, as a record of its own, or as
 * free text, and fills the event, in which time and host of the envelope stand already.
 * HMI_LINE_EVENT, or a negative code. */
int hmi_inner_message(hmi_line_ctx *ctx, hm_bytes program, hm_bytes message, hmi_spelling spelling,
                      hmi_event *event, hm_err *err);
void hmi_inner_fini(hmi_inner *inner);

#endif
