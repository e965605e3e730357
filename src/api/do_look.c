/* SPDX-License-Identifier: Apache-2.0
 *
 * do_look.c - ways of looking: the palette's search, the time line, the graph.
 *
 * OWNS   Nothing.
 */
#include "api/finder.h"
#include "api/roster.h"
#include "api/routes_made.h"
#include "compare/finding.h"
#include "timeline/timeline.h"

enum {
    BINS = 200,
    NODES_MAX = 300,
    NEIGHBOURS = 20,
    HALLMARKS = 8,
    HOLDERS = 50,
    EXPANDED_MAX = 8
};

/* ---- Search */

static int put_names(hmi_call *call, hm_text needle, size_t limit)
{
    hmi_roster_row rows[20];
    size_t count = 0, total = 0;
    bool more = false;
    hmi_roster_asked asked = {
        .needle = needle, .from_us = HMI_TIME_NONE, .to_us = HMI_TIME_NONE, .max = limit
    };
    HMI_TRY(hmi_roster_refresh(call->api->roster, call->store, &call->err));
    HMI_TRY(hmi_roster_ask(call->api->roster, &asked, rows, &count, &total, &more, &call->err));
    hmi_json_writer *w = &call->w;
    hmi_json_put_key(w, HM_TEXT("incidents"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < count; i++) {
        hmi_incident one;
        uint64_t pieces = 0, traits = 0;
        HMI_TRY(hmi_incident_head(call->store, call->arena, rows[i].id, &one, &call->err));
        HMI_TRY(hmi_incident_totals(call->store, one.id, &pieces, &traits, &call->err));
        hmi_json_open_object(w);
        hmi_json_member_text(w, "id", one.stix_id);
        hmi_json_member_text(w, "name", one.name);
        hmi_put_time(w, "created", one.created_us);
        hmi_json_member_uint(w, "evidence", pieces);
        hmi_json_member_uint(w, "traits", traits);
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
    return HM_OK;
}

static int put_incident_of(hmi_call *call, int64_t id)
{
    hmi_incident one;
    HMI_TRY(hmi_incident_head(call->store, call->arena, id, &one, &call->err));
    hmi_json_member_text(&call->w, "incident", one.stix_id);
    hmi_json_member_text(&call->w, "incident_name", one.name);
    return HM_OK;
}

static int put_found(hmi_call *call, const hmi_found_list *found, hmi_found_kind kind, size_t limit)
{
    size_t shown = 0;
    hmi_json_writer *w = &call->w;
    for (size_t i = 0; i < found->count && shown < limit; i++) {
        const hmi_found *f = &found->list[i];
        int64_t holder = f->incident;
        if (f->kind != kind) {
            continue;
        }
        hmi_json_open_object(w);
        if (kind == HMI_FOUND_TRAIT) {
            size_t holders = 0;
            hmi_put_int(w, "id", f->trait);
            hmi_json_member_text(w, "class", hmi_text_of(hmi_class_find((int)f->class_id)->name));
            hmi_put_lossy(w, "value", f->text);
            HMI_TRY(hmi_trait_incident_count(call->store, f->trait, &holders, &call->err));
            hmi_json_member_uint(w, "incidents", holders);
            int64_t ids[HOLDERS];
            HMI_TRY(hmi_trait_incidents(call->store, f->trait, ids, HOLDERS, &holders, &call->err));
            holder = holders > 0 && holders <= HOLDERS ? ids[0] : 0;
        } else {
            char hex[65];
            hmi_evidence e;
            HMI_TRY(hmi_evidence_by_id(call->store, call->arena, f->evidence, &e, &call->err));
            hmi_hex(hmi_bytes(e.sha256.bytes, sizeof(e.sha256.bytes)), hex);
            hmi_json_member_text(w, "sha256", hmi_text_of(hex));
            hmi_put_lossy(w, "name", f->text);
        }
        if (holder != 0) {
            HMI_TRY(put_incident_of(call, holder));
        }
        hmi_json_close_object(w);
        shown++;
    }
    return HM_OK;
}

static int search(hmi_call *call, hm_text needle, size_t limit)
{
    hmi_found_list found;
    HMI_TRY(hmi_find_texts(call->api->finder, call->store, call->arena, needle, HMI_FIND_MAX,
                           &found, &call->err));
    hmi_json_writer *w = hmi_answer_json(call, 200);
    hmi_json_open_object(w);
    HMI_TRY(put_names(call, needle, limit));
    hmi_json_put_key(w, HM_TEXT("evidence"));
    hmi_json_open_array(w);
    HMI_TRY(put_found(call, &found, HMI_FOUND_EVIDENCE, limit));
    hmi_json_close_array(w);
    hmi_json_put_key(w, HM_TEXT("traits"));
    hmi_json_open_array(w);
    HMI_TRY(put_found(call, &found, HMI_FOUND_TRAIT, limit));
    hmi_json_close_array(w);
    hmi_json_close_object(w);
    return HM_OK;
}

void hmi_do_search(hmi_call *call)
{
    static const char *const NAMES[] = { "q", "limit", NULL };
    size_t limit = 0;
    hm_text needle = hmi_in_query(call, "q");
    if (!hmi_in_queries(call, NAMES) || !hmi_in_limit(call, 8, 20, &limit)) {
        return;
    }
    if (needle.len == 0 || needle.len > HMI_ROSTER_NEEDLE_MAX) {
        hmi_refuse(call, 400, "malformed", "query.q", "it is a text of 1 to %d bytes",
                   HMI_ROSTER_NEEDLE_MAX);
        return;
    }
    (void)hmi_failed_call(call, search(call, needle, limit), "");
}

/* ---- The time line */

static void put_some(hmi_json_writer *w, const char *key, hm_text value)
{
    if (value.len > 0) {
        hmi_json_member_text(w, key, value);
    }
}

static void put_moment(hmi_json_writer *w, const hmi_timeline_row *row)
{
    hmi_json_open_object(w);
    hmi_put_time(w, "first", row->first_us);
    hmi_put_time(w, "last", row->last_us);
    hmi_json_member_uint(w, "count", row->count);
    put_some(w, "assumed", row->assumed);
    put_some(w, "host", row->host);
    put_some(w, "actor", row->actor);
    put_some(w, "target", row->target);
    hmi_json_member_text(w, "class", row->kind);
    put_some(w, "deed", row->deed);
    put_some(w, "outcome", row->outcome);
    put_some(w, "what", row->what);
    hmi_json_member_text(w, "evidence", row->evidence);
    if (row->offset != HM_OFFSET_NONE) {
        hmi_json_member_uint(w, "offset", row->offset);
    }
    hmi_json_close_object(w);
}

static void put_histogram(hmi_json_writer *w, const hmi_timeline *line)
{
    uint64_t bins[BINS] = { 0 };
    int64_t from = line->count > 0 ? line->rows[0].first_us : 0, to = from;
    for (size_t i = 0; i < line->count; i++) {
        to = line->rows[i].first_us > to ? line->rows[i].first_us : to;
    }
    int64_t step = (to - from) / BINS + 1;
    for (size_t i = 0; i < line->count; i++) {
        if (line->rows[i].first_us >= from) {
            bins[(line->rows[i].first_us - from) / step] += line->rows[i].count;
        }
    }
    hmi_json_put_key(w, HM_TEXT("histogram"));
    hmi_json_open_array(w);
    for (size_t b = 0; line->count > 0 && b < BINS && from + (int64_t)b * step <= to; b++) {
        hmi_json_open_object(w);
        hmi_put_time(w, "from", from + (int64_t)b * step);
        hmi_json_member_uint(w, "count", bins[b]);
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
}

void hmi_do_timeline_get(hmi_call *call)
{
    static const char *const NAMES[] = { "from", "to", "host", "class", "after", "limit", NULL };
    hmi_incident i;
    hmi_timeline line;
    size_t limit = 0;
    uint64_t after = 0;
    hmi_timeline_filter filter = { .from_us = HMI_TIME_NONE,
                                   .to_us = HMI_TIME_NONE,
                                   .host = hmi_in_query(call, "host"),
                                   .kind = hmi_in_query(call, "class") };
    if (!hmi_in_queries(call, NAMES) || !hmi_in_limit(call, 100, HMI_API_LIMIT_MAX, &limit) ||
        !hmi_in_moment(call, "from", &filter.from_us) ||
        !hmi_in_moment(call, "to", &filter.to_us) ||
        !hmi_in_number(call, "after", 1, HMI_TIMELINE_ROWS_MAX, &after) ||
        !hmi_in_incident(call, 0, &i)) {
        return;
    }
    int code = hmi_timeline_read(call->store, call->arena, i.id, &call->api->options.jail, &filter,
                                 NULL, &line, &call->err);
    if (hmi_failed_call(call, code, "")) {
        return;
    }
    hmi_json_writer *w = hmi_answer_json(call, 200);
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT("moments"));
    hmi_json_open_array(w);
    size_t at = (size_t)after;
    for (; at < line.count && at < after + limit; at++) {
        put_moment(w, &line.rows[at]);
    }
    hmi_json_close_array(w);
    if (at < line.count) {
        char next[24];
        snprintf(next, sizeof(next), "%zu", at);
        hmi_json_member_text(w, "next", hmi_text_of(next));
    }
    hmi_json_member_uint(w, "total", line.count);
    hmi_json_member_uint(w, "left_out", line.left_out);
    put_histogram(w, &line);
    hmi_json_put_key(w, HM_TEXT("gaps"));
    hmi_json_open_array(w);
    for (size_t g = 0; g < line.gap_count; g++) {
        hmi_json_open_object(w);
        hmi_json_member_text(w, "evidence", line.gaps[g].evidence);
        hmi_json_member_text(w, "reason", line.gaps[g].reason);
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
    hmi_json_close_object(w);
}

/* ---- The graph */

typedef struct node {
    int64_t incident, trait; /* one of them */
    hm_text id, label;       /* of an incident */
    hm_text value;           /* of a trait */
    hmi_class class_id;
    uint64_t degree;
} node;

typedef struct edge {
    size_t from, to;
    double bits;
} edge;

typedef struct graph {
    node *nodes;
    edge *edges;
    size_t node_count, edge_count, max, left_out;
} graph;

enum { EDGES_MAX = 4 * NODES_MAX };

/* The node's place; SIZE_MAX when there is no room. */
static size_t add_node(graph *g, const node *n)
{
    for (size_t i = 0; i < g->node_count; i++) {
        if (g->nodes[i].incident == n->incident && g->nodes[i].trait == n->trait) {
            return i;
        }
    }
    if (g->node_count == g->max) {
        g->left_out++;
        return SIZE_MAX;
    }
    g->nodes[g->node_count] = *n;
    return g->node_count++;
}

static void add_edge(graph *g, size_t from, size_t to, double bits)
{
    if (from == SIZE_MAX || to == SIZE_MAX || g->edge_count == EDGES_MAX) {
        return;
    }
    for (size_t i = 0; i < g->edge_count; i++) {
        if (g->edges[i].from == from && g->edges[i].to == to) {
            return;
        }
    }
    g->edges[g->edge_count++] = (edge){ from, to, bits };
}

static int add_incident(hmi_call *call, graph *g, int64_t id)
{
    hmi_incident i;
    hmi_finding f;
    hmi_compare_options options = { .matches_max = NEIGHBOURS, .hallmarks_max = HALLMARKS };
    HMI_TRY(hmi_incident_head(call->store, call->arena, id, &i, &call->err));
    HMI_TRY(hmi_compare(call->store, call->arena, id, &options, &f, &call->err));
    size_t here = add_node(
        g, &(node){ .incident = id, .id = i.stix_id, .label = i.name, .degree = f.traits });
    for (size_t m = 0; m < f.match_count; m++) {
        const hmi_match *match = &f.matches[m];
        size_t there = add_node(g, &(node){ .incident = match->incident.id,
                                            .id = match->incident.stix_id,
                                            .label = match->incident.name,
                                            .degree = match->hallmark_total });
        for (size_t h = 0; h < match->hallmark_count; h++) {
            const hmi_hallmark *mark = &match->hallmarks[h];
            size_t middle = add_node(g, &(node){ .trait = mark->trait_here,
                                                 .value = mark->value,
                                                 .class_id = mark->class_id,
                                                 .degree = mark->incidents });
            add_edge(g, here, middle, mark->bits);
            add_edge(g, there, middle, mark->bits);
        }
    }
    return HM_OK;
}

static int add_trait(hmi_call *call, graph *g, int64_t trait)
{
    hmi_incident_trait t;
    int64_t ids[HOLDERS];
    size_t holders = 0;
    HMI_TRY(hmi_trait_get(call->store, call->arena, trait, &t, &call->err));
    HMI_TRY(hmi_trait_incidents(call->store, trait, ids, HOLDERS, &holders, &call->err));
    size_t at = add_node(
        g, &(node){ .trait = trait, .value = t.value, .class_id = t.class_id, .degree = holders });
    g->left_out += holders > HOLDERS ? holders : 0;
    for (size_t h = 0; holders <= HOLDERS && h < holders; h++) {
        hmi_incident one;
        HMI_TRY(hmi_incident_head(call->store, call->arena, ids[h], &one, &call->err));
        add_edge(g,
                 add_node(g, &(node){ .incident = ids[h], .id = one.stix_id, .label = one.name }),
                 at, 0);
    }
    return HM_OK;
}

static int expand(hmi_call *call, graph *g)
{
    hm_text rest = hmi_in_query(call, "expand"), part;
    for (size_t turn = 0; rest.ptr != NULL && turn < EXPANDED_MAX && hmi_split(&rest, ',', &part);
         turn++) {
        int64_t id = 0;
        if (hmi_text_istarts(part, HM_TEXT("trait:")) && part.len <= 24) {
            for (size_t d = 6; d < part.len; d++) {
                if (!hmi_ascii_digit(part.ptr[d])) {
                    return hmi_fail(&call->err, HM_E_MALFORMED, HM_OFFSET_NONE,
                                    "expand names nodes: trait:17");
                }
                id = id * 10 + (part.ptr[d] - '0');
            }
            HMI_TRY(add_trait(call, g, id));
        } else {
            HMI_TRY(hmi_incident_named(call->store, part, &id, &call->err));
            HMI_TRY(add_incident(call, g, id));
        }
    }
    return HM_OK;
}

static void put_id(hmi_json_writer *w, const char *key, const node *n)
{
    char id[40];
    snprintf(id, sizeof(id), "trait:%lld", (long long)n->trait);
    hmi_json_member_text(w, key, n->trait != 0 ? hmi_text_of(id) : n->id);
}

static void put_graph(hmi_json_writer *w, const graph *g)
{
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT("nodes"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < g->node_count; i++) {
        const node *n = &g->nodes[i];
        hmi_json_open_object(w);
        put_id(w, "id", n);
        hmi_json_member_text(w, "kind", n->trait != 0 ? HM_TEXT("trait") : HM_TEXT("incident"));
        hmi_json_member_text(w, "label", n->trait != 0 ? n->value : n->label);
        if (n->trait != 0) {
            const hmi_class_row *row = hmi_class_find((int)n->class_id);
            hmi_json_member_text(w, "class", hmi_text_of(row->name));
            hmi_json_member_text(w, "group", hmi_text_of(hmi_group_get(row->group)->name));
        }
        hmi_json_member_uint(w, "degree", n->degree);
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
    hmi_json_put_key(w, HM_TEXT("edges"));
    hmi_json_open_array(w);
    for (size_t e = 0; e < g->edge_count; e++) {
        hmi_json_open_object(w);
        put_id(w, "from", &g->nodes[g->edges[e].from]);
        put_id(w, "to", &g->nodes[g->edges[e].to]);
        hmi_json_member_fixed(w, "bits", g->edges[e].bits, 3);
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
    hmi_json_member_uint(w, "left_out", g->left_out);
    hmi_json_close_object(w);
}

void hmi_do_graph_get(hmi_call *call)
{
    static const char *const NAMES[] = { "expand", "limit", NULL };
    hmi_incident i;
    uint64_t limit = 120;
    graph g = { 0 };
    if (!hmi_in_queries(call, NAMES) || !hmi_in_number(call, "limit", 10, NODES_MAX, &limit) ||
        !hmi_in_incident(call, 0, &i)) {
        return;
    }
    g.max = (size_t)limit;
    g.nodes = hmi_new_array(call->arena, node, NODES_MAX);
    g.edges = hmi_new_array(call->arena, edge, EDGES_MAX);
    int code = g.nodes == NULL || g.edges == NULL ? hmi_arena_fail(call->arena, &call->err)
                                                  : add_incident(call, &g, i.id);
    code = code == HM_OK ? expand(call, &g) : code;
    if (!hmi_failed_call(call, code, "query.expand")) {
        put_graph(hmi_answer_json(call, 200), &g);
    }
}
