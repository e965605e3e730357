/* SPDX-License-Identifier: Apache-2.0
 *
 * part.h - one file of the index: what a number of segments of records hold.
 *
 * FORM   head | sources | segments | paths | gate | lists                        (little-endian)
 *          sources   files the segments are of
 *          segments  which bytes of which source, where their lists lie, and the lists' checksum
 *          gate      split-block Bloom filter over all keys of all lists: one cache line a question
 *          lists     list.h, two a segment
 *        The head's checksum covers head, sources, segments and paths; the gate has its own.
 * TRUST  Files may be damaged or forged. A damaged head refuses the part; a damaged gate is not
 * asked; lists that are damaged make their segment one that must be read. A forged index can hide a
 * hit, so it belongs where only its owner writes.
 */
#ifndef HMI_HUNT_PART_H
#define HMI_HUNT_PART_H

#include "base/buf.h"
#include "hunt/gather.h"
#include "hunt/keys.h"

enum {
    HMI_PART_VERSION = 1,
    HMI_PART_SEGMENTS_MAX = 4096,
    HMI_PART_SOURCES_MAX = 4096,
    HMI_PART_PATH_MAX = 4096,
    HMI_PART_GATE_BITS = 16, /* a key */
    HMI_PART_BYTES_MAX = 1 << 30
};

typedef struct hmi_indexed_source {
    uint64_t device, inode;
    uint64_t head; /* hash of the first head_len bytes */
    uint64_t size; /* of the file as it lies there, when it is compressed; else 0 */
    uint32_t head_len;
    uint32_t path_offset, path_len;
    uint32_t unused;
} hmi_indexed_source;

typedef struct hmi_segment {
    uint64_t offset, len;  /* bytes of the source's content */
    uint64_t lines_before; /* in the source */
    uint64_t lines;
    uint64_t lists; /* offset in that section; the lists follow each other */
    uint64_t list_lens[HMI_LIST_KINDS];
    uint64_t checksum; /* of the lists */
    uint32_t source;
    uint32_t flags; /* hmi_segment_flags */
} hmi_segment;

/* What is about to be written. Arrays grow; free with hmi_draft_fini. */
typedef struct hmi_draft {
    hmi_hunt_seed seed;
    hmi_indexed_source *sources;
    size_t source_count;
    hmi_segment *segments;
    size_t segment_count;
    hmi_buf paths, lists;
} hmi_draft;
void hmi_draft_init(hmi_draft *draft, const hmi_hunt_seed *seed);
void hmi_draft_fini(hmi_draft *draft);
/* Finds or adds. `source->path_*` are filled in. */
int hmi_draft_source(hmi_draft *draft, const hmi_indexed_source *source, hm_text path,
                     uint32_t *ret_source, hm_err *err);
int hmi_draft_segment(hmi_draft *draft, const hmi_segment *segment, hm_err *err);

typedef struct hmi_part {
    uint8_t *map;
    size_t map_len;
    hmi_hunt_seed seed;
    const hmi_indexed_source *sources;
    const hmi_segment *segments;
    size_t source_count, segment_count;
    hm_bytes paths, gate, lists;
    bool gate_is_good;
} hmi_part;

int hmi_part_write(const hmi_draft *draft, const char *path, hm_err *err);
/* HM_E_CORRUPT, HM_E_UNSUPPORTED (another version), HM_E_TRUNCATED ... */
int hmi_part_open(const char *path, hmi_part *ret_part, hm_err *err);
void hmi_part_close(hmi_part *part);
hm_text hmi_part_path(const hmi_part *part, uint32_t source);
/* Everything of `part` into a draft, lists as they are. Segments whose lists are damaged are left
 * out: what they cover is indexed anew. */
int hmi_draft_take(hmi_draft *draft, const hmi_part *part, hm_err *err);

/* May the part hold it? `list` may also be one of the gate's own kinds. */
bool hmi_part_may_hold(const hmi_part *part, unsigned list, uint64_t key);
/* The list of a segment; empty when there is none. */
hm_bytes hmi_segment_list(const hmi_part *part, const hmi_segment *segment, hmi_list_kind list);
bool hmi_segment_is_good(const hmi_part *part, const hmi_segment *segment);

#endif
