/* SPDX-License-Identifier: Apache-2.0
 *
 * known.h - which functions of a program are known from the harmless world, and from where.
 *
 * Library code in two tools says nothing about who wrote them: it is named, shown faintly and
 * weighs nothing.
 */
#ifndef HMI_DIFFER_KNOWN_H
#define HMI_DIFFER_KNOWN_H

#include "casebook/store.h"
#include "differ/program.h"

/* Sets `library` and `library_files` of functions whose very code stands in a harmless file other
 * than `except`: the file's name without its folders, or how many there are when none is a library.
 */
int hmi_program_know(hmi_store *store, hmi_arena *arena, hmi_program *program,
                     const hmi_sha256 *except, size_t except_count, hm_err *err);

#endif
