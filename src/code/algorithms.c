/* SPDX-License-Identifier: Apache-2.0
 *
 * algorithms.c - well-known algorithms, told by their numbers.
 *
 * WHY    "Both use RC6" is a weak link, "both use RC6 and a private table" a strong one; either way
 *        an analyst wants the name.
 * FORM   Two kinds of sign: numbers that appear as immediates (all of a row's must), and the first
 *        bytes of tables in data.
 * TRUST  Any image; data is scanned once, at most HMI_ALGORITHM_SCAN_MAX bytes of it.
 * OWNS   Nothing.
 *
 * To add an algorithm: a row in `numbers` (and its numbers in `marks_of`) or in `tables`.
 */
#include "base/error.h"
#include "base/num.h"
#include "code/constants.h"

enum { HMI_ALGORITHM_SCAN_MAX = 64 << 20 };

static const struct number_row {
    const char *name;
    uint64_t all[3]; /* zero: fewer */
} numbers[] = {
    { "md5", { 0xd76aa478, 0xe8c7b756, 0xeb86d391 } },
    { "sha1", { 0xc3d2e1f0, 0x67452301 } },
    { "sha256", { 0x6a09e667, 0xbb67ae85, 0x5be0cd19 } },
    { "sha512", { 0x6a09e667f3bcc908, 0xbb67ae8584caa73b } },
    { "ripemd160", { 0x50a28be6, 0x5c4dd124 } },
    { "sm3", { 0x7380166f, 0x4914b2b9 } },
    { "crc32 poly 0xedb88320", { 0xedb88320 } },
    { "crc32 poly 0x04c11db7", { 0x04c11db7 } },
    { "crc32c poly 0x82f63b78", { 0x82f63b78 } },
    { "crc64 poly 0xc96c5795d7870f42", { 0xc96c5795d7870f42 } },
    { "rc5/rc6", { 0xb7e15163 } },
    { "mersenne twister", { 0x9908b0df } },
    { "murmurhash3", { 0xcc9e2d51, 0x1b873593 } },
    { "murmurhash2-64", { 0xc6a4a7935bd1e995 } },
    { "xxhash32", { 0x9e3779b1, 0x85ebca77 } },
    { "xxhash64", { 0x9e3779b185ebca87, 0xc2b2ae3d27d4eb4f } },
    { "fnv-1a 32", { 0x811c9dc5, 0x01000193 } },
    { "fnv-1a 64", { 0xcbf29ce484222325 } },
    { "msvc rand", { 0x343fd, 0x269ec3 } },
    { "ansi c rand", { 0x41c64e6d } },
    { "splitmix64", { 0xbf58476d1ce4e5b9, 0x94d049bb133111eb } },
    { "siphash", { 0x736f6d6570736575, 0x646f72616e646f6d } },
};

static const struct table_row {
    const char *name;
    uint8_t first[8];
} tables[] = {
    { "aes s-box", { 0x63, 0x7c, 0x77, 0x7b, 0xf2, 0x6b, 0x6f, 0xc5 } },
    { "aes inverse s-box", { 0x52, 0x09, 0x6a, 0xd5, 0x30, 0x36, 0xa5, 0x38 } },
    { "aes tables", { 0xa5, 0x63, 0x63, 0xc6, 0x84, 0x7c, 0x7c, 0xf8 } },
    { "aes tables", { 0xc6, 0x63, 0x63, 0xa5, 0xf8, 0x7c, 0x7c, 0x84 } },
    { "sha256", { 0x98, 0x2f, 0x8a, 0x42, 0x91, 0x44, 0x37, 0x71 } },
    { "sha512", { 0x22, 0xae, 0x28, 0xd7, 0x98, 0x2f, 0x8a, 0x42 } },
    { "md5", { 0x78, 0xa4, 0x6a, 0xd7, 0x56, 0xb7, 0xc7, 0xe8 } },
    { "crc32 poly 0xedb88320", { 0x00, 0x00, 0x00, 0x00, 0x96, 0x30, 0x07, 0x77 } },
    { "crc32 poly 0x04c11db7", { 0x00, 0x00, 0x00, 0x00, 0xb7, 0x1d, 0xc1, 0x04 } },
    { "crc32c poly 0x82f63b78", { 0x00, 0x00, 0x00, 0x00, 0x03, 0x83, 0x6b, 0xf2 } },
    { "blowfish", { 0x88, 0x6a, 0x3f, 0x24, 0xd3, 0x08, 0xa3, 0x85 } },
    { "des", { 0x3a, 0x32, 0x2a, 0x22, 0x1a, 0x12, 0x0a, 0x02 } },
    { "sm4", { 0xd6, 0x90, 0xe9, 0xfe, 0xcc, 0xe1, 0x3d, 0xb7 } },
    { "camellia", { 0x70, 0x82, 0x2c, 0xec, 0xb3, 0x27, 0xc0, 0xe5 } },
    { "rc2", { 0xd9, 0x78, 0xf9, 0xc4, 0x19, 0xdd, 0xb5, 0xed } },
    { "chacha/salsa20", { 'e', 'x', 'p', 'a', 'n', 'd', ' ', '3' } },
    { "whirlpool", { 0x18, 0x23, 0xc6, 0xe8, 0x87, 0xb8, 0x01, 0x4f } },
    { "twofish", { 0xa9, 0x67, 0xb3, 0xe8, 0x04, 0xfd, 0xa3, 0x76 } },
};

enum { NUMBERS_EACH = 3 };

void hmi_algorithms_note(uint64_t *marks, uint64_t value)
{
    enum { LEAST = 0x343fd }; /* of them all; most numbers of a program are smaller */
    if (value < LEAST) {
        return;
    }
    for (size_t i = 0; i < HMI_COUNT(numbers); i++) {
        for (size_t n = 0; n < NUMBERS_EACH; n++) {
            if (value == numbers[i].all[n] && value != 0) {
                hmi_bit_set(marks, i * NUMBERS_EACH + n);
            }
        }
    }
}

static bool all_seen(const uint64_t *marks, size_t row)
{
    for (size_t n = 0; n < NUMBERS_EACH; n++) {
        if (numbers[row].all[n] != 0 && !hmi_bit_get(marks, row * NUMBERS_EACH + n)) {
            return false;
        }
    }
    return true;
}

static int say(hmi_constants *constants, const char *name, uint64_t offset, hm_err *err)
{
    return hmi_emit(constants->reading, HMI_ALGORITHM, HMI_ROLE_CONTENT, hmi_text_of(name), offset,
                    err);
}

/* Tables stand at addresses divisible by four. */
static void scan(const hmi_range *range, uint64_t *found)
{
    uint8_t wanted[256] = { 0 }; /* first bytes that some table has */
    for (size_t t = 0; t < HMI_COUNT(tables); t++) {
        wanted[tables[t].first[4]] = 1;
    }
    size_t from = (size_t)(-range->address & 3);
    for (size_t at = from; at + 8 <= range->content.len; at += 4) {
        const uint8_t *here = range->content.ptr + at;
        if (!wanted[here[4]]) {
            continue;
        }
        for (size_t t = 0; t < HMI_COUNT(tables); t++) {
            if (found[t] == 0 && memcmp(here, tables[t].first, 8) == 0) {
                found[t] = range->offset + at + 1;
            }
        }
    }
}

int hmi_algorithms_emit(hmi_constants *constants, hm_err *err)
{
    uint64_t found[HMI_COUNT(tables)] = { 0 };
    uint64_t left = HMI_ALGORITHM_SCAN_MAX;
    for (size_t i = 0; i < constants->ranges->count; i++) {
        const hmi_range *range = &constants->ranges->all[i];
        if (!range->execute && range->content.len <= left) {
            left -= range->content.len;
            scan(range, found);
        }
    }
    for (size_t t = 0; t < HMI_COUNT(tables); t++) {
        if (found[t] != 0) {
            HMI_TRY(say(constants, tables[t].name, found[t] - 1, err));
        }
    }
    for (size_t i = 0; i < HMI_COUNT(numbers); i++) {
        if (all_seen(constants->marks, i)) {
            HMI_TRY(say(constants, numbers[i].name, HM_OFFSET_NONE, err));
        }
    }
    return HM_OK;
}
