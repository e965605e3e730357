/* SPDX-License-Identifier: Apache-2.0
 * words.c - counts how often words stand in a verse, in a tiny trie. */
#include "../system/say.h"

static const char VERSE[] =
    "the lamp is lit the door is shut the cat is on the mat and the rain is "
    "on the roof and all the street is still";

static unsigned short next[160][26];
static unsigned count[160];
static unsigned used = 1;

static unsigned learn(const char *word, unsigned len)
{
    unsigned node = 0;
    for (unsigned i = 0; i < len; i++) {
        unsigned letter = (unsigned)(word[i] - 'a');
        if (letter > 25) {
            return 0;
        }
        if (next[node][letter] == 0 && used < 160) {
            next[node][letter] = (unsigned short)used++;
        }
        node = next[node][letter];
    }
    return ++count[node];
}

static unsigned distance(const char *a, unsigned alen, const char *b, unsigned blen)
{
    unsigned row[32];
    for (unsigned j = 0; j <= blen; j++) {
        row[j] = j;
    }
    for (unsigned i = 1; i <= alen; i++) {
        unsigned before = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= blen; j++) {
            unsigned swap = before + (a[i - 1] != b[j - 1]);
            before = row[j];
            unsigned least = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            row[j] = swap < least ? swap : least;
        }
    }
    return row[blen];
}

int specimen_main(void)
{
    unsigned most = 0, start = 0, words = 0, apart = 0;
    say("evening verse");
    for (unsigned i = 0; i < sizeof(VERSE); i++) {
        if (VERSE[i] == ' ' || VERSE[i] == '\0') {
            unsigned seen = learn(VERSE + start, i - start);
            most = seen > most ? seen : most;
            apart += distance(VERSE + start, i - start, "street", 6);
            words++;
            start = i + 1;
        }
    }
    say_number("words", words);
    say_number("most common", most);
    say_number("apart", apart);
    return 0;
}
