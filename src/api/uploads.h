/* SPDX-License-Identifier: Apache-2.0
 *
 * uploads.h - evidence on its way into the casebook: announced, brought piece by piece, read.
 *
 * What somebody calls the file stands in a row beside the page's accounts, its bytes where
 * upload_bytes.h says. Each part is durable when it was taken, so a broken connection, a closed
 * browser or a killed server costs nothing: the offset says where to go on, at this server of the
 * page or at another. A whole file is read by one thread of one server, in the jail, into its
 * incident; nothing of it is in the casebook before. When that server ends or vanishes, another
 * reads it.
 *
 * Everybody sees only what is his. Threads: any number.
 */
#ifndef HMI_API_UPLOADS_H
#define HMI_API_UPLOADS_H

#include "api/news.h"
#include "api/wire.h"
#include "base/json.h"
#include "base/log.h"
#include "jail/jail.h"

enum {
    HMI_UPLOADS_MAX = 256,
    HMI_UPLOAD_NAME_MAX = 1024,
    HMI_UPLOAD_PART_MAX = 4 << 20,
    HMI_UPLOAD_OUTCOMES_MAX = 1000,
    HMI_UPLOAD_ID = HMI_TEAM_ID
};
#define HMI_UPLOAD_SIZE_MAX (INT64_C(1) << 30)
#define HMI_UPLOADS_BYTES_MAX (UINT64_C(8) << 30)
#define HMI_UPLOAD_IDLE_S INT64_C(86400)

typedef struct hmi_uploads hmi_uploads;

typedef struct hmi_uploads_options {
    const char *casebook;
    const hmi_jail_options *jail;
    const hmi_log *log;
    hmi_news *news;
    hmi_wire *wire;
    bool no_reading;
} hmi_uploads_options;

int hmi_uploads_open(const hmi_uploads_options *options, hmi_uploads **ret, hm_err *err);
/* What is being read is stopped and read again at the next start, or by another server. NULL is
 * fine. */
void hmi_uploads_close(hmi_uploads *uploads);

/* `incident` is a STIX id that is there. HM_E_LIMIT: too many, or too many bytes, are open. */
int hmi_upload_begin(hmi_uploads *uploads, hm_text user, hm_text incident, hm_text name,
                     uint64_t size, char ret_id[HMI_UPLOAD_ID], hm_err *err);
/* HM_E_CONFLICT when `offset` is not where it stands, HM_E_LIMIT beyond its size. */
int hmi_upload_append(hmi_uploads *uploads, hm_text user, hm_text id, uint64_t offset,
                      hm_bytes bytes, hm_err *err);
int hmi_upload_cancel(hmi_uploads *uploads, hm_text user, hm_text id, hm_err *err);
/* Writes one as an object; HM_E_NOT_FOUND. */
int hmi_upload_json(hmi_uploads *uploads, hm_text user, hm_text id, hmi_json_writer *w,
                    hm_err *err);
/* Writes all of somebody's as an array. */
int hmi_upload_list_json(hmi_uploads *uploads, hm_text user, hmi_json_writer *w, hm_err *err);

#endif
