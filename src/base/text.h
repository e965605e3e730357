/* SPDX-License-Identifier: Apache-2.0
 *
 * text.h - turning bytes into clean text, and text into something a terminal may see.
 */
#ifndef HMI_BASE_TEXT_H
#define HMI_BASE_TEXT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"

/* Position of the first byte that is not clean UTF-8 (RFC 3629), or bytes.len. */
size_t hmi_utf8_span(hm_bytes bytes);
static inline bool hmi_utf8_clean(hm_bytes bytes)
{
    return hmi_utf8_span(bytes) == bytes.len;
}
/* Takes the bytes as text if they are clean; false otherwise. No copy. */
bool hmi_text_from(hm_bytes bytes, hm_text *ret_text);
/* Always succeeds (unless the arena refuses: .ptr == NULL): bytes that are not UTF-8 become
 * U+FFFD, one per maximal bad part (Unicode 15 section 3.9, as WHATWG does). Lends the input when
 * it is clean already. */
hm_text hmi_text_lossy(hmi_arena *arena, hm_bytes bytes);
/* UTF-16 to UTF-8; lone surrogates become U+FFFD; an odd last byte is dropped. */
hm_text hmi_text_from_utf16(hmi_arena *arena, hm_bytes bytes, bool big_endian);
/* One code point at *pos of clean text; moves *pos behind it. */
uint32_t hmi_utf8_next(hm_text text, size_t *pos);
/* The same of any bytes; U+FFFD per maximal bad part. */
uint32_t hmi_utf8_next_lossy(hm_bytes bytes, size_t *pos);
/* Writes a scalar value, anything else as U+FFFD; returns its bytes, 1 to 4. */
size_t hmi_utf8_put(uint32_t code_point, char out[4]);
void hmi_buf_add_utf8(hmi_buf *buf, uint32_t code_point);

/* Appends any bytes so that no terminal, log or CSV can be commanded by them: C0 (LF and TAB too),
 * DEL, C1, lone non-UTF-8 bytes as \xNN; bidirectional controls, zero-width and other invisible
 * format characters, line and paragraph separators as \u{NNNN}; a backslash doubled. One input
 * stays one line. */
void hmi_buf_add_safe(hmi_buf *buf, hm_bytes bytes);
/* Invisible, or changes the order of what stands around it. */
bool hmi_is_hidden(uint32_t code);
/* The same as text of at most `width_max` characters, "..." at the end if cut; in the arena. */
hm_text hmi_text_safe(hmi_arena *arena, hm_bytes bytes, size_t width_max);

#endif
