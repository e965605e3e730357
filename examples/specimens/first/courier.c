/* SPDX-License-Identifier: Apache-2.0
 * courier.c - the harmless program of "seoul-2013": covers a note, frames it, reads it back. */
#include "../hand/hand.h"
#include "../system/say.h"

static const char PHRASE[] = "Make Troy, not war: a parcel for the harbour office";
static const char *const NOTES[] = {
    "courier 1.3: the parcel is wrapped",
    "High Anonymous tips its hat to the harbour office",
    "courier 1.3: nothing to carry today",
};

static unsigned long weigh(const uint8_t *bytes, size_t len)
{
    unsigned long weight = 0;
    for (size_t i = 0; i < len; i++) {
        weight = weight * 131 + bytes[i];
    }
    return weight % 1000003;
}

static int carry(const char *note, uint16_t kind)
{
    uint8_t body[128] = { 0 }, parcel[160], back[128];
    size_t len = 0;
    for (; note[len] != '\0' && len < sizeof(body); len++) {
        body[len] = (uint8_t)note[len];
    }
    veil v;
    veil_open(&v, PHRASE);
    veil_cover(&v, body, len);
    size_t packed = frame_pack(parcel, sizeof(parcel), body, len, kind);
    uint16_t seen = 0;
    int got = frame_unpack(parcel, packed, back, sizeof(back), &seen);
    say_number("parcel weighs", weigh(parcel, packed));
    return got == (int)len && seen == kind ? 0 : 1;
}

int specimen_main(void)
{
    int bad = 0;
    for (uint16_t i = 0; i < 3; i++) {
        say(NOTES[i]);
        bad |= carry(NOTES[i], (uint16_t)(0x2013 + i));
    }
    say_number("slot", (unsigned long)(lookup_find(lookup_sign("HarbourOffice")) + 1));
    say_number("next visit", pace_next(1363762800u, 0x320));
    return bad;
}
