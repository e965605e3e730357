/* SPDX-License-Identifier: Apache-2.0
 *
 * add.c - evidence into an incident.
 *
 * WHY    The path from a folder to a casebook, told in one place: walk, seal, skip if known, read
 *        in the jail, store in one transaction, say what became of it.
 * TRUST  Files are the attacker's; the jail's answers were checked by the jail.
 * OWNS   The jail and the feed for the length of one call.
 */
#include "intake/intake.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "intake/feed.h"
#include "intake/seal.h"

typedef struct adding {
    hmi_store *store;
    int64_t incident;
    const hmi_add_options *options;
    hmi_intake_watch watch;
    hmi_intake_totals totals;
    hmi_feed *feed;
    uint64_t size_max;
    uint32_t readers;
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

static void tell(adding *a, const hmi_outcome *outcome)
{
    count(&a->totals, outcome);
    if (a->watch.outcome != NULL) {
        a->watch.outcome(a->watch.with, outcome);
    }
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
            hmi_outcome outcome = { .path = path, .size = known.size, .depth = depth,
                                    .known = true, .verdict = (hmi_verdict)known.verdict,
                                    .traits = known.trait_count, .evidence = known.id };
            tell(a, &outcome);
            *ret_known = true;
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
        HMI_TRY(link_known(a, &piece->sha256, piece->path, piece->name, piece->parent,
                           piece->depth, &known, err));
        if (known) {
            *ret_sink = NULL;
            return HM_OK;
        }
    }
    hmi_piece store_piece = { .incident = a->incident, .sha256 = piece->sha256,
                              .size = piece->size, .name = piece->name, .parent = piece->parent,
                              .modified_us = piece->modified_us, .keep = !a->options->no_keep,
                              .content_fd = piece->fd, .readers = a->readers };
    hmi_intake *intake = NULL;
    HMI_TRY(hmi_intake_begin(a->store, &store_piece, &intake, err));
    piece->state = intake;
    *ret_sink = hmi_intake_sink(intake);
    return HM_OK;
}

static int end(void *with, hmi_feed_piece *piece, const hmi_job_done *done, size_t members,
               int64_t *ret_id, hm_err *err)
{
    adding *a = with;
    hmi_intake *intake = piece->state;
    hmi_outcome outcome = { .path = piece->path, .size = piece->size, .depth = piece->depth,
                            .verdict = done->verdict, .reason = done->reason,
                            .traits = hmi_intake_traits(intake) };
    if (members > 0) {
        hmi_intake_members_follow(intake);
    }
    HMI_TRY(hmi_intake_commit(intake, (int)done->verdict, hmi_text_of(done->reason.text),
                              &outcome.evidence, err));
    *ret_id = outcome.evidence;
    tell(a, &outcome);
    return HM_OK;
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

static void tell_unread(adding *a, const hmi_found *found, const hm_err *reason)
{
    hmi_outcome outcome = { .path = found->path, .size = (uint64_t)found->stat.st_size,
                            .skipped = found->skipped, .reason = *reason,
                            .verdict = reason->code == HM_E_LIMIT ? HMI_VERDICT_LIMIT
                                                                  : HMI_VERDICT_UNREADABLE };
    if (found->fd < 0) {
        outcome.size = 0;
    }
    tell(a, &outcome);
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
    HMI_TRY(unchanged(a, found, &known, err));
    if (known) {
        return HM_OK;
    }
    hmi_sealed sealed;
    hm_err reason = { 0 };
    if (hmi_seal_file(found, a->size_max, &sealed, &reason) != HM_OK) {
        tell_unread(a, found, &reason);
        return HM_OK;
    }
    HMI_TRY(hmi_feed_push(a->feed, found->path, sealed.fd, sealed.size, &sealed.sha256,
                          hmi_modified_us(&found->stat), err));
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
        tell_unread(a, found, &found->reason);
        return HM_OK;
    }
    HMI_TRY(add_file(a, found, err));
    if (a->watch.progress != NULL) {
        a->watch.progress(a->watch.with, &a->totals, 0);
    }
    return HM_OK;
}

static int run(adding *a, hmi_jail *jail, const char *const *paths, size_t path_count, hm_err *err)
{
    hmi_feed_owner owner = { .with = a, .begin = begin, .end = end, .complete = complete,
                             .drop = drop,
                             .cancelled = is_cancelled };
    hmi_feed_options feed_options = { .depth_max = a->options->depth_max,
                                      .passwords = a->options->passwords,
                                      .password_count = a->options->password_count };
    HMI_TRY(hmi_feed_new(jail, &feed_options, &owner, &a->feed, err));
    int code = hmi_walk(paths, path_count, visit, a, err);
    if (code == HM_OK) {
        code = hmi_feed_finish(a->feed, err);
    }
    hmi_feed_free(a->feed);
    if (code == HM_OK) {
        code = hmi_stamp_flush(a->store, err);
    }
    return code;
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
