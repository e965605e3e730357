/* SPDX-License-Identifier: Apache-2.0
 *
 * records.h - one file of records, read from any line on, plain or compressed.
 */
#ifndef HMI_HUNT_RECORDS_H
#define HMI_HUNT_RECORDS_H

#include "base/buf.h"
#include "hunt/part.h"
#include "jail/unpack.h"

enum {
    HMI_RECORDS_READ = 1 << 20,
    HMI_RECORDS_LINE_MAX = 16 << 20, /* a longer line is cut here, as watch does */
    HMI_RECORDS_HEAD = 256
};

typedef struct hmi_records {
    int fd;
    hmi_unpack *unpack; /* NULL: plain */
    uint64_t size;      /* of the file as it lies there */
    uint64_t device, inode;
    uint64_t at; /* content offset of the first byte of `pending` */
    hmi_buf pending;
    size_t given; /* of pending, by the last hmi_records_lines */
    bool ended;
} hmi_records;

int hmi_records_open(const char *path, bool allow_weak_jail, hmi_records *ret_records, hm_err *err);
void hmi_records_close(hmi_records *records);
/* As it would be remembered, and whether it is what was remembered. */
void hmi_records_describe(const hmi_records *records, hmi_indexed_source *ret_source);
bool hmi_records_are(const hmi_records *records, const hmi_indexed_source *source);
/* Forward only, when compressed. HM_E_TRUNCATED: it ends before. */
int hmi_records_seek(hmi_records *records, uint64_t offset, hm_err *err);
/* The next whole lines before content offset `to`; none (len 0) at `to` or at the end. The last
 * line of the file need not have an end: `unfinished` asks for that one too. Valid until the next
 * call. */
int hmi_records_lines(hmi_records *records, uint64_t to, bool unfinished, hm_bytes *ret_lines,
                      hm_err *err);

#endif
