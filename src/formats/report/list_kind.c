/* SPDX-License-Identifier: Apache-2.0
 *
 * list_kind.c - what an entry of a list is: by its shape, by the name of its kind, by its header.
 *
 * WHY    Feeds agree on nothing but one indicator per line. Shapes that could be two things are
 *        not guessed: "evil.com/a" is no URL without a scheme, "1.2.3" no address.
 * FORM   Names of kinds are those of MISP, OTX, STIX and common feeds, compared without case.
 * TRUST  Hostile text.
 * OWNS   Constants.
 */
#include "formats/report/list.h"

/* clang-format off */
static const struct {
    const char *name;
    hmi_class class_id;
} KINDS[] = {
    { "ip", HMI_ADDRESS },        { "ipv4", HMI_ADDRESS },       { "ipv6", HMI_ADDRESS },
    { "ip-src", HMI_ADDRESS },    { "ip-dst", HMI_ADDRESS },     { "address", HMI_ADDRESS },
    { "ip_address", HMI_ADDRESS }, { "ip address", HMI_ADDRESS }, { "ipaddress", HMI_ADDRESS },
    { "ipv4-addr", HMI_ADDRESS }, { "ipv6-addr", HMI_ADDRESS },  { "cidr", HMI_RANGE },
    { "range", HMI_RANGE },       { "netblock", HMI_RANGE },     { "domain", HMI_DOMAIN },
    { "domain-name", HMI_DOMAIN }, { "hostname", HMI_DOMAIN },   { "host", HMI_DOMAIN },
    { "fqdn", HMI_DOMAIN },       { "url", HMI_URL },            { "uri", HMI_URL },
    { "link", HMI_URL },          { "email", HMI_MAIL },         { "mail", HMI_MAIL },
    { "email-src", HMI_MAIL },    { "email-dst", HMI_MAIL },     { "email-addr", HMI_MAIL },
    { "md5", HMI_MD5 },           { "sha1", HMI_SHA1 },          { "sha256", HMI_SHA256 },
    { "sha512", HMI_SHA512 },     { "sha-1", HMI_SHA1 },         { "sha-256", HMI_SHA256 },
    { "sha-512", HMI_SHA512 },    { "filehash-md5", HMI_MD5 },   { "filehash-sha1", HMI_SHA1 },
    { "filehash-sha256", HMI_SHA256 }, { "ssdeep", HMI_SSDEEP }, { "tlsh", HMI_TLSH },
    { "imphash", HMI_IMPORT_HASH }, { "filename", HMI_FILE_NAME }, { "file_name", HMI_FILE_NAME },
    { "filepath", HMI_FILE_PATH }, { "mutex", HMI_MUTEX },       { "regkey", HMI_REGISTRY_KEY },
    { "registry", HMI_REGISTRY_KEY }, { "user-agent", HMI_USER_AGENT }, { "ja3", HMI_JA3 },
    { "ja3-fingerprint-md5", HMI_JA3 }, { "ja4", HMI_JA4 },      { "btc", HMI_WALLET },
    { "wallet", HMI_WALLET },     { "as", HMI_ASN },             { "asn", HMI_ASN },
    { "cve", HMI_VULNERABILITY }, { "vulnerability", HMI_VULNERABILITY },
    { "mac-address", HMI_MAC_ADDRESS }, { "onion", HMI_ONION },
    { "x509-fingerprint-sha256", HMI_CERTIFICATE },
};
/* clang-format on */

static bool among(hm_text word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (hmi_text_ieq(word, hmi_text_of(words[i]))) {
            return true;
        }
    }
    return false;
}

hmi_class hmi_list_kind(hm_text name)
{
    for (size_t i = 0; i < HMI_COUNT(KINDS); i++) {
        if (hmi_text_ieq(name, hmi_text_of(KINDS[i].name))) {
            return KINDS[i].class_id;
        }
    }
    return HMI_CLASS_NONE;
}

hmi_list_column hmi_list_header(hm_text word)
{
    static const char *const VALUES[] = { "value",     "indicator", "ioc",  "indicator_value",
                                          "ioc_value", "ioc value", "iocs", "observable" };
    static const char *const NAMES[] = { "type",     "kind",           "indicator_type",
                                         "ioc_type", "indicator type", "ioc type" };
    static const char *const LOGGED[] = { "status",   "method", "bytes",     "action", "user",
                                          "username", "src",    "dst",       "src_ip", "dst_ip",
                                          "protocol", "port",   "useragent", "level",  "message" };
    if (among(word, LOGGED, HMI_COUNT(LOGGED))) {
        return HMI_LIST_LOGGED;
    }
    if (among(word, NAMES, HMI_COUNT(NAMES))) {
        return HMI_LIST_KIND;
    }
    if (among(word, VALUES, HMI_COUNT(VALUES)) || hmi_list_kind(word) != HMI_CLASS_NONE) {
        return HMI_LIST_VALUE;
    }
    return HMI_LIST_OTHER;
}

/* "198.51.100.3:443" names the address; the port is no part of it. */
static bool address_with_port(hm_text text, hmi_canon *out)
{
    size_t colon = hmi_find_last_byte(hmi_text_bytes(text), ':');
    uint64_t port;
    return colon != HMI_NPOS &&
           hmi_decimal(hmi_text_slice(text, colon + 1, text.len), UINT16_MAX, &port) &&
           hmi_canon_run(HMI_ADDRESS, hmi_text_slice(text, 0, colon), true, out);
}

static hmi_class hash_of_length(size_t len)
{
    return len == 32    ? HMI_MD5
           : len == 40  ? HMI_SHA1
           : len == 64  ? HMI_SHA256
           : len == 128 ? HMI_SHA512
                        : HMI_CLASS_NONE;
}

hmi_class hmi_list_guess(hm_text text, hmi_canon *out)
{
    static const hmi_class SHAPES[] = { HMI_ADDRESS, HMI_RANGE,  HMI_URL,
                                        HMI_MAIL,    HMI_DOMAIN, HMI_ONION,
                                        HMI_SSDEEP,  HMI_TLSH,   HMI_VULNERABILITY };
    hmi_class hash = hash_of_length(text.len);
    if (hash != HMI_CLASS_NONE && hmi_canon_run(hash, text, false, out)) {
        return hash;
    }
    for (size_t i = 0; i < HMI_COUNT(SHAPES); i++) {
        if (hmi_canon_run(SHAPES[i], text, true, out)) {
            return SHAPES[i];
        }
    }
    return address_with_port(text, out) ? HMI_ADDRESS : HMI_CLASS_NONE;
}
