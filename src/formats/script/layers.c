/* SPDX-License-Identifier: Apache-2.0
 *
 * layers.c - what strings of a script hide, decoded one layer at a time.
 *
 * WHY    The second stage is in the first: as base64 for -EncodedCommand, as hexadecimal digits, as
 *        character codes, percent-encoded, compressed.
 * FORM   Each layer goes on as evidence named "HOW@PLACE"; its reader decodes the next. Text made
 * of pieces is searched here, at the place of its first piece. TRUST  Digits are everywhere: a
 * layer counts only when it begins like a file or is text. Layers of one script are bounded in
 * number and bytes, and in depth by parts.h. OWNS   Nothing; layers are in the reading's arena
 * until they are handed on.
 */
#include "formats/script/script.h"

#include "base/text.h"
#include "formats/inflate.h"
#include "formats/scan/observables.h"

/* ---- What says something */

static bool begins_like_a_file(hm_bytes bytes)
{
    static const hm_text MAGICS[] = {
        HM_TEXT_INIT("MZ"),    HM_TEXT_INIT("PK\3\4"),           HM_TEXT_INIT("\177ELF"),
        HM_TEXT_INIT("%PDF"),  HM_TEXT_INIT("\x1f\x8b\x08"),     HM_TEXT_INIT("MSCF"),
        HM_TEXT_INIT("{\\rt"), HM_TEXT_INIT("\xd0\xcf\x11\xe0"), HM_TEXT_INIT("7z\xbc\xaf"),
        HM_TEXT_INIT("Rar!")
    };
    for (size_t i = 0; i < HMI_COUNT(MAGICS); i++) {
        if (bytes.len >= 32 && hmi_starts_with(bytes, hmi_text_bytes(MAGICS[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_shown(uint8_t c)
{
    return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\r' || c == '\t';
}

static bool is_plain_text(hm_bytes bytes)
{
    size_t shown = 0, blanks = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        shown += is_shown(bytes.ptr[i]);
        blanks += hmi_ascii_alnum((char)bytes.ptr[i]);
    }
    return bytes.len >= 8 && shown * 100 >= bytes.len * 97 && blanks * 4 >= bytes.len;
}

static bool is_wide_text(hm_bytes bytes)
{
    size_t good = 0, pairs = bytes.len / 2;
    for (size_t i = 0; i < pairs; i++) {
        good += is_shown(bytes.ptr[2 * i]) && bytes.ptr[2 * i + 1] == 0;
    }
    return pairs >= 8 && good * 100 >= pairs * 90;
}

static int give(hmi_script *script, hm_bytes decoded, size_t at, const char *how, hm_err *err)
{
    script->layers++;
    script->layer_bytes -= hmi_min(decoded.len, script->layer_bytes);
    return hmi_parts_givef(&script->parts, decoded, hmi_script_offset(script, at), err, "%s@%llu",
                           how, (unsigned long long)hmi_script_offset(script, at));
}

/* Bare DEFLATE says nothing of itself: it is tried when the script speaks of it. */
static int give_deflated(hmi_script *script, hm_bytes decoded, size_t at, hm_err *err)
{
    hm_bytes text;
    bool whole = false;
    if (hmi_find(script->text, HM_BYTES("eflate")) == HMI_NPOS || decoded.len < 16) {
        return HM_OK;
    }
    HMI_TRY(hmi_inflate(script->reading->arena, decoded, false, script->layer_bytes, &text, &whole,
                        err));
    return whole && text.len >= 16 ? give(script, text, at, "deflate", err) : HM_OK;
}

int hmi_script_layer(hmi_script *script, hm_bytes decoded, size_t at, const char *how, bool trusted,
                     hm_err *err)
{
    if (script->layers >= HMI_SCRIPT_LAYERS_MAX || decoded.len == 0 ||
        decoded.len > script->layer_bytes) {
        return HM_OK;
    }
    if (trusted || begins_like_a_file(decoded) || is_plain_text(decoded) || is_wide_text(decoded)) {
        return give(script, decoded, at, how, err);
    }
    return give_deflated(script, decoded, at, err);
}

/* ---- Encodings */

static int base64_value(uint8_t c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+' || c == '-' ? 62
           : c == '/' || c == '_' ? 63
                                  : -1;
}

/* How long the run of base64 characters is that begins `text`, padding included. */
static size_t base64_run(hm_bytes text, size_t *ret_digits)
{
    size_t len = 0, pad = 0;
    while (len < text.len && base64_value(text.ptr[len]) >= 0) {
        len++;
    }
    *ret_digits = len;
    while (pad < 2 && len < text.len && text.ptr[len] == '=') {
        pad++;
        len++;
    }
    return len;
}

static int decode_base64(hmi_script *script, hm_bytes digits, size_t at, hm_err *err)
{
    size_t len = digits.len / 4 * 3 + (digits.len % 4 == 3 ? 2 : digits.len % 4 == 2 ? 1 : 0);
    if (digits.len % 4 == 1 || len > script->layer_bytes) {
        return HM_OK;
    }
    uint8_t *out = hmi_arena_take(script->reading->arena, len + 1, 1);
    if (out == NULL) {
        return hmi_arena_fail(script->reading->arena, err);
    }
    uint32_t bits = 0;
    size_t done = 0;
    for (size_t i = 0; i < digits.len; i++) {
        bits = bits << 6 | (uint32_t)base64_value(digits.ptr[i]);
        if (i % 4 != 0 && done < len) {
            out[done++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
        }
    }
    unsigned before = script->layers;
    int code = hmi_script_layer(script, hmi_bytes(out, done), at, "base64", false, err);
    if (script->layers == before) {
        hmi_arena_give_back(script->reading->arena, out, len + 1, 1);
    }
    return code;
}

static bool is_hex(hm_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (hmi_hex_digit((char)text.ptr[i]) < 0) {
            return false;
        }
    }
    return text.len % 2 == 0;
}

static int decode_hex(hmi_script *script, hm_bytes digits, size_t at, hm_err *err)
{
    uint8_t *out = hmi_arena_take(script->reading->arena, digits.len / 2, 1);
    if (out == NULL) {
        return hmi_arena_fail(script->reading->arena, err);
    }
    for (size_t i = 0; i + 1 < digits.len; i += 2) {
        out[i / 2] = (uint8_t)(hmi_hex_digit((char)digits.ptr[i]) << 4 |
                               hmi_hex_digit((char)digits.ptr[i + 1]));
    }
    return hmi_script_layer(script, hmi_bytes(out, digits.len / 2), at, "hex", false, err);
}

static int decode_run(hmi_script *script, hm_bytes digits, size_t at, hm_err *err)
{
    return digits.len < HMI_SCRIPT_RUN_MIN ? HM_OK
           : is_hex(digits)                ? decode_hex(script, digits, at, err)
                                           : decode_base64(script, digits, at, err);
}

int hmi_script_runs(hmi_script *script, hm_err *err)
{
    hm_bytes text = script->text;
    for (size_t i = 0; i < text.len;) {
        size_t digits = 0, len = base64_run(hmi_slice(text, i, text.len), &digits);
        HMI_TRY(decode_run(script, hmi_slice(text, i, digits), i, err));
        i += len + 1;
    }
    return HM_OK;
}

/* ---- Constants */

static hm_bytes trim(hm_bytes text)
{
    hm_text trimmed = hmi_text_trim(hmi_text((const char *)text.ptr, text.len));
    return hmi_text_bytes(trimmed);
}

int hmi_script_look_into(hmi_script *script, hm_bytes text, size_t at, bool made, hm_err *err)
{
    uint64_t offset = hmi_script_offset(script, at);
    if (!made) {
        return HM_OK; /* it stands in the file: it is searched there */
    }
    HMI_TRY(hmi_scan_text_step(script->reading, text, offset, 0, HMI_ROLE_CONTENT, err));
    size_t digits = 0;
    hm_bytes inside = trim(text);
    size_t run = base64_run(inside, &digits);
    if (run == inside.len && digits >= HMI_SCRIPT_RUN_MIN) {
        return decode_run(script, hmi_slice(inside, 0, digits), at, err);
    }
    int sure = 0;
    hmi_script_language language = hmi_language_of(text, &sure);
    bool says = (language != HMI_LANGUAGE_NONE && text.len >= 24) || text.len >= 256 ||
                begins_like_a_file(text);
    return says ? hmi_script_layer(script, text, at, "constant", false, err) : HM_OK;
}
