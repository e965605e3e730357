/* SPDX-License-Identifier: Apache-2.0
 *
 * journal.h - everything that was ever added to or removed from collections, in order, durable.
 *
 * One file that only grows. A batch of objects is one record: whole or not there. The bytes of
 * each object are the sender's and are served from where they lie. An HM_OK of a write says that
 * it is on the disk.
 *
 * Threads: writers exclude each other; readers hold hmi_journal_read_begin/end around whatever
 * they look at, but for mapped bytes (raw, names), which stay until the journal is closed.
 */
#ifndef HMI_TAXII_JOURNAL_H
#define HMI_TAXII_JOURNAL_H

#include "base/buf.h"
#include "base/bytes.h"

enum {
    HMI_JOURNAL_SECRET = 32,
    HMI_JOURNAL_UUID = 36,
    HMI_JOURNAL_ROWS_MAX = 1 << 30,
    HMI_JOURNAL_BATCH_MAX = 1 << 20,
    HMI_JOURNAL_NAMES_MAX = 65536 /* distinct collections and partners */
};

typedef enum hmi_journal_kind {
    HMI_JOURNAL_ADD = 1,
    HMI_JOURNAL_REMOVE = 2,
    HMI_JOURNAL_POLICY = 3 /* from here on other rules hold for a partner */
} hmi_journal_kind;

enum {
    HMI_ROW_CONFLICT = 1, /* same id and version as an older one, other content: a claim */
    HMI_ROW_FAULTY = 2    /* stored although it breaks STIX */
};

/* One object version in one collection. */
typedef struct hmi_journal_row {
    const uint8_t *raw; /* mapped; a comma follows it */
    const char *names;  /* mapped: the id, then the version */
    int64_t version_us;
    uint32_t raw_len;
    uint16_t id_len, version_len;
    uint32_t collection, poster; /* numbers of names */
    uint32_t older;              /* 1 + the row before with this id in this collection, or 0 */
    uint32_t first;              /* the first row with this id in this collection */
    uint32_t added, removed;     /* 1 + event; removed 0: it is there */
    uint8_t spec;                /* 20 or 21 */
    uint8_t flags;
} hmi_journal_row;

typedef struct hmi_journal_event {
    hmi_journal_kind kind;
    int64_t time_us; /* the clock's; a POLICY is later than all before it */
    uint32_t collection, poster;
    uint32_t first, count; /* ADD: rows */
    const uint8_t *rows;   /* REMOVE: `count` little-endian row numbers; mapped */
    hm_bytes status;       /* ADD: the status resource; POLICY: the digest; mapped */
    const char *status_id; /* ADD: its UUID; mapped */
} hmi_journal_event;

/* An object to add. */
typedef struct hmi_journal_object {
    hm_bytes raw;
    hm_text id, version;
    int64_t version_us;
    uint8_t spec, flags;
} hmi_journal_object;

typedef struct hmi_journal hmi_journal;

static inline hm_text hmi_row_id(const hmi_journal_row *row)
{
    return hmi_text(row->names, row->id_len);
}

static inline hm_text hmi_row_version(const hmi_journal_row *row)
{
    return hmi_text(row->names + row->id_len, row->version_len);
}

/* Opens or makes FOLDER/journal. A record that a crash cut off at the end is dropped (it was never
 * acknowledged), damage elsewhere is HM_E_CORRUPT. HM_E_BUSY when another process has it. */
int hmi_journal_open(const char *folder, hmi_journal **ret_journal, hm_err *err);
void hmi_journal_close(hmi_journal *journal);
/* Random bytes that only this journal has: for signing cursors. */
const uint8_t *hmi_journal_secret(const hmi_journal *journal);

void hmi_journal_read_begin(hmi_journal *journal);
void hmi_journal_read_end(hmi_journal *journal);
size_t hmi_journal_row_count(const hmi_journal *journal);
size_t hmi_journal_event_count(const hmi_journal *journal);
const hmi_journal_row *hmi_journal_row_at(const hmi_journal *journal, uint32_t row);
const hmi_journal_event *hmi_journal_event_at(const hmi_journal *journal, size_t event);
/* Of an id, case ignored, in a collection. Seeded: nobody outside can make ids that meet. */
uint64_t hmi_journal_hash(uint32_t collection, hm_text id);
/* 1 + the newest row with this id (case ignored) in the collection, or 0. */
uint32_t hmi_journal_find(const hmi_journal *journal, uint32_t collection, hm_text id);
/* The ADD event with this status id, or NULL. */
const hmi_journal_event *hmi_journal_status(const hmi_journal *journal, hm_text status_id);
/* The number of a UUID: makes one. Callers are writers or hold no lock. */
int hmi_journal_number(hmi_journal *journal, hm_text uuid, uint32_t *ret, hm_err *err);

/* Writers: between begin and end nothing changes but by the caller. */
void hmi_journal_write_begin(hmi_journal *journal);
void hmi_journal_write_end(hmi_journal *journal);
/* `now_us` is kept as it is, though the clock went back. `status` may be empty. */
int hmi_journal_add(hmi_journal *journal, uint32_t collection, uint32_t poster, int64_t now_us,
                    hm_text status_id, hm_bytes status, const hmi_journal_object *objects,
                    size_t count, hm_err *err);
int hmi_journal_remove(hmi_journal *journal, uint32_t collection, uint32_t poster, int64_t now_us,
                       const uint32_t *rows, size_t count, hm_err *err);
int hmi_journal_policy(hmi_journal *journal, uint32_t partner, int64_t now_us, hm_bytes digest,
                       hm_err *err);

#endif
