/* SPDX-License-Identifier: Apache-2.0
 *
 * pe.h - what the files of the PE reader know of one program while they read it.
 *
 * pe.c reads headers and sections and orders the reading; each other file reads one directory.
 * "rva" is an address counted from the image base. Section content is clipped to the file when it
 * is stored.
 */
#ifndef HMI_FORMATS_PROGRAM_PE_H
#define HMI_FORMATS_PROGRAM_PE_H

#include "base/cursor.h"
#include "base/num.h"
#include "formats/program/program.h"

enum {
    HMI_PE_SECTIONS_MAX = 1024,
    HMI_PE_LIBRARIES_MAX = 1024,
    HMI_PE_IMPORTS_MAX = 65536,
    HMI_PE_EXPORTS_MAX = 65536,
    HMI_PE_SYMBOLS_MAX = 262144, /* COFF symbols */
    HMI_PE_RELOCATIONS_MAX = 1 << 20,
    HMI_PE_RESOURCES_MAX = 4096, /* tree entries visited */
    HMI_PE_LANGUAGES_MAX = 32,
    HMI_PE_VERSION_STRINGS_MAX = 64,
    HMI_PE_DEBUG_MAX = 32,
    HMI_PE_RICH_MAX = 128,
    HMI_PE_TLS_MAX = 64,
    HMI_PE_CERTIFICATES_MAX = 32
};

enum { /* data directories */
       HMI_PE_DIR_EXPORT = 0,
       HMI_PE_DIR_IMPORT = 1,
       HMI_PE_DIR_RESOURCE = 2,
       HMI_PE_DIR_EXCEPTION = 3,
       HMI_PE_DIR_SECURITY = 4,
       HMI_PE_DIR_RELOCATION = 5,
       HMI_PE_DIR_DEBUG = 6,
       HMI_PE_DIR_TLS = 9,
       HMI_PE_DIR_DELAY = 13,
       HMI_PE_DIR_CLI = 14,
       HMI_PE_DIR_COUNT = 16
};

typedef struct hmi_pe_section {
    hm_text name;
    uint32_t address, size; /* in memory */
    uint32_t offset;
    uint32_t flags;
    hm_bytes content;
} hmi_pe_section;

typedef struct hmi_pe_directory {
    uint32_t rva, size;
} hmi_pe_directory;

typedef struct hmi_pe {
    hmi_reading *reading;
    hm_bytes file;
    uint32_t head; /* of "PE" */
    bool wide;
    uint16_t machine, characteristics, optional_size, named_sections, subsystem;
    uint32_t time, symbol_table, symbol_count;
    uint8_t linker_major, linker_minor;
    uint32_t entry, section_align, file_align, image_size, headers_size, checksum;
    uint32_t checksum_at, security_at; /* file offsets of these fields */
    uint64_t base;
    hmi_pe_directory dirs[HMI_PE_DIR_COUNT];
    hmi_pe_section *sections;
    size_t section_count;
    size_t last_section; /* where the last rva was found: the next one is mostly there too */
    hmi_scan_range skips[HMI_PROGRAM_SKIPS_MAX]; /* what was read already */
    size_t skip_count;
    bool reproducible; /* its times are digests, not times */
    hmi_program_budget budget;
    uint32_t unclean_left; /* names that are not UTF-8 still to be taken */
    hmi_image image;
    size_t symbol_capacity, import_capacity, pointer_capacity, start_capacity;
} hmi_pe;

/* The file's bytes at an rva, to the end of their section; empty when not in the file. */
hm_bytes hmi_pe_at(hmi_pe *pe, uint32_t rva);
/* File offset of bytes that hmi_pe_at or a section gave. */
uint64_t hmi_pe_offset(const hmi_pe *pe, hm_bytes part);
/* A NUL-ended name at an rva; empty when there is none. */
hm_text hmi_pe_name(hmi_pe *pe, uint32_t rva);
hm_text hmi_pe_lower(hmi_arena *arena, hm_text text);

int hmi_pe_add_symbol(hmi_pe *pe, uint64_t address, hm_text name, bool exported, hm_err *err);
int hmi_pe_add_import(hmi_pe *pe, uint64_t slot, hm_text library, hm_text name, hm_err *err);
int hmi_pe_add_start(hmi_pe *pe, uint64_t address, hm_err *err);
/* Strings of this part of the file are known: the string scanner leaves it out. */
void hmi_pe_skip(hmi_pe *pe, hm_bytes part);
/* Judges a time stamp; `what` is "header", "export", ... */
int hmi_pe_time(hmi_pe *pe, const char *what, uint32_t time, uint64_t offset, hm_err *err);

int hmi_pe_imports_read(hmi_pe *pe, hm_err *err);
int hmi_pe_exports_read(hmi_pe *pe, hm_err *err);
int hmi_pe_resources_read(hmi_pe *pe, hm_err *err);
int hmi_pe_version_read(hmi_pe *pe, hm_bytes version, hm_err *err);
int hmi_pe_language(hmi_pe *pe, uint32_t language, uint64_t offset, hm_err *err);
int hmi_pe_rich_read(hmi_pe *pe, hm_err *err);
int hmi_pe_debug_read(hmi_pe *pe, hm_err *err);
int hmi_pe_signature_read(hmi_pe *pe, hm_err *err);
int hmi_pe_dotnet_read(hmi_pe *pe, hm_err *err);
int hmi_pe_relocations_read(hmi_pe *pe, hm_err *err);
int hmi_pe_symbols_read(hmi_pe *pe, hm_err *err);
int hmi_pe_image_read(hmi_pe *pe, hm_err *err);
/* NULL when the recipe knows no name for it. */
const char *hmi_pe_ordinal_name(hm_text library, uint32_t ordinal);

#endif
