/* SPDX-License-Identifier: Apache-2.0
 * _api.h - made by tools/python-api from include/hallmark/. */
typedef struct hm_bytes {
    const uint8_t *ptr;
    size_t len;
} hm_bytes;
typedef struct hm_text {
    const char *ptr;
    size_t len;
} hm_text;
typedef enum hm_code {
    HM_OK = 0,
    HM_E_TRUNCATED = -1,
    HM_E_MALFORMED = -2,
    HM_E_UNSUPPORTED = -3,
    HM_E_LIMIT = -4,
    HM_E_MEMORY = -5,
    HM_E_IO = -6,
    HM_E_NOT_FOUND = -7,
    HM_E_EXISTS = -8,
    HM_E_DENIED = -9,
    HM_E_MISUSE = -10,
    HM_E_CORRUPT = -11,
    HM_E_BUSY = -12,
    HM_E_CANCELLED = -13,
    HM_E_CRASHED = -14,
    HM_E_CONFLICT = -15
} hm_code;
typedef struct hm_err {
    int code;
    uint64_t offset;
    char text[256];
} hm_err;
 const char *hm_code_name(int code);
 const char *hm_version(void);
typedef struct hm_casebook hm_casebook;
 int hm_casebook_create(const char *path, hm_err *err);
 int hm_casebook_open(const char *path, hm_casebook **ret_casebook, hm_err *err);
 void hm_casebook_close(hm_casebook *casebook);
typedef struct hm_add_totals {
    uint64_t files, pieces;
    uint64_t read, partial, known, unknown, bad, skipped;
    uint64_t bytes, traits;
} hm_add_totals;
 int hm_casebook_add(hm_casebook *casebook, const char *incident, const char *const *paths,
                           size_t path_count, hm_add_totals *ret_totals, hm_err *err);
 int hm_casebook_learn(hm_casebook *casebook, const char *const *paths, size_t path_count,
                             hm_add_totals *ret_totals, hm_err *err);
typedef struct hm_finding hm_finding;
 int hm_compare(hm_casebook *casebook, const char *incident, hm_finding **ret_finding,
                      hm_err *err);
 void hm_finding_free(hm_finding *finding);
typedef struct hm_match {
    const char *incident;
    double bits;
    const char *words;
    int related;
    size_t hallmarks;
} hm_match;
typedef struct hm_hallmark {
    const char *trait_class;
    const char *value;
    double bits;
    double similarity;
    uint64_t incidents, incidents_all;
    uint64_t baseline, baseline_all;
} hm_hallmark;
 size_t hm_finding_matches(const hm_finding *finding);
 int hm_finding_match(const hm_finding *finding, size_t index, hm_match *ret_match);
 int hm_finding_hallmark(const hm_finding *finding, size_t match, size_t index,
                               hm_hallmark *ret_hallmark);
 const char *hm_finding_json(const hm_finding *finding);
 void hm_free(void *answer);
 int hm_incidents_json(hm_casebook *casebook, char **ret_json, hm_err *err);
 int hm_traits_json(hm_casebook *casebook, const char *incident, const char *trait_class,
                          char **ret_json, hm_err *err);
 int hm_search_json(hm_casebook *casebook, const char *trait_class, const char *value,
                          char **ret_json, hm_err *err);
typedef struct hm_attribute_options {
    uint32_t version;
    const char *statements;
    int uniform_prior;
} hm_attribute_options;
 int hm_attribute_json(hm_casebook *casebook, const char *incident,
                             const hm_attribute_options *options, char **ret_json, hm_err *err);
typedef struct hm_matcher hm_matcher;
typedef struct hm_matcher_builder hm_matcher_builder;
typedef struct hm_scanner hm_scanner;
typedef enum hm_reach {
    HM_REACH_SELF = 0,
    HM_REACH_BELOW = 1
} hm_reach;
typedef enum hm_semantic {
    HM_SEM_ADDRESS = 1,
    HM_SEM_RANGE = 2,
    HM_SEM_DOMAIN = 3,
    HM_SEM_SUBDOMAIN = 4,
    HM_SEM_URL = 5,
    HM_SEM_URL_BELOW = 6,
    HM_SEM_URL_SPLIT = 7,
    HM_SEM_MAIL = 8,
    HM_SEM_HASH = 9,
    HM_SEM_FILE_NAME = 10,
    HM_SEM_FIELD = 11
} hm_semantic;
 const char *hm_semantic_name(int semantic);
typedef struct hm_indicator {
    const char
        *kind;
    const char *value;
    size_t value_len;
    const char *id;
    const char *source;
    uint32_t line;
    hm_reach reach;
} hm_indicator;
typedef struct hm_matcher_options {
    uint32_t version;
    uint64_t seed[2];
    int allow_poison;
} hm_matcher_options;
 int hm_matcher_begin(const hm_matcher_options *options, hm_matcher_builder **ret_builder,
                            hm_err *err);
 int hm_matcher_add(hm_matcher_builder *builder, const hm_indicator *indicator, hm_err *err);
 int hm_matcher_build(hm_matcher_builder *builder, hm_matcher **ret_matcher, hm_err *err);
 void hm_matcher_builder_free(hm_matcher_builder *builder);
 int hm_matcher_save(const hm_matcher *matcher, const char *path, hm_err *err);
 int hm_matcher_open(const char *path, hm_matcher **ret_matcher, hm_err *err);
 void hm_matcher_free(hm_matcher *matcher);
typedef struct hm_matcher_facts {
    uint64_t indicators;
    uint64_t hot_bytes;
    uint64_t cold_bytes;
} hm_matcher_facts;
 void hm_matcher_facts_get(const hm_matcher *matcher, hm_matcher_facts *ret_facts);
typedef struct hm_hit {
    uint64_t offset;
    uint32_t len;
    uint64_t line;
    uint64_t line_offset;
    hm_bytes record;
    uint32_t indicator;
    hm_semantic semantic;
    const char *kind;
    hm_text value;
    hm_text found;
    hm_text id;
    hm_text source;
    uint32_t feed_line;
} hm_hit;
typedef int hm_hit_fn(void *user, const hm_hit *match, hm_err *err);
 int hm_matcher_scan(const hm_matcher *matcher, hm_bytes records, hm_hit_fn *on_hit,
                           void *user, hm_err *err);
 int hm_scanner_new(const hm_matcher *matcher, hm_scanner **ret_scanner, hm_err *err);
 void hm_scanner_use(hm_scanner *scanner, const hm_matcher *matcher);
 int hm_scanner_scan(hm_scanner *scanner, hm_bytes records, hm_hit_fn *on_hit, void *user,
                           hm_err *err);
 void hm_scanner_seek(hm_scanner *scanner, uint64_t offset, uint64_t lines);
 void hm_scanner_position(const hm_scanner *scanner, uint64_t *ret_offset,
                                uint64_t *ret_lines);
 void hm_scanner_free(hm_scanner *scanner);
typedef enum hm_unwrap {
    HM_UNWRAP_UTF16 = 1,
    HM_UNWRAP_BASE64 = 2
} hm_unwrap;
 int hm_scanner_unwrap(hm_scanner *scanner, unsigned what, hm_err *err);
 unsigned hm_scanner_unwrapped(const hm_scanner *scanner);
 int hm_scanner_path(hm_scanner *scanner, const char *choose, const char **ret_path,
                           hm_err *err);
 int hm_export(hm_casebook *casebook, const char *incident, const char *format,
                     const char *tlp, char **ret_bytes, size_t *ret_len, hm_err *err);
 int hm_stix_validate_json(hm_bytes document, char **ret_json, hm_err *err);
 int hm_stix_lift(hm_bytes document, char **ret_bytes, size_t *ret_len, hm_err *err);
