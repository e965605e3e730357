/* SPDX-License-Identifier: Apache-2.0
 *
 * tables.h - one row for each kind of A64 instruction word: which words, what they do, how their
 * operands are read.
 *
 * Source: Arm Architecture Reference Manual for A-profile (DDI 0487), chapter C4, "A64 instruction
 * set encoding".
 */
#ifndef HMI_CODE_A64_TABLES_H
#define HMI_CODE_A64_TABLES_H

#include <stdint.h>

/* How the operands lie in the word. */
typedef enum a64_form {
    A64_PLAIN, /* nothing that matters */
    A64_ADR,
    A64_ADRP,
    A64_ADD_NUMBER, /* add, sub: 12 bits, shifted by 0 or 12 */
    A64_LOGIC_NUMBER,
    A64_MOVE_WIDE,
    A64_BITFIELD,
    A64_JUMP,        /* 26 bits of distance */
    A64_BRANCH,      /* 19 bits, condition in the lowest four */
    A64_BRANCH_REG,  /* 19 bits and a register */
    A64_BRANCH_BIT,  /* 14 bits and a register */
    A64_TO_REGISTER, /* br, blr, ret */
    A64_TWO,         /* destination, two sources */
    A64_ONE,         /* destination, one source */
    A64_COPY,        /* the same where the source stands third: mov, neg */
    A64_ADD_REG,     /* add, sub of a shifted register */
    A64_ADD_EXTENDED,
    A64_LOGIC_REG,
    A64_CHOICE,         /* conditional select */
    A64_CHOICE_COMPARE, /* conditional compare with a register */
    A64_CHOICE_COMPARE_NUMBER,
    A64_LITERAL,  /* load relative to here */
    A64_UNSIGNED, /* load, store: 12 bits, scaled */
    A64_UNSCALED, /* 9 bits: plain, before or behind */
    A64_REGISTER, /* base and index */
    A64_PAIR,
    A64_AT_BASE, /* [base] alone */
    A64_FLOAT_NUMBER
} a64_form;

typedef struct a64_row {
    uint32_t mask, match;
    uint16_t mnemonic;
    uint8_t kind, flow, form;
} a64_row;

/* Rows for the main group that bits 28 to 25 name: the first that fits is it. */
typedef struct a64_group {
    const a64_row *rows;
    unsigned count;
} a64_group;

extern const a64_group hmi_a64_groups[16];

#endif
