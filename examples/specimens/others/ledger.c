/* SPDX-License-Identifier: Apache-2.0
 * ledger.c - sorts a shop's small ledger and adds interest in hundredths. */
#include "../system/say.h"

typedef struct entry {
    unsigned customer;
    long cents;
} entry;

static entry book[40];

static void fill(void)
{
    unsigned seed = 77;
    for (unsigned i = 0; i < 40; i++) {
        seed = (seed * 75 + 74) % 65537;
        book[i].customer = seed % 13;
        book[i].cents = (long)(seed % 9000) - 2500;
    }
}

static void sift(unsigned from, unsigned to)
{
    unsigned parent = from;
    for (;;) {
        unsigned child = 2 * parent + 1;
        if (child > to) {
            return;
        }
        if (child < to && book[child].cents < book[child + 1].cents) {
            child++;
        }
        if (book[parent].cents >= book[child].cents) {
            return;
        }
        entry held = book[parent];
        book[parent] = book[child];
        book[child] = held;
        parent = child;
    }
}

static void sort(void)
{
    for (unsigned i = 20; i-- > 0;) {
        sift(i, 39);
    }
    for (unsigned end = 39; end > 0; end--) {
        entry held = book[0];
        book[0] = book[end];
        book[end] = held;
        sift(0, end - 1);
    }
}

static long interest(long cents, unsigned months)
{
    for (unsigned m = 0; m < months; m++) {
        cents += (cents * 35 + (cents > 0 ? 5000 : -5000)) / 10000;
    }
    return cents;
}

int specimen_main(void)
{
    say("corner shop ledger, carried forward");
    fill();
    sort();
    long sum = 0;
    for (unsigned i = 0; i < 40; i++) {
        sum += interest(book[i].cents, book[i].customer);
    }
    say_number("carried", (unsigned long)(sum < 0 ? -sum : sum));
    return 0;
}
