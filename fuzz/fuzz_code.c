/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_code.c - any image: the input is cut into a head that lays out segments, tables and lists,
 * and the bytes they hold.
 */
#include "sink.h"

#include "base/cursor.h"
#include "code/code.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { SEGMENTS = 4, LIST = 8 };
    hmi_cur cur = hmi_cur_over((hm_bytes){ data, size });
    uint8_t shape = hmi_cur_u8(&cur);
    hmi_segment segments[SEGMENTS] = { 0 };
    uint64_t starts[LIST];
    hmi_pointer pointers[LIST];
    hmi_import imports[LIST];
    for (unsigned i = 0; i < SEGMENTS; i++) {
        segments[i].address = hmi_cur_u32(&cur);
        if (shape & 0x40) {
            segments[i].address <<= 32; /* near the end of the address space too */
        }
        segments[i].size = hmi_cur_u16(&cur);
        uint8_t rights = hmi_cur_u8(&cur);
        segments[i].execute = rights & 1;
        segments[i].write = rights & 2;
        segments[i].name = rights & 4 ? HM_TEXT(".plt") : HM_TEXT(".text");
    }
    for (unsigned i = 0; i < LIST; i++) {
        starts[i] = segments[0].address + hmi_cur_u8(&cur);
        uint8_t place = hmi_cur_u8(&cur);
        pointers[i] = (hmi_pointer){ segments[1].address + place, starts[i] + (place & 3) };
        imports[i] = (hmi_import){ .slot = segments[1].address + 8 * i, .name = HM_TEXT("exit") };
    }
    hm_bytes rest = hmi_slice(cur.over, cur.pos, SIZE_MAX);
    for (unsigned i = 0; i < SEGMENTS; i++) {
        segments[i].content = hmi_slice(rest, i * (rest.len / SEGMENTS), rest.len / SEGMENTS);
        segments[i].offset = i * (rest.len / SEGMENTS);
    }
    bool a64 = (shape & 0x81) == 0x80;
    hmi_image image = {
        .machine = a64         ? HMI_MACHINE_AARCH64
                   : shape & 1 ? HMI_MACHINE_X86_64
                               : HMI_MACHINE_X86,
        .bits = a64 || (shape & 1) ? 64 : 32,
        .base = segments[0].address,
        .entry = segments[0].address,
        .segments = segments,
        .segment_count = SEGMENTS,
        .starts = starts,
        .start_count = shape & 2 ? LIST : 0,
        .pointers = pointers,
        .pointer_count = shape & 4 ? LIST : 0,
        .imports = imports,
        .import_count = shape & 8 ? LIST : 0,
        .eh_frame = shape & 16 ? segments[2].content : (hm_bytes){ NULL, 0 },
        .eh_frame_address = segments[2].address,
        .pdata = shape & 32 ? segments[3].content : (hm_bytes){ NULL, 0 },
    };
    fuzz_sink fuzz;
    hmi_reading reading = fuzz_begin(&fuzz);
    hm_err err = { 0 };
    (void)hmi_code_read(&reading, &image, &err);
    fuzz_end(&fuzz);
    return 0;
}
