/* SPDX-License-Identifier: Apache-2.0
 *
 * formats.h - declares every line format named in formats.def.
 */
#ifndef HMI_FORMATS_RECORD_FORMATS_H
#define HMI_FORMATS_RECORD_FORMATS_H

#include "formats/record/lines.h"

#define LINE_FORMAT(name) extern const hmi_line_format hmi_line_##name;
#include "formats/record/formats.def"
#undef LINE_FORMAT

#endif
