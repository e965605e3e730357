/* SPDX-License-Identifier: Apache-2.0
 *
 * pdata.c - function ranges out of the exception directory of x64 PE files.
 *
 * WHY    The Windows x64 convention demands an entry for every function that is no leaf.
 * FORM   RUNTIME_FUNCTION: begin u32, end u32, unwind info u32, all relative to the image base
 *        UNWIND_INFO: version:3 flags:5; flag 4 (CHNINFO): a part of another function;
 *        bit 0 of the unwind address: it is another RUNTIME_FUNCTION, also a part
 *        (learn.microsoft.com/cpp/build/exception-handling-x64)
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

int hmi_pdata_read(hmi_ranges *ranges, hmi_unwind_found *found, void *context)
{
    const hmi_image *image = ranges->image;
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
