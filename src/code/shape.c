/* SPDX-License-Identifier: Apache-2.0
 *
 * shape.c - what a function does, instruction by instruction and block by block, without names.
 *
 * WHY    What is left when strings and constants are hidden: order of operations, control flow.
 * FORM   Memory operands count as work of their own (load, store), so that x86's "add [m], r" and
 *        a load-add-store on other processors read alike; moves between registers, pushes and fill
 *        are left out of the neutral stream.
 *        SHAPE: Weisfeiler-Lehman: a block's label is renewed ROUNDS times from its successors'
 *        and predecessors' labels; each label of each round is a feature.
 * TRUST  Blocks come from a bounded walk; work is linear in instructions and edges.
 * OWNS   Scratch in the reading's arena.
 */
#include "base/error.h"
#include "code/feature.h"

enum { SALT_GRAM2 = 10, SALT_GRAM4, SALT_SHAPE, SALT_BLOCK, SALT_MNEMONIC1, SALT_MNEMONIC3 };
enum { ROUNDS = 3, KIND_END = HMI_KIND_COUNT };

typedef struct stream {
    hmi_feature_counter grams, named; /* GRAM and MNEMONIC, by value: they are asked all the time */
    uint64_t kinds;                   /* the last kinds, one a byte, newest lowest */
    unsigned kind_count;
    uint64_t mnemonics; /* the last mnemonics, 16 bits each */
    unsigned mnemonic_count;
    uint32_t present;               /* bits: kinds in this block */
    uint32_t block[HMI_KIND_COUNT]; /* how often */
    uint32_t all[HMI_KIND_COUNT];   /* ... in the function */
} stream;

/* Work of this kind. */
static inline void feed_kind(stream *s, uint8_t kind)
{
    s->kinds = s->kinds << 8 | kind;
    s->kind_count++;
    hmi_feature_counter *counter = &s->grams;
    if (s->kind_count >= 2) {
        hmi_feature_count(counter, hmi_feature_id(SALT_GRAM2, s->kinds & 0xffff));
    }
    if (s->kind_count >= 4) {
        hmi_feature_count(counter, hmi_feature_id(SALT_GRAM4, s->kinds & 0xffffffff));
    }
}

static void feed_mnemonic(stream *s, uint16_t mnemonic)
{
    s->mnemonics = s->mnemonics << 16 | mnemonic;
    s->mnemonic_count++;
    hmi_feature_counter *counter = &s->named;
    hmi_feature_count(counter, hmi_feature_id(SALT_MNEMONIC1, mnemonic));
    if (s->mnemonic_count >= 3) {
        hmi_feature_count(counter, hmi_feature_id(SALT_MNEMONIC3, s->mnemonics & 0xffffffffffff));
    }
}

/* Work that only a calling convention or an assembler asked for. */
static bool is_convention(const hmi_insn *insn)
{
    return (insn->flags & HMI_INSN_PADDING) || insn->kind == HMI_KIND_NOP ||
           insn->kind == HMI_KIND_PUSH || insn->kind == HMI_KIND_POP ||
           (insn->kind == HMI_KIND_ADD && insn->rm == 4);
}

static bool is_frame_access(const hmi_insn *insn)
{
    return insn->base == 4 || insn->base == 5;
}

static inline void count_kind(stream *s, uint8_t kind)
{
    s->present |= UINT32_C(1) << kind;
    s->block[kind]++;
    feed_kind(s, kind);
}

/* A64 instructions that do what two do elsewhere: a branch that compares, a load or store of two.
 */
static bool compares_and_branches(const hmi_insn *insn)
{
    return insn->flow == HMI_FLOW_BRANCH && insn->mnemonic >= HMI_A64_CBZ &&
           insn->mnemonic <= HMI_A64_TBNZ;
}

static bool is_pair(const hmi_insn *insn)
{
    return insn->mnemonic == HMI_A64_PAIR || insn->mnemonic == HMI_A64_FLOAT_PAIR;
}

static void feed(stream *s, const hmi_insn *insn)
{
    if ((insn->flags & HMI_INSN_PADDING) || insn->kind == HMI_KIND_NOP) {
        return;
    }
    feed_mnemonic(s, insn->mnemonic);
    if (is_convention(insn)) {
        return;
    }
    bool in_frame = is_frame_access(insn); /* spilled locals: an optimiser's choice */
    unsigned times = is_pair(insn) ? 2 : 1;
    for (unsigned i = 0; (insn->flags & HMI_INSN_READS) && !in_frame && i < times; i++) {
        count_kind(s, HMI_KIND_LOAD);
    }
    if (compares_and_branches(insn)) {
        count_kind(s, HMI_KIND_COMPARE);
    }
    if (insn->kind != HMI_KIND_MOVE && insn->kind != HMI_KIND_FLOAT_MOVE &&
        insn->kind != HMI_KIND_EXTEND) {
        count_kind(s, insn->kind);
    }
    for (unsigned i = 0; (insn->flags & HMI_INSN_WRITES) && !in_frame && i < times; i++) {
        count_kind(s, HMI_KIND_STORE);
    }
}

static unsigned log2_of(uint32_t value)
{
    return value ? 32 - (unsigned)__builtin_clz(value) : 0;
}

/* Empties the block's counts into those of the function. */
static void end_block(hmi_features *features, stream *s)
{
    uint64_t hash = 0;
    unsigned different = 0;
    for (uint32_t left = s->present & ~UINT32_C(1); left != 0; left &= left - 1) {
        unsigned k = (unsigned)__builtin_ctz(left);
        hash += hmi_mix64((uint64_t)k << 8 | log2_of(s->block[k]));
        different++;
        s->all[k] += s->block[k];
        s->block[k] = 0;
    }
    s->block[0] = s->present = 0;
    if (different >= 2) {
        hmi_feature_count(&features->counters[HMI_FEATURE_BLOCK], hmi_feature_id(SALT_BLOCK, hash));
    }
}

static void count_kinds(hmi_features *features, const uint32_t *kinds)
{
    static const struct {
        uint8_t kind, count;
    } rows[] = {
        { HMI_KIND_LOAD, HMI_COUNT_LOADS },           { HMI_KIND_STORE, HMI_COUNT_STORES },
        { HMI_KIND_ADD, HMI_COUNT_ARITHMETIC },       { HMI_KIND_MULTIPLY, HMI_COUNT_MULTIPLY },
        { HMI_KIND_DIVIDE, HMI_COUNT_MULTIPLY },      { HMI_KIND_LOGIC, HMI_COUNT_LOGIC },
        { HMI_KIND_SHIFT, HMI_COUNT_SHIFTS },         { HMI_KIND_COMPARE, HMI_COUNT_COMPARES },
        { HMI_KIND_FLOAT, HMI_COUNT_FLOATS },         { HMI_KIND_FLOAT_COMPARE, HMI_COUNT_FLOATS },
        { HMI_KIND_FLOAT_CONVERT, HMI_COUNT_FLOATS }, { HMI_KIND_VECTOR, HMI_COUNT_VECTORS },
        { HMI_KIND_RETURN, HMI_COUNT_RETURNS },
    };
    for (size_t i = 0; i < HMI_COUNT(rows); i++) {
        features->counts[rows[i].count] += kinds[rows[i].kind];
    }
}

static void stream_features(hmi_features *features, const hmi_walk *walk)
{
    stream s = { .grams = features->counters[HMI_FEATURE_GRAM],
                 .named = features->counters[HMI_FEATURE_MNEMONIC] };
    for (size_t b = 0; b < walk->block_count; b++) {
        const hmi_block *block = &walk->blocks[b];
        s.kind_count = s.mnemonic_count = 0;
        for (uint32_t i = 0; i < block->count; i++) {
            feed(&s, &walk->steps[block->first + i].insn);
        }
        feed_kind(&s, KIND_END);
        end_block(features, &s);
        if (block->count > features->counts[HMI_COUNT_STRAIGHT]) {
            features->counts[HMI_COUNT_STRAIGHT] = block->count;
        }
    }
    count_kinds(features, s.all);
    features->counters[HMI_FEATURE_GRAM] = s.grams;
    features->counters[HMI_FEATURE_MNEMONIC] = s.named;
}

typedef struct graph {
    uint32_t *from, *to; /* edges, by block */
    size_t count, capacity;
    uint64_t *label, *next;
} graph;

static void add_edge(graph *g, size_t from, size_t to)
{
    if (to != SIZE_MAX && g->count < g->capacity) {
        g->from[g->count] = (uint32_t)from;
        g->to[g->count] = (uint32_t)to;
        g->count++;
    }
}

static size_t target_block(const hmi_walk *walk, uint64_t address)
{
    if (address < walk->start || address - walk->start >= walk->window) {
        return SIZE_MAX;
    }
    return hmi_walk_block_at(walk, (uint32_t)(address - walk->start));
}

static void collect_edges(graph *g, const hmi_walk *walk)
{
    for (size_t b = 0; b < walk->block_count; b++) {
        const hmi_step *last = &walk->steps[walk->blocks[b].first + walk->blocks[b].count - 1];
        uint8_t flow = last->insn.flow;
        if (!hmi_flow_ends(flow)) {
            add_edge(g, b, hmi_walk_block_at(walk, last->at + last->insn.len));
        }
        if (flow == HMI_FLOW_JUMP || flow == HMI_FLOW_BRANCH) {
            add_edge(g, b, target_block(walk, last->insn.target));
        }
    }
    for (size_t e = 0; e < walk->edge_count; e++) {
        /* The jump ends its block: the block is the last one that begins at or before it. */
        size_t low = 0, high = walk->block_count;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (walk->blocks[middle].at <= walk->edges[e].from) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low > 0) {
            add_edge(g, low - 1, hmi_walk_block_at(walk, walk->edges[e].to));
        }
    }
}

/* The graph's arrays, in scratch that is kept from function to function. */
static bool open_graph(hmi_features *features, const hmi_walk *walk, graph *g)
{
    size_t blocks = walk->block_count;
    g->capacity = 2 * blocks + walk->edge_count;
    size_t bytes = 2 * blocks * sizeof(uint64_t) + 2 * g->capacity * sizeof(uint32_t);
    if (bytes > features->graph_bytes) {
        void *more = hmi_arena_take(features->arena, 1, 2 * bytes);
        if (more == NULL) {
            return false;
        }
        features->graph = more;
        features->graph_bytes = 2 * bytes;
    }
    g->label = features->graph;
    g->next = g->label + blocks;
    g->from = (uint32_t *)(g->next + blocks);
    g->to = g->from + g->capacity;
    return true;
}

/* Labels of the first round: how many ways in and out, and whether it is the first block. */
static void first_labels(graph *g, size_t blocks)
{
    memset(g->next, 0, blocks * sizeof *g->next);
    for (size_t e = 0; e < g->count; e++) {
        g->next[g->from[e]] += 1;
        g->next[g->to[e]] += 1u << 16;
    }
    for (size_t b = 0; b < blocks; b++) {
        uint64_t out = g->next[b] & 0xffff, in = g->next[b] >> 16;
        out = out < 4 ? out : 4;
        in = in < 4 ? in : 4;
        g->label[b] = hmi_mix64(1 + out * 8 + in + (b == 0 ? 64 : 0));
    }
}

static void next_labels(graph *g, size_t blocks)
{
    for (size_t b = 0; b < blocks; b++) {
        g->next[b] = g->label[b] * 3;
    }
    for (size_t e = 0; e < g->count; e++) {
        g->next[g->from[e]] += hmi_mix64(g->label[g->to[e]] + 1);
        g->next[g->to[e]] += hmi_mix64(g->label[g->from[e]] + 2);
    }
    for (size_t b = 0; b < blocks; b++) {
        g->label[b] = hmi_mix64(g->next[b]);
    }
}

static int shape_features(hmi_features *features, const hmi_walk *walk, hm_err *err)
{
    graph g = { 0 };
    size_t blocks = walk->block_count;
    if (!open_graph(features, walk, &g)) {
        return hmi_arena_fail(features->arena, err);
    }
    collect_edges(&g, walk);
    features->counts[HMI_COUNT_BLOCKS] = (uint32_t)blocks;
    features->counts[HMI_COUNT_EDGES] = (uint32_t)g.count;
    features->counts[HMI_COUNT_SWITCH] = (uint32_t)walk->edge_count;
    for (size_t e = 0; e < g.count; e++) {
        features->counts[HMI_COUNT_LOOPS] += g.to[e] <= g.from[e];
    }
    if (blocks < 2) {
        return HM_OK; /* all straight functions have the same shape */
    }
    first_labels(&g, blocks);
    for (uint64_t round = 0; round < ROUNDS; round++) {
        next_labels(&g, blocks);
        for (size_t b = 0; b < blocks; b++) {
            uint32_t id = hmi_feature_id(SALT_SHAPE + 32 * round, g.label[b]);
            hmi_feature_count(&features->counters[HMI_FEATURE_SHAPE], id);
        }
    }
    return HM_OK;
}

int hmi_features_code(hmi_features *features, const hmi_walk *walk, hm_err *err)
{
    features->counts[HMI_COUNT_INSTRUCTIONS] = (uint32_t)walk->step_count;
    size_t most[HMI_FEATURE_CLASSES] = {
        /* load, work, store of each instruction and the end of each block: runs of 2 and of 4 (two
         * loads or stores have no work of their own) */
        [HMI_FEATURE_GRAM] = 2 * (3 * walk->step_count + walk->block_count),
        [HMI_FEATURE_SHAPE] = ROUNDS * walk->block_count,
        [HMI_FEATURE_BLOCK] = walk->block_count,
        [HMI_FEATURE_MNEMONIC] = 2 * walk->step_count,
    };
    HMI_TRY(hmi_features_open(features, most, err));
    stream_features(features, walk);
    HMI_TRY(shape_features(features, walk, err));
    hmi_features_close(features);
    return HM_OK;
}
