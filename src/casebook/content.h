/* SPDX-License-Identifier: Apache-2.0
 *
 * content.h - the bytes of evidence, wherever the casebook lies.
 */
#ifndef HMI_CASEBOOK_CONTENT_H
#define HMI_CASEBOOK_CONTENT_H

#include "casebook/inside.h"
#include "casebook/vault.h"

/* The container of `size` bytes behind `fd`, unfinished; *ret_content is left alone when the
 * casebook has it. */
int hmi_content_write(hmi_store *store, int fd, uint64_t size, const hmi_sha256 *sha256,
                      hmi_sealed **ret_content, hm_err *err);
/* Inside a transaction: HM_E_BUSY when content that was there is not there any more. */
int hmi_content_check(hmi_store *store, const hmi_sha256 *sha256, hm_err *err);
/* Inside a group's transaction: durable with it. Takes `content` over. */
int hmi_content_seal(hmi_store *store, const hmi_sha256 *sha256, hmi_sealed *content, hm_err *err);
/* As hmi_vault_read. */
int hmi_content_read(hmi_store *store, const hmi_sha256 *sha256, hmi_vault_receive receive,
                     void *with, uint64_t *ret_size, hm_err *err);
/* As hmi_vault_hash. */
int hmi_content_hash(hmi_store *store, const hmi_sha256 *sha256, hmi_sha256 *ret_is,
                     uint64_t *ret_size, hm_err *err);

#endif
