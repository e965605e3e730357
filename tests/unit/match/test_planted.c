/* SPDX-License-Identifier: Apache-2.0
 *
 * test_planted.c - IPv6, URLs, mail and digests in random spellings and places, true by
 * construction.
 *
 * Each line holds one indicator's value, spelled in one of its many ways, between two pieces of
 * text that either leave it whole or make something else of it. So what must be met, where and how
 * long it is, is known without any matcher. The text runs over many chunks: hits must come in the
 * order of their offsets across them, with the right line. Seeded: the same lines in every run.
 */
#include "check.h"

#include <hallmark/matcher.h>

#include "base/num.h"
#include "base/text.h"

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
    { "address", "2001:db8:77:0:0:1:0:a5", HM_REACH_SELF },
    { "range", "2001:db8:42::/48", HM_REACH_SELF },
    { "address", "203.0.113.7", HM_REACH_SELF },
    { "url", "http://malice.test.co.kr/kit/gate.php?id=7", HM_REACH_SELF },
    { "url", "http://drop.malice-two.org/stage/", HM_REACH_BELOW },
    { "mail", "boss@malice-three.net", HM_REACH_SELF },
    { "sha256", "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592", HM_REACH_SELF },
};
enum { IN_V6, IN_RANGE, IN_V4, IN_URL, IN_BELOW, IN_MAIL, IN_HASH, IN_COUNT, TEXT_MAX = 1 << 18 };

typedef struct planted {
    size_t count;
    struct {
        uint64_t offset, line;
        uint32_t len, indicator;
    } rows[4096];
} planted;

typedef struct text {
    char bytes[TEXT_MAX];
    size_t len;
    uint64_t line;
} text;

static void put(text *t, const char *what)
{
    CHECK(t->len + strlen(what) < sizeof(t->bytes));
    memcpy(t->bytes + t->len, what, strlen(what));
    t->len += strlen(what);
}

static void any_case(char *s)
{
    for (; *s != '\0'; s++) {
        *s = *s >= 'a' && *s <= 'z' && pick(3) == 0 ? (char)(*s - 32) : *s;
    }
}

/* Eight groups in one of the many spellings of RFC 4291. */
static void spell_v6(char *out, const unsigned group[8])
{
    unsigned last = pick(4) == 0 ? 6 : 8;
    unsigned from = pick(2) == 0 ? 8 : pick(last);
    unsigned to = from;
    while (to < last && group[to] == 0) {
        to++;
    }
    size_t len = 0;
    if (to - from < 2) {
        from = to = 8;
    }
    for (unsigned i = 0; i < last; i++) {
        if (i == from) {
            len += (size_t)sprintf(out + len, i == 0 ? "::" : ":");
            i = to - 1;
            continue;
        }
        len += (size_t)sprintf(out + len, pick(3) == 0 ? "%04x" : "%x", group[i]);
        len += (size_t)sprintf(out + len, "%s", i + 1 < last || last == 6 ? ":" : "");
    }
    if (last == 6) {
        sprintf(out + len, "%u.%u.%u.%u", group[6] >> 8, group[6] & 255, group[7] >> 8,
                group[7] & 255);
    }
    any_case(out);
}

static void spell_url(char *out, const char *host, const char *path)
{
    static const char *const PORTS[] = { "", "", ":80" };
    static const char *const DETOURS[] = { "", "", "/.", "/x/..", "/%78/.." };
    static const char *const ENDS[] = { "", "", "#top" };
    char scheme[8] = "http";
    char name[64];
    snprintf(name, sizeof(name), "%s", host);
    any_case(name);
    any_case(scheme);
    size_t len =
        (size_t)sprintf(out, "%s://%s%s%s", scheme, name, PORTS[pick(3)], DETOURS[pick(5)]);
    bool escaped = false;
    for (; *path != '\0'; path++) {
        escaped = *path >= 'a' && *path <= 'z' && pick(5) == 0;
        len += (size_t)sprintf(out + len, escaped ? "%%%02x" : "%c", (unsigned)*path);
    }
    sprintf(out + len, "%s", ENDS[pick(3)]);
}

/* As a writer of JSON may: every slash behind a backslash. */
static void slash(char *url)
{
    char plain[1024];
    snprintf(plain, sizeof(plain), "%s", url);
    for (const char *p = plain; *p != '\0'; p++) {
        *url = '\\';
        url += *p == '/';
        *url++ = *p;
    }
    *url = '\0';
}

typedef struct place {
    const char *before, *behind;
} place;

static const place ADDRESS_WHOLE[] = { { " ", " " },   { "\"", "\"" },       { "[", "]:443" },
                                       { "=", "," },   { "(", ")" },         { "", "" },
                                       { "<", ">" },   { "from ", "%eth0" }, { " ", "/64" },
                                       { "\t", "\t" }, { "%2F", " " },       { " ", ". " } };
static const place ADDRESS_OTHER[] = { { " z", " " }, { " ", "g" },  { "_", " " },
                                       { " ", "_x" }, { "n.", " " }, { " ", ".x" } };
static const place URL_WHOLE[] = { { " ", " " }, { "\"", "\"" }, { "<", ">" },   { " (", ")" },
                                   { "", "" },   { " ", ". " },  { "url=", " " } };
static const place BELOW_WHOLE[] = { { " ", " " }, { "\"", "\"" }, { "<", ">" }, { "url=", " " } };
static const place URL_OTHER[] = { { " ", "1" }, { " ", "&x=1" }, { " ", "%31" } };
static const place MAIL_WHOLE[] = { { " ", " " },   { "<", ">" }, { "mailto:", " " },
                                    { "\"", "\"" }, { "", "" },   { " ", ". " } };
static const place MAIL_OTHER[] = {
    { "big.", " " }, { "x", " " }, { " ", ".org" }, { " ", "x" }, { "my-", " " }
};
static const place HASH_WHOLE[] = { { " ", " " }, { "\"", "\"" }, { "sha256:", "" }, { "/", "." } };
static const place HASH_OTHER[] = { { "0", " " }, { " ", "0" }, { "x", " " }, { " ", "g" } };

static void plant(text *t, planted *truth, const char *value, uint32_t indicator, bool whole,
                  const place *places, size_t count)
{
    const place *at = &places[pick((unsigned)count)];
    put(t, at->before);
    if (whole) {
        CHECK(truth->count < HMI_COUNT(truth->rows));
        truth->rows[truth->count].offset = t->len;
        truth->rows[truth->count].line = t->line;
        truth->rows[truth->count].len = (uint32_t)strlen(value);
        truth->rows[truth->count++].indicator = indicator;
    }
    put(t, value);
    put(t, at->behind);
}

#define PLANT(value, indicator, whole, kind)                                        \
    plant(t, truth, value, indicator, whole, (whole) ? kind##_WHOLE : kind##_OTHER, \
          (whole) ? HMI_COUNT(kind##_WHOLE) : HMI_COUNT(kind##_OTHER))

static void add_address(text *t, planted *truth, unsigned indicator, bool whole)
{
    unsigned group[8] = { 0x2001, 0xdb8, 0x77, 0, 0, 1, 0, 0xa5 };
    char value[64];
    if (indicator == IN_RANGE) {
        group[2] = 0x42;
        group[3] = pick(65536);
        group[5] = pick(2);
        group[7] = 1 + pick(65535);
    } else if (indicator == IN_V4) {
        static const unsigned MAPPED[8] = { 0, 0, 0, 0, 0, 0xffff, 0xcb00, 0x7107 };
        memcpy(group, MAPPED, sizeof(group));
    }
    spell_v6(value, group);
    whole = whole || indicator == IN_V4; /* what is left of it mostly names the same address */
    PLANT(value, indicator, whole, ADDRESS);
}

static void add_url(text *t, planted *truth, unsigned indicator, bool whole)
{
    char value[1024];
    if (indicator == IN_URL) {
        spell_url(value, "malice.test.co.kr", "/kit/gate.php?id=7");
        whole = whole || strchr(value, '#') != NULL; /* behind a fragment nothing is another URL */
    } else {
        spell_url(value, whole ? "drop.malice-two.org" : "a.drop.malice-two.org",
                  "/stage/two/load.bin");
    }
    bool json = pick(4) == 0;
    if (json) {
        slash(value);
        plant(t, truth, value, indicator, whole,
              &(place){ "{\"url\":\"", whole || indicator == IN_BELOW ? "\"}" : "1\"}" }, 1);
        return;
    }
    if (indicator == IN_URL && strchr(value, '#') == NULL) {
        PLANT(value, indicator, whole, URL);
    } else {
        /* Punctuation behind it would be part of what lies below, or of the fragment. */
        plant(t, truth, value, indicator, whole, BELOW_WHOLE, HMI_COUNT(BELOW_WHOLE));
    }
}

static void add_line(text *t, planted *truth)
{
    unsigned indicator = pick(IN_COUNT);
    bool whole = pick(3) > 0;
    char value[160];
    snprintf(value, sizeof(value), "%s", INDICATORS[indicator].value);
    any_case(value);
    switch (indicator) {
    case IN_URL:
    case IN_BELOW:
        add_url(t, truth, indicator, whole);
        break;
    case IN_MAIL:
        PLANT(value, indicator, whole, MAIL);
        break;
    case IN_HASH:
        PLANT(value, indicator, whole, HASH);
        break;
    default:
        add_address(t, truth, indicator, whole);
        break;
    }
    for (unsigned n = pick(90); n > 0; n--) {
        put(t, pick(9) == 0 ? " good.test-host.org" : " x");
    }
    put(t, "\n");
    t->line++;
}

typedef struct check {
    const planted *truth;
    const text *t;
    size_t met;
    uint64_t last;
} check;

static int on_hit(void *user, const hm_hit *hit, hm_err *err)
{
    (void)err;
    check *c = user;
    CHECK(hit->offset >= c->last);
    c->last = hit->offset;
    if (c->met >= c->truth->count || c->truth->rows[c->met].offset != hit->offset ||
        c->truth->rows[c->met].len != hit->len || c->truth->rows[c->met].line != hit->line ||
        c->truth->rows[c->met].indicator != hit->feed_line) {
        const char *line = c->t->bytes + hit->line_offset;
        size_t want = c->met < c->truth->count ? (size_t)c->truth->rows[c->met].offset : 0;
        print_error("line %d, +%d, %d bytes, indicator %u was not to be met here: %.*s\n"
                    "next to come: %.60s\n",
                    (int)hit->line, (int)hit->offset, (int)hit->len, hit->feed_line,
                    (int)hit->record.len, line, c->t->bytes + want);
        _fail(__FILE__, __LINE__);
    }
    c->met++;
    return HM_OK;
}

static void run(const char *path)
{
    static text t;
    static planted truth;
    hm_matcher_options options = { .seed = { 3, 4 }, .allow_poison = 1 };
    hm_matcher_builder *builder = NULL;
    hm_matcher *matcher = NULL;
    hm_scanner *scanner = NULL;
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
    drawn = 2013;
    for (unsigned round = 0; round < 40; round++) {
        t.len = truth.count = 0;
        t.line = 1;
        while (t.len < sizeof(t.bytes) - 2048) {
            add_line(&t, &truth);
        }
        check c = { .truth = &truth, .t = &t };
        CHECK_OK(hm_scanner_new(matcher, &scanner, &err));
        CHECK_OK(hm_scanner_path(scanner, path, NULL, &err));
        CHECK_OK(hm_scanner_scan(scanner, hmi_bytes(t.bytes, t.len), on_hit, &c, &err));
        hm_scanner_free(scanner);
        if (c.met != truth.count) {
            print_error("%zu of %zu met; missed: %.100s\n", c.met, truth.count,
                        t.bytes + truth.rows[c.met].offset);
            _fail(__FILE__, __LINE__);
        }
    }
    hm_matcher_free(matcher);
}

TEST(what_is_planted_is_met_on_the_portable_path)
{
    run("portable");
}

TEST(what_is_planted_is_met_on_the_best_path)
{
    hm_err err = { 0 };
    hm_matcher_builder *builder = NULL;
    hm_matcher *matcher = NULL;
    hm_scanner *scanner = NULL;
    const char *path = NULL;
    CHECK_OK(hm_matcher_begin(NULL, &builder, &err));
    CHECK_OK(hm_matcher_build(builder, &matcher, &err));
    CHECK_OK(hm_scanner_new(matcher, &scanner, &err));
    CHECK_OK(hm_scanner_path(scanner, NULL, &path, &err));
    hm_scanner_free(scanner);
    hm_matcher_free(matcher);
    run(path);
}

RUN_TESTS()
