/* SPDX-License-Identifier: Apache-2.0
 *
 * secret.h - random secrets, passwords as they are kept, and the codes of a second factor.
 *
 * A secret is 32 random bytes as 64 hexadecimal digits; only its SHA-256 is kept. Passwords are
 * kept as Argon2id (64 MiB, three passes). A second factor is TOTP (RFC 6238): SHA-1, 30 seconds,
 * six digits, one step of grace either way.
 */
#ifndef HMI_API_SECRET_H
#define HMI_API_SECRET_H

#include "base/hash.h"

enum {
    HMI_SECRET_TEXT = 65,
    HMI_PASSWORD_KEPT = 128, /* crypto_pwhash_STRBYTES */
    HMI_PASSWORD_MIN = 12,
    HMI_PASSWORD_MAX = 1024,
    HMI_TOTP_SECRET = 20,
    HMI_TOTP_TEXT = 33, /* the secret in base32 and a NUL */
    HMI_TOTP_STEP_S = 30
};

/* Once per process, before anything else here. */
int hmi_secrets_ready(hm_err *err);
void hmi_secret_new(char ret[HMI_SECRET_TEXT]);
hmi_sha256 hmi_secret_kept(hm_text secret);
/* What proves that a request was made by a page that could read an answer of this session. */
void hmi_csrf_of(hm_text secret, char ret[HMI_SECRET_TEXT]);
/* The same time whatever differs. */
bool hmi_secret_same(hm_text a, hm_text b);

int hmi_password_keep(hm_text password, char ret[HMI_PASSWORD_KEPT], hm_err *err);
/* `kept` NULL: as much work for nobody's password, and false. */
bool hmi_password_good(const char *kept, hm_text password);
/* A password that a person can type: 20 characters of 30. */
void hmi_password_draw(char ret[32]);

/* The code of one step; 0 .. 999999. */
uint32_t hmi_totp_code(const uint8_t secret[HMI_TOTP_SECRET], uint64_t step);
/* *ret_step is the step that `code` belongs to, which must be above `last`: a code is good once. */
bool hmi_totp_good(const uint8_t secret[HMI_TOTP_SECRET], hm_text code, int64_t now_us,
                   uint64_t last, uint64_t *ret_step);
void hmi_totp_text(const uint8_t secret[HMI_TOTP_SECRET], char ret[HMI_TOTP_TEXT]);

#endif
