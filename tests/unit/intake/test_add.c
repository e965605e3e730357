/* SPDX-License-Identifier: Apache-2.0
 *
 * test_add.c - evidence into an incident: from the disk as from memory, and what a limit says.
 */
#include "../casebook/room.h"
#include "base/buf.h"
#include "intake/intake.h"

enum { LINES = 4000 };

static void write_log(const char *path)
{
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    for (unsigned i = 0; i < LINES; i++) {
        fprintf(file,
                "198.51.%u.%u - - [14/Nov/2023:22:%02u:%02u +0000] \"GET /page%u.html HTTP/1.1\" "
                "200 %u \"-\" \"Mozilla/5.0 (build %u)\"\n",
                i % 7, i % 199, i / 60 % 60, i % 60, i % 41, i, i % 97);
    }
    CHECK_EQ(fclose(file), 0);
}

static void hear(void *with, const hmi_outcome *outcome)
{
    *(hmi_outcome *)with = *outcome;
}

/* Every trait of the incident with its count, one a line. */
static void add_and_list(const char *book, const char *log, uint64_t spool_from, hmi_buf *ret_list)
{
    hm_err err = { 0 };
    hmi_store *store = room_store(book);
    int64_t incident = room_incident(store, "seoul");
    hmi_outcome outcome = { .verdict = HMI_VERDICT_UNREADABLE };
    hmi_intake_watch watch = { .with = &outcome, .outcome = hear };
    hmi_intake_totals totals = { 0 };
    hmi_add_options options = {
        .jail = { .workers_max = 1, .cpu_ms = 30000, .wall_ms = 60000, .allow_weak = true },
        .spool_from = spool_from
    };
    CHECK_OK(hmi_add(store, incident, &log, 1, &options, &watch, &totals, &err));
    CHECK_EQ(outcome.verdict, HMI_VERDICT_READ);
    CHECK_EQ(totals.read, 1);
    hmi_arena arena;
    hmi_arena_init(&arena, 16 << 20);
    hmi_incident_trait *traits = NULL;
    size_t count = 0;
    CHECK_OK(hmi_incident_traits(store, &arena, incident, &traits, &count, &err));
    for (size_t i = 0; i < count; i++) {
        hmi_buf_printf(ret_list, "%d %llu %.*s\n", (int)traits[i].class_id,
                       (unsigned long long)traits[i].count, HMI_FMT(traits[i].value));
    }
    hmi_arena_fini(&arena);
    hmi_store_close(store);
}

TEST(evidence_on_the_disk_gives_the_same_traits_as_in_memory)
{
    hmi_buf memory, disk;
    hmi_buf_init(&memory, 4 << 20);
    hmi_buf_init(&disk, 4 << 20);
    char log[400];
    snprintf(log, sizeof(log), "%s", room_path("access.log"));
    write_log(log);
    add_and_list("memory", log, 0, &memory);
    add_and_list("disk", log, 1, &disk);
    CHECK(memory.len > 1000);
    CHECK(hmi_bytes_eq(hmi_buf_bytes(&memory), hmi_buf_bytes(&disk)));
    /* Nothing of the spooled copy is left beside the casebook's own files. */
    CHECK(access(room_path("disk/casebook.db"), F_OK) == 0);
    CHECK(access(room_path("disk/tmp"), F_OK) != 0);
    hmi_buf_fini(&memory);
    hmi_buf_fini(&disk);
}

TEST(a_file_over_the_limit_is_named_and_not_read)
{
    hm_err err = { 0 };
    char log[400];
    snprintf(log, sizeof(log), "%s", room_path("access.log"));
    write_log(log);
    const char *path = log;
    hmi_store *store = room_store("small");
    int64_t incident = room_incident(store, "seoul");
    hmi_outcome outcome = { .verdict = HMI_VERDICT_READ };
    hmi_intake_watch watch = { .with = &outcome, .outcome = hear };
    hmi_intake_totals totals = { 0 };
    hmi_add_options options = { .jail = { .allow_weak = true }, .size_max = 1000, .spool_from = 1 };
    CHECK_OK(hmi_add(store, incident, &path, 1, &options, &watch, &totals, &err));
    CHECK_EQ(outcome.verdict, HMI_VERDICT_LIMIT);
    CHECK_EQ(outcome.reason.code, HM_E_LIMIT);
    CHECK_EQ(totals.bad, 1);
    hmi_store_close(store);
}

RUN_TESTS()
