/* SPDX-License-Identifier: Apache-2.0
 *
 * indexer.c - files of records into segments of the index, from where it ended last time.
 *
 * FORM   A segment is whole lines, at least HMI_HUNT_SEGMENT bytes of them or what there is. A last
 * line without an end is left for the next time. TRUST  Records. A file that cannot be read costs
 * itself; what was read of it stays indexed. OWNS   The draft of the next index file, and the
 * gatherer.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/hash.h"
#include "hunt/hunt.h"
#include "hunt/records.h"

struct hmi_indexer {
    hmi_catalogue *catalogue;
    hmi_hunt_options options;
    hmi_hunt_listener listener;
    hmi_gather *gather;
    hmi_draft draft;
    hmi_index_sums sums;
};

int hmi_indexer_new(hmi_catalogue *catalogue, const hmi_hunt_options *options,
                    const hmi_hunt_listener *listener, hmi_indexer **ret_indexer, hm_err *err)
{
    hmi_indexer *x = calloc(1, sizeof(*x));
    int code = x == NULL ? hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to index with")
                         : hmi_gather_new(&catalogue->seed, &x->gather, err);
    if (code != HM_OK) {
        free(x);
        return code;
    }
    x->catalogue = catalogue;
    x->options = *options;
    x->listener = *listener;
    x->options.segment_bytes =
        options->segment_bytes != 0 ? options->segment_bytes : HMI_HUNT_SEGMENT;
    hmi_draft_init(&x->draft, &catalogue->seed);
    *ret_indexer = x;
    return HM_OK;
}

void hmi_indexer_free(hmi_indexer *x)
{
    if (x != NULL) {
        hmi_gather_free(x->gather);
        hmi_draft_fini(&x->draft);
        free(x);
    }
}

static void notice(const hmi_indexer *x, const char *what, const char *about)
{
    if (x->listener.notice != NULL) {
        x->listener.notice(x->listener.with, hmi_text_of(what), hmi_text_of(about));
    }
}

/* How far this file is covered without a gap, by what is written and by what is about to be. */
static int covered(const hmi_indexer *x, const hmi_records *records, uint64_t *ret_offset,
                   uint64_t *ret_lines, hm_err *err)
{
    hmi_placed *placed = NULL;
    size_t count = 0;
    HMI_TRY(hmi_catalogue_placed(x->catalogue, &placed, &count, err));
    uint64_t end = 0;
    uint64_t lines = 0;
    for (size_t i = 0; i < count; i++) {
        const hmi_segment *s = placed[i].segment;
        if (s->offset == end && hmi_records_are(records, &placed[i].part->sources[s->source])) {
            end = s->offset + s->len;
            lines = s->lines_before + s->lines;
        }
    }
    free(placed);
    for (size_t i = 0; i < x->draft.segment_count; i++) {
        const hmi_segment *s = &x->draft.segments[i];
        if (s->offset == end && hmi_records_are(records, &x->draft.sources[s->source])) {
            end = s->offset + s->len;
            lines = s->lines_before + s->lines;
        }
    }
    *ret_offset = end;
    *ret_lines = lines;
    return HM_OK;
}

static uint64_t newlines_in(hm_bytes bytes)
{
    uint64_t count = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        count += bytes.ptr[i] == '\n';
    }
    return count;
}

static int seal(hmi_indexer *x, const hmi_records *records, const char *path, hmi_segment *segment,
                hm_err *err)
{
    hmi_indexed_source source;
    if (segment->len == 0) {
        return HM_OK;
    }
    hmi_records_describe(records, &source);
    HMI_TRY(hmi_draft_source(&x->draft, &source, hmi_text_of(path), &segment->source, err));
    segment->lists = x->draft.lists.len;
    HMI_TRY(hmi_gather_seal(x->gather, &x->draft.lists, segment->list_lens, &segment->flags, err));
    segment->checksum =
        hmi_checksum(hmi_slice(hmi_buf_bytes(&x->draft.lists), (size_t)segment->lists,
                               x->draft.lists.len - (size_t)segment->lists));
    HMI_TRY(hmi_draft_segment(&x->draft, segment, err));
    x->sums.segments++;
    x->sums.bytes += segment->len;
    x->sums.lines += segment->lines;
    x->sums.crowded += (segment->flags & HMI_SEGMENT_CROWDED) != 0;
    *segment = (hmi_segment){ .offset = segment->offset + segment->len,
                              .lines_before = segment->lines_before + segment->lines };
    return x->draft.segment_count >= HMI_HUNT_DRAFT_SEGMENTS
               ? hmi_catalogue_add(x->catalogue, &x->draft, err)
               : HM_OK;
}

static bool is_cancelled(const hmi_indexer *x)
{
    return x->listener.cancelled != NULL && x->listener.cancelled(x->listener.with);
}

/* Fills segments with whole lines, each until it is large enough. */
static int take_lines(hmi_indexer *x, const hmi_records *records, const char *path,
                      hmi_segment *segment, hm_bytes lines, hm_err *err)
{
    while (lines.len > 0) {
        uint64_t wanted = x->options.segment_bytes - segment->len;
        size_t len = lines.len;
        if (wanted < len) {
            const uint8_t *stop = memchr(lines.ptr + wanted - 1, '\n', len - (size_t)wanted + 1);
            len = stop != NULL ? (size_t)(stop - lines.ptr) + 1 : len;
        }
        hm_bytes piece = hmi_slice(lines, 0, len);
        HMI_TRY(hmi_gather_lines(x->gather, piece, err));
        segment->len += len;
        segment->lines += newlines_in(piece);
        lines = hmi_slice(lines, len, lines.len);
        if (segment->len >= x->options.segment_bytes) {
            HMI_TRY(seal(x, records, path, segment, err));
        }
    }
    return HM_OK;
}

static int index_lines(hmi_indexer *x, hmi_records *records, const char *path, hm_err *err)
{
    hmi_segment segment = { 0 };
    hm_err why = { 0 };
    hm_bytes lines = { NULL, 0 };
    HMI_TRY(covered(x, records, &segment.offset, &segment.lines_before, err));
    int read = hmi_records_seek(records, segment.offset, &why);
    while (read == HM_OK &&
           (read = hmi_records_lines(records, UINT64_MAX, false, &lines, &why)) == HM_OK &&
           lines.len > 0) {
        HMI_TRY(take_lines(x, records, path, &segment, lines, err));
        if (is_cancelled(x)) {
            break;
        }
    }
    HMI_TRY(seal(x, records, path, &segment, err));
    if (read != HM_OK) {
        x->sums.unreadable++;
        notice(x, why.text, path);
    }
    return is_cancelled(x) ? hmi_fail(err, HM_E_CANCELLED, HM_OFFSET_NONE, "stopped on request")
                           : HM_OK;
}

int hmi_indexer_file(hmi_indexer *x, const char *path, hm_err *err)
{
    hmi_records records;
    hm_err why = { 0 };
    if (hmi_records_open(path, x->options.allow_weak_jail, &records, &why) != HM_OK) {
        x->sums.unreadable++;
        notice(x, why.text, path);
        return HM_OK;
    }
    x->sums.files++;
    int code = index_lines(x, &records, path, err);
    hmi_records_close(&records);
    return code;
}

int hmi_indexer_done(hmi_indexer *x, hmi_index_sums *ret_sums, hm_err *err)
{
    int code = hmi_catalogue_add(x->catalogue, &x->draft, err);
    for (size_t i = 0; i < x->catalogue->count; i++) {
        x->sums.index_bytes += x->catalogue->parts[i].map_len;
    }
    *ret_sums = x->sums;
    hmi_indexer_free(x);
    return code;
}
