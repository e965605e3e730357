/* SPDX-License-Identifier: Apache-2.0
 *
 * regex.h - regular expressions in PCRE's spelling that never take more than linear time.
 *
 *     hmi_regex *regex;
 *     HMI_TRY(hmi_regex_compile(arena, HM_TEXT("(?i)^calc(\\.exe)?$"), 0, &regex, err));
 *     if (hmi_regex_search(regex, hmi_text_bytes(value))) { ... }
 *
 * Patterns come from partners and rule sets, subjects from an intruder: neither may choose how long
 * we compute. Whether something matches is all that is answered; groups capture nothing.
 *
 * Understood: literals, . [...] [[:alpha:]] \d \w \s \h and their opposites, | ( ) (?: ) (?<name> )
 * (?i) (?ims-ims: ) (?# ), * + ? {n,m} greedy or lazy, ^ $ \A \z \Z \b \B, \xHH \x{H} \uHHHH \0oo,
 * \Q...\E. \d \w \s and \b mean ASCII, as in PCRE. Refused, with the reason and the place: looking
 * around, back references, recursion, conditions, atomic groups and possessive quantifiers (none of
 * them can be had in linear time), and \p{...}.
 *
 * One thread at a time: a search keeps what it learned in the regex.
 */
#ifndef HMI_PATTERN_REGEX_H
#define HMI_PATTERN_REGEX_H

#include "base/arena.h"
#include "base/bytes.h"

enum {
    HMI_REGEX_IGNORE_CASE = 1,
    HMI_REGEX_MULTILINE = 2, /* ^ and $ also at line ends */
    HMI_REGEX_DOT_ALL = 4,   /* . is also a line end */
    HMI_REGEX_BYTES = 8 /* subjects are bytes, U+0000 to U+00FF in the pattern stand for them */
};

enum {
    HMI_REGEX_PATTERN_MAX = 65536, /* bytes */
    HMI_REGEX_DEPTH_MAX = 64,      /* groups in groups */
    HMI_REGEX_REPEAT_MAX = 1000,   /* n and m of {n,m} */
    HMI_REGEX_PROGRAM_MAX = 16384, /* steps, after repeats are written out */
    HMI_REGEX_WORDS_MAX = 32       /* of hmi_regex_words */
};

typedef struct hmi_regex hmi_regex;

/* The regex and what its searches learn live in the arena. On failure err->offset is the byte of
 * the pattern; HM_E_UNSUPPORTED says that it can never be linear, HM_E_LIMIT that it is too large.
 */
int hmi_regex_compile(hmi_arena *arena, hm_text pattern, unsigned flags, hmi_regex **ret_regex,
                      hm_err *err);
/* Does the pattern match anywhere in the subject? */
bool hmi_regex_search(hmi_regex *regex, hm_bytes subject);
/* The same by the slow, obviously right way: for tests. */
bool hmi_regex_search_slow(hmi_regex *regex, hm_bytes subject);

/* Words of which every matching subject holds at least one, in lower case (A-Z only): what a search
 * over many patterns looks for first. 0 when there is no such set. The texts are the regex's. */
size_t hmi_regex_words(const hmi_regex *regex, const hm_text **ret_words);

#endif
