/* SPDX-License-Identifier: Apache-2.0
 *
 * gate.h - the head of a request, read so strictly that nobody can read it in another way.
 *
 *     hmi_http_head head;
 *     int status = hmi_http_head_read(bytes, &head, &used);
 *     0: whole, `used` bytes were it    HMI_HTTP_MORE: not whole yet    else: answer this, close
 *
 * A slice of what came over the wire is borrowed by the head: keep the bytes.
 */
#ifndef HMI_HTTP_GATE_H
#define HMI_HTTP_GATE_H

#include "base/bytes.h"

enum {
    HMI_HTTP_HEAD_MAX = 16384,
    HMI_HTTP_TARGET_MAX = 8192,
    HMI_HTTP_HEADERS_MAX = 64,
    HMI_HTTP_METHOD_MAX = 16,
    HMI_HTTP_LENGTH_DIGITS_MAX = 15,
    HMI_HTTP_MORE = 1 /* no status: more bytes are needed */
};

typedef struct hmi_http_header {
    hm_text name, value; /* as sent; no blanks around the value */
} hmi_http_header;

typedef struct hmi_http_head {
    hm_text method, path, query; /* the query without '?'; .ptr == NULL when there is none */
    hmi_http_header headers[HMI_HTTP_HEADERS_MAX];
    size_t header_count;
    uint64_t length; /* of the body */
    bool has_length;
    bool close;    /* the connection ends after the answer */
    bool expects;  /* 100-continue */
    bool accepted; /* at least one Accept header is there */
} hmi_http_head;

/* 0, HMI_HTTP_MORE, or the status of a refusal: 400, 411, 414, 417, 431, 501, 505. */
int hmi_http_head_read(hm_bytes bytes, hmi_http_head *ret, size_t *ret_used);
/* The first header of that name, ASCII case ignored; {NULL, 0} when there is none. */
hm_text hmi_http_header_find(const hmi_http_head *head, const char *name);
/* The standard words for a status. */
const char *hmi_http_reason(int status);

#endif
