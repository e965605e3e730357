/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_path.c - which property of which observable is which class of trait.
 *
 * WHY    Observables and patterns name the same properties; both ask this one table.
 * FORM   Steps joined by '/', list indexes left out. Hash algorithms are told apart without case
 *        and dashes: "SHA-256", "SHA256", "sha256" all occur.
 * OWNS   Constants.
 */
#include "formats/report/stix.h"

typedef struct path_row {
    const char *type;
    const char *path;
    hmi_class class_id;
} path_row;

/* clang-format off */
static const path_row ROWS[] = {
    { "ipv4-addr",            "value",               HMI_ADDRESS },
    { "ipv6-addr",            "value",               HMI_ADDRESS },
    { "domain-name",          "value",               HMI_DOMAIN },
    { "url",                  "value",               HMI_URL },
    { "email-addr",           "value",               HMI_MAIL },
    { "mac-addr",             "value",               HMI_MAC_ADDRESS },
    { "file",                 "name",                HMI_FILE_NAME },
    { "file",                 "extensions/windows-pebinary-ext/imphash", HMI_IMPORT_HASH },
    { "file",                 "extensions/windows-pebinary-ext/time_date_stamp", HMI_BUILD_TIME },
    { "file",                 "parent_directory_ref/path", HMI_FILE_PATH },
    { "directory",            "path",                HMI_FILE_PATH },
    { "mutex",                "name",                HMI_MUTEX },
    { "windows-registry-key", "key",                 HMI_REGISTRY_KEY },
    { "user-account",         "account_login",       HMI_ACCOUNT },
    { "user-account",         "user_id",             HMI_ACCOUNT },
    { "user-account",         "credential",          HMI_PASSWORD },
    { "artifact",             "decryption_key",      HMI_PASSWORD },
    { "autonomous-system",    "number",              HMI_ASN },
    { "process",              "command_line",        HMI_COMMAND_LINE },
    { "process",              "extensions/windows-service-ext/service_name", HMI_SERVICE_NAME },
    { "network-traffic",      "src_ref/value",       HMI_ADDRESS },
    { "network-traffic",      "dst_ref/value",       HMI_ADDRESS },
    { "network-traffic",      "extensions/http-request-ext/request_header/User-Agent", HMI_USER_AGENT },
    { "email-message",        "from_ref/value",      HMI_MAIL },
    { "email-message",        "sender_ref/value",    HMI_MAIL },
    { "cryptocurrency-wallet", "value",              HMI_WALLET },
};

static const struct {
    const char *algorithm; /* lower case, no dashes */
    hmi_class class_id;
} HASHES[] = {
    { "md5",    HMI_MD5 },    { "sha1",   HMI_SHA1 },   { "sha256", HMI_SHA256 },
    { "sha512", HMI_SHA512 }, { "ssdeep", HMI_SSDEEP }, { "tlsh",   HMI_TLSH },
    { "imphash", HMI_IMPORT_HASH }, { "authentihash", HMI_AUTHENTIHASH },
};
/* clang-format on */

hmi_class hmi_stix_class_of_hash(hm_text type, hm_text algorithm)
{
    char plain[16];
    size_t len = 0;
    for (size_t i = 0; i < algorithm.len; i++) {
        if (algorithm.ptr[i] == '-' || algorithm.ptr[i] == '_') {
            continue;
        }
        if (len == sizeof(plain)) {
            return HMI_CLASS_NONE;
        }
        plain[len++] = hmi_ascii_lower(algorithm.ptr[i]);
    }
    if (hmi_text_is(type, "x509-certificate")) {
        return hmi_text_is(hmi_text(plain, len), "sha256") ? HMI_CERTIFICATE : HMI_CLASS_NONE;
    }
    for (size_t i = 0; i < HMI_COUNT(HASHES); i++) {
        if (hmi_text_is(hmi_text(plain, len), HASHES[i].algorithm)) {
            return HASHES[i].class_id;
        }
    }
    return HMI_CLASS_NONE;
}

hmi_class hmi_stix_class_of(hm_text type, hm_text path)
{
    hm_text hashes = HM_TEXT("hashes/");
    if (hmi_starts_with(hmi_text_bytes(path), hmi_text_bytes(hashes))) {
        bool hashed = hmi_text_is(type, "file") || hmi_text_is(type, "artifact") ||
                      hmi_text_is(type, "x509-certificate");
        hm_text algorithm = hmi_text_slice(path, hashes.len, path.len);
        return hashed ? hmi_stix_class_of_hash(type, algorithm) : HMI_CLASS_NONE;
    }
    for (size_t i = 0; i < HMI_COUNT(ROWS); i++) {
        if (hmi_text_is(type, ROWS[i].type) && hmi_text_is(path, ROWS[i].path)) {
            return ROWS[i].class_id;
        }
    }
    return HMI_CLASS_NONE;
}

const char *hmi_stix_path_at(hm_text type, size_t i, hmi_class *ret_class)
{
    for (size_t row = 0; row < HMI_COUNT(ROWS); row++) {
        if (hmi_text_is(type, ROWS[row].type) && i-- == 0) {
            *ret_class = ROWS[row].class_id;
            return ROWS[row].path;
        }
    }
    return NULL;
}
