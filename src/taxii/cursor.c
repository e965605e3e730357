/* SPDX-License-Identifier: Apache-2.0
 *
 * cursor.c - a date of the partner's own view and a code that only we can compute.
 *
 * WHY    The same cursor gives the same page again, after a lost answer or a restart; a cursor of
 *        another partner, collection or filter is refused (TAXII 2.1 section 3.5: "along with the
 *        same original query options").
 * FORM   base64url( date u64, big-endian | HMAC-SHA-256 of scope and date, first 16 bytes )
 * TRUST  Anybody's text. OWNS   Nothing.
 */
#include "taxii/cursor.h"

#include <sodium.h>

enum { CODE = 16, BINARY = 8 + CODE };

static void code_of(const uint8_t *secret, hm_bytes scope, const uint8_t date[8],
                    uint8_t ret[crypto_auth_hmacsha256_BYTES])
{
    crypto_auth_hmacsha256_state state;
    (void)crypto_auth_hmacsha256_init(&state, secret, HMI_CURSOR_SECRET);
    (void)crypto_auth_hmacsha256_update(&state, (const uint8_t *)"cursor", 6);
    (void)crypto_auth_hmacsha256_update(&state, date, 8);
    (void)crypto_auth_hmacsha256_update(&state, scope.ptr, scope.len);
    (void)crypto_auth_hmacsha256_final(&state, ret);
}

void hmi_cursor_make(const uint8_t secret[HMI_CURSOR_SECRET], hm_bytes scope, int64_t date_us,
                     char ret[HMI_CURSOR_LEN + 1])
{
    uint8_t binary[BINARY], code[crypto_auth_hmacsha256_BYTES];
    for (int i = 0; i < 8; i++) {
        binary[i] = (uint8_t)((uint64_t)date_us >> (56 - 8 * i));
    }
    code_of(secret, scope, binary, code);
    memcpy(binary + 8, code, CODE);
    sodium_bin2base64(ret, HMI_CURSOR_LEN + 1, binary, BINARY,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

bool hmi_cursor_read(const uint8_t secret[HMI_CURSOR_SECRET], hm_bytes scope, hm_text cursor,
                     int64_t *ret_date_us)
{
    uint8_t binary[BINARY], code[crypto_auth_hmacsha256_BYTES];
    size_t len = 0;
    const char *end = NULL;
    if (cursor.len != HMI_CURSOR_LEN ||
        sodium_base642bin(binary, sizeof(binary), cursor.ptr, cursor.len, NULL, &len, &end,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        len != BINARY || end != cursor.ptr + cursor.len) {
        return false;
    }
    code_of(secret, scope, binary, code);
    if (sodium_memcmp(binary + 8, code, CODE) != 0) {
        return false;
    }
    uint64_t date = 0;
    for (int i = 0; i < 8; i++) {
        date = date << 8 | binary[i];
    }
    *ret_date_us = (int64_t)date;
    return true;
}
