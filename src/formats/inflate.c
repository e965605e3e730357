/* SPDX-License-Identifier: Apache-2.0
 *
 * inflate.c - DEFLATE streams, by zlib.
 *
 * WHY    Scripts and PDF documents hide their content behind it.
 * FORM   RFC 1950 (wrapped) and 1951 (bare).
 * TRUST  None. The stream is run twice: once to count into a small window, once into memory of
 *        exactly that size, so that a bomb costs time up to `max`, and memory only for what is
 * kept. OWNS   zlib's state, in an arena of its own for one call.
 */
#include "formats/inflate.h"

#define ZLIB_CONST
#include <zlib.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/num.h"

enum { STATE_MAX = 256 << 10, WINDOW = 16384 };

static voidpf take(voidpf opaque, uInt items, uInt size)
{
    return hmi_arena_take(opaque, items, size);
}

static void leave(voidpf opaque, voidpf address)
{
    (void)opaque;
    (void)address;
}

/* Into `out` of `room` bytes, or (NULL) only counted up to `room`. Returns the bytes made. */
static size_t run(hm_bytes packed, bool wrapped, uint8_t *out, size_t room, bool *ret_whole)
{
    hmi_arena state;
    uint8_t window[WINDOW];
    size_t done = 0;
    *ret_whole = false;
    hmi_arena_init(&state, STATE_MAX);
    z_stream z = { .zalloc = take, .zfree = leave, .opaque = &state };
    if (inflateInit2(&z, wrapped ? 15 : -15) == Z_OK) {
        z.next_in = packed.ptr;
        z.avail_in = (uInt)hmi_min(packed.len, UINT32_MAX);
        for (int code = Z_OK; code == Z_OK && done < room;) {
            uInt most = (uInt)hmi_min(room - done, WINDOW);
            z.next_out = out != NULL ? out + done : window;
            z.avail_out = most;
            code = inflate(&z, Z_NO_FLUSH);
            done += most - z.avail_out;
            *ret_whole = code == Z_STREAM_END;
        }
        (void)inflateEnd(&z);
    }
    hmi_arena_fini(&state);
    return done;
}

int hmi_inflate(hmi_arena *arena, hm_bytes packed, bool wrapped, size_t max, hm_bytes *ret_bytes,
                bool *ret_whole, hm_err *err)
{
    bool whole = false;
    size_t len = run(packed, wrapped, NULL, max, &whole);
    uint8_t *out = hmi_arena_take(arena, len, 1);
    if (out == NULL) {
        return hmi_arena_fail(arena, err);
    }
    len = run(packed, wrapped, out, len, ret_whole);
    *ret_whole = whole;
    *ret_bytes = hmi_bytes(out, len);
    return HM_OK;
}
