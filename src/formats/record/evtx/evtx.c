/* SPDX-License-Identifier: Apache-2.0
 *
 * evtx.c - the reader of Windows event logs: file, chunks, records.
 *
 * WHY    The record of what happened on a Windows machine; wipers clear it, so every chunk counts.
 * FORM   0: "ElfFile" NUL ... 120: flags (1: not closed), in 4096 bytes. Then chunks of 65536:
 *        "ElfChnk" NUL, 48: end of records u32, 512: records: 2a2a0000, size u32, number u64,
 *        moment u64 (100 ns since 1601), a tree (binxml.c), size again. (MS-EVEN6 2.2.17 and
 *        libevtx's documentation of the format)
 * TRUST  Each chunk stands for itself, and in it each record: one that contradicts itself is
 * counted, and reading goes on at the next "2a2a0000". Checksums are not looked at: a log that was
 *        being written has none that fit. Record numbers that jump inside a chunk are noted:
 * somebody may have taken records out. OWNS   A scratch arena, for one call.
 */
#include "formats/record/evtx/evtx.h"

#include "base/cursor.h"
#include "base/error.h"
#include "formats/reader.h"
#include "formats/record/harvest.h"
#include "formats/record/windows.h"

enum {
    EVTX_VERSION = 2,
    FILE_HEADER = 4096,
    CHUNK_HEADER = 512,
    RECORD_HEADER = 24,
    RECORD_MIN = RECORD_HEADER + 4,
    SCRATCH_MAX = 16 << 20
};

typedef struct evtx {
    hmi_chunk chunk;
    hmi_arena scratch;
    hmi_event_sink *sink;
    hmi_event event;
    hmi_evtx_sums sums;
    uint64_t offset, last_number;
} evtx;

static void count_first(uint64_t *count, uint64_t *first, uint64_t offset)
{
    if ((*count)++ == 0) {
        *first = offset;
    }
}

static void set_written(hmi_event *event, uint64_t ticks)
{
    uint64_t epoch = UINT64_C(116444736000000000);
    if (ticks >= epoch && ticks <= UINT64_C(2650467743999999999)) {
        event->time = (hmi_instant){ .us = (int64_t)((ticks - epoch) / 10), .digits = 6 };
    }
}

static void count_time(hmi_evtx_sums *sums, int64_t us)
{
    if (us == HMI_TIME_NONE) {
        return;
    }
    if (sums->first_us == HMI_TIME_NONE || us < sums->first_us) {
        sums->first_us = us;
    }
    if (us > sums->last_us) { /* HMI_TIME_NONE is the smallest number */
        sums->last_us = us;
    }
}

/* ---- Records */

static int read_record(evtx *e, size_t at, size_t size, hm_err *err)
{
    hmi_cur cur = hmi_cur_over(e->chunk.bytes);
    hmi_cur_seek(&cur, at + 8);
    uint64_t number = hmi_cur_u64(&cur), written = hmi_cur_u64(&cur), offset = e->offset + at;
    hmi_assembly assembly = { .host_role = HMI_ROLE_HOST };
    hmi_event_clear(&e->event, offset);
    set_written(&e->event, written); /* the tree's own moment wins, when it has one */
    if (e->last_number != 0 && number != e->last_number + 1) {
        count_first(&e->sums.jumps, &e->sums.first_jump, offset);
    }
    e->last_number = number;
    bool good =
        hmi_binxml_read(&e->chunk, at + RECORD_HEADER, size - RECORD_MIN, &assembly, &e->event, 0);
    if (!good) {
        count_first(&e->sums.bad_records, &e->sums.first_bad_record, offset);
        e->event.cut = true;
    }
    hmi_assembly_end(&assembly, &e->event, &e->scratch);
    hmi_windows_classify(&e->event);
    e->sums.records++;
    count_time(&e->sums, e->event.time.us);
    int code = e->sink->event(e->sink, &e->event, err);
    hmi_arena_reset(&e->scratch);
    return code;
}

/* The size of the record at `at`, 0 when there is none. */
static size_t record_size(hm_bytes chunk, size_t at)
{
    hmi_cur cur = hmi_cur_over(chunk);
    hmi_cur_seek(&cur, at);
    uint32_t magic = hmi_cur_u32(&cur);
    size_t size = hmi_cur_u32(&cur);
    if (cur.bad || magic != 0x00002a2a || size < RECORD_MIN || size > chunk.len - at) {
        return 0;
    }
    hmi_cur_seek(&cur, at + size - 4);
    return hmi_cur_u32(&cur) == size ? size : 0;
}

static int read_chunk(evtx *e, hm_bytes bytes, uint64_t offset, hm_err *err)
{
    hmi_cur cur = hmi_cur_over(bytes);
    hmi_cur_seek(&cur, 48);
    size_t end = hmi_cur_u32(&cur), at = CHUNK_HEADER;
    end = end >= CHUNK_HEADER && end <= bytes.len ? end : bytes.len;
    e->chunk.bytes = bytes;
    e->chunk.plan_count = 0;
    memset(e->chunk.plan_slots, 0, sizeof(e->chunk.plan_slots));
    e->offset = offset;
    e->last_number = 0;
    e->sums.chunks++;
    while (at < end) {
        size_t size = record_size(bytes, at);
        if (size == 0) {
            count_first(&e->sums.bad_records, &e->sums.first_bad_record, offset + at);
            size_t next =
                hmi_find(hmi_slice(bytes, at + 1, end - at - 1), HM_BYTES("\x2a\x2a\0\0"));
            if (next == HMI_NPOS) {
                return HM_OK;
            }
            at += next + 1;
            e->last_number = 0;
            continue;
        }
        HMI_TRY(read_record(e, at, size, err));
        at += size;
    }
    return HM_OK;
}

static bool is_empty(hm_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.ptr[i] != 0) {
            return false;
        }
    }
    return true;
}

static int read_file(evtx *e, hm_bytes file, hm_err *err)
{
    bool carved = hmi_starts_with(file, HM_BYTES("ElfChnk\0"));
    if (!carved && file.len >= 124) {
        e->sums.dirty = (file.ptr[120] & 1) != 0;
    }
    for (size_t at = carved ? 0 : FILE_HEADER; at < file.len; at += HMI_EVTX_CHUNK) {
        hm_bytes bytes = hmi_slice(file, at, HMI_EVTX_CHUNK);
        if (hmi_starts_with(bytes, HM_BYTES("ElfChnk\0"))) {
            HMI_TRY(read_chunk(e, bytes, at, err));
        } else if (!is_empty(bytes)) {
            count_first(&e->sums.bad_chunks, &e->sums.first_bad_chunk, at);
        }
    }
    return HM_OK;
}

int hmi_evtx_read(hmi_arena *arena, hm_bytes file, hmi_event_sink *sink, hmi_evtx_sums *ret_sums,
                  hm_err *err)
{
    evtx *e = hmi_new(arena, evtx);
    hmi_plan *plans = hmi_new_array(arena, hmi_plan, HMI_EVTX_PLANS_MAX);
    if (e == NULL || plans == NULL) {
        return hmi_arena_fail(arena, err);
    }
    e->chunk.plans = plans;
    e->chunk.scratch = &e->scratch;
    e->sink = sink;
    e->sums = (hmi_evtx_sums){ .first_us = HMI_TIME_NONE, .last_us = HMI_TIME_NONE };
    hmi_arena_init(&e->scratch, SCRATCH_MAX);
    int code = read_file(e, file, err);
    hmi_arena_fini(&e->scratch);
    if (code == HM_OK) {
        *ret_sums = e->sums;
    }
    return code;
}

/* ---- The reader */

static int detect_evtx(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    return hmi_starts_with(file, HM_BYTES("ElfFile\0")) ||
                   hmi_starts_with(file, HM_BYTES("ElfChnk\0"))
               ? HMI_DETECT_SURE
               : 0;
}

static int note_count(hmi_reading *reading, hmi_severity severity, int code, uint64_t count,
                      uint64_t first, const char *what, hm_err *err)
{
    return count == 0 ? HM_OK
                      : hmi_emit_note(reading, severity, code, first, err, "%llu %s (first here)",
                                      (unsigned long long)count, what);
}

static int emit_moment(hmi_reading *reading, const char *name, int64_t us, hm_err *err)
{
    hmi_buf buf;
    if (us == HMI_TIME_NONE) {
        return HM_OK;
    }
    hmi_buf_init(&buf, 64);
    hmi_buf_add_time(&buf, us);
    int code = hmi_emit_fact(reading, name, hmi_buf_text(&buf), err);
    hmi_buf_fini(&buf);
    return code;
}

static int say(hmi_reading *reading, const hmi_evtx_sums *s, hm_err *err)
{
    hm_text records = hmi_arena_printf(reading->arena, "%llu", (unsigned long long)s->records);
    if (records.ptr == NULL) {
        return hmi_arena_fail(reading->arena, err);
    }
    HMI_TRY(hmi_emit_fact(reading, "records", records, err));
    HMI_TRY(emit_moment(reading, "first-record", s->first_us, err));
    HMI_TRY(emit_moment(reading, "last-record", s->last_us, err));
    HMI_TRY(note_count(reading, HMI_NOTE_DAMAGE, HM_E_MALFORMED, s->bad_chunks, s->first_bad_chunk,
                       "chunks without their mark: left out", err));
    HMI_TRY(note_count(reading, HMI_NOTE_DAMAGE, HM_E_MALFORMED, s->bad_records,
                       s->first_bad_record, "records damaged: what could be read of them is kept",
                       err));
    HMI_TRY(note_count(reading, HMI_NOTE_ODD, HM_OK, s->jumps, s->first_jump,
                       "jumps in the record numbers: perhaps records were taken out", err));
    return s->dirty ? hmi_emit_note(reading, HMI_NOTE_INFO, HM_OK, 120, err,
                                    "the log was not closed when it was copied")
                    : HM_OK;
}

static int read_evtx(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    hmi_harvest *harvest = NULL;
    hmi_evtx_sums sums;
    HMI_TRY(hmi_harvest_new(reading, file, &harvest, err));
    int code = hmi_evtx_read(reading->arena, file, hmi_harvest_sink(harvest), &sums, err);
    code = code == HM_OK ? hmi_harvest_end(harvest, err) : code;
    code = code == HM_OK ? say(reading, &sums, err) : code;
    hmi_harvest_free(harvest);
    return code;
}

const hmi_reader hmi_reader_evtx = { "evtx", "Windows event logs", EVTX_VERSION, detect_evtx,
                                     read_evtx };
