/* SPDX-License-Identifier: Apache-2.0
 *
 * hallmark/matcher.h - millions of indicators against records at a fraction of memory speed,
 * exactly.
 *
 *     static int on_hit(void *user, const hm_hit *hit, hm_err *err)
 *     {
 *         printf("%" PRIu64 ": %.*s\n", hit->line, (int)hit->value.len, hit->value.ptr);
 *         return HM_OK;
 *     }
 *
 *     hm_matcher_builder *builder;
 *     hm_matcher *matcher;
 *     hm_err err;
 *     hm_indicator indicator = { .kind = "domain", .value = "malice.test.co.kr", .value_len = 17,
 *                                .reach = HM_REACH_BELOW };
 *     hm_matcher_begin(NULL, &builder, &err);
 *     hm_matcher_add(builder, &indicator, &err);              // HM_E_DENIED and others: see below
 *     hm_matcher_build(builder, &matcher, &err);              // frees the builder
 *     hm_matcher_scan(matcher, records, on_hit, NULL, &err);  // calls on_hit once per hit
 *     hm_matcher_free(matcher);
 *
 * An address is a whole token, never part of a longer number; a domain matches itself and, if its
 * indicator asks, the names below it on label borders; ranges match by prefix; URLs in canonical
 * form, whole or, if asked, below a path; digests in any case and only as whole runs of digits.
 * docs/WATCHING.md says the rest, and tests/semantics/ holds it as data.
 *
 * A matcher is immutable. Any number of threads may scan with one; each hm_scanner belongs to one
 * thread at a time. Text handed to a callback lives only during the call.
 */
#ifndef HALLMARK_MATCHER_H
#define HALLMARK_MATCHER_H

#include <hallmark/base.h>

HM_BEGIN_DECLS

typedef struct hm_matcher hm_matcher;
typedef struct hm_matcher_builder hm_matcher_builder;
typedef struct hm_scanner hm_scanner;

/* How far an indicator reaches beyond its own value. */
typedef enum hm_reach {
    HM_REACH_SELF = 0, /* the value alone */
    HM_REACH_BELOW = 1 /* domain: names below it too; URL: what lies below its path too */
} hm_reach;

/* Why a record matched. Numbers are part of the promise. */
typedef enum hm_semantic {
    HM_SEM_ADDRESS = 1,   /* the address, in whatever spelling */
    HM_SEM_RANGE = 2,     /* an address inside the range */
    HM_SEM_DOMAIN = 3,    /* the name itself */
    HM_SEM_SUBDOMAIN = 4, /* a name below it */
    HM_SEM_URL = 5,       /* the same canonical URL */
    HM_SEM_URL_BELOW = 6, /* a URL below the indicator's path */
    HM_SEM_URL_SPLIT = 7, /* host and path in separate fields of one record */
    HM_SEM_MAIL = 8,
    HM_SEM_HASH = 9,       /* MD5, SHA-1, SHA-256, SHA-512, JA3 */
    HM_SEM_FILE_NAME = 10, /* last component of a path, or a whole field */
    HM_SEM_FIELD = 11      /* a whole field: user agent, registry key, mutex, JA4 ... */
} hm_semantic;
/* "address", "subdomain" ...; "" for a number that is none. */
HM_API const char *hm_semantic_name(int semantic);

typedef struct hm_indicator {
    const char
        *kind; /* "address", "range", "domain", "url", "mail", "sha256" ...; NULL: by shape */
    const char *value; /* as somebody wrote it: defanged forms are understood */
    size_t value_len;
    const char *id;     /* the sender's name for it; NULL = none */
    const char *source; /* which feed; NULL = none */
    uint32_t line;      /* where in the feed, 0 = unknown */
    hm_reach reach;
} hm_indicator;

typedef struct hm_matcher_options {
    uint32_t version; /* 0 */
    uint64_t seed[2]; /* of all keyed hashes; zero = random. Only tests fix it */
    int allow_poison; /* take what would be refused as harmful (private ranges in a lab) */
} hm_matcher_options;

HM_API int hm_matcher_begin(const hm_matcher_options *options, hm_matcher_builder **ret_builder,
                            hm_err *err);
/* HM_E_MALFORMED: no such value. HM_E_UNSUPPORTED: records are not searched for this kind.
 * HM_E_DENIED: it would match the harmless world (a public suffix, 0.0.0.0/0, a private range, the
 * empty file's digest). HM_E_EXISTS: it is there already. In all four the builder goes on and *err
 * says why. Other codes end it. */
HM_API int hm_matcher_add(hm_matcher_builder *builder, const hm_indicator *indicator, hm_err *err);
/* Ends the builder, whatever comes of it. */
HM_API int hm_matcher_build(hm_matcher_builder *builder, hm_matcher **ret_matcher, hm_err *err);
HM_API void hm_matcher_builder_free(hm_matcher_builder *builder); /* NULL is fine */

/* One file, mapped by every process that opens it; written beside and renamed. */
HM_API int hm_matcher_save(const hm_matcher *matcher, const char *path, hm_err *err);
/* Every offset and the checksum are verified: HM_E_CORRUPT, HM_E_UNSUPPORTED (another version). */
HM_API int hm_matcher_open(const char *path, hm_matcher **ret_matcher, hm_err *err);
HM_API void hm_matcher_free(hm_matcher *matcher); /* NULL is fine */

typedef struct hm_matcher_facts {
    uint64_t indicators;
    uint64_t hot_bytes;  /* gate, tables and rows: touched while scanning */
    uint64_t cold_bytes; /* values, ids, sources: touched when something matches */
} hm_matcher_facts;
HM_API void hm_matcher_facts_get(const hm_matcher *matcher, hm_matcher_facts *ret_facts);

typedef struct hm_hit {
    uint64_t offset;      /* of the matching text in all that the scanner was given */
    uint32_t len;         /* of the matching text as the record spells it */
    uint64_t line;        /* from 1 */
    uint64_t line_offset; /* where that line begins */
    hm_bytes record;      /* the line, without its end */
    uint32_t indicator;   /* row in the matcher: stable for one compiled set */
    hm_semantic semantic;
    const char *kind; /* of the indicator: "domain" ... */
    hm_text value;    /* the indicator's canonical value */
    hm_text found;    /* what was found, canonical */
    hm_text id;
    hm_text source;
    uint32_t feed_line;
} hm_hit;

/* HM_OK, or a negative code that ends the scan and is handed on. */
typedef int hm_hit_fn(void *user, const hm_hit *match, hm_err *err);

/* `records` are whole lines (the last may lack its end). Hits come in the order of their offsets,
 * at one offset in the order of their rows; one indicator at one place is told once. */
HM_API int hm_matcher_scan(const hm_matcher *matcher, hm_bytes records, hm_hit_fn *on_hit,
                           void *user, hm_err *err);

/* The same for a stream: offsets and lines go on from call to call. The matcher must outlive the
 * scanner, or be replaced by hm_scanner_use between two calls. */
HM_API int hm_scanner_new(const hm_matcher *matcher, hm_scanner **ret_scanner, hm_err *err);
HM_API void hm_scanner_use(hm_scanner *scanner, const hm_matcher *matcher);
HM_API int hm_scanner_scan(hm_scanner *scanner, hm_bytes records, hm_hit_fn *on_hit, void *user,
                           hm_err *err);
HM_API void hm_scanner_seek(hm_scanner *scanner, uint64_t offset, uint64_t lines);
HM_API void hm_scanner_position(const hm_scanner *scanner, uint64_t *ret_offset,
                                uint64_t *ret_lines);
HM_API void hm_scanner_free(hm_scanner *scanner); /* NULL is fine */

/* What a scanner looks through besides the bytes as they stand. */
typedef enum hm_unwrap {
    HM_UNWRAP_UTF16 = 1, /* ASCII characters written as UTF-16, in either byte order */
    HM_UNWRAP_BASE64 = 2 /* base64 and base64url, also of UTF-16; once, not base64 in base64 */
} hm_unwrap;
/* Bits of hm_unwrap; 0, as a new scanner has it, for none. */
HM_API int hm_scanner_unwrap(hm_scanner *scanner, unsigned what, hm_err *err);
/* During a call of hm_hit_fn: the bits that the match in hand was wrapped in, 0 = none. Its offset
 * and length are those of the wrapped text; in base64, of the whole run. */
HM_API unsigned hm_scanner_unwrapped(const hm_scanner *scanner);

/* Which machine code scans: "avx2", "portable". hm_scanner_path(scanner, NULL) asks; a name that
 * this machine has chooses it; any other answers HM_E_UNSUPPORTED. For tests and measurements. */
HM_API int hm_scanner_path(hm_scanner *scanner, const char *choose, const char **ret_path,
                           hm_err *err);

HM_END_DECLS

#endif
