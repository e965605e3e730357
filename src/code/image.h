/* SPDX-License-Identifier: Apache-2.0
 *
 * image.h - a program as code analysis wants to see it, whatever file format it came in.
 *
 * Program readers (formats/program/) fill it; code/ reads it. Slices point into the evidence.
 * Every address is the one the program would have at its preferred base. Nothing is relocated,
 * executed or decrypted. A reader clips every range to the file before it stands here: code/ may
 * trust that slices are in memory, and nothing else (addresses may overlap, wrap or lie).
 */
#ifndef HMI_CODE_IMAGE_H
#define HMI_CODE_IMAGE_H

#include "trait/trait.h"

typedef enum hmi_machine {
    HMI_MACHINE_OTHER = 0,
    HMI_MACHINE_X86,
    HMI_MACHINE_X86_64,
    HMI_MACHINE_ARM,
    HMI_MACHINE_AARCH64,
    HMI_MACHINE_MIPS,
    HMI_MACHINE_MIPS64,
    HMI_MACHINE_PPC,
    HMI_MACHINE_PPC64,
    HMI_MACHINE_RISCV32,
    HMI_MACHINE_RISCV64
} hmi_machine;

typedef struct hmi_segment {
    uint64_t address;
    uint64_t size; /* in memory; bytes past content.len read as zero */
    hm_bytes content;
    uint64_t offset; /* of content in the evidence */
    bool read, write, execute;
    hm_text name; /* section name when known, lossy */
} hmi_segment;

typedef enum hmi_symbol_kind {
    HMI_SYMBOL_FUNCTION,
    HMI_SYMBOL_OBJECT,
    HMI_SYMBOL_OTHER
} hmi_symbol_kind;

typedef struct hmi_symbol {
    uint64_t address;
    uint64_t size; /* 0 = unknown */
    hm_text name;
    hmi_symbol_kind kind;
    bool exported;
} hmi_symbol;

/* A pointer slot (GOT, IAT) that holds a foreign function's or object's address at run time. */
typedef struct hmi_import {
    uint64_t slot;
    hm_text library; /* lower case, empty if unknown */
    hm_text name;    /* or "#ordinal" */
} hmi_import;

/* A place in data that the loader relocates to an address in this image. */
typedef struct hmi_pointer {
    uint64_t place;
    uint64_t value; /* the address it will hold; 0: the one that stands there in the file */
} hmi_pointer;

typedef struct hmi_image {
    hmi_machine machine;
    uint8_t bits; /* 32 or 64 */
    bool big;
    bool windows; /* calling convention and unwind format */
    /* The loader may put it anywhere, so every absolute address in it stands in `pointers`: a
     * number that is not listed there is a number, even where the program has a byte at it. */
    bool relocatable;
    uint64_t base;
    uint64_t entry;        /* 0 = none */
    hmi_segment *segments; /* sections where the file has them, else load segments */
    size_t segment_count;
    hmi_symbol *symbols; /* sorted by address */
    size_t symbol_count;
    hmi_import *imports; /* sorted by slot */
    size_t import_count;
    uint64_t *starts; /* further places known to begin a function: init arrays, TLS callbacks */
    size_t start_count;
    hmi_pointer *pointers; /* sorted by place */
    size_t pointer_count;
    hm_bytes eh_frame;
    uint64_t eh_frame_address;
    hm_bytes pdata; /* PE exception directory */
    uint64_t pdata_address;
} hmi_image;

/* `len` bytes of the image at `address`, or what is there of them; empty when not mapped. */
hm_bytes hmi_image_at(const hmi_image *image, uint64_t address, size_t len);
const hmi_segment *hmi_image_segment(const hmi_image *image, uint64_t address);
/* NULL when the slot imports nothing. */
const hmi_import *hmi_image_import(const hmi_image *image, uint64_t slot);
/* Is this place one that the loader relocates? */
bool hmi_image_relocates(const hmi_image *image, uint64_t place);
/* What a relocated place will hold; 0 when it is none. */
uint64_t hmi_image_pointer(const hmi_image *image, uint64_t place);

#endif
