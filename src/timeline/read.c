/* SPDX-License-Identifier: Apache-2.0
 *
 * read.c - gathers the rows of a time line: from records, through the jail; from the casebook.
 *
 * WHY    The casebook keeps what was recognised, with the first and last moment of each; what
 *        happened in between stands only in the evidence. So evidence is read again, behind the
 *        same walls, and only what the filter keeps is kept.
 * FORM   One piece after the other: rows come in the order of the evidence and are sorted at the
 *        end. A year that records do not say is found as it was when they were added: near the last
 *        record.
 * TRUST  The worker's answers are hostile (row.c). A piece that cannot be read is a gap with its
 *        reason, never the end.
 * OWNS   A jail, a JSON reader, the bytes of one piece at a time (of a long one, on the disk).
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "timeline/timeline.h"

#define SPOOL_ELSEWHERE "/var/tmp"
enum { NAME_WIDTH = 200, SPOOL_FROM = 32 << 20 /* bytes; longer evidence is read from the disk */ };

typedef struct gathering {
    hmi_sink sink; /* first */
    hmi_arena *arena;
    hmi_arena texts; /* of the moment in hand: most are filtered out */
    hmi_json *json;
    const hmi_timeline_filter *filter;
    hmi_timeline *line;
    size_t rows_room, gaps_room;
    hm_text evidence;
    uint32_t piece;
    bool *assumed; /* per piece: some of its records have no zone */
} gathering;

static hm_text kept(hmi_arena *arena, hm_text text)
{
    return text.len > 0 ? hmi_arena_text(arena, text) : HM_TEXT("");
}

static int add_row(gathering *g, const hmi_timeline_row *row, hm_err *err)
{
    hmi_timeline *line = g->line;
    if (line->count == HMI_TIMELINE_ROWS_MAX) {
        line->left_out++;
        return HM_OK;
    }
    hmi_timeline_row *rows =
        hmi_arena_grow(g->arena, line->rows, line->count, &g->rows_room, sizeof(*rows));
    if (rows == NULL) {
        return hmi_arena_fail(g->arena, err);
    }
    line->rows = rows;
    hmi_timeline_row *own = &rows[line->count];
    *own = *row;
    own->host = kept(g->arena, row->host);
    own->actor = kept(g->arena, row->actor);
    own->target = kept(g->arena, row->target);
    own->kind = kept(g->arena, row->kind);
    own->deed = kept(g->arena, row->deed);
    own->outcome = kept(g->arena, row->outcome);
    own->what = kept(g->arena, row->what);
    own->assumed = kept(g->arena, row->assumed);
    own->evidence = g->evidence;
    own->piece = g->piece;
    if (own->what.ptr == NULL || own->assumed.ptr == NULL) {
        return hmi_arena_fail(g->arena, err);
    }
    line->count++;
    return HM_OK;
}

static int add_gap(gathering *g, hm_text reason, hm_err *err)
{
    hmi_timeline_gap *gaps =
        hmi_arena_grow(g->arena, g->line->gaps, g->line->gap_count, &g->gaps_room, sizeof(*gaps));
    if (gaps == NULL) {
        return hmi_arena_fail(g->arena, err);
    }
    g->line->gaps = gaps;
    gaps[g->line->gap_count++] = (hmi_timeline_gap){ g->evidence, kept(g->arena, reason) };
    return HM_OK;
}

/* ---- From the worker */

static int on_object(hmi_sink *sink, const hmi_object *object, hm_err *err)
{
    gathering *g = (gathering *)(void *)sink;
    hmi_timeline_row row;
    if (!hmi_text_is(object->type, "moment")) {
        return hmi_fail(err, HM_E_MALFORMED, object->offset, "an object that is no moment");
    }
    hmi_arena_reset(&g->texts);
    HMI_TRY(hmi_timeline_parse(g->json, object->raw, &g->texts, &row, err));
    row.offset = object->offset;
    g->assumed[g->piece] |= row.assumed.len > 0;
    return hmi_timeline_keeps(g->filter, &row) ? add_row(g, &row, err) : HM_OK;
}

static const hmi_sink_ops ops = { .object = on_object };

static int read_sealed(gathering *g, hmi_jail *jail, int fd, uint64_t size, int64_t context_us,
                       hm_bytes name, hm_err *err)
{
    hmi_job job = { .id = 1,
                    .fd = fd,
                    .size = size,
                    .name = name,
                    .context_us = context_us,
                    .moments = true,
                    .sink = &g->sink };
    hmi_job_done done;
    HMI_TRY(hmi_jail_submit(jail, &job, err));
    int served = 0;
    while (served == 0) {
        served = hmi_jail_wait(jail, -1, &done, err);
    }
    HMI_TRY(served);
    if (done.verdict == HMI_VERDICT_READ || done.verdict == HMI_VERDICT_UNKNOWN ||
        (done.verdict == HMI_VERDICT_PARTIAL && done.reason.code != HM_E_LIMIT)) {
        return HM_OK;
    }
    return add_gap(g, hmi_text_of(done.reason.text), err);
}

/* ---- Pieces */

static bool has_format(hm_text format, const char *name)
{
    hm_text part;
    while (hmi_split(&format, '+', &part)) {
        if (hmi_text_is(part, name)) {
            return true;
        }
    }
    return false;
}

static bool is_record(hm_text format)
{
    return has_format(format, "log") || has_format(format, "evtx") || has_format(format, "pcap") ||
           has_format(format, "pcapng") || has_format(format, "netflow");
}

/* What the facts of its first reading say. */
static int look_at_facts(gathering *g, hmi_store *store, int64_t evidence, int64_t *ret_context,
                         hm_err *err)
{
    hmi_evidence_fact *facts = NULL;
    size_t count = 0;
    *ret_context = HMI_TIME_NONE;
    HMI_TRY(hmi_evidence_facts(store, g->arena, evidence, &facts, &count, err));
    for (size_t i = 0; i < count; i++) {
        hmi_instant instant;
        if (hmi_text_is(facts[i].name, "last-record") &&
            hmi_time_parse_rfc3339(facts[i].value, &instant)) {
            *ret_context = instant.us;
        }
    }
    return HM_OK;
}

/* Kept evidence where a worker can read it: in memory, or on the disk when it is long. */
static int bring(hmi_store *store, const hmi_evidence *e, int *ret_fd, uint64_t *ret_size,
                 hm_err *err)
{
    if (e->size <= SPOOL_FROM) {
        uint8_t *bytes = NULL;
        size_t len = 0;
        HMI_TRY(hmi_evidence_bytes(store, &e->sha256, &bytes, &len, err));
        int code = hmi_jail_seal(hmi_bytes(bytes, len), ret_fd, err);
        free(bytes);
        *ret_size = len;
        return code;
    }
    hmi_spool spool;
    /* The casebook may be one that can only be read. */
    if (hmi_jail_spool_open(hmi_store_folder(store), &spool, err) != HM_OK) {
        HMI_TRY(hmi_jail_spool_open(SPOOL_ELSEWHERE, &spool, err));
    }
    int code = hmi_evidence_write(store, &e->sha256, spool.to, ret_size, err);
    if (close(spool.to) < 0 && code == HM_OK) {
        code = hmi_fail_errno(err, "writing out kept evidence");
    }
    if (code != HM_OK) {
        (void)close(spool.from);
        return code;
    }
    *ret_fd = spool.from;
    return HM_OK;
}

static int read_piece(gathering *g, hmi_store *store, hmi_jail *jail, const hmi_evidence *e,
                      hm_err *err)
{
    uint64_t size = 0;
    int fd = -1;
    int64_t context_us = HMI_TIME_NONE;
    if (!e->kept) {
        return add_gap(g, HM_TEXT("its bytes were not kept (add --no-keep)"), err);
    }
    HMI_TRY(look_at_facts(g, store, e->id, &context_us, err));
    hm_err why = { 0 };
    int code = bring(store, e, &fd, &size, &why);
    if (code != HM_OK) {
        return add_gap(g, hmi_text_of(why.text), err);
    }
    code = read_sealed(g, jail, fd, size, context_us, e->name, err);
    (void)close(fd);
    return code;
}

/* ---- From the casebook */

static bool tells_time(hmi_class class_id)
{
    return class_id == HMI_BEACON || class_id == HMI_STEP_ORDER || class_id == HMI_ACTIVE_HOURS ||
           class_id == HMI_ONSET || class_id == HMI_BEHAVIOUR || class_id == HMI_BUILD_TIME;
}

static const hmi_evidence *piece_of(const hmi_evidence *list, size_t count, int64_t id,
                                    uint32_t *ret_number)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].id == id) {
            *ret_number = (uint32_t)i;
            return &list[i];
        }
    }
    return NULL;
}

static int add_trait(gathering *g, hmi_store *store, int64_t incident,
                     const hmi_incident_trait *trait, const hmi_evidence *list, size_t count,
                     hm_err *err)
{
    hmi_seen *seen = NULL;
    size_t seen_count = 0;
    HMI_TRY(hmi_trait_seen(store, g->arena, incident, trait->id, &seen, &seen_count, err));
    for (size_t i = 0; i < seen_count; i++) {
        hmi_timeline_row row = { .first_us = seen[i].first_us,
                                 .last_us = seen[i].last_us,
                                 .count = seen[i].count,
                                 .kind = hmi_text_of(hmi_class_find((int)trait->class_id)->name),
                                 .what = trait->value,
                                 .offset = seen[i].offset };
        hmi_instant built;
        if (trait->class_id == HMI_BUILD_TIME && hmi_time_parse_rfc3339(trait->value, &built)) {
            row.first_us = row.last_us = built.us;
        }
        const hmi_evidence *e = piece_of(list, count, seen[i].evidence, &g->piece);
        if (row.first_us == HMI_TIME_NONE || e == NULL) {
            continue;
        }
        g->evidence = hmi_text_safe(g->arena, e->name, NAME_WIDTH);
        row.assumed = g->assumed[g->piece] ? HM_TEXT("zone") : HM_TEXT("");
        if (hmi_timeline_keeps(g->filter, &row)) {
            HMI_TRY(add_row(g, &row, err));
        }
    }
    return HM_OK;
}

static int add_traits(gathering *g, hmi_store *store, int64_t incident, const hmi_evidence *list,
                      size_t count, hm_err *err)
{
    size_t class_count = 0;
    const hmi_class_row *classes = hmi_classes(&class_count);
    for (size_t c = 0; c < class_count; c++) {
        hmi_incident_trait *traits = NULL;
        size_t trait_count = 0;
        if (!tells_time(classes[c].id)) {
            continue;
        }
        HMI_TRY(hmi_incident_class_traits(store, g->arena, incident, classes[c].id, &traits,
                                          &trait_count, err));
        for (size_t i = 0; i < trait_count; i++) {
            HMI_TRY(add_trait(g, store, incident, &traits[i], list, count, err));
        }
    }
    return HM_OK;
}

/* ---- All of it */

static int by_time(const void *a, const void *b)
{
    const hmi_timeline_row *x = a, *y = b;
    if (x->first_us != y->first_us) {
        return x->first_us < y->first_us ? -1 : 1;
    }
    if (x->piece != y->piece) {
        return x->piece < y->piece ? -1 : 1;
    }
    if (x->offset != y->offset) {
        return x->offset < y->offset ? -1 : 1;
    }
    int order = hmi_bytes_cmp(hmi_text_bytes(x->kind), hmi_text_bytes(y->kind));
    return order != 0 ? order : hmi_bytes_cmp(hmi_text_bytes(x->what), hmi_text_bytes(y->what));
}

static int by_name(const void *a, const void *b)
{
    const hmi_evidence *x = a, *y = b;
    int order = hmi_bytes_cmp(x->name, y->name);
    return order != 0 ? order : memcmp(x->sha256.bytes, y->sha256.bytes, sizeof(x->sha256.bytes));
}

static int gather(gathering *g, hmi_store *store, int64_t incident, const hmi_jail_options *options,
                  bool (*cancelled)(void *with), hm_err *err)
{
    hmi_evidence *list = NULL;
    hmi_jail *jail = NULL;
    size_t count = 0;
    HMI_TRY(hmi_evidence_list(store, g->arena, incident, &list, &count, err));
    if (count > 0) {
        qsort(list, count, sizeof(*list), by_name);
    }
    g->assumed = hmi_new_array(g->arena, bool, count);
    if (g->assumed == NULL) {
        return hmi_arena_fail(g->arena, err);
    }
    HMI_TRY(hmi_jail_open(options, &jail, err));
    int code = HM_OK;
    for (size_t i = 0; i < count && code == HM_OK; i++) {
        if (cancelled != NULL && cancelled(NULL)) {
            code = hmi_fail(err, HM_E_CANCELLED, HM_OFFSET_NONE, "stopped on request");
        } else if (is_record(list[i].format) && (i == 0 || list[i].id != list[i - 1].id)) {
            g->piece = (uint32_t)i;
            g->evidence = hmi_text_safe(g->arena, list[i].name, NAME_WIDTH);
            code = read_piece(g, store, jail, &list[i], err);
        }
    }
    hmi_jail_close(jail);
    return code == HM_OK ? add_traits(g, store, incident, list, count, err) : code;
}

int hmi_timeline_read(hmi_store *store, hmi_arena *arena, int64_t incident,
                      const hmi_jail_options *jail, const hmi_timeline_filter *filter,
                      bool (*cancelled)(void *with), hmi_timeline *ret, hm_err *err)
{
    hmi_timeline line = { .count = 0 };
    gathering g = { .sink = { &ops }, .arena = arena, .filter = filter, .line = &line };
    hmi_arena_init(&g.texts, 1 << 20);
    int code = hmi_json_new(&g.json, err);
    code = code == HM_OK ? gather(&g, store, incident, jail, cancelled, err) : code;
    hmi_json_free(g.json);
    hmi_arena_fini(&g.texts);
    if (code != HM_OK) {
        return code;
    }
    if (line.count > 0) {
        qsort(line.rows, line.count, sizeof(*line.rows), by_time);
    }
    *ret = line;
    return HM_OK;
}
