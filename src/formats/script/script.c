/* SPDX-License-Identifier: Apache-2.0
 *
 * script.c - the reader of scripts.
 *
 * WHY    Much of an intrusion is text: PowerShell, VBScript and macros, JavaScript, shell, Python,
 *        batch files, and pages that carry them.
 * FORM   UTF-8, UTF-16 (with or without mark) or any bytes whose ASCII part is a script; language.c
 *        says of which language.
 * TRUST  A text is claimed only when its words are plain and nobody's record or mail; a guess
 * counts only where nobody else knows. Nothing is run. OWNS   Nothing.
 */
#include "formats/script/script.h"

#include "base/text.h"
#include "formats/scan/scan.h"

enum { NUMBERS_TRUSTED = 64 };

static bool is_wide(hm_bytes file)
{
    if (hmi_starts_with(file, HM_BYTES("\xff\xfe"))) {
        return true;
    }
    hm_bytes head = hmi_slice(file, 0, 256);
    size_t zeros = 0;
    for (size_t i = 0; i + 1 < head.len; i += 2) {
        zeros += head.ptr[i] != 0 && head.ptr[i + 1] == 0;
    }
    return head.len >= 16 && zeros * 20 >= head.len / 2 * 19;
}

static hm_bytes without_mark(hm_bytes file)
{
    bool marked = hmi_starts_with(file, HM_BYTES("\xef\xbb\xbf"));
    return marked ? hmi_slice(file, 3, file.len) : file;
}

static hmi_script_language language_of(hm_bytes file, int *ret_sure)
{
    uint8_t narrow[HMI_SCRIPT_DETECT_MAX / 4];
    if (!is_wide(file)) {
        return hmi_language_of(without_mark(file), ret_sure);
    }
    size_t len = 0;
    size_t from = hmi_starts_with(file, HM_BYTES("\xff\xfe")) ? 2 : 0;
    for (size_t i = from; i + 1 < file.len && len < sizeof(narrow); i += 2) {
        narrow[len++] = file.ptr[i + 1] == 0 ? file.ptr[i] : '?';
    }
    return hmi_language_of(hmi_bytes(narrow, len), ret_sure);
}

/* Records, mails, lists and documents quote scripts. */
static bool is_somebody_elses(hm_bytes file, hm_bytes name)
{
    hm_bytes head = hmi_slice(file, 0, 64);
    size_t i = 0;
    while (i < head.len && (head.ptr[i] == ' ' || head.ptr[i] == '\n' || head.ptr[i] == '\r')) {
        i++;
    }
    head = hmi_slice(head, i, head.len);
    static const hm_text BEGINS[] = { HM_TEXT_INIT("{\""), HM_TEXT_INIT("[{"), HM_TEXT_INIT("{\n"),
                                      HM_TEXT_INIT("{\\rt"), HM_TEXT_INIT("%PDF") };
    for (size_t k = 0; k < HMI_COUNT(BEGINS); k++) {
        if (hmi_starts_with(head, hmi_text_bytes(BEGINS[k]))) {
            return true;
        }
    }
    return hmi_reader_mail.detect(file, name) > 0 ||
           hmi_reader_log.detect(file, name) >= HMI_DETECT_CLAIM ||
           hmi_reader_list.detect(file, name) >= HMI_DETECT_CLAIM;
}

static int detect_script(hm_bytes file, hm_bytes name)
{
    int sure = 0;
    hmi_script_language language = language_of(file, &sure);
    if (language == HMI_LANGUAGE_NONE || (sure < 90 && is_somebody_elses(file, name))) {
        return 0;
    }
    hm_bytes text = without_mark(file);
    if (language == HMI_LANGUAGE_MARKUP &&
        (text.len == 0 || hmi_find_byte(hmi_slice(text, 0, 64), '<') == HMI_NPOS)) {
        return 0;
    }
    return sure;
}

/* ---- Lists of bytes: 0x4d, 0x5a, ... */

static int read_numbers(hmi_script *script, hm_err *err)
{
    for (size_t i = 0; i < script->token_count;) {
        size_t count = 0, k = i;
        uint32_t value = 0;
        bool hex = true;
        while (k < script->token_count && script->tokens[k].kind == HMI_TOKEN_NUMBER &&
               hmi_script_number(hmi_token_text(script, &script->tokens[k]), &value) &&
               value <= 255) {
            hex = hex && script->tokens[k].len > 2 &&
                  (script->text.ptr[script->tokens[k].at + 1] | 32) == 'x';
            count++;
            k++;
            bool comma = k < script->token_count && script->tokens[k].kind == HMI_TOKEN_SIGN &&
                         script->text.ptr[script->tokens[k].at] == ',';
            if (!comma) {
                break;
            }
            k++;
        }
        if (count >= HMI_SCRIPT_NUMBERS_MIN) {
            uint8_t *bytes = hmi_arena_take(script->reading->arena, count, 1);
            if (bytes == NULL) {
                return hmi_arena_fail(script->reading->arena, err);
            }
            for (size_t n = 0; n < count; n++) {
                (void)hmi_script_number(hmi_token_text(script, &script->tokens[i + 2 * n]), &value);
                bytes[n] = (uint8_t)value;
            }
            HMI_TRY(hmi_script_layer(script, hmi_bytes(bytes, count), script->tokens[i].at,
                                     "numbers", hex && count >= NUMBERS_TRUSTED, err));
        }
        i = k > i ? k : i + 1;
    }
    return HM_OK;
}

/* ---- Scripts inside elements */

static size_t find_nocase(hm_bytes text, size_t from, hm_text word)
{
    for (size_t i = from; i + word.len <= text.len; i++) {
        if (hmi_ascii_lower((char)text.ptr[i]) == word.ptr[0] &&
            hmi_text_ieq(hmi_text((const char *)text.ptr + i, word.len), word)) {
            return i;
        }
    }
    return HMI_NPOS;
}

static int read_elements(hmi_script *script, hm_err *err)
{
    hm_bytes text = script->text;
    size_t at = 0;
    for (unsigned n = 1; n <= HMI_SCRIPT_EMBEDDED_MAX; n++) {
        size_t begin = find_nocase(text, at, HM_TEXT("<script"));
        if (begin == HMI_NPOS) {
            break;
        }
        size_t open = hmi_find_byte(hmi_slice(text, begin, text.len), '>');
        if (open == HMI_NPOS) {
            break;
        }
        hm_bytes tag = hmi_slice(text, begin, open);
        size_t body = begin + open + 1, end = find_nocase(text, body, HM_TEXT("</script"));
        end = end == HMI_NPOS ? text.len : end;
        bool basic = find_nocase(tag, 0, HM_TEXT("vbs")) != HMI_NPOS;
        HMI_TRY(hmi_parts_givef(&script->parts, hmi_slice(text, body, end - body),
                                hmi_script_offset(script, body), err, "script-%u.%s", n,
                                basic ? "vbs" : "js"));
        at = end;
    }
    return HM_OK;
}

static int read_text(hmi_script *script, hm_err *err)
{
    if (script->language == HMI_LANGUAGE_MARKUP) {
        return read_elements(script, err);
    }
    HMI_TRY(hmi_script_lex(script, err));
    HMI_TRY(hmi_script_shape(script, err));
    HMI_TRY(hmi_script_runs(script, err));
    HMI_TRY(read_numbers(script, err));
    return hmi_script_fold(script, err);
}

static int read_script(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    int sure = 0;
    hmi_script script = { .reading = reading, .file = file, .language = language_of(file, &sure) };
    if (script.language == HMI_LANGUAGE_NONE) {
        return hmi_fail(err, HM_E_UNSUPPORTED, 0, "no script of a known language");
    }
    script.parts = hmi_parts_begin(reading, file);
    script.layer_bytes = hmi_min(HMI_SCRIPT_LAYER_BYTES_MAX, hmi_arena_left(reading->arena) / 4);
    script.text = without_mark(file);
    script.text_at = file.len - script.text.len;
    script.wide = is_wide(file);
    if (script.wide) {
        size_t from = hmi_starts_with(file, HM_BYTES("\xff\xfe")) ? 2 : 0;
        hm_text made = hmi_text_from_utf16(
            reading->arena, hmi_slice(file, from, 2 * (size_t)HMI_SCRIPT_BYTES_MAX), false);
        if (made.ptr == NULL) {
            return hmi_arena_fail(reading->arena, err);
        }
        script.text = hmi_text_bytes(made);
    }
    HMI_TRY(hmi_emit_fact(reading, "script", hmi_text_of(hmi_language_name(script.language)), err));
    HMI_TRY(read_text(&script, err));
    return hmi_scan_strings(reading, file, NULL, 0, err);
}

const hmi_reader hmi_reader_script = {
    "script", "scripts: PowerShell, VBScript, JavaScript, shell ...", 1, detect_script, read_script,
    true
};
