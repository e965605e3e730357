/* SPDX-License-Identifier: Apache-2.0
 *
 * postings_map.c - asking a sealed segment.
 *
 * WHY    A comparison asks ten thousand keys of a file of a hundred megabytes: it must neither read
 *        the whole of it nor believe any of it. So the file is mapped, and each half KiB is
 *        checked against its checksum when it is first touched.
 * FORM   layout.h.
 * TRUST  None. All access goes through look(), which cannot leave the body and knows damaged
 *        blocks; every number read is compared with the counts of the head before it is used.
 *        Checksums find accidents, bounds checks keep a forged file (with right checksums) from
 *        harm: it can only answer nonsense, in bounded time.
 * OWNS   The mapping and one bit per block.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/num.h"
#include "index/layout.h"

struct hmi_postings_map {
    hmi_segment_shape shape;
    hm_bytes file;
    const uint8_t *body, *sums;
    uint64_t *checked; /* one bit per block */
};

static int corrupt(hm_err *err, uint64_t at, const char *what)
{
    return hmi_fail(err, HM_E_CORRUPT, HMI_SEGMENT_HEAD + at, "segment damaged at byte %llu: %s",
                    (unsigned long long)(HMI_SEGMENT_HEAD + at), what);
}

static bool check_block(hmi_postings_map *map, uint64_t block)
{
    uint64_t at = block << map->shape.block_bits;
    hm_bytes body = hmi_bytes(map->body, (size_t)map->shape.body);
    hm_bytes part = hmi_slice(body, (size_t)at, (size_t)1 << map->shape.block_bits);
    if (hmi_checksum(part) != hmi_le64(map->sums + block * 8)) {
        return false;
    }
    map->checked[block / 64] |= UINT64_C(1) << (block % 64);
    return true;
}

/* `len` checked bytes of the body; NULL when they do not exist or are damaged. */
static inline const uint8_t *look(hmi_postings_map *map, uint64_t at, uint64_t len)
{
    if (len == 0 || !hmi_inside(at, len, map->shape.body)) {
        return NULL;
    }
    uint64_t last = (at + len - 1) >> map->shape.block_bits;
    for (uint64_t block = at >> map->shape.block_bits; block <= last; block++) {
        if ((map->checked[block / 64] >> (block % 64) & 1) == 0 && !check_block(map, block)) {
            return NULL;
        }
    }
    return map->body + at;
}

static int map_file(const char *path, hm_bytes *ret_file, hm_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return hmi_fail_errno(err, "cannot open %s", path);
    }
    struct stat st;
    void *at = MAP_FAILED;
    int code = HM_OK;
    if (fstat(fd, &st) != 0) {
        code = hmi_fail_errno(err, "cannot ask about %s", path);
    } else if (!S_ISREG(st.st_mode) || st.st_size < HMI_SEGMENT_HEAD) {
        code = hmi_fail(err, HM_E_CORRUPT, 0, "%s is shorter than a segment's head", path);
    } else if ((at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0)) == MAP_FAILED) {
        code = hmi_fail_errno(err, "cannot map %s", path);
    }
    close(fd);
    if (code == HM_OK) {
        *ret_file = hmi_bytes(at, (size_t)st.st_size);
    }
    return code;
}

static int check_frame(hmi_postings_map *map, hm_err *err)
{
    const hmi_segment_shape *shape = &map->shape;
    if (shape->file != map->file.len) {
        return hmi_fail(err, HM_E_CORRUPT, map->file.len,
                        "segment has %zu bytes, its head speaks of %llu", map->file.len,
                        (unsigned long long)shape->file);
    }
    map->body = map->file.ptr + HMI_SEGMENT_HEAD;
    map->sums = map->body + shape->body;
    if (hmi_checksum(hmi_bytes(map->sums, (size_t)shape->blocks * 8)) != shape->table_sum) {
        return corrupt(err, shape->body, "the table of checksums");
    }
    map->checked = calloc((size_t)shape->blocks / 64 + 1, sizeof(*map->checked));
    if (map->checked == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to open a segment");
    }
    return HM_OK;
}

int hmi_postings_open(const char *path, uint32_t kind, hmi_postings_map **ret_map, hm_err *err)
{
    hmi_postings_map *map = calloc(1, sizeof(*map));
    if (map == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to open a segment");
    }
    int code = map_file(path, &map->file, err);
    if (code == HM_OK) {
        code = hmi_segment_head_read(map->file, &map->shape, err);
    }
    if (code == HM_OK) {
        code = check_frame(map, err);
    }
    if (code == HM_OK && map->shape.label.kind != kind) {
        code = hmi_fail(err, HM_E_CORRUPT, 12, "segment of kind %u where kind %u was expected",
                        map->shape.label.kind, kind);
    }
    if (code != HM_OK) {
        hmi_postings_close(map);
        return code;
    }
    *ret_map = map;
    return HM_OK;
}

void hmi_postings_close(hmi_postings_map *map)
{
    if (map == NULL) {
        return;
    }
    if (map->file.ptr != NULL) {
        (void)munmap((void *)(uintptr_t)map->file.ptr, map->file.len);
    }
    free(map->checked);
    free(map);
}

const hmi_postings_label *hmi_postings_label_of(const hmi_postings_map *map)
{
    return &map->shape.label;
}

uint64_t hmi_postings_keys(const hmi_postings_map *map)
{
    return map->shape.keys;
}

uint64_t hmi_postings_pairs(const hmi_postings_map *map)
{
    return map->shape.pairs;
}

/* ---- Lists */

typedef struct list {
    hmi_postings_map *map;
    uint64_t at;     /* next byte, from the body's beginning */
    uint64_t safe;   /* bytes before this one were looked at */
    uint32_t single; /* the value, when there is no list */
    uint32_t left, last;
    bool first;
} list;

static int list_uleb(list *l, uint32_t *ret, hm_err *err)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < HMI_ULEB32_MAX; i++) {
        if (l->at >= l->safe) {
            if (look(l->map, l->at, 1) == NULL) {
                return corrupt(err, l->at, "a list");
            }
            uint64_t end = ((l->at >> l->map->shape.block_bits) + 1) << l->map->shape.block_bits;
            l->safe = end < l->map->shape.body ? end : l->map->shape.body;
        }
        uint8_t byte = l->map->body[l->at++];
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if ((byte & 0x80) == 0) {
            if (value > UINT32_MAX) {
                break;
            }
            *ret = (uint32_t)value;
            return HM_OK;
        }
    }
    return corrupt(err, l->at, "a number in a list is too large");
}

static int list_open(hmi_postings_map *map, uint64_t index, list *ret, uint32_t *ret_count,
                     hm_err *err)
{
    const hmi_segment_shape *shape = &map->shape;
    uint64_t slot_at = shape->slots_at + index * shape->slot_step;
    const uint8_t *slot_bytes = look(map, slot_at, 4);
    if (slot_bytes == NULL) {
        return corrupt(err, slot_at, "a slot");
    }
    uint32_t slot = hmi_le32(slot_bytes);
    list l = { .map = map, .single = slot & ~HMI_SLOT_SINGLE, .left = 1 };
    if ((slot & HMI_SLOT_SINGLE) == 0) {
        l.at = shape->lists_at + slot;
        l.first = true;
        HMI_TRY(list_uleb(&l, &l.left, err));
        if (l.left == 0 || l.left > shape->body - l.at) {
            return corrupt(err, l.at, "a list that states an impossible length");
        }
    }
    *ret = l;
    *ret_count = l.left;
    return HM_OK;
}

static int list_next(list *l, uint32_t *ret_value, hm_err *err)
{
    l->left--;
    if (l->at == 0) {
        *ret_value = l->single;
        return HM_OK;
    }
    uint32_t step = 0;
    HMI_TRY(list_uleb(l, &step, err));
    if ((!l->first && step == 0) || !hmi_add(l->last, step, &l->last)) {
        return corrupt(err, l->at, "a list that does not ascend");
    }
    l->first = false;
    *ret_value = l->last;
    return HM_OK;
}

/* The next `count` values. Most steps are one byte within what was looked at already. */
static int list_read(list *l, uint32_t *ret_values, size_t count, hm_err *err)
{
    const uint8_t *body = l->map->body;
    for (size_t i = 0; i < count; i++) {
        if (l->at != 0 && l->at < l->safe && !l->first) {
            uint32_t step = body[l->at];
            if (step - 1 < 0x7f && l->last <= UINT32_MAX - 0x7f) {
                l->at++;
                l->left--;
                ret_values[i] = l->last += step;
                continue;
            }
        }
        HMI_TRY(list_next(l, &ret_values[i], err));
    }
    return HM_OK;
}

/* Index of `key`; shape.keys when it is not there. */
static int key_index(hmi_postings_map *map, uint64_t key, uint64_t *ret_index, hm_err *err)
{
    const hmi_segment_shape *shape = &map->shape;
    uint64_t prefix_at = hmi_segment_prefix(key, shape->prefix_bits) * 4;
    const uint8_t *prefix = look(map, prefix_at, 8);
    if (prefix == NULL) {
        return corrupt(err, prefix_at, "the prefix table");
    }
    uint64_t low = hmi_le32(prefix), high = hmi_le32(prefix + 4);
    if (low > high || high > shape->keys) {
        return corrupt(err, prefix_at, "the prefix table");
    }
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        uint64_t entry_at = shape->keys_at + middle * shape->key_step;
        const uint8_t *at = look(map, entry_at, 8);
        if (at == NULL) {
            return corrupt(err, entry_at, "a key");
        }
        uint64_t here = hmi_le64(at);
        if (here == key) {
            *ret_index = middle;
            return HM_OK;
        }
        if (here < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *ret_index = shape->keys;
    return HM_OK;
}

/* The first `max` values of a key; of a list of more than `longest` values none. */
static int find(hmi_postings_map *map, uint64_t key, uint32_t *ret_values, size_t max,
                size_t longest, size_t *ret_total, hm_err *err)
{
    uint64_t index = 0;
    HMI_TRY(key_index(map, key, &index, err));
    if (index == map->shape.keys) {
        *ret_total = 0;
        return HM_OK;
    }
    list l;
    uint32_t total = 0;
    HMI_TRY(list_open(map, index, &l, &total, err));
    if (total <= longest) {
        HMI_TRY(list_read(&l, ret_values, total < max ? total : max, err));
    }
    *ret_total = total;
    return HM_OK;
}

int hmi_postings_find(hmi_postings_map *map, uint64_t key, uint32_t *ret_values, size_t max,
                      size_t *ret_total, hm_err *err)
{
    return find(map, key, ret_values, max, SIZE_MAX, ret_total, err);
}

int hmi_postings_find_few(hmi_postings_map *map, uint64_t key, uint32_t *ret_values, size_t max,
                          size_t *ret_total, hm_err *err)
{
    return find(map, key, ret_values, max, max, ret_total, err);
}

int hmi_postings_at(hmi_postings_map *map, uint64_t index, uint64_t *ret_key, uint32_t **values,
                    size_t *capacity, size_t *ret_count, hm_err *err)
{
    uint64_t at = map->shape.keys_at + index * map->shape.key_step;
    const uint8_t *key = look(map, at, 8);
    if (key == NULL) {
        return corrupt(err, at, "a key");
    }
    list l;
    uint32_t total = 0;
    HMI_TRY(list_open(map, index, &l, &total, err));
    if (total > *capacity) {
        uint32_t *grown = realloc(*values, (size_t)total * 2 * sizeof(*grown));
        if (grown == NULL) {
            return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for a list of postings");
        }
        *values = grown;
        *capacity = (size_t)total * 2;
    }
    HMI_TRY(list_read(&l, *values, total, err));
    *ret_key = hmi_le64(key);
    *ret_count = total;
    return HM_OK;
}

int hmi_postings_each(hmi_postings_map *map, hmi_postings_visit visit, void *with, hm_err *err)
{
    uint32_t *values = NULL;
    size_t capacity = 0, count = 0;
    uint64_t key = 0, before = 0;
    int code = HM_OK;
    for (uint64_t i = 0; code == HM_OK && i < map->shape.keys; i++) {
        code = hmi_postings_at(map, i, &key, &values, &capacity, &count, err);
        if (code == HM_OK && i > 0 && key <= before) {
            code = corrupt(err, map->shape.keys_at + i * map->shape.key_step, "keys out of order");
        }
        before = key;
        if (code == HM_OK) {
            code = visit(with, key, values, count, err);
        }
    }
    free(values);
    return code;
}

/* ---- The whole check */

typedef struct census {
    hmi_postings_map *map;
    uint64_t keys, pairs, lists;
} census;

static int count_key(void *with, uint64_t key, const uint32_t *values, size_t count, hm_err *err)
{
    census *c = with;
    uint64_t index = 0;
    HMI_TRY(key_index(c->map, key, &index, err));
    if (index != c->keys) {
        return corrupt(err, 0, "a key that its prefix does not lead to");
    }
    c->keys++;
    c->pairs += count;
    c->lists += hmi_segment_list_size(values, count);
    return HM_OK;
}

int hmi_postings_check(hmi_postings_map *map, hm_err *err)
{
    for (uint64_t block = 0; block < map->shape.blocks; block++) {
        if (!check_block(map, block)) {
            return corrupt(err, block << map->shape.block_bits, "a block's checksum");
        }
    }
    census c = { .map = map };
    HMI_TRY(hmi_postings_each(map, count_key, &c, err));
    if (c.pairs != map->shape.pairs || c.lists != map->shape.lists) {
        return corrupt(err, 0, "its head counts other postings than it holds");
    }
    return HM_OK;
}
