/* SPDX-License-Identifier: Apache-2.0
 *
 * derive.c - observables to habits.
 *
 * WHY    See derive.h. The levels are those of the published benchmark's reference, so that figures
 *        can be compared one by one.
 * FORM   mail.login-portal7.example.co.uk:
 *          regdom example.co.uk · suffix co.uk · token mail login portal example
 *          gram exam xamp ampl mple · shape a.a-a9.a/co.uk
 *        203.0.113.7: net24 203.0.113 · net16 203.0
 *          form 3/4/1/0 (labels before the suffix, length by thirds, hyphens, any digit)
 *        /wp-includes/misc/bb.php?id=7: base bb.php?id=7 · dir wp-includes, misc
 *          skeleton /a-a/a/a.a and ?id · ext php
 *        T1566.001: technique T1566
 * TRUST  Values are an intruder's. Longer than a name may be, or not ASCII: nothing is derived.
 * OWNS   Nothing: pieces are built on the stack and lent.
 */
#include "compare/actor/derive.h"

#include <libpsl.h>
#include <stdio.h>

#include "base/error.h"

static const char *const NAMES[HMI_KIND_COUNT] = {
    "ip",        "domain",   "url",      "path",   "port",  "regdom",   "suffix",
    "token",     "gram",     "shape",    "net24",  "net16", "base",     "dir",
    "md5",       "sha1",     "sha256",   "string", "bytes", "filename", "mutex",
    "technique", "software", "skeleton", "ext",    "form",  "family",   "cve",
};

const char *hmi_kind_name(hmi_kind kind)
{
    return kind < HMI_KIND_COUNT ? NAMES[kind] : "";
}

bool hmi_kind_by_name(hm_text name, hmi_kind *ret)
{
    for (int i = 0; i < HMI_KIND_COUNT; i++) {
        if (hmi_text_is(name, NAMES[i])) {
            *ret = (hmi_kind)i;
            return true;
        }
    }
    return false;
}

bool hmi_kind_is_root(hmi_kind kind)
{
    return kind == HMI_KIND_IP || kind == HMI_KIND_DOMAIN || kind == HMI_KIND_URL ||
           kind == HMI_KIND_PATH;
}

bool hmi_kind_is_exact(hmi_kind kind)
{
    return hmi_kind_is_root(kind) || (kind >= HMI_KIND_MD5 && kind <= HMI_KIND_MUTEX);
}

static bool lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* A region of this storage service is a suffix too: its buckets are separate customers. */
static bool is_bucket_zone(const char *name)
{
    static const char zone[] = ".amazonaws.com";
    const char *dot = strchr(name, '.');
    if (dot == NULL || strcmp(dot, zone) != 0) {
        return false;
    }
    return memchr(name, '-', (size_t)(dot - name)) != NULL && hmi_ascii_digit(dot[-1]);
}

/* Where the registered domain begins in `host` (NUL-terminated, lower case). A name under no known
 * suffix is its own. */
static const char *registered(const char *host)
{
    const psl_ctx_t *psl = psl_builtin();
    const char *last = strrchr(host, '.');
    const char *top = last != NULL ? last + 1 : host;
    if (!psl_is_public_suffix2(psl, top, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE)) {
        return host;
    }
    for (const char *at = host; at != NULL;) {
        const char *dot = strchr(at, '.');
        if (dot != NULL && is_bucket_zone(dot + 1)) {
            return at;
        }
        at = dot != NULL ? dot + 1 : NULL;
    }
    const char *found = psl_registrable_domain(psl, host);
    return found != NULL ? found : host;
}

static int tokens(hm_text name, hmi_derived derived, void *with, hm_err *err)
{
    for (size_t i = 0; i < name.len;) {
        size_t end = i;
        while (end < name.len && lower(name.ptr[end])) {
            end++;
        }
        hm_text token = hmi_text(name.ptr + i, end - i);
        if (token.len >= 3 && token.len <= 20 && !hmi_text_is(token, "www")) {
            HMI_TRY(derived(with, HMI_KIND_TOKEN, token, err));
        }
        i = end + 1;
    }
    return HM_OK;
}

static int grams(const char *registered_name, hmi_derived derived, void *with, hm_err *err)
{
    char core[HMI_DERIVE_NAME_MAX + 1];
    size_t len = 0;
    for (const char *c = registered_name; *c != 0 && *c != '.'; c++) {
        if (lower(*c) || hmi_ascii_digit(*c) || *c == '-') {
            core[len++] = *c;
        }
    }
    for (size_t i = 0; i + 4 <= len; i++) {
        HMI_TRY(derived(with, HMI_KIND_GRAM, hmi_text(core + i, 4), err));
    }
    return HM_OK;
}

/* Runs of letters become one a, runs of digits one 9; the first 24 characters, and the suffix. */
static int shape(hm_text name, const char *suffix, hmi_derived derived, void *with, hm_err *err)
{
    char text[24 + 1 + HMI_DERIVE_NAME_MAX + 1];
    size_t len = 0;
    char last = 0;
    for (size_t i = 0; i < name.len && len < 24; i++) {
        const char c = name.ptr[i];
        const char as = lower(c) ? 'a' : hmi_ascii_digit(c) ? '9' : c;
        if (as == last && (as == 'a' || as == '9') && (lower(c) || hmi_ascii_digit(c))) {
            continue;
        }
        text[len++] = last = as;
    }
    const int more = snprintf(text + len, sizeof(text) - len, "/%s", suffix);
    return derived(with, HMI_KIND_SHAPE, hmi_text(text, len + (size_t)more), err);
}

static int form(hm_text name, const char *registered_name, hmi_derived derived, void *with,
                hm_err *err)
{
    unsigned labels = 1, hyphens = 0, digits = 0, len = 0;
    for (size_t i = 0; i < name.len; i++) {
        labels += name.ptr[i] == '.';
    }
    for (const char *c = registered_name; *c != 0 && *c != '.'; c++, len++) {
        hyphens += *c == '-';
        digits |= hmi_ascii_digit(*c) ? 1 : 0;
    }
    char text[64];
    const int more = snprintf(text, sizeof(text), "%u/%u/%u/%u", labels, len / 3 < 8 ? len / 3 : 8,
                              hyphens, digits);
    return derived(with, HMI_KIND_FORM, hmi_text(text, (size_t)more), err);
}

static int derive_domain(hm_text value, hmi_derived derived, void *with, hm_err *err)
{
    char host[HMI_DERIVE_NAME_MAX + 1];
    if (value.len == 0 || value.len > HMI_DERIVE_NAME_MAX) {
        return HM_OK;
    }
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] <= ' ' || value.ptr[i] >= 127) {
            return HM_OK; /* canonical names are ASCII */
        }
        host[i] = value.ptr[i];
    }
    host[value.len] = 0;
    const char *own = registered(host);
    const char *dot = strchr(own, '.');
    const char *suffix = dot != NULL ? dot + 1 : own;
    HMI_TRY(derived(with, HMI_KIND_REGDOM, hmi_text_of(own), err));
    HMI_TRY(derived(with, HMI_KIND_SUFFIX, hmi_text_of(suffix), err));
    size_t name_len = value.len;
    const size_t suffix_len = strlen(suffix);
    if (value.len > suffix_len && host[value.len - suffix_len - 1] == '.') {
        name_len = value.len - suffix_len - 1;
    }
    const hm_text name = hmi_text(host, name_len);
    HMI_TRY(tokens(name, derived, with, err));
    HMI_TRY(grams(own, derived, with, err));
    HMI_TRY(form(name, own, derived, with, err));
    return shape(name, suffix, derived, with, err);
}

static int derive_address(hm_text value, hmi_derived derived, void *with, hm_err *err)
{
    size_t last = hmi_find_last_byte(hmi_text_bytes(value), '.');
    if (last == HMI_NPOS) {
        return HM_OK;
    }
    HMI_TRY(derived(with, HMI_KIND_NET24, hmi_text(value.ptr, last), err));
    size_t before = hmi_find_last_byte(hmi_bytes(value.ptr, last), '.');
    return before == HMI_NPOS ? HM_OK
                              : derived(with, HMI_KIND_NET16, hmi_text(value.ptr, before), err);
}

static bool hex(char c)
{
    return hmi_ascii_digit(c) || (c >= 'a' && c <= 'f');
}

enum { SKELETON_MAX = 32 };

/* Runs of eight and more hex digits h, then letters a, digits 9. */
static int skeleton(hm_text path, hmi_derived derived, void *with, hm_err *err)
{
    char text[SKELETON_MAX];
    size_t len = 0;
    for (size_t i = 0; i < path.len && len < SKELETON_MAX;) {
        const char c = hmi_ascii_lower(path.ptr[i]);
        size_t run = 1;
        while (hex(path.ptr[i]) && i + run < path.len && hex(path.ptr[i + run])) {
            run++;
        }
        if (run >= 8) {
            text[len++] = 'h';
            i += run;
            continue;
        }
        const char as = lower(c) ? 'a' : hmi_ascii_digit(c) ? '9' : c;
        if (len == 0 || text[len - 1] != as || (as != 'a' && as != '9')) {
            text[len++] = as;
        }
        i++;
    }
    return len > 0 ? derived(with, HMI_KIND_SKELETON, hmi_text(text, len), err) : HM_OK;
}

/* The names of a query's parameters, in the order given: "?id&tok". */
static int parameters(hm_text query, hmi_derived derived, void *with, hm_err *err)
{
    char text[SKELETON_MAX];
    size_t len = 0;
    hm_text rest = query, part = { 0 };
    text[len++] = '?';
    while (hmi_split(&rest, '&', &part)) {
        if (len > 1 && len < SKELETON_MAX) {
            text[len++] = '&';
        }
        for (size_t i = 0; i < part.len && part.ptr[i] != '=' && len < SKELETON_MAX; i++) {
            text[len++] = part.ptr[i];
        }
    }
    return derived(with, HMI_KIND_SKELETON, hmi_text(text, len), err);
}

static int extension(hm_text name, hmi_derived derived, void *with, hm_err *err)
{
    const size_t dot = hmi_find_last_byte(hmi_text_bytes(name), '.');
    if (dot == HMI_NPOS || dot + 1 >= name.len) {
        return HM_OK;
    }
    return derived(with, HMI_KIND_EXT, hmi_text_slice(name, dot + 1, 8), err);
}

static int path_forms(hm_text value, hmi_derived derived, void *with, hm_err *err)
{
    const size_t mark = hmi_find_byte(hmi_text_bytes(value), '?');
    const hm_text path = mark == HMI_NPOS ? value : hmi_text(value.ptr, mark);
    const size_t slash = hmi_find_last_byte(hmi_text_bytes(path), '/');
    HMI_TRY(skeleton(path, derived, with, err));
    HMI_TRY(extension(slash == HMI_NPOS ? path : hmi_text_slice(path, slash + 1, path.len), derived,
                      with, err));
    return mark == HMI_NPOS
               ? HM_OK
               : parameters(hmi_text_slice(value, mark + 1, value.len), derived, with, err);
}

static int derive_path(hm_text value, hmi_derived derived, void *with, hm_err *err)
{
    hm_text rest = value, part = { 0 }, last = { 0 };
    size_t count = 0;
    if (value.len > HMI_DERIVE_PATH_MAX) {
        return HM_OK;
    }
    while (hmi_split(&rest, '/', &part) && count++ < HMI_DERIVE_PARTS_MAX) {
        if (part.len == 0) {
            continue;
        }
        if (last.len > 0) {
            HMI_TRY(derived(with, HMI_KIND_DIR, last, err));
        }
        last = part;
    }
    if (last.len > 0) {
        HMI_TRY(derived(with, HMI_KIND_BASE, last, err));
    }
    return path_forms(value, derived, with, err);
}

int hmi_derive(hmi_kind kind, hm_text value, hmi_derived derived, void *with, hm_err *err)
{
    switch (kind) {
    case HMI_KIND_DOMAIN:
        return derive_domain(value, derived, with, err);
    case HMI_KIND_IP:
        return derive_address(value, derived, with, err);
    case HMI_KIND_PATH:
        return derive_path(value, derived, with, err);
    case HMI_KIND_FILENAME:
        return extension(value, derived, with, err);
    case HMI_KIND_TECHNIQUE: {
        const size_t dot = hmi_find_byte(hmi_text_bytes(value), '.');
        return dot == HMI_NPOS ? HM_OK
                               : derived(with, HMI_KIND_TECHNIQUE, hmi_text(value.ptr, dot), err);
    }
    default:
        return HM_OK;
    }
}
