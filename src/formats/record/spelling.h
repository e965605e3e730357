/* SPDX-License-Identifier: Apache-2.0
 *
 * spelling.h - undoing what log writers do to values.
 */
#ifndef HMI_FORMATS_SPELLING_H
#define HMI_FORMATS_SPELLING_H

#include "formats/record/event.h"

/* The bytes that were meant; lends `raw` when nothing is escaped; .ptr NULL when the arena
 * refuses. An escape that is none stays as it stands. */
hm_bytes hmi_spelling_decode(hmi_arena *arena, hm_bytes raw, hmi_spelling spelling);
/* Undoes %XX once (and nothing else). */
hm_bytes hmi_percent_decode(hmi_arena *arena, hm_bytes raw);

enum { HMI_SHAPE_MAX = 512 };
/* The skeleton of "GET /item/4711?id=9&q=x": "GET /item/{n}?id=&q=". Numbers, long hexadecimal
 * runs and UUIDs become placeholders, values of parameters vanish, names stay in their order.
 * False when it is no request. Writes at most HMI_SHAPE_MAX bytes. */
bool hmi_request_shape(hm_bytes request, char *out, size_t *ret_len);

#endif
