/* SPDX-License-Identifier: Apache-2.0
 *
 * code.h - from machine code to functions to fingerprints, and how alike two of them are.
 *
 * hmi_code_read() finds the functions of an image and emits one HMI_FUNCTION trait each (value:
 * 32 hex digits of a position-independent hash; offset: in the evidence; detail: the fingerprint
 * below), plus rare constants and constant tables. It is pure: same image, same traits, on every
 * machine and compiler. Work is bounded by the reading's arena and HMI_CODE_..._MAX.
 */
#ifndef HMI_CODE_CODE_H
#define HMI_CODE_CODE_H

#include "code/image.h"

int hmi_code_read(hmi_reading *reading, const hmi_image *image, hm_err *err);

/* Raised when the same code gives another hash or other features. Evidence known from a lower one
 * is read again; fingerprints of all versions from HMI_FINGERPRINT_OLDEST on are compared with each
 * other. Since 2 the numbers of a program that the loader moves are numbers unless a relocation
 * says that they are addresses; before, those below its size were masked in the hash and no
 * features. */
enum { HMI_FINGERPRINT_VERSION = 2, HMI_FINGERPRINT_OLDEST = 1 };

/* A function's fingerprint as stored and shared: a versioned, self-describing byte string of at
 * most HMI_TRAIT_DETAIL_MAX bytes, decoded as hostile. */
bool hmi_fingerprint_valid(hm_bytes fingerprint);

/* 0 .. 1; 1 only for equal exact hashes. Functions of different machines are compared by what does
 * not depend on the machine. Fingerprints of unknown versions give 0. */
double hmi_fingerprint_similarity(hm_bytes a, hm_bytes b);
/* How much a function says at all: instruction count, and whether it is a thunk, a stub or library
 * code by name. Tiny functions say nothing alone. */
typedef struct hmi_function_facts {
    uint32_t instructions;
    uint32_t blocks;
    hmi_machine machine;
    bool thunk;
} hmi_function_facts;
/* From the head alone: true for every valid fingerprint, and for some others. */
bool hmi_fingerprint_facts(hm_bytes fingerprint, hmi_function_facts *ret_facts);

/* Keys for finding candidates: two functions that are alike share some. At most `max`; the rarest
 * kinds of feature first. */
size_t hmi_fingerprint_probes(hm_bytes fingerprint, uint64_t *ret_probes, size_t max);

#endif
