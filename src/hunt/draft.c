/* SPDX-License-Identifier: Apache-2.0
 *
 * draft.c - segments gathered into one file of the index, alone or with those of files before.
 *
 * WHY    The gate is made from the lists alone, so files can be merged without reading a record
 * again. OWNS   The draft's arrays, and while writing the gate.
 */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "hunt/list.h"
#include "hunt/part_file.h"
#include "index/sealed.h"

void hmi_draft_init(hmi_draft *draft, const hmi_hunt_seed *seed)
{
    *draft = (hmi_draft){ .seed = *seed };
    hmi_buf_init(&draft->paths, 0);
    hmi_buf_init(&draft->lists, HMI_PART_BYTES_MAX);
}

void hmi_draft_fini(hmi_draft *draft)
{
    free(draft->sources);
    free(draft->segments);
    hmi_buf_fini(&draft->paths);
    hmi_buf_fini(&draft->lists);
    *draft = (hmi_draft){ 0 };
}

static hm_text draft_path(const hmi_draft *draft, const hmi_indexed_source *source)
{
    return (hm_text){ (const char *)draft->paths.ptr + source->path_offset, source->path_len };
}

int hmi_draft_source(hmi_draft *draft, const hmi_indexed_source *source, hm_text path,
                     uint32_t *ret_source, hm_err *err)
{
    for (size_t i = draft->source_count; i-- > 0;) {
        hmi_indexed_source *known = &draft->sources[i];
        if (known->device == source->device && known->inode == source->inode &&
            known->head == source->head && known->head_len == source->head_len &&
            known->size == source->size && hmi_text_eq(draft_path(draft, known), path)) {
            *ret_source = (uint32_t)i;
            return HM_OK;
        }
    }
    hmi_indexed_source *grown =
        draft->source_count >= HMI_PART_SOURCES_MAX || path.len >= HMI_PART_PATH_MAX
            ? NULL
            : reallocarray(draft->sources, draft->source_count + 1, sizeof(*grown));
    if (grown == NULL) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                        "more than %d files in one part of the index, or no memory",
                        HMI_PART_SOURCES_MAX);
    }
    draft->sources = grown;
    grown[draft->source_count] = *source;
    grown[draft->source_count].path_offset = (uint32_t)draft->paths.len;
    grown[draft->source_count].path_len = (uint32_t)path.len;
    hmi_buf_add_text(&draft->paths, path);
    *ret_source = (uint32_t)draft->source_count++;
    return hmi_buf_check(&draft->paths, err);
}

int hmi_draft_segment(hmi_draft *draft, const hmi_segment *segment, hm_err *err)
{
    hmi_segment *grown =
        draft->segment_count >= HMI_PART_SEGMENTS_MAX
            ? NULL
            : reallocarray(draft->segments, draft->segment_count + 1, sizeof(*grown));
    if (grown == NULL) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                        "more than %d segments in one part of the index, or no memory",
                        HMI_PART_SEGMENTS_MAX);
    }
    draft->segments = grown;
    grown[draft->segment_count++] = *segment;
    return HM_OK;
}

int hmi_draft_take(hmi_draft *draft, const hmi_part *part, hm_err *err)
{
    for (size_t i = 0; i < part->segment_count; i++) {
        hmi_segment segment = part->segments[i];
        const hmi_indexed_source *source = &part->sources[segment.source];
        if (!hmi_segment_is_good(part, &segment)) {
            continue;
        }
        hm_text path = hmi_part_path(part, segment.source);
        HMI_TRY(hmi_draft_source(draft, source, path, &segment.source, err));
        segment.lists = draft->lists.len;
        for (unsigned k = 0; k < HMI_LIST_KINDS; k++) {
            hmi_buf_add(&draft->lists,
                        hmi_segment_list(part, &part->segments[i], (hmi_list_kind)k));
        }
        HMI_TRY(hmi_buf_check(&draft->lists, err));
        HMI_TRY(hmi_draft_segment(draft, &segment, err));
    }
    return HM_OK;
}

/* ---- Writing */

/* What the gate is told of one number: addresses also by their /24 and /16, each once for
 * neighbours. */
typedef void each_key_fn(void *with, unsigned list, uint64_t key);

static void each_number(unsigned list, const uint64_t *numbers, size_t count, each_key_fn *fn,
                        void *with)
{
    for (size_t i = 0; i < count; i++) {
        fn(with, list, numbers[i]);
        if (list == HMI_LIST_V4 && (i == 0 || numbers[i] >> 8 != numbers[i - 1] >> 8)) {
            fn(with, HMI_LIST_V4_24, numbers[i] >> 8);
        }
        if (list == HMI_LIST_V4 && (i == 0 || numbers[i] >> 16 != numbers[i - 1] >> 16)) {
            fn(with, HMI_LIST_V4_16, numbers[i] >> 16);
        }
    }
}

/* List by list, so that memory does not grow with the index. A list that makes no sense is left
 * out: its segment is read whatever the gate says. */
static int each_gate_key(const hmi_draft *draft, each_key_fn *fn, void *with, hm_err *err)
{
    for (size_t i = 0; i < draft->segment_count; i++) {
        const hmi_segment *s = &draft->segments[i];
        uint64_t at = s->lists;
        for (unsigned list = 0; list < HMI_LIST_KINDS; list++) {
            hm_bytes packed =
                hmi_slice(hmi_buf_bytes(&draft->lists), (size_t)at, (size_t)s->list_lens[list]);
            size_t count = hmi_list_count(packed);
            uint64_t *numbers = malloc((count + 1) * sizeof(*numbers));
            if (numbers == NULL) {
                return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for an index");
            }
            if (hmi_list_unpack(packed, numbers)) {
                each_number(list, numbers, count, fn, with);
            }
            free(numbers);
            at += s->list_lens[list];
        }
    }
    return HM_OK;
}

/* How many different keys there are, by how many places of a map they leave empty (linear counting:
 * Whang, Vander-Zanden and Taylor): an exact count would need them all at once. */
typedef struct counter {
    uint64_t *map;
    size_t words; /* four places or more for each number in the lists */
    uint64_t seed;
} counter;

enum { COUNTER_WORDS_MIN = 1 << 8, COUNTER_WORDS_MAX = 1 << 22 };

static void count_key(void *with, unsigned list, uint64_t key)
{
    counter *c = with;
    uint64_t hash = hmi_gate_block_hash(list, key, c->seed);
    c->map[hash % c->words] |= 1ull << (hash >> 58);
}

static size_t counted(const counter *c)
{
    double empty = 0;
    for (size_t i = 0; i < c->words; i++) {
        empty += 64 - __builtin_popcountll(c->map[i]);
    }
    double places = 64.0 * (double)c->words;
    return (size_t)(places * log(places / (empty > 1 ? empty : 1)));
}

typedef struct new_gate {
    uint8_t *bytes;
    size_t len;
    uint64_t seed;
} new_gate;

static void add_key(void *with, unsigned list, uint64_t key)
{
    const new_gate *g = with;
    hmi_gate_block_add(g->bytes, g->len, list, key, g->seed);
}

static size_t counter_words(const hmi_draft *draft)
{
    /* A number takes a byte or so in its list. */
    size_t words = COUNTER_WORDS_MIN;
    while (words < COUNTER_WORDS_MAX && words < draft->lists.len / 16) {
        words *= 2;
    }
    return words;
}

static int make_gate(const hmi_draft *draft, uint8_t **ret_gate, size_t *ret_len, hm_err *err)
{
    counter c = { .words = counter_words(draft), .seed = draft->seed.words[0] };
    c.map = calloc(c.words, sizeof(*c.map));
    if (c.map == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for the gate of an index");
    }
    int code = each_gate_key(draft, count_key, &c, err);
    size_t bits = counted(&c) * HMI_PART_GATE_BITS;
    free(c.map);
    HMI_TRY(code);
    new_gate g = { .len = (bits / 8 / HMI_GATE_BLOCK + 1) * HMI_GATE_BLOCK, .seed = c.seed };
    g.bytes = calloc(1, g.len);
    if (g.bytes == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for the gate of an index");
    }
    code = each_gate_key(draft, add_key, &g, err);
    if (code != HM_OK) {
        free(g.bytes);
        return code;
    }
    *ret_gate = g.bytes;
    *ret_len = g.len;
    return HM_OK;
}

static void plan(const hmi_draft *draft, size_t gate_len, hmi_part_head *head)
{
    uint64_t lens[HMI_GS_COUNT] = {
        [HMI_GS_SOURCES] = draft->source_count * sizeof(*draft->sources),
        [HMI_GS_SEGMENTS] = draft->segment_count * sizeof(*draft->segments),
        [HMI_GS_PATHS] = draft->paths.len,
        [HMI_GS_GATE] = gate_len,
        [HMI_GS_LISTS] = draft->lists.len,
    };
    uint64_t at = sizeof(*head);
    *head = (hmi_part_head){ .version = HMI_PART_VERSION, .head_len = sizeof(*head) };
    memcpy(head->magic, HMI_PART_MAGIC, sizeof(head->magic));
    memcpy(head->seed, draft->seed.words, sizeof(head->seed));
    for (size_t i = 0; i < HMI_GS_COUNT; i++) {
        /* A block of the gate in one cache line. */
        at = i == HMI_GS_GATE ? (at + 63) / 64 * 64 : (at + 7) / 8 * 8;
        head->sections[i] = (hmi_part_section){ at, lens[i] };
        at += lens[i];
    }
    head->size = at;
}

static int write_section(hmi_sealed *sealed, const hmi_part_head *head, size_t which,
                         const void *ptr, hm_err *err)
{
    const hmi_part_section *s = &head->sections[which];
    return s->len == 0
               ? HM_OK
               : hmi_sealed_write_at(sealed, s->offset, hmi_bytes(ptr, (size_t)s->len), err);
}

int hmi_part_write(const hmi_draft *draft, const char *path, hm_err *err)
{
    uint8_t *gate = NULL;
    size_t gate_len = 0;
    hmi_part_head head;
    hmi_sealed *sealed = NULL;
    HMI_TRY(make_gate(draft, &gate, &gate_len, err));
    plan(draft, gate_len, &head);
    head.gate_checksum = hmi_checksum(hmi_bytes(gate, gate_len));
    size_t facts = (size_t)head.sections[HMI_GS_GATE].offset;
    uint8_t *front = calloc(1, facts);
    int code = front == NULL ? hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for an index")
                             : hmi_sealed_begin(path, &sealed, err);
    if (code == HM_OK) {
        const void *parts[] = { draft->sources, draft->segments, draft->paths.ptr };
        for (size_t i = 0; i < HMI_COUNT(parts); i++) {
            if (head.sections[i].len > 0) {
                memcpy(front + head.sections[i].offset, parts[i], (size_t)head.sections[i].len);
            }
        }
        memcpy(front, &head, sizeof(head));
        head.checksum = hmi_part_checksum(front, facts);
        memcpy(front, &head, sizeof(head));
        code = hmi_sealed_write_at(sealed, 0, hmi_bytes(front, facts), err);
    }
    if (code == HM_OK) {
        code = write_section(sealed, &head, HMI_GS_GATE, gate, err);
    }
    if (code == HM_OK) {
        code = write_section(sealed, &head, HMI_GS_LISTS, draft->lists.ptr, err);
    }
    free(front);
    free(gate);
    if (code != HM_OK) {
        hmi_sealed_abandon(sealed);
        return code;
    }
    return hmi_sealed_commit(sealed, 0600, err);
}
