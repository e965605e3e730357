/* SPDX-License-Identifier: Apache-2.0
 *
 * journal.c - an append-only file of batches, mapped, with what is needed to find things in memory.
 *
 * WHY    Pages are served as the very bytes that came in, from the page cache, and a batch is one
 *        write and one fdatasync. Objects of a batch lie one behind the other with commas between
 *        them: a page of a thousand is then a handful of slices.
 * FORM   file    head record*
 *        head    "HMTAXII1" secret[32] zeros to 64
 *        record  magic u32 | kind u32 | payload length u64 | time_us u64 | checksum u64 | payload |
 *                zeros to a multiple of 8          checksum: XXH3 of the 24 bytes before and
 * payload ADD     collection[36] poster[36] status id[36] count u32 | status length u32 | heads |
 *                names (id, version each) | raws (each with a comma) | status
 *        head    raw length u32 | id u16 | version u16 | version_us u64 | spec u8 | flags u8 | 0
 * u16 REMOVE  collection[36] poster[36] count u32 | row u32 ... POLICY  partner[36] digest
 *        Invariants: 1. POLICY is later than all before it; other times are the clock's, wherever
 *        it was set: to move one on for its neighbours would tell of neighbours that are hidden;
 *        2. a row's `older` is smaller than the row.
 * TRUST  The file may be damaged: lengths are checked against what is there, checksums before use.
 * OWNS   The file, its lock, its mapping, the tables.
 */
#include "taxii/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/lanes.h"
#include "base/num.h"
#include "base/time.h"

/* The year 9000. */
#define TIME_MAX_US INT64_C(221845392000000000)

enum {
    FILE_HEAD = 64,
    RECORD_HEAD = 32,
    MAGIC = 0x524d4854,
    OBJECT_HEAD = 20,
    ADD_HEAD = 3 * HMI_JOURNAL_UUID + 8,
    REMOVE_HEAD = 2 * HMI_JOURNAL_UUID + 4,
    PATH_MAX_LEN = 4096,
    FIRST_TABLE = 1024,
    ID_USUAL = 80,
    ID_HASHED_MAX = 512
};

#define HMI_JOURNAL_BYTES_MAX (UINT64_C(1) << 38) /* and as much address space */

static const char FILE_MAGIC[] = "HMTAXII1";

/* The newest row of an id. The tag tells ids apart without a look at their bytes. */
typedef struct id_slot {
    uint32_t tag; /* of the id's hash, which is a place too */
    uint32_t row; /* 1 + number; 0: empty */
} id_slot;

struct hmi_journal {
    int fd;
    uint64_t size;
    const uint8_t *map;
    uint8_t secret[HMI_JOURNAL_SECRET];
    pthread_rwlock_t lock;
    pthread_mutex_t writers;
    hmi_journal_row *rows;
    size_t row_count, row_room;
    hmi_journal_event *events;
    size_t event_count, event_room;
    id_slot *slots; /* a power of two of them */
    size_t slot_count, slot_used;
    uint32_t *status_slots; /* event + 1 */
    size_t status_slot_count, status_used;
    char (*names)[HMI_JOURNAL_UUID];
    uint32_t name_count, name_room;
    int64_t latest_us; /* of all events */
    bool broken;       /* the disk refused: no more writing */
    hmi_buf record;
};

/* -- Little-endian. */

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t get64(const uint8_t *p)
{
    return get32(p) | (uint64_t)get32(p + 4) << 32;
}

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static void put64(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++) {
        p[i] = (uint8_t)(v >> 8 * i);
    }
}

/* -- Tables. */

static int grow(void **array, size_t count, size_t *room, size_t size, hm_err *err)
{
    if (count < *room) {
        return HM_OK;
    }
    size_t more = *room < 64 ? 64 : *room * 2;
    void *grown = reallocarray(*array, more, size);
    if (grown == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for the journal's tables");
    }
    *array = grown;
    *room = more;
    return HM_OK;
}

/* Nearly every id is short: a large buffer would be cleared for each of them. */
static uint64_t hash_lower(hm_text id, char *lower, uint64_t seed)
{
    if (id.len < HMI_LANES) {
        for (size_t i = 0; i < id.len; i++) {
            lower[i] = hmi_ascii_lower(id.ptr[i]);
        }
        return hmi_xxh3(hmi_bytes(lower, id.len), seed);
    }
    for (size_t at = 0; at < id.len; at += HMI_LANES) {
        size_t from = hmi_min(at, id.len - HMI_LANES); /* the last ones twice */
        hmi_lanes c = hmi_lanes_lower(hmi_lanes_at(id.ptr + from));
        memcpy(lower + from, &c, sizeof(c));
    }
    return hmi_xxh3(hmi_bytes(lower, id.len), seed);
}

static uint64_t hash_long(hm_text id, uint64_t seed)
{
    char lower[ID_HASHED_MAX];
    return hash_lower(hmi_text_slice(id, 0, hmi_min(id.len, sizeof(lower))), lower, seed);
}

uint64_t hmi_journal_hash(uint32_t collection, hm_text id)
{
    char lower[ID_USUAL];
    uint64_t seed = hmi_hash_seed() ^ collection;
    return id.len <= sizeof(lower) ? hash_lower(id, lower, seed) : hash_long(id, seed);
}

static bool is_same(const hmi_journal *j, uint32_t row, uint32_t collection, hm_text id)
{
    const hmi_journal_row *r = &j->rows[row];
    return r->collection == collection && hmi_text_ieq(hmi_row_id(r), id);
}

static size_t find_slot(const hmi_journal *j, uint32_t collection, hm_text id, uint32_t *ret_tag)
{
    uint32_t tag = (uint32_t)hmi_journal_hash(collection, id);
    size_t mask = j->slot_count - 1, at = tag & mask;
    while (j->slots[at].row != 0 &&
           (j->slots[at].tag != tag || !is_same(j, j->slots[at].row - 1, collection, id))) {
        at = (at + 1) & mask;
    }
    *ret_tag = tag;
    return at;
}

static int widen_slots(hmi_journal *j, hm_err *err)
{
    if ((j->slot_used + 1) * 4 <= j->slot_count * 3) {
        return HM_OK;
    }
    size_t count = j->slot_count == 0 ? FIRST_TABLE : j->slot_count * 2;
    id_slot *old = j->slots, *slots = calloc(count, sizeof(*slots));
    size_t old_count = j->slot_count;
    if (slots == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for the journal's index");
    }
    j->slots = slots;
    j->slot_count = count;
    for (size_t i = 0; i < old_count; i++) {
        size_t at = old[i].tag & (count - 1);
        while (old[i].row != 0 && slots[at].row != 0) {
            at = (at + 1) & (count - 1);
        }
        slots[at] = old[i].row != 0 ? old[i] : slots[at];
    }
    free(old);
    return HM_OK;
}

static size_t status_slot(const hmi_journal *j, hm_text id)
{
    size_t mask = j->status_slot_count - 1;
    size_t at = (size_t)hmi_xxh3(hmi_text_bytes(id), hmi_hash_seed()) & mask;
    while (j->status_slots[at] != 0 &&
           memcmp(j->events[j->status_slots[at] - 1].status_id, id.ptr, HMI_JOURNAL_UUID) != 0) {
        at = (at + 1) & mask;
    }
    return at;
}

static int widen_statuses(hmi_journal *j, hm_err *err)
{
    if ((j->status_used + 1) * 2 <= j->status_slot_count) {
        return HM_OK;
    }
    size_t count = j->status_slot_count == 0 ? FIRST_TABLE : j->status_slot_count * 2;
    uint32_t *old = j->status_slots, *slots = calloc(count, sizeof(*slots));
    size_t old_count = j->status_slot_count;
    if (slots == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for the journal's index");
    }
    j->status_slots = slots;
    j->status_slot_count = count;
    for (size_t i = 0; i < old_count; i++) {
        if (old[i] != 0) {
            hm_text id = hmi_text(j->events[old[i] - 1].status_id, HMI_JOURNAL_UUID);
            j->status_slots[status_slot(j, id)] = old[i];
        }
    }
    free(old);
    return HM_OK;
}

static int number_of(hmi_journal *j, const char *uuid, uint32_t *ret, hm_err *err)
{
    for (uint32_t i = 0; i < j->name_count; i++) {
        if (memcmp(j->names[i], uuid, HMI_JOURNAL_UUID) == 0) {
            *ret = i;
            return HM_OK;
        }
    }
    if (j->name_count == HMI_JOURNAL_NAMES_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "too many collections and partners");
    }
    size_t room = j->name_room;
    void *names = j->names;
    HMI_TRY(grow(&names, j->name_count, &room, HMI_JOURNAL_UUID, err));
    j->names = names;
    j->name_room = (uint32_t)room;
    memcpy(j->names[j->name_count], uuid, HMI_JOURNAL_UUID);
    *ret = j->name_count++;
    return HM_OK;
}

/* -- One record into the tables. Everything it says was checksummed, and is checked all the same.
 */

static int damaged(hm_err *err, uint64_t offset)
{
    return hmi_fail(err, HM_E_CORRUPT, offset, "the journal of collections is damaged");
}

static int enter_row(hmi_journal *j, const hmi_journal_row *row, hm_err *err)
{
    if (j->row_count >= HMI_JOURNAL_ROWS_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "the journal is full");
    }
    void *rows = j->rows;
    HMI_TRY(grow(&rows, j->row_count, &j->row_room, sizeof(*j->rows), err));
    j->rows = rows;
    HMI_TRY(widen_slots(j, err));
    uint32_t tag, number = (uint32_t)j->row_count;
    id_slot *to = &j->slots[find_slot(j, row->collection, hmi_row_id(row), &tag)];
    j->rows[number] = *row;
    j->rows[number].older = to->row;
    j->rows[number].first = to->row != 0 ? j->rows[to->row - 1].first : number;
    j->slot_used += to->row == 0;
    *to = (id_slot){ tag, number + 1 };
    j->row_count++;
    return HM_OK;
}

static int enter_status(hmi_journal *j, hm_err *err)
{
    HMI_TRY(widen_statuses(j, err));
    hm_text id = hmi_text(j->events[j->event_count].status_id, HMI_JOURNAL_UUID);
    size_t slot = status_slot(j, id);
    j->status_used += j->status_slots[slot] == 0;
    j->status_slots[slot] = (uint32_t)j->event_count + 1;
    return HM_OK;
}

static int enter_add(hmi_journal *j, hmi_journal_event *e, hm_bytes p, uint64_t at, hm_err *err)
{
    if (p.len < ADD_HEAD) {
        return damaged(err, at);
    }
    const char *head = (const char *)p.ptr;
    HMI_TRY(number_of(j, head, &e->collection, err));
    HMI_TRY(number_of(j, head + HMI_JOURNAL_UUID, &e->poster, err));
    e->status_id = head + 2 * HMI_JOURNAL_UUID;
    e->count = get32(p.ptr + ADD_HEAD - 8);
    uint64_t status_len = get32(p.ptr + ADD_HEAD - 4);
    uint64_t heads = (uint64_t)e->count * OBJECT_HEAD, names = 0, raws = 0;
    if (e->count > HMI_JOURNAL_BATCH_MAX || !hmi_inside(ADD_HEAD, heads, p.len)) {
        return damaged(err, at);
    }
    for (uint32_t i = 0; i < e->count; i++) {
        const uint8_t *h = p.ptr + ADD_HEAD + (size_t)i * OBJECT_HEAD;
        raws += (uint64_t)get32(h) + 1;
        names += (uint64_t)get16(h + 4) + get16(h + 6);
    }
    if (ADD_HEAD + heads + names + raws + status_len != p.len) {
        return damaged(err, at);
    }
    const uint8_t *name = p.ptr + ADD_HEAD + heads, *raw = name + names;
    e->first = (uint32_t)j->row_count;
    e->status = hmi_bytes(raw + raws, (size_t)status_len);
    for (uint32_t i = 0; i < e->count; i++) {
        const uint8_t *h = p.ptr + ADD_HEAD + (size_t)i * OBJECT_HEAD;
        hmi_journal_row row = { .raw = raw,
                                .raw_len = get32(h),
                                .names = (const char *)name,
                                .id_len = get16(h + 4),
                                .version_len = get16(h + 6),
                                .version_us = (int64_t)get64(h + 8),
                                .spec = h[16],
                                .flags = h[17],
                                .collection = e->collection,
                                .poster = e->poster,
                                .added = (uint32_t)j->event_count + 1 };
        HMI_TRY(enter_row(j, &row, err));
        name += row.id_len + row.version_len;
        raw += row.raw_len + 1;
    }
    return enter_status(j, err);
}

static int enter_remove(hmi_journal *j, hmi_journal_event *e, hm_bytes p, uint64_t at, hm_err *err)
{
    if (p.len < REMOVE_HEAD) {
        return damaged(err, at);
    }
    HMI_TRY(number_of(j, (const char *)p.ptr, &e->collection, err));
    HMI_TRY(number_of(j, (const char *)p.ptr + HMI_JOURNAL_UUID, &e->poster, err));
    e->count = get32(p.ptr + REMOVE_HEAD - 4);
    e->rows = p.ptr + REMOVE_HEAD;
    if (REMOVE_HEAD + (uint64_t)e->count * 4 != p.len) {
        return damaged(err, at);
    }
    for (uint32_t i = 0; i < e->count; i++) {
        uint32_t row = get32(e->rows + (size_t)i * 4);
        if (row >= j->row_count) {
            return damaged(err, at);
        }
        j->rows[row].removed = (uint32_t)j->event_count + 1;
    }
    return HM_OK;
}

static int enter_policy(hmi_journal *j, hmi_journal_event *e, hm_bytes p, uint64_t at, hm_err *err)
{
    if (p.len < HMI_JOURNAL_UUID) {
        return damaged(err, at);
    }
    HMI_TRY(number_of(j, (const char *)p.ptr, &e->poster, err));
    e->status = hmi_slice(p, HMI_JOURNAL_UUID, p.len);
    return HM_OK;
}

static int enter(hmi_journal *j, uint64_t at, hm_err *err)
{
    const uint8_t *r = j->map + at;
    hm_bytes payload = hmi_bytes(r + RECORD_HEAD, (size_t)get64(r + 8));
    hmi_journal_event e = { .kind = (hmi_journal_kind)get32(r + 4),
                            .time_us = (int64_t)get64(r + 16) };
    void *events = j->events;
    HMI_TRY(grow(&events, j->event_count, &j->event_room, sizeof(*j->events), err));
    j->events = events;
    j->events[j->event_count] = e;
    int code;
    hmi_journal_event *slot = &j->events[j->event_count];
    switch (e.kind) {
    case HMI_JOURNAL_ADD:
        code = enter_add(j, slot, payload, at, err);
        break;
    case HMI_JOURNAL_REMOVE:
        code = enter_remove(j, slot, payload, at, err);
        break;
    case HMI_JOURNAL_POLICY:
        code = enter_policy(j, slot, payload, at, err);
        break;
    default:
        code = damaged(err, at);
    }
    if (code == HM_OK) {
        j->event_count++;
        j->latest_us = e.time_us > j->latest_us ? e.time_us : j->latest_us;
    }
    return code;
}

/* -- Opening. */

static uint64_t checksum(const uint8_t *record, size_t payload)
{
    uint64_t head = hmi_xxh3(hmi_bytes(record, RECORD_HEAD - 8), 0);
    return hmi_xxh3(hmi_bytes(record + RECORD_HEAD, payload), head);
}

static uint64_t padded(uint64_t len)
{
    return (len + 7) & ~UINT64_C(7);
}

/* HM_OK and *ret_end, or HM_E_TRUNCATED when the record is not whole. */
static int look_at(const hmi_journal *j, uint64_t at, uint64_t *ret_end, hm_err *err)
{
    uint64_t left = j->size - at;
    if (left < RECORD_HEAD) {
        return HM_E_TRUNCATED;
    }
    const uint8_t *r = j->map + at;
    uint64_t len = get64(r + 8);
    if (get32(r) != MAGIC) {
        /* A crash may leave a file that is longer than what was written: then it is zeros. */
        for (uint64_t i = 0; i < left; i++) {
            if (r[i] != 0) {
                return damaged(err, at);
            }
        }
        return HM_E_TRUNCATED;
    }
    if (len > left - RECORD_HEAD || padded(len) > left - RECORD_HEAD) {
        return HM_E_TRUNCATED;
    }
    uint64_t end = at + RECORD_HEAD + padded(len);
    if (checksum(r, (size_t)len) != get64(r + 24)) {
        return end == j->size ? HM_E_TRUNCATED : damaged(err, at);
    }
    if ((int64_t)get64(r + 16) > TIME_MAX_US || (int64_t)get64(r + 16) < 0) {
        return damaged(err, at); /* room for the dates that follow from it */
    }
    *ret_end = end;
    return HM_OK;
}

static int read_all(hmi_journal *j, hm_err *err)
{
    uint64_t at = FILE_HEAD;
    while (at < j->size) {
        uint64_t end = 0;
        int code = look_at(j, at, &end, err);
        if (code == HM_E_TRUNCATED) {
            if (ftruncate(j->fd, (off_t)at) != 0 || fsync(j->fd) != 0) {
                return hmi_fail_errno(err, "cannot drop the unfinished end of the journal");
            }
            j->size = at;
            return HM_OK;
        }
        HMI_TRY(code);
        HMI_TRY(enter(j, at, err));
        at = end;
    }
    return HM_OK;
}

static int write_all(int fd, hm_bytes bytes, uint64_t at)
{
    while (bytes.len > 0) {
        ssize_t wrote = pwrite(fd, bytes.ptr, bytes.len, (off_t)at);
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            return HM_E_IO;
        }
        at += (uint64_t)wrote;
        bytes = hmi_bytes(bytes.ptr + wrote, bytes.len - (size_t)wrote);
    }
    return HM_OK;
}

static int make_head(hmi_journal *j, const char *folder, hm_err *err)
{
    uint8_t head[FILE_HEAD] = { 0 };
    memcpy(head, FILE_MAGIC, 8);
    if (getentropy(head + 8, HMI_JOURNAL_SECRET) != 0) {
        return hmi_fail_errno(err, "no random bytes");
    }
    int parent = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = parent >= 0 && write_all(j->fd, hmi_bytes(head, sizeof(head)), 0) == HM_OK &&
                fsync(j->fd) == 0 && fsync(parent) == 0;
    int code = good ? HM_OK : hmi_fail_errno(err, "cannot begin a journal in \"%s\"", folder);
    if (parent >= 0) {
        close(parent);
    }
    j->size = FILE_HEAD;
    return code;
}

static int open_file(hmi_journal *j, const char *folder, hm_err *err)
{
    char path[PATH_MAX_LEN];
    if (snprintf(path, sizeof(path), "%s/journal", folder) >= (int)sizeof(path)) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "the path is too long");
    }
    j->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (j->fd < 0) {
        return hmi_fail_errno(err, "\"%s\"", path);
    }
    if (flock(j->fd, LOCK_EX | LOCK_NB) != 0) {
        return hmi_fail(err, HM_E_BUSY, HM_OFFSET_NONE, "another process uses \"%s\"", path);
    }
    struct stat st;
    if (fstat(j->fd, &st) != 0) {
        return hmi_fail_errno(err, "\"%s\"", path);
    }
    j->size = (uint64_t)st.st_size;
    return j->size < FILE_HEAD ? make_head(j, folder, err) : HM_OK;
}

static int map_and_read(hmi_journal *j, hm_err *err)
{
    void *map = mmap(NULL, HMI_JOURNAL_BYTES_MAX, PROT_READ, MAP_SHARED | MAP_NORESERVE, j->fd, 0);
    if (map == MAP_FAILED) {
        return hmi_fail_errno(err, "cannot map the journal");
    }
    j->map = map;
    if (j->size > HMI_JOURNAL_BYTES_MAX || memcmp(j->map, FILE_MAGIC, 8) != 0) {
        return damaged(err, 0);
    }
    memcpy(j->secret, j->map + 8, sizeof(j->secret));
    return read_all(j, err);
}

int hmi_journal_open(const char *folder, hmi_journal **ret_journal, hm_err *err)
{
    hmi_journal *j = calloc(1, sizeof(*j));
    if (j == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory");
    }
    j->fd = -1;
    j->latest_us = 0;
    pthread_rwlockattr_t fair;
    pthread_rwlockattr_init(&fair);
    pthread_rwlockattr_setkind_np(&fair, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&j->lock, &fair);
    pthread_rwlockattr_destroy(&fair);
    pthread_mutex_init(&j->writers, NULL);
    hmi_buf_init(&j->record, 0);
    int code = widen_slots(j, err);
    code = code == HM_OK ? widen_statuses(j, err) : code;
    code = code == HM_OK ? open_file(j, folder, err) : code;
    code = code == HM_OK ? map_and_read(j, err) : code;
    if (code != HM_OK) {
        hmi_journal_close(j);
        return code;
    }
    *ret_journal = j;
    return HM_OK;
}

void hmi_journal_close(hmi_journal *j)
{
    if (j == NULL) {
        return;
    }
    if (j->map != NULL) {
        munmap((void *)(uintptr_t)j->map, HMI_JOURNAL_BYTES_MAX);
    }
    if (j->fd >= 0) {
        close(j->fd);
    }
    pthread_rwlock_destroy(&j->lock);
    pthread_mutex_destroy(&j->writers);
    hmi_buf_fini(&j->record);
    free(j->rows);
    free(j->events);
    free(j->slots);
    free(j->status_slots);
    free(j->names);
    free(j);
}

/* -- Looking. */

const uint8_t *hmi_journal_secret(const hmi_journal *journal)
{
    return journal->secret;
}

void hmi_journal_read_begin(hmi_journal *journal)
{
    pthread_rwlock_rdlock(&journal->lock);
}

void hmi_journal_read_end(hmi_journal *journal)
{
    pthread_rwlock_unlock(&journal->lock);
}

size_t hmi_journal_row_count(const hmi_journal *journal)
{
    return journal->row_count;
}

size_t hmi_journal_event_count(const hmi_journal *journal)
{
    return journal->event_count;
}

const hmi_journal_row *hmi_journal_row_at(const hmi_journal *journal, uint32_t row)
{
    hmi_assert(row < journal->row_count);
    return &journal->rows[row];
}

const hmi_journal_event *hmi_journal_event_at(const hmi_journal *journal, size_t event)
{
    hmi_assert(event < journal->event_count);
    return &journal->events[event];
}

uint32_t hmi_journal_find(const hmi_journal *journal, uint32_t collection, hm_text id)
{
    uint32_t tag;
    return journal->slots[find_slot(journal, collection, id, &tag)].row;
}

const hmi_journal_event *hmi_journal_status(const hmi_journal *journal, hm_text status_id)
{
    if (status_id.len != HMI_JOURNAL_UUID) {
        return NULL;
    }
    uint32_t event = journal->status_slots[status_slot(journal, status_id)];
    return event != 0 ? &journal->events[event - 1] : NULL;
}

int hmi_journal_number(hmi_journal *journal, hm_text uuid, uint32_t *ret, hm_err *err)
{
    hmi_assert(uuid.len == HMI_JOURNAL_UUID);
    pthread_rwlock_wrlock(&journal->lock);
    int code = number_of(journal, uuid.ptr, ret, err);
    pthread_rwlock_unlock(&journal->lock);
    return code;
}

/* -- Writing. */

void hmi_journal_write_begin(hmi_journal *journal)
{
    pthread_mutex_lock(&journal->writers);
}

void hmi_journal_write_end(hmi_journal *journal)
{
    pthread_mutex_unlock(&journal->writers);
}

static hmi_buf *begin_record(hmi_journal *j, hmi_journal_kind kind)
{
    hmi_buf_clear(&j->record);
    hmi_buf_add_u32(&j->record, MAGIC);
    hmi_buf_add_u32(&j->record, kind);
    for (int i = 0; i < 3; i++) {
        hmi_buf_add_u64(&j->record, 0);
    }
    return &j->record;
}

/* Writes, makes durable, then lets readers see it. After a failure nothing of it stays. */
static int end_record(hmi_journal *j, int64_t now_us, hm_err *err)
{
    if (j->broken) {
        return hmi_fail(err, HM_E_IO, HM_OFFSET_NONE,
                        "the disk refused to make the journal durable; check it and start again");
    }
    HMI_TRY(hmi_buf_check(&j->record, err));
    uint8_t *r = j->record.ptr;
    size_t payload = j->record.len - RECORD_HEAD;
    put64(r + 8, payload);
    put64(r + 16, (uint64_t)(now_us < 0 ? 0 : now_us < TIME_MAX_US ? now_us : TIME_MAX_US));
    put64(r + 24, checksum(r, payload));
    while (j->record.len % 8 != 0) {
        hmi_buf_add_u8(&j->record, 0);
    }
    HMI_TRY(hmi_buf_check(&j->record, err));
    if (j->size + j->record.len > HMI_JOURNAL_BYTES_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "the journal is full");
    }
    uint64_t at = j->size;
    if (write_all(j->fd, hmi_buf_bytes(&j->record), at) != HM_OK || fdatasync(j->fd) != 0) {
        int code = hmi_fail_errno(err, "cannot write the journal");
        /* After a failed sync the kernel may have dropped what it had: no second try. */
        j->broken = ftruncate(j->fd, (off_t)at) != 0 || fdatasync(j->fd) != 0 || errno == EIO;
        return code;
    }
    pthread_rwlock_wrlock(&j->lock);
    j->size += j->record.len;
    int code = enter(j, at, err);
    pthread_rwlock_unlock(&j->lock);
    j->broken |= code != HM_OK; /* on the disk but not in memory: only opening anew is right */
    return code;
}

static void add_name(const hmi_journal *j, hmi_buf *out, uint32_t number)
{
    hmi_assert(number < j->name_count);
    hmi_buf_add(out, hmi_bytes(j->names[number], HMI_JOURNAL_UUID));
}

int hmi_journal_add(hmi_journal *j, uint32_t collection, uint32_t poster, int64_t now_us,
                    hm_text status_id, hm_bytes status, const hmi_journal_object *objects,
                    size_t count, hm_err *err)
{
    hmi_assert(status_id.len == HMI_JOURNAL_UUID && count <= HMI_JOURNAL_BATCH_MAX);
    hmi_buf *out = begin_record(j, HMI_JOURNAL_ADD);
    add_name(j, out, collection);
    add_name(j, out, poster);
    hmi_buf_add_text(out, status_id);
    hmi_buf_add_u32(out, (uint32_t)count);
    hmi_buf_add_u32(out, (uint32_t)status.len);
    for (size_t i = 0; i < count; i++) {
        const hmi_journal_object *o = &objects[i];
        hmi_assert(o->id.len <= UINT16_MAX && o->version.len <= UINT16_MAX);
        hmi_buf_add_u32(out, (uint32_t)o->raw.len);
        hmi_buf_add_u16(out, (uint16_t)o->id.len);
        hmi_buf_add_u16(out, (uint16_t)o->version.len);
        hmi_buf_add_u64(out, (uint64_t)o->version_us);
        hmi_buf_add_u8(out, o->spec);
        hmi_buf_add_u8(out, o->flags);
        hmi_buf_add_u16(out, 0);
    }
    for (size_t i = 0; i < count; i++) {
        hmi_buf_add_text(out, objects[i].id);
        hmi_buf_add_text(out, objects[i].version);
    }
    for (size_t i = 0; i < count; i++) {
        hmi_buf_add(out, objects[i].raw);
        hmi_buf_add_char(out, ',');
    }
    hmi_buf_add(out, status);
    return end_record(j, now_us, err);
}

int hmi_journal_remove(hmi_journal *j, uint32_t collection, uint32_t poster, int64_t now_us,
                       const uint32_t *rows, size_t count, hm_err *err)
{
    hmi_assert(count <= HMI_JOURNAL_BATCH_MAX);
    hmi_buf *out = begin_record(j, HMI_JOURNAL_REMOVE);
    add_name(j, out, collection);
    add_name(j, out, poster);
    hmi_buf_add_u32(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        hmi_buf_add_u32(out, rows[i]);
    }
    return end_record(j, now_us, err);
}

int hmi_journal_policy(hmi_journal *j, uint32_t partner, int64_t now_us, hm_bytes digest,
                       hm_err *err)
{
    hmi_buf *out = begin_record(j, HMI_JOURNAL_POLICY);
    add_name(j, out, partner);
    hmi_buf_add(out, digest);
    return end_record(j, now_us > j->latest_us ? now_us : j->latest_us + 1, err);
}
