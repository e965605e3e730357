/* SPDX-License-Identifier: Apache-2.0
 *
 * names.c - a table from hashes of spelled values to small numbers.
 *
 * WHY    Pairs and counts are kept by the hundred thousand; a number of four bytes stands for a
 *        value, and its text is decoded and kept once.
 * FORM   list in order of first appearance, and an open-addressed index over it, half full at most.
 * TRUST  Values are an attacker's. Hashes are seeded per process, so that nobody can aim at one
 *        slot; numbers depend on order alone, so that results do not. A full table refuses new
 *        values and counts how often.
 * OWNS   Nothing: the arena is the study's.
 */
#include "behave/names.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/num.h"
#include "base/text.h"

int hmi_names_init(hmi_names *names, hmi_arena *arena, size_t max, hmi_word_decode *decode,
                   hm_err *err)
{
    size_t room = 64;
    while (room < max && room < HMI_NAMES_MAX) {
        room *= 2;
    }
    *names = (hmi_names){ .arena = arena, .decode = decode, .max = room };
    names->list = hmi_new_array(arena, hmi_name, room);
    names->slots = hmi_new_array(arena, uint32_t, room * 2);
    return names->list != NULL && names->slots != NULL ? HM_OK : hmi_arena_fail(arena, err);
}

/* The slot of the hash: its own, or the empty one where it would go. */
static size_t slot_of(const hmi_names *names, uint64_t hash)
{
    size_t mask = names->max * 2 - 1, slot = (size_t)(hash >> 7) & mask;
    while (names->slots[slot] != 0 && names->list[names->slots[slot] - 1].hash != hash) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

static uint32_t add(hmi_names *names, size_t slot, uint64_t hash, hm_text text, uint8_t class_id)
{
    hm_text copy = hmi_arena_text(names->arena, text);
    if (copy.ptr == NULL) {
        names->refused++;
        return 0;
    }
    names->text_bytes += text.len;
    names->list[names->count] = (hmi_name){ hash, copy, class_id };
    names->slots[slot] = (uint32_t)++names->count;
    return names->slots[slot];
}

static bool has_room(hmi_names *names)
{
    bool room = names->count < names->max && names->text_bytes < names->max * HMI_NAMES_BYTES_EACH;
    names->refused += !room;
    return room;
}

/* Whole characters of at most HMI_NAME_TEXT_MAX bytes. */
static hm_text cut(hm_text text)
{
    size_t len = hmi_min(text.len, HMI_NAME_TEXT_MAX);
    while (len < text.len && len > 0 && ((uint8_t)text.ptr[len] & 0xc0) == 0x80) {
        len--;
    }
    return hmi_text_slice(text, 0, len);
}

hm_text hmi_word_text(hmi_word_decode *decode, const hmi_word *word, hmi_arena *scratch)
{
    hm_bytes plain = decode(scratch, word);
    hm_text text = plain.ptr != NULL ? hmi_text_lossy(scratch, plain) : (hm_text){ NULL, 0 };
    return cut(text);
}

uint32_t hmi_names_put(hmi_names *names, const hmi_word *word, hmi_arena *scratch)
{
    if (!hmi_word_is(word)) {
        return 0;
    }
    size_t slot = slot_of(names, word->hash);
    if (names->slots[slot] != 0) {
        return names->slots[slot];
    }
    if (!has_room(names)) {
        return 0;
    }
    hm_text text = hmi_word_text(names->decode, word, scratch);
    return text.len == 0 ? 0 : add(names, slot, word->hash, text, word->class_id);
}

uint32_t hmi_names_put_text(hmi_names *names, hm_text text, uint8_t class_id)
{
    uint64_t hash = hmi_xxh3(hmi_text_bytes(text), hmi_hash_seed());
    size_t slot = slot_of(names, hash);
    if (names->slots[slot] != 0) {
        return names->slots[slot];
    }
    return has_room(names) ? add(names, slot, hash, cut(text), class_id) : 0;
}
