/* SPDX-License-Identifier: Apache-2.0
 *
 * unwind.h - where functions begin, as the tables for exceptions say.
 */
#ifndef HMI_CODE_UNWIND_H
#define HMI_CODE_UNWIND_H

#include "code/ranges.h"

enum { HMI_EH_FRAME_ENTRIES_MAX = 1 << 20, HMI_PDATA_ENTRIES_MAX = 1 << 20 };

/* Called for each entry: `len` bytes of code at `address`. A negative answer ends the reading and
 * is handed on. */
typedef int hmi_unwind_found(void *context, uint64_t address, uint64_t len);

/* The .eh_frame section (LSB 5.0 "Exception Frames", DWARF 5 section 6.4). *ret_bad_at: offset of
 * the first damage, or HM_OFFSET_NONE; what stood before it has been reported. */
int hmi_eh_frame_read(const hmi_image *image, hmi_unwind_found *found, void *context,
                      uint64_t *ret_bad_at);
/* The exception directory of x64 PE files. Chained entries belong to the function they chain to
 * and are left out. */
int hmi_pdata_read(hmi_ranges *ranges, hmi_unwind_found *found, void *context);

#endif
