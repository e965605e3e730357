/* SPDX-License-Identifier: Apache-2.0
 *
 * watch_corpus.h - indicators and records with planted truth, for the benches of matching and
 * hunting.
 *
 * Access log, Zeek TSV (conn, http) and EVE JSON in equal parts, made from a seed. One line in 400
 * carries a planted value of a known indicator in one of its spellings, one in 1600 a trap: a value
 * that merely contains one. Every other value is drawn from ranges that no indicator is drawn from.
 * Indicators: 30 % IPv4, 2 IPv6, 1 ranges, 35 domains, 15 URLs, 15 digests, 2 mail addresses.
 */
#ifndef BENCH_WATCH_CORPUS_H
#define BENCH_WATCH_CORPUS_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <hallmark/matcher.h>

static uint64_t state;

static uint64_t next(void)
{
    uint64_t z = state += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

static unsigned below(unsigned n)
{
    return (unsigned)((next() >> 32) * n >> 32);
}

static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- Indicators: number n is always the same, whatever the size of the set. */
enum kind { V4, V6, RANGE, DOMAIN, URL, HASH, MAIL };
enum { VALUE_MAX = 160 };

static uint64_t hash_of(uint64_t n)
{
    uint64_t keep = state;
    state = n * 0x2545f4914f6cdd1dull + 77;
    uint64_t h = next();
    state = keep;
    return h;
}

static enum kind kind_of(uint64_t n)
{
    unsigned c = (unsigned)(n % 100);
    return c < 30   ? V4
           : c < 32 ? V6
           : c < 33 ? RANGE
           : c < 68 ? DOMAIN
           : c < 83 ? URL
           : c < 98 ? HASH
                    : MAIL;
}

/* Indicators live in 32.0.0.0/3, ranges in 64.0.0.0/4; harmless traffic in 128.0.0.0/2. */
static void name_of(uint64_t n, char *out, size_t room)
{
    static const char *const TOPS[] = { "com", "net",   "org",   "info", "ru",
                                        "cn",  "co.kr", "co.uk", "top",  "xyz" };
    uint64_t h = hash_of(n);
    if (h % 10 < 3) {
        snprintf(out, room, "h%u.bad%" PRIx64 ".%s", (unsigned)(h >> 50), h >> 20 & 0xffffffffff,
                 TOPS[h / 10 % 10]);
    } else {
        snprintf(out, room, "bad%" PRIx64 ".%s", h >> 20 & 0xffffffffff, TOPS[h / 10 % 10]);
    }
}

static void indicator_of(uint64_t n, char *out)
{
    uint64_t h = hash_of(n);
    char name[96];
    name_of(n, name, sizeof(name));
    switch (kind_of(n)) {
    case V4:
        snprintf(out, VALUE_MAX, "%u.%u.%u.%u", 32 + (unsigned)(h & 31), (unsigned)(h >> 8 & 255),
                 (unsigned)(h >> 16 & 255), (unsigned)(h >> 24 & 255));
        break;
    case V6:
        snprintf(out, VALUE_MAX, "2a0b:%x:%x:%x::%x:%x", (unsigned)(h & 0xffff) | 1,
                 (unsigned)(h >> 16 & 0xffff) | 1, (unsigned)(h >> 32 & 0xffff) | 1,
                 (unsigned)(h >> 48 & 0xff) | 1, (unsigned)(h >> 56) | 1);
        break;
    case RANGE:
        snprintf(out, VALUE_MAX, "%u.%u.%u.0/24", 64 + (unsigned)(h & 15), (unsigned)(h >> 8 & 255),
                 (unsigned)(h >> 16 & 255));
        break;
    case DOMAIN:
        snprintf(out, VALUE_MAX, "%s", name);
        break;
    case URL:
        snprintf(out, VALUE_MAX, "http://%s/%x/gate.php?id=%u", name, (unsigned)(h & 0xfff),
                 (unsigned)(h >> 12 & 1023));
        break;
    case HASH: {
        unsigned words = h % 3 == 0 ? 2 : 4;
        for (unsigned i = 0; i < words; i++) {
            snprintf(out + 16 * i, VALUE_MAX - 16 * i, "%016" PRIx64,
                     hash_of(n * 8 + i + (1ull << 60)));
        }
        break;
    }
    case MAIL:
        snprintf(out, VALUE_MAX, "boss%u@%s", (unsigned)(h & 255), name);
        break;
    }
}

/* ---- Records */
typedef struct corpus {
    char *text;
    size_t len, room;
    uint64_t lines, planted, traps;
    uint8_t *truth; /* per line: 1 planted, 2 trap */
    uint64_t known; /* indicators to plant from */
} corpus;

static void harmless_host(char *out, size_t room)
{
    static const char *const TOPS[] = { "com", "net", "org", "io", "co.kr", "co.uk", "de" };
    static const char *const HEADS[] = { "www.", "cdn.", "api.", "img.static.", "" };
    unsigned n = below(4096) * below(64);
    snprintf(out, room, "%sgood%u.%s", HEADS[n % 5], n, TOPS[n % 7]);
}

static void harmless_v4(char *out, size_t room)
{
    unsigned n = below(65536) * below(512);
    snprintf(out, room, "%u.%u.%u.%u", 128 + (n >> 24 & 63), n >> 16 & 255, n >> 8 & 255, n & 255);
}

static const char *const AGENTS[] = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "curl/8.5.0",
};

/* What a line's places are filled with. */
typedef struct filling {
    char ip[64], host[VALUE_MAX + 32], path[128], referrer[VALUE_MAX + 96], extra[VALUE_MAX + 32];
} filling;

static void fill(filling *f)
{
    static const char *const PATHS[] = { "/products/%u.html", "/assets/img/%u.png",
                                         "/api/v2/items/%u?page=2&sort=price",
                                         "/blog/2024/%u/index.php", "/static/app.%u.min.js" };
    char host[64];
    harmless_v4(f->ip, sizeof(f->ip));
    harmless_host(f->host, sizeof(f->host));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(f->path, sizeof(f->path), PATHS[below(5)], below(5000));
#pragma GCC diagnostic pop
    harmless_host(host, sizeof(host));
    snprintf(f->referrer, sizeof(f->referrer), below(3) ? "https://%s/" : "-", host);
    f->extra[0] = '\0';
}

static void plant(filling *f, const corpus *c, bool trap)
{
    uint64_t n = (next() >> 20) % c->known;
    uint64_t h = hash_of(n);
    char v[VALUE_MAX];
    indicator_of(n, v);
    unsigned form = below(4);
    switch (kind_of(n)) {
    case V4:
        if (trap) {
            snprintf(f->extra, sizeof(f->extra), form % 2 ? "1%s.7" : "%s.7", v);
        } else if (form == 0) {
            snprintf(f->extra, sizeof(f->extra), "::ffff:%s", v);
        } else if (form == 1) {
            snprintf(f->extra, sizeof(f->extra), "%s:8080", v);
        } else {
            snprintf(f->ip, sizeof(f->ip), "%.60s", v);
        }
        break;
    case V6:
        if (trap) {
            snprintf(f->extra, sizeof(f->extra), "1:%.120s", v);
        } else {
            snprintf(f->ip, sizeof(f->ip), "%.60s", v);
            for (char *p = f->ip; form % 2 && *p; p++) {
                *p = (char)(*p >= 'a' && *p <= 'f' ? *p - 32 : *p);
            }
        }
        break;
    case RANGE:
        snprintf(f->extra, sizeof(f->extra), trap ? "%u.%u.%u.%u.1" : "%u.%u.%u.%u",
                 64 + (unsigned)(h & 15), (unsigned)(h >> 8 & 255), (unsigned)(h >> 16 & 255),
                 below(256));
        break;
    case DOMAIN:
        if (trap) {
            snprintf(f->extra, sizeof(f->extra),
                     form == 0   ? "not%s"
                     : form == 1 ? "%s.cdn-safe.net"
                     : form == 2 ? "%ss"
                                 : "my-%s",
                     v);
        } else {
            snprintf(f->host, sizeof(f->host),
                     form == 0   ? "%s"
                     : form == 1 ? "www.%s"
                     : form == 2 ? "%s."
                                 : "a.b.%s",
                     v);
            for (char *p = f->host; below(4) == 0 && *p; p++) {
                *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 32 : *p);
            }
        }
        break;
    case URL:
        if (trap) {
            snprintf(f->referrer, sizeof(f->referrer), "%s1", v);
        } else if (form < 2) {
            snprintf(f->referrer, sizeof(f->referrer), "%s", v);
        } else {
            char name[96];
            name_of(n, name, sizeof(name));
            snprintf(f->host, sizeof(f->host), "%s", name);
            snprintf(f->path, sizeof(f->path), "/%x/gate.php?id=%u", (unsigned)(h & 0xfff),
                     (unsigned)(h >> 12 & 1023));
        }
        break;
    case HASH:
        snprintf(f->extra, sizeof(f->extra), trap ? "0%s" : "%s", v);
        for (char *p = f->extra; form % 2 && *p; p++) {
            *p = (char)(*p >= 'a' && *p <= 'f' ? *p - 32 : *p);
        }
        break;
    case MAIL:
        snprintf(f->extra, sizeof(f->extra), trap ? "big.%s" : "<%s>", v);
        break;
    }
}

static size_t line_of(char *out, size_t room, const filling *f, unsigned format)
{
    const char *agent = AGENTS[below(5)];
    unsigned s = below(86400);
    unsigned port = 1024 + below(60000);
    const char *extra = f->extra[0] ? f->extra : "-";
    char ip2[64];
    harmless_v4(ip2, sizeof(ip2));
    int n;
    switch (format) {
    case 0: /* access log with a virtual host in front */
        n = snprintf(out, room,
                     "%s %s - %s [10/Oct/2025:%02u:%02u:%02u +0200] \"GET %s HTTP/1.1\" 200 %u "
                     "\"%s\" \"%s\"\n",
                     f->host, f->ip, extra, s / 3600, s / 60 % 60, s % 60, f->path, below(100000),
                     f->referrer, agent);
        break;
    case 1: /* Zeek conn */
        n = snprintf(out, room,
                     "17600%05u.%06u\tC%08x%08x\t%s\t%u\t%s\t443\ttcp\tssl\t%u.%06u\t%u\t%"
                     "u\tSF\tT\tF\t0\tShADadFf\t%u\t%u\t%u\t%u\t%s\t%s\n",
                     s, below(1000000), (unsigned)next(), (unsigned)next(), f->ip, port, ip2,
                     below(100), below(1000000), below(9999), below(99999), below(99), below(9999),
                     below(99), below(99999), f->host,
                     extra[0] == '-' && f->referrer[0] != '-' ? f->referrer : extra);
        if (n > 0 && strcmp(extra, "-") == 0 && strchr(f->path, '?') != NULL) {
            n--;
            n += snprintf(out + n, room - (size_t)n, "\t%s\n", f->path);
        }
        break;
    case 2: /* Zeek http */
        n = snprintf(out, room,
                     "17600%05u.%06u\tC%08x%08x\t%s\t%u\t%s\t80\t1\tGET\t%s\t%s\t%s\t1.1\t%s\t-"
                     "\t0\t%u\t200\tOK\t-\t-\t(empty)\t%s\t-\n",
                     s, below(1000000), (unsigned)next(), (unsigned)next(), f->ip, port, ip2,
                     f->host, f->path, f->referrer, agent, below(99999), extra);
        break;
    default: /* EVE */
        n = snprintf(
            out, room,
            "{\"timestamp\":\"2025-10-10T%02u:%02u:%02u.%06u+0000\",\"flow_id\":%u%u,\"in_iface\":"
            "\"eth0\",\"event_type\":\"http\",\"src_ip\":\"%s\",\"src_port\":%u,\"dest_ip\":\"%s\","
            "\"dest_port\":80,\"proto\":\"TCP\",\"tx_id\":%u,\"http\":{\"hostname\":\"%s\",\"url\":"
            "\"%s\",\"http_user_agent\":\"%s\",\"http_refer\":\"%s\",\"http_method\":\"GET\","
            "\"protocol\":\"HTTP/1.1\",\"status\":200,\"length\":%u},\"note\":\"%s\"}\n",
            s / 3600, s / 60 % 60, s % 60, below(1000000), below(100000), below(1000000), f->ip,
            port, ip2, below(9), f->host, f->path, agent, f->referrer, below(99999), extra);
        break;
    }
    return (size_t)n;
}

/* `seed` 0: the corpus of bench_watch. */
static void make_corpus(corpus *c, size_t bytes, uint64_t known, uint64_t seed)
{
    *c = (corpus){ .text = aligned_alloc(1 << 21, bytes), .room = bytes, .known = known };
    c->truth = calloc(bytes / 64, 1);
    if (c->text == NULL || c->truth == NULL) {
        exit(4);
    }
    state = 42 + seed;
    while (c->room - c->len > 4096) {
        filling f;
        fill(&f);
        unsigned what = below(1600);
        if (what < 5) {
            plant(&f, c, what == 0);
            c->truth[c->lines] = what == 0 ? 2 : 1;
            c->planted += what != 0;
            c->traps += what == 0;
        }
        c->len += line_of(c->text + c->len, 4096, &f, (unsigned)(c->lines % 4));
        c->lines++;
    }
}

static void must(int code, const hm_err *err)
{
    if (code != HM_OK) {
        fprintf(stderr, "%s\n", err->text);
        exit(4);
    }
}

/* Indicators `first` and on. */
static hm_matcher *compile(uint64_t first, uint64_t count, double *ret_seconds)
{
    hm_matcher_options options = { .seed = { 5, 6 } };
    hm_matcher_builder *builder;
    hm_matcher *matcher;
    hm_err err = { 0 };
    char(*values)[VALUE_MAX] = malloc(count * sizeof(*values));
    static const char *const KINDS[] = { "address", "address", "range", "domain",
                                         "url",     NULL,      "mail" };
    for (uint64_t i = 0; i < count; i++) {
        indicator_of(first + i, values[i]);
    }
    double start = cpu();
    must(hm_matcher_begin(&options, &builder, &err), &err);
    for (uint64_t i = 0; i < count; i++) {
        size_t len = strlen(values[i]);
        enum kind kind = kind_of(first + i);
        hm_indicator in = { .kind = kind == HASH ? (len == 32 ? "md5" : "sha256") : KINDS[kind],
                            .value = values[i],
                            .value_len = len,
                            .line = (uint32_t)i,
                            .reach = kind == DOMAIN ? HM_REACH_BELOW : HM_REACH_SELF };
        int code = hm_matcher_add(builder, &in, &err);
        if (code != HM_OK && code != HM_E_EXISTS) {
            fprintf(stderr, "%s: ", values[i]);
            must(code, &err);
        }
    }
    must(hm_matcher_build(builder, &matcher, &err), &err);
    *ret_seconds = cpu() - start;
    free(values);
    return matcher;
}

#endif
