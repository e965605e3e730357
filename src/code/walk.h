/* SPDX-License-Identifier: Apache-2.0
 *
 * walk.h - the instructions and blocks of one function.
 *
 * A walk starts at one address and follows control inside a window [start, limit): the limit is the
 * next known function. Discovery and fingerprinting use the same walk, so they agree on what a
 * function is. One hmi_walk is scratch for many functions, one after the other.
 */
#ifndef HMI_CODE_WALK_H
#define HMI_CODE_WALK_H

#include "code/insn.h"
#include "code/marks.h"
#include "code/ranges.h"

enum {
    HMI_CODE_WINDOW_MAX = 1 << 20,     /* bytes from a function's first to its last */
    HMI_CODE_STEPS_MAX = 1 << 15,      /* instructions of one function */
    HMI_CODE_EDGES_MAX = 1 << 15,      /* jump table entries of one function */
    HMI_CODE_TABLE_ENTRIES_MAX = 1024, /* of one jump table */
    HMI_CODE_LOOKBACK = 16             /* instructions before an indirect jump that are read */
};

typedef struct hmi_step {
    uint32_t at;   /* from the function's start */
    uint32_t call; /* index into a caller's tables; unused by the walk */
    hmi_insn insn;
} hmi_step;

typedef struct hmi_block {
    uint32_t at;
    uint32_t first, count; /* steps */
} hmi_block;

/* An edge that the last instruction of `from` does not spell: a jump table's entry. Offsets from
 * the start. */
typedef struct hmi_edge {
    uint32_t from; /* of the jump */
    uint32_t to;
} hmi_edge;

/* Steps decoded one behind the other. */
typedef struct hmi_run {
    uint32_t at, end; /* of the first, behind the last */
    uint32_t first, count;
} hmi_run;

/* A call, or a jump or branch that leaves the window. */
typedef struct hmi_exit {
    uint64_t target;
    uint8_t flow;
} hmi_exit;

enum { HMI_KNOWN_REGISTERS = 32 };

/* Which registers hold an address, and which (AArch64, a64/follow.c). */
typedef struct hmi_known {
    uint32_t set;
    uint64_t value[HMI_KNOWN_REGISTERS];
} hmi_known;

typedef struct hmi_walk {
    hmi_ranges *ranges;
    const hmi_image *image;
    bool wide; /* addresses of 64 bits */
    bool a64;
    const hmi_marks *marks; /* calls to HMI_MARK_STOPS do not return; NULL: none known */

    uint64_t start;
    uint64_t line; /* of the start */
    uint32_t window;
    hm_bytes code; /* from the start on, as far as the range goes: beyond the window */
    hmi_step *steps;
    size_t step_count, step_capacity;
    hmi_block *blocks;
    size_t block_count, block_capacity;
    hmi_edge *edges;
    size_t edge_count, edge_capacity;
    uint64_t got;          /* 32-bit code: the last GOT seen, the same for a whole program */
    uint8_t got_registers; /* which registers hold it now */
    uint8_t got_asked;     /* the register that the call before left the own address in */
    hmi_run *runs;
    size_t run_count, run_capacity;
    hmi_step *joined; /* the other half of sorting */
    size_t joined_capacity;
    hmi_exit *exits; /* of a scouted function, in the order of decoding */
    size_t exit_count, exit_capacity;
    bool returns;        /* scouted: control may come back to the caller */
    bool cut;            /* a limit left part of the function out */
    bool broken;         /* ran into bytes that are no instruction */
    bool runs_out;       /* control reaches the limit */
    uint64_t steps_left; /* of the whole program's budget */

    uint64_t *seen, *leaders; /* bitmaps over the window, clear between walks */
    uint32_t *work;
    size_t work_count, work_capacity;
    hmi_known known;       /* here */
    hmi_known *known_then; /* at each place of `work` */
    size_t known_capacity;
    uint32_t number_steps[HMI_KNOWN_REGISTERS]; /* 1 + the step that made a number in pieces */
    uint32_t *marked;                           /* leaders set, to clear them */
    size_t marked_count, marked_capacity;
    hmi_arena *arena;
} hmi_walk;

int hmi_walk_init(hmi_walk *walk, hmi_arena *arena, hmi_ranges *ranges, hm_err *err);
/* After a walk that failed: as new. */
void hmi_walk_reset(hmi_walk *walk);
/* HM_OK, or HM_E_LIMIT / HM_E_MEMORY from the arena. The walk's results stay until the next one. */
int hmi_walk_function(hmi_walk *walk, uint64_t start, uint64_t limit, hm_err *err);
/* The same way, but only what discovery asks: runs, exits, `returns`, step_count; no steps. It
 * needs a third of the time. */
int hmi_walk_scout(hmi_walk *walk, uint64_t start, uint64_t limit, hm_err *err);
/* Sorts the walked steps by offset and splits them into blocks; not needed for discovery. */
int hmi_walk_blocks(hmi_walk *walk, hm_err *err);
/* Index of the block that begins at an offset, SIZE_MAX if none does. */
size_t hmi_walk_block_at(const hmi_walk *walk, uint32_t at);

/* Entries of the table behind the indirect jump at steps[at]: their offsets from the start, inside
 * the window, go to `ret_to`. Returns how many. */
size_t hmi_jump_table(hmi_walk *walk, size_t at, uint32_t *ret_to, size_t max);

/* The last address that a register got before steps[at]; false when none is found. */
bool hmi_walk_address_in(const hmi_walk *walk, size_t at, uint8_t reg, uint64_t *ret_value);

/* What walk.c and scout.c share. */
bool hmi_walk_begin(hmi_walk *walk, uint64_t start, uint64_t limit); /* false: nothing is there */
bool hmi_walk_mark_leader(hmi_walk *walk, uint32_t at);
bool hmi_walk_add_work(hmi_walk *walk, uint32_t at);
bool hmi_walk_call_stops(const hmi_walk *walk, const hmi_insn *insn);
bool hmi_walk_add_run(hmi_walk *walk, hmi_run run);

static inline bool hmi_walk_in_window(const hmi_walk *walk, uint64_t address)
{
    return address >= walk->start && address - walk->start < walk->window;
}

/* The bytes at an offset; an instruction that does not end inside the window is none. */
static inline hm_bytes hmi_walk_rest(const hmi_walk *walk, uint32_t at)
{
    return (hm_bytes){ walk->code.ptr + at, walk->code.len - at };
}

static inline bool hmi_flow_ends(uint8_t flow)
{
    return flow == HMI_FLOW_JUMP || flow == HMI_FLOW_JUMP_INDIRECT || flow == HMI_FLOW_RETURN ||
           flow == HMI_FLOW_STOP;
}

#endif
