/* SPDX-License-Identifier: Apache-2.0
 *
 * regex_class.c - sets of characters: [a-z], \w, [[:alpha:]], and both cases of each.
 *
 * WHY    A class is the only thing that consumes input; a literal is a class of one.
 * FORM   Ranges of code points, in any order until settled, then ascending and apart.
 * TRUST  The pattern is anybody's: memory is the arena's, and folding looks at no more characters
 *        of a range than FOLD_MAX (a wider one holds both cases of what people write anyway).
 * OWNS   Nothing.
 */
#include <stdlib.h>
#include <utf8proc.h>

#include "pattern/regex_inside.h"

enum { FOLD_MAX = 2048 };

bool hmi_re_class_add(hmi_arena *arena, hmi_re_class *cls, uint32_t low, uint32_t high)
{
    hmi_re_range *ranges =
        hmi_arena_grow(arena, cls->ranges, cls->count, &cls->capacity, sizeof(*ranges));
    if (ranges == NULL) {
        return false;
    }
    cls->ranges = ranges;
    ranges[cls->count++] = (hmi_re_range){ low, high };
    return true;
}

static bool add_all(hmi_arena *arena, hmi_re_class *cls, const char *pairs)
{
    for (; pairs[0] != '\0'; pairs += 2) {
        if (!hmi_re_class_add(arena, cls, (uint8_t)pairs[0], (uint8_t)pairs[1])) {
            return false;
        }
    }
    return true;
}

/* Pairs of first and last byte. */
static const struct named {
    const char *name, *pairs;
} NAMED[] = {
    { "alpha", "azAZ" },
    { "digit", "09" },
    { "alnum", "azAZ09" },
    { "upper", "AZ" },
    { "lower", "az" },
    { "space", "\t\r  " },
    { "blank", "\t\t  " },
    { "punct", "!/:@[`{~" },
    { "xdigit", "09afAF" },
    { "word", "azAZ09__" },
    { "cntrl", "\x01\x1f\x7f\x7f" },
    { "print", " ~" },
    { "graph", "!~" },
    { "ascii", "\x01\x7f" },
};

static bool add_class(hmi_arena *arena, hmi_re_class *cls, const hmi_re_class *other)
{
    for (size_t i = 0; i < other->count; i++) {
        if (!hmi_re_class_add(arena, cls, other->ranges[i].low, other->ranges[i].high)) {
            return false;
        }
    }
    return true;
}

bool hmi_re_class_add_named(hmi_arena *arena, hmi_re_class *cls, hm_text name, uint32_t top,
                            bool *ret_known)
{
    if (name.len > 1 && name.ptr[0] == '^') {
        hmi_re_class opposite = { 0 };
        hm_text rest = hmi_text_slice(name, 1, name.len);
        return hmi_re_class_add_named(arena, &opposite, rest, top, ret_known) &&
               (!*ret_known ||
                (hmi_re_class_negate(arena, &opposite, top) && add_class(arena, cls, &opposite)));
    }
    for (size_t i = 0; i < HMI_COUNT(NAMED); i++) {
        if (hmi_text_is(name, NAMED[i].name)) {
            *ret_known = true;
            bool zero = hmi_text_is(name, "cntrl") || hmi_text_is(name, "ascii");
            return add_all(arena, cls, NAMED[i].pairs) &&
                   (!zero || hmi_re_class_add(arena, cls, 0, 0));
        }
    }
    *ret_known = false;
    return true;
}

bool hmi_re_class_add_escape(hmi_arena *arena, hmi_re_class *cls, char name, uint32_t top)
{
    const char *pairs = "09";
    switch (hmi_ascii_lower(name)) {
    case 'w':
        pairs = "azAZ09__";
        break;
    case 's':
        pairs = "\t\r  ";
        break;
    case 'h':
        pairs = "\t\t  ";
        break;
    default:
        break;
    }
    if (name >= 'a') {
        return add_all(arena, cls, pairs);
    }
    hmi_re_class opposite = { 0 };
    if (!add_all(arena, &opposite, pairs) || !hmi_re_class_negate(arena, &opposite, top)) {
        return false;
    }
    return add_class(arena, cls, &opposite);
}

static bool fold_one(hmi_arena *arena, hmi_re_class *cls, uint32_t c, uint32_t top)
{
    uint32_t lower = (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
    uint32_t upper = (uint32_t)utf8proc_toupper((utf8proc_int32_t)c);
    if (top < 0x100 && c >= 0x80) {
        return true; /* bytes have no case beyond ASCII */
    }
    return (lower == c || lower > top || hmi_re_class_add(arena, cls, lower, lower)) &&
           (upper == c || upper > top || hmi_re_class_add(arena, cls, upper, upper));
}

bool hmi_re_class_fold(hmi_arena *arena, hmi_re_class *cls, uint32_t top)
{
    size_t count = cls->count;
    for (size_t i = 0; i < count; i++) {
        hmi_re_range range = cls->ranges[i];
        uint32_t high = range.high - range.low < FOLD_MAX ? range.high : range.low + FOLD_MAX;
        for (uint32_t c = range.low; c <= high; c++) {
            if (!fold_one(arena, cls, c, top)) {
                return false;
            }
        }
    }
    return true;
}

static int by_low(const void *a, const void *b)
{
    uint32_t x = ((const hmi_re_range *)a)->low, y = ((const hmi_re_range *)b)->low;
    return x < y ? -1 : x > y;
}

void hmi_re_class_settle(hmi_re_class *cls)
{
    if (cls->count == 0) {
        return;
    }
    qsort(cls->ranges, cls->count, sizeof(*cls->ranges), by_low);
    size_t kept = 0;
    for (size_t i = 1; i < cls->count; i++) {
        hmi_re_range *last = &cls->ranges[kept];
        if (cls->ranges[i].low <= last->high || cls->ranges[i].low == last->high + 1) {
            last->high = last->high > cls->ranges[i].high ? last->high : cls->ranges[i].high;
        } else {
            cls->ranges[++kept] = cls->ranges[i];
        }
    }
    cls->count = kept + 1;
}

bool hmi_re_class_negate(hmi_arena *arena, hmi_re_class *cls, uint32_t top)
{
    hmi_re_class_settle(cls);
    hmi_re_class out = { 0 };
    uint32_t from = 0;
    for (size_t i = 0; i < cls->count; i++) {
        if (cls->ranges[i].low > from &&
            !hmi_re_class_add(arena, &out, from, cls->ranges[i].low - 1)) {
            return false;
        }
        from = cls->ranges[i].high + 1;
    }
    if (from <= top && !hmi_re_class_add(arena, &out, from, top)) {
        return false;
    }
    *cls = out;
    return true;
}
