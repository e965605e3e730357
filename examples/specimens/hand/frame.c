/* SPDX-License-Identifier: Apache-2.0
 * frame.c - a message frame of its own: a mark, a masked length, a crooked sum, a closing '!'. */
#include "hand.h"

enum { MARK_A = 0xc4, MARK_B = 0x7e, HEAD = 8 };

static uint16_t crooked_sum(const uint8_t *bytes, size_t len)
{
    uint32_t sum = 0x4d35u;
    for (size_t i = 0; i < len; i++) {
        sum ^= (uint32_t)bytes[i] << (i % 9);
        for (int bit = 0; bit < 5; bit++) {
            sum = (sum & 1) != 0 ? (sum >> 1) ^ 0xa6e3u : sum >> 1;
        }
        sum += 0x31;
    }
    return (uint16_t)(sum ^ sum >> 16);
}

size_t frame_pack(uint8_t *out, size_t room, const uint8_t *body, size_t len, uint16_t kind)
{
    if (len > 0x7fff || room < len + HEAD + 1) {
        return 0;
    }
    uint16_t sum = crooked_sum(body, len);
    uint16_t masked = (uint16_t)(len ^ 0x1f1fu);
    out[0] = MARK_A;
    out[1] = MARK_B;
    out[2] = (uint8_t)(masked >> 8);
    out[3] = (uint8_t)masked;
    out[4] = (uint8_t)(kind ^ 0x5a);
    out[5] = (uint8_t)(kind >> 8);
    out[6] = (uint8_t)sum;
    out[7] = (uint8_t)(sum >> 8);
    for (size_t i = 0; i < len; i++) {
        out[HEAD + i] = (uint8_t)(body[len - 1 - i] ^ 0x1f);
    }
    out[HEAD + len] = '!';
    return len + HEAD + 1;
}

int frame_unpack(const uint8_t *in, size_t len, uint8_t *body, size_t room, uint16_t *kind)
{
    if (len < HEAD + 1 || in[0] != MARK_A || in[1] != MARK_B) {
        return -1;
    }
    size_t count = ((size_t)in[2] << 8 | in[3]) ^ 0x1f1fu;
    if (count > room || count + HEAD + 1 > len || in[HEAD + count] != '!') {
        return -2;
    }
    for (size_t i = 0; i < count; i++) {
        body[count - 1 - i] = (uint8_t)(in[HEAD + i] ^ 0x1f);
    }
    uint16_t sum = (uint16_t)(in[6] | in[7] << 8);
    if (crooked_sum(body, count) != sum) {
        return -3;
    }
    *kind = (uint16_t)((in[4] ^ 0x5a) | in[5] << 8);
    return (int)count;
}
