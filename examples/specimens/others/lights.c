/* SPDX-License-Identifier: Apache-2.0
 * lights.c - a traffic light's day, as a state machine fed by a small shift register. */
#include "../system/say.h"

enum light { RED, RED_AMBER, GREEN, AMBER, BLINK, LIGHTS };

static unsigned shift(unsigned bits)
{
    unsigned taps = (bits ^ bits >> 2 ^ bits >> 3 ^ bits >> 5) & 1;
    return bits >> 1 | taps << 15;
}

static enum light step(enum light now, unsigned waiting, unsigned hour)
{
    if (hour < 5 || hour > 22) {
        return BLINK;
    }
    switch (now) {
    case RED:
        return waiting > 2 ? RED_AMBER : RED;
    case RED_AMBER:
        return GREEN;
    case GREEN:
        return waiting > 6 || hour == 17 ? AMBER : GREEN;
    case AMBER:
        return RED;
    default:
        return RED;
    }
}

int specimen_main(void)
{
    unsigned bits = 0xace1u, tally[LIGHTS] = { 0 };
    enum light now = BLINK;
    say("crossroads at the mill, one day");
    for (unsigned tick = 0; tick < 24 * 60; tick++) {
        bits = shift(bits);
        now = step(now, bits & 7, tick / 60);
        tally[now]++;
    }
    say_number("green ticks", tally[GREEN]);
    say_number("red ticks", tally[RED]);
    return 0;
}
