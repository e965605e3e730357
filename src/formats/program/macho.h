/* SPDX-License-Identifier: Apache-2.0
 *
 * macho.h - what the files of the Mach-O reader know of one program while they read it.
 *
 * macho.c reads header and load commands, macho_traits.c emits, macho_sign.c reads the signature.
 */
#ifndef HMI_FORMATS_PROGRAM_MACHO_H
#define HMI_FORMATS_PROGRAM_MACHO_H

#include "base/cursor.h"
#include "base/num.h"
#include "formats/program/program.h"

enum {
    HMI_MACHO_COMMANDS_MAX = 4096,
    HMI_MACHO_SECTIONS_MAX = 4096,
    HMI_MACHO_SYMBOLS_MAX = 262144,
    HMI_MACHO_SLOTS_MAX = 131072, /* places of pointers to foreign functions looked at */
    HMI_MACHO_STARTS_MAX = 65536,
    HMI_MACHO_DYLIBS_MAX = 256,
    HMI_MACHO_BLOBS_MAX = 32, /* of a signature */
    HMI_MACHO_SLICES_MAX = 30 /* of a fat file */
};

typedef struct hmi_macho_section {
    hm_text name;
    uint64_t address, size, offset;
    uint32_t flags, first_indirect;
    hm_bytes content;
    uint32_t protection;
} hmi_macho_section;

typedef struct hmi_macho_symbol {
    hm_text name;
    uint64_t value;
    uint8_t type;
} hmi_macho_symbol;

typedef struct hmi_macho {
    hmi_reading *reading;
    hm_bytes file;
    bool wide, big;
    uint32_t machine, type;
    hmi_macho_section *sections;
    size_t section_count;
    hmi_macho_symbol *symbols;
    size_t symbol_count;
    uint32_t indirect_at, indirect_count;
    hm_bytes starts, signature, uuid;
    uint64_t base, entry_offset;
    bool encrypted;
    uint32_t symbols_at, symbols_named, strings_at, strings_size;
    hm_text dylibs[HMI_MACHO_DYLIBS_MAX];
    size_t dylib_count;
    uint32_t platform, minimum, sdk, unclean_left;
    hmi_image image;
} hmi_macho;

hm_bytes hmi_macho_clip(const hmi_macho *macho, uint64_t offset, uint64_t size);
int hmi_macho_traits_emit(hmi_macho *macho, hm_err *err);
int hmi_macho_signature_read(hmi_macho *macho, hm_err *err);

#endif
