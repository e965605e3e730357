/* SPDX-License-Identifier: Apache-2.0
 *
 * assets.h - the files of the page, as they are built into the program.
 *
 * A path is looked up as a whole among those that were built in: nothing is ever opened, so no path
 * leads anywhere else.
 */
#ifndef HMI_API_ASSETS_H
#define HMI_API_ASSETS_H

#include "http/server.h"

typedef struct hmi_asset {
    const char *path; /* "/index.html" */
    const char *type;
    const char *etag; /* with its quotes */
    hm_bytes bytes;   /* as sent */
    size_t size;      /* unpacked */
    bool packed;      /* gzip */
    bool lasting;     /* its name carries a digest: it never changes */
} hmi_asset;

/* Made by make-assets.py from web/dist. */
extern const hmi_asset hmi_assets[];
extern const size_t hmi_asset_count;

/* Answers a GET or HEAD of what is no part of the API out of a table of `count` files. */
void hmi_asset_answer(const hmi_asset *assets, size_t count, const hmi_http_request *request,
                      hmi_http_answer *answer);
/* The headers of every answer of this server: nobody may frame it, guess its type or run anything
 * that is not ours. */
void hmi_safe_headers(hmi_buf *head);

#endif
