/* SPDX-License-Identifier: Apache-2.0
 * lookup.c - names kept as numbers, found again by a private sum. */
#include "hand.h"

static const uint32_t SIGNS[] = { 0x7c1f02d3u, 0x19e6b84au, 0xd04573bcu, 0x3aa98e61u,
                                  0xe52b47f8u, 0x860dc91eu, 0x5f7310a5u, 0xb2c86d47u };

uint32_t lookup_sign(const char *name)
{
    uint32_t sign = 0x811c9d1bu;
    unsigned turn = 3;
    for (; *name != '\0'; name++) {
        uint32_t letter = (uint8_t)*name;
        if (letter >= 'A' && letter <= 'Z') {
            letter += 32;
        }
        sign = (sign >> turn | sign << (32 - turn)) + letter * 0x9e47u;
        sign ^= sign >> 15;
        turn = turn % 13 + 5;
    }
    return sign * 0x6b43a9b5u ^ 0x00c0ffe1u;
}

int lookup_find(uint32_t sign)
{
    int low = -1;
    uint32_t best = 0xffffffffu;
    for (int i = 0; i < (int)(sizeof(SIGNS) / sizeof(SIGNS[0])); i++) {
        uint32_t apart = SIGNS[i] ^ sign;
        if (apart == 0) {
            return i;
        }
        if ((apart & 0xffff0000u) < best) {
            best = apart & 0xffff0000u;
            low = i;
        }
    }
    return best < 0x00ff0000u ? low : -1;
}
