/* SPDX-License-Identifier: Apache-2.0
 *
 * eh_frame.c - function ranges out of .eh_frame.
 *
 * WHY    Stripping removes names, not unwind tables: nearly every function of an x86-64 ELF has an
 *        entry (FDE) here, so starts need no guessing.
 * FORM   length u32 (0xffffffff: u64 follows; 0: end)   id u32: 0 = CIE, else FDE, distance to CIE
 *        CIE: version u8, augmentation string, code align uleb, data align sleb, return register,
 *             'z': length uleb, then one value a letter: 'R' FDE pointer encoding, 'P' personality,
 *             'L' language data encoding, 'S' 'B' nothing
 *        FDE: begin, length, in the CIE's encoding
 * TRUST  Entries may point anywhere and loop back: they are read once, in order; a CIE is looked at
 *        where an FDE says, inside the section, without recursion. At most
 *        HMI_EH_FRAME_ENTRIES_MAX entries.
 * OWNS   Nothing.
 */
#include "base/cursor.h"
#include "code/unwind.h"

enum { ENCODING_OMIT = 0xff, ENCODING_INDIRECT = 0x80, RELATIVE_MASK = 0x70, RELATIVE_PC = 0x10 };

typedef struct section {
    hm_bytes bytes;
    uint64_t address;
    bool wide, big;
} section;

/* A value in a DW_EH_PE encoding; `pc` is the address of its first byte. */
static uint64_t encoded(hmi_cur *cur, const section *s, uint8_t encoding)
{
    uint64_t pc = s->address + cur->pos;
    uint64_t value;
    switch (encoding & 0x0f) {
    case 0x00:
        value = s->wide ? hmi_cur_u64(cur) : hmi_cur_u32(cur);
        break;
    case 0x01:
        value = hmi_cur_uleb(cur);
        break;
    case 0x02:
        value = hmi_cur_u16(cur);
        break;
    case 0x03:
        value = hmi_cur_u32(cur);
        break;
    case 0x04:
    case 0x0c:
        value = hmi_cur_u64(cur);
        break;
    case 0x09:
        value = (uint64_t)hmi_cur_sleb(cur);
        break;
    case 0x0a:
        value = (uint64_t)(int64_t)(int16_t)hmi_cur_u16(cur);
        break;
    case 0x0b:
        value = (uint64_t)(int64_t)(int32_t)hmi_cur_u32(cur);
        break;
    default:
        cur->bad = true;
        return 0;
    }
    if ((encoding & RELATIVE_MASK) == RELATIVE_PC) {
        value += pc;
    }
    return s->wide ? value : value & 0xffffffff;
}

/* The encoding of an FDE's pointers, ENCODING_OMIT when the CIE cannot be read. */
static uint8_t cie_encoding(const section *s, size_t at)
{
    hmi_cur cur = hmi_cur_over(s->bytes);
    cur.big = s->big;
    hmi_cur_seek(&cur, at);
    uint32_t length = hmi_cur_u32(&cur);
    if (length == 0xffffffff) {
        hmi_cur_skip(&cur, 8);
    }
    uint32_t id = hmi_cur_u32(&cur);
    uint8_t version = hmi_cur_u8(&cur);
    hm_bytes augmentation = hmi_cur_cstr(&cur);
    if (cur.bad || id != 0 || (version != 1 && version != 3 && version != 4)) {
        return ENCODING_OMIT;
    }
    if (version == 4) {
        hmi_cur_skip(&cur, 2);
    }
    (void)hmi_cur_uleb(&cur);
    (void)hmi_cur_sleb(&cur);
    if (version == 1) {
        hmi_cur_skip(&cur, 1);
    } else {
        (void)hmi_cur_uleb(&cur);
    }
    if (augmentation.len == 0 || augmentation.ptr[0] != 'z') {
        return cur.bad ? ENCODING_OMIT : 0;
    }
    (void)hmi_cur_uleb(&cur);
    for (size_t i = 1; i < augmentation.len && !cur.bad; i++) {
        switch (augmentation.ptr[i]) {
        case 'R':
            return hmi_cur_u8(&cur);
        case 'P': {
            uint8_t encoding = hmi_cur_u8(&cur);
            (void)encoded(&cur, s, encoding);
            break;
        }
        case 'L':
            hmi_cur_skip(&cur, 1);
            break;
        default:
            break;
        }
    }
    return cur.bad ? ENCODING_OMIT : 0;
}

int hmi_eh_frame_read(const hmi_image *image, hmi_unwind_found *found, void *context,
                      uint64_t *ret_bad_at)
{
    section s = { image->eh_frame, image->eh_frame_address, image->bits == 64, image->big };
    hmi_cur cur = hmi_cur_over(s.bytes);
    cur.big = image->big;
    size_t known_cie = SIZE_MAX;
    uint8_t encoding = ENCODING_OMIT;
    *ret_bad_at = HM_OFFSET_NONE;
    for (unsigned i = 0; i < HMI_EH_FRAME_ENTRIES_MAX && hmi_cur_left(&cur) >= 4; i++) {
        size_t start = cur.pos;
        uint64_t length = hmi_cur_u32(&cur);
        if (length == 0) {
            continue; /* a terminator; linkers leave some in the middle */
        }
        if (length == 0xffffffff) {
            length = hmi_cur_u64(&cur);
        }
        size_t body = cur.pos;
        uint32_t id = hmi_cur_u32(&cur);
        if (cur.bad || length < 4 || length > s.bytes.len - body) {
            *ret_bad_at = start;
            return HM_OK;
        }
        if (id != 0 && id <= body) {
            if (body - id != known_cie) {
                known_cie = body - id;
                encoding = cie_encoding(&s, known_cie);
            }
            if (encoding != ENCODING_OMIT && !(encoding & ENCODING_INDIRECT)) {
                uint64_t begin = encoded(&cur, &s, encoding);
                uint64_t len = encoded(&cur, &s, encoding & 0x0f);
                int code = cur.bad ? HM_OK : found(context, begin, len);
                if (code < 0) {
                    return code;
                }
            }
        }
        cur.bad = false;
        hmi_cur_seek(&cur, body + length);
    }
    return HM_OK;
}
