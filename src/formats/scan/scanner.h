/* SPDX-License-Identifier: Apache-2.0
 *
 * scanner.h - the state of one pass, and one function for each byte that can betray an observable.
 *
 * Each is called with the place of its byte, which is at or behind `done` (mail also before it),
 * and may move `done` to the end of what it took.
 */
#ifndef HMI_FORMATS_SCAN_SCANNER_H
#define HMI_FORMATS_SCAN_SCANNER_H

#include "trait/trait.h"

enum {
    HMI_SCAN_TOKEN_MAX = 512, /* bytes of a domain-like token that are looked at */
    HMI_SCAN_URL_MAX = 2048,
    HMI_SCAN_PATH_MAX = 1024,
    HMI_SCAN_AGENT_MAX = 512,
    HMI_SCAN_MAIL_MAX = 64 /* of the local part, RFC 5321 section 4.5.3.1.1 */
};

typedef struct hmi_scanner {
    hmi_reading *reading;
    const uint8_t *p;
    size_t len;
    uint64_t offset; /* of p[0] in the evidence */
    uint32_t step;   /* bytes of evidence per character */
    hmi_role role;
    size_t done;       /* end of the last token */
    size_t agent_done; /* end of the last user agent, in which there may be URLs */
    hm_err *err;
} hmi_scanner;

int hmi_scanner_emit(const hmi_scanner *s, hmi_class class_id, size_t begin, size_t end);

/* scan_net.c */
int hmi_scanner_dot(hmi_scanner *s, size_t at);
int hmi_scanner_colon(hmi_scanner *s, size_t at);
int hmi_scanner_mail(hmi_scanner *s, size_t at);
/* scan_path.c */
int hmi_scanner_backslash(hmi_scanner *s, size_t at);
int hmi_scanner_slash(hmi_scanner *s, size_t at);
int hmi_scanner_drive(hmi_scanner *s, size_t at); /* the colon of C:\ */

#endif
