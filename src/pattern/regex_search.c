/* SPDX-License-Identifier: Apache-2.0
 *
 * regex_search.c - does a regular expression match somewhere in these bytes?
 *
 * WHY    An automaton whose states are made as they are needed looks at each byte once; where a
 *        pattern has too many states, following all steps at once still costs no more than
 *        steps times bytes. There is no going back, so no pattern is slow.
 * FORM   A state is the set of steps that stand before a byte, and what stood before it (for ^ and
 *        \b). The table has a column for each kind of byte and one for the end.
 *             next[state][kind] = UNKNOWN | MATCHED | FIRST + number of a state
 *        When table or pool are full, all states but the present are forgotten.
 * TRUST  Both sides are anybody's. Memory: TABLE_MAX cells and POOL_MAX steps, once; if the arena
 *        refuses them, searches are slower and right.
 * OWNS   The cache, in the regex's arena.
 */
#include "base/hash.h"
#include "pattern/regex_inside.h"

enum { TABLE_MAX = 16384, POOL_MAX = 16384, STATES_MAX = 2048, END_OF_TEXT = 256 };
enum { UNKNOWN = 0, MATCHED = 1, FIRST = 2 };

/* What stood before. */
enum { AT_START, AFTER_LINE_END, AFTER_WORD, AFTER_OTHER };

typedef struct state {
    uint32_t from, count; /* its steps, in the pool */
    uint64_t hash;
    uint8_t before;
} state;

struct hmi_re_cache {
    uint32_t table[TABLE_MAX];
    uint16_t pool[POOL_MAX];
    state states[STATES_MAX];
    uint16_t slots[2 * STATES_MAX]; /* number of a state + 1 */
    size_t state_count, state_max, pool_used;
};

static void reach(hmi_re_reached *set, uint16_t step)
{
    if (set->at[step] >= set->count || set->list[set->at[step]] != step) {
        set->at[step] = (uint16_t)set->count;
        set->list[set->count++] = step;
    }
}

static bool holds(unsigned kind, unsigned before, unsigned byte)
{
    bool word = byte != END_OF_TEXT && hmi_re_word_byte((int)byte);
    bool edge = word != (before == AFTER_WORD);
    switch (kind) {
    case HMI_RE_TEXT_START:
        return before == AT_START;
    case HMI_RE_LINE_START:
        return before == AT_START || before == AFTER_LINE_END;
    case HMI_RE_TEXT_END:
        return byte == END_OF_TEXT;
    case HMI_RE_LINE_END:
        return byte == END_OF_TEXT || byte == '\n';
    case HMI_RE_WORD_EDGE:
        return edge;
    default:
        return !edge;
    }
}

static unsigned before_after(unsigned byte)
{
    return byte == '\n' ? AFTER_LINE_END : hmi_re_word_byte((int)byte) ? AFTER_WORD : AFTER_OTHER;
}

/* From re->now (and the start: a match may begin anywhere) over one byte, or the end, into
 * re->then. True when MATCH was reached before it. Steps that consume nothing are followed; each
 * step is looked at once. */
static bool advance(hmi_regex *re, unsigned before, unsigned byte)
{
    re->then.count = 0;
    reach(&re->now, re->start);
    for (size_t i = 0; i < re->now.count; i++) { /* grows while we walk */
        const hmi_re_step *step = &re->steps[re->now.list[i]];
        switch (step->op) {
        case HMI_OP_MATCH:
            return true;
        case HMI_OP_RANGE:
            if (byte >= step->low && byte <= step->high) {
                reach(&re->then, step->next);
            }
            break;
        case HMI_OP_SET:
            if (byte != END_OF_TEXT && hmi_re_set_has(&re->sets[step->other], byte)) {
                reach(&re->then, step->next);
            }
            break;
        case HMI_OP_SPLIT:
            reach(&re->now, step->next);
            reach(&re->now, step->other);
            break;
        default:
            if (holds(step->low, before, byte)) {
                reach(&re->now, step->next);
            }
            break;
        }
    }
    return false;
}

static void swap_reached(hmi_regex *re)
{
    hmi_re_reached was = re->now;
    re->now = re->then;
    re->then = was;
}

/* From `pos` on, with re->now and `before` as they are there. */
static bool search_steps(hmi_regex *re, hm_bytes subject, size_t pos, unsigned before)
{
    for (; pos < subject.len; pos++) {
        if (advance(re, before, subject.ptr[pos])) {
            return true;
        }
        before = before_after(subject.ptr[pos]);
        swap_reached(re);
    }
    return advance(re, before, END_OF_TEXT);
}

bool hmi_regex_search_slow(hmi_regex *re, hm_bytes subject)
{
    re->now.count = 0;
    return search_steps(re, subject, 0, AT_START);
}

static void forget(hmi_regex *re)
{
    hmi_re_cache *cache = re->cache;
    memset(cache->slots, 0, sizeof(cache->slots));
    cache->state_count = 0;
    cache->pool_used = 0;
}

/* So that equal sets look equal. Large ones are left alone: then a state may stand twice. */
static void sort_steps(uint16_t *list, size_t count)
{
    enum { SORTED_MAX = 64 };
    for (size_t i = 1; count <= SORTED_MAX && i < count; i++) {
        uint16_t step = list[i];
        size_t k = i;
        for (; k > 0 && list[k - 1] > step; k--) {
            list[k] = list[k - 1];
        }
        list[k] = step;
    }
}

static bool same(const hmi_re_cache *cache, const state *s, const hmi_re_reached *set,
                 unsigned before)
{
    return s->count == set->count && s->before == before &&
           memcmp(cache->pool + s->from, set->list, set->count * sizeof(uint16_t)) == 0;
}

/* The state for re->now, made if it is new; SIZE_MAX when there is no room. */
static size_t state_for(hmi_regex *re, unsigned before)
{
    hmi_re_cache *cache = re->cache;
    hmi_re_reached *set = &re->now;
    before = re->asserts ? before : AFTER_OTHER;
    sort_steps(set->list, set->count);
    for (size_t i = 0; i < set->count; i++) {
        set->at[set->list[i]] = (uint16_t)i;
    }
    uint64_t hash = hmi_xxh3(hmi_bytes(set->list, set->count * sizeof(uint16_t)), before);
    size_t slot = hash % HMI_COUNT(cache->slots);
    for (; cache->slots[slot] != 0; slot = (slot + 1) % HMI_COUNT(cache->slots)) {
        const state *s = &cache->states[cache->slots[slot] - 1];
        if (s->hash == hash && same(cache, s, set, before)) {
            return cache->slots[slot] - 1u;
        }
    }
    if (cache->state_count >= cache->state_max || POOL_MAX - cache->pool_used < set->count) {
        return SIZE_MAX;
    }
    size_t number = cache->state_count++;
    cache->states[number] = (state){ .from = (uint32_t)cache->pool_used,
                                     .count = (uint32_t)set->count,
                                     .hash = hash,
                                     .before = (uint8_t)before };
    memcpy(cache->pool + cache->pool_used, set->list, set->count * sizeof(uint16_t));
    cache->pool_used += set->count;
    cache->slots[slot] = (uint16_t)(number + 1);
    size_t stride = re->classes + 1;
    memset(cache->table + number * stride, 0, stride * sizeof(cache->table[0]));
    return number;
}

static void enter(hmi_regex *re, const state *s)
{
    re->now.count = s->count;
    memcpy(re->now.list, re->cache->pool + s->from, s->count * sizeof(uint16_t));
    for (size_t i = 0; i < s->count; i++) {
        re->now.at[re->now.list[i]] = (uint16_t)i;
    }
}

static bool cache_ready(hmi_regex *re)
{
    if (re->cache == NULL && !re->cache_refused) {
        re->cache = hmi_new(re->arena, hmi_re_cache);
        re->cache_refused = re->cache == NULL;
        if (re->cache != NULL) {
            size_t most = TABLE_MAX / (re->classes + 1);
            re->cache->state_max = most < STATES_MAX ? most : STATES_MAX;
        }
    }
    return re->cache != NULL;
}

/* One transition that the table lacks. *ret_state stays when there is no room even after
 * forgetting: then re->now is what stands behind the byte. */
static uint32_t learn(hmi_regex *re, size_t from, unsigned byte, unsigned column)
{
    hmi_re_cache *cache = re->cache;
    size_t stride = re->classes + 1;
    enter(re, &cache->states[from]);
    if (advance(re, cache->states[from].before, byte)) {
        return cache->table[from * stride + column] = MATCHED;
    }
    swap_reached(re);
    if (byte == END_OF_TEXT) {
        re->now.count = 0;
    }
    unsigned before = byte == END_OF_TEXT ? AFTER_OTHER : before_after(byte);
    size_t to = state_for(re, before);
    if (to == SIZE_MAX) {
        forget(re);
        to = state_for(re, before);
        return to == SIZE_MAX ? UNKNOWN : FIRST + (uint32_t)to; /* `from` is no more */
    }
    return cache->table[from * stride + column] = FIRST + (uint32_t)to;
}

bool hmi_regex_search(hmi_regex *re, hm_bytes subject)
{
    re->now.count = 0;
    if (!cache_ready(re)) {
        return search_steps(re, subject, 0, AT_START);
    }
    size_t now = state_for(re, AT_START), stride = re->classes + 1;
    if (now == SIZE_MAX) {
        forget(re);
        now = state_for(re, AT_START);
    }
    for (size_t pos = 0; now != SIZE_MAX && pos < subject.len; pos++) {
        uint8_t byte = subject.ptr[pos];
        uint32_t next = re->cache->table[now * stride + re->class_of[byte]];
        if (next == UNKNOWN) {
            next = learn(re, now, byte, re->class_of[byte]);
        }
        if (next == MATCHED) {
            return true;
        }
        if (next == UNKNOWN) { /* a set larger than the pool */
            return search_steps(re, subject, pos + 1, before_after(byte));
        }
        if (next - FIRST == now && re->anchored && re->cache->states[now].count == 0) {
            return false; /* nothing is left that could still match */
        }
        now = next - FIRST;
    }
    if (now == SIZE_MAX) {
        re->now.count = 0;
        return search_steps(re, subject, 0, AT_START);
    }
    uint32_t last = re->cache->table[now * stride + re->classes];
    return (last != UNKNOWN ? last : learn(re, now, END_OF_TEXT, re->classes)) == MATCHED;
}
