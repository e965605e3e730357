/* SPDX-License-Identifier: Apache-2.0
 * tide.c - prints a tide table from a quarter wave in whole numbers. */
#include "../system/say.h"

static const short QUARTER[17] = { 0,    980,  1951, 2903, 3827, 4714, 5556, 6344, 7071,
                                   7730, 8315, 8819, 9239, 9569, 9808, 9952, 10000 };

static int wave(unsigned angle)
{
    unsigned part = angle % 16, quarter = angle / 16 % 4;
    int value = QUARTER[quarter & 1 ? 16 - part : part];
    return quarter < 2 ? value : -value;
}

static unsigned days_before(unsigned year, unsigned month)
{
    static const unsigned short SUM[12] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
    unsigned leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return SUM[month - 1] + (month > 2 ? leap : 0);
}

int specimen_main(void)
{
    say("tide table for the north quay");
    long sum = 0;
    for (unsigned month = 1; month <= 12; month++) {
        unsigned day = days_before(2012, month);
        int height = wave(day * 5 / 3) * 3 + wave(day * 7) / 2;
        sum += height > 0 ? height : -height;
    }
    say_number("mean height", (unsigned long)(sum / 12));
    return 0;
}
