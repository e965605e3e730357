/* SPDX-License-Identifier: Apache-2.0
 *
 * listing.h - the functions of one program, each by itself, and the instructions of some.
 *
 * A reading that asks for `functions` gives no traits, but one object of type "function" for each
 * function by address; one that names `spelled` addresses gives the instructions of the functions
 * that begin there, as objects of type "code", a stretch of rows each. Whoever pairs two programs
 * asks for the first, then for what it wants to show.
 *
 * FORM   function  version u8 = 1, address u64, calls uleb, an address u64 each (in order of the
 * code, without repeats), name (uleb and bytes), fingerprint (the rest) code      version u8 = 1,
 * address u64, rows uleb, each: offset from the address uleb, flags u8, target u64, key u64,
 * mnemonic u16, text (uleb and bytes), note (the same) little-endian
 */
#ifndef HMI_CODE_LISTING_H
#define HMI_CODE_LISTING_H

#include "base/cursor.h"
#include "code/discover.h"

enum {
    HMI_LISTING_VERSION = 1,
    HMI_LISTED_CALLS_MAX = 48, /* different functions that one is said to call */
    HMI_LISTED_NAME_MAX = 200, /* bytes of a symbol's name */
    HMI_LISTED_TEXT_MAX = 120, /* bytes of an instruction as text, and of the note behind it */
    HMI_LISTED_ROWS_MAX = 128  /* of one object */
};
enum { HMI_ROW_BLOCK = 1 /* a block begins here */ };

typedef struct hmi_listed {
    uint64_t address;
    hm_text name; /* of its symbol, clean; empty when there is none */
    size_t call_count;
    const uint8_t *calls; /* u64 each */
    hm_bytes print;       /* valid */
} hmi_listed;

typedef struct hmi_row {
    uint32_t at;
    uint8_t flags;
    uint64_t target; /* the address it names, 0: none */
    uint64_t key;    /* equal for instructions that differ in addresses at most */
    uint16_t mnemonic;
    hm_text text; /* "mov eax, dword ptr [rdi+0x10]" */
    hm_text note; /* what stands at the target: a name, or a string in quotes */
} hmi_row;

typedef struct hmi_rows {
    uint64_t address;
    uint64_t left; /* rows not taken yet */
    hmi_cur cur;
} hmi_rows;

/* Writers, in the worker. */
int hmi_listing_function(hmi_reading *reading, const hmi_image *image, const hmi_listed *listed,
                         uint64_t offset, hm_err *err);
/* The walked function with its blocks. */
int hmi_listing_code(hmi_reading *reading, hmi_walk *walk, const hmi_discovery *discovery,
                     hm_err *err);

/* Readers. The bytes are hostile; what is lent points into them. */
int hmi_listed_parse(hm_bytes raw, hmi_listed *ret, hm_err *err);
static inline uint64_t hmi_listed_call(const hmi_listed *listed, size_t at)
{
    hmi_cur cur = hmi_cur_over(hmi_bytes(listed->calls + 8 * at, 8));
    return hmi_cur_u64(&cur);
}
int hmi_rows_open(hm_bytes raw, hmi_rows *ret, hm_err *err);
/* 1 and *ret_row; 0 when that was the last. */
int hmi_rows_next(hmi_rows *rows, hmi_row *ret_row, hm_err *err);

#endif
