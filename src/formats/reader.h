/* SPDX-License-Identifier: Apache-2.0
 *
 * reader.h - what every format reader is, and the one list of them.
 *
 * A reader is a pure function: bytes in, traits out. No file, no clock, no socket, no global; all
 * memory from reading->arena. So a test, a fuzzer and the jail run the very same code.
 *
 * To add a format: write src/formats/WING/NAME.c with an `hmi_reader`, name it in registry.c, add
 * tests/unit/formats/test_NAME.c and fuzz/fuzz_NAME.c.
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
     * only when nothing can be said, or the sink or a limit stopped it. */
    int (*read)(hmi_reading *reading, hm_bytes file, hm_err *err);
} hmi_reader;

/* Ends with NULL. */
extern const hmi_reader *const hmi_readers[];
const hmi_reader *hmi_reader_find(hm_text name);

/* Reads the evidence with every reader that claims it (a polyglot is read in each of its meanings
 * and noted as odd), then the generic traits of any file (hashes, size, entropy). Emits the facts
 * "format" (names joined by "+", "data" if none) and "reader-version". */
int hmi_formats_read(hmi_reading *reading, hm_bytes file, hm_err *err);

#endif
