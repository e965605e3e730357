/* SPDX-License-Identifier: Apache-2.0
 *
 * check_url.c - the URL around a host that some indicator knows.
 *
 * WHY    One URL is written http://, http:\/\/, http%3A%2F%2F and, in proxy and DNS records, as a
 *        host in one field and a path in another.
 * FORM   Left of the host a scheme in one of three spellings, or none. Right of it all up to a
 *        blank, a quote, an angle bracket or a control character ('&' too where the URL itself is
 *        percent-encoded). Writers put punctuation behind URLs: the text is tried whole and
 *        without it; where a comma, a bar or a semicolon stands before the URL, the record is a
 *        table and the same byte ends it. Each try is made canonical by the trait room and looked
 *        up without its scheme, which must be the same where the record states one.
 * TRUST  Records. Spans, tries and paths are bounded.
 */
#include "match/scan.h"

typedef enum url_spelling {
    URL_PLAIN,
    URL_SLASHED, /* \/ */
    URL_PERCENT
} url_spelling;

typedef struct url_span {
    size_t start, host, host_end, end;
    hm_text scheme; /* empty: none stated */
    url_spelling spelling;
    uint8_t before; /* the byte in front */
} url_span;

static bool ends_with_fold(const hmi_view *v, size_t end, const char *what)
{
    size_t len = strlen(what);
    return end >= len &&
           hmi_text_ieq((hm_text){ (const char *)v->ptr + end - len, len }, hmi_text_of(what));
}

static void find_scheme(hmi_view *v, size_t host, url_span *span)
{
    static const struct {
        const char *text;
        url_spelling spelling;
    } MARKS[] = { { "://", URL_PLAIN },
                  { ":\\/\\/", URL_SLASHED },
                  { "%3A%2F%2F", URL_PERCENT },
                  { ":%2F%2F", URL_PERCENT } };
    enum { SCHEME_MAX = 16 };
    span->start = span->host = host;
    span->scheme = (hm_text){ "", 0 };
    span->spelling = URL_PLAIN;
    for (size_t i = 0; i < HMI_COUNT(MARKS); i++) {
        if (!ends_with_fold(v, host, MARKS[i].text)) {
            continue;
        }
        size_t end = host - strlen(MARKS[i].text);
        size_t start = end;
        while (start > 0 && end - start < SCHEME_MAX &&
               hmi_byte_is(v->ptr[start - 1], HMI_B_ALPHA | HMI_B_DIGIT)) {
            start--;
        }
        bool escaped;
        start = hmi_escape_end(v, start, &escaped);
        while (start < end && !hmi_byte_is(v->ptr[start], HMI_B_ALPHA)) {
            start++;
        }
        if (start < end) {
            span->start = start;
            span->scheme = (hm_text){ (const char *)v->ptr + start, end - start };
        }
        span->spelling = MARKS[i].spelling;
        return;
    }
}

static bool ends_url(uint8_t c)
{
    return c <= 0x20 || c == '"' || c == '<' || c == '>' || c == '`' || c == 0x7f;
}

static void find_end(const hmi_view *v, url_span *span)
{
    size_t pos = span->host_end;
    while (pos < v->len && pos - span->start < HMI_URL_RAW_MAX && !ends_url(v->ptr[pos])) {
        uint8_t c = v->ptr[pos];
        if (c == '\\') {
            uint8_t next = pos + 1 < v->len ? v->ptr[pos + 1] : ' ';
            bool ampersand = v->len - pos >= 6 && memcmp(v->ptr + pos, "\\u0026", 6) == 0;
            if (next != '/' && !ampersand) {
                break;
            }
            if (next == '/' && span->spelling == URL_PLAIN) {
                span->spelling = URL_SLASHED;
            }
            pos += ampersand ? 6 : 2;
            continue;
        }
        if (span->spelling == URL_PERCENT && (c == '&' || c == '/' || c == '?' || c == '#')) {
            break;
        }
        pos++;
    }
    span->end = pos;
}

/* One level of the writer's escapes undone. */
static void add_plain(hmi_canon *out, const hmi_view *v, size_t start, size_t end,
                      url_spelling spelling)
{
    for (size_t i = start; i < end; i++) {
        uint8_t c = v->ptr[i];
        if (c == '\\' && end - i >= 2 && v->ptr[i + 1] == '/') {
            continue;
        }
        if (c == '\\' && end - i >= 6 && memcmp(v->ptr + i, "\\u0026", 6) == 0) {
            hmi_canon_put(out, '&');
            i += 5;
        } else if (c == '%' && spelling == URL_PERCENT && end - i >= 3 &&
                   hmi_hex_digit((char)v->ptr[i + 1]) >= 0 &&
                   hmi_hex_digit((char)v->ptr[i + 2]) >= 0) {
            hmi_canon_put(out, (char)(hmi_hex_digit((char)v->ptr[i + 1]) << 4 |
                                      hmi_hex_digit((char)v->ptr[i + 2])));
            i += 2;
        } else {
            hmi_canon_put(out, (char)c);
        }
    }
}

static hm_text plain_scheme(hm_text scheme)
{
    if (hmi_text_ieq(scheme, HM_TEXT("hxxp"))) {
        return HM_TEXT("http");
    }
    return hmi_text_ieq(scheme, HM_TEXT("hxxps")) ? HM_TEXT("https") : scheme;
}

static bool scheme_fits(const hm_scanner *s, uint32_t row, hm_text scheme)
{
    hm_text value = hmi_set_value(s->set, row);
    return scheme.len == 0 || (value.len > scheme.len && hmi_text_istarts(value, scheme) &&
                               value.ptr[scheme.len] == ':');
}

typedef struct url_try {
    size_t start, end; /* in the view */
    hm_text key;       /* canonical, without scheme */
    hm_text scheme;
    bool split;
} url_try;

static bool look_up(hm_scanner *s, const hmi_view *v, const url_try *t, hmi_key_group group,
                    hm_text key, hm_semantic semantic)
{
    hmi_lookup at = { 0 };
    uint32_t row;
    bool found = false;
    while (hmi_set_find(s->set, group, key, &at, &row)) {
        if (scheme_fits(s, row, t->scheme)) {
            hmi_hit_add(s, v, t->start, t->end, row, t->split ? HM_SEM_URL_SPLIT : semantic,
                        t->key);
            found = true;
        }
    }
    return found;
}

/* Exactly this URL, or an indicator that asks for what lies below one of its paths. */
static bool find_url(hm_scanner *s, const hmi_view *v, const url_try *t)
{
    bool found = hmi_has(s, HMI_KEY_URL) && look_up(s, v, t, HMI_KEY_URL, t->key, HM_SEM_URL);
    if (!hmi_has(s, HMI_KEY_URL_BELOW)) {
        return found;
    }
    enum { BORDERS_MAX = 64 };
    unsigned borders = 0;
    for (size_t i = 1; i <= t->key.len && borders < BORDERS_MAX; i++) {
        char c = i < t->key.len ? t->key.ptr[i] : '/';
        if ((c != '/' && c != '?') || (i == t->key.len && t->key.ptr[i - 1] == '/')) {
            continue;
        }
        borders++;
        found |=
            look_up(s, v, t, HMI_KEY_URL_BELOW, hmi_text_slice(t->key, 0, i), HM_SEM_URL_BELOW);
    }
    return found;
}

static bool canonical_key(const hmi_canon *raw, hmi_canon *url, hm_text *ret_key)
{
    if (!hmi_canon_run(HMI_URL, hmi_canon_text(raw), false, url)) {
        return false;
    }
    *ret_key = hmi_set_key(HMI_KEY_URL, hmi_canon_text(url));
    return true;
}

static bool try_span(hm_scanner *s, hmi_view *v, const url_span *span, size_t end)
{
    HMI_CANON(raw);
    HMI_CANON(url);
    hm_text scheme = plain_scheme(span->scheme);
    hmi_canon_add_lower(&raw, scheme.len > 0 ? scheme : HM_TEXT("http"));
    hmi_canon_add(&raw, HM_TEXT("://"));
    add_plain(&raw, v, span->host, end, span->spelling);
    url_try t = { .start = span->start, .end = end };
    t.scheme = scheme;
    return !raw.full && canonical_key(&raw, &url, &t.key) && find_url(s, v, &t);
}

static void try_cuts(hm_scanner *s, hmi_view *v, const url_span *span)
{
    if (try_span(s, v, span, span->end)) {
        return;
    }
    unsigned tries = 0;
    bool table = span->before == ',' || span->before == '|' || span->before == ';' ||
                 span->before == '\'' || span->before == '(';
    uint8_t closing = span->before == '(' ? ')' : span->before;
    for (size_t i = span->host_end; table && i < span->end; i++) {
        if (v->ptr[i] == closing) {
            (void)try_span(s, v, span, i);
            return;
        }
    }
    size_t end = span->end;
    while (end > span->host_end && tries < HMI_URL_CUTS_MAX &&
           strchr(".,;:!?)]}'*|", v->ptr[end - 1]) != NULL && v->ptr[end - 1] != '\0') {
        end--;
        tries++;
        if (try_span(s, v, span, end)) {
            return;
        }
    }
    /* A table whose first field it is. */
    for (size_t i = span->host_end; span->before == '\n' && i < span->end; i++) {
        if (v->ptr[i] == ',' || v->ptr[i] == ';' || v->ptr[i] == '|') {
            (void)try_span(s, v, span, i);
            return;
        }
    }
}

/* Paths of the same record that stand in fields of their own. */
static void find_split(hm_scanner *s, hmi_view *v, size_t start, size_t end, hm_text host)
{
    size_t from;
    size_t to;
    hmi_line_bounds(v, start, &from, &to);
    from = start - from > HMI_SPLIT_SPAN ? start - HMI_SPLIT_SPAN : from;
    to = to - end > HMI_SPLIT_SPAN ? end + HMI_SPLIT_SPAN : to;
    unsigned paths = 0;
    for (size_t i = from + 1; i < to && paths < HMI_SPLIT_PATHS_MAX; i++) {
        uint8_t before = v->ptr[i - 1];
        bool slashed = v->ptr[i] == '\\' && i + 1 < to && v->ptr[i + 1] == '/';
        if ((v->ptr[i] != '/' && !slashed) ||
            (before != '\t' && before != '"' && before != ' ' && before != '=')) {
            continue;
        }
        paths++;
        size_t stop = i;
        while (stop < to && !ends_url(v->ptr[stop]) && stop - i < HMI_URL_RAW_MAX) {
            stop++;
        }
        HMI_CANON(raw);
        HMI_CANON(url);
        hmi_canon_add(&raw, HM_TEXT("http://"));
        bool v6 = hmi_find_byte(hmi_text_bytes(host), ':') != HMI_NPOS;
        hmi_canon_add(&raw, v6 ? HM_TEXT("[") : HM_TEXT(""));
        hmi_canon_add(&raw, host);
        hmi_canon_add(&raw, v6 ? HM_TEXT("]") : HM_TEXT(""));
        add_plain(&raw, v, i, stop, URL_PLAIN);
        url_try t = { .start = start, .end = end, .split = true, .scheme = { "", 0 } };
        if (!raw.full && canonical_key(&raw, &url, &t.key)) {
            (void)find_url(s, v, &t);
        }
        i = stop;
    }
}

void hmi_check_url(hm_scanner *s, hmi_view *v, size_t start, size_t end, hm_text host)
{
    if (!hmi_gate_open(s->set, hmi_gate_url_host(s->set->head, host))) {
        return;
    }
    url_span span = { .host_end = end };
    size_t host_start = start;
    if (host_start > 0 && v->ptr[host_start - 1] == '[' && end < v->len && v->ptr[end] == ']' &&
        hmi_find_byte(hmi_text_bytes(host), ':') != HMI_NPOS) {
        host_start--;
        span.host_end = end + 1;
    }
    find_scheme(v, host_start, &span);
    span.before = span.start > 0 ? v->ptr[span.start - 1] : '\n';
    find_end(v, &span);
    if (span.scheme.len > 0 || (span.before != '/' && span.before != '@')) {
        try_cuts(s, v, &span);
    }
    uint8_t next = end < v->len ? v->ptr[end] : ' ';
    if (span.scheme.len == 0 && next != '/' && next != '\\' && next != '%') {
        find_split(s, v, start, end, host);
    }
}
