/* SPDX-License-Identifier: Apache-2.0
 *
 * test_power.c - cuts the power, or kills, at any moment of taking evidence in.
 *
 *     test_power torn ROUNDS      a disk that loses, tears and truncates what was not synced
 *     test_power control ROUNDS   the same with synchronous=OFF: it must fail, or this test is none
 *     test_power kill ROUNDS      kill -9
 *
 * A child adds pieces, in every other round in groups, and says of each through a pipe that it was
 * acknowledged; then it dies. After each round the casebook must verify, with every acknowledged
 * piece in it.
 */
#include <signal.h>
#include <sys/wait.h>

#include "base/time.h"
#include "casebook/inside.h"
#include "engine/sqlite.h"
#include "vfs.h"
/* after the above: */
#include "../unit/casebook/room.h"

enum {
    PIECES_A_ROUND = 40,
    GROUP = 8,
    ROUNDS_A_BOOK = 25,
    CUT_WITHIN = 300,
    KILL_WITHIN_US = 200000
};

typedef enum mode { TORN, CONTROL, KILL } mode;

static uint64_t state = 1;

static uint64_t draw(void)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return state >> 33;
}

static int add_piece(hmi_store *store, int64_t incident, uint32_t serial, hm_err *err)
{
    char content[40], words[400] = "common shared";
    snprintf(content, sizeof(content), "piece-%u", serial);
    for (size_t i = 0; i < 20; i++) {
        size_t len = strlen(words);
        snprintf(words + len, sizeof(words) - len, " w%u-%zu", serial, i);
    }
    room_piece piece = {
        .incident = incident, .content = content, .words = words, .keep = serial % 4 == 0
    };
    return room_add(store, &piece, NULL, err);
}

static int add_group(hmi_store *store, int64_t incident, uint32_t first, uint32_t count, int out,
                     hm_err *err)
{
    if (count > 1) {
        hmi_group_begin(store);
    }
    for (uint32_t i = 0; i < count; i++) {
        HMI_TRY(add_piece(store, incident, first + i, err));
    }
    if (count > 1) {
        HMI_TRY(hmi_group_commit(store, err));
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t serial = first + i;
        if (write(out, &serial, sizeof(serial)) != sizeof(serial)) {
            return hmi_fail_errno(err, "cannot tell");
        }
    }
    return HM_OK;
}

/* Never returns. */
static void child(const char *where, mode how, uint32_t first, int out)
{
    hm_err err = { 0 };
    hmi_store *store = NULL;
    int64_t incident = 0;
    if (how != KILL) {
        fault_vfs_install();
        fault_vfs_cut_at(1 + draw() % CUT_WITHIN, draw());
    }
    if (hmi_store_open(where, NULL, &store, &err) != HM_OK) {
        fprintf(stderr, "child: %s\n", err.text);
        _exit(3);
    }
    if (how == CONTROL && sqlite3_exec(hmi_sqlite_handle(store->engine), "PRAGMA synchronous=OFF",
                                       NULL, NULL, NULL) != SQLITE_OK) {
        _exit(3);
    }
    if (hmi_incident_put(store, HM_TEXT("a"), &incident, &err) != HM_OK) {
        _exit(3);
    }
    const uint32_t group = first / PIECES_A_ROUND % 2 == 0 ? 1 : GROUP;
    for (uint32_t i = 0; i < PIECES_A_ROUND; i += group) {
        if (add_group(store, incident, first + i, group, out, &err) != HM_OK) {
            fprintf(stderr, "child: %s\n", err.text);
            _exit(3);
        }
    }
    _exit(0); /* without closing: the log stays */
}

static size_t collect(int in, pid_t pid, mode how, uint32_t *acks)
{
    size_t count = 0;
    if (how == KILL) {
        usleep((useconds_t)(draw() % KILL_WITHIN_US));
        kill(pid, SIGKILL);
    }
    while (count < PIECES_A_ROUND && read(in, &acks[count], sizeof(*acks)) == sizeof(*acks)) {
        count++;
    }
    int status = 0;
    waitpid(pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 3) {
        fprintf(stderr, "the child could not work\n");
    }
    return count;
}

static size_t faults_heard;
static void hear(void *with, hm_text sentence)
{
    (void)with;
    if (faults_heard++ < 3) {
        printf("    %.*s\n", HMI_FMT(sentence));
    }
}

/* How many of the acknowledged pieces are missing; SIZE_MAX when the casebook is broken. */
static size_t count_lost(const char *where, const uint32_t *acks, size_t count)
{
    hm_err err = { 0 };
    hmi_store *store = NULL;
    hmi_verify_report report;
    size_t lost = 0;
    if (hmi_store_open(where, NULL, &store, &err) != HM_OK) {
        printf("    cannot open: %s\n", err.text);
        return SIZE_MAX;
    }
    faults_heard = 0;
    int code = hmi_store_verify(store, hear, NULL, &report, &err);
    if (code != HM_OK || faults_heard > 0) {
        printf("    does not verify: %zu faults, %s\n", faults_heard, err.text);
        lost = SIZE_MAX;
    }
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    for (size_t i = 0; lost != SIZE_MAX && i < count; i++) {
        char content[40];
        snprintf(content, sizeof(content), "piece-%u", acks[i]);
        hmi_sha256 sha256 = hmi_sha256_of(hmi_text_bytes(hmi_text_of(content)));
        hmi_evidence found;
        bool there = hmi_evidence_find(store, &sha256, &arena, &found, &err) == HM_OK;
        lost += !there || found.trait_count != 22;
    }
    hmi_arena_fini(&arena);
    hmi_store_close(store);
    return lost;
}

static void new_book(const char *where)
{
    hm_err err = { 0 };
    room_remove(where);
    if (hmi_store_create(where, &err) != HM_OK) {
        fprintf(stderr, "%s\n", err.text);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: test_power torn|control|kill ROUNDS\n");
        return 2;
    }
    mode how = strcmp(argv[1], "torn") == 0      ? TORN
               : strcmp(argv[1], "control") == 0 ? CONTROL
                                                 : KILL;
    unsigned long rounds = strtoul(argv[2], NULL, 10);
    char where[300];
    snprintf(where, sizeof(where), "%s", room_path("book"));
    uint32_t acks[PIECES_A_ROUND], *all = calloc(rounds * PIECES_A_ROUND, sizeof(*all));
    size_t all_count = 0, acknowledged = 0, lost = 0, broken = 0;
    for (unsigned long round = 0; round < rounds; round++) {
        if (round % ROUNDS_A_BOOK == 0 || broken + lost > 0) {
            new_book(where);
            all_count = 0;
        }
        int ends[2];
        if (pipe(ends) != 0) {
            return 2;
        }
        fflush(stdout);
        pid_t pid = fork();
        if (pid == 0) {
            close(ends[0]);
            for (unsigned long i = 0; i <= round; i++) {
                (void)draw(); /* each round dies elsewhere */
            }
            child(where, how, (uint32_t)round * PIECES_A_ROUND, ends[1]);
        }
        close(ends[1]);
        size_t count = collect(ends[0], pid, how, acks);
        close(ends[0]);
        acknowledged += count;
        memcpy(all + all_count, acks, count * sizeof(*acks));
        all_count += count;
        size_t gone = count_lost(where, all, all_count);
        broken += gone == SIZE_MAX;
        lost += gone == SIZE_MAX ? 0 : gone;
        if (how != CONTROL && broken + lost > 0) {
            printf("round %lu\n", round);
            break;
        }
        if (how == CONTROL && broken + lost > 0) {
            break;
        }
    }
    free(all);
    printf("%s: %zu pieces acknowledged, %zu lost, %zu times broken\n", argv[1], acknowledged, lost,
           broken);
    if (how == CONTROL) {
        return broken + lost > 0 ? 0 : 1;
    }
    return broken + lost == 0 && acknowledged > 0 ? 0 : 1;
}
