/* SPDX-License-Identifier: Apache-2.0
 *
 * test_errors.c - the n-th call fails, for every n: it is said, and nothing stored is lost.
 */
#include <errno.h>

#include "index/sealed.h"
#include "vfs.h"
/* after the above: */
#include "../unit/casebook/room.h"

enum { NTH_MAX = 400 };

static int64_t incident;

static room_piece numbered(uint32_t serial, char content[40])
{
    snprintf(content, 40, "piece-%u", serial);
    return (room_piece){ .incident = incident,
                         .content = content,
                         .words = "one two three four five six seven",
                         .keep = true };
}

static bool is_there(hmi_store *store, uint32_t serial)
{
    hm_err err = { 0 };
    char content[40];
    snprintf(content, sizeof(content), "piece-%u", serial);
    hmi_sha256 sha256 = hmi_sha256_of(hmi_text_bytes(hmi_text_of(content)));
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 16);
    hmi_evidence found;
    int code = hmi_evidence_find(store, &sha256, &arena, &found, &err);
    hmi_arena_fini(&arena);
    return code == HM_OK;
}

static void check_whole(const bool *acked, uint32_t serials)
{
    hmi_store *store = room_open("book");
    hmi_verify_report report;
    CHECK_EQ(room_verify(store, false, &report), 0);
    for (uint32_t i = 0; i < serials; i++) {
        CHECK(!acked[i] || is_there(store, i));
    }
    hmi_store_close(store);
}

static void fail_each(fault_kind kind, bool sticky)
{
    hm_err err = { 0 };
    bool acked[NTH_MAX * 2] = { false };
    hmi_store *store = room_store("book");
    incident = room_incident(store, "a");
    hmi_store_close(store);
    uint32_t serial = 0;
    bool reached = true;
    for (uint64_t nth = 1; reached && nth < NTH_MAX; nth++) {
        char content[40];
        store = room_open("book");
        room_piece piece = numbered(serial, content);
        fault_vfs_fail_at(nth, kind, sticky);
        int code = room_add(store, &piece, NULL, &err);
        reached = fault_vfs_calls() >= nth;
        acked[serial++] = code == HM_OK;
        if (reached && code != HM_OK) {
            CHECK(code == HM_E_IO);
            CHECK(strlen(err.text) > 15);
            CHECK(kind != FAULT_FULL || strstr(err.text, "full") != NULL ||
                  strstr(err.text, "durable") != NULL || strstr(err.text, "I/O") != NULL);
        }
        fault_vfs_fail_at(0, kind, false);
        if (kind == FAULT_SYNC && code != HM_OK) {
            piece = numbered(serial, content); /* never tried again on this connection */
            CHECK_EQ(room_add(store, &piece, NULL, &err), HM_E_IO);
            CHECK(strstr(err.text, "open the casebook again") != NULL);
        }
        hmi_store_close(store);
        check_whole(acked, serial);
    }
    CHECK(!reached); /* the last one met no fault */
    CHECK(acked[serial - 1]);
    CHECK(serial >= 2);
}

TEST(a_failing_write_is_said_and_loses_nothing)
{
    fail_each(FAULT_IO, false);
    fail_each(FAULT_IO, true);
}

TEST(a_full_disk_is_said_and_loses_nothing)
{
    fail_each(FAULT_FULL, false);
    fail_each(FAULT_FULL, true);
}

TEST(a_failing_sync_is_said_and_never_tried_again)
{
    fail_each(FAULT_SYNC, false);
    fail_each(FAULT_SYNC, true);
}

TEST(evidence_that_cannot_be_written_is_not_acknowledged)
{
    static const int ERRORS[] = { EIO, ENOSPC };
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    incident = room_incident(store, "a");
    bool acked[NTH_MAX] = { false };
    uint32_t serial = 0;
    for (size_t e = 0; e < HMI_COUNT(ERRORS); e++) {
        bool reached = true;
        for (uint64_t nth = 1; reached && nth < 100; nth++) {
            char content[40];
            room_piece piece = numbered(serial, content);
            hmi_sealed_fail_at(nth, ERRORS[e], true);
            int code = room_add(store, &piece, NULL, &err);
            reached = hmi_sealed_calls() >= nth;
            hmi_sealed_fail_at(0, 0, false);
            CHECK((code == HM_OK) == !reached);
            CHECK(code == HM_OK || strlen(err.text) > 15);
            acked[serial] = code == HM_OK;
            CHECK_EQ(is_there(store, serial), code == HM_OK);
            serial++;
        }
        CHECK(!reached);
    }
    hmi_store_close(store);
    check_whole(acked, serial);
}

TEST(an_index_that_cannot_be_written_still_answers)
{
    hm_err err = { 0 };
    hmi_store *store = room_store("book");
    incident = room_incident(store, "a");
    char content[40];
    for (uint32_t i = 0; i < 200; i++) {
        room_piece piece = numbered(i, content);
        piece.keep = false;
        CHECK_OK(room_add(store, &piece, NULL, &err));
    }
    int64_t trait = 0, ids[2];
    size_t total = 0;
    CHECK_OK(hmi_trait_find(store, HMI_STRING, HM_TEXT("three"), &trait, &err));
    hmi_sealed_fail_at(1, ENOSPC, true);
    CHECK_OK(hmi_trait_incidents(store, trait, ids, 2, &total, &err));
    CHECK(total == 1 && ids[0] == incident);
    CHECK(hmi_sealed_calls() > 0);
    CHECK(hmi_store_settle(store, &err) < 0);
    hmi_sealed_fail_at(0, 0, false);
    CHECK_OK(hmi_store_settle(store, &err));
    CHECK_OK(hmi_trait_incidents(store, trait, ids, 2, &total, &err));
    CHECK_EQ(total, 1);
    hmi_store_close(store);
}

__attribute__((constructor)) static void install(void)
{
    fault_vfs_install();
}

RUN_TESTS()
