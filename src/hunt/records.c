/* SPDX-License-Identifier: Apache-2.0
 *
 * records.c - bytes of a file into whole lines.
 *
 * TRUST  Files change while they are read: sizes are hints. Compressed ones are unpacked in the
 * jail. OWNS   Descriptor, unpacker and one buffer.
 */
#include "hunt/records.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"

int hmi_records_open(const char *path, bool allow_weak_jail, hmi_records *ret_records, hm_err *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) != 0) {
        int code = hmi_fail_errno(err, "%s", path);
        if (fd >= 0) {
            close(fd);
        }
        return code;
    }
    if (!S_ISREG(st.st_mode)) {
        close(fd);
        return hmi_fail(err, HM_E_UNSUPPORTED, HM_OFFSET_NONE, "%s is no regular file", path);
    }
    *ret_records = (hmi_records){ .fd = fd,
                                  .size = (uint64_t)st.st_size,
                                  .device = (uint64_t)st.st_dev,
                                  .inode = (uint64_t)st.st_ino,
                                  .unpack = hmi_unpack_new(fd, allow_weak_jail) };
    hmi_buf_init(&ret_records->pending, (size_t)HMI_RECORDS_LINE_MAX + 2 * HMI_RECORDS_READ);
    return HM_OK;
}

void hmi_records_close(hmi_records *r)
{
    hmi_unpack_free(r->unpack);
    hmi_buf_fini(&r->pending);
    if (r->fd >= 0) {
        close(r->fd);
    }
    *r = (hmi_records){ .fd = -1 };
}

static bool head_of(const hmi_records *r, uint32_t len, uint64_t *ret)
{
    uint8_t head[HMI_RECORDS_HEAD];
    if (len > sizeof(head) || pread(r->fd, head, len, 0) != (ssize_t)len) {
        return false;
    }
    *ret = hmi_xxh3(hmi_bytes(head, len), 1);
    return true;
}

void hmi_records_describe(const hmi_records *r, hmi_indexed_source *ret_source)
{
    uint32_t len = r->size < HMI_RECORDS_HEAD ? (uint32_t)r->size : HMI_RECORDS_HEAD;
    *ret_source = (hmi_indexed_source){ .device = r->device,
                                        .inode = r->inode,
                                        .head_len = len,
                                        .size = r->unpack != NULL ? r->size : 0 };
    (void)head_of(r, len, &ret_source->head);
}

bool hmi_records_are(const hmi_records *r, const hmi_indexed_source *source)
{
    uint64_t head = 0;
    return r->device == source->device && r->inode == source->inode &&
           source->size == (r->unpack != NULL ? r->size : 0) && source->head_len <= r->size &&
           head_of(r, source->head_len, &head) && head == source->head;
}

/* More bytes behind what is pending. `ended` is set when there are none. */
static int read_more(hmi_records *r, hm_err *err)
{
    uint8_t *to = hmi_buf_extend(&r->pending, HMI_RECORDS_READ);
    if (to == NULL) {
        return hmi_buf_check(&r->pending, err);
    }
    uint64_t offset = r->at + r->pending.len - HMI_RECORDS_READ;
    ssize_t got;
    do {
        got = r->unpack != NULL ? hmi_unpack_read(r->unpack, to, HMI_RECORDS_READ)
                                : pread(r->fd, to, HMI_RECORDS_READ, (off_t)offset);
    } while (got < 0 && errno == EINTR);
    r->pending.len -= HMI_RECORDS_READ - (size_t)(got > 0 ? got : 0);
    r->ended = got <= 0;
    if (got < 0 && r->unpack != NULL) {
        return hmi_fail(err, HM_E_CORRUPT, offset, "%s", hmi_unpack_why(r->unpack));
    }
    return got < 0 ? hmi_fail_errno(err, "records cannot be read") : HM_OK;
}

static void drop(hmi_records *r, size_t len)
{
    if (len > 0 && len < r->pending.len) {
        memmove(r->pending.ptr, r->pending.ptr + len, r->pending.len - len);
    }
    r->pending.len -= len;
    r->at += len;
    r->given = 0;
}

int hmi_records_seek(hmi_records *r, uint64_t offset, hm_err *err)
{
    drop(r, r->given);
    if (r->unpack == NULL) {
        hmi_buf_clear(&r->pending);
        r->at = offset;
        r->ended = false;
        return HM_OK;
    }
    while (r->at < offset) {
        if (r->pending.len == 0) {
            HMI_TRY(read_more(r, err));
        }
        if (r->ended) {
            return hmi_fail(err, HM_E_TRUNCATED, r->at, "the file is shorter than it was");
        }
        uint64_t left = offset - r->at;
        drop(r, left < r->pending.len ? (size_t)left : r->pending.len);
    }
    return r->at == offset ? HM_OK
                           : hmi_fail(err, HM_E_MISUSE, offset, "a compressed file goes forward");
}

int hmi_records_lines(hmi_records *r, uint64_t to, bool unfinished, hm_bytes *ret_lines,
                      hm_err *err)
{
    drop(r, r->given);
    for (;;) {
        hm_bytes all = hmi_buf_bytes(&r->pending);
        if (to - r->at < all.len) {
            all.len = (size_t)(to - r->at);
        }
        bool whole_range = to != UINT64_MAX && r->at + all.len == to;
        size_t last = all.len == 0 ? HMI_NPOS : hmi_find_last_byte(all, '\n');
        size_t len = last == HMI_NPOS ? 0 : last + 1;
        if (whole_range || (len == 0 && all.len >= HMI_RECORDS_LINE_MAX)) {
            len = all.len;
        }
        if (len == 0 && r->ended && unfinished) {
            len = all.len;
        }
        if (len > 0 || r->ended || whole_range) {
            r->given = len;
            *ret_lines = hmi_slice(all, 0, len);
            return HM_OK;
        }
        HMI_TRY(read_more(r, err));
    }
}
