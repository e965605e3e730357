/* SPDX-License-Identifier: Apache-2.0
 *
 * media.c - is application/taxii+json;version=2.1 what this client asks for?
 *
 * WHY    Both widely used servers compare the header as a text and refuse clients for a blank or a
 *        quote. FORM   range *( OWS ";" OWS name "=" ( token | quoted ) ), separated by commas; q
 *        is a weight from 0 to 1 with up to three decimals, 0 means "not this". The most specific
 *        range that fits decides.
 * TRUST  A client's bytes, already free of controls (gate.c). OWNS   Nothing.
 */
#include "http/media.h"

typedef struct range {
    hm_text type; /* "application/taxii+json", "application/[star]" ... */
    hm_text version;
    bool has_version, has_other;
    int weight; /* 0 to 1000 */
} range;

typedef struct reading {
    hm_text rest;
    char quoted[64]; /* a quoted version, unescaped */
    bool bad;
} reading;

static bool is_token(char c)
{
    return hmi_ascii_alnum(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static void skip_blanks(reading *r)
{
    while (r->rest.len > 0 && (r->rest.ptr[0] == ' ' || r->rest.ptr[0] == '\t')) {
        r->rest = hmi_text(r->rest.ptr + 1, r->rest.len - 1);
    }
}

static bool next_is(reading *r, char c)
{
    if (r->rest.len == 0 || r->rest.ptr[0] != c) {
        return false;
    }
    r->rest = hmi_text(r->rest.ptr + 1, r->rest.len - 1);
    return true;
}

static hm_text token(reading *r)
{
    size_t len = 0;
    while (len < r->rest.len && is_token(r->rest.ptr[len])) {
        len++;
    }
    hm_text found = hmi_text(r->rest.ptr, len);
    r->rest = hmi_text(r->rest.ptr + len, r->rest.len - len);
    r->bad |= len == 0;
    return found;
}

/* Behind the opening quote. What does not fit our buffer cannot be a version we know. */
static hm_text quoted(reading *r)
{
    size_t len = 0;
    bool fits = true;
    while (r->rest.len > 0 && r->rest.ptr[0] != '"') {
        if (r->rest.ptr[0] == '\\' && r->rest.len > 1) {
            r->rest = hmi_text(r->rest.ptr + 1, r->rest.len - 1);
        }
        if (len < sizeof(r->quoted)) {
            r->quoted[len++] = r->rest.ptr[0];
        } else {
            fits = false;
        }
        r->rest = hmi_text(r->rest.ptr + 1, r->rest.len - 1);
    }
    r->bad |= !next_is(r, '"');
    return fits ? hmi_text(r->quoted, len) : HM_TEXT("?");
}

/* "1", "0.5", "0.123" in thousandths; -1 when it is none. */
static int weight_of(hm_text text)
{
    if (text.len == 0 || text.len > 5 || (text.ptr[0] != '0' && text.ptr[0] != '1') ||
        (text.len > 1 && text.ptr[1] != '.')) {
        return -1;
    }
    int weight = (text.ptr[0] - '0') * 1000, step = 100;
    for (size_t i = 2; i < text.len; i++, step /= 10) {
        if (!hmi_ascii_digit(text.ptr[i])) {
            return -1;
        }
        weight += (text.ptr[i] - '0') * step;
    }
    return weight <= 1000 ? weight : -1;
}

static void parameter(reading *r, range *out)
{
    hm_text name = token(r);
    if (r->bad || !next_is(r, '=')) {
        r->bad = true;
        return;
    }
    hm_text value = next_is(r, '"') ? quoted(r) : token(r);
    if (hmi_text_ieq(name, HM_TEXT("q"))) {
        out->weight = weight_of(value);
        r->bad |= out->weight < 0;
    } else if (hmi_text_ieq(name, HM_TEXT("version"))) {
        r->bad |= out->has_version;
        out->has_version = true;
        out->version = value;
    } else if (!hmi_text_ieq(name, HM_TEXT("charset")) || !hmi_text_ieq(value, HM_TEXT("utf-8"))) {
        out->has_other = true;
    }
}

static void media_range(reading *r, range *out)
{
    *out = (range){ .weight = 1000 };
    const char *start = r->rest.ptr;
    token(r);
    r->bad |= !next_is(r, '/');
    token(r);
    out->type = hmi_text(start, (size_t)(r->rest.ptr - start));
    for (size_t i = 0; !r->bad; i++) {
        skip_blanks(r);
        if (!next_is(r, ';')) {
            return;
        }
        skip_blanks(r);
        if (r->rest.len > 0 && r->rest.ptr[0] != ';' && r->rest.ptr[0] != ',') {
            parameter(r, out); /* an empty parameter is allowed */
        }
        r->bad |= i >= HMI_HTTP_PARAMETERS_MAX;
    }
}

/* How closely a range fits what we offer: 0 not at all, 1 everything, 2 by main type, 3 by type,
 * 4 by type and version. */
static int closeness(const range *in, hm_text offered, hm_text version)
{
    size_t slash = hmi_find_byte(hmi_text_bytes(offered), '/');
    if (in->has_other) {
        return 0;
    }
    if (hmi_text_is(in->type, "*/*")) {
        return 1;
    }
    if (in->type.len == slash + 2 && in->type.ptr[slash + 1] == '*' &&
        hmi_text_ieq(hmi_text_slice(in->type, 0, slash), hmi_text_slice(offered, 0, slash))) {
        return 2;
    }
    if (!hmi_text_ieq(in->type, offered)) {
        return 0;
    }
    if (!in->has_version) {
        return 3;
    }
    return hmi_text_eq(in->version, version) ? 4 : 0;
}

bool hmi_http_accepts(const hmi_http_head *head, const char *offered, const char *version,
                      bool *ret_bad)
{
    int best = 0, weight = 0;
    size_t ranges = 0;
    for (size_t i = 0; i < head->header_count; i++) {
        if (!hmi_text_ieq(head->headers[i].name, HM_TEXT("Accept"))) {
            continue;
        }
        reading r = { .rest = head->headers[i].value };
        while (r.rest.len > 0 && !r.bad) {
            range one;
            skip_blanks(&r);
            if (next_is(&r, ',') || r.rest.len == 0) {
                continue;
            }
            media_range(&r, &one);
            r.bad |= (r.rest.len > 0 && !next_is(&r, ',')) || ++ranges > HMI_HTTP_RANGES_MAX;
            int close = r.bad ? 0 : closeness(&one, hmi_text_of(offered), hmi_text_of(version));
            if (close > best || (close == best && close > 0 && one.weight > weight)) {
                best = close;
                weight = one.weight;
            }
        }
        if (r.bad) {
            *ret_bad = true;
            return false;
        }
    }
    *ret_bad = false;
    return ranges == 0 || (best > 0 && weight > 0);
}

bool hmi_http_is_type(hm_text content_type, const char *type, const char *version)
{
    reading r = { .rest = content_type };
    range one;
    media_range(&r, &one);
    skip_blanks(&r);
    return !r.bad && r.rest.len == 0 && !one.has_other &&
           hmi_text_ieq(one.type, hmi_text_of(type)) &&
           (!one.has_version || hmi_text_is(one.version, version));
}
