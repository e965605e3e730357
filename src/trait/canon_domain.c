/* SPDX-License-Identifier: Apache-2.0
 *
 * canon_domain.c - domain names, onion services, mail addresses, hosts of URLs.
 *
 * WHY    Programs and reports are full of "kernel32.dll" and "System.Net": a name counts as a
 *        domain only if its top label exists. What looks like both ("setup.zip", "main.rs") is
 *        accepted here; whoever scans text decides from the neighbourhood.
 * FORM   Lower case, IDNA2008 A-labels (UTS 46 non-transitional, by libidn2), no dot at the end,
 *        labels of 1 to 63 letters, digits, '-' and '_' (names on the wire do have '_'), not
 *        beginning or ending with '-', 253 bytes in all, two labels at least. Known top labels are
 *        those of the public suffix list built into libpsl and the special-use ones of RFC 6761.
 *        An onion name is its service's label and ".onion": names below it belong to the service.
 *        Mail is lower-cased as a whole: RFC 5321 allows a local part to tell case apart, no
 *        provider does, and one sender must not be two.
 * TRUST  Hostile text. libidn2 and libpsl only ever see NUL-terminated copies of bounded size.
 * OWNS   Nothing; libidn2's result is freed at once.
 */
#include "trait/canon.h"

#include <idn2.h>
#include <libpsl.h>

enum {
    HMI_DOMAIN_MAX = 253,
    HMI_LABEL_MAX = 63,
    HMI_DOMAIN_RAW_MAX = 1024, /* before IDNA shortens it */
    HMI_MAIL_LOCAL_MAX = 64,
    ONION_V3 = 56,
    ONION_V2 = 16
};

static bool label_is(hm_text label)
{
    if (label.len == 0 || label.len > HMI_LABEL_MAX || label.ptr[0] == '-' ||
        label.ptr[label.len - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < label.len; i++) {
        char c = label.ptr[i];
        if (!hmi_ascii_alnum(c) && c != '-' && c != '_') {
            return false;
        }
    }
    return true;
}

static bool labels_are(hm_text name)
{
    hm_text rest = name;
    hm_text label;
    if (name.len == 0 || name.len > HMI_DOMAIN_MAX) {
        return false;
    }
    while (hmi_split(&rest, '.', &label)) {
        if (!label_is(label)) {
            return false;
        }
    }
    return true;
}

static hm_text top_label(hm_text name)
{
    size_t dot = hmi_find_last_byte(hmi_text_bytes(name), '.');
    return dot == HMI_NPOS ? name : hmi_text_slice(name, dot + 1, name.len);
}

/* Names that are no top-level domains but do name hosts (RFC 6761, RFC 6762, and "internal",
 * which ICANN keeps out of the root for good). */
static bool top_is_special(hm_text top)
{
    static const char *const SPECIAL[] = { "example", "invalid",  "local",
                                           "test",    "internal", "localhost" };
    for (size_t i = 0; i < HMI_COUNT(SPECIAL); i++) {
        if (hmi_text_is(top, SPECIAL[i])) {
            return true;
        }
    }
    return false;
}

/* The few top labels that names mostly have, and what the list said of each. */
typedef struct known_top {
    char label[15];
    uint8_t said; /* 0: nothing yet, 1: no, 2: yes */
} known_top;

static known_top *remembered_top(hm_text top)
{
    enum { ROWS = 256 };
    static _Thread_local known_top tops[ROWS];
    uint32_t hash = 2166136261u;
    if (top.len >= sizeof(tops[0].label)) {
        return NULL;
    }
    for (size_t i = 0; i < top.len; i++) {
        hash = (hash ^ (uint8_t)top.ptr[i]) * 16777619u;
    }
    known_top *row = &tops[hash >> 24];
    if (row->said == 0 || !hmi_text_is(top, row->label)) {
        *row = (known_top){ .said = 0 };
        memcpy(row->label, top.ptr, top.len);
    }
    return row;
}

static bool top_is_listed(hm_text top)
{
    char copy[HMI_LABEL_MAX + 1];
    memcpy(copy, top.ptr, top.len);
    copy[top.len] = '\0';
    /* Without NO_STAR_RULE the list's default "*" would make every word a top label. */
    return psl_is_public_suffix2(psl_builtin(), copy, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) != 0;
}

static bool top_is_known(hm_text top)
{
    if (top.len == 0 || top.len > HMI_LABEL_MAX) {
        return false;
    }
    known_top *row = remembered_top(top);
    if (row == NULL) {
        return top_is_listed(top);
    }
    if (row->said == 0) {
        row->said = top_is_listed(top) ? 2 : 1;
    }
    return row->said == 2;
}

/* To A-labels; what is ASCII already is only lower-cased. */
static bool add_ascii_name(hm_text raw, hmi_canon *out)
{
    bool ascii = true;
    for (size_t i = 0; i < raw.len; i++) {
        uint8_t c = (uint8_t)raw.ptr[i];
        if (c <= 0x20 || c == 0x7f) {
            return false;
        }
        ascii = ascii && c < 0x80;
    }
    if (ascii) {
        hmi_canon_add_lower(out, raw);
        return true;
    }
    uint8_t copy[HMI_DOMAIN_RAW_MAX + 1];
    if (raw.len > HMI_DOMAIN_RAW_MAX) {
        return false;
    }
    memcpy(copy, raw.ptr, raw.len);
    copy[raw.len] = '\0';
    uint8_t *name = NULL;
    if (idn2_lookup_u8(copy, &name, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK) {
        return false;
    }
    hmi_canon_add_lower(out, hmi_text_of((const char *)name));
    idn2_free(name);
    return true;
}

/* A name of good labels, without the root's dot, behind what `out` holds already. */
static bool add_name(hm_text raw, hmi_canon *out, hm_text *ret_name)
{
    size_t start = out->len;
    if (raw.len > HMI_DOMAIN_RAW_MAX || !add_ascii_name(raw, out) || out->full) {
        return false;
    }
    if (out->len > start && out->bytes[out->len - 1] == '.') {
        out->len--;
    }
    *ret_name = hmi_text(out->bytes + start, out->len - start);
    return labels_are(*ret_name);
}

static bool add_domain(hm_text raw, hmi_canon *out)
{
    hm_text name;
    if (!add_name(raw, out, &name)) {
        return false;
    }
    hm_text top = top_label(name);
    if (top.len == name.len || hmi_text_is(top, "onion")) {
        return false;
    }
    return top_is_special(top) || top_is_known(top);
}

bool hmi_form_domain(hm_text raw, hmi_canon *out)
{
    return add_domain(raw, out);
}

bool hmi_form_host(hm_text raw, hmi_canon *out)
{
    hm_text name;
    return add_name(raw, out, &name);
}

bool hmi_form_onion(hm_text raw, hmi_canon *out)
{
    static const hm_text SUFFIX = HM_TEXT_INIT(".onion");
    if (raw.len > HMI_DOMAIN_MAX + 1) {
        return false;
    }
    if (raw.len > 0 && raw.ptr[raw.len - 1] == '.') {
        raw.len--;
    }
    if (raw.len <= SUFFIX.len ||
        !hmi_text_ieq(hmi_text_slice(raw, raw.len - SUFFIX.len, SUFFIX.len), SUFFIX)) {
        return false;
    }
    hm_text service = top_label(hmi_text_slice(raw, 0, raw.len - SUFFIX.len));
    if (service.len != ONION_V3 && service.len != ONION_V2) {
        return false;
    }
    for (size_t i = 0; i < service.len; i++) {
        char c = service.ptr[i];
        if (!hmi_ascii_alpha(c) && (c < '2' || c > '7')) {
            return false;
        }
    }
    hmi_canon_add_lower(out, service);
    hmi_canon_add(out, SUFFIX);
    return true;
}

/* RFC 5322's dot-atom, with the letters of RFC 6531; quoted local parts name nobody real. */
static bool local_part_is(hm_text local)
{
    static const char SIGNS[] = "!#$%&'*+-/=?^_`{|}~.";
    if (local.len == 0 || local.len > HMI_MAIL_LOCAL_MAX || local.ptr[0] == '.' ||
        local.ptr[local.len - 1] == '.') {
        return false;
    }
    for (size_t i = 0; i < local.len; i++) {
        char c = local.ptr[i];
        bool twice = c == '.' && local.ptr[i + 1] == '.';
        if (twice ||
            ((uint8_t)c < 0x80 && !hmi_ascii_alnum(c) && (c == '\0' || strchr(SIGNS, c) == NULL))) {
            return false;
        }
    }
    return true;
}

bool hmi_form_mail(hm_text raw, hmi_canon *out)
{
    size_t at = hmi_find_last_byte(hmi_text_bytes(raw), '@');
    if (at == HMI_NPOS || !local_part_is(hmi_text_slice(raw, 0, at))) {
        return false;
    }
    if (!hmi_form_fold(hmi_text_slice(raw, 0, at), out)) {
        return false;
    }
    hmi_canon_put(out, '@');
    return add_domain(hmi_text_slice(raw, at + 1, raw.len), out);
}

hm_text hmi_domain_registered(hm_text domain)
{
    char copy[HMI_DOMAIN_MAX + 1];
    if (domain.len == 0 || domain.len > HMI_DOMAIN_MAX) {
        return hmi_text(NULL, 0);
    }
    memcpy(copy, domain.ptr, domain.len);
    copy[domain.len] = '\0';
    const char *part = psl_registrable_domain(psl_builtin(), copy);
    if (part == NULL) {
        return hmi_text(NULL, 0);
    }
    size_t len = strlen(part);
    return hmi_text_slice(domain, domain.len - len, len);
}

bool hmi_domain_is_suffix(hm_text domain)
{
    char copy[HMI_DOMAIN_MAX + 1];
    if (domain.len == 0 || domain.len > HMI_DOMAIN_MAX) {
        return true;
    }
    memcpy(copy, domain.ptr, domain.len);
    copy[domain.len] = '\0';
    return psl_is_public_suffix2(psl_builtin(), copy, PSL_TYPE_ANY) != 0;
}
