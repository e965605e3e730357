/* SPDX-License-Identifier: Apache-2.0
 *
 * part.c - opening a file of the index, and asking it.
 */
#include "hunt/part.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/num.h"
#include "hunt/list.h"
#include "hunt/part_file.h"

void hmi_part_close(hmi_part *part)
{
    if (part->map != NULL) {
        munmap(part->map, part->map_len);
    }
    *part = (hmi_part){ 0 };
}

static bool sections_are_good(const hmi_part_head *head)
{
    uint64_t at = sizeof(*head);
    for (size_t i = 0; i < HMI_GS_COUNT; i++) {
        const hmi_part_section *s = &head->sections[i];
        if (s->offset < at || s->offset % 8 != 0 || !hmi_inside(s->offset, s->len, head->size)) {
            return false;
        }
        at = s->offset + s->len;
    }
    const hmi_part_section *s = head->sections;
    return s[HMI_GS_SOURCES].len % sizeof(hmi_indexed_source) == 0 &&
           s[HMI_GS_SEGMENTS].len % sizeof(hmi_segment) == 0 &&
           s[HMI_GS_GATE].len % HMI_GATE_BLOCK == 0 && s[HMI_GS_GATE].len > 0 &&
           s[HMI_GS_SOURCES].len / sizeof(hmi_indexed_source) <= HMI_PART_SOURCES_MAX &&
           s[HMI_GS_SEGMENTS].len / sizeof(hmi_segment) <= HMI_PART_SEGMENTS_MAX;
}

static bool rows_are_good(const hmi_part *g)
{
    for (size_t i = 0; i < g->source_count; i++) {
        const hmi_indexed_source *s = &g->sources[i];
        if (!hmi_inside(s->path_offset, s->path_len, g->paths.len) || s->path_len == 0 ||
            s->path_len >= HMI_PART_PATH_MAX) {
            return false;
        }
    }
    for (size_t i = 0; i < g->segment_count; i++) {
        const hmi_segment *s = &g->segments[i];
        uint64_t lens = 0;
        uint64_t end;
        if (s->source >= g->source_count || !hmi_add(s->offset, s->len, &end) ||
            !hmi_add(s->list_lens[0], s->list_lens[1], &lens) ||
            !hmi_inside(s->lists, lens, g->lists.len)) {
            return false;
        }
    }
    return true;
}

static hm_bytes section(const hmi_part *g, const hmi_part_head *head, size_t which)
{
    return hmi_bytes(g->map + head->sections[which].offset, (size_t)head->sections[which].len);
}

static int check(hmi_part *g, hm_err *err)
{
    const hmi_part_head *head = (const hmi_part_head *)(const void *)g->map;
    if (memcmp(head->magic, HMI_PART_MAGIC, sizeof(head->magic)) != 0) {
        return hmi_fail(err, HM_E_MALFORMED, 0, "this is no index of records");
    }
    if (head->version != HMI_PART_VERSION || head->head_len != sizeof(*head)) {
        return hmi_fail(err, HM_E_UNSUPPORTED, 8,
                        "the index has version %u, this program reads %d: index again",
                        head->version, HMI_PART_VERSION);
    }
    if (head->size != g->map_len || !sections_are_good(head)) {
        return hmi_fail(err, HM_E_CORRUPT, 16, "the index is cut or damaged");
    }
    size_t facts = (size_t)head->sections[HMI_GS_GATE].offset;
    if (hmi_part_checksum(g->map, facts) != head->checksum) {
        return hmi_fail(err, HM_E_CORRUPT, 24, "the index is damaged");
    }
    memcpy(g->seed.words, head->seed, sizeof(head->seed));
    hm_bytes sources = section(g, head, HMI_GS_SOURCES);
    hm_bytes segments = section(g, head, HMI_GS_SEGMENTS);
    g->sources = (const hmi_indexed_source *)(const void *)sources.ptr;
    g->source_count = sources.len / sizeof(hmi_indexed_source);
    g->segments = (const hmi_segment *)(const void *)segments.ptr;
    g->segment_count = segments.len / sizeof(hmi_segment);
    g->paths = section(g, head, HMI_GS_PATHS);
    g->gate = section(g, head, HMI_GS_GATE);
    g->lists = section(g, head, HMI_GS_LISTS);
    g->gate_is_good = hmi_checksum(g->gate) == head->gate_checksum;
    return rows_are_good(g) ? HM_OK
                            : hmi_fail(err, HM_E_CORRUPT, head->sections[HMI_GS_SEGMENTS].offset,
                                       "a row of the index points outside of it");
}

int hmi_part_open(const char *path, hmi_part *ret_part, hm_err *err)
{
    struct stat st;
    hmi_part g = { 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        int code = hmi_fail_errno(err, "%s", path);
        if (fd >= 0) {
            close(fd);
        }
        return code;
    }
    if (st.st_size < (off_t)sizeof(hmi_part_head)) {
        close(fd);
        return hmi_fail(err, HM_E_TRUNCATED, (uint64_t)st.st_size,
                        "this is too short for an index");
    }
    g.map_len = (size_t)st.st_size;
    void *map = mmap(NULL, g.map_len, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (map == MAP_FAILED) {
        return hmi_fail_errno(err, "%s", path);
    }
    g.map = map;
    int code = check(&g, err);
    if (code != HM_OK) {
        hmi_part_close(&g);
        return code;
    }
    *ret_part = g;
    return HM_OK;
}

hm_text hmi_part_path(const hmi_part *part, uint32_t source)
{
    const hmi_indexed_source *s = &part->sources[source];
    return (hm_text){ (const char *)part->paths.ptr + s->path_offset, s->path_len };
}

bool hmi_part_may_hold(const hmi_part *part, unsigned list, uint64_t key)
{
    return !part->gate_is_good || hmi_gate_block_has(part->gate, list, key, part->seed.words[0]);
}

hm_bytes hmi_segment_list(const hmi_part *part, const hmi_segment *segment, hmi_list_kind list)
{
    uint64_t at = segment->lists;
    for (unsigned i = 0; i < (unsigned)list; i++) {
        at += segment->list_lens[i];
    }
    return hmi_slice(part->lists, (size_t)at, (size_t)segment->list_lens[list]);
}

bool hmi_segment_is_good(const hmi_part *part, const hmi_segment *segment)
{
    uint64_t len = 0;
    for (unsigned i = 0; i < HMI_LIST_KINDS; i++) {
        len += segment->list_lens[i];
    }
    return hmi_checksum(hmi_slice(part->lists, (size_t)segment->lists, (size_t)len)) ==
           segment->checksum;
}
