/* SPDX-License-Identifier: Apache-2.0
 *
 * config.c - reads a server's configuration: lines of words, strictly.
 *
 * WHY    A right that is misspelt and silently ignored is a right given or taken by accident, so
 *        whatever is not understood is an error with its line.
 * FORM   line := word value* ["#" comment]; the words are in the table at the end, docs/TAXII.md
 *        explains them. TRUST  The owner's file. OWNS   Nothing: all is the arena's.
 */
#include "taxii/config.h"

#include <sodium.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "trait/stix_id.h"

enum { WORDS_MAX = 1100 };

typedef struct reading {
    hmi_arena *arena;
    const hmi_policy *policy;
    hmi_taxii_config config;
    hm_text words[WORDS_MAX];
    size_t count, line;
    hm_text text; /* the line, without its comment */
    bool accounts_only;
    hm_err *err;
} reading;

static int refuse(const reading *r, const char *what)
{
    return hmi_fail(r->err, HM_E_MALFORMED, HM_OFFSET_NONE, "line %zu of the %s: %s", r->line,
                    r->accounts_only ? "accounts" : "server's configuration", what);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static int split(reading *r, hm_text line)
{
    r->count = 0;
    r->text = line;
    for (size_t at = 0; at < line.len;) {
        if (is_blank(line.ptr[at])) {
            at++;
            continue;
        }
        if (line.ptr[at] == '#') {
            r->text = hmi_text_slice(line, 0, at);
            return HM_OK;
        }
        size_t end = at;
        while (end < line.len && !is_blank(line.ptr[end])) {
            end++;
        }
        if (r->count == WORDS_MAX) {
            return refuse(r, "too many words");
        }
        r->words[r->count++] = hmi_text_slice(line, at, end - at);
        at = end;
    }
    return HM_OK;
}

/* The line from the n-th word on, as a title. */
static int rest(const reading *r, size_t from, hm_text *ret)
{
    if (from >= r->count) {
        return refuse(r, "a text is missing");
    }
    size_t start = (size_t)(r->words[from].ptr - r->text.ptr);
    *ret = hmi_arena_text(r->arena, hmi_text_trim(hmi_text_slice(r->text, start, r->text.len)));
    return ret->ptr == NULL ? hmi_arena_fail(r->arena, r->err) : HM_OK;
}

static int word_cstr(const reading *r, size_t number, const char **ret)
{
    *ret = hmi_arena_cstr(r->arena, r->words[number]);
    return *ret == NULL ? hmi_arena_fail(r->arena, r->err) : HM_OK;
}

static int find_partner(const reading *r, hm_text name, size_t *ret)
{
    const hmi_partner *p = hmi_policy_partner(r->policy, name);
    if (p == NULL) {
        return refuse(r, "the policy names no such partner");
    }
    *ret = (size_t)(p - r->policy->partners);
    return HM_OK;
}

static hmi_taxii_collection *find_collection(const reading *r, hm_text id)
{
    for (size_t i = 0; i < r->config.collection_count; i++) {
        if (hmi_text_ieq(r->config.collections[i].id, id)) {
            return &r->config.collections[i];
        }
    }
    return NULL;
}

/* -- Lines. */

static int read_listen(reading *r)
{
    uint32_t port = 0;
    for (size_t i = 0; i < r->words[2].len; i++) {
        char c = r->words[2].ptr[i];
        if (!hmi_ascii_digit(c) || (port = port * 10 + (uint32_t)(c - '0')) > UINT16_MAX) {
            return refuse(r, "a port is a number up to 65535");
        }
    }
    r->config.port = (uint16_t)port;
    return word_cstr(r, 1, &r->config.address);
}

static int read_text_line(reading *r)
{
    hm_text *to = hmi_text_is(r->words[0], "title")     ? &r->config.title
                  : hmi_text_is(r->words[0], "contact") ? &r->config.contact
                                                        : &r->config.description;
    return rest(r, 1, to);
}

static int read_file_line(reading *r)
{
    const char **to = hmi_text_is(r->words[0], "certificate") ? &r->config.certificate
                      : hmi_text_is(r->words[0], "key")       ? &r->config.key
                      : hmi_text_is(r->words[0], "client-ca") ? &r->config.client_ca
                                                              : &r->config.client_crl;
    return word_cstr(r, 1, to);
}

static int read_purpose(reading *r)
{
    return hmi_purpose_find(r->words[1], &r->config.purpose)
               ? HM_OK
               : refuse(r, "purpose is detect, respond, inform or publish");
}

static bool is_name(hm_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!hmi_ascii_alnum(c) && c != '-' && c != '_' && c != '.') {
            return false;
        }
    }
    return text.len > 0 && text.len <= 64 && text.ptr[0] != '.';
}

static int read_root(reading *r)
{
    hmi_taxii_config *c = &r->config;
    if (!is_name(r->words[1]) || hmi_text_is(r->words[1], "taxii2")) {
        return refuse(r, "a root's name is of letters, digits, '-', '_' and '.', and not taxii2");
    }
    for (size_t i = 0; i < c->root_count; i++) {
        if (hmi_text_eq(c->roots[i].name, r->words[1])) {
            return refuse(r, "this root was named before");
        }
    }
    if (c->root_count == HMI_CONFIG_ROOTS_MAX) {
        return refuse(r, "too many roots");
    }
    hmi_taxii_root *root = &c->roots[c->root_count];
    root->name = hmi_arena_text(r->arena, r->words[1]);
    HMI_TRY(rest(r, 2, &root->title));
    c->root_count++;
    return HM_OK;
}

static int read_collection(reading *r)
{
    hmi_taxii_config *c = &r->config;
    size_t root = 0;
    while (root < c->root_count && !hmi_text_eq(c->roots[root].name, r->words[1])) {
        root++;
    }
    if (root == c->root_count) {
        return refuse(r, "no root of this name stands above");
    }
    if (!hmi_uuid_is(r->words[2]) || find_collection(r, r->words[2]) != NULL) {
        return refuse(r, "a collection has a UUID of its own");
    }
    bool has_alias = !hmi_text_is(r->words[3], "-");
    if (has_alias && (!is_name(r->words[3]) || hmi_uuid_is(r->words[3]))) {
        return refuse(r, "an alias is a short name, or - for none");
    }
    for (size_t i = 0; has_alias && i < c->collection_count; i++) {
        if (c->collections[i].root == root && hmi_text_eq(c->collections[i].alias, r->words[3])) {
            return refuse(r, "this alias was given before");
        }
    }
    if (c->collection_count == HMI_CONFIG_COLLECTIONS_MAX) {
        return refuse(r, "too many collections");
    }
    hmi_taxii_collection *one = &c->collections[c->collection_count];
    char *id = hmi_arena_cstr(r->arena, r->words[2]);
    one->alias = hmi_arena_text(r->arena, has_alias ? r->words[3] : HM_TEXT(""));
    one->readers = hmi_new_array(r->arena, bool, c->partner_count + 1);
    one->writers = hmi_new_array(r->arena, bool, c->partner_count + 1);
    if (id == NULL || one->alias.ptr == NULL || one->readers == NULL || one->writers == NULL) {
        return hmi_arena_fail(r->arena, r->err);
    }
    for (char *p = id; *p != '\0'; p++) {
        *p = hmi_ascii_lower(*p);
    }
    one->id = hmi_text_of(id);
    one->root = root;
    one->source = c->collection_count;
    HMI_TRY(rest(r, 4, &one->title));
    c->collection_count++;
    return HM_OK;
}

static int read_describe(reading *r)
{
    hmi_taxii_collection *c = find_collection(r, r->words[1]);
    return c == NULL ? refuse(r, "no such collection stands above") : rest(r, 2, &c->description);
}

static int read_query(reading *r)
{
    hmi_taxii_collection *c = find_collection(r, r->words[1]);
    hmi_taxii_collection *source = find_collection(r, r->words[2]);
    hmi_filter *filter = hmi_new(r->arena, hmi_filter);
    hmi_http_query query;
    hm_err why = { 0 };
    if (filter == NULL) {
        return hmi_arena_fail(r->arena, r->err);
    }
    if (c == NULL || source == NULL || source->query != NULL || c == source) {
        return refuse(r, "query COLLECTION SOURCE FILTER, both named above, the source no query");
    }
    hm_text text = hmi_arena_text(r->arena, r->words[3]);
    if (text.ptr == NULL || hmi_http_query_read(text, r->arena, &query, &why) != HM_OK ||
        hmi_filter_read(&query, r->arena, filter, &why) != HM_OK) {
        return refuse(r, why.text);
    }
    c->query = filter;
    c->source = source->source;
    return HM_OK;
}

static int read_right(reading *r)
{
    hmi_taxii_collection *c = find_collection(r, r->words[1]);
    bool reads = hmi_text_is(r->words[0], "read");
    if (c == NULL) {
        return refuse(r, "no such collection stands above");
    }
    if (!reads && c->query != NULL) {
        return refuse(r, "a saved query cannot be written to");
    }
    bool *list = reads ? c->readers : c->writers;
    for (size_t i = 2; i < r->count; i++) {
        size_t partner;
        if (hmi_text_is(r->words[i], "*")) {
            for (partner = 0; partner < r->config.partner_count; partner++) {
                list[partner] = true;
            }
            continue;
        }
        HMI_TRY(find_partner(r, r->words[i], &partner));
        list[partner] = true;
    }
    return HM_OK;
}

static int read_faults(reading *r)
{
    hmi_taxii_collection *c = find_collection(r, r->words[1]);
    c = c != NULL && (hmi_text_is(r->words[2], "keep") || hmi_text_is(r->words[2], "refuse"))
            ? c
            : NULL;
    if (c == NULL) {
        return refuse(r, "faults COLLECTION refuse|keep");
    }
    c->keep_faulty = hmi_text_is(r->words[2], "keep");
    return HM_OK;
}

static int read_account(reading *r)
{
    hmi_taxii_config *c = &r->config;
    if (c->account_count == HMI_CONFIG_ACCOUNTS_MAX) {
        return refuse(r, "too many accounts");
    }
    hmi_taxii_account *a = &c->accounts[c->account_count];
    HMI_TRY(find_partner(r, r->words[1], &a->partner));
    if (hmi_text_is(r->words[2], "password")) {
        a->kind = HMI_ACCOUNT_PASSWORD;
        HMI_TRY(word_cstr(r, 3, &a->verifier));
        if (!hmi_starts_with(hmi_text_bytes(r->words[3]), HM_BYTES("$argon2id$")) ||
            r->words[3].len >= crypto_pwhash_STRBYTES) {
            return refuse(r, "a password stands here as Argon2id's text ($argon2id$...)");
        }
    } else if (hmi_text_is(r->words[2], "token") || hmi_text_is(r->words[2], "certificate")) {
        a->kind = hmi_text_is(r->words[2], "token") ? HMI_ACCOUNT_TOKEN : HMI_ACCOUNT_CERTIFICATE;
        if (!hmi_unhex(r->words[3], a->sha256, sizeof(a->sha256))) {
            return refuse(r, "a token or certificate stands here as its SHA-256 in 64 digits");
        }
    } else {
        return refuse(r, "account PARTNER password|token|certificate VALUE");
    }
    c->account_count++;
    return HM_OK;
}

static int read_open(reading *r)
{
    size_t partner;
    HMI_TRY(find_partner(r, r->words[1], &partner));
    r->config.open = partner + 1;
    return HM_OK;
}

static bool number(hm_text text, uint64_t max, uint64_t *ret)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!hmi_ascii_digit(text.ptr[i]) ||
            (value = value * 10 + (uint64_t)(text.ptr[i] - '0')) > max) {
            return false;
        }
    }
    *ret = value;
    return text.len > 0;
}

static int read_rate(reading *r)
{
    uint64_t per_second = 0;
    size_t partner = 0;
    if (!number(r->words[2], 1000000, &per_second) || per_second == 0) {
        return refuse(r, "rate PARTNER|* REQUESTS-PER-SECOND");
    }
    bool all = hmi_text_is(r->words[1], "*");
    if (!all) {
        HMI_TRY(find_partner(r, r->words[1], &partner));
    }
    for (size_t i = 0; i < r->config.partner_count; i++) {
        if (all || i == partner) {
            r->config.rates[i] = (hmi_taxii_rate){ (double)per_second, 2 * (double)per_second };
        }
    }
    return HM_OK;
}

static int read_body_max(reading *r)
{
    return number(r->words[1], UINT64_C(256) << 20, &r->config.body_max) && r->config.body_max > 0
               ? HM_OK
               : refuse(r, "body-max BYTES, at most 268435456");
}

static const struct {
    const char *word;
    size_t words_min, words_max;
    int (*read)(reading *r);
} LINES[] = {
    { "title", 2, WORDS_MAX, read_text_line },
    { "description", 2, WORDS_MAX, read_text_line },
    { "contact", 2, WORDS_MAX, read_text_line },
    { "listen", 3, 3, read_listen },
    { "certificate", 2, 2, read_file_line },
    { "key", 2, 2, read_file_line },
    { "client-ca", 2, 2, read_file_line },
    { "client-crl", 2, 2, read_file_line },
    { "purpose", 2, 2, read_purpose },
    { "root", 3, WORDS_MAX, read_root },
    { "collection", 5, WORDS_MAX, read_collection },
    { "describe", 3, WORDS_MAX, read_describe },
    { "query", 4, 4, read_query },
    { "read", 2, WORDS_MAX, read_right },
    { "write", 2, WORDS_MAX, read_right },
    { "faults", 3, 3, read_faults },
    { "account", 4, 4, read_account },
    { "open", 2, 2, read_open },
    { "rate", 3, 3, read_rate },
    { "body-max", 2, 2, read_body_max },
};

static int read_line(reading *r)
{
    for (size_t i = 0; i < HMI_COUNT(LINES); i++) {
        if (!hmi_text_is(r->words[0], LINES[i].word)) {
            continue;
        }
        if (r->accounts_only && LINES[i].read != read_account) {
            return refuse(r, "only account lines stand here");
        }
        if (r->count < LINES[i].words_min || r->count > LINES[i].words_max) {
            return refuse(r, "this line has too few or too many words");
        }
        return LINES[i].read(r);
    }
    return refuse(r, "unknown word; docs/TAXII.md has the list");
}

static int read_all(reading *r, hm_bytes text)
{
    hm_bytes bytes;
    hm_text line;
    if (text.len > HMI_CONFIG_BYTES_MAX) {
        return hmi_fail(r->err, HM_E_LIMIT, HMI_CONFIG_BYTES_MAX, "the configuration is too large");
    }
    r->line = 0;
    while (hmi_next_line(&text, &bytes)) {
        if (++r->line > HMI_CONFIG_LINES_MAX) {
            return refuse(r, "too many lines");
        }
        if (!hmi_text_from(bytes, &line)) {
            return refuse(r, "this is no UTF-8");
        }
        HMI_TRY(split(r, line));
        if (r->count > 0) {
            HMI_TRY(read_line(r));
        }
    }
    return HM_OK;
}

static int check_whole(reading *r)
{
    const hmi_taxii_config *c = &r->config;
    if ((c->certificate == NULL) != (c->key == NULL) ||
        (c->certificate == NULL && (c->client_ca != NULL || c->client_crl != NULL)) ||
        (c->client_crl != NULL && c->client_ca == NULL)) {
        return hmi_fail(r->err, HM_E_MALFORMED, HM_OFFSET_NONE,
                        "certificate and key belong together, client-ca needs both, client-crl "
                        "needs client-ca");
    }
    return HM_OK;
}

int hmi_taxii_config_read(hm_bytes text, hm_bytes accounts, const hmi_policy *policy,
                          hmi_arena *arena, hmi_taxii_config *ret, hm_err *err)
{
    reading *r = hmi_new(arena, reading);
    if (r == NULL) {
        return hmi_arena_fail(arena, err);
    }
    r->arena = arena;
    r->policy = policy;
    r->err = err;
    hmi_taxii_config *c = &r->config;
    *c = (hmi_taxii_config){ .title = HM_TEXT("Hallmark"),
                             .address = "127.0.0.1",
                             .port = 6470,
                             .purpose = HMI_PURPOSE_INFORM,
                             .body_max = UINT64_C(100) << 20,
                             .partner_count = policy->partner_count };
    if (policy->partner_count > HMI_CONFIG_PARTNERS_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "more than %d partners",
                        HMI_CONFIG_PARTNERS_MAX);
    }
    c->rates = hmi_new_array(arena, hmi_taxii_rate, policy->partner_count + 1);
    c->roots = hmi_new_array(arena, hmi_taxii_root, HMI_CONFIG_ROOTS_MAX);
    c->collections = hmi_new_array(arena, hmi_taxii_collection, HMI_CONFIG_COLLECTIONS_MAX);
    c->accounts = hmi_new_array(arena, hmi_taxii_account, HMI_CONFIG_ACCOUNTS_MAX);
    if (c->rates == NULL || c->roots == NULL || c->collections == NULL || c->accounts == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (size_t i = 0; i < policy->partner_count; i++) {
        c->rates[i] = (hmi_taxii_rate){ 1000, 2000 };
    }
    HMI_TRY(read_all(r, text));
    r->accounts_only = true;
    HMI_TRY(read_all(r, accounts));
    HMI_TRY(check_whole(r));
    *ret = *c;
    return HM_OK;
}
