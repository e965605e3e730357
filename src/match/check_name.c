/* SPDX-License-Identifier: Apache-2.0
 *
 * check_name.c - a dotted name: domain, mail address behind an '@', host of a URL, file name.
 *
 * WHY    The name as a whole is the token: evil.example inside notevil.example or
 *        evil.example.org is another name.
 * FORM   A token is the longest run of letters, digits, '-', '_', '.' and bytes above 0x7f around
 *        the anchor, cut at empty labels, with dashes at its ends and a final dot left out, and
 *        without the letters of an escape in front. With bytes above 0x7f it is one international
 *        name if it can be; otherwise they are just text around ASCII names.
 * TRUST  Records. Runs are bounded by HMI_NAME_RAW_MAX.
 */
#include "match/scan.h"

static bool in_name(uint8_t c)
{
    return c == '.' || hmi_byte_is(c, HMI_B_NAME);
}

/* Is the gate open for a name? It does not tell case apart. */
static bool gate_lets(const hm_matcher *set, hm_bytes name)
{
    const uint64_t *keys = set->head->gate_keys;
    hm_bytes tail = hmi_name_tail(name, 2);
    if (!hmi_gate_open(set, hmi_gate_text(keys, HMI_GATE_TAIL, tail))) {
        return false;
    }
    return hmi_gate_open(set, hmi_gate_text(keys, HMI_GATE_TWO_LABELS, tail)) ||
           (tail.len < name.len && hmi_gate_open(set, hmi_gate_three(keys, name)));
}

static void find_domain(hm_scanner *s, const hmi_view *v, size_t start, size_t end, hm_text name)
{
    hm_text rest = name;
    while (rest.len > 0) {
        bool whole = rest.len == name.len;
        hmi_lookup at = { 0 };
        uint32_t row;
        while (hmi_set_find(s->set, HMI_KEY_NAME, rest, &at, &row)) {
            if (whole || s->set->rows[row].reach == HM_REACH_BELOW) {
                hmi_hit_add(s, v, start, end, row, whole ? HM_SEM_DOMAIN : HM_SEM_SUBDOMAIN, name);
            }
        }
        size_t dot = hmi_find_byte(hmi_text_bytes(rest), '.');
        rest = dot == HMI_NPOS ? hmi_text(NULL, 0) : hmi_text_slice(rest, dot + 1, rest.len);
        if (hmi_find_byte(hmi_text_bytes(rest), '.') == HMI_NPOS) {
            return; /* a top label alone is never an indicator */
        }
    }
}

static bool in_local_part(uint8_t c)
{
    return hmi_byte_is(c, HMI_B_NAME) || (c != '\0' && strchr("!#$&'*+/=?^`{|}~.", c) != NULL);
}

/* The longest run before the '@' first; a writer's quotes and slashes may stick to it, so it is
 * tried again behind each of them. */
static void find_mail(hm_scanner *s, hmi_view *v, size_t at, size_t end)
{
    enum { LOCAL_MAX = 64, TRIES_MAX = 8 };
    size_t start = at;
    while (start > 0 && at - start < LOCAL_MAX && in_local_part(v->ptr[start - 1])) {
        start--;
    }
    bool escaped;
    size_t clear = hmi_escape_end(v, start, &escaped);
    start = escaped && clear < at ? clear : start;
    for (unsigned tries = 0; start < at && tries < TRIES_MAX; tries++) {
        HMI_CANON(mail);
        hm_text raw = { (const char *)v->ptr + start, end - start };
        if (hmi_canon_run(HMI_MAIL, raw, false, &mail)) {
            hmi_lookup find = { 0 };
            uint32_t row;
            while (hmi_set_find(s->set, HMI_KEY_MAIL, hmi_canon_text(&mail), &find, &row)) {
                hmi_hit_add(s, v, start, end, row, HM_SEM_MAIL, hmi_canon_text(&mail));
            }
        }
        while (start < at && (hmi_byte_is(v->ptr[start], HMI_B_NAME) || v->ptr[start] == '+' ||
                              (v->ptr[start] == '.' && start > 0))) {
            start++;
        }
        start++;
    }
}

/* One token; `high` when it has bytes above 0x7f, which the gate knows only in their ASCII form. */
static bool check_token(hm_scanner *s, hmi_view *v, size_t start, size_t end, bool high)
{
    hm_text raw = { (const char *)v->ptr + start, end - start };
    if (!high && !gate_lets(s->set, hmi_text_bytes(raw))) {
        return false;
    }
    if (s->seen != NULL && !high && hmi_seen_before(s, hmi_text_bytes(raw))) {
        return false;
    }
    HMI_CANON(name);
    hmi_class class_id = HMI_DOMAIN;
    bool is_domain = hmi_canon_run(HMI_DOMAIN, raw, false, &name);
    if (!is_domain && hmi_canon_run(HMI_ONION, raw, false, &name)) {
        class_id = HMI_ONION;
        is_domain = true;
    }
    /* A host need not have a known top label to stand in a URL. */
    if (!is_domain && !(hmi_canon_begin(&name), hmi_form_host(raw, &name) && !name.full)) {
        return false;
    }
    hm_text text = hmi_canon_text(&name);
    if (s->seen != NULL) {
        hmi_seen_tell(s, HMI_SEEN_NAME, hmi_text_bytes(text));
        return is_domain;
    }
    if (high && !gate_lets(s->set, hmi_text_bytes(text))) {
        return is_domain;
    }
    if (is_domain && hmi_has(s, HMI_KEY_NAME)) {
        find_domain(s, v, start, end, text);
    }
    if (class_id == HMI_DOMAIN && hmi_has(s, HMI_KEY_MAIL) && start > 0 &&
        v->ptr[start - 1] == '@') {
        find_mail(s, v, start - 1, end);
    }
    if (hmi_has(s, HMI_KEY_URL) || hmi_has(s, HMI_KEY_URL_BELOW)) {
        hmi_check_url(s, v, start, end, text);
    }
    return is_domain;
}

/* Cuts what sticks to a run: empty labels, escapes, dashes. False when nothing is left. */
static bool trim_run(hmi_view *v, size_t *start, size_t *end)
{
    bool escaped;
    *start = hmi_escape_end(v, *start, &escaped);
    while (*start < *end && (v->ptr[*start] == '-' || v->ptr[*start] == '.')) {
        (*start)++;
    }
    while (*start < *end && (v->ptr[*end - 1] == '-' || v->ptr[*end - 1] == '.')) {
        (*end)--;
    }
    return *start < *end;
}

/* The ASCII names among bytes above 0x7f that make no name with them. */
static void check_pieces(hm_scanner *s, hmi_view *v, size_t start, size_t end)
{
    while (start < end) {
        size_t stop = start;
        while (stop < end && !hmi_byte_is(v->ptr[stop], HMI_B_HIGH)) {
            stop++;
        }
        size_t from = start;
        size_t to = stop;
        if (stop > start && trim_run(v, &from, &to) &&
            memchr(v->ptr + from, '.', to - from) != NULL) {
            check_token(s, v, from, to, false);
        }
        start = stop + 1;
    }
}

static void find_file_name(hm_scanner *s, hmi_view *v, size_t end)
{
    size_t start = end;
    unsigned tries = 0;
    while (start > 0 && end - start <= HMI_FILE_NAME_MAX && tries < HMI_FILE_NAME_STARTS_MAX) {
        uint8_t c = v->ptr[start - 1];
        bool separator = c == '/' || c == '\\';
        bool escaped = false;
        if (start < end && hmi_byte_is(c, HMI_B_ALNUM) && hmi_byte_is(v->ptr[start], HMI_B_NAME)) {
            escaped = hmi_escape_end(v, start, &escaped) == start && escaped;
        }
        if (start < end && (escaped || separator || (c != '.' && !hmi_byte_is(c, HMI_B_NAME)))) {
            tries++;
            /* What stands behind "//" is a host. */
            bool host = c == '/' && start > 1 &&
                        (v->ptr[start - 2] == '/' ||
                         (start > 2 && v->ptr[start - 2] == '\\' && v->ptr[start - 3] == '/'));
            HMI_CANON(name);
            hm_text raw = { (const char *)v->ptr + start, end - start };
            hmi_lookup at = { 0 };
            uint32_t row;
            if (!host && hmi_canon_run(HMI_FILE_NAME, raw, false, &name)) {
                while (hmi_set_find(s->set, HMI_KEY_FILE_NAME, hmi_canon_text(&name), &at, &row)) {
                    hmi_hit_add(s, v, start, end, row, HM_SEM_FILE_NAME, hmi_canon_text(&name));
                }
            }
        }
        if (separator || c == '\n' || c == '\t' || c == '"') {
            return;
        }
        start--;
    }
    if (start == 0 && end <= HMI_FILE_NAME_MAX) {
        HMI_CANON(name);
        hmi_lookup at = { 0 };
        uint32_t row;
        if (hmi_canon_run(HMI_FILE_NAME, (hm_text){ (const char *)v->ptr, end }, false, &name)) {
            while (hmi_set_find(s->set, HMI_KEY_FILE_NAME, hmi_canon_text(&name), &at, &row)) {
                hmi_hit_add(s, v, 0, end, row, HM_SEM_FILE_NAME, hmi_canon_text(&name));
            }
        }
    }
}

/* The last label of a name begins with a letter: the kernels also show runs that end with another.
 * What they show must not decide what is met. */
static bool last_label_is_word(const hmi_view *v, size_t end)
{
    size_t from = end;
    while (from > 0 && end - from <= HMI_NAME_RAW_MAX &&
           hmi_byte_is(v->ptr[from - 1], HMI_B_NAME)) {
        from--;
    }
    return from < end && hmi_byte_is(v->ptr[from], HMI_B_ALPHA | HMI_B_HIGH);
}

void hmi_check_name(hm_scanner *s, hmi_view *v, size_t end)
{
    if (end < v->len && v->ptr[end] == '.' && end + 1 < v->len &&
        hmi_byte_is(v->ptr[end + 1], HMI_B_NAME)) {
        return; /* the last label of a block, not of the name */
    }
    if (!last_label_is_word(v, end)) {
        return;
    }
    if (s->seen != NULL) {
        hmi_seen_file(s, v, end);
    } else if (hmi_has(s, HMI_KEY_FILE_NAME)) {
        find_file_name(s, v, end);
    }
    bool high = false;
    size_t start = end;
    while (start > 0 && in_name(v->ptr[start - 1])) {
        if (v->ptr[start - 1] == '.' && start < end && v->ptr[start] == '.') {
            break;
        }
        start--;
        high = high || hmi_byte_is(v->ptr[start], HMI_B_HIGH);
        if (end - start > HMI_NAME_RAW_MAX) {
            return;
        }
    }
    size_t from = start;
    size_t to = end;
    if (!trim_run(v, &from, &to) || hmi_fang_before(v, from) || hmi_fang_at(v, end)) {
        return; /* nothing, or part of a name with brackets */
    }
    if (!high) {
        check_token(s, v, from, to, false);
    } else if (!check_token(s, v, from, to, true)) {
        check_pieces(s, v, start, end);
    }
}
