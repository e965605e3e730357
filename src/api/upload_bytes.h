/* SPDX-License-Identifier: Apache-2.0
 *
 * upload_bytes.h - where the bytes of evidence on its way in wait: files of the page's folder, or,
 * beside a casebook on a server, rows there, so that they may be brought to any server of the page.
 *
 * What stands behind the row's `arrived` was never acknowledged and is written over. With the
 * team's lock held; make, append and drop inside a transaction of it.
 */
#ifndef HMI_API_UPLOAD_BYTES_H
#define HMI_API_UPLOAD_BYTES_H

#include "api/team_inside.h"

enum { HMI_UPLOAD_PATH = HMI_PAGE_FOLDER + 128 };

typedef struct hmi_upload_bytes {
    hmi_team *team;
    bool far;
    const char *node; /* this server's name: others on this machine make files of their own */
    char folder[HMI_PAGE_FOLDER + 16]; /* of this machine */
} hmi_upload_bytes;

int hmi_upload_bytes_open(hmi_upload_bytes *b, const char *casebook, const char *node,
                          hmi_team *team, hm_err *err);
/* Empty ones, durable. */
int hmi_upload_bytes_make(hmi_upload_bytes *b, const char *id, hm_err *err);
int hmi_upload_bytes_append(hmi_upload_bytes *b, const char *id, uint64_t at, hm_bytes bytes,
                            hm_err *err);
/* All of them as a file of this machine; HM_E_CORRUPT when they are not `size`. May take long: it
 * takes the team's lock by itself, for a part at a time. */
int hmi_upload_bytes_file(hmi_upload_bytes *b, const char *id, uint64_t size,
                          char ret_path[HMI_UPLOAD_PATH], hm_err *err);
void hmi_upload_bytes_drop(hmi_upload_bytes *b, const char *id);
/* Removes files that belong to no upload of `ids`. */
void hmi_upload_bytes_tidy(hmi_upload_bytes *b, const char (*ids)[HMI_TEAM_ID], size_t count);

#endif
