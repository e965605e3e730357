/* SPDX-License-Identifier: Apache-2.0
 *
 * hunt.c - reading again what the index could not rule out.
 *
 * FORM   File by file, in the order of their offsets: segments that are wanted, gaps between
 * segments, and what lies behind the last one. The matcher decides, so a hit here is a hit of a
 * full pass. TRUST  A file may have been replaced since: it is known by device, inode and its first
 * bytes, and read in full when it is another.
 */
#include <stdlib.h>

#include "base/error.h"
#include "hunt/hunt.h"
#include "hunt/records.h"

typedef struct hunting {
    const hmi_hunt_options *options;
    const hmi_hunt_listener *listener;
    hm_scanner *scanner;
    hm_text path;
    hmi_hunt_sums sums;
} hunting;

static void notice(const hunting *h, const char *what, hm_text about)
{
    if (h->listener->notice != NULL) {
        h->listener->notice(h->listener->with, hmi_text_of(what), about);
    }
}

static int on_hit(void *user, const hm_hit *hit, hm_err *err)
{
    hunting *h = user;
    h->sums.hits++;
    return h->listener->hit(h->listener->with, h->path, hit, err);
}

/* Scans from `from` to `to`; lines are counted on from `lines`. */
static int scan_range(hunting *h, hmi_records *records, uint64_t from, uint64_t to, uint64_t lines,
                      hm_err *err)
{
    hm_bytes batch = { NULL, 0 };
    HMI_TRY(hmi_records_seek(records, from, err));
    hm_scanner_seek(h->scanner, from, lines);
    for (;;) {
        HMI_TRY(hmi_records_lines(records, to, true, &batch, err));
        if (batch.len == 0) {
            return HM_OK;
        }
        HMI_TRY(hm_scanner_scan(h->scanner, batch, on_hit, h, err));
        h->sums.bytes_read += batch.len;
        if (h->listener->cancelled != NULL && h->listener->cancelled(h->listener->with)) {
            return hmi_fail(err, HM_E_CANCELLED, HM_OFFSET_NONE, "stopped on request");
        }
    }
}

static int hunt_file(hunting *h, hmi_records *records, const hmi_placed *placed, size_t count,
                     hm_err *err)
{
    uint64_t at = 0;
    uint64_t lines = 0;
    for (size_t i = 0; i < count; i++) {
        const hmi_segment *s = placed[i].segment;
        if (s->offset < at || !hmi_records_are(records, &placed[i].part->sources[s->source])) {
            continue; /* told already, or of a file that had this one's number before */
        }
        if (s->offset > at) {
            HMI_TRY(scan_range(h, records, at, s->offset, lines, err));
        }
        if (placed[i].wanted) {
            HMI_TRY(scan_range(h, records, s->offset, s->offset + s->len, s->lines_before, err));
        }
        at = s->offset + s->len;
        lines = s->lines_before + s->lines;
    }
    return scan_range(h, records, at, UINT64_MAX, lines, err);
}

static bool ends_hunt(int code)
{
    return code == HM_E_CANCELLED || code == HM_E_MEMORY || code == HM_E_LIMIT;
}

static int hunt_path(hunting *h, const char *path, const hmi_placed *placed, size_t count,
                     hm_err *err)
{
    hmi_records records;
    hm_err why = { 0 };
    uint64_t told = h->sums.hits;
    h->path = hmi_text_of(path);
    h->sums.files++;
    int code = hmi_records_open(path, h->options->allow_weak_jail, &records, &why);
    if (code == HM_OK) {
        code = hunt_file(h, &records, placed, count, &why);
        hmi_records_close(&records);
    }
    if (code == HM_OK) {
        return HM_OK;
    }
    if (ends_hunt(code) || (code == HM_E_IO && told != h->sums.hits)) {
        return hmi_fail(err, code, why.offset, "%s", why.text);
    }
    h->sums.unreadable++;
    notice(h, why.text, h->path);
    for (size_t i = 0; i < count; i++) {
        if (placed[i].wanted) {
            notice(h,
                   "its records cannot be read again, and the index says that an indicator may be "
                   "among them",
                   h->path);
            break;
        }
    }
    return HM_OK;
}

/* The segments of the file that lies at `path` now; none when the index does not know it. */
static void find_file(const char *path, bool allow_weak_jail, const hmi_placed *placed,
                      size_t count, size_t *ret_first, size_t *ret_count)
{
    hmi_records records;
    hm_err ignored;
    *ret_first = *ret_count = 0;
    if (hmi_records_open(path, allow_weak_jail, &records, &ignored) != HM_OK) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const hmi_segment *s = placed[i].segment;
        if (!hmi_records_are(&records, &placed[i].part->sources[s->source])) {
            continue;
        }
        size_t end = i + 1;
        while (end < count && hmi_placed_alike(&placed[i], &placed[end])) {
            end++;
        }
        *ret_first = i;
        *ret_count = end - i;
        break;
    }
    hmi_records_close(&records);
}

static int hunt_all(hunting *h, const hmi_placed *placed, size_t count, hm_err *err)
{
    for (size_t i = 0; i < count;) {
        char path[HMI_PART_PATH_MAX];
        size_t end = i + 1;
        while (end < count && hmi_placed_alike(&placed[i], &placed[end])) {
            end++;
        }
        /* The name it had last. */
        const hmi_placed *last = &placed[end - 1];
        hm_text name = hmi_part_path(last->part, last->segment->source);
        memcpy(path, name.ptr, name.len);
        path[name.len] = '\0';
        HMI_TRY(hunt_path(h, path, placed + i, end - i, err));
        i = end;
    }
    return HM_OK;
}

static int hunt_named(hunting *h, const hmi_placed *placed, size_t count, hm_err *err)
{
    for (size_t i = 0; i < h->options->path_count; i++) {
        size_t first;
        size_t found;
        const char *path = h->options->paths[i];
        find_file(path, h->options->allow_weak_jail, placed, count, &first, &found);
        HMI_TRY(hunt_path(h, path, placed + first, found, err));
    }
    return HM_OK;
}

int hmi_hunt(const hmi_catalogue *catalogue, const hm_matcher *set, const hmi_hunt_options *options,
             const hmi_hunt_listener *listener, hmi_hunt_sums *ret_sums, hm_err *err)
{
    hunting h = { .options = options, .listener = listener };
    hmi_placed *placed = NULL;
    size_t count = 0;
    int code = hmi_catalogue_placed(catalogue, &placed, &count, err);
    if (code == HM_OK) {
        code = hmi_hunt_ask(catalogue, set, placed, count, &h.sums, listener->notice,
                            listener->with, err);
    }
    if (code == HM_OK) {
        code = hm_scanner_new(set, &h.scanner, err);
    }
    if (code == HM_OK) {
        code = options->paths != NULL ? hunt_named(&h, placed, count, err)
                                      : hunt_all(&h, placed, count, err);
    }
    hm_scanner_free(h.scanner);
    free(placed);
    *ret_sums = h.sums;
    return code;
}
