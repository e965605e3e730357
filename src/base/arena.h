/* SPDX-License-Identifier: Apache-2.0
 *
 * arena.h - all memory of one piece of work, with a ceiling, freed at once.
 *
 *     hmi_arena arena;
 *     hmi_arena_init(&arena, 64 << 20);
 *     struct thing *thing = hmi_new(&arena, struct thing);   // zeroed
 *     if (thing == NULL) { return hmi_arena_fail(&arena, err); }
 *     ...
 *     hmi_arena_fini(&arena);
 *
 * Reaching the ceiling is an ordinary answer to a bomb (HM_E_LIMIT), a system without memory is
 * HM_E_MEMORY; hmi_arena_fail says which it was. One thread at a time.
 */
#ifndef HMI_BASE_ARENA_H
#define HMI_BASE_ARENA_H

#include <hallmark/base.h>
#include <stdbool.h>

typedef struct hmi_arena_block hmi_arena_block;

typedef struct hmi_arena {
    hmi_arena_block *last;
    size_t used;    /* bytes taken from the system */
    size_t ceiling; /* never takes more than this */
    bool limited;   /* a request was refused for the ceiling, not for the system */
} hmi_arena;

void hmi_arena_init(hmi_arena *arena, size_t ceiling);
/* NULL and zeroed arenas are fine. */
void hmi_arena_fini(hmi_arena *arena);
/* Forgets everything but keeps one block to start again cheaply. */
void hmi_arena_reset(hmi_arena *arena);

/* Zeroed memory for `count` objects of `size` bytes, aligned for anything; NULL when refused.
 * A count of 0 gives a valid pointer to nothing. */
void *hmi_arena_take(hmi_arena *arena, size_t count, size_t size);
#define hmi_new(arena, type) ((type *)hmi_arena_take((arena), 1, sizeof(type)))
#define hmi_new_array(arena, type, count) ((type *)hmi_arena_take((arena), (count), sizeof(type)))
/* Bytes that can still be had, in small pieces: `used` counts whole blocks. */
size_t hmi_arena_left(const hmi_arena *arena);
/* Gives back what was taken last, with the same `count` and `size`: for scratch that a limited
 * arena needs again. What was not taken last stays until the end. */
void hmi_arena_give_back(hmi_arena *arena, void *taken, size_t count, size_t size);
/* Copies; a NULL `ptr` with len 0 copies fine; .ptr == NULL says the arena refused. */
hm_bytes hmi_arena_bytes(hmi_arena *arena, hm_bytes bytes);
hm_text hmi_arena_text(hmi_arena *arena, hm_text text);
/* printf into the arena; .ptr == NULL when refused. */
__attribute__((format(printf, 2, 3))) hm_text hmi_arena_printf(hmi_arena *arena, const char *format,
                                                               ...);
/* A NUL-terminated copy for the edge of the OS and of SQLite; NULL when refused. */
char *hmi_arena_cstr(hmi_arena *arena, hm_text text);
/* Makes room for one more element: doubles *capacity and copies when `count` has reached it.
 * Returns the array to use from now on, or NULL when refused (the old one stays valid). */
void *hmi_arena_grow(hmi_arena *arena, void *array, size_t count, size_t *capacity, size_t size);

/* HM_E_LIMIT or HM_E_MEMORY, with a sentence. */
int hmi_arena_fail(const hmi_arena *arena, hm_err *err);

/* For tests: the n-th block taken from the system from now on fails (0 = never), in this thread. */
void hmi_arena_fail_at(uint64_t nth);

#endif
