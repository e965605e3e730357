/* SPDX-License-Identifier: Apache-2.0
 *
 * uploads_inside.h - what the files called uploads share: rows, and who reads.
 */
#ifndef HMI_API_UPLOADS_INSIDE_H
#define HMI_API_UPLOADS_INSIDE_H

#include "api/upload_bytes.h"
#include "api/uploads.h"
#include "casebook/store.h"

typedef enum hmi_upload_state {
    HMI_UPLOAD_RECEIVING,
    HMI_UPLOAD_WAITING,
    HMI_UPLOAD_READING,
    HMI_UPLOAD_DONE,
    HMI_UPLOAD_FAILED
} hmi_upload_state;

/* A row. */
typedef struct hmi_upload {
    char id[HMI_UPLOAD_ID], reader[HMI_NODE_ID];
    char user[HMI_TEAM_NAME_MAX + 1], incident[64];
    char name[HMI_UPLOAD_NAME_MAX];
    size_t name_len;
    uint64_t size, offset;
    int64_t created_us;
    hmi_upload_state state;
    bool cancelled;
    char why[256];
} hmi_upload;

struct hmi_uploads {
    hmi_uploads_options options;
    hmi_team *team; /* a connection of its own: a part is large */
    hmi_upload_bytes bytes;
    hmi_store *store; /* the thread's */
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    bool started, ending, poked;
    uint64_t generation;
};

/* ---- uploads.c. `stmt` stands at a row of UPLOAD_GET, UPLOAD_LIST or UPLOAD_WHOLE. */
void hmi_upload_read_row(hmi_stmt *stmt, hmi_upload *ret);
void hmi_upload_tell(hmi_uploads *uploads, const hmi_upload *one, hm_bytes piece);
/* With the team's lock, in a transaction. */
int hmi_upload_drop(hmi_uploads *uploads, const char *id, hm_err *err);
/* Those that `which` (UPLOAD_IDLE, UPLOAD_DONE) names; `before_us` when it asks for it. */
int hmi_upload_drop_some(hmi_uploads *uploads, hmi_team_query which, int64_t before_us,
                         hm_err *err);

/* ---- uploads_read.c */
void *hmi_uploads_main(void *uploads);

#endif
