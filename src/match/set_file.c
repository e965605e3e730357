/* SPDX-License-Identifier: Apache-2.0
 *
 * set_file.c - a compiled set as one file, mapped by every process that scans with it.
 *
 * WHY    Compiling a million indicators takes most of a second and its memory; mapping takes
 *        nothing, and ten processes share one copy.
 * FORM   The block of set.h. The checksum covers all that follows it.
 * TRUST  A file may be damaged or made by somebody else. Version, sizes, checksum, every section,
 *        row and slot are checked before the first question; values are only ever compared and
 *        shown, so a forged one can be wrong but do no harm.
 * OWNS   The mapping, by the matcher. A file is written beside its place and renamed.
 */
#include "match/set.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/num.h"

enum { CHECKED_FROM = offsetof(hmi_set_head, seed) };

static uint64_t checksum_of(const uint8_t *map, size_t size)
{
    return hmi_checksum(hmi_bytes(map + CHECKED_FROM, size - CHECKED_FROM));
}

static int write_all(int fd, const uint8_t *ptr, size_t len, hm_err *err)
{
    while (len > 0) {
        ssize_t wrote = write(fd, ptr, len < 1 << 30 ? len : 1 << 30);
        if (wrote <= 0) {
            return hmi_fail_errno(err, "the compiled set cannot be written");
        }
        ptr += wrote;
        len -= (size_t)wrote;
    }
    return HM_OK;
}

static int write_set(int fd, const hm_matcher *set, hm_err *err)
{
    hmi_set_head head = *set->head;
    head.checksum = checksum_of(set->map, (size_t)head.size);
    HMI_TRY(write_all(fd, (const uint8_t *)&head, sizeof(head), err));
    HMI_TRY(write_all(fd, set->map + sizeof(head), (size_t)head.size - sizeof(head), err));
    return fsync(fd) == 0 ? HM_OK : hmi_fail_errno(err, "the compiled set cannot be written");
}

int hm_matcher_save(const hm_matcher *matcher, const char *path, hm_err *err)
{
    char beside[4096];
    if (matcher == NULL || path == NULL ||
        (size_t)snprintf(beside, sizeof(beside), "%s.XXXXXX", path) >= sizeof(beside)) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "no matcher, or no usable path given");
    }
    int fd = mkstemp(beside);
    if (fd < 0) {
        return hmi_fail_errno(err, "no file can be made beside the compiled set");
    }
    int code = write_set(fd, matcher, err);
    if (code == HM_OK && (fchmod(fd, 0644) != 0 || rename(beside, path) != 0)) {
        code = hmi_fail_errno(err, "the compiled set cannot be put in its place");
    }
    close(fd);
    if (code != HM_OK) {
        (void)unlink(beside);
    }
    return code;
}

static bool sections_are_good(const hmi_set_head *head)
{
    static const size_t UNITS[HMI_SEC_COUNT] = {
        8, 1, 1, sizeof(hmi_slot), sizeof(hmi_row), sizeof(hmi_source), 1
    };
    uint64_t at = sizeof(hmi_set_head);
    for (size_t i = 0; i < HMI_SEC_COUNT; i++) {
        hmi_section s = head->sections[i];
        if (s.offset < at || s.offset % HMI_SET_ALIGN != 0 ||
            !hmi_inside(s.offset, s.len, head->size) || s.len % UNITS[i] != 0) {
            return false;
        }
        at = s.offset + s.len;
    }
    const hmi_section *s = head->sections;
    return head->probes_max <= HMI_SET_PROBES_MAX && s[HMI_SEC_GATE].len > 0 && s[HMI_SEC_SLOTS].len > 0 &&
           s[HMI_SEC_R16].len == HMI_SET_RANGES16 &&
           (s[HMI_SEC_R24].len == 0 || s[HMI_SEC_R24].len == HMI_SET_RANGES24) &&
           s[HMI_SEC_ROWS].len / sizeof(hmi_row) <= HMI_SET_INDICATORS_MAX &&
           s[HMI_SEC_SOURCES].len / sizeof(hmi_source) <= HMI_SET_SOURCES_MAX;
}

static bool ranges_are_good(const hm_matcher *set)
{
    for (size_t i = 0; set->ranges24 == NULL && i < HMI_SET_RANGES16; i++) {
        if (set->ranges16[i] != 0) {
            return false;
        }
    }
    return true;
}

static bool rows_are_good(const hm_matcher *set)
{
    uint64_t text = set->head->sections[HMI_SEC_TEXT].len;
    uint64_t sources = set->head->sections[HMI_SEC_SOURCES].len / sizeof(hmi_source);
    for (uint32_t i = 0; i < set->row_count; i++) {
        const hmi_row *r = &set->rows[i];
        uint64_t offset = (uint64_t)r->text_high << 32 | r->text_low;
        if (hmi_class_find(r->class_id) == NULL || r->reach > HM_REACH_BELOW ||
            hmi_set_group((hmi_class)r->class_id, (hm_reach)r->reach) == HMI_KEY_GROUPS ||
            !hmi_inside(offset, (uint64_t)r->value_len + r->id_len, text) || r->source > sources) {
            return false;
        }
    }
    for (uint64_t i = 0; i < sources; i++) {
        if (!hmi_inside(set->sources[i].offset, set->sources[i].len, text)) {
            return false;
        }
    }
    for (uint64_t i = 0; i < set->slot_count; i++) {
        if (set->slots[i].row > set->row_count) {
            return false;
        }
    }
    return ranges_are_good(set);
}

static int check(hm_matcher *set, hm_err *err)
{
    const hmi_set_head *head = (const hmi_set_head *)(const void *)set->map;
    if (set->map_len < sizeof(*head) || memcmp(head->magic, "hmwatch", 8) != 0) {
        return hmi_fail(err, HM_E_MALFORMED, 0, "this is no compiled set of indicators");
    }
    if (head->version != HMI_SET_VERSION || head->head_len != sizeof(*head)) {
        return hmi_fail(err, HM_E_UNSUPPORTED, 8,
                        "the compiled set has version %u, this program reads %d: compile it again",
                        head->version, HMI_SET_VERSION);
    }
    if (head->size != set->map_len) {
        return hmi_fail(err, HM_E_CORRUPT, 16, "the compiled set is cut or has grown");
    }
    if (head->checksum != checksum_of(set->map, set->map_len)) {
        return hmi_fail(err, HM_E_CORRUPT, 24, "the compiled set is damaged: compile it again");
    }
    if (!sections_are_good(head)) {
        return hmi_fail(err, HM_E_CORRUPT, offsetof(hmi_set_head, sections),
                        "a section lies outside the compiled set");
    }
    hmi_set_attach(set);
    return rows_are_good(set) ? HM_OK
                              : hmi_fail(err, HM_E_CORRUPT, head->sections[HMI_SEC_ROWS].offset,
                                         "a row points outside the compiled set");
}

int hm_matcher_open(const char *path, hm_matcher **ret_matcher, hm_err *err)
{
    struct stat st;
    if (path == NULL || ret_matcher == NULL) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "no path given");
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        int code = hmi_fail_errno(err, "the compiled set cannot be opened");
        if (fd >= 0) {
            close(fd);
        }
        return code;
    }
    hm_matcher *set = calloc(1, sizeof(*set));
    size_t len = (size_t)(st.st_size > 0 ? st.st_size : 1);
    void *map = set == NULL ? MAP_FAILED : mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (map == MAP_FAILED) {
        free(set);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "the compiled set cannot be mapped");
    }
    set->map = map;
    set->map_len = len;
    int code = st.st_size < (off_t)sizeof(hmi_set_head)
                   ? hmi_fail(err, HM_E_TRUNCATED, (uint64_t)st.st_size,
                              "this is too short for a compiled set of indicators")
                   : check(set, err);
    if (code != HM_OK) {
        hm_matcher_free(set);
        return code;
    }
    *ret_matcher = set;
    return HM_OK;
}
