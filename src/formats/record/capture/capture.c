/* SPDX-License-Identifier: Apache-2.0
 *
 * capture.c - the readers of capture files, and what they say at the end.
 *
 * WHY    Packets are the one record that nobody's logging left anything out of.
 * FORM   See pcap.c and pcapng.c.
 * TRUST  Damage ends reading where the next packet cannot be found any more; how many packets were
 *        read before, and the place, are in the note.
 * OWNS   The scratch arena, for one call.
 */
#include "formats/record/capture/capture.h"

#include "base/error.h"
#include "formats/reader.h"
#include "formats/record/harvest.h"

enum { PCAP_VERSION = 2, SCRATCH_MAX = 4 << 20 };

static void count_time(hmi_capture_sums *sums, int64_t us)
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

static void count_first(uint64_t *count, uint64_t *first, uint64_t offset)
{
    if ((*count)++ == 0) {
        *first = offset;
    }
}

int hmi_capture_frame(hmi_capture *capture, hm_bytes frame, uint32_t wire_len, uint32_t link,
                      int64_t us, uint64_t offset, hm_err *err)
{
    hmi_capture_sums *sums = &capture->sums;
    hmi_packet packet = { .us = us, .offset = offset };
    hmi_flow *flow = NULL;
    unsigned side = 0;
    sums->frames++;
    sums->snapped += frame.len < wire_len;
    count_time(sums, us);
    switch (hmi_packet_read(frame, link, &packet)) {
    case HMI_PACKET_SEGMENT:
        break;
    case HMI_PACKET_CUT:
        count_first(&sums->cut, &sums->first_cut, offset);
        return HM_OK;
    case HMI_PACKET_LINK:
        count_first(&sums->unknown_link, &sums->first_link, offset);
        return HM_OK;
    case HMI_PACKET_FRAGMENT:
        sums->fragments++;
        return HM_OK;
    case HMI_PACKET_OTHER:
    default:
        sums->other++;
        return HM_OK;
    }
    sums->segments++;
    sums->fragments += packet.fragment;
    HMI_TRY(hmi_flows_book(capture, &packet, &flow, &side, err));
    HMI_TRY(hmi_speech_hear(capture, flow, side, &packet, err));
    if (capture->scratch.used > 0) {
        hmi_arena_reset(&capture->scratch);
    }
    return HM_OK;
}

int hmi_capture_stop(hmi_capture *capture, int code, uint64_t offset, const char *why)
{
    capture->sums.stopped_at = offset;
    capture->sums.stopped_code = code;
    capture->sums.stopped_why = why;
    return HM_OK;
}

int hmi_capture_read(hmi_arena *arena, hm_bytes file, hmi_event_sink *sink,
                     hmi_capture_sums *ret_sums, hm_err *err)
{
    hmi_capture *capture = hmi_new(arena, hmi_capture);
    if (capture == NULL) {
        return hmi_arena_fail(arena, err);
    }
    capture->sink = sink;
    capture->arena = arena;
    capture->sums = (hmi_capture_sums){ .first_us = HMI_TIME_NONE,
                                        .last_us = HMI_TIME_NONE,
                                        .stopped_at = HM_OFFSET_NONE };
    hmi_arena_init(&capture->scratch, SCRATCH_MAX);
    int code = hmi_flows_new(capture, file, err);
    if (code == HM_OK) {
        code = hmi_pcapng_is(file) ? hmi_pcapng_read(capture, file, err)
                                   : hmi_pcap_read(capture, file, err);
    }
    code = code == HM_OK ? hmi_flows_end(capture, err) : code;
    hmi_arena_fini(&capture->scratch);
    if (code == HM_OK) {
        *ret_sums = capture->sums;
    }
    return code;
}

/* ---- The readers */

static int detect_pcap(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    return hmi_pcap_is(file) ? 95 : 0;
}

static int detect_pcapng(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    return hmi_pcapng_is(file) ? 95 : 0;
}

static int note_count(hmi_reading *reading, hmi_severity severity, int code, uint64_t count,
                      uint64_t first, const char *what, hm_err *err)
{
    return count == 0 ? HM_OK
                      : hmi_emit_note(reading, severity, code, first, err, "%llu %s",
                                      (unsigned long long)count, what);
}

static int emit_notes(hmi_reading *reading, const hmi_capture_sums *s, hm_err *err)
{
    if (s->stopped_at != HM_OFFSET_NONE) {
        HMI_TRY(hmi_emit_note(reading, HMI_NOTE_DAMAGE, s->stopped_code, s->stopped_at, err,
                              "%s: stopped here, the %llu packets before it are kept",
                              s->stopped_why, (unsigned long long)s->frames));
    }
    HMI_TRY(note_count(reading, HMI_NOTE_DAMAGE, HM_E_MALFORMED, s->cut, s->first_cut,
                       "packets with headers cut short or wrong: left out (first here)", err));
    HMI_TRY(note_count(reading, HMI_NOTE_DAMAGE, HM_E_MALFORMED, s->lost_interface,
                       s->first_interface, "packets of an interface never described (first here)",
                       err));
    HMI_TRY(note_count(reading, HMI_NOTE_DAMAGE, HM_E_UNSUPPORTED, s->unknown_link, s->first_link,
                       "packets of a link layer not read here (first here)", err));
    HMI_TRY(note_count(reading, HMI_NOTE_INFO, HM_OK, s->snapped, HM_OFFSET_NONE,
                       "packets were captured only in part", err));
    HMI_TRY(note_count(reading, HMI_NOTE_INFO, HM_OK, s->fragments, HM_OFFSET_NONE,
                       "fragments: not put together", err));
    return note_count(reading, HMI_NOTE_INFO, HM_OK, s->secrets, HM_OFFSET_NONE,
                      "blocks of decryption secrets: not used", err);
}

static int emit_number(hmi_reading *reading, const char *name, uint64_t number, hm_err *err)
{
    hm_text text = hmi_arena_printf(reading->arena, "%llu", (unsigned long long)number);
    return text.ptr == NULL ? hmi_arena_fail(reading->arena, err)
                            : hmi_emit_fact(reading, name, text, err);
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

static int emit_facts(hmi_reading *reading, const hmi_capture_sums *sums, hm_err *err)
{
    HMI_TRY(emit_number(reading, "packets", sums->frames, err));
    HMI_TRY(emit_number(reading, "flows", sums->flows, err));
    HMI_TRY(emit_moment(reading, "first-record", sums->first_us, err));
    return emit_moment(reading, "last-record", sums->last_us, err);
}

static int read_capture(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    hmi_harvest *harvest = NULL;
    hmi_capture_sums sums;
    HMI_TRY(hmi_harvest_new(reading, file, &harvest, err));
    int code = hmi_capture_read(reading->arena, file, hmi_harvest_sink(harvest), &sums, err);
    code = code == HM_OK ? hmi_harvest_end(harvest, err) : code;
    code = code == HM_OK ? emit_facts(reading, &sums, err) : code;
    code = code == HM_OK ? emit_notes(reading, &sums, err) : code;
    hmi_harvest_free(harvest);
    return code;
}

const hmi_reader hmi_reader_pcap = { "pcap", "captured packets (pcap)", PCAP_VERSION, detect_pcap,
                                     read_capture };
const hmi_reader hmi_reader_pcapng = { "pcapng", "captured packets (pcapng)", PCAP_VERSION,
                                       detect_pcapng, read_capture };
