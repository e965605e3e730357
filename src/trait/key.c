/* SPDX-License-Identifier: Apache-2.0
 *
 * key.c - the 128 bits that name a trait everywhere, and the names of roles.
 *
 * WHY    Casebooks, indexes and partners compare keys, never spellings. Outsiders choose the
 *        values, so the key is cryptographic: nobody can make two traits collide to hide one
 *        behind a common one.
 * FORM   First 16 bytes of SHA-256("hallmark-trait-1" NUL class-name NUL value).
 * OWNS   Nothing.
 */
#include "trait/trait.h"

#include "base/error.h"
#include "base/hash.h"

#define KEY_DOMAIN "hallmark-trait-1"
enum { HMI_CLASS_NAME_MAX = 32 };

hmi_key hmi_trait_key(hmi_class class_id, hm_text value)
{
    const hmi_class_row *row = hmi_class_find((int)class_id);
    hmi_assert(row != NULL);
    hmi_assert(value.len <= HMI_TRAIT_VALUE_MAX);
    uint8_t named[sizeof(KEY_DOMAIN) + HMI_CLASS_NAME_MAX + 1 + HMI_TRAIT_VALUE_MAX]
        __attribute__((uninitialized));
    size_t len = sizeof(KEY_DOMAIN); /* with its NUL */
    memcpy(named, KEY_DOMAIN, len);
    size_t name_len = strlen(row->name) + 1;
    hmi_assert(name_len <= HMI_CLASS_NAME_MAX + 1);
    memcpy(named + len, row->name, name_len);
    len += name_len;
    if (value.len > 0) {
        memcpy(named + len, value.ptr, value.len);
    }
    hmi_sha256 digest = hmi_sha256_of(hmi_bytes(named, len + value.len));
    hmi_key key;
    memcpy(key.bytes, digest.bytes, sizeof(key.bytes));
    return key;
}

const char *hmi_role_name(hmi_role role)
{
    static const char *const NAMES[HMI_ROLE_MAX + 1] = {
        [HMI_ROLE_CONTENT] = "content",   [HMI_ROLE_SELF] = "self",
        [HMI_ROLE_CLIENT] = "client",     [HMI_ROLE_SERVER] = "server",
        [HMI_ROLE_USER] = "user",         [HMI_ROLE_REFERRER] = "referrer",
        [HMI_ROLE_SENDER] = "sender",     [HMI_ROLE_RECIPIENT] = "recipient",
        [HMI_ROLE_QUERY] = "query",       [HMI_ROLE_INDICATED] = "indicated",
        [HMI_ROLE_OBSERVED] = "observed", [HMI_ROLE_HOST] = "host",
        [HMI_ROLE_DERIVED] = "derived",   [HMI_ROLE_IMPORT] = "import",
        [HMI_ROLE_EXPORT] = "export",
    };
    if (role <= HMI_ROLE_NONE || role > HMI_ROLE_MAX || NAMES[role] == NULL) {
        return "";
    }
    return NAMES[role];
}
