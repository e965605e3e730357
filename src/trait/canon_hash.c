/* SPDX-License-Identifier: Apache-2.0
 *
 * canon_hash.c - digests, likeness digests, client fingerprints and wallets.
 *
 * FORM   MD5, SHA-1, SHA-256, SHA-512, JA3: hex digits of the right number, lower case; a
 *        certificate's may come with colons. Import hash: "kind:digits", "imphash:" is assumed for
 *        32 bare digits. ssdeep: "size:part:part", size 3 * 2^n, the quoted file name that the
 *        tool appends cut off. TLSH: "T1" and 70 upper-case digits, "T1" may be missing.
 *        JA4: ten characters, two times 12 hex digits. Wallet: Ethereum (0x and 40 digits, lower
 *        case: its mixed case is only a checksum), Bech32 in lower case, Base58 as it is.
 * TRUST  Hostile text; lengths are fixed by the form.
 * OWNS   Nothing.
 */
#include "trait/canon.h"

static bool all_hex(hm_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (hmi_hex_digit(text.ptr[i]) < 0) {
            return false;
        }
    }
    return true;
}

static bool add_hex(hm_text raw, size_t digits, hmi_canon *out)
{
    if (raw.len != digits || !all_hex(raw)) {
        return false;
    }
    hmi_canon_add_lower(out, raw);
    return true;
}

bool hmi_form_hex32(hm_text raw, hmi_canon *out)
{
    return add_hex(raw, 32, out);
}

bool hmi_form_hex40(hm_text raw, hmi_canon *out)
{
    return add_hex(raw, 40, out);
}

bool hmi_form_hex64(hm_text raw, hmi_canon *out)
{
    return add_hex(raw, 64, out);
}

bool hmi_form_hex128(hm_text raw, hmi_canon *out)
{
    return add_hex(raw, 128, out);
}

bool hmi_form_certificate(hm_text raw, hmi_canon *out)
{
    if (raw.len != 95) {
        return add_hex(raw, 64, out);
    }
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        if (i % 3 == 2 ? c != ':' : hmi_hex_digit(c) < 0) {
            return false;
        }
        if (c != ':') {
            hmi_canon_put(out, hmi_ascii_lower(c));
        }
    }
    return true;
}

bool hmi_form_import_hash(hm_text raw, hmi_canon *out)
{
    size_t colon = hmi_find_byte(hmi_text_bytes(raw), ':');
    hm_text kind = colon == HMI_NPOS ? HM_TEXT("imphash") : hmi_text_slice(raw, 0, colon);
    hm_text digits = colon == HMI_NPOS ? raw : hmi_text_slice(raw, colon + 1, raw.len);
    if (kind.len == 0 || kind.len > 16 || digits.len < 8 || digits.len > 128 ||
        (colon == HMI_NPOS && digits.len != 32) || !all_hex(digits)) {
        return false;
    }
    for (size_t i = 0; i < kind.len; i++) {
        if (!hmi_ascii_alnum(kind.ptr[i]) && kind.ptr[i] != '-') {
            return false;
        }
    }
    hmi_canon_add_lower(out, kind);
    hmi_canon_put(out, ':');
    hmi_canon_add_lower(out, digits);
    return true;
}

static bool base64_part(hm_text part)
{
    for (size_t i = 0; i < part.len; i++) {
        char c = part.ptr[i];
        if (!hmi_ascii_alnum(c) && c != '+' && c != '/') {
            return false;
        }
    }
    return part.len <= 64;
}

bool hmi_form_ssdeep(hm_text raw, hmi_canon *out)
{
    size_t comma = hmi_find_byte(hmi_text_bytes(raw), ',');
    raw.len = comma == HMI_NPOS ? raw.len : comma;
    hm_text rest = raw;
    hm_text size;
    hm_text first;
    uint64_t block;
    if (!hmi_split(&rest, ':', &size) || !hmi_split(&rest, ':', &first) || rest.ptr == NULL ||
        !hmi_decimal(size, UINT32_MAX, &block) || block % 3 != 0) {
        return false;
    }
    block /= 3;
    if (block == 0 || (block & (block - 1)) != 0 || !base64_part(first) || !base64_part(rest)) {
        return false;
    }
    hmi_canon_add(out, raw);
    return true;
}

bool hmi_form_tlsh(hm_text raw, hmi_canon *out)
{
    if (raw.len == 72 && hmi_text_istarts(raw, HM_TEXT("T1"))) {
        raw = hmi_text_slice(raw, 2, raw.len);
    }
    if (raw.len != 70 || !all_hex(raw)) {
        return false;
    }
    hmi_canon_add(out, HM_TEXT("T1"));
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        hmi_canon_put(out, c >= 'a' ? (char)(c - 32) : c);
    }
    return true;
}

bool hmi_form_ja4(hm_text raw, hmi_canon *out)
{
    if (raw.len != 36 || raw.ptr[10] != '_' || raw.ptr[23] != '_' ||
        !all_hex(hmi_text_slice(raw, 11, 12)) || !all_hex(hmi_text_slice(raw, 24, 12))) {
        return false;
    }
    for (size_t i = 0; i < 10; i++) {
        if (!hmi_ascii_alnum(raw.ptr[i])) {
            return false;
        }
    }
    hmi_canon_add_lower(out, raw);
    return true;
}

bool hmi_form_wallet(hm_text raw, hmi_canon *out)
{
    if (hmi_text_istarts(raw, HM_TEXT("0x"))) {
        if (raw.len != 42 || !all_hex(hmi_text_slice(raw, 2, 40))) {
            return false;
        }
        hmi_canon_add_lower(out, raw);
        return true;
    }
    if (raw.len < 25 || raw.len > 106) {
        return false;
    }
    for (size_t i = 0; i < raw.len; i++) {
        if (!hmi_ascii_alnum(raw.ptr[i])) {
            return false;
        }
    }
    if (hmi_text_istarts(raw, HM_TEXT("bc1")) || hmi_text_istarts(raw, HM_TEXT("ltc1"))) {
        hmi_canon_add_lower(out, raw);
    } else {
        hmi_canon_add(out, raw);
    }
    return true;
}
