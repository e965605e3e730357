/* SPDX-License-Identifier: Apache-2.0
 *
 * learn.c - harmless files into the baseline.
 *
 * WHY    Rarity is measured, never guessed: what half of /usr/bin carries says nothing about an
 *        attack. Harmless files go through the same jail as evidence: a mirror may be poisoned.
 * FORM   Batches of BATCH_FILES; each batch is on the disk, searchable and remembered when it is
 *        committed. An interruption loses at most one batch, a second run goes on from there.
 * OWNS   The jail, the feed and the open batch for the length of one call.
 */
#include "intake/intake.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "intake/feed.h"
#include "intake/seal.h"

enum { BATCH_FILES = 64, PIECE_MEMORY_MAX = 96 << 20 };

/* Gathers one piece's traits until its batch takes them. */
typedef struct gather {
    hmi_sink sink;
    hmi_arena arena;
    hmi_trait *traits;
    size_t count, capacity;
} gather;

typedef struct learning {
    hmi_store *store;
    hmi_intake_watch watch;
    hmi_intake_totals totals;
    hmi_feed *feed;
    hmi_baseline_batch *batch;
    uint32_t batch_files;
    uint64_t size_max, files_max;
    uint64_t eligible, eligible_seen, chosen;
    bool allow_weak_jail;
} learning;

static gather *gather_of(hmi_sink *sink)
{
    return (gather *)(void *)sink;
}

static int gather_trait(hmi_sink *sink, const hmi_trait *trait, hm_err *err)
{
    gather *g = gather_of(sink);
    hmi_trait *traits =
        hmi_arena_grow(&g->arena, g->traits, g->count, &g->capacity, sizeof(*traits));
    if (traits == NULL) {
        return hmi_arena_fail(&g->arena, err);
    }
    g->traits = traits;
    hmi_trait *kept = &traits[g->count];
    *kept = *trait;
    kept->value = hmi_arena_text(&g->arena, trait->value);
    kept->detail = hmi_arena_bytes(&g->arena, trait->detail);
    if (kept->value.ptr == NULL || kept->detail.ptr == NULL) {
        return hmi_arena_fail(&g->arena, err);
    }
    g->count++;
    return HM_OK;
}

static const hmi_sink_ops GATHER_OPS = {
    .trait = gather_trait,
};

static void gather_free(gather *g)
{
    hmi_arena_fini(&g->arena);
    free(g);
}

static bool is_cancelled(void *with)
{
    learning *l = with;
    return l->watch.cancelled != NULL && l->watch.cancelled(l->watch.with);
}

static int commit_batch(learning *l, hm_err *err)
{
    if (l->batch == NULL) {
        return HM_OK;
    }
    hmi_baseline_batch *batch = l->batch;
    l->batch = NULL;
    l->batch_files = 0;
    return hmi_baseline_commit(batch, err);
}

static int begin(void *with, hmi_feed_piece *piece, hmi_sink **ret_sink, hm_err *err)
{
    learning *l = with;
    bool known = false;
    HMI_TRY(hmi_baseline_knows(l->store, &piece->sha256, &known, err));
    if (known) {
        l->totals.known++;
        *ret_sink = NULL;
        return HM_OK;
    }
    gather *g = calloc(1, sizeof(*g));
    if (g == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to gather traits");
    }
    hmi_arena_init(&g->arena, PIECE_MEMORY_MAX);
    g->sink.ops = &GATHER_OPS;
    piece->state = g;
    *ret_sink = &g->sink;
    return HM_OK;
}

static int learn_piece(learning *l, const hmi_feed_piece *piece, const gather *g, hm_err *err)
{
    if (l->batch == NULL) {
        HMI_TRY(hmi_baseline_begin(l->store, &l->batch, err));
    }
    HMI_TRY(hmi_baseline_file(l->batch, &piece->sha256, piece->name, g->traits, g->count, err));
    return ++l->batch_files >= BATCH_FILES ? commit_batch(l, err) : HM_OK;
}

static int end(void *with, hmi_feed_piece *piece, const hmi_job_done *done, size_t members,
               int64_t *ret_id, hm_err *err)
{
    learning *l = with;
    gather *g = piece->state;
    hmi_outcome outcome = { .path = piece->path,
                            .size = piece->size,
                            .depth = piece->depth,
                            .verdict = done->verdict,
                            .reason = done->reason,
                            .traits = g->count };
    int code = learn_piece(l, piece, g, err);
    gather_free(g);
    HMI_TRY(code);
    l->totals.pieces++;
    l->totals.bytes += piece->size;
    l->totals.traits += outcome.traits;
    l->totals.read += done->verdict <= HMI_VERDICT_UNKNOWN;
    l->totals.bad += done->verdict > HMI_VERDICT_UNKNOWN;
    if (l->watch.outcome != NULL) {
        l->watch.outcome(l->watch.with, &outcome);
    }
    *ret_id = members > 0; /* what a harmless file holds is harmless too */
    return HM_OK;
}

static int complete(void *with, int64_t id, hm_err *err)
{
    (void)with, (void)id, (void)err;
    return HM_OK;
}

static void drop(void *with, hmi_feed_piece *piece)
{
    (void)with;
    gather_free(piece->state);
}

static bool eligible(const learning *l, const hmi_found *found)
{
    return found->fd >= 0 && found->stat.st_size > 0 &&
           (uint64_t)found->stat.st_size <= l->size_max;
}

static int visit_count(void *with, const hmi_found *found, hm_err *err)
{
    learning *l = with;
    l->eligible += eligible(l, found);
    return is_cancelled(l) ? hmi_fail(err, HM_E_CANCELLED, HM_OFFSET_NONE, "stopped on request")
                           : HM_OK;
}

/* Spreads the choice evenly over the walk, the same files every time. */
static bool chosen(learning *l)
{
    uint64_t seen = l->eligible_seen++;
    if (l->files_max == 0 || l->files_max >= l->eligible) {
        return true;
    }
    return seen * l->files_max / l->eligible != (seen + 1) * l->files_max / l->eligible;
}

static int learn_file(learning *l, const hmi_found *found, hm_err *err)
{
    hmi_sha256 sha256;
    hmi_file_stamp stamp = hmi_stamp_of(&found->stat);
    bool known = false;
    int code = hmi_stamp_find(l->store, 0, found->path, &stamp, &sha256, err);
    if (code == HM_OK) {
        HMI_TRY(hmi_baseline_knows(l->store, &sha256, &known, err));
    } else if (code != HM_E_NOT_FOUND) {
        return code;
    }
    if (known) {
        l->totals.known++;
        return HM_OK;
    }
    hmi_sealed sealed;
    hm_err reason;
    hmi_seal_limits limits = { .size_max = l->size_max, .folder = hmi_store_folder(l->store) };
    if (hmi_seal_file(found, &limits, &sealed, &reason) != HM_OK) {
        l->totals.skipped++;
        return HM_OK;
    }
    HMI_TRY(hmi_feed_push(l->feed, found->path, sealed.fd, sealed.size, &sealed.sha256,
                          hmi_modified_us(&found->stat), err));
    return hmi_stamp_put(l->store, 0, found->path, &stamp, &sealed.sha256, err);
}

static void tell_unread(learning *l, const hmi_found *found)
{
    hmi_outcome outcome = { .path = found->path,
                            .verdict = HMI_VERDICT_UNREADABLE,
                            .reason = found->reason };
    l->totals.bad++;
    if (l->watch.outcome != NULL) {
        l->watch.outcome(l->watch.with, &outcome);
    }
}

static int visit(void *with, const hmi_found *found, hm_err *err)
{
    learning *l = with;
    if (is_cancelled(l)) {
        return hmi_fail(err, HM_E_CANCELLED, HM_OFFSET_NONE, "stopped on request");
    }
    if (found->fd < 0 && !found->skipped) {
        tell_unread(l, found);
    }
    if (!eligible(l, found) || !chosen(l)) {
        return HM_OK;
    }
    l->totals.files++;
    HMI_TRY(learn_file(l, found, err));
    if (l->watch.progress != NULL) {
        uint64_t all = l->files_max && l->files_max < l->eligible ? l->files_max : l->eligible;
        l->watch.progress(l->watch.with, &l->totals, all);
    }
    return HM_OK;
}

static int run(learning *l, hmi_jail *jail, const char *const *paths, size_t path_count,
               hm_err *err)
{
    hmi_feed_owner owner = { .with = l,
                             .begin = begin,
                             .end = end,
                             .complete = complete,
                             .drop = drop,
                             .cancelled = is_cancelled };
    hmi_feed_options feed_options = { .apart = { .folder = hmi_store_folder(l->store),
                                                 .size_max = l->size_max,
                                                 .allow_weak_jail = l->allow_weak_jail,
                                                 .cancelled = is_cancelled,
                                                 .with = l } };
    HMI_TRY(hmi_feed_new(jail, &feed_options, &owner, &l->feed, err));
    int code = hmi_walk(paths, path_count, visit, l, err);
    if (code == HM_OK) {
        code = hmi_feed_finish(l->feed, err);
    }
    hmi_feed_free(l->feed);
    if (code == HM_OK || code == HM_E_CANCELLED) {
        /* Asked to stop: what was read so far is kept. */
        hm_err kept;
        int committed = commit_batch(l, &kept);
        if (code == HM_OK && committed != HM_OK) {
            *err = kept;
            code = committed;
        }
    }
    hmi_baseline_abandon(l->batch);
    HMI_TRY(code);
    HMI_TRY(hmi_stamp_flush(l->store, err));
    return hmi_baseline_merge(l->store, err);
}

int hmi_learn(hmi_store *store, const char *const *paths, size_t path_count,
              const hmi_learn_options *options, const hmi_intake_watch *watch,
              hmi_intake_totals *ret_totals, hm_err *err)
{
    static const hmi_learn_options DEFAULTS = { 0 };
    options = options ? options : &DEFAULTS;
    learning l = { .store = store,
                   .files_max = options->files_max,
                   .allow_weak_jail = options->jail.allow_weak,
                   .size_max = options->size_max ? options->size_max : HMI_EVIDENCE_SIZE_MAX };
    if (watch != NULL) {
        l.watch = *watch;
    }
    HMI_TRY(hmi_walk(paths, path_count, visit_count, &l, err));
    hmi_jail *jail = NULL;
    HMI_TRY(hmi_jail_open(&options->jail, &jail, err));
    int code = run(&l, jail, paths, path_count, err);
    hmi_jail_close(jail);
    *ret_totals = l.totals;
    return code;
}
