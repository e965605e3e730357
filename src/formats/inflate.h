/* SPDX-License-Identifier: Apache-2.0
 *
 * inflate.h - DEFLATE streams (RFC 1951), bare or in zlib's wrapping, within limits.
 */
#ifndef HMI_FORMATS_INFLATE_H
#define HMI_FORMATS_INFLATE_H

#include "base/arena.h"

/* Unpacks into the arena, at most `max` bytes; what is good before damage is kept. *ret_whole says
 * whether the stream came to its end. HM_E_LIMIT or HM_E_MEMORY when the arena refuses. */
int hmi_inflate(hmi_arena *arena, hm_bytes packed, bool wrapped, size_t max, hm_bytes *ret_bytes,
                bool *ret_whole, hm_err *err);

#endif
