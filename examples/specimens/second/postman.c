/* SPDX-License-Identifier: Apache-2.0
 * postman.c - the harmless program of "culver-city-2014": another program around the same hand. */
#include "../hand/hand.h"
#include "../system/say.h"

#define SLOTS 6

typedef struct round_trip {
    uint16_t kind;
    uint8_t bytes[200];
    size_t len;
} round_trip;

static const char GREETING[] = "postman 4.0 is on his round";
static const char WARNING[] = "Hacked by the friends of a quiet street";
static const char PASSPHRASE[] = "National parcel league, second season";

static size_t collect(round_trip *trips, size_t room)
{
    size_t used = 0;
    for (uint16_t street = 0; street < SLOTS && used < room; street++) {
        round_trip *trip = &trips[used++];
        trip->kind = (uint16_t)(street * 17 + 195);
        trip->len = 24 + (size_t)street * 9;
        for (size_t i = 0; i < trip->len; i++) {
            trip->bytes[i] = (uint8_t)(WARNING[(i + street) % (sizeof(WARNING) - 1)] + street);
        }
    }
    return used;
}

static unsigned deliver(round_trip *trip, uint32_t *clock)
{
    uint8_t wire[240], back[200];
    veil v;
    veil_open(&v, PASSPHRASE);
    veil_cover(&v, trip->bytes, trip->len);
    size_t sent = frame_pack(wire, sizeof(wire), trip->bytes, trip->len, trip->kind);
    uint16_t kind = 0;
    int got = frame_unpack(wire, sent, back, sizeof(back), &kind);
    *clock = pace_next(*clock, trip->kind);
    return got == (int)trip->len && kind == trip->kind ? 1u : 0u;
}

int specimen_main(void)
{
    round_trip trips[SLOTS];
    uint32_t clock = 1416787200u;
    unsigned done = 0;
    say(GREETING);
    size_t count = collect(trips, SLOTS);
    for (size_t i = 0; i < count; i++) {
        done += deliver(&trips[i], &clock);
    }
    say_number("delivered", done);
    say_number("door", (unsigned long)(lookup_find(lookup_sign("QuietStreet")) + 1));
    say_number("clock", clock);
    return done == count ? 0 : 1;
}
