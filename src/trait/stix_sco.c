/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_sco.c - the deterministic id that any STIX 2.1 observable (SCO) should have.
 *
 * WHY    An observable that a partner sent, or that we make with more than one property, must get
 *        the id that every other software gives it.
 * FORM   UUIDv5 over the RFC 8785 canonical JSON of the ID contributing properties that are there
 *        (section 2.9; each type's own list in section 6). Of "hashes" exactly one goes in: MD5,
 *        else SHA-1, else SHA-256, else SHA-512, else the first. A type without such properties
 *        ("process"), or an object that has none of them, has no such id.
 * TRUST  The object is anybody's; base/json has read it strictly.
 * OWNS   Nothing; the small buffer in between is freed on every way out.
 */
#include "trait/stix_id.h"

#include "base/error.h"

enum { CONTRIBUTING_MAX = 8 };

/* Names in the order of RFC 8785, so that writing them in turn is canonical. */
static const struct {
    const char *type;
    const char *names[CONTRIBUTING_MAX];
} ROWS[] = {
    { "artifact", { "hashes", "payload_bin" } },
    { "autonomous-system", { "number" } },
    { "directory", { "path" } },
    { "domain-name", { "value" } },
    { "email-addr", { "value" } },
    { "email-message", { "body", "from_ref", "subject" } },
    { "file", { "extensions", "hashes", "name", "parent_directory_ref" } },
    { "ipv4-addr", { "value" } },
    { "ipv6-addr", { "value" } },
    { "mac-addr", { "value" } },
    { "mutex", { "name" } },
    { "network-traffic",
      { "dst_port", "dst_ref", "end", "extensions", "protocols", "src_port", "src_ref", "start" } },
    { "software", { "cpe", "name", "swid", "vendor", "version" } },
    { "url", { "value" } },
    { "user-account", { "account_login", "account_type", "user_id" } },
    { "windows-registry-key", { "key", "values" } },
    { "x509-certificate", { "hashes", "serial_number" } },
};

static const char *const *names_of(hm_text type)
{
    for (size_t i = 0; i < HMI_COUNT(ROWS); i++) {
        if (hmi_text_is(type, ROWS[i].type)) {
            return ROWS[i].names;
        }
    }
    return NULL;
}

/* "none" and an empty name when there is no hash at all. */
static hmi_value choose_hash(hmi_value hashes, hmi_arena *arena, hm_text *ret_algorithm)
{
    static const char *const PREFERRED[] = { "MD5", "SHA-1", "SHA-256", "SHA-512" };
    for (size_t i = 0; i < HMI_COUNT(PREFERRED); i++) {
        hmi_value digest = hmi_json_get(hashes, PREFERRED[i]);
        if (hmi_json_is(digest)) {
            *ret_algorithm = hmi_text_of(PREFERRED[i]);
            return digest;
        }
    }
    hmi_value first = hmi_json_first(hashes);
    *ret_algorithm = hmi_json_is(first) ? hmi_json_key(first, arena) : HM_TEXT("");
    return first;
}

static bool algorithm_is(hm_text name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!hmi_ascii_alnum(c) && c != '-' && c != '_') {
            return false;
        }
    }
    return name.len > 0;
}

static int add_hash(hmi_value hashes, hmi_arena *arena, hmi_buf *members, hm_err *err)
{
    hm_text algorithm;
    hmi_value digest = choose_hash(hashes, arena, &algorithm);
    if (!algorithm_is(algorithm)) {
        return hmi_fail(err, HM_E_MALFORMED, hmi_json_offset(hashes), "no hash in \"hashes\"");
    }
    hmi_buf_add_cstr(members, "{\"");
    hmi_buf_add_text(members, algorithm);
    hmi_buf_add_cstr(members, "\":");
    HMI_TRY(hmi_json_canonical(digest, members, err));
    hmi_buf_add_char(members, '}');
    return HM_OK;
}

static int add_members(hmi_value object, const char *const *names, hmi_arena *arena,
                       hmi_buf *members, hm_err *err)
{
    hmi_buf_add_char(members, '{');
    for (size_t i = 0; i < CONTRIBUTING_MAX && names[i] != NULL; i++) {
        hmi_value value = hmi_json_get(object, names[i]);
        if (!hmi_json_is(value)) {
            continue;
        }
        hmi_buf_printf(members, "%s\"%s\":", members->len > 1 ? "," : "", names[i]);
        if (strcmp(names[i], "hashes") == 0) {
            HMI_TRY(add_hash(value, arena, members, err));
        } else {
            HMI_TRY(hmi_json_canonical(value, members, err));
        }
    }
    hmi_buf_add_char(members, '}');
    return hmi_buf_check(members, err);
}

int hmi_stix_sco_id(hmi_value object, hmi_arena *arena, hmi_buf *out, hm_err *err)
{
    hm_text type = hmi_json_text(hmi_json_get(object, "type"), arena);
    const char *const *names = names_of(type);
    if (names == NULL) {
        return hmi_fail(err, HM_E_UNSUPPORTED, hmi_json_offset(object),
                        "objects of this type have no deterministic id");
    }
    hmi_buf members;
    hmi_buf_init(&members, 0);
    int code = add_members(object, names, arena, &members, err);
    if (code >= 0 && members.len == 2) {
        code = hmi_fail(err, HM_E_UNSUPPORTED, hmi_json_offset(object),
                        "the object has no property that makes an id");
    }
    if (code >= 0) {
        hmi_stix_id_add(type, hmi_buf_bytes(&members), out);
        code = hmi_buf_check(out, err);
    }
    hmi_buf_fini(&members);
    return code;
}
