/* SPDX-License-Identifier: Apache-2.0
 *
 * nearest.c - what somebody meant who typed a word that is not there.
 *
 * WHY    A newcomer who is told only that a word is wrong has to look it up; the program knows all
 * of its words. FORM   Damerau-Levenshtein distance with neighbouring letters swapped, three rows
 * at a time.
 */
#include "cli/nearest.h"

#include <stdio.h>

#include "base/num.h"
#include "cli/commands.h"
#include "trait/class.h"

enum { WORD_MAX = 32, FAR = WORD_MAX };

static size_t least(size_t a, size_t b, size_t c)
{
    return hmi_min(a, hmi_min(b, c));
}

static size_t distance(hm_text a, hm_text b)
{
    size_t rows[3][WORD_MAX + 1] = { { 0 } };
    if (a.len > WORD_MAX || b.len > WORD_MAX) {
        return FAR;
    }
    for (size_t k = 0; k <= b.len; k++) {
        rows[0][k] = k;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t *now = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t k = 1; k <= b.len; k++) {
            size_t other = a.ptr[i - 1] != b.ptr[k - 1];
            now[k] = least(above[k] + 1, now[k - 1] + 1, above[k - 1] + other);
            if (i > 1 && k > 1 && a.ptr[i - 1] == b.ptr[k - 2] && a.ptr[i - 2] == b.ptr[k - 1]) {
                now[k] = hmi_min(now[k], before[k - 2] + 1);
            }
        }
    }
    return rows[a.len % 3][b.len];
}

hmi_nearest hmi_nearest_to(hm_text typed)
{
    return (hmi_nearest){ .typed = typed, .distance = typed.len < 4 ? 2 : 3 };
}

void hmi_nearest_offer(hmi_nearest *nearest, hm_text word)
{
    size_t far = distance(nearest->typed, word);
    if (far < nearest->distance) {
        nearest->distance = far;
        nearest->best = word;
    }
}

void hmi_class_meant(const char *typed, char *ret, size_t size)
{
    hmi_nearest nearest = hmi_nearest_to(hmi_text_of(typed));
    for (int id = 0; id <= UINT8_MAX; id++) {
        const hmi_class_row *row = hmi_class_find(id);
        if (row != NULL) {
            hmi_nearest_offer(&nearest, hmi_text_of(row->name));
        }
    }
    ret[0] = '\0';
    if (nearest.best.len > 0) {
        snprintf(ret, size, ": did you mean \"%.*s\"?", HMI_FMT(nearest.best));
    }
}

/* "learn, show" for "baseline"; empty when no command of two words begins so. */
static void second_words(hm_text first, hmi_buf *ret)
{
    for (size_t i = 0; hmi_commands[i] != NULL; i++) {
        hm_text rest = hmi_text_of(hmi_commands[i]->name), word;
        hmi_split(&rest, ' ', &word);
        if (rest.len > 0 && hmi_text_eq(word, first)) {
            hmi_buf_printf(ret, "%s%.*s", ret->len > 0 ? ", " : "", HMI_FMT(rest));
        }
    }
}

int hmi_no_such_command(int argc, char **argv)
{
    hm_text typed = hmi_text_of(argv[1]);
    hmi_nearest nearest = hmi_nearest_to(typed);
    hmi_buf seconds;
    hmi_buf_init(&seconds, 0);
    second_words(typed, &seconds);
    for (size_t i = 0; hmi_commands[i] != NULL; i++) {
        hm_text rest = hmi_text_of(hmi_commands[i]->name), word;
        hmi_split(&rest, ' ', &word);
        hmi_nearest_offer(&nearest, word);
    }
    if (typed.len > 0 && typed.ptr[0] == '-') {
        hmi_complain("\"%s\" is an option; a command comes first, such as \"hallmark show\"",
                     argv[1]);
    } else if (seconds.len > 0) {
        hmi_complain("%s: what to do with it is %s: %.*s", argv[1],
                     argc > 2 ? "none of these" : "missing", HMI_FMT(hmi_buf_text(&seconds)));
    } else if (nearest.best.len > 0) {
        hmi_complain("there is no command \"%s\": did you mean \"%.*s\"?", argv[1],
                     HMI_FMT(nearest.best));
    } else {
        hmi_complain("there is no command \"%s\"", argv[1]);
    }
    fputs("Try \"hallmark help\".\n", stderr);
    hmi_buf_fini(&seconds);
    return HMI_EXIT_USAGE;
}
