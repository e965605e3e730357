/* SPDX-License-Identifier: Apache-2.0
 *
 * mail.h - what the two halves of the e-mail reader share.
 */
#ifndef HMI_FORMATS_MAIL_H
#define HMI_FORMATS_MAIL_H

#include "trait/trait.h"

enum {
    HMI_MAIL_HEADERS_MAX = 512, /* of a message, and of a part */
    HMI_MAIL_VALUE_MAX = 8192,  /* bytes of one header's value */
    HMI_MAIL_ADDRESSES_MAX = 256,
    HMI_MAIL_PARTS_MAX = 1000,
    HMI_MAIL_DEPTH_MAX = 8, /* parts inside parts */
    HMI_MAIL_BOUNDARY_MAX = 200
};

typedef struct hmi_mail {
    hmi_reading *reading;
    hm_bytes file, message; /* the message is all of the file, or all but mbox's first line */
    hmi_instant sent;
    hmi_arena scratch; /* emptied with each value */
    unsigned parts;
    uint64_t output; /* bytes of attachments so far */
} hmi_mail;

bool hmi_mail_header(hm_bytes *rest, hm_text *ret_name, hm_bytes *ret_value);
/* "Mon, 24 Nov 2014 08:00:00 +0900" */
bool hmi_mail_date(hm_bytes value, hmi_instant *ret);
/* A value that stands in the file as such. */
int hmi_mail_emit(hmi_mail *mail, hmi_class class_id, hmi_role role, hm_bytes raw, hm_err *err);
/* Reads the body: text is searched, attachments become members. */
int hmi_mail_parts(hmi_mail *mail, hm_err *err);

#endif
