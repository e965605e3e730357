/* SPDX-License-Identifier: Apache-2.0
 *
 * pdata.c - function ranges out of the exception directory of x64 and ARM64 PE files.
 *
 * WHY    The Windows conventions demand an entry for every function that is no leaf.
 * FORM   RUNTIME_FUNCTION: begin u32, end u32, unwind info u32, all relative to the image base
 *        UNWIND_INFO: version:3 flags:5; flag 4 (CHNINFO): a part of another function;
 *        bit 0 of the unwind address: it is another RUNTIME_FUNCTION, also a part
 *        (learn.microsoft.com/cpp/build/exception-handling-x64)
 *        ARM64: begin u32, unwind u32. Its lowest two bits 0: the address of a word whose lowest 18
 *        bits are the length in words; 1, 2: the length are bits 2 to 12; 2 and 3: a part
 *        (learn.microsoft.com/cpp/build/arm64-exception-handling)
 * TRUST  Addresses may point anywhere; entries with end <= begin are left out.
 * OWNS   Nothing.
 */
#include "base/cursor.h"
#include "code/unwind.h"

enum { UNWIND_CHAINED = 4 };

static bool is_part(hmi_ranges *ranges, uint32_t unwind)
{
    if (unwind & 1) {
        return true;
    }
    hm_bytes info = hmi_ranges_at(ranges, ranges->image->base + unwind, 4);
    return info.len == 4 && (info.ptr[0] >> 3 & UNWIND_CHAINED);
}

static uint64_t arm_length(hmi_ranges *ranges, uint32_t unwind)
{
    if ((unwind & 3) != 0) {
        return (unwind & 3) == 1 ? (unwind >> 2 & 0x7ff) * 4 : 0;
    }
    hm_bytes info = hmi_ranges_at(ranges, ranges->image->base + unwind, 4);
    hmi_cur cur = hmi_cur_over(info);
    uint64_t length = (hmi_cur_u32(&cur) & 0x3ffff) * 4;
    return cur.bad ? 0 : length;
}

static int read_arm(hmi_ranges *ranges, hmi_unwind_found *found, void *context)
{
    hmi_cur cur = hmi_cur_over(ranges->image->pdata);
    for (unsigned i = 0; i < HMI_PDATA_ENTRIES_MAX && hmi_cur_left(&cur) >= 8; i++) {
        uint32_t begin = hmi_cur_u32(&cur), unwind = hmi_cur_u32(&cur);
        uint64_t length = arm_length(ranges, unwind);
        if (begin == 0 || length == 0) {
            continue;
        }
        int code = found(context, ranges->image->base + begin, length);
        if (code < 0) {
            return code;
        }
    }
    return HM_OK;
}

int hmi_pdata_read(hmi_ranges *ranges, hmi_unwind_found *found, void *context)
{
    const hmi_image *image = ranges->image;
    if (image->machine == HMI_MACHINE_AARCH64) {
        return read_arm(ranges, found, context);
    }
    if (image->machine != HMI_MACHINE_X86_64) {
        return HM_OK;
    }
    hmi_cur cur = hmi_cur_over(image->pdata);
    for (unsigned i = 0; i < HMI_PDATA_ENTRIES_MAX && hmi_cur_left(&cur) >= 12; i++) {
        uint32_t begin = hmi_cur_u32(&cur);
        uint32_t end = hmi_cur_u32(&cur);
        uint32_t unwind = hmi_cur_u32(&cur);
        if (begin == 0 || end <= begin || is_part(ranges, unwind)) {
            continue;
        }
        int code = found(context, image->base + begin, end - begin);
        if (code < 0) {
            return code;
        }
    }
    return HM_OK;
}
