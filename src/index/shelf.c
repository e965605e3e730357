/* SPDX-License-Identifier: Apache-2.0
 *
 * shelf.c - which segments there are, which to use, and when to merge them.
 *
 * WHY    One segment cannot grow; many small ones make each question many probes. So new ones are
 *        merged with what lies before them, as long as that is not more than RATIO times as large,
 *        as in a log-structured merge tree: about log(n) / log(RATIO) segments stand at any time,
 *        and each pair is rewritten about RATIO / 2 times that often.
 * TRUST  File names are parsed strictly and must agree with the head inside; anything else in the
 *        folder is not ours and not touched.
 * OWNS   Its maps. Files on the shelf belong to the casebook.
 */
#include "index/shelf.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"

enum { NAME_MAX_LEN = 120, LOOKS_MAX = 5, RATIO = 8 };

typedef struct segment {
    hmi_postings_label label;
    hmi_postings_map *map;
} segment;

struct hmi_shelf {
    hmi_shelf_plan plan;
    char *folder;
    segment *segments; /* by `from`, none overlapping */
    size_t count;
    uint32_t *values;
    size_t capacity;
};

/* ---- Names */

static void segment_name(const hmi_shelf *shelf, const hmi_postings_label *label,
                         char out[NAME_MAX_LEN])
{
    snprintf(out, NAME_MAX_LEN, "%s-%016" PRIx64 "-%" PRIu64 "-%" PRIu64 ".seg", shelf->plan.name,
             label->epoch, label->from, label->to);
}

static int segment_path(const hmi_shelf *shelf, const hmi_postings_label *label, char out[PATH_MAX],
                        hm_err *err)
{
    char name[NAME_MAX_LEN];
    segment_name(shelf, label, name);
    int len = snprintf(out, PATH_MAX, "%s/%s", shelf->folder, name);
    if (len < 0 || len >= PATH_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "the casebook's path is too long");
    }
    return HM_OK;
}

static bool parse_name(const hmi_shelf *shelf, const char *name, hmi_postings_label *ret_label)
{
    size_t len = strlen(shelf->plan.name);
    hmi_postings_label label = { .kind = shelf->plan.kind };
    if (strncmp(name, shelf->plan.name, len) != 0 ||
        sscanf(name + len, "-%16" SCNx64 "-%" SCNu64 "-%" SCNu64 ".seg", &label.epoch, &label.from,
               &label.to) != 3) {
        return false;
    }
    char again[NAME_MAX_LEN];
    segment_name(shelf, &label, again);
    *ret_label = label;
    return strcmp(name, again) == 0 && label.from <= label.to;
}

static int by_place(const void *a, const void *b)
{
    const hmi_postings_label *x = a, *y = b;
    if (x->from != y->from) {
        return x->from < y->from ? -1 : 1;
    }
    return x->to > y->to ? -1 : x->to < y->to; /* the longest first */
}

/* All segments of this name in the folder, of any epoch; malloc'ed. */
static int list_labels(const hmi_shelf *shelf, hmi_postings_label **ret, size_t *ret_count,
                       hm_err *err)
{
    DIR *dir = opendir(shelf->folder);
    if (dir == NULL) {
        return hmi_fail_errno(err, "cannot list %s", shelf->folder);
    }
    hmi_postings_label *labels = calloc(HMI_SHELF_SEGMENTS_MAX, sizeof(*labels));
    size_t count = 0;
    for (struct dirent *entry; labels != NULL && (entry = readdir(dir)) != NULL;) {
        if (count < HMI_SHELF_SEGMENTS_MAX && parse_name(shelf, entry->d_name, &labels[count])) {
            count++;
        }
    }
    closedir(dir);
    if (labels == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to list segments");
    }
    qsort(labels, count, sizeof(*labels), by_place);
    *ret = labels;
    *ret_count = count;
    return HM_OK;
}

/* ---- Opening */

static void drop_maps(hmi_shelf *shelf)
{
    for (size_t i = 0; i < shelf->count; i++) {
        hmi_postings_close(shelf->segments[i].map);
    }
    shelf->count = 0;
}

static bool same_label(const hmi_postings_label *a, const hmi_postings_label *b)
{
    return a->epoch == b->epoch && a->from == b->from && a->to == b->to;
}

/* HM_E_NOT_FOUND: it vanished since it was listed. HM_E_CORRUPT and HM_E_UNSUPPORTED: useless. */
static int open_segment(const hmi_shelf *shelf, const hmi_postings_label *label,
                        hmi_postings_map **ret_map, hm_err *err)
{
    char path[PATH_MAX];
    HMI_TRY(segment_path(shelf, label, path, err));
    hmi_postings_map *map = NULL;
    HMI_TRY(hmi_postings_open(path, shelf->plan.kind, &map, err));
    if (!same_label(label, hmi_postings_label_of(map))) {
        hmi_postings_close(map);
        return hmi_fail(err, HM_E_CORRUPT, 16, "%s holds something else than its name says", path);
    }
    *ret_map = map;
    return HM_OK;
}

static int open_all(hmi_shelf *shelf, hm_err *err)
{
    hmi_postings_label *labels = NULL;
    size_t count = 0;
    HMI_TRY(list_labels(shelf, &labels, &count, err));
    uint64_t covered = 0;
    int code = HM_OK;
    for (size_t i = 0; code == HM_OK && i < count; i++) {
        const hmi_postings_label *label = &labels[i];
        if (label->epoch != shelf->plan.epoch || label->to > shelf->plan.newest ||
            label->from < covered || label->from == label->to) {
            continue;
        }
        hmi_postings_map *map = NULL;
        code = open_segment(shelf, label, &map, err);
        if (code == HM_OK) {
            shelf->segments[shelf->count++] = (segment){ *label, map };
            covered = label->to;
        } else if (code == HM_E_CORRUPT || code == HM_E_UNSUPPORTED) {
            code = HM_OK; /* a gap; a shorter segment may stand behind it */
        }
    }
    free(labels);
    return code;
}

static int room_for(hmi_shelf *shelf, size_t count, hm_err *err)
{
    if (count <= shelf->capacity) {
        return HM_OK;
    }
    uint32_t *grown = realloc(shelf->values, count * 2 * sizeof(*grown));
    if (grown == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for a list of postings");
    }
    shelf->values = grown;
    shelf->capacity = count * 2;
    return HM_OK;
}

int hmi_shelf_open(const hmi_shelf_plan *plan, hmi_shelf **ret_shelf, hm_err *err)
{
    hmi_shelf *shelf = calloc(1, sizeof(*shelf));
    if (shelf != NULL) {
        shelf->plan = *plan;
        shelf->plan.folder = NULL;
        shelf->folder = strdup(plan->folder);
        shelf->segments = calloc(HMI_SHELF_SEGMENTS_MAX, sizeof(*shelf->segments));
    }
    if (shelf == NULL || shelf->folder == NULL || shelf->segments == NULL) {
        hmi_shelf_close(shelf);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to open the index");
    }
    int code = room_for(shelf, 64, err);
    if (code == HM_OK) {
        code = HM_E_NOT_FOUND;
    }
    for (int look = 0; look < LOOKS_MAX && code == HM_E_NOT_FOUND; look++) {
        drop_maps(shelf);
        code = open_all(shelf, err);
    }
    if (code != HM_OK) {
        hmi_shelf_close(shelf);
        return code;
    }
    *ret_shelf = shelf;
    return HM_OK;
}

void hmi_shelf_close(hmi_shelf *shelf)
{
    if (shelf == NULL) {
        return;
    }
    drop_maps(shelf);
    free(shelf->segments);
    free(shelf->folder);
    free(shelf->values);
    free(shelf);
}

bool hmi_shelf_gap(const hmi_shelf *shelf, uint64_t newest, uint64_t *ret_from, uint64_t *ret_to)
{
    uint64_t covered = 0;
    for (size_t i = 0; i < shelf->count && shelf->segments[i].label.from == covered; i++) {
        covered = shelf->segments[i].label.to;
    }
    if (covered >= newest) {
        return false;
    }
    uint64_t to = newest;
    for (size_t i = shelf->count; i > 0 && shelf->segments[i - 1].label.from > covered; i--) {
        to = shelf->segments[i - 1].label.from;
    }
    *ret_from = covered;
    *ret_to = to;
    return true;
}

size_t hmi_shelf_segments(const hmi_shelf *shelf)
{
    return shelf->count;
}

uint64_t hmi_shelf_pairs(const hmi_shelf *shelf)
{
    uint64_t pairs = 0;
    for (size_t i = 0; i < shelf->count; i++) {
        pairs += hmi_postings_pairs(shelf->segments[i].map);
    }
    return pairs;
}

/* ---- Asking */

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* The values of all segments behind each other, at most `max` of each. */
typedef struct found {
    size_t count, total, holders;
} found;

static int collect(hmi_shelf *shelf, uint64_t key, size_t max, found *ret, hm_err *err)
{
    found all = { 0, 0, 0 };
    for (size_t i = 0; i < shelf->count; i++) {
        hmi_postings_map *map = shelf->segments[i].map;
        size_t room = shelf->capacity - all.count, total = 0;
        room = room < max ? room : max;
        HMI_TRY(hmi_postings_find(map, key, shelf->values + all.count, room, &total, err));
        size_t want = total < max ? total : max;
        if (want > room) {
            HMI_TRY(room_for(shelf, all.count + want, err));
            HMI_TRY(hmi_postings_find(map, key, shelf->values + all.count, want, &total, err));
        }
        all.holders += total > 0;
        all.count += want;
        all.total += total;
    }
    *ret = all;
    return HM_OK;
}

/* Later segments mostly hold later numbers: then nothing is to be sorted. */
static bool ascends(const uint32_t *values, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (values[i] < values[i - 1]) {
            return false;
        }
    }
    return true;
}

/* Makes the lists of several segments one; returns its length. */
static size_t unite(hmi_shelf *shelf, size_t count)
{
    if (!ascends(shelf->values, count)) {
        qsort(shelf->values, count, sizeof(*shelf->values), by_value);
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || shelf->values[i] != shelf->values[kept - 1]) {
            shelf->values[kept++] = shelf->values[i];
        }
    }
    return kept;
}

int hmi_shelf_find(hmi_shelf *shelf, uint64_t key, size_t max, const uint32_t **ret_values,
                   size_t *ret_count, size_t *ret_total, hm_err *err)
{
    found all;
    HMI_TRY(collect(shelf, key, max, &all, err));
    if (all.holders > 1) { /* only the whole lists say what is double */
        HMI_TRY(collect(shelf, key, SIZE_MAX, &all, err));
        all.count = all.total = unite(shelf, all.count);
    }
    *ret_values = shelf->values;
    *ret_count = all.count;
    *ret_total = all.total;
    return HM_OK;
}

int hmi_shelf_find_few(hmi_shelf *shelf, uint64_t key, size_t max, const uint32_t **ret_values,
                       size_t *ret_count, size_t *ret_total, hm_err *err)
{
    found all = { 0, 0, 0 };
    for (size_t i = 0; i < shelf->count; i++) {
        size_t total = 0;
        HMI_TRY(room_for(shelf, all.count + max, err));
        HMI_TRY(hmi_postings_find_few(shelf->segments[i].map, key, shelf->values + all.count, max,
                                      &total, err));
        if (total > max) {
            *ret_values = shelf->values;
            *ret_count = 0;
            *ret_total = total;
            return HM_OK;
        }
        all.holders += total > 0;
        all.count += total;
    }
    *ret_values = shelf->values;
    *ret_count = *ret_total = all.holders > 1 ? unite(shelf, all.count) : all.count;
    return HM_OK;
}

int hmi_shelf_count(hmi_shelf *shelf, uint64_t key, uint64_t *ret_count, hm_err *err)
{
    uint64_t count = 0;
    for (size_t i = 0; i < shelf->count; i++) {
        size_t total = 0;
        HMI_TRY(hmi_postings_find(shelf->segments[i].map, key, NULL, 0, &total, err));
        count += total;
    }
    *ret_count = count;
    return HM_OK;
}

int hmi_shelf_each(hmi_shelf *shelf, hmi_postings_visit visit, void *with, hm_err *err)
{
    for (size_t i = 0; i < shelf->count; i++) {
        HMI_TRY(hmi_postings_each(shelf->segments[i].map, visit, with, err));
    }
    return HM_OK;
}

/* ---- Growing */

static void insert_segment(hmi_shelf *shelf, const hmi_postings_label *label, hmi_postings_map *map)
{
    size_t at = 0;
    while (at < shelf->count && shelf->segments[at].label.from < label->from) {
        at++;
    }
    memmove(&shelf->segments[at + 1], &shelf->segments[at],
            (shelf->count - at) * sizeof(*shelf->segments));
    shelf->segments[at] = (segment){ *label, map };
    shelf->count++;
}

int hmi_shelf_seal(hmi_shelf *shelf, uint64_t from, uint64_t to, hmi_postings_pair *pairs,
                   size_t count, hm_err *err)
{
    hmi_assert(from < to);
    if (shelf->count >= HMI_SHELF_SEGMENTS_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "the index has %d segments: merge them",
                        HMI_SHELF_SEGMENTS_MAX);
    }
    hmi_postings_label label = { shelf->plan.kind, shelf->plan.epoch, from, to };
    char path[PATH_MAX];
    HMI_TRY(segment_path(shelf, &label, path, err));
    HMI_TRY(hmi_postings_write(path, &label, pairs, count, err));
    hmi_postings_map *map = NULL;
    HMI_TRY(hmi_postings_open(path, label.kind, &map, err));
    insert_segment(shelf, &label, map);
    if (to > shelf->plan.newest) {
        shelf->plan.newest = to;
    }
    return HM_OK;
}

static void remove_segment_file(const hmi_shelf *shelf, const hmi_postings_label *label)
{
    char path[PATH_MAX];
    if (segment_path(shelf, label, path, NULL) == HM_OK) {
        (void)unlink(path);
    }
}

static int merge_run(hmi_shelf *shelf, size_t first, size_t end, hm_err *err)
{
    hmi_postings_map **maps = calloc(end - first, sizeof(hmi_postings_map *));
    if (maps == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to merge segments");
    }
    for (size_t i = first; i < end; i++) {
        maps[i - first] = shelf->segments[i].map;
    }
    hmi_postings_label label = shelf->segments[first].label;
    label.to = shelf->segments[end - 1].label.to;
    char path[PATH_MAX];
    hmi_postings_map *merged = NULL;
    int code = segment_path(shelf, &label, path, err);
    if (code == HM_OK) {
        code = hmi_postings_merge(path, maps, end - first, err);
    }
    if (code == HM_OK) {
        code = hmi_postings_open(path, label.kind, &merged, err);
    }
    free(maps);
    HMI_TRY(code);
    for (size_t i = first; i < end; i++) {
        remove_segment_file(shelf, &shelf->segments[i].label);
        hmi_postings_close(shelf->segments[i].map);
    }
    shelf->segments[first] = (segment){ label, merged };
    memmove(&shelf->segments[first + 1], &shelf->segments[end],
            (shelf->count - end) * sizeof(*shelf->segments));
    shelf->count -= end - first - 1;
    return HM_OK;
}

/* Where the run that ends at `end` and is worth merging begins; `end` itself when there is none. */
static size_t run_start(const hmi_shelf *shelf, size_t end, bool all)
{
    size_t start = end - 1;
    uint64_t pairs = hmi_postings_pairs(shelf->segments[start].map);
    while (start > 0) {
        const segment *before = &shelf->segments[start - 1];
        uint64_t more = hmi_postings_pairs(before->map);
        if (before->label.to != shelf->segments[start].label.from ||
            (!all && more / RATIO > pairs) || pairs + more > HMI_POSTINGS_PAIRS_MAX / 4) {
            break;
        }
        pairs += more;
        start--;
    }
    return start;
}

/* Files of other epochs, and those that a used segment covers. */
static int remove_void(hmi_shelf *shelf, hm_err *err)
{
    hmi_postings_label *labels = NULL;
    size_t count = 0;
    HMI_TRY(list_labels(shelf, &labels, &count, err));
    for (size_t i = 0; i < count; i++) {
        bool covered = labels[i].epoch != shelf->plan.epoch;
        for (size_t k = 0; k < shelf->count && !covered; k++) {
            const hmi_postings_label *used = &shelf->segments[k].label;
            covered = labels[i].from >= used->from && labels[i].to <= used->to &&
                      !same_label(&labels[i], used);
        }
        if (covered) {
            remove_segment_file(shelf, &labels[i]);
        }
    }
    free(labels);
    return HM_OK;
}

int hmi_shelf_tidy(hmi_shelf *shelf, bool all, hm_err *err)
{
    for (size_t end = shelf->count; end > 1;) {
        size_t start = run_start(shelf, end, all);
        if (end - start > 1) {
            HMI_TRY(merge_run(shelf, start, end, err));
        }
        end = all ? start : 0; /* older ones were tidied when they were new */
    }
    return remove_void(shelf, err);
}

int hmi_shelf_clear_ahead(hmi_shelf *shelf, hm_err *err)
{
    hmi_postings_label *labels = NULL;
    size_t count = 0;
    HMI_TRY(list_labels(shelf, &labels, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (labels[i].to > shelf->plan.newest) {
            remove_segment_file(shelf, &labels[i]);
        }
    }
    free(labels);
    return HM_OK;
}

/* ---- Checking */

static int check_file(hmi_shelf *shelf, const hmi_postings_label *label, hm_err *err)
{
    hmi_postings_map *map = NULL;
    HMI_TRY(open_segment(shelf, label, &map, err));
    int code = hmi_postings_check(map, err);
    hmi_postings_close(map);
    return code;
}

static void forget(hmi_shelf *shelf, const hmi_postings_label *label)
{
    for (size_t i = 0; i < shelf->count; i++) {
        if (same_label(&shelf->segments[i].label, label)) {
            hmi_postings_close(shelf->segments[i].map);
            memmove(&shelf->segments[i], &shelf->segments[i + 1],
                    (shelf->count - i - 1) * sizeof(*shelf->segments));
            shelf->count--;
            return;
        }
    }
}

int hmi_shelf_check(hmi_shelf *shelf, void (*say)(void *with, hm_text sentence), void *with,
                    hm_err *err)
{
    hmi_postings_label *labels = NULL;
    size_t count = 0;
    int damaged = 0;
    HMI_TRY(list_labels(shelf, &labels, &count, err));
    for (size_t i = 0; i < count; i++) {
        hm_err why = { 0 };
        int code =
            labels[i].epoch != shelf->plan.epoch ? HM_OK : check_file(shelf, &labels[i], &why);
        if (code != HM_E_CORRUPT && code != HM_E_UNSUPPORTED) {
            continue;
        }
        char name[NAME_MAX_LEN], sentence[NAME_MAX_LEN + sizeof(why.text) + 2];
        segment_name(shelf, &labels[i], name);
        snprintf(sentence, sizeof(sentence), "%s: %s", name, why.text);
        say(with, hmi_text_of(sentence));
        forget(shelf, &labels[i]);
        remove_segment_file(shelf, &labels[i]);
        damaged++;
    }
    free(labels);
    return damaged;
}
