/* SPDX-License-Identifier: Apache-2.0
 *
 * key.c - reads and makes the file that holds the signing key.
 *
 * WHY    Who holds the key can write entries that look like ours; who does not cannot. It lies in
 *        the casebook so that nothing has to be set up, and elsewhere when $HALLMARK_SIGNING_KEY
 *        says so: on a medium that whoever administers the casebook cannot read.
 * FORM   "hallmark-key 1 " and the Ed25519 seed in 64 hexadecimal digits; mode 0400.
 * TRUST  A key that others may read, or that is no plain file, is not used.
 * OWNS   The descriptor; secrets are wiped.
 */
#include "given/key.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_MARK "hallmark-key 1 "
enum { MARK_LEN = sizeof(KEY_MARK) - 1, LINE_LEN = MARK_LEN + 64 + 1, KEY_PATH_MAX = 4096 };

static int key_path(const char *casebook, char out[KEY_PATH_MAX], hm_err *err)
{
    const char *elsewhere = getenv("HALLMARK_SIGNING_KEY");
    int len = elsewhere != NULL && elsewhere[0] != '\0'
                  ? snprintf(out, KEY_PATH_MAX, "%s", elsewhere)
                  : snprintf(out, KEY_PATH_MAX, "%s/signing.key", casebook);
    return len > 0 && len < KEY_PATH_MAX ? HM_OK
                                         : hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                                                    "the path of the signing key is too long");
}

static int read_line(int fd, const char *path, uint8_t ret_seed[32], hm_err *err)
{
    struct stat st;
    char line[LINE_LEN + 1];
    if (fstat(fd, &st) != 0) {
        return hmi_fail_errno(err, "the signing key \"%s\"", path);
    }
    if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0) {
        return hmi_fail(err, HM_E_DENIED, HM_OFFSET_NONE,
                        "the signing key \"%s\" must be a file that only its owner may read (chmod "
                        "0400)",
                        path);
    }
    ssize_t got = read(fd, line, sizeof(line));
    bool good = got >= LINE_LEN - 1 && got <= LINE_LEN && memcmp(line, KEY_MARK, MARK_LEN) == 0 &&
                hmi_unhex(hmi_text(line + MARK_LEN, 64), ret_seed, 32);
    sodium_memzero(line, sizeof(line));
    return good ? HM_OK
                : hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE, "\"%s\" holds no signing key", path);
}

static int read_seed(const char *path, uint8_t ret_seed[32], hm_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        return hmi_fail_errno(err, "the signing key \"%s\"", path);
    }
    int code = read_line(fd, path, ret_seed, err);
    close(fd);
    return code;
}

/* Written beside and then linked, so that nobody reads half of one and the first of two wins. */
static int make_seed(const char *path, hm_err *err)
{
    char beside[KEY_PATH_MAX + 8], line[LINE_LEN + 1] = KEY_MARK;
    uint8_t seed[32];
    snprintf(beside, sizeof(beside), "%s.XXXXXX", path);
    int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0) {
        return hmi_fail_errno(err, "the signing key \"%s\" cannot be made", path);
    }
    randombytes_buf(seed, sizeof(seed));
    hmi_hex(hmi_bytes(seed, sizeof(seed)), line + MARK_LEN);
    line[LINE_LEN - 1] = '\n';
    bool good = fchmod(fd, 0400) == 0 && write(fd, line, LINE_LEN) == LINE_LEN && fsync(fd) == 0;
    good = good && (link(beside, path) == 0 || errno == EEXIST);
    int code = good ? HM_OK : hmi_fail_errno(err, "the signing key \"%s\" cannot be made", path);
    close(fd);
    unlink(beside);
    sodium_memzero(seed, sizeof(seed));
    sodium_memzero(line, sizeof(line));
    return code;
}

int hmi_key_open(const char *casebook, bool make, uint8_t ret_public[HMI_GIVEN_KEY],
                 uint8_t ret_secret[HMI_GIVEN_SECRET], hm_err *err)
{
    char path[KEY_PATH_MAX];
    uint8_t seed[32];
    if (sodium_init() < 0) {
        return hmi_fail(err, HM_E_IO, HM_OFFSET_NONE, "the system gives no random numbers");
    }
    HMI_TRY(key_path(casebook, path, err));
    int code = read_seed(path, seed, err);
    if (code == HM_E_NOT_FOUND && make) {
        HMI_TRY(make_seed(path, err));
        code = read_seed(path, seed, err);
    }
    HMI_TRY(code);
    (void)crypto_sign_seed_keypair(ret_public, ret_secret, seed);
    sodium_memzero(seed, sizeof(seed));
    return HM_OK;
}
