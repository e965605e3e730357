/* SPDX-License-Identifier: Apache-2.0
 *
 * regex_compile.c - from the tree of a regular expression to steps over bytes.
 *
 * WHY    Steps over bytes need no decoding while searching: a class of code points becomes the few
 *        sequences of byte ranges that its UTF-8 forms make.
 * FORM   Written from the end to the beginning, so that each step knows the next one's number;
 *        only a loop's SPLIT is filled in after its body. Repeats are written out.
 * TRUST  HMI_REGEX_PROGRAM_MAX steps, counted while writing: {1000}{1000} ends there, soon.
 * OWNS   Nothing: all is the arena's.
 */
#include "base/num.h"
#include "base/text.h"
#include "pattern/regex_inside.h"

typedef struct compiler {
    hmi_regex *re;
    bool bytes;
    bool too_large;
    size_t work; /* nodes written: repeats of nothing take time without taking room */
} compiler;

enum { WORK_MAX = 16 * HMI_REGEX_PROGRAM_MAX };

/* 0, which is always MATCH, when refused: the compiler then stops soon. */
static uint16_t put(compiler *c, hmi_re_step step)
{
    hmi_regex *re = c->re;
    if (c->too_large || re->count >= HMI_REGEX_PROGRAM_MAX) {
        c->too_large = true;
        return 0;
    }
    hmi_re_step *steps =
        hmi_arena_grow(re->arena, re->steps, re->count, &re->capacity, sizeof(*steps));
    if (steps == NULL) {
        c->too_large = true;
        return 0;
    }
    re->steps = steps;
    steps[re->count] = step;
    return (uint16_t)re->count++;
}

static uint16_t put_range(compiler *c, unsigned low, unsigned high, uint16_t next)
{
    return put(c,
               (hmi_re_step){
                   .op = HMI_OP_RANGE, .low = (uint8_t)low, .high = (uint8_t)high, .next = next });
}

static uint16_t put_split(compiler *c, uint16_t one, uint16_t other)
{
    return put(c, (hmi_re_step){ .op = HMI_OP_SPLIT, .next = one, .other = other });
}

/* An alternative to what was written so far, if something was. */
static uint16_t either(compiler *c, bool *any, uint16_t so_far, uint16_t one)
{
    uint16_t both = *any ? put_split(c, one, so_far) : one;
    *any = true;
    return both;
}

/* The ranges that fit a byte, as one step. */
static bool put_bytes(compiler *c, const hmi_re_class *cls, uint32_t top, uint16_t next,
                      uint16_t *ret)
{
    hmi_re_set set = { { 0 } };
    size_t ranges = 0;
    uint32_t low = 0, high = 0;
    for (size_t i = 0; i < cls->count && cls->ranges[i].low <= top; i++, ranges++) {
        low = cls->ranges[i].low;
        high = cls->ranges[i].high < top ? cls->ranges[i].high : top;
        for (uint32_t b = low; b <= high; b++) {
            set.bits[b >> 6] |= UINT64_C(1) << (b & 63);
        }
    }
    if (ranges == 0) {
        return false;
    }
    if (ranges == 1) {
        *ret = put_range(c, low, high, next);
        return true;
    }
    hmi_regex *re = c->re;
    hmi_re_set *sets =
        hmi_arena_grow(re->arena, re->sets, re->set_count, &re->set_capacity, sizeof(*sets));
    if (sets == NULL || re->set_count >= HMI_REGEX_PROGRAM_MAX) {
        c->too_large = true;
        return true;
    }
    re->sets = sets;
    sets[re->set_count] = set;
    *ret =
        put(c, (hmi_re_step){ .op = HMI_OP_SET, .other = (uint16_t)re->set_count++, .next = next });
    return true;
}

/* Code points whose forms have the same length and differ in one run of bytes. */
static uint16_t put_forms(compiler *c, uint32_t low, uint32_t high, uint16_t next)
{
    char first[4], last[4];
    size_t len = hmi_utf8_put(low, first);
    (void)hmi_utf8_put(high, last);
    for (size_t i = len; i-- > 0;) {
        next = put_range(c, (uint8_t)first[i], (uint8_t)last[i], next);
    }
    return next;
}

/* Cuts a range where the UTF-8 forms of its code points stop being a product of byte ranges. */
static void put_wide(compiler *c, uint32_t low, uint32_t high, uint16_t next, uint16_t *so_far,
                     bool *any)
{
    static const uint32_t ENDS[] = { 0x7ff, 0xd7ff, 0xdfff, 0xffff };
    while (low <= high && !c->too_large) {
        uint32_t end = high;
        for (size_t i = 0; i < HMI_COUNT(ENDS); i++) {
            end = low <= ENDS[i] && end > ENDS[i] ? ENDS[i] : end;
        }
        for (unsigned shift = 6; shift <= 18; shift += 6) {
            uint32_t mask = (UINT32_C(1) << shift) - 1;
            if ((low & ~mask) == (end & ~mask)) {
                break;
            }
            if ((low & mask) != 0) {
                end = low | mask;
                break;
            }
            if ((end & mask) != mask) {
                uint32_t cut = (end & ~mask) - 1;
                end = cut >= low ? cut : end;
            }
        }
        if (low < 0xd800 || low > 0xdfff) {
            *so_far = either(c, any, *so_far, put_forms(c, low, end, next));
        }
        low = end + 1;
    }
}

/* Every character beyond ASCII, of a text that is clean UTF-8: a lead byte and its tail, 9 steps.
 */
static uint16_t put_any_wide(compiler *c, uint16_t next)
{
    uint16_t tail = put_range(c, 0x80, 0xbf, next);
    uint16_t any = put_range(c, 0xc2, 0xdf, tail);
    tail = put_range(c, 0x80, 0xbf, tail);
    any = put_split(c, put_range(c, 0xe0, 0xef, tail), any);
    tail = put_range(c, 0x80, 0xbf, tail);
    return put_split(c, put_range(c, 0xf0, 0xf4, tail), any);
}

static uint16_t put_class(compiler *c, const hmi_re_class *cls, uint16_t next)
{
    uint16_t so_far = 0;
    bool any = false;
    if (!c->bytes) {
        for (size_t i = cls->count; i-- > 0;) {
            uint32_t low = cls->ranges[i].low > 0x80 ? cls->ranges[i].low : 0x80;
            if (low == 0x80 && cls->ranges[i].high == 0x10ffff) {
                so_far = either(c, &any, so_far, put_any_wide(c, next));
            } else {
                put_wide(c, low, cls->ranges[i].high, next, &so_far, &any);
            }
        }
    }
    uint16_t narrow = 0;
    if (put_bytes(c, cls, c->bytes ? 0xff : 0x7f, next, &narrow)) {
        so_far = either(c, &any, so_far, narrow);
    }
    /* an empty class matches nothing: a range that no byte is in */
    return any ? so_far : put_range(c, 1, 0, next);
}

static uint16_t put_assert(compiler *c, unsigned kind, uint16_t next)
{
    c->re->asserts = true;
    if (kind == HMI_RE_LAST_LINE_END) {
        uint16_t end = put_assert(c, HMI_RE_TEXT_END, next);
        return put_split(c, end, put_range(c, '\n', '\n', end));
    }
    return put(c, (hmi_re_step){ .op = HMI_OP_ASSERT, .low = (uint8_t)kind, .next = next });
}

static uint16_t put_node(compiler *c, const hmi_re_node *node, uint16_t next);

static uint16_t put_repeat(compiler *c, const hmi_re_node *node, uint16_t next)
{
    if (node->max == HMI_RE_UNBOUNDED) {
        uint16_t loop = put_split(c, 0, next);
        uint16_t body = put_node(c, node->first, loop);
        if (c->too_large) {
            return 0;
        }
        c->re->steps[loop].next = body;
        next = loop;
    } else {
        uint16_t behind = next;
        for (uint32_t i = node->min; i < node->max && !c->too_large; i++) {
            next = put_split(c, put_node(c, node->first, next), behind);
        }
    }
    for (uint32_t i = 0; i < node->min && !c->too_large; i++) {
        next = put_node(c, node->first, next);
    }
    return next;
}

/* Children stand in order; written from the last. Depth is that of groups. */
static uint16_t put_children(compiler *c, const hmi_re_node *node, uint16_t next)
{
    size_t count = 0, capacity = 0;
    const hmi_re_node **children = NULL;
    for (const hmi_re_node *child = node->first; child != NULL; child = child->next) {
        const hmi_re_node **more =
            hmi_arena_grow(c->re->arena, children, count, &capacity, sizeof(*children));
        if (more == NULL) {
            c->too_large = true;
            return 0;
        }
        children = more;
        children[count++] = child;
    }
    uint16_t so_far = next;
    bool any = false;
    for (size_t i = count; i-- > 0 && !c->too_large;) {
        if (node->kind == HMI_RE_CAT) {
            so_far = put_node(c, children[i], so_far);
        } else {
            so_far = either(c, &any, so_far, put_node(c, children[i], next));
        }
    }
    return so_far;
}

static uint16_t put_node(compiler *c, const hmi_re_node *node, uint16_t next)
{
    if (c->too_large || c->work++ > WORK_MAX) {
        c->too_large = true;
        return 0;
    }
    switch (node->kind) {
    case HMI_RE_EMPTY:
        return next;
    case HMI_RE_CLASS:
        return put_class(c, &node->cls, next);
    case HMI_RE_CAT:
    case HMI_RE_ALT:
        return put_children(c, node, next);
    case HMI_RE_REPEAT:
        return put_repeat(c, node, next);
    case HMI_RE_ASSERT:
        return put_assert(c, node->assert, next);
    default:
        return next;
    }
}

/* Bytes that no step tells apart share a column of the automaton's table. */
static void find_byte_classes(hmi_regex *re)
{
    hmi_re_set begins = { { 0 } };
#define BEGINS(b) (begins.bits[(b) >> 6] |= UINT64_C(1) << ((b)&63))
    for (size_t i = 0; i < re->count; i++) {
        const hmi_re_step *step = &re->steps[i];
        if (step->op == HMI_OP_RANGE) {
            BEGINS(step->low);
            if (step->high < 0xff) {
                BEGINS(step->high + 1);
            }
        }
        for (unsigned b = 1; step->op == HMI_OP_SET && b < 256; b++) {
            const hmi_re_set *set = &re->sets[step->other];
            if (hmi_re_set_has(set, b) != hmi_re_set_has(set, b - 1)) {
                BEGINS(b);
            }
        }
    }
    for (unsigned b = 1; re->asserts && b < 256; b++) {
        if (b == '\n' || b == '\n' + 1 ||
            hmi_re_word_byte((int)b) != hmi_re_word_byte((int)b - 1)) {
            BEGINS(b);
        }
    }
#undef BEGINS
    unsigned now = 0;
    for (unsigned b = 0; b < 256; b++) {
        now += b > 0 && hmi_re_set_has(&begins, b) ? 1 : 0;
        re->class_of[b] = (uint8_t)now;
    }
    re->classes = now + 1;
}

static bool reached_init(hmi_arena *arena, hmi_re_reached *reached, size_t count)
{
    reached->list = hmi_new_array(arena, uint16_t, count);
    reached->at = hmi_new_array(arena, uint16_t, count);
    return reached->list != NULL && reached->at != NULL;
}

int hmi_regex_compile(hmi_arena *arena, hm_text pattern, unsigned flags, hmi_regex **ret_regex,
                      hm_err *err)
{
    hmi_re_node *tree;
    HMI_TRY(hmi_re_parse(arena, pattern, flags, &tree, err));
    hmi_regex *re = hmi_new(arena, hmi_regex);
    if (re == NULL) {
        return hmi_arena_fail(arena, err);
    }
    re->arena = arena;
    compiler c = { .re = re, .bytes = (flags & HMI_REGEX_BYTES) != 0 };
    uint16_t match = put(&c, (hmi_re_step){ .op = HMI_OP_MATCH });
    re->start = put_node(&c, tree, match);
    if (c.too_large && re->count < HMI_REGEX_PROGRAM_MAX && re->set_count < HMI_REGEX_PROGRAM_MAX &&
        c.work <= WORK_MAX) {
        return hmi_arena_fail(arena, err);
    }
    if (c.too_large) {
        return hmi_fail(err, HM_E_LIMIT, 0,
                        "regular expression: more than %d steps when written out",
                        HMI_REGEX_PROGRAM_MAX);
    }
    re->anchored = re->steps[re->start].op == HMI_OP_ASSERT &&
                   re->steps[re->start].low == HMI_RE_TEXT_START;
    find_byte_classes(re);
    if (!reached_init(arena, &re->now, re->count) || !reached_init(arena, &re->then, re->count)) {
        return hmi_arena_fail(arena, err);
    }
    HMI_TRY(hmi_re_find_words(re, tree, err));
    *ret_regex = re;
    return HM_OK;
}

size_t hmi_regex_words(const hmi_regex *regex, const hm_text **ret_words)
{
    *ret_words = regex->words;
    return regex->word_count;
}
