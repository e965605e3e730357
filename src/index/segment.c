/* SPDX-License-Identifier: Apache-2.0
 *
 * segment.c - the head of a segment, and writing one key by key.
 *
 * WHY    Sorting in memory and merging from the disk both end here, so there is one writer. It
 *        fills four regions of the file side by side through small buffers: memory stays the same
 *        whatever the segment's size (the prefix table, at most 4 MiB, is kept whole).
 * FORM   layout.h.
 * TRUST  hmi_segment_head_read takes a stranger's 128 bytes; the writer trusts its caller.
 * OWNS   The unfinished file and its buffers until commit or abandon.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/num.h"
#include "index/layout.h"
#include "index/sealed.h"

#define MAGIC "HMPOST1\n"
enum { REGION_BUFFER = 1 << 16, READ_BACK = 1 << 18 };

uint32_t hmi_segment_prefix_bits(uint64_t keys)
{
    uint32_t bits = 0;
    while (bits < HMI_SEGMENT_PREFIX_BITS_MAX &&
           keys >> (bits + HMI_SEGMENT_PREFIX_KEYS_BITS) != 0) {
        bits++;
    }
    return bits;
}

bool hmi_segment_place(hmi_segment_shape *shape)
{
    if (shape->keys > HMI_POSTINGS_PAIRS_MAX || shape->pairs > HMI_POSTINGS_PAIRS_MAX ||
        shape->pairs < shape->keys || shape->lists > HMI_POSTINGS_DATA_MAX ||
        shape->prefix_bits > HMI_SEGMENT_PREFIX_BITS_MAX) {
        return false;
    }
    uint64_t table = ((UINT64_C(1) << shape->prefix_bits) + 1) * 4;
    bool apart = shape->version == 1;
    shape->keys_at = (table + 7) & ~UINT64_C(7);
    shape->slots_at = shape->keys_at + (apart ? shape->keys * 8 : 8);
    shape->key_step = apart ? 8 : HMI_SEGMENT_ENTRY;
    shape->slot_step = apart ? 4 : HMI_SEGMENT_ENTRY;
    shape->lists_at = shape->keys_at + shape->keys * HMI_SEGMENT_ENTRY;
    shape->block_bits = apart ? HMI_SEGMENT_BLOCK_BITS_1 : HMI_SEGMENT_BLOCK_BITS;
    shape->body = shape->lists_at + shape->lists;
    shape->blocks = (shape->body + (UINT64_C(1) << shape->block_bits) - 1) >> shape->block_bits;
    shape->file = HMI_SEGMENT_HEAD + shape->body + shape->blocks * 8;
    return true;
}

static void put_le32(uint8_t *at, uint32_t value)
{
    value = htole32(value);
    memcpy(at, &value, sizeof(value));
}

static void put_le64(uint8_t *at, uint64_t value)
{
    value = htole64(value);
    memcpy(at, &value, sizeof(value));
}

void hmi_segment_head_write(const hmi_segment_shape *shape, uint8_t out[HMI_SEGMENT_HEAD])
{
    memset(out, 0, HMI_SEGMENT_HEAD);
    memcpy(out, MAGIC, 8);
    put_le32(out + 8, shape->version);
    put_le32(out + 12, shape->label.kind);
    put_le64(out + 16, shape->label.epoch);
    put_le64(out + 24, shape->label.from);
    put_le64(out + 32, shape->label.to);
    put_le64(out + 40, shape->keys);
    put_le64(out + 48, shape->pairs);
    put_le64(out + 56, shape->lists);
    put_le32(out + 64, shape->prefix_bits);
    put_le64(out + 72, shape->table_sum);
    put_le64(out + HMI_SEGMENT_HEAD_SUMMED, hmi_checksum(hmi_bytes(out, HMI_SEGMENT_HEAD_SUMMED)));
}

int hmi_segment_head_read(hm_bytes head, hmi_segment_shape *ret_shape, hm_err *err)
{
    if (head.len < HMI_SEGMENT_HEAD) {
        return hmi_fail(err, HM_E_CORRUPT, head.len, "segment is shorter than its head");
    }
    const uint8_t *at = head.ptr;
    if (memcmp(at, MAGIC, 8) != 0) {
        return hmi_fail(err, HM_E_CORRUPT, 0, "no segment of ours begins like this");
    }
    if (hmi_le64(at + HMI_SEGMENT_HEAD_SUMMED) !=
        hmi_checksum(hmi_bytes(at, HMI_SEGMENT_HEAD_SUMMED))) {
        return hmi_fail(err, HM_E_CORRUPT, HMI_SEGMENT_HEAD_SUMMED,
                        "the segment's head does not match its checksum");
    }
    uint32_t version = hmi_le32(at + 8);
    if (version < 1 || version > HMI_SEGMENT_VERSION) {
        return hmi_fail(err, HM_E_UNSUPPORTED, 8,
                        "segment of version %u, this program reads 1 to %d", version,
                        HMI_SEGMENT_VERSION);
    }
    hmi_segment_shape shape = {
        .label = { hmi_le32(at + 12), hmi_le64(at + 16), hmi_le64(at + 24), hmi_le64(at + 32) },
        .keys = hmi_le64(at + 40),
        .pairs = hmi_le64(at + 48),
        .lists = hmi_le64(at + 56),
        .prefix_bits = hmi_le32(at + 64),
        .version = version,
        .table_sum = hmi_le64(at + 72),
    };
    if (!hmi_segment_place(&shape) || shape.label.from > shape.label.to) {
        return hmi_fail(err, HM_E_CORRUPT, 40, "the segment's head states impossible counts");
    }
    *ret_shape = shape;
    return HM_OK;
}

static size_t uleb_size(uint32_t value)
{
    size_t size = 1;
    while (value >>= 7) {
        size++;
    }
    return size;
}

uint64_t hmi_segment_list_size(const uint32_t *values, size_t count)
{
    if (count == 1 && values[0] < HMI_SLOT_SINGLE) {
        return 0;
    }
    uint64_t size = uleb_size((uint32_t)count);
    uint32_t last = 0;
    for (size_t i = 0; i < count; i++) {
        size += uleb_size(values[i] - last);
        last = values[i];
    }
    return size;
}

typedef struct region {
    hmi_buf buf;
    uint64_t at; /* where its next flush goes in the file */
} region;

struct hmi_segment_writer {
    hmi_segment_shape shape;
    hmi_sealed *sealed;
    uint32_t *prefixes; /* how many keys begin with less than this prefix */
    uint64_t put, pairs, next_prefix;
    region entries, lists;
};

static int region_flush(hmi_segment_writer *writer, region *part, size_t keep_below, hm_err *err)
{
    if (part->buf.len < keep_below) {
        return HM_OK;
    }
    HMI_TRY(hmi_buf_check(&part->buf, err));
    HMI_TRY(hmi_sealed_write_at(writer->sealed, part->at, hmi_buf_bytes(&part->buf), err));
    part->at += part->buf.len;
    hmi_buf_clear(&part->buf);
    return HM_OK;
}

void hmi_segment_abandon(hmi_segment_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    hmi_sealed_abandon(writer->sealed);
    free(writer->prefixes);
    hmi_buf_fini(&writer->entries.buf);
    hmi_buf_fini(&writer->lists.buf);
    free(writer);
}

int hmi_segment_begin(const char *path, const hmi_postings_label *label, uint64_t keys,
                      uint64_t pairs, uint64_t lists, hmi_segment_writer **ret_writer, hm_err *err)
{
    hmi_segment_shape shape = { .label = *label,
                                .keys = keys,
                                .pairs = pairs,
                                .lists = lists,
                                .version = HMI_SEGMENT_VERSION };
    shape.prefix_bits = hmi_segment_prefix_bits(keys);
    if (!hmi_segment_place(&shape)) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE,
                        "%llu postings are too many for one segment", (unsigned long long)pairs);
    }
    hmi_segment_writer *writer = calloc(1, sizeof(*writer));
    size_t prefix_count = ((size_t)1 << shape.prefix_bits) + 1;
    uint32_t *prefixes = calloc(prefix_count, sizeof(*prefixes));
    if (writer == NULL || prefixes == NULL) {
        free(writer);
        free(prefixes);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to write a segment");
    }
    writer->shape = shape;
    writer->prefixes = prefixes;
    writer->entries.at = HMI_SEGMENT_HEAD + shape.keys_at;
    writer->lists.at = HMI_SEGMENT_HEAD + shape.lists_at;
    int code = hmi_sealed_begin(path, &writer->sealed, err);
    if (code != HM_OK) {
        hmi_segment_abandon(writer);
        return code;
    }
    *ret_writer = writer;
    return HM_OK;
}

int hmi_segment_put(hmi_segment_writer *writer, uint64_t key, const uint32_t *values, size_t count,
                    hm_err *err)
{
    hmi_assert(count > 0 && writer->put < writer->shape.keys);
    uint64_t prefix = hmi_segment_prefix(key, writer->shape.prefix_bits);
    while (writer->next_prefix <= prefix) {
        writer->prefixes[writer->next_prefix++] = htole32((uint32_t)writer->put);
    }
    hmi_buf_add_u64(&writer->entries.buf, key);
    if (hmi_segment_list_size(values, count) == 0) {
        hmi_buf_add_u32(&writer->entries.buf, values[0] | HMI_SLOT_SINGLE);
    } else {
        uint64_t at =
            writer->lists.at + writer->lists.buf.len - HMI_SEGMENT_HEAD - writer->shape.lists_at;
        hmi_buf_add_u32(&writer->entries.buf, (uint32_t)at);
        hmi_buf_add_uleb(&writer->lists.buf, count);
        uint32_t last = 0;
        for (size_t i = 0; i < count; i++) {
            hmi_buf_add_uleb(&writer->lists.buf, values[i] - last);
            last = values[i];
        }
    }
    writer->put++;
    writer->pairs += count;
    HMI_TRY(region_flush(writer, &writer->entries, REGION_BUFFER, err));
    return region_flush(writer, &writer->lists, REGION_BUFFER, err);
}

/* Reads the finished body back and appends a checksum for each block of it. */
static int write_checksums(hmi_segment_writer *writer, hm_err *err)
{
    enum { BLOCK = 1 << HMI_SEGMENT_BLOCK_BITS };
    const hmi_segment_shape *shape = &writer->shape;
    uint8_t *piece = malloc(READ_BACK);
    hmi_buf table;
    hmi_buf_init(&table, 0);
    int code = HM_OK;
    if (piece == NULL) {
        code = hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to check a segment");
    }
    for (uint64_t at = 0; code == HM_OK && at < shape->body; at += READ_BACK) {
        size_t len = (size_t)(shape->body - at < READ_BACK ? shape->body - at : READ_BACK);
        code = hmi_sealed_read_at(writer->sealed, HMI_SEGMENT_HEAD + at, piece, len, err);
        for (size_t i = 0; code == HM_OK && i < len; i += BLOCK) {
            hm_bytes block = hmi_slice(hmi_bytes(piece, len), i, BLOCK);
            hmi_buf_add_u64(&table, hmi_checksum(block));
        }
    }
    if (code == HM_OK) {
        code = hmi_buf_check(&table, err);
    }
    if (code == HM_OK) {
        writer->shape.table_sum = hmi_checksum(hmi_buf_bytes(&table));
        code = hmi_sealed_write_at(writer->sealed, HMI_SEGMENT_HEAD + shape->body,
                                   hmi_buf_bytes(&table), err);
    }
    hmi_buf_fini(&table);
    free(piece);
    return code;
}

static int finish(hmi_segment_writer *writer, hm_err *err)
{
    static const uint8_t ZERO[8];
    hmi_segment_shape *shape = &writer->shape;
    hmi_assert(writer->put == shape->keys && writer->pairs == shape->pairs);
    size_t prefix_count = ((size_t)1 << shape->prefix_bits) + 1;
    while (writer->next_prefix < prefix_count) {
        writer->prefixes[writer->next_prefix++] = htole32((uint32_t)writer->put);
    }
    HMI_TRY(region_flush(writer, &writer->entries, 1, err));
    HMI_TRY(region_flush(writer, &writer->lists, 1, err));
    HMI_TRY(hmi_sealed_write_at(writer->sealed, HMI_SEGMENT_HEAD,
                                hmi_bytes(writer->prefixes, prefix_count * 4), err));
    size_t pad = (size_t)(shape->keys_at - prefix_count * 4);
    HMI_TRY(hmi_sealed_write_at(writer->sealed, HMI_SEGMENT_HEAD + prefix_count * 4,
                                hmi_bytes(ZERO, pad), err));
    HMI_TRY(write_checksums(writer, err));
    uint8_t head[HMI_SEGMENT_HEAD];
    hmi_segment_head_write(shape, head);
    return hmi_sealed_write_at(writer->sealed, 0, hmi_bytes(head, sizeof(head)), err);
}

int hmi_segment_commit(hmi_segment_writer *writer, hm_err *err)
{
    int code = finish(writer, err);
    if (code == HM_OK) {
        code = hmi_sealed_commit(writer->sealed, 0400, err);
        writer->sealed = NULL;
    }
    hmi_segment_abandon(writer);
    return code;
}
