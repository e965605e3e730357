/* SPDX-License-Identifier: Apache-2.0
 *
 * reading.c - bytes of a source into whole lines.
 *
 * FORM   Read, scan the whole lines, settle. The part behind the last line end waits for its rest,
 * up to HMI_WATCH_RECORD_MAX; at the end of a file that is gone, or with `once`, it is a line too.
 *        A name whose file was replaced is read to the old file's end first. Compressed files are
 * read whole, once. TRUST  Sizes are only hints, every read is checked.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "watch/inside.h"

/* Scans the whole lines of what is pending; all of it at the end of the source. */
static int take_lines(hmi_watch *w, hmi_source *s, bool at_end, hm_err *err)
{
    hm_bytes all = hmi_buf_bytes(&s->pending);
    size_t last = all.len == 0 ? HMI_NPOS : hmi_find_last_byte(all, '\n');
    size_t whole = last == HMI_NPOS ? 0 : last + 1;
    if (whole == 0 && all.len >= HMI_WATCH_RECORD_MAX) {
        w->sums.long_lines++;
        hmi_watch_notice(w, "a line longer than 16 MiB is cut", hmi_text_of(s->path));
        whole = all.len;
    }
    whole = at_end ? all.len : whole;
    if (whole == 0) {
        return HM_OK;
    }
    HMI_TRY(hmi_watch_scan(w, s, hmi_slice(all, 0, whole), err));
    memmove(s->pending.ptr, s->pending.ptr + whole, all.len - whole);
    s->pending.len -= whole;
    return HM_OK;
}

static ssize_t read_some(hmi_source *s, uint8_t *to)
{
    if (s->unpack != NULL) {
        return hmi_unpack_read(s->unpack, to, HMI_WATCH_READ);
    }
    return s->is_pipe ? read(s->fd, to, HMI_WATCH_READ)
                      : pread(s->fd, to, HMI_WATCH_READ, (off_t)s->offset);
}

/* A compressed file's positions count bytes of its content: what was seen is read and dropped. */
static int skip_unpacked(hmi_source *s)
{
    uint64_t offset = s->offset;
    uint8_t *drop = malloc(HMI_WATCH_READ);
    while (drop != NULL && offset > 0) {
        size_t want = (size_t)(offset < HMI_WATCH_READ ? offset : HMI_WATCH_READ);
        ssize_t got = hmi_unpack_read(s->unpack, drop, want);
        if (got <= 0) {
            break;
        }
        offset -= (uint64_t)got;
    }
    free(drop);
    return offset == 0 ? HM_OK : HM_E_IO;
}

/* To the end of what is there. *ret_end says that no more will come from this descriptor. */
static int read_source(hmi_watch *w, hmi_source *s, bool *ret_end, hm_err *err)
{
    *ret_end = false;
    if (s->unpack != NULL && s->offset > 0 && !hmi_unpack_begun(s->unpack) &&
        skip_unpacked(s) != HM_OK) {
        hmi_watch_notice(w, "a compressed file is shorter than it was", hmi_text_of(s->path));
        *ret_end = true;
        return HM_OK;
    }
    for (;;) {
        uint8_t *to = hmi_buf_extend(&s->pending, HMI_WATCH_READ);
        if (to == NULL) {
            return hmi_buf_check(&s->pending, err);
        }
        ssize_t got = read_some(s, to);
        s->pending.len -= HMI_WATCH_READ - (size_t)(got > 0 ? got : 0);
        if (got <= 0) {
            bool again = got < 0 && (errno == EAGAIN || errno == EINTR);
            if (got < 0 && !again) {
                hmi_watch_notice(w, s->unpack != NULL ? hmi_unpack_why(s->unpack) : strerror(errno),
                                 hmi_text_of(s->path));
                w->sums.unreadable++;
            }
            *ret_end = got < 0 ? !again : s->is_pipe || s->unpack != NULL;
            return HM_OK;
        }
        s->offset += (uint64_t)got;
        if (!s->is_pipe) {
            hmi_source_learn_head(s);
        }
        HMI_TRY(take_lines(w, s, false, err));
        HMI_TRY(hmi_watch_settle(w, err));
        hmi_watch_refresh(w);
        if (hmi_watch_cancelled(w)) {
            return hmi_fail(err, HM_E_CANCELLED, HM_OFFSET_NONE, "stopped on request");
        }
    }
}

/* Records that were sent: what is there, for a while, so that other sources have their turn. */
static int pump_socket(hmi_watch *w, hmi_source *s, hm_err *err)
{
    enum { TURNS = 16 };
    bool more = true;
    for (unsigned turn = 0; more && turn < TURNS && !hmi_watch_cancelled(w); turn++) {
        more = hmi_socket_take(s->socket, &s->pending, HMI_WATCH_READ);
        HMI_TRY(hmi_buf_check(&s->pending, err));
        HMI_TRY(take_lines(w, s, false, err));
        HMI_TRY(hmi_watch_settle(w, err));
        hmi_watch_refresh(w);
    }
    uint64_t lost = hmi_socket_lost(s->socket);
    if (lost != s->lost) {
        char what[96];
        snprintf(what, sizeof(what), "records, clients or ends of records lost so far: %llu",
                 (unsigned long long)lost);
        hmi_watch_notice(w, what, hmi_text_of(s->path));
        w->sums.lost += lost - s->lost;
        s->lost = lost;
    }
    return HM_OK;
}

int hmi_source_pump(hmi_watch *w, hmi_source *s, hm_err *err)
{
    if (s->socket != NULL) {
        return pump_socket(w, s, err);
    }
    if (s->kafka != NULL) {
        return hmi_topic_pump(w, s, err);
    }
    bool end = false;
    if (s->fd < 0) {
        if (s->inode != 0 && s->done && !hmi_source_replaced(s)) {
            return HM_OK; /* a compressed file that has been read */
        }
        hmi_source_open(w, s);
    }
    if (s->fd < 0) {
        return HM_OK;
    }
    hmi_source_check(w, s);
    bool replaced = hmi_source_replaced(s);
    HMI_TRY(read_source(w, s, &end, err));
    if (!replaced && !end && !w->options.once) {
        return HM_OK;
    }
    HMI_TRY(take_lines(w, s, true, err));
    HMI_TRY(hmi_watch_settle(w, err));
    hmi_source_close(s);
    s->done = end || w->options.once;
    if (replaced && !w->options.once) {
        w->sums.rotations++;
        s->done = false;
        s->inode = 0; /* a new file may get the old one's number */
        hmi_source_open(w, s);
        return s->fd >= 0 ? read_source(w, s, &end, err) : HM_OK;
    }
    return HM_OK;
}
