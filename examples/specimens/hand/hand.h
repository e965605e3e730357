/* SPDX-License-Identifier: Apache-2.0
 * hand.h - the pieces that give the same hand away. */
#ifndef SPECIMEN_HAND_H
#define SPECIMEN_HAND_H

#include <stddef.h>
#include <stdint.h>

typedef struct veil {
    uint32_t left, right;
    uint8_t at;
} veil;

void veil_open(veil *v, const char *phrase);
void veil_cover(veil *v, uint8_t *bytes, size_t len);
size_t frame_pack(uint8_t *out, size_t room, const uint8_t *body, size_t len, uint16_t kind);
int frame_unpack(const uint8_t *in, size_t len, uint8_t *body, size_t room, uint16_t *kind);
uint32_t lookup_sign(const char *name);
int lookup_find(uint32_t sign);
uint32_t pace_next(uint32_t now, uint32_t salt);

#endif
