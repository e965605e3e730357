/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_observable.c - the STIX 2.1 observable (SCO) that stands for a trait, and its id.
 *
 * WHY    Two organisations that saw the same address must give it the same id without talking.
 * FORM   The id is a UUIDv5 over the RFC 8785 canonical JSON of the ID contributing properties
 *        (section 2.9 and each type's own list). Each trait gives its observable exactly one
 *        property, which contributes, so those members are written once and used for both.
 * TRUST  Values are canonical by contract: clean UTF-8 without control characters, so RFC 8785's
 *        string form only has '"' and '\' to escape.
 * OWNS   Nothing; the small buffer in between is freed on every way out.
 */
#include "trait/stix_id.h"

#include "base/error.h"

static void add_quoted(hmi_buf *out, hm_text text)
{
    hmi_buf_add_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\') {
            hmi_buf_add_char(out, '\\');
        }
        hmi_buf_add_char(out, text.ptr[i]);
    }
    hmi_buf_add_char(out, '"');
}

static const char *observable_type(const hmi_class_row *row, hm_text value)
{
    bool either = row->id == HMI_ADDRESS || row->id == HMI_RANGE;
    bool v6 = either && hmi_find_byte(hmi_text_bytes(value), ':') != HMI_NPOS;
    return v6 ? "ipv6-addr" : row->stix_type;
}

/* "name":"value", or {"hashes":{"MD5":"..."}} without its outer braces. */
static void add_members(const hmi_class_row *row, hm_text value, hmi_buf *out)
{
    hm_text property = hmi_text_of(row->stix_property);
    hm_text hashes = HM_TEXT("hashes.");
    if (hmi_starts_with(hmi_text_bytes(property), hmi_text_bytes(hashes))) {
        property = hmi_text_slice(property, hashes.len, property.len);
        if (property.ptr[0] == '\'') {
            property = hmi_text_slice(property, 1, property.len - 2);
        }
        hmi_buf_add_cstr(out, "\"hashes\":{");
        add_quoted(out, property);
        hmi_buf_add_char(out, ':');
        add_quoted(out, value);
        hmi_buf_add_char(out, '}');
        return;
    }
    add_quoted(out, property);
    hmi_buf_add_char(out, ':');
    if (row->id == HMI_ASN) {
        hmi_buf_add_text(out, hmi_text_slice(value, 2, value.len)); /* behind "AS" */
    } else {
        add_quoted(out, value);
    }
}

static int make_members(hmi_class class_id, hm_text value, const hmi_class_row **ret_row,
                        hmi_buf *members, hm_err *err)
{
    const hmi_class_row *row = hmi_class_find((int)class_id);
    if (row == NULL || row->stix_type == NULL) {
        return hmi_fail(err, HM_E_UNSUPPORTED, HM_OFFSET_NONE, "STIX has no observable for %s",
                        row != NULL ? row->label : "this class");
    }
    hmi_buf_add_char(members, '{');
    add_members(row, value, members);
    hmi_buf_add_char(members, '}');
    HMI_TRY(hmi_buf_check(members, err));
    *ret_row = row;
    return HM_OK;
}

int hmi_stix_observable_id(hmi_class class_id, hm_text value, hmi_buf *out, hm_err *err)
{
    const hmi_class_row *row;
    hmi_buf members;
    hmi_buf_init(&members, 0);
    int code = make_members(class_id, value, &row, &members, err);
    if (code >= 0) {
        hmi_stix_id_add(hmi_text_of(observable_type(row, value)), hmi_buf_bytes(&members), out);
        code = hmi_buf_check(out, err);
    }
    hmi_buf_fini(&members);
    return code;
}

int hmi_stix_observable(hmi_class class_id, hm_text value, hmi_buf *out, hm_err *err)
{
    const hmi_class_row *row;
    hmi_buf members;
    hmi_buf_init(&members, 0);
    int code = make_members(class_id, value, &row, &members, err);
    if (code >= 0) {
        const char *type = observable_type(row, value);
        hmi_buf_printf(out, "{\"type\":\"%s\",\"spec_version\":\"2.1\",\"id\":\"", type);
        hmi_stix_id_add(hmi_text_of(type), hmi_buf_bytes(&members), out);
        hmi_buf_add_cstr(out, "\",");
        hmi_buf_add(out, hmi_slice(hmi_buf_bytes(&members), 1, members.len));
        code = hmi_buf_check(out, err);
    }
    hmi_buf_fini(&members);
    return code;
}
