/* SPDX-License-Identifier: Apache-2.0
 *
 * account.c - credentials, verified once and remembered; rates.
 *
 * WHY    A password is worth 64 MiB and some 50 ms of Argon2id, so what was verified is remembered
 *        for a quarter of an hour, as a keyed hash of the header. Tries that are not remembered are
 *        few a second for everybody together: guessing is slow, and so is drowning us in it.
 * TRUST  Headers are anybody's. An unknown name costs the same time as a wrong password.
 * OWNS   The memory of verified headers, under a key of this process.
 */
#include "taxii/account.h"

#include <pthread.h>
#include <sodium.h>

#include "base/error.h"
#include "base/hash.h"

enum { PLAIN_MAX = 1024 };

typedef struct remembered {
    uint8_t header[crypto_generichash_BYTES];
    size_t partner; /* 1 + number; 0: empty */
    int64_t until_us;
} remembered;

typedef struct bucket {
    double tokens;
    int64_t at_us;
} bucket;

struct hmi_accounts {
    const hmi_taxii_config *config;
    const hmi_policy *policy;
    pthread_mutex_t lock;
    uint8_t key[crypto_generichash_KEYBYTES];
    remembered cache[HMI_ACCOUNT_CACHE_MAX];
    bucket *buckets; /* by partner */
    bucket tries;
};

/* Of a random password that was thrown away: trying a name that nobody has takes as long as trying
 * one that somebody has. Whatever comes of it, nobody is let in. */
static const char NOBODYS[crypto_pwhash_STRBYTES] =
    "$argon2id$v=19$m=65536,t=2,p=1$GrcE/IQWxXDL5wGx+JD"
    "Xnw$/lTtohW7uLbovBpbLctEea9ncvPfAjKSKwiM2DBWEN4";

int hmi_accounts_new(const hmi_taxii_config *config, const hmi_policy *policy,
                     hmi_accounts **ret_accounts, hm_err *err)
{
    if (sodium_init() < 0) {
        return hmi_fail(err, HM_E_IO, HM_OFFSET_NONE, "libsodium cannot be used");
    }
    hmi_accounts *a = calloc(1, sizeof(*a));
    bucket *buckets = calloc(config->partner_count + 1, sizeof(*buckets));
    if (a == NULL || buckets == NULL) {
        free(a);
        free(buckets);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for accounts");
    }
    a->config = config;
    a->policy = policy;
    a->buckets = buckets;
    for (size_t i = 0; i < config->partner_count; i++) {
        buckets[i].tokens = config->rates[i].burst;
    }
    a->tries.tokens = 2 * HMI_ACCOUNT_TRIES_PER_S;
    pthread_mutex_init(&a->lock, NULL);
    randombytes_buf(a->key, sizeof(a->key));
    /* Else a name that nobody has would be told by its time. */
    hmi_assert(crypto_pwhash_str_needs_rehash(NOBODYS, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                              crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0);
    *ret_accounts = a;
    return HM_OK;
}

void hmi_accounts_free(hmi_accounts *a)
{
    if (a == NULL) {
        return;
    }
    pthread_mutex_destroy(&a->lock);
    free(a->buckets);
    sodium_memzero(a, sizeof(*a));
    free(a);
}

/* -- Rates. */

static bool take(bucket *b, double per_second, double burst, int64_t now_us, double *ret_missing)
{
    if (b->at_us != 0 && now_us > b->at_us) {
        b->tokens += (double)(now_us - b->at_us) * per_second / 1e6;
        b->tokens = b->tokens > burst ? burst : b->tokens;
    }
    b->at_us = now_us;
    *ret_missing = 1 - b->tokens;
    if (b->tokens < 1) {
        return false;
    }
    b->tokens -= 1;
    return true;
}

uint32_t hmi_account_rate(hmi_accounts *a, size_t partner, int64_t now_us)
{
    double missing = 0;
    const hmi_taxii_rate *rate = &a->config->rates[partner];
    pthread_mutex_lock(&a->lock);
    bool good = take(&a->buckets[partner], rate->per_second, rate->burst, now_us, &missing);
    pthread_mutex_unlock(&a->lock);
    return good ? 0 : (uint32_t)(missing / rate->per_second) + 1;
}

/* -- What is remembered. */

static remembered *place(hmi_accounts *a, const uint8_t *header)
{
    size_t at = ((size_t)header[0] << 8 | header[1]) % HMI_ACCOUNT_CACHE_MAX;
    return &a->cache[at];
}

static bool recall(hmi_accounts *a, const uint8_t *header, int64_t now_us, size_t *ret_partner)
{
    pthread_mutex_lock(&a->lock);
    const remembered *r = place(a, header);
    bool good = r->partner != 0 && now_us < r->until_us &&
                sodium_memcmp(r->header, header, sizeof(r->header)) == 0;
    if (good) {
        *ret_partner = r->partner - 1;
    }
    pthread_mutex_unlock(&a->lock);
    return good;
}

static void remember(hmi_accounts *a, const uint8_t *header, int64_t now_us, size_t partner)
{
    pthread_mutex_lock(&a->lock);
    remembered *r = place(a, header);
    memcpy(r->header, header, sizeof(r->header));
    r->partner = partner + 1;
    r->until_us = now_us + (int64_t)HMI_ACCOUNT_CACHE_S * 1000000;
    pthread_mutex_unlock(&a->lock);
}

/* -- Credentials. */

static bool find_digest(const hmi_accounts *a, hmi_account_kind kind, const uint8_t *sha256,
                        size_t *ret_partner)
{
    bool found = false;
    for (size_t i = 0; i < a->config->account_count; i++) {
        const hmi_taxii_account *one = &a->config->accounts[i];
        if (one->kind == kind && sodium_memcmp(one->sha256, sha256, sizeof(one->sha256)) == 0) {
            *ret_partner = one->partner;
            found = true;
        }
    }
    return found;
}

/* A partner may have several passwords, while one replaces another. */
static bool verify(hmi_accounts *a, hm_text name, hm_text password, size_t *ret_partner)
{
    bool good = false, tried = false;
    for (size_t i = 0; i < a->config->account_count && !good; i++) {
        const hmi_taxii_account *one = &a->config->accounts[i];
        if (one->kind == HMI_ACCOUNT_PASSWORD &&
            hmi_text_eq(a->policy->partners[one->partner].name, name)) {
            tried = true;
            good = crypto_pwhash_str_verify(one->verifier, password.ptr, password.len) == 0;
            *ret_partner = one->partner;
        }
    }
    if (!tried) {
        (void)!crypto_pwhash_str_verify(NOBODYS, password.ptr, password.len);
    }
    return good;
}

static hmi_known ask_basic(hmi_accounts *a, hm_text base64, bool patient, int64_t now_us,
                           size_t *ret_partner)
{
    uint8_t header[crypto_generichash_BYTES];
    crypto_generichash(header, sizeof(header), (const uint8_t *)base64.ptr, base64.len, a->key,
                       sizeof(a->key));
    if (recall(a, header, now_us, ret_partner)) {
        return HMI_KNOWN;
    }
    if (!patient) {
        return HMI_SLOW;
    }
    char plain[PLAIN_MAX];
    size_t len = 0;
    const char *end = NULL;
    if (sodium_base642bin((uint8_t *)plain, sizeof(plain), base64.ptr, base64.len, NULL, &len, &end,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        end != base64.ptr + base64.len) {
        return HMI_UNKNOWN;
    }
    size_t colon = hmi_find_byte(hmi_bytes(plain, len), ':');
    if (colon == HMI_NPOS) {
        return HMI_UNKNOWN;
    }
    double missing;
    pthread_mutex_lock(&a->lock);
    bool may =
        take(&a->tries, HMI_ACCOUNT_TRIES_PER_S, 2 * HMI_ACCOUNT_TRIES_PER_S, now_us, &missing);
    pthread_mutex_unlock(&a->lock);
    if (!may) {
        return HMI_TOO_MANY;
    }
    bool good = verify(a, hmi_text(plain, colon), hmi_text(plain + colon + 1, len - colon - 1),
                       ret_partner);
    sodium_memzero(plain, sizeof(plain));
    if (good) {
        remember(a, header, now_us, *ret_partner);
    }
    return good ? HMI_KNOWN : HMI_UNKNOWN;
}

hmi_known hmi_account_ask(hmi_accounts *a, hm_text authorization, const uint8_t *certificate,
                          bool patient, int64_t now_us, size_t *ret_partner)
{
    if (certificate != NULL && find_digest(a, HMI_ACCOUNT_CERTIFICATE, certificate, ret_partner)) {
        return HMI_KNOWN;
    }
    if (authorization.ptr == NULL) {
        if (a->config->open != 0) {
            *ret_partner = a->config->open - 1;
            return HMI_KNOWN;
        }
        return HMI_ANONYMOUS;
    }
    size_t blank = hmi_find_byte(hmi_text_bytes(authorization), ' ');
    hm_text scheme = hmi_text_slice(authorization, 0, blank == HMI_NPOS ? 0 : blank);
    hm_text value = hmi_text_trim(hmi_text_slice(authorization, scheme.len, authorization.len));
    if (hmi_text_ieq(scheme, HM_TEXT("Basic"))) {
        return ask_basic(a, value, patient, now_us, ret_partner);
    }
    if (hmi_text_ieq(scheme, HM_TEXT("Bearer"))) {
        hmi_sha256 digest = hmi_sha256_of(hmi_text_bytes(value));
        return find_digest(a, HMI_ACCOUNT_TOKEN, digest.bytes, ret_partner) ? HMI_KNOWN
                                                                            : HMI_UNKNOWN;
    }
    return HMI_UNKNOWN;
}
