/* SPDX-License-Identifier: Apache-2.0
 *
 * tlsh.c - TLSH: a digest of 35 bytes whose distance says how alike two files are.
 *
 * WHY    Feeds name malware by it, and it survives more editing than ssdeep does.
 * FORM   Oliver, Cheng, Chen: "TLSH - a locality sensitive hash" (2013), variant of 128 buckets and
 *        one byte of checksum, as in STIX and MISP. Over each window of five bytes six triplets are
 *        hashed (Pearson, table of RFC 3074) into buckets; two bits a bucket say in which quarter
 * of all counts it is. Digits, each byte's halves exchanged in the head: checksum, logarithm of the
 * length, two ratios of the quarters; then the buckets, last first. TRUST  Lengths from
 * HMI_TLSH_MIN to HMI_LIKENESS_BYTES_MAX; data that fills too few buckets has no digest. The
 * length's logarithm is a table, so that no libm shows in the result. OWNS   Nothing.
 */
#include "trait/likeness.h"

enum { BUCKETS = 128, CODE = 32, HEAD = 3 };

static const uint8_t MIX[256] = {
    1,   87,  49,  12,  176, 178, 102, 166, 121, 193, 6,   84,  249, 230, 44,  163, 14,  197, 213,
    181, 161, 85,  218, 80,  64,  239, 24,  226, 236, 142, 38,  200, 110, 177, 104, 103, 141, 253,
    255, 50,  77,  101, 81,  18,  45,  96,  31,  222, 25,  107, 190, 70,  86,  237, 240, 34,  72,
    242, 20,  214, 244, 227, 149, 235, 97,  234, 57,  22,  60,  250, 82,  175, 208, 5,   127, 199,
    111, 62,  135, 248, 174, 169, 211, 58,  66,  154, 106, 195, 245, 171, 17,  187, 182, 179, 0,
    243, 132, 56,  148, 75,  128, 133, 158, 100, 130, 126, 91,  13,  153, 246, 216, 219, 119, 68,
    223, 78,  83,  88,  201, 99,  122, 11,  92,  32,  136, 114, 52,  10,  138, 30,  48,  183, 156,
    35,  61,  26,  143, 74,  251, 94,  129, 162, 63,  152, 170, 7,   115, 167, 241, 206, 3,   150,
    55,  59,  151, 220, 90,  53,  23,  131, 125, 173, 15,  238, 79,  95,  89,  16,  105, 137, 225,
    224, 217, 160, 37,  123, 118, 73,  2,   157, 46,  116, 9,   145, 134, 228, 207, 212, 202, 215,
    69,  229, 27,  188, 67,  124, 168, 252, 42,  4,   29,  108, 21,  247, 19,  205, 39,  203, 233,
    40,  186, 147, 198, 192, 155, 33,  164, 191, 98,  204, 165, 180, 117, 76,  140, 36,  210, 172,
    41,  54,  159, 8,   185, 232, 113, 196, 231, 47,  146, 120, 51,  65,  28,  144, 254, 221, 93,
    189, 194, 139, 112, 43,  71,  109, 184, 209,
};

/* The largest length of each logarithm: base 1.5 up to 656, 1.3 up to 3,199, then 1.1. */
static const uint32_t LENGTHS[] = {
    1,        2,        3,        5,        7,        11,       17,       25,       38,
    57,       86,       129,      194,      291,      437,      656,      854,      1110,
    1443,     1876,     2439,     3171,     3475,     3823,     4205,     4626,     5088,
    5597,     6157,     6772,     7450,     8195,     9014,     9916,     10907,    11998,
    13198,    14518,    15970,    17567,    19323,    21256,    23382,    25720,    28292,
    31121,    34233,    37656,    41422,    45564,    50121,    55133,    60646,    66711,
    73382,    80721,    88793,    97672,    107439,   118183,   130002,   143002,   157302,
    173032,   190336,   209369,   230306,   253337,   278671,   306538,   337191,   370911,
    408002,   448802,   493682,   543051,   597356,   657091,   722800,   795081,   874589,
    962048,   1058252,  1164078,  1280485,  1408534,  1549387,  1704326,  1874759,  2062235,
    2268458,  2495304,  2744835,  3019318,  3321250,  3653375,  4018713,  4420584,  4862643,
    5348907,  5883798,  6472178,  7119395,  7831335,  8614469,  9475915,  10423507, 11465858,
    12612444, 13873688, 15261057, 16787163, 18465879, 20312467, 22343714, 24578085, 27035894,
    29739483, 32713431, 33554432,
};

enum { TRIPLETS = 6 }; /* of each window: the newest byte and two of the four before it */

/* The mixing ends with a look into a table that has every value once: what goes in is counted, and
 * its place is looked up when all is counted. Each triplet counts by itself, so that a byte that
 * repeats does not make six sums wait for each other. */
static uint8_t count_windows(hm_bytes bytes, uint32_t buckets[256])
{
    static const uint8_t SALTS[TRIPLETS] = { 2, 3, 5, 7, 11, 13 };
    uint32_t seen[TRIPLETS][256] = { 0 };
    uint8_t first[TRIPLETS][256], check[256], checksum = 0;
    for (size_t a = 0; a < 256; a++) {
        check[a] = MIX[MIX[0] ^ a];
        for (size_t t = 0; t < TRIPLETS; t++) {
            first[t][a] = MIX[MIX[SALTS[t]] ^ a];
        }
    }
    const uint8_t *in = bytes.ptr;
    for (size_t i = 4; i < bytes.len; i++) {
        uint8_t a = in[i], b = in[i - 1], c = in[i - 2], d = in[i - 3], e = in[i - 4];
        checksum = MIX[MIX[check[a] ^ b] ^ checksum];
        seen[0][MIX[first[0][a] ^ b] ^ c]++;
        seen[1][MIX[first[1][a] ^ b] ^ d]++;
        seen[2][MIX[first[2][a] ^ c] ^ d]++;
        seen[3][MIX[first[3][a] ^ c] ^ e]++;
        seen[4][MIX[first[4][a] ^ b] ^ e]++;
        seen[5][MIX[first[5][a] ^ d] ^ e]++;
    }
    for (size_t t = 0; t < TRIPLETS; t++) {
        for (size_t x = 0; x < 256; x++) {
            buckets[MIX[x]] += seen[t][x];
        }
    }
    return checksum;
}

static void quarters(const uint32_t buckets[BUCKETS], uint32_t quarter[3])
{
    uint32_t sorted[BUCKETS];
    for (size_t i = 0; i < BUCKETS; i++) {
        size_t at = i;
        for (; at > 0 && sorted[at - 1] > buckets[i]; at--) {
            sorted[at] = sorted[at - 1];
        }
        sorted[at] = buckets[i];
    }
    for (size_t i = 0; i < 3; i++) {
        quarter[i] = sorted[(i + 1) * BUCKETS / 4 - 1];
    }
}

static char digit(unsigned value)
{
    return "0123456789ABCDEF"[value & 15];
}

static void put_byte(char **out, unsigned value, bool exchanged)
{
    *(*out)++ = digit(exchanged ? value : value >> 4);
    *(*out)++ = digit(exchanged ? value >> 4 : value);
}

bool hmi_tlsh_of(hm_bytes bytes, char ret[HMI_TLSH_TEXT + 1])
{
    uint32_t buckets[256] = { 0 }, quarter[3];
    if (bytes.len < HMI_TLSH_MIN || bytes.len > HMI_LIKENESS_BYTES_MAX) {
        return false;
    }
    uint8_t checksum = count_windows(bytes, buckets);
    unsigned filled = 0, length = 0;
    for (size_t i = 0; i < BUCKETS; i++) {
        filled += buckets[i] > 0;
    }
    quarters(buckets, quarter);
    if (filled <= BUCKETS / 2 || quarter[2] == 0) {
        return false;
    }
    while (LENGTHS[length] < bytes.len) {
        length++;
    }
    unsigned ratios = (unsigned)((uint64_t)quarter[0] * 100 / quarter[2] % 16) |
                      (unsigned)((uint64_t)quarter[1] * 100 / quarter[2] % 16) << 4;
    char *out = ret;
    *out++ = 'T';
    *out++ = '1';
    put_byte(&out, checksum, true);
    put_byte(&out, length, true);
    put_byte(&out, ratios, true);
    for (size_t i = CODE; i > 0; i--) {
        unsigned byte = 0;
        for (unsigned k = 0; k < 4; k++) {
            uint32_t count = buckets[4 * (i - 1) + k];
            unsigned which = count > quarter[2]   ? 3
                             : count > quarter[1] ? 2
                             : count > quarter[0] ? 1
                                                  : 0;
            byte |= which << (2 * k);
        }
        put_byte(&out, byte, false);
    }
    *out = '\0';
    return true;
}

/* ---- Distance */

static bool read_digest(hm_text text, uint8_t out[HEAD + CODE])
{
    if (text.len != HMI_TLSH_TEXT || text.ptr[0] != 'T' || text.ptr[1] != '1') {
        return false;
    }
    for (size_t i = 0; i < HEAD + CODE; i++) {
        int high = hmi_hex_digit(text.ptr[2 + 2 * i]), low = hmi_hex_digit(text.ptr[3 + 2 * i]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (uint8_t)(i < HEAD ? low << 4 | high : high << 4 | low);
    }
    return true;
}

static int around(int a, int b, int range)
{
    int apart = a > b ? a - b : b - a;
    return apart < range - apart ? apart : range - apart;
}

int hmi_tlsh_distance(hm_text a, hm_text b)
{
    uint8_t x[HEAD + CODE], y[HEAD + CODE];
    if (!read_digest(a, x) || !read_digest(b, y)) {
        return -1;
    }
    int length = around(x[1], y[1], 256), distance = length <= 1 ? length : length * 12;
    for (unsigned shift = 0; shift < 8; shift += 4) {
        int ratio = around(x[2] >> shift & 15, y[2] >> shift & 15, 16);
        distance += ratio <= 1 ? ratio : (ratio - 1) * 12;
    }
    distance += x[0] != y[0];
    for (size_t i = HEAD; i < HEAD + CODE; i++) {
        for (unsigned shift = 0; shift < 8; shift += 2) {
            int apart = (x[i] >> shift & 3) - (y[i] >> shift & 3);
            apart = apart < 0 ? -apart : apart;
            distance += apart == 3 ? 6 : apart;
        }
    }
    return distance;
}
