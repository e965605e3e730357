/* SPDX-License-Identifier: Apache-2.0
 *
 * secret.c - random secrets, passwords as they are kept, and the codes of a second factor.
 *
 * WHY    What is stolen with the database must open nothing: secrets are kept as digests, passwords
 *        as Argon2id. A code of the second factor is good once, or whoever looks over a shoulder
 *        has half a minute.
 * TRUST  Passwords and codes are anybody's.
 * OWNS   The kept form of nobody's password, drawn when the process starts.
 */
#include "api/secret.h"

#include <nettle/hmac.h>
#include <pthread.h>
#include <sodium.h>

#include "base/error.h"

enum { PASSES = 3, MEMORY = 64 << 20, HASHING_MAX = 2 };

_Static_assert(HMI_PASSWORD_KEPT >= crypto_pwhash_STRBYTES, "a kept password fits");

static char nobody[HMI_PASSWORD_KEPT];
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool ready;
/* 64 MiB each: two at a time, the others wait. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t freed = PTHREAD_COND_INITIALIZER;
static unsigned hashing;

static void begin_hashing(void)
{
    pthread_mutex_lock(&lock);
    while (hashing == HASHING_MAX) {
        pthread_cond_wait(&freed, &lock);
    }
    hashing++;
    pthread_mutex_unlock(&lock);
}

static void end_hashing(void)
{
    pthread_mutex_lock(&lock);
    hashing--;
    pthread_cond_signal(&freed);
    pthread_mutex_unlock(&lock);
}

static void prepare(void)
{
    uint8_t drawn[32];
    ready = sodium_init() >= 0;
    if (ready) {
        randombytes_buf(drawn, sizeof(drawn));
        ready = crypto_pwhash_str(nobody, (const char *)drawn, sizeof(drawn), PASSES, MEMORY) == 0;
    }
}

int hmi_secrets_ready(hm_err *err)
{
    (void)pthread_once(&once, prepare);
    return ready ? HM_OK
                 : hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to verify passwords");
}

void hmi_secret_new(char ret[HMI_SECRET_TEXT])
{
    uint8_t drawn[32];
    randombytes_buf(drawn, sizeof(drawn));
    hmi_hex(hmi_bytes(drawn, sizeof(drawn)), ret);
    sodium_memzero(drawn, sizeof(drawn));
}

hmi_sha256 hmi_secret_kept(hm_text secret)
{
    return hmi_sha256_of(hmi_text_bytes(secret));
}

void hmi_csrf_of(hm_text secret, char ret[HMI_SECRET_TEXT])
{
    static const uint8_t WHAT[] = "hallmark's proof against forged requests";
    uint8_t out[32];
    crypto_generichash(out, sizeof(out), (const uint8_t *)secret.ptr, secret.len, WHAT,
                       sizeof(WHAT) - 1);
    hmi_hex(hmi_bytes(out, sizeof(out)), ret);
}

bool hmi_secret_same(hm_text a, hm_text b)
{
    return a.len == b.len && sodium_memcmp(a.ptr, b.ptr, a.len) == 0;
}

int hmi_password_keep(hm_text password, char ret[HMI_PASSWORD_KEPT], hm_err *err)
{
    char kept[HMI_PASSWORD_KEPT] = { 0 };
    HMI_TRY(hmi_secrets_ready(err));
    begin_hashing();
    int rc = crypto_pwhash_str(kept, password.ptr, password.len, PASSES, MEMORY);
    end_hashing();
    if (rc != 0) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to keep a password");
    }
    memcpy(ret, kept, sizeof(kept));
    return HM_OK;
}

bool hmi_password_good(const char *kept, hm_text password)
{
    begin_hashing();
    int rc = crypto_pwhash_str_verify(kept != NULL ? kept : nobody, password.ptr, password.len);
    end_hashing();
    return rc == 0 && kept != NULL;
}

void hmi_password_draw(char ret[32])
{
    static const char LETTERS[] = "abcdefghjkmnpqrstuvwxyz2345679"; /* none looks like another */
    size_t at = 0;
    for (size_t i = 0; i < 20; i++) {
        if (i > 0 && i % 5 == 0) {
            ret[at++] = '-';
        }
        ret[at++] = LETTERS[randombytes_uniform(sizeof(LETTERS) - 1)];
    }
    ret[at] = '\0';
}

uint32_t hmi_totp_code(const uint8_t secret[HMI_TOTP_SECRET], uint64_t step)
{
    struct hmac_sha1_ctx ctx;
    uint8_t counter[8], digest[SHA1_DIGEST_SIZE];
    for (size_t i = 0; i < sizeof(counter); i++) {
        counter[i] = (uint8_t)(step >> (56 - 8 * i));
    }
    hmac_sha1_set_key(&ctx, HMI_TOTP_SECRET, secret);
    hmac_sha1_update(&ctx, sizeof(counter), counter);
    hmac_sha1_digest(&ctx, sizeof(digest), digest);
    const uint8_t *at = digest + (digest[19] & 0x0f);
    uint32_t number =
        (uint32_t)(at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    return number % 1000000;
}

bool hmi_totp_good(const uint8_t secret[HMI_TOTP_SECRET], hm_text code, int64_t now_us,
                   uint64_t last, uint64_t *ret_step)
{
    uint32_t given = 0;
    for (size_t i = 0; i < code.len; i++) {
        if (code.len != 6 || !hmi_ascii_digit(code.ptr[i])) {
            return false;
        }
        given = given * 10 + (uint32_t)(code.ptr[i] - '0');
    }
    uint64_t now = (uint64_t)(now_us / 1000000) / HMI_TOTP_STEP_S;
    bool good = false;
    for (uint64_t step = now - 1; step <= now + 1; step++) {
        if (hmi_totp_code(secret, step) == given && step > last && code.len == 6) {
            *ret_step = step;
            good = true;
        }
    }
    return good;
}

void hmi_totp_text(const uint8_t secret[HMI_TOTP_SECRET], char ret[HMI_TOTP_TEXT])
{
    static const char BASE32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    for (size_t i = 0; i < HMI_TOTP_TEXT - 1; i++) {
        size_t bit = i * 5;
        unsigned two = (unsigned)secret[bit / 8] << 8 |
                       (bit / 8 + 1 < HMI_TOTP_SECRET ? secret[bit / 8 + 1] : 0U);
        ret[i] = BASE32[two >> (11 - bit % 8) & 31];
    }
    ret[HMI_TOTP_TEXT - 1] = '\0';
}
