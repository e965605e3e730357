/* SPDX-License-Identifier: Apache-2.0
 *
 * test_oracle.c - the matcher against a slow one that is obviously right, on random lines.
 *
 * Lines are fragments glued together at random: addresses, names, digests, pieces of them and the
 * bytes that may or may not part them. The slow matcher cuts a line into tokens byte by byte and
 * compares each with each indicator; it knows no IPv6, so no two colons meet (test_planted.c has those
 * and URLs). Seeded: the same lines in every run.
 */
#include "check.h"

#include <hallmark/matcher.h>

#include "trait/canon.h"

static uint64_t drawn;

static unsigned pick(unsigned below)
{
    drawn = drawn * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)(drawn >> 33) % below;
}

static const struct {
    const char *kind, *value;
    hm_reach reach;
} INDICATORS[] = {
    { "address", "1.2.3.4", HM_REACH_SELF },
    { "address", "203.0.113.250", HM_REACH_SELF },
    { "range", "198.51.100.0/23", HM_REACH_SELF },
    { "domain", "evil.com", HM_REACH_BELOW },
    { "domain", "a.evil.com", HM_REACH_SELF },
    { "domain", "bad-host.co.kr", HM_REACH_BELOW },
    { "md5", "9e107d9d372bb6826bd81d3542a419d6", HM_REACH_SELF },
    { "sha1", "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", HM_REACH_SELF },
};

static const char *const FRAGMENTS[] = {
    "1.2.3.4",
    "1.2.3",
    ".4",
    "11",
    "203.0.113.250",
    "203.0.113.",
    "198.51.101.7",
    "198.51.102.7",
    "evil.com",
    "EVIL.Com",
    "evil",
    ".com",
    "a.evil.com",
    "b.a.",
    "not",
    "bad-host.co.kr",
    "www.",
    "co.kr",
    ".org",
    "9e107d9d372bb6826bd81d3542a419d6",
    "9E107D9D372BB6826BD81D3542A419D6",
    "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
    "ff",
    "g",
    "_",
    ".",
    "..",
    " ",
    " ",
    "\t",
    "\"",
    ",",
    ": ",
    ":443",
    "=",
    "<",
    ">",
    "(",
    ")",
    "\n",
    "\n",
    "index.html",
    "x",
    "0",
    "[error] ",
    "GET ",
};

typedef struct hits {
    size_t count;
    struct {
        uint64_t offset;
        uint32_t len, indicator;
    } rows[4096];
} hits;

static void add(hits *h, uint64_t offset, size_t len, uint32_t indicator)
{
    CHECK(h->count < HMI_COUNT(h->rows));
    h->rows[h->count].offset = offset;
    h->rows[h->count].len = (uint32_t)len;
    h->rows[h->count++].indicator = indicator;
}

static bool name_byte(char c)
{
    return hmi_ascii_alnum(c) || c == '-' || c == '_';
}

static void slow_names(hits *h, const char *text, size_t len)
{
    for (size_t start = 0; start < len;) {
        size_t end = start;
        while (end < len && (name_byte(text[end]) ||
                             (text[end] == '.' && !(end > start && text[end - 1] == '.')))) {
            end++;
        }
        size_t from = start;
        size_t to = end;
        while (from < to && (text[from] == '.' || text[from] == '-')) {
            from++;
        }
        while (to > from && (text[to - 1] == '.' || text[to - 1] == '-')) {
            to--;
        }
        HMI_CANON(name);
        if (to > from &&
            hmi_canon_run(HMI_DOMAIN, hmi_text(text + from, to - from), false, &name)) {
            hm_text found = hmi_canon_text(&name);
            for (uint32_t i = 0; i < HMI_COUNT(INDICATORS); i++) {
                hm_text want = hmi_text_of(INDICATORS[i].value);
                bool ends =
                    found.len > want.len && found.ptr[found.len - want.len - 1] == '.' &&
                    hmi_text_eq(hmi_text_slice(found, found.len - want.len, want.len), want);
                if (strcmp(INDICATORS[i].kind, "domain") == 0 &&
                    (hmi_text_eq(found, want) || (ends && INDICATORS[i].reach == HM_REACH_BELOW))) {
                    add(h, from, to - from, i);
                }
            }
        }
        start = end > start ? end : start + 1;
    }
}

static char byte_at(const char *text, size_t len, size_t pos)
{
    return pos < len ? text[pos] : ' ';
}

static void slow_addresses(hits *h, const char *text, size_t len)
{
    for (size_t start = 0; start < len; start++) {
        char before = start > 0 ? text[start - 1] : ' ';
        if (hmi_ascii_alnum(before) || before == '_' ||
            (before == '.' && start > 1 && name_byte(text[start - 2]))) {
            continue;
        }
        for (size_t end = start + 7; end <= len && end <= start + 15; end++) {
            char c = byte_at(text, len, end);
            char next = byte_at(text, len, end + 1);
            hmi_address address;
            if (hmi_ascii_alnum(c) || c == '_' ||
                (c == '.' && (hmi_ascii_alnum(next) || next == '_' || next == '-')) ||
                memchr(text + start, ':', end - start) != NULL ||
                !hmi_address_parse(hmi_text(text + start, end - start), &address)) {
                continue;
            }
            for (uint32_t i = 0; i < HMI_COUNT(INDICATORS); i++) {
                hmi_address base;
                unsigned bits;
                if (hmi_range_parse(hmi_text_of(INDICATORS[i].value), &base, &bits)
                        ? hmi_range_holds(&base, bits, &address)
                        : hmi_text_is(hmi_text(text + start, end - start), INDICATORS[i].value)) {
                    add(h, start, end - start, i);
                }
            }
        }
    }
}

static void slow_digests(hits *h, const char *text, size_t len)
{
    for (size_t start = 0; start < len;) {
        size_t end = start;
        while (end < len && hmi_hex_digit(text[end]) >= 0) {
            end++;
        }
        bool alone = (start == 0 || !hmi_ascii_alnum(text[start - 1])) &&
                     !hmi_ascii_alnum(byte_at(text, len, end));
        for (uint32_t i = 0; alone && end > start && i < HMI_COUNT(INDICATORS); i++) {
            if (hmi_text_ieq(hmi_text(text + start, end - start),
                             hmi_text_of(INDICATORS[i].value))) {
                add(h, start, end - start, i);
            }
        }
        start = end > start ? end : start + 1;
    }
}

static int on_hit(void *user, const hm_hit *m, hm_err *err)
{
    (void)err;
    const hits *h = user;
    CHECK(h->count == 0 || h->rows[h->count - 1].offset <= m->offset);
    add(user, m->offset, m->len, m->feed_line);
    return HM_OK;
}

static int by_all(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(((hits *)0)->rows[0]));
}

static hm_matcher *compile(void)
{
    hm_matcher_options options = { .seed = { 3, 4 }, .allow_poison = 1 };
    hm_matcher_builder *builder = NULL;
    hm_matcher *matcher = NULL;
    hm_err err = { 0 };
    CHECK_OK(hm_matcher_begin(&options, &builder, &err));
    for (uint32_t i = 0; i < HMI_COUNT(INDICATORS); i++) {
        hm_indicator indicator = { .kind = INDICATORS[i].kind,
                                   .value = INDICATORS[i].value,
                                   .value_len = strlen(INDICATORS[i].value),
                                   .line = i,
                                   .reach = INDICATORS[i].reach };
        CHECK_OK(hm_matcher_add(builder, &indicator, &err));
    }
    CHECK_OK(hm_matcher_build(builder, &matcher, &err));
    return matcher;
}

static size_t make_text(char *text, size_t room)
{
    size_t len = 0;
    size_t want = 1 + pick((unsigned)room - 64);
    while (len < want) {
        const char *fragment = FRAGMENTS[pick(HMI_COUNT(FRAGMENTS))];
        memcpy(text + len, fragment, strlen(fragment));
        len += strlen(fragment);
    }
    return len;
}

static void compare(const hm_matcher *matcher, const char *path, const char *text, size_t len)
{
    static hits fast;
    static hits slow;
    hm_err err = { 0 };
    hm_scanner *scanner = NULL;
    fast.count = slow.count = 0;
    slow_names(&slow, text, len);
    slow_addresses(&slow, text, len);
    slow_digests(&slow, text, len);
    CHECK_OK(hm_scanner_new(matcher, &scanner, &err));
    CHECK_OK(hm_scanner_path(scanner, path, NULL, &err));
    CHECK_OK(hm_scanner_scan(scanner, hmi_bytes(text, len), on_hit, &fast, &err));
    hm_scanner_free(scanner);
    qsort(fast.rows, fast.count, sizeof(fast.rows[0]), by_all);
    qsort(slow.rows, slow.count, sizeof(slow.rows[0]), by_all);
    if (fast.count != slow.count ||
        memcmp(fast.rows, slow.rows, fast.count * sizeof(fast.rows[0])) != 0) {
        print_error("%zu hits, expected %zu, in: %.*s\n", fast.count, slow.count, (int)len, text);
        _fail(__FILE__, __LINE__);
    }
}

static void run(const char *path)
{
    enum { ROUNDS = 4000, ROOM = 640 };
    hm_matcher *matcher = compile();
    drawn = 2014;
    for (unsigned i = 0; i < ROUNDS; i++) {
        char *text = malloc(ROOM);
        size_t len = make_text(text, ROOM);
        text = realloc(text, len); /* exact: one byte too far is seen by a sanitizer */
        compare(matcher, path, text, len);
        free(text);
    }
    hm_matcher_free(matcher);
}

TEST(the_portable_path_agrees_with_the_slow_matcher)
{
    run("portable");
}

TEST(the_best_path_agrees_with_the_slow_matcher)
{
    hm_err err = { 0 };
    hm_matcher *matcher = compile();
    hm_scanner *scanner = NULL;
    const char *path = NULL;
    CHECK_OK(hm_scanner_new(matcher, &scanner, &err));
    CHECK_OK(hm_scanner_path(scanner, NULL, &path, &err));
    CHECK_EQ(hm_scanner_path(scanner, "no such path", NULL, &err), HM_E_UNSUPPORTED);
    hm_scanner_free(scanner);
    hm_matcher_free(matcher);
    run(path);
}

RUN_TESTS()
