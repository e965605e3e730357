/* SPDX-License-Identifier: Apache-2.0
 *
 * program.h - the readers of executable formats, and what they share.
 *
 * Each reader describes the file (facts), emits its identity traits, fills an hmi_image and hands
 * that to hmi_code_read(); then strings and observables are read from the whole file.
 */
#ifndef HMI_FORMATS_PROGRAM_PROGRAM_H
#define HMI_FORMATS_PROGRAM_PROGRAM_H

#include "base/error.h"
#include "code/image.h"
#include "formats/reader.h"
#include "formats/scan/scan.h"

extern const hmi_reader hmi_reader_elf;
extern const hmi_reader hmi_reader_pe;

enum {
    HMI_PROGRAM_NAME_MAX = 1024,     /* bytes of a symbol, section or library name */
    HMI_PROGRAM_UNCLEAN_MAX = 1024,  /* names of one file that are not UTF-8 */
    HMI_PROGRAM_SEGMENTS_MAX = 4096, /* parts of memory handed to code analysis */
    HMI_PROGRAM_HASHED_MIN = 64,     /* a shorter section says nothing alone */
    HMI_PROGRAM_HASHED_MAX = 512,    /* section and resource hashes of one file */
    HMI_PROGRAM_HASHED_TIMES = 3,    /* overlapping parts: bytes hashed, in file sizes */
    HMI_PROGRAM_SKIPS_MAX = 64       /* ranges without strings */
};

/* "x86-64" ...; "other". */
const char *hmi_machine_name(hmi_machine machine);

/* The bytes up to a NUL or HMI_PROGRAM_NAME_MAX as text, lossy; .ptr is NULL only when the arena
 * refused. */
hm_text hmi_program_name(hmi_arena *arena, hm_bytes raw);
/* The same for names that come by the hundred thousand: those that are not UTF-8 cost memory, so
 * only *left of them are taken, the others are empty. Never NULL. */
hm_text hmi_program_name_within(hmi_arena *arena, hm_bytes raw, uint32_t *left);
/* Clean bytes as they are, lossy otherwise. */
hm_text hmi_program_text(hmi_arena *arena, hm_bytes raw);

/* A stable merge sort whose scratch comes from the arena. */
typedef int hmi_program_compare(const void *a, const void *b);
int hmi_program_sort(hmi_arena *arena, void *array, size_t count, size_t size,
                     hmi_program_compare *compare, hm_err *err);

/* What a reader still may spend on hashing parts: overlapping sections must not multiply work. */
typedef struct hmi_program_budget {
    uint64_t bytes;
    uint32_t count;
} hmi_program_budget;
hmi_program_budget hmi_program_budget_of(hm_bytes file);
/* Emits SHA-256 of `part` as `class_id` unless it is too short, all one byte, or the budget is
 * spent. */
int hmi_program_emit_hash(hmi_reading *reading, hmi_program_budget *budget, hmi_class class_id,
                          hm_bytes part, uint64_t offset, hm_err *err);
/* The same for what lies behind the end that the headers give; `end` may be past the file. */
int hmi_program_emit_overlay(hmi_reading *reading, hm_bytes file, uint64_t end, hm_err *err);
/* Emits "PREFIX" + 32 hex digits (MD5) of the names joined by commas, in their given order. */
int hmi_program_emit_names_hash(hmi_reading *reading, hmi_class class_id, hmi_role role,
                                const char *prefix, const hm_text *names, size_t count,
                                hm_err *err);
int hmi_program_fact_uint(hmi_reading *reading, const char *name, uint64_t value, hm_err *err);
/* Emits text of our own making, formatted. */
__attribute__((format(printf, 6, 7))) int hmi_program_emitf(hmi_reading *reading,
                                                            hmi_class class_id, hmi_role role,
                                                            uint64_t offset, hm_err *err,
                                                            const char *format, ...);
/* HMI_PACKER when a section name is one that a known packer writes. */
const char *hmi_program_packer_of(hm_text section_name);
/* Marks of compilers that leave text in the file whatever its format: GCC, rustc, Go. */
int hmi_program_emit_marks(hmi_reading *reading, hm_bytes file, hm_err *err);
/* Puts imports, symbols and pointers of the image in order, drops doubles. */
int hmi_program_image_order(hmi_arena *arena, hmi_image *image, hm_err *err);

#endif
