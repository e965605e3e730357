/* SPDX-License-Identifier: Apache-2.0
 *
 * input.h - files that a command reads itself: rules and events, not evidence.
 */
#ifndef HMI_CLI_INPUT_H
#define HMI_CLI_INPUT_H

#include "base/buf.h"

/* Appends a whole file ("-": standard input) to `buf`; HM_E_LIMIT when it is larger than `max`. */
int hmi_input_read(const char *path, size_t max, hmi_buf *buf, hm_err *err);

typedef struct hmi_input {
    int fd;
    hmi_buf buf;
    size_t pos, max;
    bool ended;
} hmi_input;

/* Documents of a stream: JSON lines, or JSON documents one behind the other, or one list. */
int hmi_input_open(hmi_input *input, const char *path, size_t document_max, hm_err *err);
void hmi_input_close(hmi_input *input);
/* The next line; false at the end (HM_OK) or with *ret_code when reading failed. Lent until the
 * next call. A line longer than the maximum is cut there. */
bool hmi_input_line(hmi_input *input, hm_bytes *ret_line, int *ret_code, hm_err *err);
/* More bytes behind what hmi_input_line gave last, up to and with the next line end; false when
 * there are none or the maximum is reached. Either way *line is what there is now. */
bool hmi_input_more(hmi_input *input, hm_bytes *line, int *ret_code, hm_err *err);

#endif
