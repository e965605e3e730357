/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_regex.c - any pattern on any subject: both ways of searching agree, and what a pattern says
 * every match holds is held.
 */
#include <stdlib.h>

#include "base/text.h"
#include "pattern/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool holds_a_word(const hmi_regex *regex, hm_bytes subject)
{
    const hm_text *words;
    size_t count = hmi_regex_words(regex, &words);
    for (size_t i = 0; i < count; i++) {
        for (size_t at = 0; at + words[i].len <= subject.len; at++) {
            if (hmi_text_ieq(words[i], hmi_text((const char *)subject.ptr + at, words[i].len))) {
                return true;
            }
        }
    }
    return count == 0;
}

/* flags, length of the pattern, pattern, subject */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    hm_bytes rest = hmi_bytes(data + 2, size - 2);
    hm_bytes pattern = hmi_slice(rest, 0, data[1]), subject = hmi_slice(rest, data[1], 4096);
    if (!hmi_utf8_clean(pattern)) {
        return 0;
    }
    hmi_arena arena;
    hmi_regex *regex;
    hmi_arena_init(&arena, (size_t)32 << 20);
    hm_text text = hmi_text((const char *)pattern.ptr, pattern.len);
    if (hmi_regex_compile(&arena, text, data[0] & 15, &regex, NULL) == HM_OK) {
        bool found = hmi_regex_search(regex, subject);
        if (found != hmi_regex_search_slow(regex, subject) ||
            found != hmi_regex_search(regex, subject) || (found && !holds_a_word(regex, subject))) {
            abort();
        }
    }
    hmi_arena_fini(&arena);
    return 0;
}
