/* SPDX-License-Identifier: Apache-2.0
 *
 * sealed.h - a file that is there whole or not at all.
 *
 *     hmi_sealed_begin(path, &sealed, err);       a temporary file beside `path`
 *     hmi_sealed_write(sealed, bytes, err);       ...
 *     hmi_sealed_commit(sealed, 0400, err);       fsync, rename, fsync of the folder
 *
 * After commit the file survives a power cut; before, `path` is untouched. A failed fsync is never
 * tried again (the kernel may have dropped the pages): it is reported and nothing is renamed.
 * Threads: one at a time per file.
 */
#ifndef HMI_INDEX_SEALED_H
#define HMI_INDEX_SEALED_H

#include <sys/types.h>

#include "base/bytes.h"

typedef struct hmi_sealed hmi_sealed;

int hmi_sealed_begin(const char *path, hmi_sealed **ret_sealed, hm_err *err);
/* Appends. */
int hmi_sealed_write(hmi_sealed *sealed, hm_bytes bytes, hm_err *err);
/* Writes at an absolute place, which may lie beyond the end. */
int hmi_sealed_write_at(hmi_sealed *sealed, uint64_t offset, hm_bytes bytes, hm_err *err);
/* Reads back what was written; HM_E_TRUNCATED when there is less. */
int hmi_sealed_read_at(hmi_sealed *sealed, uint64_t offset, uint8_t *out, size_t len, hm_err *err);
uint64_t hmi_sealed_size(const hmi_sealed *sealed);
/* Frees `sealed` either way. */
int hmi_sealed_commit(hmi_sealed *sealed, mode_t mode, hm_err *err);
/* The same for several: the disk is asked to write them all before the first is waited for, and
 * each folder is made durable once. On failure some may bear their names already. Frees all either
 * way. */
int hmi_sealed_commit_all(hmi_sealed *const *all, size_t count, mode_t mode, hm_err *err);
void hmi_sealed_abandon(hmi_sealed *sealed); /* NULL is fine */

/* Removes temporary files of this kind that a dead process left in a folder; those being written
 * are left alone (their writer holds a lock). Returns how many, or a negative code. */
int hmi_sealed_sweep(const char *folder, hm_err *err);
/* Is this the name of such a temporary file? */
bool hmi_sealed_is_temporary(const char *name);
/* Makes a name in a folder durable. */
int hmi_sync_folder(const char *folder, hm_err *err);

/* For tests: the n-th system call of this file from now on fails with `error` (0 = never), and so
 * does every later one when `sticky`. In this thread. */
void hmi_sealed_fail_at(uint64_t nth, int error, bool sticky);
/* How many such calls were made since. */
uint64_t hmi_sealed_calls(void);

#endif
