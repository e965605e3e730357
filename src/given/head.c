/* SPDX-License-Identifier: Apache-2.0
 *
 * head.c - the remembered head: one line in a file of the user's.
 *
 * TRUST  The file is the user's own; still it is read as a short line of known form.
 * OWNS   The descriptor. The file is replaced as a whole; it is not synced to the disk: losing the
 *        newest head only means remembering an older one.
 */
#include "given/head.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/num.h"

enum { HEAD_LINE_MAX = 300, HEAD_PATH_MAX = 4096 };
#define HEAD_MARK "hallmark-head 1 "

void hmi_head_write(const hmi_head *head, hmi_buf *out)
{
    hmi_buf_add_cstr(out, HEAD_MARK);
    hmi_buf_add_hex(out, hmi_bytes(head->public_key, sizeof(head->public_key)));
    hmi_buf_printf(out, " %llu %llu ", (unsigned long long)head->seq,
                   (unsigned long long)head->generation);
    hmi_buf_add_hex(out, hmi_bytes(head->hash.bytes, sizeof(head->hash.bytes)));
}

static bool take_word(hm_text *rest, hm_text *ret)
{
    size_t at = hmi_find_byte(hmi_text_bytes(*rest), ' ');
    *ret = hmi_text_slice(*rest, 0, at);
    *rest = at == HMI_NPOS ? hmi_text("", 0) : hmi_text_slice(*rest, at + 1, rest->len);
    return ret->len > 0;
}

static bool number(hm_text word, uint64_t *ret)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < word.len; i++) {
        if (!hmi_ascii_digit(word.ptr[i]) || sum > (INT64_MAX - 9) / 10) {
            return false;
        }
        sum = sum * 10 + (uint64_t)(word.ptr[i] - '0');
    }
    *ret = sum;
    return word.len > 0;
}

int hmi_head_read(hm_text line, hmi_head *ret, hm_err *err)
{
    hmi_head head;
    hm_text key, seq, generation, hash, rest = hmi_text_trim(line);
    bool good = hmi_text_istarts(rest, HM_TEXT(HEAD_MARK));
    rest = hmi_text_slice(rest, sizeof(HEAD_MARK) - 1, rest.len);
    good = good && take_word(&rest, &key) && take_word(&rest, &seq) &&
           take_word(&rest, &generation) && take_word(&rest, &hash) && rest.len == 0 &&
           hmi_unhex(key, head.public_key, sizeof(head.public_key)) && number(seq, &head.seq) &&
           number(generation, &head.generation) &&
           hmi_unhex(hash, head.hash.bytes, sizeof(head.hash.bytes));
    if (!good) {
        return hmi_fail(err, HM_E_MALFORMED, HM_OFFSET_NONE,
                        "this is no head: it reads \"hallmark-head 1 KEY NUMBER NUMBER HASH\"");
    }
    *ret = head;
    return HM_OK;
}

/* The folder, made when `make`; then the file's name in it. */
static int head_path(const char *casebook, bool make, char out[HEAD_PATH_MAX], hm_err *err)
{
    static const struct {
        const char *variable, *below;
    } PLACES[] = { { "HALLMARK_STATE", "" },
                   { "XDG_STATE_HOME", "/hallmark" },
                   { "HOME", "/.local/state/hallmark" } };
    char real[PATH_MAX], name[65];
    if (realpath(casebook, real) == NULL) {
        return hmi_fail_errno(err, "\"%s\"", casebook);
    }
    hmi_sha256 hash = hmi_sha256_of(hmi_bytes(real, strlen(real)));
    hmi_hex(hmi_bytes(hash.bytes, 16), name);
    for (size_t i = 0; i < HMI_COUNT(PLACES); i++) {
        const char *base = getenv(PLACES[i].variable);
        if (base == NULL || base[0] != '/') {
            continue;
        }
        int len = snprintf(out, HEAD_PATH_MAX, "%s%s/heads/%s", base, PLACES[i].below, name);
        if (len < 0 || len >= HEAD_PATH_MAX) {
            return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "the path of the head is too long");
        }
        for (char *slash = strchr(out + 1, '/'); make && slash != NULL;
             slash = strchr(slash + 1, '/')) {
            *slash = '\0';
            if (mkdir(out, 0700) != 0 && errno != EEXIST) {
                return hmi_fail_errno(err, "\"%s\" cannot be made", out);
            }
            *slash = '/';
        }
        return HM_OK;
    }
    return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE,
                    "neither HALLMARK_STATE nor XDG_STATE_HOME nor HOME names a folder");
}

int hmi_head_recalled(const char *casebook, hmi_head *ret, hm_err *err)
{
    char path[HEAD_PATH_MAX], line[HEAD_LINE_MAX];
    HMI_TRY(head_path(casebook, false, path, err));
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        return hmi_fail_errno(err, "\"%s\"", path);
    }
    ssize_t got = read(fd, line, sizeof(line));
    close(fd);
    if (got < 0) {
        return hmi_fail_errno(err, "\"%s\"", path);
    }
    int code = hmi_head_read(hmi_text(line, (size_t)got), ret, err);
    return code == HM_OK ? code : hmi_fail_in(err, "\"%s\"", path);
}

static int replace(const char *path, hm_bytes line, hm_err *err)
{
    char beside[HEAD_PATH_MAX + 8];
    snprintf(beside, sizeof(beside), "%s.XXXXXX", path);
    int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0) {
        return hmi_fail_errno(err, "\"%s\"", path);
    }
    bool good = write(fd, line.ptr, line.len) == (ssize_t)line.len;
    good = close(fd) == 0 && good;
    if (!good || rename(beside, path) != 0) {
        int code = hmi_fail_errno(err, "\"%s\"", path);
        unlink(beside);
        return code;
    }
    return HM_OK;
}

int hmi_head_remember(const char *casebook, const hmi_head *head, bool anyhow, hm_err *err)
{
    char path[HEAD_PATH_MAX];
    hmi_head old;
    HMI_TRY(head_path(casebook, true, path, err));
    /* What does not fit together stays remembered until somebody looked: hallmark audit verify. */
    if (!anyhow && hmi_head_recalled(casebook, &old, NULL) == HM_OK &&
        (old.seq >= head->seq ||
         memcmp(old.public_key, head->public_key, sizeof(old.public_key)) != 0)) {
        return HM_OK;
    }
    hmi_buf line;
    hmi_buf_init(&line, HEAD_LINE_MAX);
    hmi_head_write(head, &line);
    hmi_buf_add_char(&line, '\n');
    int code = hmi_buf_check(&line, err);
    code = code == HM_OK ? replace(path, hmi_buf_bytes(&line), err) : code;
    hmi_buf_fini(&line);
    return code;
}
