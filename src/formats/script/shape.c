/* SPDX-License-Identifier: Apache-2.0
 *
 * shape.c - the order of a script's tokens as traits.
 *
 * WHY    Names, numbers, texts and comments are changed in a minute and by every obfuscator; the
 *        order of what is done is not. Equal shapes are copies with other names; shared parts are
 *        likeness, piece by piece.
 * FORM   Each token becomes a word: "S" a string, "N" a number, "I" a name of the author's; kept
 * are signs, keywords, names behind "." or "::" (they belong to somebody's library), cmdlets
 *        ("Get-Item"), and commands of shells. Kept names lose their case in languages that ignore
 *        it. Shape: SHA-256 of all words, 32 digits. Parts: hashes of each 20 words in a row, of
 * each 16 neighbours the smallest (winnowing: Schleimer, Wilkerson, Aiken 2003), so that a shared
 *        run of 35 words is always found; the 256 smallest are kept.
 * TRUST  Runs of data (fewer than 6 different words, or fewer than 2 kept names) are no part.
 * OWNS   Nothing.
 */
#include "formats/script/script.h"

#include "base/hash.h"

static const char *const KEYWORDS[] = {
    "and",        "as",
    "begin",      "break",
    "byref",      "byval",
    "call",       "case",
    "catch",      "class",
    "const",      "continue",
    "data",       "def",
    "default",    "del",
    "delete",     "dim",
    "do",         "done",
    "elif",       "else",
    "elseif",     "end",
    "esac",       "eval",
    "except",     "exec",
    "exit",       "export",
    "false",      "fi",
    "filter",     "finally",
    "for",        "foreach",
    "from",       "function",
    "global",     "goto",
    "if",         "import",
    "in",         "instanceof",
    "is",         "lambda",
    "let",        "local",
    "loop",       "new",
    "next",       "none",
    "not",        "nothing",
    "null",       "on",
    "option",     "or",
    "param",      "pass",
    "print",      "private",
    "process",    "public",
    "raise",      "redim",
    "resume",     "return",
    "select",     "set",
    "static",     "sub",
    "switch",     "then",
    "this",       "throw",
    "trap",       "true",
    "try",        "type",
    "typeof",     "undefined",
    "until",      "var",
    "void",       "wend",
    "while",      "with",
    "xor",        "yield",
    "iex",        "createobject",
    "getobject",  "chr",
    "chrw",       "asc",
    "ascw",       "mid",
    "strreverse", "replace",
    "split",      "join",
    "unescape",   "escape",
    "execute",    "executeglobal",
    "wscript",    "activexobject",
    "string",     "array",
    "cmd",        "powershell",
    "echo",       "shell",
};

static bool ignores_case(hmi_script_language language)
{
    return language == HMI_LANGUAGE_POWERSHELL || language == HMI_LANGUAGE_VBSCRIPT ||
           language == HMI_LANGUAGE_BATCH;
}

static bool is_keyword(hm_text word)
{
    for (size_t i = 0; i < HMI_COUNT(KEYWORDS); i++) {
        if (hmi_text_ieq(word, hmi_text_of(KEYWORDS[i]))) {
            return true;
        }
    }
    return false;
}

/* A word that names somebody else's thing. */
static bool is_kept(const hmi_script *script, size_t index, hm_text word)
{
    const hmi_token *before = index > 0 ? &script->tokens[index - 1] : NULL;
    bool member = before != NULL && before->kind == HMI_TOKEN_SIGN &&
                  (script->text.ptr[before->at] == '.' || script->text.ptr[before->at] == ':');
    bool sigil = word.ptr[0] == '$' || word.ptr[0] == '%';
    if (sigil) {
        return false;
    }
    switch (script->language) {
    case HMI_LANGUAGE_POWERSHELL: /* Verb-Noun and -operator */
        return member || hmi_find_byte(hmi_text_bytes(word), '-') != HMI_NPOS || is_keyword(word);
    case HMI_LANGUAGE_SHELL:
    case HMI_LANGUAGE_BATCH: /* commands and options; what holds a path or a name is the author's */
        for (size_t i = 1; i < word.len; i++) {
            if (!hmi_ascii_alpha(word.ptr[i]) && word.ptr[i] != '-') {
                return false;
            }
        }
        return true;
    default:
        return member || is_keyword(word);
    }
}

/* 64 bits that stand for the token's word; the lowest bit says whether it is a kept name. */
static uint64_t word_of(const hmi_script *script, size_t index)
{
    const hmi_token *token = &script->tokens[index];
    hm_bytes raw = hmi_token_text(script, token);
    char lower[64];
    switch (token->kind) {
    case HMI_TOKEN_STRING:
        return 2;
    case HMI_TOKEN_NUMBER:
        return 4;
    case HMI_TOKEN_SIGN:
        return 256u + 2u * raw.ptr[0];
    default:
        break;
    }
    /* PowerShell's ` inside a word says nothing. */
    size_t len = 0;
    for (size_t i = 0; i < raw.len && len < sizeof(lower); i++) {
        char c = (char)raw.ptr[i];
        if (c != '`') {
            lower[len++] = ignores_case(script->language) ? hmi_ascii_lower(c) : c;
        }
    }
    hm_text word = hmi_text(lower, len);
    if (len == 0 || raw.len > sizeof(lower) || !is_kept(script, index, word)) {
        return 6;
    }
    return hmi_xxh3(hmi_text_bytes(word), 0) | 1;
}

static int emit_digest(hmi_script *script, hmi_class class_id, const uint64_t *words, size_t count,
                       uint64_t offset, hm_err *err)
{
    char hex[65];
    hmi_sha256 digest = hmi_sha256_of(hmi_bytes(words, count * sizeof(*words)));
    hmi_hex(hmi_bytes(digest.bytes, 16), hex);
    hm_text value =
        hmi_arena_printf(script->reading->arena, "%s:%s", hmi_language_name(script->language), hex);
    return value.ptr == NULL
               ? hmi_arena_fail(script->reading->arena, err)
               : hmi_emit(script->reading, class_id, HMI_ROLE_CONTENT, value, offset, err);
}

/* ---- Parts */

typedef struct part {
    uint64_t hash;
    uint32_t at;
} part;

static bool says_something(const uint64_t *words)
{
    unsigned different = 0, kept = 0;
    for (size_t i = 0; i < HMI_SCRIPT_PART_TOKENS; i++) {
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++) {
            seen = words[k] == words[i];
        }
        different += !seen;
        kept += !seen && (words[i] & 1);
    }
    return different >= 6 && kept >= 2;
}

/* Keeps the smallest in ascending order, each once. */
static size_t keep_part(part *kept, size_t count, part found)
{
    size_t at = count;
    while (at > 0 && kept[at - 1].hash >= found.hash) {
        at--;
    }
    if ((at < count && kept[at].hash == found.hash) || at == HMI_SCRIPT_PARTS_MAX) {
        return count;
    }
    size_t last = hmi_min(count, HMI_SCRIPT_PARTS_MAX - 1);
    memmove(kept + at + 1, kept + at, (last - at) * sizeof(*kept));
    kept[at] = found;
    return last + 1;
}

static int emit_parts(hmi_script *script, const uint64_t *words, size_t count, hm_err *err)
{
    part kept[HMI_SCRIPT_PARTS_MAX], window[HMI_SCRIPT_PART_WINDOW];
    size_t kept_count = 0, last = SIZE_MAX;
    for (size_t i = 0; i + HMI_SCRIPT_PART_TOKENS <= count; i++) {
        hm_bytes run = hmi_bytes(words + i, HMI_SCRIPT_PART_TOKENS * sizeof(*words));
        window[i % HMI_SCRIPT_PART_WINDOW] = (part){ hmi_xxh3(run, 0), (uint32_t)i };
        bool end = i + HMI_SCRIPT_PART_TOKENS == count;
        if (i + 1 < HMI_SCRIPT_PART_WINDOW && !end) {
            continue;
        }
        const part *least = &window[i % HMI_SCRIPT_PART_WINDOW];
        for (size_t k = 1; k < HMI_SCRIPT_PART_WINDOW && k <= i; k++) {
            const part *other = &window[(i - k) % HMI_SCRIPT_PART_WINDOW];
            least = other->hash < least->hash ? other : least;
        }
        if (least->at != last && says_something(words + least->at)) {
            kept_count = keep_part(kept, kept_count, *least);
        }
        last = least->at;
    }
    for (size_t i = 0; i < kept_count; i++) {
        uint64_t offset = hmi_script_offset(script, script->tokens[kept[i].at].at);
        HMI_TRY(emit_digest(script, HMI_SCRIPT_PART, words + kept[i].at, HMI_SCRIPT_PART_TOKENS,
                            offset, err));
    }
    return HM_OK;
}

int hmi_script_shape(hmi_script *script, hm_err *err)
{
    size_t count = script->token_count;
    if (count < HMI_SCRIPT_SHAPE_MIN || script->language == HMI_LANGUAGE_MARKUP) {
        return HM_OK;
    }
    uint64_t *words = hmi_new_array(script->reading->arena, uint64_t, count);
    if (words == NULL) {
        return hmi_arena_fail(script->reading->arena, err);
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        words[i] = word_of(script, i);
        kept += words[i] & 1;
    }
    if (kept >= 4) { /* a bare table of data has no shape of its own */
        HMI_TRY(emit_digest(script, HMI_SCRIPT_SHAPE, words, count, script->text_at, err));
    }
    return emit_parts(script, words, count, err);
}
