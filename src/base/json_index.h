/* SPDX-License-Identifier: Apache-2.0
 *
 * json_index.h - where the tokens of a JSON text begin, found at memory speed. Only json_*.c use
 * it.
 */
#ifndef HMI_BASE_JSON_INDEX_H
#define HMI_BASE_JSON_INDEX_H

#include <hallmark/base.h>

HM_BEGIN_DECLS

typedef struct hmi_json_index hmi_json_index;

/* NULL without memory. */
hmi_json_index *hmi_json_index_new(void);
void hmi_json_index_free(hmi_json_index *index);
/* Offsets, ascending, of every { } [ ] : , of every opening quote, and of the first byte of every
 * other run of non-blank bytes outside strings; they are the index's until the next call. HM_OK
 * means also: the bytes are UTF-8, every string is closed, no string holds a control character.
 * HM_E_MALFORMED says only that one of these is not so, HM_E_MEMORY that there was no room. The
 * input is at most 2^32-1 bytes and not empty; nothing outside it is read. */
int hmi_json_index_find(hmi_json_index *index, hm_bytes input, const uint32_t **ret_at,
                        size_t *ret_count);

HM_END_DECLS

#endif
