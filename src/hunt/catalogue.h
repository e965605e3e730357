/* SPDX-License-Identifier: Apache-2.0
 *
 * catalogue.h - a folder of index files, and what of which source they cover.
 */
#ifndef HMI_HUNT_CATALOGUE_H
#define HMI_HUNT_CATALOGUE_H

#include "hunt/part.h"

enum {
    HMI_CATALOGUE_PARTS_MAX = 4096,
    HMI_CATALOGUE_MERGE_MAX = 256, /* segments of one file, beyond which files are not merged */
    HMI_CATALOGUE_NAME = 24
};

/* Something a person should know: a file of the index that is damaged ... */
typedef void hmi_hunt_notice(void *with, hm_text what, hm_text about);

typedef struct hmi_catalogue {
    char folder[HMI_PART_PATH_MAX];
    hmi_hunt_seed seed;
    hmi_part *parts;
    char (*names)[HMI_CATALOGUE_NAME];
    size_t count;
    size_t damaged; /* files that could not be opened */
    uint32_t next;  /* number of the next file */
} hmi_catalogue;

/* `create`: an absent folder is made. A damaged file is told and left out; with `repair` it is
 * removed, so that what it covered is indexed again. */
int hmi_catalogue_open(const char *folder, bool create, bool repair, hmi_hunt_notice *notice,
                       void *with, hmi_catalogue *ret_shelf, hm_err *err);
void hmi_catalogue_close(hmi_catalogue *catalogue);

/* One segment of one source, wherever it lies. */
typedef struct hmi_placed {
    const hmi_part *part;
    const hmi_segment *segment;
    bool wanted;
} hmi_placed;
/* All segments of the catalogue, those of one file together, in the order of their offsets. Free
 * with free(). */
int hmi_catalogue_placed(const hmi_catalogue *catalogue, hmi_placed **ret_placed, size_t *ret_count,
                         hm_err *err);
/* Are both of the same file? */
bool hmi_placed_alike(const hmi_placed *a, const hmi_placed *b);

/* Writes the draft as a new file, together with smaller ones before it, which it replaces. The
 * draft is emptied. */
int hmi_catalogue_add(hmi_catalogue *catalogue, hmi_draft *draft, hm_err *err);

#endif
