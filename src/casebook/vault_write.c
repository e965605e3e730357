/* SPDX-License-Identifier: Apache-2.0
 *
 * vault_write.c - content into its container.
 *
 * WHY    Evidence must be kept unchanged for years on a host that would run it or delete it.
 * FORM   vault_form.h.
 * TRUST  The content is an attacker's and may change while it is read: what was copied is hashed,
 *        and refused when it is not what was announced. Only a sealed memory file, which nobody can
 *        change any more, is not hashed a second time.
 * OWNS   Its buffers for the call; the unfinished file passes to the caller.
 */
#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include "base/error.h"
#include "casebook/vault.h"
#include "casebook/vault_form.h"

enum { LEVEL = 1 };

typedef struct writing {
    hmi_sealed *sealed;
    ZSTD_CCtx *zstd;
    uint64_t seed, payload, sum;
    size_t filled;
    uint8_t in[HMI_VAULT_BLOCK], out[HMI_VAULT_BLOCK];
} writing;

/* Masks, sums and writes what has gathered in `out`. */
static int flush(writing *w, hm_err *err)
{
    hmi_vault_mask(w->seed, w->payload, w->out, w->filled);
    hm_bytes block = hmi_bytes(w->out, w->filled);
    w->sum = hmi_xxh3(block, w->sum);
    HMI_TRY(hmi_sealed_write(w->sealed, block, err));
    w->payload += w->filled;
    w->filled = 0;
    return HM_OK;
}

static int compress(writing *w, size_t len, bool last, hm_err *err)
{
    ZSTD_inBuffer in = { w->in, len, 0 };
    size_t left;
    do {
        ZSTD_outBuffer out = { w->out, sizeof(w->out), w->filled };
        left = ZSTD_compressStream2(w->zstd, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left)) {
            return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "cannot compress evidence: %s",
                            ZSTD_getErrorName(left));
        }
        w->filled = out.pos;
        if (w->filled == sizeof(w->out)) {
            HMI_TRY(flush(w, err));
        }
    } while (in.pos < in.size || (last && left > 0));
    return HM_OK;
}

static int read_some(int fd, uint64_t at, uint8_t *out, size_t len, size_t *ret_got, hm_err *err)
{
    ssize_t got;
    do {
        got = pread(fd, out, len, (off_t)at);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return hmi_fail_errno(err, "cannot read the evidence at byte %llu", (unsigned long long)at);
    }
    if (got == 0) {
        return hmi_fail(err, HM_E_CONFLICT, at, "the evidence became shorter while it was read");
    }
    *ret_got = (size_t)got;
    return HM_OK;
}

static bool cannot_change(int fd)
{
    const int wanted = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
    int seals = fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & wanted) == wanted;
}

static int copy(writing *w, int fd, uint64_t size, const hmi_sha256 *sha256, hm_err *err)
{
    static const uint8_t ROOM[HMI_VAULT_HEAD];
    const bool fixed = cannot_change(fd);
    struct sha256_ctx hash;
    sha256_init(&hash);
    HMI_TRY(hmi_sealed_write(w->sealed, hmi_bytes(ROOM, sizeof(ROOM)), err));
    for (uint64_t at = 0; at < size;) {
        size_t want = size - at < sizeof(w->in) ? (size_t)(size - at) : sizeof(w->in), got = 0;
        HMI_TRY(read_some(fd, at, w->in, want, &got, err));
        if (!fixed) {
            sha256_update(&hash, got, w->in);
        }
        HMI_TRY(compress(w, got, false, err));
        at += got;
    }
    HMI_TRY(compress(w, 0, true, err));
    if (w->filled > 0) {
        HMI_TRY(flush(w, err));
    }
    if (fixed) {
        return HM_OK;
    }
    hmi_sha256 digest;
    sha256_digest(&hash, sizeof(digest.bytes), digest.bytes);
    if (memcmp(&digest, sha256, sizeof(digest)) != 0) {
        return hmi_fail(err, HM_E_CONFLICT, HM_OFFSET_NONE,
                        "the evidence changed while it was read");
    }
    return HM_OK;
}

static int write_head(writing *w, uint64_t size, hm_err *err)
{
    uint8_t head[HMI_VAULT_HEAD] = HMI_VAULT_MAGIC;
    hmi_put_le(head + 8, HMI_VAULT_VERSION, 4);
    hmi_put_le(head + 16, size, 8);
    hmi_put_le(head + 24, w->payload, 8);
    hmi_put_le(head + 32, w->seed, 8);
    hmi_put_le(head + 40, w->sum, 8);
    uint64_t sum = hmi_checksum(hmi_bytes(head, HMI_VAULT_HEAD_SUMMED));
    hmi_put_le(head + HMI_VAULT_HEAD_SUMMED, sum, 8);
    return hmi_sealed_write_at(w->sealed, 0, hmi_bytes(head, sizeof(head)), err);
}

int hmi_vault_write(const char *path, int fd, uint64_t size, const hmi_sha256 *sha256,
                    hmi_sealed **ret_sealed, hm_err *err)
{
    writing *w = calloc(1, sizeof(*w));
    if (w == NULL || (w->zstd = ZSTD_createCCtx()) == NULL) {
        free(w);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to keep evidence");
    }
    /* The seed follows the content, so that the same evidence gives the same file everywhere. */
    w->seed = hmi_xxh3(hmi_bytes(sha256->bytes, sizeof(sha256->bytes)), HMI_VAULT_VERSION);
    (void)ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, LEVEL);
    (void)ZSTD_CCtx_setPledgedSrcSize(w->zstd, size);
    int code = hmi_sealed_begin(path, &w->sealed, err);
    if (code == HM_OK) {
        code = copy(w, fd, size, sha256, err);
    }
    if (code == HM_OK) {
        code = write_head(w, size, err);
    }
    if (code == HM_OK) {
        *ret_sealed = w->sealed;
    } else {
        hmi_sealed_abandon(w->sealed);
    }
    ZSTD_freeCCtx(w->zstd);
    free(w);
    return code;
}
