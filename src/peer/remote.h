/* SPDX-License-Identifier: Apache-2.0
 *
 * remote.h - a partner's server: where it is, how we are known there, how we know it.
 */
#ifndef HMI_PEER_REMOTE_H
#define HMI_PEER_REMOTE_H

#include "base/arena.h"
#include "base/buf.h"

enum { HMI_REMOTE_BYTES_MAX = 65536, HMI_REMOTE_NAME_MAX = 64 };

/* Everything NULL when it is not given. */
typedef struct hmi_remote {
    const char *url;        /* of its API root: "https://partner.example/api1/" */
    const char *collection; /* UUID or alias there */
    const char *user, *password, *token;
    const char *certificate, *key; /* ours, PEM */
    const char *ca;                /* that signed theirs, PEM; NULL: the system's */
    const char *pin;               /* "sha256//..." of their public key */
} hmi_remote;

/* Letters, digits, '-', '_', '.': it becomes a file's name. */
bool hmi_remote_name_good(hm_text name);
/* HM_E_MALFORMED says what is wrong; also for a URL that is not https, loopback excepted. */
int hmi_remote_read(hm_bytes text, hmi_arena *arena, hmi_remote *ret, hm_err *err);
void hmi_remote_write(const hmi_remote *remote, hmi_buf *out);
int hmi_remote_check(const hmi_remote *remote, hm_err *err);

#endif
