/* SPDX-License-Identifier: Apache-2.0
 *
 * add.c - evidence into an incident.
 *
 * WHY    The path from a folder to a casebook, told in one place: walk, seal, skip if known, read
 *        in the jail, store, say what became of it.
 * FORM   Pieces are stored in groups: up to GROUP_PIECES, for at most GROUP_US, and what became of
 *        each is told only after its group is on the disk.
 * TRUST  Files are the attacker's; the jail's answers were checked by the jail.
 * OWNS   The jail and the feed for the length of one call.
 */
#include "intake/intake.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/time.h"
#include "intake/feed.h"
#include "intake/seal.h"

enum { GROUP_PIECES = 64, GROUP_US = 1000000, GROUP_TEXT_MAX = 8 << 20 };

typedef struct adding {
    hmi_store *store;
    int64_t incident;
    const hmi_add_options *options;
    hmi_intake_watch watch;
    hmi_intake_totals totals;
    hmi_feed *feed;
    uint64_t size_max;
    uint32_t readers;
    hmi_outcome waiting[GROUP_PIECES]; /* written, not yet on the disk */
    size_t waiting_count;
    int64_t group_began_us;
    hmi_arena paths; /* of those that wait */
} adding;

static void count(hmi_intake_totals *totals, const hmi_outcome *outcome)
{
    totals->pieces += !outcome->skipped;
    totals->bytes += outcome->size;
    totals->traits += outcome->traits;
    if (outcome->skipped) {
        totals->skipped++;
    } else if (outcome->known) {
        totals->known++;
    } else if (outcome->verdict == HMI_VERDICT_READ) {
        totals->read++;
    } else if (outcome->verdict == HMI_VERDICT_UNKNOWN) {
        totals->unknown++;
    } else if (outcome->verdict == HMI_VERDICT_PARTIAL) {
        totals->partial++;
    } else {
        totals->bad++;
    }
}

/* ---- Groups */

static int end_group(adding *a, hm_err *err)
{
    int code = hmi_group_commit(a->store, err);
    for (size_t i = 0; code == HM_OK && i < a->waiting_count; i++) {
        count(&a->totals, &a->waiting[i]);
        if (a->watch.outcome != NULL) {
            a->watch.outcome(a->watch.with, &a->waiting[i]);
        }
    }
    a->waiting_count = 0;
    hmi_arena_reset(&a->paths);
    hmi_group_begin(a->store);
    return code;
}

/* Tells it once its group is on the disk. */
static int tell(adding *a, const hmi_outcome *outcome, hm_err *err)
{
    if (a->waiting_count == 0) {
        a->group_began_us = hmi_clock_us();
    }
    hmi_outcome *kept = &a->waiting[a->waiting_count];
    *kept = *outcome;
    kept->path = hmi_arena_bytes(&a->paths, outcome->path);
    if (kept->path.ptr == NULL) {
        return hmi_arena_fail(&a->paths, err);
    }
    a->waiting_count++;
    return a->waiting_count == GROUP_PIECES ? end_group(a, err) : HM_OK;
}

/* When the oldest has waited long enough. */
static int end_old_group(void *with, hm_err *err)
{
    adding *a = with;
    bool old = a->waiting_count > 0 && hmi_clock_us() - a->group_began_us >= GROUP_US;
    return old ? end_group(a, err) : HM_OK;
}

static bool is_cancelled(void *with)
{
    adding *a = with;
    return a->watch.cancelled != NULL && a->watch.cancelled(a->watch.with);
}

/* Known content is linked, never read twice. */
static int link_known(adding *a, const hmi_sha256 *sha256, hm_bytes path, hm_bytes name,
                      int64_t parent, uint32_t depth, bool *ret_known, hm_err *err)
{
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    hmi_evidence known = { 0 };
    int code = hmi_evidence_find(a->store, sha256, &arena, &known, err);
    bool current = known.complete && known.readers >= a->readers;
    if (code == HM_OK && !current) {
        *ret_known = false;
    } else if (code == HM_OK) {
        code = hmi_evidence_link(a->store, a->incident, known.id, name, parent, err);
        if (code == HM_OK) {
            hmi_outcome outcome = { .path = path,
                                    .size = known.size,
                                    .depth = depth,
                                    .known = true,
                                    .verdict = (hmi_verdict)known.verdict,
                                    .traits = known.trait_count,
                                    .evidence = known.id };
            *ret_known = true;
            code = tell(a, &outcome, err);
        }
    } else if (code == HM_E_NOT_FOUND) {
        *ret_known = false;
        code = HM_OK;
    }
    hmi_arena_fini(&arena);
    return code;
}

static int begin(void *with, hmi_feed_piece *piece, hmi_sink **ret_sink, hm_err *err)
{
    adding *a = with;
    if (!a->options->again) {
        bool known = false;
        HMI_TRY(link_known(a, &piece->sha256, piece->path, piece->name, piece->parent, piece->depth,
                           &known, err));
        if (known) {
            *ret_sink = NULL;
            return HM_OK;
        }
    }
    hmi_piece store_piece = { .incident = a->incident,
                              .sha256 = piece->sha256,
                              .size = piece->size,
                              .name = piece->name,
                              .parent = piece->parent,
                              .modified_us = piece->modified_us,
                              .keep = !a->options->no_keep,
                              .content_fd = piece->fd,
                              .readers = a->readers };
    hmi_intake *intake = NULL;
    HMI_TRY(hmi_intake_begin(a->store, &store_piece, &intake, err));
    piece->state = intake;
    *ret_sink = hmi_intake_sink(intake);
    return HM_OK;
}

/* What was read to its end, but said more than there is room for, is no whole reading. */
static void tell_refused(const hmi_intake *intake, hmi_outcome *outcome)
{
    uint64_t refused = hmi_intake_refused(intake);
    bool whole = outcome->verdict == HMI_VERDICT_READ || outcome->verdict == HMI_VERDICT_PARTIAL ||
                 outcome->verdict == HMI_VERDICT_UNKNOWN;
    if (refused == 0 || !whole) {
        return;
    }
    outcome->verdict = HMI_VERDICT_LIMIT;
    hmi_fail(&outcome->reason, HM_E_LIMIT, HM_OFFSET_NONE,
             "read to its end, but only the first %" PRIu64 " different traits and behaviour are "
             "kept; further ones were told %" PRIu64 " times",
             outcome->traits, refused);
}

static int end(void *with, hmi_feed_piece *piece, const hmi_job_done *done, size_t members,
               int64_t *ret_id, hm_err *err)
{
    adding *a = with;
    hmi_intake *intake = piece->state;
    hmi_outcome outcome = { .path = piece->path,
                            .size = piece->size,
                            .depth = piece->depth,
                            .verdict = done->verdict,
                            .reason = done->reason,
                            .traits = hmi_intake_traits(intake) };
    if (members > 0) {
        hmi_intake_members_follow(intake);
    }
    tell_refused(intake, &outcome);
    HMI_TRY(hmi_intake_commit(intake, (int)outcome.verdict, hmi_text_of(outcome.reason.text),
                              &outcome.evidence, err));
    *ret_id = outcome.evidence;
    HMI_TRY(tell(a, &outcome, err));
    return end_old_group(a, err);
}

static int complete(void *with, int64_t id, hm_err *err)
{
    adding *a = with;
    return hmi_evidence_complete(a->store, id, err);
}

static void drop(void *with, hmi_feed_piece *piece)
{
    (void)with;
    hmi_intake_abandon(piece->state);
}

static int tell_unread(adding *a, const hmi_found *found, const hm_err *reason, hm_err *err)
{
    hmi_outcome outcome = { .path = found->path,
                            .size = (uint64_t)found->stat.st_size,
                            .skipped = found->skipped,
                            .reason = *reason,
                            .verdict = reason->code == HM_E_LIMIT ? HMI_VERDICT_LIMIT
                                                                  : HMI_VERDICT_UNREADABLE };
    if (found->fd < 0) {
        outcome.size = 0;
    }
    return tell(a, &outcome, err);
}

static hm_bytes last_part(hm_bytes path)
{
    size_t slash = hmi_find_last_byte(path, '/');
    return slash == HMI_NPOS ? path : hmi_slice(path, slash + 1, path.len);
}

/* True when stat alone says that this very file was added to this incident before. */
static int unchanged(adding *a, const hmi_found *found, bool *ret_unchanged, hm_err *err)
{
    hmi_sha256 sha256;
    hmi_file_stamp stamp = hmi_stamp_of(&found->stat);
    int code = a->options->again
                   ? HM_E_NOT_FOUND
                   : hmi_stamp_find(a->store, a->incident, found->path, &stamp, &sha256, err);
    if (code == HM_E_NOT_FOUND) {
        *ret_unchanged = false;
        return HM_OK;
    }
    HMI_TRY(code);
    return link_known(a, &sha256, found->path, last_part(found->path), 0, 0, ret_unchanged, err);
}

static int add_file(adding *a, const hmi_found *found, hm_err *err)
{
    bool known = false;
    const hm_bytes as = a->options->as;
    if (as.len == 0) {
        HMI_TRY(unchanged(a, found, &known, err));
    }
    if (known) {
        return HM_OK;
    }
    hmi_sealed sealed;
    hm_err reason = { 0 };
    hmi_seal_limits limits = { .size_max = a->size_max,
                               .spool_from = a->options->spool_from,
                               .folder = hmi_store_folder(a->store) };
    if (hmi_seal_file(found, &limits, &sealed, &reason) != HM_OK) {
        return tell_unread(a, found, &reason, err);
    }
    HMI_TRY(hmi_feed_push(a->feed, as.len > 0 ? as : found->path, sealed.fd, sealed.size,
                          &sealed.sha256, hmi_modified_us(&found->stat), err));
    if (as.len > 0) {
        return HM_OK; /* its path is nobody's: there is nothing to remember it by */
    }
    hmi_file_stamp stamp = hmi_stamp_of(&found->stat);
    return hmi_stamp_put(a->store, a->incident, found->path, &stamp, &sealed.sha256, err);
}

static int visit(void *with, const hmi_found *found, hm_err *err)
{
    adding *a = with;
    if (is_cancelled(a)) {
        return hmi_fail(err, HM_E_CANCELLED, HM_OFFSET_NONE, "stopped on request");
    }
    a->totals.files++;
    if (found->fd < 0) {
        return tell_unread(a, found, &found->reason, err);
    }
    HMI_TRY(add_file(a, found, err));
    HMI_TRY(end_old_group(a, err));
    if (a->watch.progress != NULL) {
        a->watch.progress(a->watch.with, &a->totals, 0);
    }
    return HM_OK;
}

static int run(adding *a, hmi_jail *jail, const char *const *paths, size_t path_count, hm_err *err)
{
    hmi_feed_owner owner = { .with = a,
                             .begin = begin,
                             .end = end,
                             .complete = complete,
                             .drop = drop,
                             .idle = end_old_group,
                             .cancelled = is_cancelled };
    hmi_feed_options feed_options = { .depth_max = a->options->depth_max,
                                      .passwords = a->options->passwords,
                                      .password_count = a->options->password_count,
                                      .apart = { .folder = hmi_store_folder(a->store),
                                                 .size_max = a->size_max,
                                                 .allow_weak_jail = a->options->jail.allow_weak,
                                                 .cancelled = is_cancelled,
                                                 .with = a } };
    HMI_TRY(hmi_feed_new(jail, &feed_options, &owner, &a->feed, err));
    hmi_arena_init(&a->paths, GROUP_TEXT_MAX);
    hmi_group_begin(a->store);
    int code = hmi_walk(paths, path_count, visit, a, err);
    if (code == HM_OK) {
        code = hmi_feed_finish(a->feed, err);
    }
    hmi_feed_free(a->feed);
    if (code == HM_OK) {
        code = hmi_stamp_flush(a->store, err);
    }
    hm_err
        other; /* what was read before a failure is stored, if it can be; the first one is told */
    int ended = end_group(a, code == HM_OK ? err : &other);
    hmi_group_abandon(a->store);
    hmi_arena_fini(&a->paths);
    return code == HM_OK ? ended : code;
}

int hmi_add(hmi_store *store, int64_t incident, const char *const *paths, size_t path_count,
            const hmi_add_options *options, const hmi_intake_watch *watch,
            hmi_intake_totals *ret_totals, hm_err *err)
{
    static const hmi_add_options DEFAULTS = { 0 };
    adding a = { .store = store, .incident = incident, .options = options ? options : &DEFAULTS };
    if (watch != NULL) {
        a.watch = *watch;
    }
    a.size_max = a.options->size_max ? a.options->size_max : HMI_EVIDENCE_SIZE_MAX;
    hmi_jail *jail = NULL;
    HMI_TRY(hmi_jail_open(&a.options->jail, &jail, err));
    a.readers = hmi_jail_readers(jail);
    int code = run(&a, jail, paths, path_count, err);
    hmi_jail_close(jail);
    *ret_totals = a.totals; /* what was stored before a failure is stored: say so */
    return code;
}
