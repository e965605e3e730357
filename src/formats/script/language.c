/* SPDX-License-Identifier: Apache-2.0
 *
 * language.c - which script language a text is in.
 *
 * WHY    Names lie (invoice.pdf.js, update.txt): the words of the text decide.
 * FORM   Each language has words that others seldom have, worth 1 to 6; a word counts once, where
 * it stands alone. What comes first in the table wins a tie. A first line "#!" says it outright.
 *        Nine points are a claim; four are a guess that counts only where nobody else knows.
 * TRUST  Only the first HMI_SCRIPT_DETECT_MAX bytes are looked at; text with control bytes is none.
 * OWNS   Nothing.
 */
#include "formats/script/script.h"

typedef struct mark {
    hmi_script_language language;
    uint8_t points;
    bool line; /* only at the beginning of a line */
    hm_text word;
} mark;

#define MARK(language, points, word)                               \
    {                                                              \
        HMI_LANGUAGE_##language, points, false, HM_TEXT_INIT(word) \
    }
#define LINE(language, points, word)                              \
    {                                                             \
        HMI_LANGUAGE_##language, points, true, HM_TEXT_INIT(word) \
    }

static const mark MARKS[] = {
    MARK(POWERSHELL, 4, "new-object "),
    MARK(POWERSHELL, 3, "$env:"),
    MARK(POWERSHELL, 4, "invoke-expression"),
    MARK(POWERSHELL, 4, "[convert]::"),
    MARK(POWERSHELL, 4, "[system."),
    MARK(POWERSHELL, 4, "foreach-object"),
    MARK(POWERSHELL, 4, "write-host"),
    MARK(POWERSHELL, 3, "write-output"),
    MARK(POWERSHELL, 3, "start-process"),
    MARK(POWERSHELL, 3, "get-wmiobject"),
    MARK(POWERSHELL, 3, "get-childitem"),
    MARK(POWERSHELL, 3, "set-strictmode"),
    MARK(POWERSHELL, 3, "-erroraction"),
    MARK(POWERSHELL, 3, "[parameter("),
    MARK(POWERSHELL, 3, "[byte[]]"),
    MARK(POWERSHELL, 3, "[string]$"),
    MARK(POWERSHELL, 3, "[char]"),
    MARK(POWERSHELL, 3, "downloadstring("),
    MARK(POWERSHELL, 2, "iex "),
    MARK(POWERSHELL, 2, "iex("),
    MARK(POWERSHELL, 2, "param("),
    MARK(POWERSHELL, 2, " -eq "),
    MARK(POWERSHELL, 2, " -join "),
    MARK(POWERSHELL, 2, "$_."),
    MARK(POWERSHELL, 2, "out-null"),
    MARK(POWERSHELL, 1, "::"),
    LINE(POWERSHELL, 2, "$"),
    LINE(VBSCRIPT, 10, "attribute vb_name"),
    MARK(VBSCRIPT, 4, "createobject("),
    MARK(VBSCRIPT, 4, "wscript."),
    LINE(VBSCRIPT, 4, "on error resume next"),
    LINE(VBSCRIPT, 3, "option explicit"),
    LINE(VBSCRIPT, 3, "end sub"),
    LINE(VBSCRIPT, 3, "end function"),
    LINE(VBSCRIPT, 2, "dim "),
    LINE(VBSCRIPT, 2, "end if"),
    LINE(VBSCRIPT, 2, "sub "),
    LINE(VBSCRIPT, 2, "private sub "),
    LINE(VBSCRIPT, 2, "set "),
    MARK(VBSCRIPT, 2, "msgbox"),
    MARK(VBSCRIPT, 2, "chr("),
    MARK(VBSCRIPT, 2, "strreverse("),
    MARK(JAVASCRIPT, 5, "new activexobject("),
    MARK(JAVASCRIPT, 4, "string.fromcharcode("),
    MARK(JAVASCRIPT, 4, "document.getelementbyid("),
    MARK(JAVASCRIPT, 3, "wscript.createobject("),
    MARK(JAVASCRIPT, 3, "function("),
    MARK(JAVASCRIPT, 3, "function ("),
    MARK(JAVASCRIPT, 3, "typeof "),
    MARK(JAVASCRIPT, 3, "require("),
    MARK(JAVASCRIPT, 3, "module.exports"),
    MARK(JAVASCRIPT, 3, "unescape("),
    MARK(JAVASCRIPT, 2, "eval("),
    MARK(JAVASCRIPT, 2, "var "),
    MARK(JAVASCRIPT, 2, " === "),
    MARK(JAVASCRIPT, 2, "=> {"),
    MARK(JAVASCRIPT, 2, "let "),
    MARK(JAVASCRIPT, 2, "app.alert("),
    MARK(JAVASCRIPT, 2, "this."),
    LINE(JAVASCRIPT, 2, "const "),
    MARK(JAVASCRIPT, 2, "return "),
    MARK(JAVASCRIPT, 2, "};"),
    LINE(SHELL, 3, "fi"),
    LINE(SHELL, 3, "done"),
    LINE(SHELL, 3, "esac"),
    MARK(SHELL, 3, "; then"),
    MARK(SHELL, 3, "; do"),
    MARK(SHELL, 3, "if [ "),
    MARK(SHELL, 2, "$("),
    MARK(SHELL, 3, "/dev/null"),
    MARK(SHELL, 2, "chmod +x"),
    MARK(SHELL, 2, "wget "),
    MARK(SHELL, 2, "curl "),
    LINE(SHELL, 2, "export "),
    LINE(SHELL, 2, "echo "),
    MARK(SHELL, 2, "${"),
    LINE(PYTHON, 3, "import "),
    LINE(PYTHON, 3, "from "),
    LINE(PYTHON, 3, "def "),
    LINE(PYTHON, 4, "if __name__"),
    LINE(PYTHON, 2, "elif "),
    LINE(PYTHON, 3, "except"),
    MARK(PYTHON, 3, "self."),
    MARK(PYTHON, 2, "lambda "),
    MARK(PYTHON, 2, "print("),
    MARK(PYTHON, 2, "exec("),
    MARK(PYTHON, 2, "b64decode("),
    MARK(PYTHON, 2, "range("),
    MARK(PYTHON, 2, "__import__("),
    LINE(BATCH, 8, "@echo off"),
    MARK(BATCH, 4, "%~dp0"),
    LINE(BATCH, 3, "setlocal"),
    LINE(BATCH, 3, "goto "),
    LINE(BATCH, 2, "rem "),
    LINE(BATCH, 2, "if exist "),
    LINE(BATCH, 3, "if not exist "),
    LINE(BATCH, 2, "set "),
    MARK(BATCH, 3, "exit /b"),
    MARK(BATCH, 2, "cmd /c"),
    MARK(BATCH, 3, ">nul"),
    MARK(BATCH, 3, "> nul"),
    MARK(BATCH, 2, "%temp%"),
    MARK(BATCH, 2, "reg add "),
    LINE(BATCH, 2, "start "),
    MARK(MARKUP, 5, "<script"),
    MARK(MARKUP, 4, "<hta:application"),
    MARK(MARKUP, 3, "<html"),
    MARK(MARKUP, 3, "<job"),
    MARK(MARKUP, 4, "<scriptlet"),
    MARK(MARKUP, 2, "<body"),
    MARK(MARKUP, 2, "<head"),
};

static const char *const NAMES[HMI_LANGUAGE_COUNT] = { "",           "powershell", "vbscript",
                                                       "javascript", "shell",      "python",
                                                       "batch",      "markup" };

const char *hmi_language_name(hmi_script_language language)
{
    return language < HMI_LANGUAGE_COUNT ? NAMES[language] : "";
}

static bool is_word(uint8_t c)
{
    return hmi_ascii_alnum((char)c) || c == '_' || c == '$';
}

static bool stands_alone(hm_bytes text, size_t at, const mark *m)
{
    if (m->line) {
        size_t i = at;
        while (i > 0 && (text.ptr[i - 1] == ' ' || text.ptr[i - 1] == '\t')) {
            i--;
        }
        if (i > 0 && text.ptr[i - 1] != '\n' && text.ptr[i - 1] != '\r') {
            return false;
        }
    } else if (is_word((uint8_t)m->word.ptr[0]) && at > 0 && is_word(text.ptr[at - 1])) {
        return false;
    }
    size_t end = at + m->word.len;
    bool open = is_word((uint8_t)m->word.ptr[m->word.len - 1]) && m->word.len > 1;
    return !open || end >= text.len || !is_word(text.ptr[end]);
}

static bool matches(hm_bytes text, size_t at, const mark *m)
{
    if (text.len - at < m->word.len) {
        return false;
    }
    for (size_t i = 0; i < m->word.len; i++) {
        if (hmi_ascii_lower((char)text.ptr[at + i]) != m->word.ptr[i]) {
            return false;
        }
    }
    return stands_alone(text, at, m);
}

static void count_points(hm_bytes text, unsigned points[HMI_LANGUAGE_COUNT])
{
    bool seen[HMI_COUNT(MARKS)] = { false }, first[256] = { false };
    for (size_t m = 0; m < HMI_COUNT(MARKS); m++) {
        uint8_t c = (uint8_t)MARKS[m].word.ptr[0];
        first[c] = true;
        first[c >= 'a' && c <= 'z' ? c - 32 : c] = true;
    }
    for (size_t at = 0; at < text.len; at++) {
        if (!first[text.ptr[at]]) {
            continue;
        }
        for (size_t m = 0; m < HMI_COUNT(MARKS); m++) {
            if (!seen[m] && matches(text, at, &MARKS[m])) {
                seen[m] = true;
                points[MARKS[m].language] += MARKS[m].points;
            }
        }
    }
}

static bool is_text(hm_bytes text)
{
    size_t odd = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        odd += c == 0 || (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f');
    }
    return text.len >= 8 && odd <= text.len / 200;
}

static hmi_script_language of_first_line(hm_bytes text)
{
    static const struct {
        hm_text word;
        hmi_script_language language;
    } SHELLS[] = { { HM_TEXT_INIT("python"), HMI_LANGUAGE_PYTHON },
                   { HM_TEXT_INIT("node"), HMI_LANGUAGE_JAVASCRIPT },
                   { HM_TEXT_INIT("pwsh"), HMI_LANGUAGE_POWERSHELL },
                   { HM_TEXT_INIT("sh"), HMI_LANGUAGE_SHELL } };
    hm_bytes rest = text, line;
    if (!hmi_starts_with(text, HM_BYTES("#!")) || !hmi_next_line(&rest, &line)) {
        return HMI_LANGUAGE_NONE;
    }
    line = hmi_slice(line, 0, 128);
    for (size_t i = 0; i < HMI_COUNT(SHELLS); i++) {
        if (hmi_find(line, hmi_text_bytes(SHELLS[i].word)) != HMI_NPOS) {
            return SHELLS[i].language;
        }
    }
    return HMI_LANGUAGE_NONE;
}

hmi_script_language hmi_language_of(hm_bytes text, int *ret_sure)
{
    unsigned points[HMI_LANGUAGE_COUNT] = { 0 };
    *ret_sure = 0;
    text = hmi_slice(text, 0, HMI_SCRIPT_DETECT_MAX);
    if (!is_text(text)) {
        return HMI_LANGUAGE_NONE;
    }
    hmi_script_language best = of_first_line(text);
    if (best != HMI_LANGUAGE_NONE) {
        *ret_sure = 95;
        return best;
    }
    count_points(text, points);
    /* Markup holds words of the scripts in it. */
    if (points[HMI_LANGUAGE_MARKUP] >= 8) {
        *ret_sure = 75;
        return HMI_LANGUAGE_MARKUP;
    }
    for (int i = 1; i < HMI_LANGUAGE_MARKUP; i++) {
        best = points[i] > points[best] ? (hmi_script_language)i : best;
    }
    *ret_sure = points[best] >= 14 ? 80 : points[best] >= 9 ? 60 : points[best] >= 4 ? 30 : 0;
    return *ret_sure > 0 ? best : HMI_LANGUAGE_NONE;
}
