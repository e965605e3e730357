/* SPDX-License-Identifier: Apache-2.0
 *
 * pcapng.c - capture files of blocks: sections, interfaces, packets.
 *
 * FORM   Every block: type, total length (of all of it, a multiple of four), body, total length
 *        again. 0a0d0d0a begins a section and states its byte order; 1 an interface (link type,
 *        snap length, options: 9 time resolution, 14 time offset); 6, 3 and 2 packets; 0a secrets.
 *        Others are skipped. (draft-ietf-opsawg-pcapng)
 * TRUST  A length below 12, not a multiple of four, beyond the file, or repeated differently ends
 *        reading there: nothing tells where the next block begins.
 * OWNS   The list of interfaces, in the capture's arena.
 */
#include "base/cursor.h"
#include "base/error.h"
#include "base/num.h"
#include "formats/record/capture/capture.h"

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET_OLD = 2,
    BLOCK_PACKET_SIMPLE = 3,
    BLOCK_PACKET = 6,
    BLOCK_SECRETS = 0x0a,
    BLOCK_MIN = 12,
    OPTION_RESOLUTION = 9,
    OPTION_OFFSET = 14,
    OPTIONS_MAX = 64
};

typedef struct interface {
    uint32_t link, snap;
    uint8_t resolution; /* as the option writes it: 10^-n, or 2^-n with the high bit */
    int64_t offset_s;
} interface;

typedef struct section {
    bool big;
    interface *interfaces;
    size_t count, room;
} section;

bool hmi_pcapng_is(hm_bytes file)
{
    hmi_cur cur = hmi_cur_over(file);
    uint32_t type = hmi_cur_u32(&cur);
    hmi_cur_skip(&cur, 4);
    uint32_t order = hmi_cur_u32(&cur);
    return !cur.bad && type == BLOCK_SECTION && (order == 0x1a2b3c4d || order == 0x4d3c2b1a);
}

/* ---- Interfaces and their clocks */

static void read_options(hmi_cur *cur, interface *it)
{
    for (unsigned n = 0; n < OPTIONS_MAX && hmi_cur_left(cur) >= 4; n++) {
        unsigned code = hmi_cur_u16(cur), len = hmi_cur_u16(cur);
        hmi_cur value = hmi_cur_over(hmi_cur_bytes(cur, len));
        value.big = cur->big;
        hmi_cur_skip(cur, (4 - len % 4) % 4);
        if (code == 0) {
            return;
        }
        if (code == OPTION_RESOLUTION && len == 1) {
            it->resolution = hmi_cur_u8(&value);
        } else if (code == OPTION_OFFSET && len == 8) {
            it->offset_s = (int64_t)hmi_cur_u64(&value);
        }
    }
}

static int add_interface(hmi_capture *capture, section *s, hmi_cur cur, hm_err *err)
{
    interface it = { .resolution = 6 };
    it.link = hmi_cur_u16(&cur);
    hmi_cur_skip(&cur, 2);
    it.snap = hmi_cur_u32(&cur);
    read_options(&cur, &it);
    if (s->count == HMI_CAPTURE_INTERFACES_MAX) {
        return HM_OK; /* its packets are counted as those of an unknown interface */
    }
    interface *grown =
        hmi_arena_grow(capture->arena, s->interfaces, s->count, &s->room, sizeof(*s->interfaces));
    if (grown == NULL) {
        return hmi_arena_fail(capture->arena, err);
    }
    s->interfaces = grown;
    s->interfaces[s->count++] = it;
    return HM_OK;
}

/* HMI_TIME_NONE for what lies outside any calendar. */
static int64_t moment_of(const interface *it, uint64_t stamp)
{
    unsigned power = it->resolution & 0x7f;
    uint64_t us = 0;
    if (it->resolution & 0x80) {
        if (power > 63) {
            return HMI_TIME_NONE;
        }
        uint64_t seconds = stamp >> power, part = stamp & ((UINT64_C(1) << power) - 1);
        unsigned drop = power > 40 ? power - 40 : 0;
        if (!hmi_mul(seconds, UINT64_C(1000000), &us)) {
            return HMI_TIME_NONE;
        }
        us += ((part >> drop) * 1000000) >> (power - drop);
    } else {
        us = stamp;
        for (; power > 6; power--) {
            us /= 10;
        }
        for (; power < 6; power++) {
            if (!hmi_mul(us, UINT64_C(10), &us)) {
                return HMI_TIME_NONE;
            }
        }
    }
    int64_t offset = 0, moment = 0;
    bool fits = us <= INT64_MAX && hmi_mul(it->offset_s, INT64_C(1000000), &offset) &&
                hmi_add((int64_t)us, offset, &moment);
    return fits && moment >= 0 && moment <= INT64_C(253402300799999999) ? moment : HMI_TIME_NONE;
}

/* ---- Packets */

static int read_packet(hmi_capture *capture, const section *s, uint32_t type, hmi_cur cur,
                       uint64_t at, hm_err *err)
{
    uint32_t number = 0, captured = 0, wire = 0;
    uint64_t stamp = 0;
    if (type == BLOCK_PACKET_SIMPLE) {
        wire = hmi_cur_u32(&cur);
        captured = (uint32_t)hmi_min(wire, hmi_cur_left(&cur));
    } else {
        number = type == BLOCK_PACKET ? hmi_cur_u32(&cur) : hmi_cur_u16(&cur);
        hmi_cur_skip(&cur, type == BLOCK_PACKET ? 0 : 2);
        stamp = (uint64_t)hmi_cur_u32(&cur) << 32;
        stamp |= hmi_cur_u32(&cur);
        captured = hmi_cur_u32(&cur);
        wire = hmi_cur_u32(&cur);
    }
    if (number >= s->count) {
        if (capture->sums.lost_interface++ == 0) {
            capture->sums.first_interface = at;
        }
        return HM_OK;
    }
    const interface *it = &s->interfaces[number];
    if (type == BLOCK_PACKET_SIMPLE && it->snap > 0 && captured > it->snap) {
        captured = it->snap;
    }
    uint64_t offset = at + 8 + cur.pos;
    hm_bytes frame = hmi_cur_bytes(&cur, captured);
    if (cur.bad) { /* the block is whole, so the next one can be found */
        if (capture->sums.cut++ == 0) {
            capture->sums.first_cut = at;
        }
        return HM_OK;
    }
    int64_t us = type == BLOCK_PACKET_SIMPLE ? HMI_TIME_NONE : moment_of(it, stamp);
    return hmi_capture_frame(capture, frame, wire, it->link, us, offset, err);
}

static int read_block(hmi_capture *capture, section *s, uint32_t type, hm_bytes body, uint64_t at,
                      hm_err *err)
{
    hmi_cur cur = hmi_cur_over(body);
    cur.big = s->big;
    switch (type) {
    case BLOCK_SECTION:
        s->count = 0;
        return HM_OK;
    case BLOCK_INTERFACE:
        return add_interface(capture, s, cur, err);
    case BLOCK_PACKET:
    case BLOCK_PACKET_OLD:
    case BLOCK_PACKET_SIMPLE:
        return read_packet(capture, s, type, cur, at, err);
    case BLOCK_SECRETS:
        capture->sums.secrets++;
        return HM_OK;
    default:
        return HM_OK;
    }
}

int hmi_pcapng_read(hmi_capture *capture, hm_bytes file, hm_err *err)
{
    section s = { .big = false };
    size_t at = 0;
    while (at < file.len) {
        hmi_cur cur = hmi_cur_over(hmi_slice(file, at, file.len));
        if (hmi_pcapng_is(cur.over)) { /* its length stands before what says its byte order */
            s.big = cur.over.ptr[8] == 0x1a;
        }
        cur.big = s.big;
        uint32_t type = hmi_cur_u32(&cur), len = hmi_cur_u32(&cur);
        if (cur.bad) {
            return hmi_capture_stop(capture, HM_E_TRUNCATED, at, "a block's header is cut short");
        }
        if (len < BLOCK_MIN || len % 4 != 0) {
            return hmi_capture_stop(capture, HM_E_MALFORMED, at,
                                    "a block claims an impossible length");
        }
        if (len > cur.over.len) {
            return hmi_capture_stop(capture, HM_E_TRUNCATED, at,
                                    "a block is longer than what is left of the file");
        }
        hmi_cur_seek(&cur, len - 4);
        if (hmi_cur_u32(&cur) != len) {
            return hmi_capture_stop(capture, HM_E_MALFORMED, at, "a block's two lengths differ");
        }
        HMI_TRY(read_block(capture, &s, type, hmi_slice(cur.over, 8, len - BLOCK_MIN), at, err));
        at += len;
    }
    return HM_OK;
}
