/* SPDX-License-Identifier: Apache-2.0
 *
 * navigator.h - layers for the ATT&CK Navigator (format 4.5).
 */
#ifndef HMI_TELL_NAVIGATOR_H
#define HMI_TELL_NAVIGATOR_H

#include "base/buf.h"
#include "base/json.h"

typedef struct hmi_layer_technique {
    hm_text id; /* "T1561.002" */
    double score;
    const char *colour; /* "#rrggbb", NULL: by score */
    hm_text comment;
} hmi_layer_technique;

typedef struct hmi_layer {
    hm_text name, description;
    const hmi_layer_technique *techniques;
    size_t count;
    double score_max; /* 0: 1 */
    struct {
        const char *label, *colour;
    } legend[4]; /* ends with a NULL label */
} hmi_layer;

int hmi_layer_write(const hmi_layer *layer, hmi_buf *out, hm_err *err);

#endif
