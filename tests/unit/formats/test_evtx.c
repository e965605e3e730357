/* SPDX-License-Identifier: Apache-2.0
 *
 * test_evtx.c - Windows event logs: templates, nested trees, damage, numbers that are missing.
 */
#include "evtx_write.h"
#include "records.h"

#include "base/text.h"
#include "formats/record/evtx/evtx.h"

static const char *const LOGIN_LABELS[] = { "TargetUserName", "LogonType", "WorkstationName",
                                            "IpAddress",      "IpPort",    NULL };
static const char *const LOGIN[] = { "alice", "3", "KALI-7", "198.51.100.7", "49152" };
static const char *const NOBODY[] = { "-", "3", "-", "-", "-" };
static const char *const PROCESS_LABELS[] = { "Image", "CommandLine", "User", "Hashes",
                                              "",      "Unknown",     NULL };
static const char *const PROCESS[] = {
    "C:\\Windows\\Temp\\x.exe",
    "x.exe -c http://c2.example.net/a",
    "CORP\\bob",
    "MD5=d41d8cd98f00b204e9800998ecf8427f,"
    "SHA256=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad,"
    "IMPHASH=f34d5f2d4577ed6d9ceec516c1f5a744",
    "seen at evil.example.org",
    "nobody wants this"
};
#define SYSMON "Microsoft-Windows-Sysmon/Operational"
/* 2025-10-10T12:00:00Z */
#define TICKS UINT64_C(134045712000000000)

static records *events_of(hm_bytes file, hmi_evtx_sums *sums)
{
    records *r = calloc(1, sizeof(*r));
    hm_err err = { 0 };
    r->sink.event = records_event;
    hmi_arena_init(&r->arena, 64 << 20);
    r->code = hmi_evtx_read(&r->arena, file, &r->sink, sums, &err);
    return r;
}

static hm_bytes finish(evtx_writer *w)
{
    evtx_end_chunk(w);
    CHECK_EQ(w->file.bad, 0);
    return hmi_buf_bytes(&w->file);
}

static void put_logins(evtx_writer *w)
{
    evtx_init(w, LOGIN_LABELS);
    evtx_record(w, "Security", 4625, TICKS, "dc1.example.org", LOGIN);
    evtx_record(w, "Security", 4624, TICKS + 10000000, "dc1.example.org", LOGIN);
    evtx_record(w, "Security", 4624, TICKS + 20000000, "dc1.example.org", NOBODY);
}

/* UTF-16 that is decoded later, as text. */
static const char *decoded(records *r, hm_text wide)
{
    hm_text text = hmi_text_from_utf16(&r->arena, hmi_text_bytes(wide), false);
    return hmi_arena_cstr(&r->arena, text);
}

TEST(logins_through_templates)
{
    evtx_writer w;
    hmi_evtx_sums sums;
    put_logins(&w);
    records *r = events_of(finish(&w), &sums);
    CHECK_EQ(r->code, HM_OK);
    CHECK_EQ(r->count, 3);
    CHECK_EQ(sums.bad_records, 0);
    CHECK_EQ(sums.jumps, 0);
    const hmi_event *e = &r->events[0];
    CHECK_EQ(e->kind, HMI_EVENT_LOGIN);
    CHECK_EQ(e->outcome, HMI_OUTCOME_FAILURE);
    CHECK_EQ(e->code, 4625);
    CHECK_EQ(e->time.us, records_us("2025-10-10T12:00:00Z"));
    CHECK_EQ(r->events[1].outcome, HMI_OUTCOME_SUCCESS);
    CHECK_EQ(r->events[1].time.us, records_us("2025-10-10T12:00:01Z"));
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "198.51.100.7");
    CHECK_TEXT(field_of(e, HMI_DOMAIN, HMI_ROLE_HOST, 0), "dc1.example.org");
    CHECK_CSTR(decoded(r, field_of(e, HMI_ACCOUNT, HMI_ROLE_USER, 0)), "alice");
    CHECK_EQ(r->events[2].field_count, 1); /* "-" is nothing */
    records_free(r);
    hmi_buf_fini(&w.file);
}

TEST(processes_to_traits)
{
    evtx_writer w;
    collector got;
    hm_err err = { 0 };
    evtx_init(&w, PROCESS_LABELS);
    evtx_record(&w, SYSMON, 1, TICKS, "pc7.example.org", PROCESS);
    evtx_record(&w, SYSMON, 1, TICKS, "pc7.example.org", PROCESS);
    CHECK_OK(records_collect(&got, finish(&w), &err));
    CHECK_TEXT(collect_fact_of(&got, "format"), "evtx");
    CHECK_TEXT(collect_fact_of(&got, "records"), "2");
    const hmi_trait *line =
        collect_find(&got, HMI_COMMAND_LINE, HMI_ROLE_CONTENT, "x.exe -c http://c2.example.net/a");
    assert_non_null(line);
    CHECK_EQ(line->count, 2);
    CHECK(collect_has(&got, HMI_FILE_PATH, HMI_ROLE_CONTENT, "c:\\windows\\temp\\x.exe"));
    CHECK(collect_has(&got, HMI_ACCOUNT, HMI_ROLE_USER, "CORP\\bob"));
    CHECK(collect_has(&got, HMI_SHA256, HMI_ROLE_CONTENT,
                      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    CHECK(collect_has(&got, HMI_IMPORT_HASH, HMI_ROLE_CONTENT,
                      "imphash:f34d5f2d4577ed6d9ceec516c1f5a744"));
    CHECK(collect_has(&got, HMI_URL, HMI_ROLE_CONTENT, "http://c2.example.net/a"));
    CHECK(collect_has(&got, HMI_DOMAIN, HMI_ROLE_CONTENT, "evil.example.org"));
    CHECK(collect_has(&got, HMI_DOMAIN, HMI_ROLE_HOST, "pc7.example.org"));
    CHECK_EQ(got.note_count, 0);
    collect_fini(&got);
    hmi_buf_fini(&w.file);
}

TEST(a_record_with_wrong_sizes_costs_only_itself)
{
    evtx_writer w;
    hmi_evtx_sums sums;
    put_logins(&w);
    size_t third = w.record;
    evtx_record(&w, "Security", 4624, TICKS, "dc1.example.org", LOGIN);
    evtx_patch(&w, third + 4, 0x7fffffff);
    records *r = events_of(finish(&w), &sums);
    CHECK_EQ(r->count, 3);
    CHECK_EQ(sums.bad_records, 1);
    CHECK_EQ(sums.first_bad_record, third);
    CHECK_CSTR(decoded(r, field_of(&r->events[2], HMI_ACCOUNT, HMI_ROLE_USER, 0)), "alice");
    records_free(r);
    hmi_buf_fini(&w.file);
}

TEST(a_chunk_without_its_mark_costs_only_itself)
{
    evtx_writer w;
    collector got;
    hm_err err = { 0 };
    put_logins(&w);
    size_t second = 4096 + 65536;
    evtx_end_chunk(&w);
    evtx_begin_chunk(&w);
    evtx_record(&w, "Security", 4624, TICKS, "lost.example.org", LOGIN);
    evtx_end_chunk(&w);
    evtx_begin_chunk(&w);
    evtx_record(&w, "Security", 4624, TICKS, "kept.example.org", LOGIN);
    w.file.ptr[second] = 'X';
    CHECK_OK(records_collect(&got, finish(&w), &err));
    CHECK_TEXT(collect_fact_of(&got, "records"), "4");
    const hmi_note *note = collect_note_of(&got, HMI_NOTE_DAMAGE, "1 chunks without their mark");
    assert_non_null(note);
    CHECK_EQ(note->offset, second);
    CHECK(collect_has(&got, HMI_DOMAIN, HMI_ROLE_HOST, "kept.example.org"));
    CHECK(!collect_has(&got, HMI_DOMAIN, HMI_ROLE_HOST, "lost.example.org"));
    collect_fini(&got);
    hmi_buf_fini(&w.file);
}

TEST(missing_record_numbers_are_said)
{
    evtx_writer w;
    collector got;
    hm_err err = { 0 };
    put_logins(&w);
    w.number += 5;
    evtx_record(&w, "Security", 4624, TICKS, "dc1.example.org", LOGIN);
    size_t at = w.record;
    CHECK_OK(records_collect(&got, finish(&w), &err));
    const hmi_note *note = collect_note_of(&got, HMI_NOTE_ODD, "1 jumps in the record numbers");
    assert_non_null(note);
    CHECK_EQ(note->offset, at);
    collect_fini(&got);
    hmi_buf_fini(&w.file);
}

TEST(many_chunks_and_a_carved_one)
{
    evtx_writer w;
    hmi_evtx_sums sums;
    evtx_init(&w, LOGIN_LABELS);
    for (unsigned i = 0; i < 1000; i++) {
        evtx_record(&w, "Security", 4624, TICKS + i, "dc1.example.org", LOGIN);
    }
    hm_bytes file = finish(&w);
    records *r = events_of(file, &sums);
    CHECK_EQ(r->count, 1000);
    CHECK(sums.chunks > 3);
    CHECK_EQ(sums.jumps, 0);
    records_free(r);
    r = events_of(hmi_slice(file, 4096, 65536), &sums);
    CHECK(r->count > 100);
    CHECK_EQ(sums.chunks, 1);
    records_free(r);
    hmi_buf_fini(&w.file);
}

/* The chunk's bytes up to the end of its records: prefixes and flipped bits of what matters. */
TEST(every_prefix_and_every_flipped_bit_gets_an_answer)
{
    evtx_writer w;
    hmi_evtx_sums sums;
    evtx_init(&w, LOGIN_LABELS);
    evtx_record(&w, "Security", 4625, TICKS, "dc1", LOGIN);
    evtx_record(&w, "Security", 4625, TICKS, "dc1", LOGIN);
    hm_bytes chunk = hmi_slice(hmi_buf_bytes(&w.file), 4096, w.file.len);
    for (size_t len = 0; len <= chunk.len; len++) {
        uint8_t *cut = malloc(len ? len : 1); /* exact: a sanitizer sees one byte too far */
        memcpy(cut, chunk.ptr, len);
        records *r = events_of(hmi_bytes(cut, len), &sums);
        CHECK_EQ(r->code, HM_OK);
        records_free(r);
        free(cut);
    }
    uint8_t *copy = malloc(chunk.len);
    /* every eleventh: each place of a byte comes round, in a fraction of the time */
    for (size_t bit = 384 * 8; bit < chunk.len * 8; bit += 11) {
        memcpy(copy, chunk.ptr, chunk.len);
        copy[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        records *r = events_of(hmi_bytes(copy, chunk.len), &sums);
        CHECK_EQ(r->code, HM_OK);
        CHECK(r->count <= 2);
        records_free(r);
    }
    free(copy);
    hmi_buf_fini(&w.file);
}

RUN_TESTS()
