/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_match_scan.c - any bytes as records: every path of this machine, the whole at once and line
 * by line, must tell the same hits in the order of their offsets.
 */
#include <hallmark/matcher.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static hm_matcher *compile(void)
{
    static const struct {
        const char *kind, *value;
        hm_reach reach;
    } ROWS[] = {
        { "address", "1.2.3.4", HM_REACH_SELF },
        { "address", "2001:db8::1", HM_REACH_SELF },
        { "range", "198.51.0.0/16", HM_REACH_SELF },
        { "range", "2001:db8:42::/48", HM_REACH_SELF },
        { "domain", "evil.com", HM_REACH_BELOW },
        { "domain",
          "b\xc3\xbc"
          "cher.de",
          HM_REACH_SELF },
        { "url", "http://evil.com/kit/gate.php?id=7", HM_REACH_SELF },
        { "url", "http://drop.org/a/", HM_REACH_BELOW },
        { "url", "http://1.2.3.4/x", HM_REACH_SELF },
        { "mail", "boss@evil.com", HM_REACH_SELF },
        { "md5", "9e107d9d372bb6826bd81d3542a419d6", HM_REACH_SELF },
        { "file-name", "bad.exe", HM_REACH_SELF },
        { "file-name", "bad tool", HM_REACH_SELF },
        { "user-agent", "Bad/1.0 (x)", HM_REACH_SELF },
        { "mutex", "Global\\bad", HM_REACH_SELF },
    };
    hm_matcher_options options = { .seed = { 1, 2 }, .allow_poison = 1 };
    hm_matcher_builder *builder;
    hm_matcher *matcher;
    hm_err err;
    if (hm_matcher_begin(&options, &builder, &err) != HM_OK) {
        abort();
    }
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        hm_indicator row = { .kind = ROWS[i].kind,
                             .value = ROWS[i].value,
                             .value_len = strlen(ROWS[i].value),
                             .reach = ROWS[i].reach };
        if (hm_matcher_add(builder, &row, &err) != HM_OK) {
            abort();
        }
    }
    if (hm_matcher_build(builder, &matcher, &err) != HM_OK) {
        abort();
    }
    return matcher;
}

typedef struct told {
    uint64_t count, sum, last;
} told;

static int on_hit(void *user, const hm_hit *hit, hm_err *err)
{
    (void)err;
    told *t = user;
    if (hit->offset < t->last || hit->offset < hit->line_offset) {
        abort();
    }
    t->last = hit->offset;
    t->count++;
    t->sum = t->sum * 1000003 + hit->offset * 31 + hit->len * 7 + hit->indicator * 3 +
             (uint64_t)hit->semantic + hit->line;
    return HM_OK;
}

static told scan(const hm_matcher *matcher, const char *path, unsigned unwrap, hm_bytes records,
                 int by_line)
{
    told t = { 0 };
    hm_scanner *scanner;
    hm_err err;
    if (hm_scanner_new(matcher, &scanner, &err) != HM_OK ||
        hm_scanner_unwrap(scanner, unwrap, &err) != HM_OK ||
        (path != NULL && hm_scanner_path(scanner, path, NULL, &err) != HM_OK)) {
        abort();
    }
    while (records.len > 0) {
        const uint8_t *end = by_line ? memchr(records.ptr, '\n', records.len) : NULL;
        size_t len = end == NULL ? records.len : (size_t)(end - records.ptr) + 1;
        if (hm_scanner_scan(scanner, (hm_bytes){ records.ptr, len }, on_hit, &t, &err) != HM_OK) {
            abort();
        }
        records.ptr += len;
        records.len -= len;
    }
    hm_scanner_free(scanner);
    return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static hm_matcher *matcher;
    if (matcher == NULL) {
        matcher = compile();
    }
    hm_bytes records = { data, size };
    for (unsigned unwrap = 0; unwrap <= (HM_UNWRAP_UTF16 | HM_UNWRAP_BASE64); unwrap++) {
        told best = scan(matcher, NULL, unwrap, records, 0);
        told portable = scan(matcher, "portable", unwrap, records, 0);
        told lines = scan(matcher, NULL, unwrap, records, 1);
        if (best.count != portable.count || best.sum != portable.sum || best.count != lines.count ||
            best.sum != lines.sum) {
            abort();
        }
    }
    return 0;
}
