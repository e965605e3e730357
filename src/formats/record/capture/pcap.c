/* SPDX-License-Identifier: Apache-2.0
 *
 * pcap.c - classic capture files: one header, then packets.
 *
 * FORM   0: magic, 4: version, 16: snap length, 20: link type (low 28 bits); 24: packets, each
 *        seconds, fraction, captured length, length on the wire, bytes. Magic a1b2c3d4 means
 *        microseconds, a1b23c4d nanoseconds, a1b2cd34 a variant with eight more bytes a packet; the
 *        byte order is the writer's. (draft-ietf-opsawg-pcap)
 * TRUST  A captured length beyond the file or beyond HMI_CAPTURE_FRAME_MAX ends reading there:
 *        nothing tells where the next packet begins. What was read before stays.
 * OWNS   Nothing.
 */
#include "base/cursor.h"
#include "base/error.h"
#include "formats/record/capture/capture.h"

enum { HEADER = 24, RECORD = 16, VARIANT_MORE = 8 };

typedef struct pcap_kind {
    bool big, nano, variant;
} pcap_kind;

static bool read_magic(hm_bytes file, pcap_kind *ret)
{
    for (int big = 0; big < 2; big++) {
        hmi_cur cur = hmi_cur_over(file);
        cur.big = big != 0;
        uint32_t magic = hmi_cur_u32(&cur);
        uint16_t major = hmi_cur_u16(&cur);
        bool nano = magic == 0xa1b23c4d, variant = magic == 0xa1b2cd34;
        if ((magic == 0xa1b2c3d4 || nano || variant) && major == 2) {
            *ret = (pcap_kind){ big != 0, nano, variant };
            return true;
        }
    }
    return false;
}

bool hmi_pcap_is(hm_bytes file)
{
    pcap_kind kind;
    return read_magic(file, &kind);
}

int hmi_pcap_read(hmi_capture *capture, hm_bytes file, hm_err *err)
{
    pcap_kind kind;
    if (!read_magic(file, &kind) || file.len < HEADER) {
        return hmi_fail(err, HM_E_TRUNCATED, file.len, "capture header cut short");
    }
    hmi_cur cur = hmi_cur_over(file);
    cur.big = kind.big;
    hmi_cur_seek(&cur, 20);
    uint32_t link = hmi_cur_u32(&cur) & 0x0fffffff;
    while (hmi_cur_left(&cur) > 0) {
        size_t at = cur.pos;
        uint32_t seconds = hmi_cur_u32(&cur), fraction = hmi_cur_u32(&cur);
        uint32_t captured = hmi_cur_u32(&cur), wire = hmi_cur_u32(&cur);
        hmi_cur_skip(&cur, kind.variant ? VARIANT_MORE : 0);
        if (cur.bad) {
            return hmi_capture_stop(capture, HM_E_TRUNCATED, at, "a packet's header is cut short");
        }
        if (captured > HMI_CAPTURE_FRAME_MAX) {
            return hmi_capture_stop(capture, HM_E_MALFORMED, at,
                                    "a packet claims an impossible length");
        }
        uint64_t offset = cur.pos;
        hm_bytes frame = hmi_cur_bytes(&cur, captured);
        if (cur.bad) {
            return hmi_capture_stop(capture, HM_E_TRUNCATED, at,
                                    "a packet is longer than what is left of the file");
        }
        int64_t us = (int64_t)seconds * 1000000 + (kind.nano ? fraction / 1000 : fraction);
        HMI_TRY(hmi_capture_frame(capture, frame, wire, link, us, offset, err));
    }
    return HM_OK;
}
