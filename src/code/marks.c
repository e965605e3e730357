/* SPDX-License-Identifier: Apache-2.0
 *
 * marks.c - a table of flagged places; see marks.h.
 *
 * TRUST  Places are positions on the line, which is bounded; so are flags.
 * OWNS   Its slots, in the reading's arena; it doubles when half full.
 */
#include "code/marks.h"

#include "base/error.h"

static void put(hmi_marks *marks, uint32_t word)
{
    size_t at = hmi_mark_slot(word >> HMI_MARK_BITS, marks->capacity);
    while (marks->slots[at] != 0) {
        at = (at + 1) & (marks->capacity - 1);
    }
    marks->slots[at] = word;
}

static bool grow(hmi_marks *marks)
{
    enum { FIRST = 256 };
    size_t old_capacity = marks->capacity;
    uint32_t *old = marks->slots;
    size_t capacity = old_capacity ? 2 * old_capacity : FIRST;
    uint32_t *more = hmi_new_array(marks->arena, uint32_t, capacity);
    if (more == NULL) {
        return false;
    }
    marks->slots = more;
    marks->capacity = capacity;
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i] != 0) {
            put(marks, old[i]);
        }
    }
    return true;
}

bool hmi_marks_add(hmi_marks *marks, uint64_t line, unsigned flag)
{
    hmi_assert(line < HMI_CODE_EXECUTABLE_MAX && flag != 0 && flag >> HMI_MARK_BITS == 0);
    if (2 * marks->count >= marks->capacity && !grow(marks)) {
        return false;
    }
    size_t at = hmi_mark_slot(line, marks->capacity);
    for (; marks->slots[at] != 0; at = (at + 1) & (marks->capacity - 1)) {
        if (marks->slots[at] >> HMI_MARK_BITS == line) {
            marks->slots[at] |= flag;
            return true;
        }
    }
    marks->slots[at] = (uint32_t)line << HMI_MARK_BITS | flag;
    marks->count++;
    return true;
}
