/* SPDX-License-Identifier: Apache-2.0
 *
 * vault_read.c - content out of its container, believed in nothing.
 *
 * WHY    A disk forgets, and a casebook may come from somebody else.
 * FORM   vault_form.h.
 * TRUST  None: sizes in the head are compared with what is there, the decompressor may ask for
 *        8 MiB and may give no more than the head announced.
 * OWNS   Its buffers for the call.
 */
#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/cursor.h"
#include "base/error.h"
#include "base/num.h"
#include "casebook/vault.h"
#include "casebook/vault_form.h"

void hmi_vault_name(const hmi_sha256 *sha256, char out[HMI_VAULT_NAME_MAX])
{
    char hex[65];
    hmi_hex(hmi_bytes(sha256->bytes, sizeof(sha256->bytes)), hex);
    memcpy(out, hex, 2);
    out[2] = '/';
    memcpy(out + 3, hex + 2, sizeof(hex) - 2);
}

/* A file or memory. */
typedef struct source {
    int fd; /* -1: memory */
    hm_bytes bytes;
    uint64_t size;
} source;

static int source_read(const source *from, uint64_t at, uint8_t *out, size_t len, hm_err *err)
{
    if (!hmi_inside(at, len, from->size)) {
        return hmi_fail(err, HM_E_CORRUPT, from->size, "stored evidence ends too early");
    }
    if (from->fd < 0) {
        memcpy(out, from->bytes.ptr + at, len);
        return HM_OK;
    }
    while (len > 0) {
        ssize_t got = pread(from->fd, out, len, (off_t)at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return hmi_fail_errno(err, "cannot read stored evidence");
        }
        if (got == 0) {
            return hmi_fail(err, HM_E_CORRUPT, at, "stored evidence ends too early");
        }
        out += got;
        len -= (size_t)got;
        at += (uint64_t)got;
    }
    return HM_OK;
}

typedef struct head {
    uint64_t size, payload, seed, sum;
} head;

static int read_head(const source *from, head *ret, hm_err *err)
{
    uint8_t raw[HMI_VAULT_HEAD];
    HMI_TRY(source_read(from, 0, raw, sizeof(raw), err));
    hmi_cur cur = hmi_cur_over(hmi_bytes(raw, sizeof(raw)));
    if (!hmi_cur_match(&cur, HM_BYTES(HMI_VAULT_MAGIC))) {
        return hmi_fail(err, HM_E_CORRUPT, 0, "stored evidence does not begin as ours does");
    }
    uint32_t version = hmi_cur_u32(&cur);
    hmi_cur_skip(&cur, 4);
    head h = { .size = hmi_cur_u64(&cur) };
    h.payload = hmi_cur_u64(&cur);
    h.seed = hmi_cur_u64(&cur);
    h.sum = hmi_cur_u64(&cur);
    hmi_cur_skip(&cur, 8);
    hmi_assert(!cur.bad);
    if (hmi_cur_u64(&cur) != hmi_checksum(hmi_bytes(raw, HMI_VAULT_HEAD_SUMMED))) {
        return hmi_fail(err, HM_E_CORRUPT, HMI_VAULT_HEAD_SUMMED,
                        "the head of stored evidence does not match its checksum");
    }
    if (version != HMI_VAULT_VERSION) {
        return hmi_fail(err, HM_E_UNSUPPORTED, 8, "stored evidence of version %u", version);
    }
    if (h.payload != from->size - HMI_VAULT_HEAD) {
        return hmi_fail(err, HM_E_CORRUPT, 24, "stored evidence is %llu bytes, its head says %llu",
                        (unsigned long long)(from->size - HMI_VAULT_HEAD),
                        (unsigned long long)h.payload);
    }
    *ret = h;
    return HM_OK;
}

typedef struct reading {
    const source *from;
    head head;
    ZSTD_DCtx *zstd;
    uint64_t at, given, sum;
    bool ended;
    hmi_vault_receive receive;
    void *with;
    uint8_t in[HMI_VAULT_BLOCK], out[HMI_VAULT_BLOCK];
} reading;

static int expand(reading *r, size_t len, hm_err *err)
{
    ZSTD_inBuffer in = { r->in, len, 0 };
    bool more = true;
    while (more) {
        ZSTD_outBuffer out = { r->out, sizeof(r->out), 0 };
        size_t before = in.pos;
        size_t left = r->ended ? 1 : ZSTD_decompressStream(r->zstd, &out, &in);
        if (r->ended || ZSTD_isError(left)) {
            return hmi_fail(err, HM_E_CORRUPT, HMI_VAULT_HEAD + r->at + in.pos,
                            "stored evidence cannot be expanded: %s",
                            r->ended ? "it goes on after its end" : ZSTD_getErrorName(left));
        }
        r->ended = left == 0;
        if (out.pos > r->head.size - r->given) {
            return hmi_fail(err, HM_E_CORRUPT, HMI_VAULT_HEAD + r->at,
                            "stored evidence expands to more than its head says");
        }
        r->given += out.pos;
        if (out.pos > 0) {
            HMI_TRY(r->receive(r->with, hmi_bytes(r->out, out.pos), err));
        }
        more = in.pos < in.size || (out.pos == out.size && !r->ended);
        if (more && out.pos == 0 && in.pos == before) {
            return hmi_fail(err, HM_E_CORRUPT, HMI_VAULT_HEAD + r->at,
                            "stored evidence cannot be expanded: it does not go on");
        }
    }
    return HM_OK;
}

static int read_payload(reading *r, hm_err *err)
{
    while (r->at < r->head.payload) {
        uint64_t left = r->head.payload - r->at;
        size_t len = left < sizeof(r->in) ? (size_t)left : sizeof(r->in);
        HMI_TRY(source_read(r->from, HMI_VAULT_HEAD + r->at, r->in, len, err));
        r->sum = hmi_xxh3(hmi_bytes(r->in, len), r->sum);
        hmi_vault_mask(r->head.seed, r->at, r->in, len);
        HMI_TRY(expand(r, len, err));
        r->at += len;
    }
    if (r->sum != r->head.sum) {
        return hmi_fail(err, HM_E_CORRUPT, 40, "stored evidence does not match its checksum");
    }
    if (!r->ended || r->given != r->head.size) {
        return hmi_fail(err, HM_E_CORRUPT, HMI_VAULT_HEAD + r->at,
                        "stored evidence expands to less than its head says");
    }
    return HM_OK;
}

static int read_from(const source *from, hmi_vault_receive receive, void *with, uint64_t *ret_size,
                     hm_err *err)
{
    reading *r = calloc(1, sizeof(*r));
    if (r == NULL || (r->zstd = ZSTD_createDCtx()) == NULL) {
        free(r);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to read stored evidence");
    }
    (void)ZSTD_DCtx_setParameter(r->zstd, ZSTD_d_windowLogMax, HMI_VAULT_WINDOW_LOG_MAX);
    r->from = from;
    r->receive = receive;
    r->with = with;
    int code = read_head(from, &r->head, err);
    if (code == HM_OK) {
        code = read_payload(r, err);
    }
    if (code == HM_OK) {
        *ret_size = r->head.size;
    }
    ZSTD_freeDCtx(r->zstd);
    free(r);
    return code;
}

int hmi_vault_read_bytes(hm_bytes file, hmi_vault_receive receive, void *with, uint64_t *ret_size,
                         hm_err *err)
{
    source from = { .fd = -1, .bytes = file, .size = file.len };
    return read_from(&from, receive, with, ret_size, err);
}

int hmi_vault_read_open(int fd, hmi_vault_receive receive, void *with, uint64_t *ret_size,
                        hm_err *err)
{
    source from = { .fd = fd };
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return hmi_fail(err, HM_E_CORRUPT, HM_OFFSET_NONE,
                        "stored evidence lies in no ordinary file");
    }
    from.size = (uint64_t)st.st_size;
    return read_from(&from, receive, with, ret_size, err);
}

int hmi_vault_read(const char *path, hmi_vault_receive receive, void *with, uint64_t *ret_size,
                   hm_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        return hmi_fail_errno(err, "cannot open %s", path);
    }
    int code = hmi_vault_read_open(fd, receive, with, ret_size, err);
    close(fd);
    return code;
}

static int add_to_hash(void *with, hm_bytes piece, hm_err *err)
{
    (void)err;
    sha256_update(with, piece.len, piece.ptr);
    return HM_OK;
}

int hmi_vault_hash(const char *path, hmi_sha256 *ret_sha256, uint64_t *ret_size, hm_err *err)
{
    struct sha256_ctx hash;
    sha256_init(&hash);
    HMI_TRY(hmi_vault_read(path, add_to_hash, &hash, ret_size, err));
    sha256_digest(&hash, sizeof(ret_sha256->bytes), ret_sha256->bytes);
    return HM_OK;
}
