/* SPDX-License-Identifier: Apache-2.0
 *
 * reader.h - what every format reader is, and the one list of them.
 *
 * A reader is a pure function: bytes in, traits out. No file, no clock, no socket, no global; all
 * memory from reading->arena. So a test, a fuzzer and the jail run the very same code.
 *
 * To add a format: write src/formats/WING/NAME.c with `const hmi_reader hmi_reader_NAME`, name it
 * in readers.def, add tests/unit/formats/test_NAME.c (README.md has the steps).
 */
#ifndef HMI_FORMATS_READER_H
#define HMI_FORMATS_READER_H

#include "trait/trait.h"

typedef struct hmi_reader {
    const char *name;    /* "elf": stable, stored with the evidence */
    const char *summary; /* "ELF programs and libraries" */
    uint32_t version;    /* grows when the same bytes would give other traits */
    /* 0: certainly not; 100: certainly. Looks at a bounded part of the file. 50 and more claim it;
     * between 1 and 49 it is tried only when nobody claims it. */
    int (*detect)(hm_bytes file, hm_bytes name);
    /* HM_OK also for damaged files of which something was read: damage is a note. A negative code
     * only when nothing can be said (MALFORMED, TRUNCATED, UNSUPPORTED: nothing was emitted), or
     * the sink or a limit stopped it. */
    int (*read)(hmi_reading *reading, hm_bytes file, hm_err *err);
    bool edited; /* its files are edited and built anew: ssdeep and TLSH of them say something */
} hmi_reader;

enum { HMI_DETECT_CLAIM = 50, HMI_DETECT_SURE = 100 };

#define READER(name) extern const hmi_reader hmi_reader_##name;
#include "formats/readers.def"
#undef READER

/* Ends with NULL. */
extern const hmi_reader *const hmi_readers[];
const hmi_reader *hmi_reader_find(hm_text name);

/* Opens, once and early, whatever the libraries below open lazily (codec tables, locale data), and
 * sets the process's zone to UTC. The worker calls it before its walls go up; other programs need
 * not. */
void hmi_formats_prepare(void);

/* Reads the evidence with every reader that claims it (a polyglot is read in each of its meanings
 * and noted as odd), and gives the generic traits of any file (hashes, name, size, entropy; and of
 * unknown data its strings and observables). Emits the facts "format" (names joined by "+", "data"
 * if none) and "reader-version" ("elf:3+generic:1"). */
int hmi_formats_read(hmi_reading *reading, hm_bytes file, hm_err *err);
/* The same over another list, which ends with NULL. */
int hmi_formats_read_with(const hmi_reader *const *readers, hmi_reading *reading, hm_bytes file,
                          hm_err *err);

#endif
