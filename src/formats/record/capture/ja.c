/* SPDX-License-Identifier: Apache-2.0
 *
 * ja.c - JA3 and JA4: two ways to write down how a TLS client says hello.
 *
 * WHY    The library behind a tool says hello in its own way, whatever name the tool gives itself.
 * FORM   JA3: MD5 of "version,ciphers,extensions,groups,formats" in decimal, as the client ordered
 *        them. JA4 (technical_details/JA4.md): transport, version, name or none, counts, ALPN;
 *        SHA-256 of the sorted ciphers; SHA-256 of the sorted extensions (without name and ALPN)
 * and of the signature algorithms in the client's order, both cut at 12 digits. TRUST  Lists come
 * bounded (hmi_hello). OWNS   Nothing.
 */
#include <stdlib.h>

#include "base/hash.h"
#include "formats/record/capture/capture.h"

enum { ROOM = HMI_TLS_LIST_MAX * 4 * 6, NAME = 0, ALPN = 16, HASH_DIGITS = 12 };

static void add_decimal_list(hmi_buf *buf, const uint16_t *list, size_t count)
{
    hmi_buf_add_char(buf, ',');
    for (size_t i = 0; i < count; i++) {
        hmi_buf_printf(buf, "%s%u", i > 0 ? "-" : "", list[i]);
    }
}

hm_bytes hmi_ja3(hmi_arena *arena, const hmi_hello *hello)
{
    hmi_buf buf;
    uint16_t formats[HMI_TLS_LIST_MAX];
    for (size_t i = 0; i < hello->format_count; i++) {
        formats[i] = hello->formats[i];
    }
    hmi_buf_init(&buf, ROOM);
    hmi_buf_printf(&buf, "%u", hello->legacy_version);
    add_decimal_list(&buf, hello->ciphers, hello->cipher_count);
    add_decimal_list(&buf, hello->extensions, hello->extension_count);
    add_decimal_list(&buf, hello->groups, hello->group_count);
    add_decimal_list(&buf, formats, hello->format_count);
    hm_bytes out = { hmi_arena_take(arena, 33, 1), 32 };
    if (out.ptr != NULL && !buf.bad) {
        hmi_md5 digest = hmi_md5_of(hmi_buf_bytes(&buf));
        hmi_hex(hmi_bytes(digest.bytes, 16), (char *)(uintptr_t)out.ptr);
    } else {
        out = (hm_bytes){ NULL, 0 };
    }
    hmi_buf_fini(&buf);
    return out;
}

/* ---- JA4 */

static int compare_u16(const void *a, const void *b)
{
    uint16_t x = *(const uint16_t *)a, y = *(const uint16_t *)b;
    return (x > y) - (x < y);
}

static void add_hex_list(hmi_buf *buf, const uint16_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hmi_buf_printf(buf, "%s%04x", i > 0 ? "," : "", list[i]);
    }
}

/* Twelve digits of what the buffer holds; zeros when that is nothing. */
static void cut_hash(const hmi_buf *buf, char out[65])
{
    hmi_sha256 digest = hmi_sha256_of(hmi_buf_bytes(buf));
    if (buf->len > 0) {
        hmi_hex(hmi_bytes(digest.bytes, 32), out);
    } else {
        memset(out, '0', HASH_DIGITS);
    }
    out[HASH_DIGITS] = '\0';
}

static void hash_ciphers(hmi_buf *buf, const hmi_hello *hello, char out[65])
{
    uint16_t sorted[HMI_TLS_LIST_MAX];
    memcpy(sorted, hello->ciphers, hello->cipher_count * sizeof(*sorted));
    qsort(sorted, hello->cipher_count, sizeof(*sorted), compare_u16);
    hmi_buf_clear(buf);
    add_hex_list(buf, sorted, hello->cipher_count);
    cut_hash(buf, out);
}

static void hash_extensions(hmi_buf *buf, const hmi_hello *hello, char out[65])
{
    uint16_t sorted[HMI_TLS_LIST_MAX];
    size_t count = 0;
    for (size_t i = 0; i < hello->extension_count; i++) {
        if (hello->extensions[i] != NAME && hello->extensions[i] != ALPN) {
            sorted[count++] = hello->extensions[i];
        }
    }
    qsort(sorted, count, sizeof(*sorted), compare_u16);
    hmi_buf_clear(buf);
    add_hex_list(buf, sorted, count);
    if (hello->signature_count > 0 && count > 0) {
        hmi_buf_add_char(buf, '_');
        add_hex_list(buf, hello->signatures, hello->signature_count);
    }
    cut_hash(buf, out);
}

static const char *version_word(uint16_t version)
{
    switch (version) {
    case 0x0304:
        return "13";
    case 0x0303:
        return "12";
    case 0x0302:
        return "11";
    case 0x0301:
        return "10";
    case 0x0300:
        return "s3";
    case 0x0002:
        return "s2";
    default:
        return "00";
    }
}

/* First and last character of the first ALPN value; of its hexadecimal form when either is no
 * letter or digit. */
static void alpn_word(hm_bytes alpn, char out[3])
{
    static const char digits[] = "0123456789abcdef";
    out[0] = out[1] = '0';
    out[2] = '\0';
    if (alpn.len == 0) {
        return;
    }
    uint8_t first = alpn.ptr[0], last = alpn.ptr[alpn.len - 1];
    bool plain = hmi_ascii_alnum((char)first) && hmi_ascii_alnum((char)last);
    out[0] = plain ? (char)first : digits[first >> 4];
    out[1] = plain ? (char)last : digits[last & 15];
}

static unsigned two_digits(size_t count)
{
    return count < 99 ? (unsigned)count : 99;
}

hm_bytes hmi_ja4(hmi_arena *arena, const hmi_hello *hello)
{
    hmi_buf buf;
    char ciphers[65], extensions[65], alpn[3];
    hmi_buf_init(&buf, ROOM);
    hash_ciphers(&buf, hello, ciphers);
    hash_extensions(&buf, hello, extensions);
    alpn_word(hello->alpn, alpn);
    hm_text out = { NULL, 0 };
    if (!buf.bad) {
        out =
            hmi_arena_printf(arena, "t%s%c%02u%02u%s_%s_%s",
                             version_word(hello->version ? hello->version : hello->legacy_version),
                             hello->has_name ? 'd' : 'i', two_digits(hello->cipher_count),
                             two_digits(hello->extension_count), alpn, ciphers, extensions);
    }
    hmi_buf_fini(&buf);
    return hmi_text_bytes(out);
}
