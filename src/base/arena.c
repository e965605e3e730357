/* SPDX-License-Identifier: Apache-2.0
 *
 * arena.c - memory by the block, with a ceiling.
 *
 * WHY    Hostile input decides how much we allocate; one ceiling per piece of work bounds it, and
 *        one free at the end means no path can leak.
 * FORM   A list of blocks, newest first; a request that does not fit opens a new block of at least
 *        BLOCK_MIN bytes, larger ones get a block of their own.
 * OWNS   Its blocks.
 */
#include "base/arena.h"

#include "base/error.h"
#include "base/num.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { BLOCK_MIN = 32 * 1024, ALIGN = 16 };

struct hmi_arena_block {
    hmi_arena_block *older;
    size_t size;
    size_t used;
    size_t pad_;
    uint8_t bytes[];
};

static _Thread_local uint64_t fail_countdown;

void hmi_arena_fail_at(uint64_t nth)
{
    fail_countdown = nth;
}

static bool fails_now(void)
{
    return fail_countdown != 0 && --fail_countdown == 0;
}

void hmi_arena_init(hmi_arena *arena, size_t ceiling)
{
    *arena = (hmi_arena){ .ceiling = ceiling };
}

void hmi_arena_fini(hmi_arena *arena)
{
    if (arena == NULL) {
        return;
    }
    hmi_arena_block *block = arena->last;
    while (block != NULL) {
        hmi_arena_block *older = block->older;
        free(block);
        block = older;
    }
    *arena = (hmi_arena){ .ceiling = arena->ceiling };
}

void hmi_arena_reset(hmi_arena *arena)
{
    hmi_arena_block *keep = arena->last;
    if (keep == NULL) {
        return;
    }
    arena->last = keep->older;
    size_t ceiling = arena->ceiling;
    hmi_arena_fini(arena);
    memset(keep->bytes, 0, keep->used);
    keep->older = NULL;
    keep->used = 0;
    *arena = (hmi_arena){ .last = keep, .used = keep->size, .ceiling = ceiling };
}

/* Blocks double with what is in use, so that a large piece of work takes few of them; a very large
 * one takes them an eighth at a time. */
static size_t block_size_for(const hmi_arena *arena, size_t need)
{
    const size_t most = hmi_max((size_t)4 << 20, hmi_min(arena->used / 8, (size_t)64 << 20));
    size_t want = hmi_max(hmi_max(need, BLOCK_MIN), hmi_min(arena->used, most));
    size_t room = arena->ceiling - hmi_min(arena->used, arena->ceiling);
    return want <= room ? want : hmi_max(need, hmi_min(want, room));
}

/* Tables that are looked at everywhere cost a page walk a look; large pages cost few. A hint only.
 */
static void ask_for_huge_pages(hmi_arena_block *block, size_t size)
{
    enum { HUGE = 2 << 20, FROM = 8 << 20 };
    if (size >= FROM) {
        const uintptr_t from = ((uintptr_t)block + HUGE - 1) & ~(uintptr_t)(HUGE - 1);
        const uintptr_t to = ((uintptr_t)block + size) & ~(uintptr_t)(HUGE - 1);
        (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
    }
}

static hmi_arena_block *open_block(hmi_arena *arena, size_t need)
{
    size_t size = block_size_for(arena, need);
    if (size > arena->ceiling || arena->used > arena->ceiling - size) {
        arena->limited = true;
        return NULL;
    }
    hmi_arena_block *block = fails_now() ? NULL : calloc(1, sizeof(*block) + size);
    if (block == NULL) {
        arena->limited = false;
        return NULL;
    }
    ask_for_huge_pages(block, size);
    block->size = size;
    block->older = arena->last;
    arena->last = block;
    arena->used += size;
    return block;
}

void *hmi_arena_take(hmi_arena *arena, size_t count, size_t size)
{
    size_t need;
    if (!hmi_mul(count, size, &need) || need > SIZE_MAX - ALIGN) {
        arena->limited = true;
        return NULL;
    }
    need = (hmi_max(need, 1) + (ALIGN - 1)) & ~(size_t)(ALIGN - 1);
    hmi_arena_block *block = arena->last;
    if (block == NULL || block->size - block->used < need) {
        block = open_block(arena, need);
        if (block == NULL) {
            return NULL;
        }
    }
    void *taken = block->bytes + block->used;
    block->used += need;
    return taken;
}

size_t hmi_arena_left(const hmi_arena *arena)
{
    size_t room = arena->ceiling - hmi_min(arena->used, arena->ceiling);
    return room + (arena->last ? arena->last->size - arena->last->used : 0);
}

void hmi_arena_give_back(hmi_arena *arena, void *taken, size_t count, size_t size)
{
    hmi_arena_block *block = arena->last;
    size_t need;
    if (taken == NULL || block == NULL || !hmi_mul(count, size, &need)) {
        return;
    }
    need = (hmi_max(need, 1) + (ALIGN - 1)) & ~(size_t)(ALIGN - 1);
    if (need > block->used || (uint8_t *)taken != block->bytes + (block->used - need)) {
        return;
    }
    block->used -= need;
    if (block->used > 0) {
        memset(taken, 0, need); /* what is taken is zeroed */
        return;
    }
    arena->last = block->older;
    arena->used -= block->size;
    free(block);
}

hm_bytes hmi_arena_bytes(hmi_arena *arena, hm_bytes bytes)
{
    uint8_t *copy = hmi_arena_take(arena, bytes.len, 1);
    if (copy == NULL) {
        return (hm_bytes){ NULL, 0 };
    }
    if (bytes.len > 0) {
        memcpy(copy, bytes.ptr, bytes.len);
    }
    return (hm_bytes){ copy, bytes.len };
}

hm_text hmi_arena_text(hmi_arena *arena, hm_text text)
{
    hm_bytes copy = hmi_arena_bytes(arena, (hm_bytes){ (const uint8_t *)text.ptr, text.len });
    return (hm_text){ (const char *)copy.ptr, copy.len };
}

hm_text hmi_arena_printf(hmi_arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *out = len < 0 ? NULL : hmi_arena_take(arena, (size_t)len + 1, 1);
    if (out != NULL) {
        vsnprintf(out, (size_t)len + 1, format, again);
    }
    va_end(again);
    return out ? (hm_text){ out, (size_t)len } : (hm_text){ NULL, 0 };
}

char *hmi_arena_cstr(hmi_arena *arena, hm_text text)
{
    char *copy = hmi_arena_take(arena, text.len + 1, 1);
    if (copy != NULL && text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    return copy;
}

void *hmi_arena_grow(hmi_arena *arena, void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) {
        return array;
    }
    size_t wanted = *capacity < 8 ? 16 : *capacity;
    if (!hmi_mul(wanted, (size_t)2, &wanted)) {
        arena->limited = true;
        return NULL;
    }
    void *larger = hmi_arena_take(arena, wanted, size);
    if (larger == NULL) {
        return NULL;
    }
    if (count > 0) {
        memcpy(larger, array, count * size);
    }
    *capacity = wanted;
    return larger;
}

int hmi_arena_fail(const hmi_arena *arena, hm_err *err)
{
    if (arena->limited) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "memory limit of %zu bytes reached",
                        arena->ceiling);
    }
    return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "the system has no memory left");
}
