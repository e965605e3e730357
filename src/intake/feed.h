/* SPDX-License-Identifier: Apache-2.0
 *
 * feed.h - pieces of evidence through the jail, and the files inside them after them.
 *
 * The feed keeps the jail's places full, gathers the members that workers hand back and reads them
 * next, one level deeper, before it asks for more from outside. What to do with the answers is the
 * owner's business (add.c stores them, learn.c counts them): it gives two functions.
 */
#ifndef HMI_INTAKE_FEED_H
#define HMI_INTAKE_FEED_H

#include "base/hash.h"
#include "intake/apart.h"
#include "jail/jail.h"

enum { HMI_FEED_DEPTH_MAX = 8, HMI_FEED_IDLE_MS = 50 };

typedef struct hmi_feed hmi_feed;

typedef struct hmi_feed_piece {
    hm_bytes path; /* for people: "folder/a.zip/inner.exe"; data */
    hm_bytes name; /* its last part */
    int fd;        /* sealed memfd, lent for begin() and end() */
    uint64_t size;
    hmi_sha256 sha256;
    int64_t modified_us; /* HMI_TIME_NONE for members */
    uint32_t depth;      /* 0 for files on the disk */
    int64_t parent;      /* what end() answered for its container, 0 at depth 0 */
    void *state;         /* the owner's, from begin() to end() */
} hmi_feed_piece;

typedef struct hmi_feed_owner {
    void *with;
    /* Before the reading. *ret_sink NULL: no need to read it (it is known); end() is not called.
     * A negative code stops everything. */
    int (*begin)(void *with, hmi_feed_piece *piece, hmi_sink **ret_sink, hm_err *err);
    /* After it, whatever the verdict. `members` files were inside: *ret_id names the piece as their
     * parent; 0: drop them. */
    int (*end)(void *with, hmi_feed_piece *piece, const hmi_job_done *done, size_t members,
               int64_t *ret_id, hm_err *err);
    /* All members of the piece that end() named `id`, and all of theirs, have ended. */
    int (*complete)(void *with, int64_t id, hm_err *err);
    /* Instead of end(), for what is still in the jail when the feed is freed early. */
    void (*drop)(void *with, hmi_feed_piece *piece);
    /* Called when nothing has ended for HMI_FEED_IDLE_MS: what was put off need not wait longer.
     * NULL: nothing is put off. */
    int (*idle)(void *with, hm_err *err);
    /* Asked between pieces; true ends with HM_E_CANCELLED. NULL: never. */
    bool (*cancelled)(void *with);
} hmi_feed_owner;

typedef struct hmi_feed_options {
    uint32_t depth_max; /* 0: HMI_FEED_DEPTH_MAX */
    const hm_text *passwords;
    size_t password_count;
    hmi_apart apart; /* its folder NULL: what is compressed comes back as any member does */
} hmi_feed_options;

/* The jail is borrowed and must have no other user meanwhile. */
int hmi_feed_new(hmi_jail *jail, const hmi_feed_options *options, const hmi_feed_owner *owner,
                 hmi_feed **ret_feed, hm_err *err);
/* Takes the sealed memfd over (closes it, also on failure). Returns when the piece is under way;
 * earlier pieces may end during the call. */
int hmi_feed_push(hmi_feed *feed, hm_bytes path, int fd, uint64_t size, const hmi_sha256 *sha256,
                  int64_t modified_us, hm_err *err);
/* Until everything pushed, and everything inside it, has ended. */
int hmi_feed_finish(hmi_feed *feed, hm_err *err);
void hmi_feed_free(hmi_feed *feed);

#endif
