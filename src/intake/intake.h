/* SPDX-License-Identifier: Apache-2.0
 *
 * intake.h - folders of evidence into a casebook, and folders of harmless files into its baseline.
 *
 * Both walk the paths (walk.h), seal each file into memory, name it by SHA-256, skip what is known,
 * send the rest through the jail (feed.h) and store what comes back, piece by piece. Bad
 * input costs its own piece: it gets a verdict and a reason, and the rest of the batch goes on.
 *
 * Threads: one thread per store and jail.
 */
#ifndef HMI_INTAKE_INTAKE_H
#define HMI_INTAKE_INTAKE_H

#include "casebook/store.h"
#include "jail/jail.h"

#define HMI_EVIDENCE_SIZE_MAX (UINT64_C(64) << 30)

/* What became of one piece, members included. */
typedef struct hmi_outcome {
    hm_bytes path; /* data: show it escaped */
    uint64_t size;
    uint32_t depth; /* 0: a file; more: inside another */
    bool known;     /* read before: only linked */
    bool skipped;   /* not evidence: a link, a socket, a directory loop */
    hmi_verdict verdict;
    hm_err reason; /* unless verdict is READ */
    uint64_t traits;
    int64_t evidence; /* 0 when nothing was stored */
} hmi_outcome;

typedef struct hmi_intake_totals {
    uint64_t files, pieces; /* found on the disk; with those inside them */
    uint64_t read, partial, known, unknown, bad, skipped;
    uint64_t bytes, traits;
} hmi_intake_totals;

/* How the caller follows along. Every member may be NULL. */
typedef struct hmi_intake_watch {
    void *with;
    void (*outcome)(void *with, const hmi_outcome *outcome);
    /* After each file; `files_all` 0 while it is not known. */
    void (*progress)(void *with, const hmi_intake_totals *so_far, uint64_t files_all);
    bool (*cancelled)(void *with);
} hmi_intake_watch;

typedef struct hmi_add_options {
    hmi_jail_options jail;
    const hm_text *passwords; /* for containers, tried in order, after none */
    size_t password_count;
    uint64_t size_max;   /* larger files are not read; 0: HMI_EVIDENCE_SIZE_MAX */
    uint64_t spool_from; /* longer files are read from the disk, not from memory; 0: 32 MiB */
    uint32_t depth_max;  /* containers in containers; 0: HMI_FEED_DEPTH_MAX */
    bool no_keep;        /* store what was read, not the bytes */
    bool again;          /* read known evidence once more */
    hm_bytes as;         /* of one file: what it is called, instead of its path; empty: its path */
} hmi_add_options;

/* HM_OK when every piece got its verdict, good or bad: *ret_totals tells. Negative: the casebook
 * or the jail failed, or HM_E_CANCELLED; what was acknowledged is stored even then. */
int hmi_add(hmi_store *store, int64_t incident, const char *const *paths, size_t path_count,
            const hmi_add_options *options, const hmi_intake_watch *watch,
            hmi_intake_totals *ret_totals, hm_err *err);

typedef struct hmi_learn_options {
    hmi_jail_options jail;
    uint64_t size_max;
    uint64_t files_max; /* an even choice of this many of the files found; 0: all */
} hmi_learn_options;

/* Every trait of the files is common in the harmless world from now on. Resumes by itself: files
 * learned before are not read again; an interruption loses at most the last batch. */
int hmi_learn(hmi_store *store, const char *const *paths, size_t path_count,
              const hmi_learn_options *options, const hmi_intake_watch *watch,
              hmi_intake_totals *ret_totals, hm_err *err);

#endif
