/* SPDX-License-Identifier: Apache-2.0
 *
 * vault.h - evidence at rest: content-addressed, compressed, masked, read-only.
 *
 * What lies in evidence/ cannot run and is not recognised by a scanner on the host that would
 * delete it: it is compressed and XORed with a keystream whose seed stands in its head. That is no
 * secrecy and means to be none; who may read the folder may read the evidence.
 */
#ifndef HMI_CASEBOOK_VAULT_H
#define HMI_CASEBOOK_VAULT_H

#include "base/hash.h"
#include "index/sealed.h"

enum { HMI_VAULT_NAME_MAX = 80 };

/* "ab/cdef..." of 64 hex digits and a slash. */
void hmi_vault_name(const hmi_sha256 *sha256, char out[HMI_VAULT_NAME_MAX]);

/* Copies `size` bytes behind `fd` into an unfinished container for `path`. Streams. HM_E_CONFLICT
 * when they do not hash to `sha256`. Commit or abandon what it gives. */
int hmi_vault_write(const char *path, int fd, uint64_t size, const hmi_sha256 *sha256,
                    hmi_sealed **ret_sealed, hm_err *err);

/* Gives the content piece by piece; a receiver's failure ends it. */
typedef int (*hmi_vault_receive)(void *with, hm_bytes piece, hm_err *err);
/* Reads a container. HM_E_CORRUPT with the byte where it was noticed; pieces given before that must
 * be thrown away. *ret_size is what the head states, checked against what came. */
int hmi_vault_read(const char *path, hmi_vault_receive receive, void *with, uint64_t *ret_size,
                   hm_err *err);
/* The same of an open file, from its beginning. */
int hmi_vault_read_open(int fd, hmi_vault_receive receive, void *with, uint64_t *ret_size,
                        hm_err *err);
/* The same from memory: for fuzzing, and for containers sent by others. */
int hmi_vault_read_bytes(hm_bytes file, hmi_vault_receive receive, void *with, uint64_t *ret_size,
                         hm_err *err);
/* Reads it and says what its content hashes to. */
int hmi_vault_hash(const char *path, hmi_sha256 *ret_sha256, uint64_t *ret_size, hm_err *err);

#endif
