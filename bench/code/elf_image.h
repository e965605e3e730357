/* SPDX-License-Identifier: Apache-2.0
 *
 * elf_image.h - fills an hmi_image from an ELF file of our own making, for measurements.
 *
 * Not the product's reader: it trusts the file, keeps the symbols apart as truth, and can hide them
 * and the unwind tables, so that discovery can be measured with and without.
 */
#ifndef HMI_BENCH_ELF_IMAGE_H
#define HMI_BENCH_ELF_IMAGE_H

#include "code/image.h"

typedef struct elf_image {
    hmi_image image; /* without symbols */
    uint8_t *file;
    size_t file_len;
    hmi_symbol *truth; /* functions of .symtab, sorted by address; NULL when stripped */
    size_t truth_count;
    uint64_t executable; /* bytes of executable sections */
} elf_image;

/* False when it is no x86 ELF file. */
bool elf_image_load(const char *path, elf_image *ret);
void elf_image_free(elf_image *elf);

#endif
