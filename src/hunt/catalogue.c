/* SPDX-License-Identifier: Apache-2.0
 *
 * catalogue.c - index files in a folder: opened together, merged when there are many small ones.
 *
 * WHY    Records come in small pieces, but each file of the index costs every hunt a question for
 * every indicator. A new file takes in the ones before it that are no larger than itself, so their
 *        number grows with the logarithm of what is indexed.
 * TRUST  A process may die between writing a merged file and removing its parts: then segments lie
 * there twice, and the second is passed over.
 */
#include "hunt/catalogue.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "index/sealed.h"

void hmi_catalogue_close(hmi_catalogue *s)
{
    for (size_t i = 0; i < s->count; i++) {
        hmi_part_close(&s->parts[i]);
    }
    free(s->parts);
    free(s->names);
    *s = (hmi_catalogue){ 0 };
}

static bool is_part_name(const char *name, uint32_t *ret_number)
{
    unsigned number = 0;
    int used = 0;
    if (sscanf(name, "%8u.hunt%n", &number, &used) != 1 || used != 13 || name[13] != '\0') {
        return false;
    }
    *ret_number = number;
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static int list_names(hmi_catalogue *s, hm_err *err)
{
    DIR *dir = opendir(s->folder);
    if (dir == NULL) {
        return hmi_fail_errno(err, "%s", s->folder);
    }
    struct dirent *entry;
    uint32_t number;
    while ((entry = readdir(dir)) != NULL && s->count < HMI_CATALOGUE_PARTS_MAX) {
        if (!is_part_name(entry->d_name, &number)) {
            continue;
        }
        memcpy(s->names[s->count++], entry->d_name, 14);
        s->next = number >= s->next ? number + 1 : s->next;
    }
    closedir(dir);
    qsort(s->names, s->count, sizeof(*s->names), by_name);
    return HM_OK;
}

static void path_of(const hmi_catalogue *s, const char *name, char path[HMI_PART_PATH_MAX + 32])
{
    snprintf(path, HMI_PART_PATH_MAX + 32, "%s/%s", s->folder, name);
}

static void open_parts(hmi_catalogue *s, bool repair, hmi_hunt_notice *notice, void *with)
{
    char path[HMI_PART_PATH_MAX + 32];
    size_t good = 0;
    for (size_t i = 0; i < s->count; i++) {
        hm_err why = { 0 };
        path_of(s, s->names[i], path);
        if (hmi_part_open(path, &s->parts[good], &why) == HM_OK) {
            memmove(s->names[good++], s->names[i], sizeof(*s->names));
            continue;
        }
        s->damaged++;
        if (notice != NULL) {
            notice(with, hmi_text_of(why.text), hmi_text_of(path));
        }
        if (repair) {
            (void)unlink(path);
        }
    }
    s->count = good;
}

int hmi_catalogue_open(const char *folder, bool create, bool repair, hmi_hunt_notice *notice,
                       void *with, hmi_catalogue *ret_shelf, hm_err *err)
{
    hmi_catalogue s = { 0 };
    if ((size_t)snprintf(s.folder, sizeof(s.folder), "%s", folder) >= sizeof(s.folder)) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "the path of the index is too long");
    }
    if (create && mkdir(folder, 0700) != 0 && errno != EEXIST) {
        return hmi_fail_errno(err, "%s", folder);
    }
    if (!create && access(folder, F_OK) != 0 && errno == ENOENT) {
        return hmi_fail(err, HM_E_NOT_FOUND, HM_OFFSET_NONE,
                        "there is no index at %.150s: \"hallmark hunt index PATH...\" makes one",
                        folder);
    }
    s.parts = calloc(HMI_CATALOGUE_PARTS_MAX, sizeof(*s.parts));
    s.names = calloc(HMI_CATALOGUE_PARTS_MAX, sizeof(*s.names));
    int code = s.parts == NULL || s.names == NULL
                   ? hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for an index")
                   : list_names(&s, err);
    if (code != HM_OK) {
        s.count = 0;
        hmi_catalogue_close(&s);
        return code;
    }
    open_parts(&s, repair, notice, with);
    if (s.count > 0) {
        s.seed = s.parts[0].seed;
    } else if (getrandom(&s.seed, sizeof(s.seed), 0) != (ssize_t)sizeof(s.seed)) {
        hmi_catalogue_close(&s);
        return hmi_fail_errno(err, "no random numbers for an index");
    }
    *ret_shelf = s;
    return HM_OK;
}

/* ---- Segments by file */

static const hmi_indexed_source *source_of(const hmi_placed *p)
{
    return &p->part->sources[p->segment->source];
}

static int by_file(const hmi_placed *x, const hmi_placed *y)
{
    const hmi_indexed_source *a = source_of(x);
    const hmi_indexed_source *b = source_of(y);
    const uint64_t pairs[][2] = { { a->device, b->device },
                                  { a->inode, b->inode },
                                  { a->size, b->size } };
    for (size_t i = 0; i < HMI_COUNT(pairs); i++) {
        if (pairs[i][0] != pairs[i][1]) {
            return pairs[i][0] < pairs[i][1] ? -1 : 1;
        }
    }
    return 0;
}

/* A file that was short when it was first indexed has a short head there. */
bool hmi_placed_alike(const hmi_placed *a, const hmi_placed *b)
{
    return by_file(a, b) == 0;
}

static int by_place(const void *a, const void *b)
{
    const hmi_placed *x = a;
    const hmi_placed *y = b;
    int order = by_file(x, y);
    if (order != 0) {
        return order;
    }
    if (x->segment->offset != y->segment->offset) {
        return x->segment->offset < y->segment->offset ? -1 : 1;
    }
    return (x->segment > y->segment) - (x->segment < y->segment);
}

int hmi_catalogue_placed(const hmi_catalogue *catalogue, hmi_placed **ret_placed, size_t *ret_count,
                         hm_err *err)
{
    size_t count = 0;
    for (size_t i = 0; i < catalogue->count; i++) {
        count += catalogue->parts[i].segment_count;
    }
    hmi_placed *placed = calloc(count + 1, sizeof(*placed));
    if (placed == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for an index");
    }
    size_t n = 0;
    for (size_t i = 0; i < catalogue->count; i++) {
        for (size_t k = 0; k < catalogue->parts[i].segment_count; k++) {
            placed[n++] =
                (hmi_placed){ &catalogue->parts[i], &catalogue->parts[i].segments[k], false };
        }
    }
    qsort(placed, count, sizeof(*placed), by_place);
    *ret_placed = placed;
    *ret_count = count;
    return HM_OK;
}

/* ---- Adding */

/* Files at the end of the catalogue that are no larger than what is added go into it. */
static int take_smaller(const hmi_catalogue *s, hmi_draft *draft, size_t *ret_first, hm_err *err)
{
    size_t first = s->count;
    while (first > 0) {
        const hmi_part *part = &s->parts[first - 1];
        if (part->segment_count > draft->segment_count ||
            part->segment_count + draft->segment_count > HMI_CATALOGUE_MERGE_MAX ||
            memcmp(part->seed.words, draft->seed.words, sizeof(draft->seed.words)) != 0) {
            break;
        }
        HMI_TRY(hmi_draft_take(draft, part, err));
        first--;
    }
    *ret_first = first;
    return HM_OK;
}

int hmi_catalogue_add(hmi_catalogue *s, hmi_draft *draft, hm_err *err)
{
    char path[HMI_PART_PATH_MAX + 32];
    size_t first = 0;
    if (draft->segment_count == 0) {
        return HM_OK;
    }
    HMI_TRY(take_smaller(s, draft, &first, err));
    if (first >= HMI_CATALOGUE_PARTS_MAX || s->next > 99999999) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "more than %d files in the index",
                        HMI_CATALOGUE_PARTS_MAX);
    }
    char name[HMI_CATALOGUE_NAME];
    snprintf(name, sizeof(name), "%08u.hunt", s->next % 100000000);
    path_of(s, name, path);
    HMI_TRY(hmi_part_write(draft, path, err));
    s->next++;
    hmi_part fresh;
    HMI_TRY(hmi_part_open(path, &fresh, err));
    for (size_t i = first; i < s->count; i++) {
        hmi_part_close(&s->parts[i]);
        path_of(s, s->names[i], path);
        (void)unlink(path);
    }
    s->parts[first] = fresh;
    memcpy(s->names[first], name, sizeof(name));
    s->count = first + 1;
    hmi_draft_fini(draft);
    hmi_draft_init(draft, &s->seed);
    return HM_OK;
}
