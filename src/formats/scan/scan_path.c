/* SPDX-License-Identifier: Apache-2.0
 *
 * scan_path.c - paths, registry keys, pipe and mutex names, user agents.
 *
 * WHY    What a tool writes where, and what it calls itself, is chosen by people.
 * FORM   C:\dir\file  %VAR%\file  \\host\share\file  \\.\pipe\name  HKLM\key  Global\name
 *        /root/of/unix/path  Product/1.0 (comment) as user agents begin.
 *        A path with blanks ends where its last component's extension ends, if it has one.
 * TRUST  See observables.c.
 * OWNS   Nothing.
 */
#include "base/error.h"
#include "formats/scan/scanner.h"

static bool border_before(const hmi_scanner *s, size_t at)
{
    return at == 0 || !(hmi_ascii_alnum((char)s->p[at - 1]) || s->p[at - 1] == '_');
}

static bool windows_char(uint8_t c)
{
    return c >= 0x20 && c != 0x7f && memchr("\"<>|*?,;:\t'`", c, 12) == NULL;
}

/* Where a Windows path that begins in front of `at` ends. */
static size_t windows_end(const hmi_scanner *s, size_t at)
{
    size_t end = at, last = at;
    while (end < s->len && end - at < HMI_SCAN_PATH_MAX && windows_char(s->p[end])) {
        last = s->p[end] == '\\' ? end : last;
        end++;
    }
    for (size_t i = last; i < end; i++) { /* the last component may be followed by words */
        if (s->p[i] == '.' && i + 1 < end && hmi_ascii_alnum((char)s->p[i + 1])) {
            size_t stop = i + 1;
            while (stop < end && hmi_ascii_alnum((char)s->p[stop])) {
                stop++;
            }
            if (stop - i <= 6 && (stop == end || s->p[stop] == ' ')) {
                return stop;
            }
        }
    }
    for (size_t i = last; i < end; i++) {
        if (s->p[i] == ' ') {
            return i;
        }
    }
    while (end > at && memchr(".)]}", s->p[end - 1], 4) != NULL) {
        end--;
    }
    return end;
}

static int take(hmi_scanner *s, hmi_class class_id, size_t begin, size_t end, size_t shortest)
{
    s->done = end;
    return end - begin < shortest ? HM_OK : hmi_scanner_emit(s, class_id, begin, end);
}

int hmi_scanner_drive(hmi_scanner *s, size_t at)
{
    if (at == 0 || at - 1 < s->done || !hmi_ascii_alpha((char)s->p[at - 1]) ||
        !border_before(s, at - 1) || s->p[at + 1] != '\\') {
        return HM_OK;
    }
    return take(s, HMI_FILE_PATH, at - 1, windows_end(s, at + 1), 6);
}

static bool name_char(uint8_t c)
{
    return hmi_ascii_alnum((char)c) || memchr("_-.{}()$@!~%+", c, 13) != NULL;
}

static int pipe_or_share(hmi_scanner *s, size_t at)
{
    size_t end = at + 2;
    hm_text rest = hmi_text((const char *)s->p + at, s->len - at);
    if (hmi_text_istarts(rest, HM_TEXT("\\\\.\\pipe\\"))) {
        size_t name = at + 9;
        for (end = name; end < s->len && end - name < 256 && name_char(s->p[end]); end++) {
        }
        return take(s, HMI_PIPE_NAME, at, end, 10);
    }
    if (end < s->len && hmi_ascii_alnum((char)s->p[end])) {
        end = windows_end(s, at + 2);
        bool share = hmi_find_byte(hmi_bytes(s->p + at + 2, end - at - 2), '\\') != HMI_NPOS;
        return share ? take(s, HMI_FILE_PATH, at, end, 8) : HM_OK;
    }
    s->done = at + 2;
    return HM_OK;
}

/* The word in front of the first backslash says what follows it. */
static int after_word(hmi_scanner *s, size_t at)
{
    static const char *const hives[] = { "HKLM",
                                         "HKCU",
                                         "HKCR",
                                         "HKU",
                                         "HKCC",
                                         "HKEY_LOCAL_MACHINE",
                                         "HKEY_CURRENT_USER",
                                         "HKEY_CLASSES_ROOT",
                                         "HKEY_USERS",
                                         "HKEY_CURRENT_CONFIG" };
    size_t begin = at;
    while (begin > s->done && at - begin < 24 &&
           (hmi_ascii_alpha((char)s->p[begin - 1]) || s->p[begin - 1] == '_')) {
        begin--;
    }
    hm_text word = hmi_text((const char *)s->p + begin, at - begin);
    for (size_t i = 0; i < HMI_COUNT(hives); i++) {
        if (hmi_text_ieq(word, hmi_text_of(hives[i])) && border_before(s, begin)) {
            return take(s, HMI_REGISTRY_KEY, begin, windows_end(s, at + 1), word.len + 4);
        }
    }
    if ((hmi_text_is(word, "Global") || hmi_text_is(word, "Local")) && border_before(s, begin) &&
        (begin == 0 || s->p[begin - 1] != '\\')) {
        size_t end = at + 1;
        while (end < s->len && end - at < 256 && name_char(s->p[end])) {
            end++;
        }
        return take(s, HMI_MUTEX, begin, end, word.len + 4);
    }
    return HM_OK;
}

int hmi_scanner_backslash(hmi_scanner *s, size_t at)
{
    if (at + 1 < s->len && s->p[at + 1] == '\\' && border_before(s, at)) {
        return pipe_or_share(s, at);
    }
    if (at > s->done && s->p[at - 1] == '%') { /* %APPDATA%\x */
        size_t begin = at - 1;
        while (begin > s->done && at - begin < 34 &&
               (hmi_ascii_alnum((char)s->p[begin - 1]) || memchr("_()", s->p[begin - 1], 3))) {
            begin--;
        }
        if (begin > s->done && s->p[begin - 1] == '%' && at - begin > 2) {
            return take(s, HMI_FILE_PATH, begin - 1, windows_end(s, at), 8);
        }
        return HM_OK;
    }
    return at > s->done && hmi_ascii_alpha((char)s->p[at - 1]) ? after_word(s, at) : HM_OK;
}

static bool unix_char(uint8_t c)
{
    return hmi_ascii_alnum((char)c) || memchr("/._-+~@%=#", c, 10) != NULL || c >= 0x80;
}

/* A path from the root of a usual Unix tree; at least two components. */
static int unix_path(hmi_scanner *s, size_t at)
{
    static const char *const roots[] = {
        "bin",          "boot",    "data",   "dev",       "etc",  "home", "lib",   "lib64",
        "media",        "mnt",     "opt",    "private",   "proc", "root", "run",   "sbin",
        "srv",          "sys",     "system", "tmp",       "usr",  "var",  "Users", "Library",
        "Applications", "Volumes", "build",  "buildroot", "src",  "rustc"
    };
    size_t stop = at + 1;
    while (stop < s->len && stop - at < 16 && hmi_ascii_alnum((char)s->p[stop])) {
        stop++;
    }
    hm_text root = hmi_text((const char *)s->p + at + 1, stop - at - 1);
    bool known = false;
    for (size_t i = 0; i < HMI_COUNT(roots) && !known; i++) {
        known = hmi_text_is(root, roots[i]);
    }
    if (!known || stop + 1 >= s->len || s->p[stop] != '/' || !unix_char(s->p[stop + 1]) ||
        s->p[stop + 1] == '/') {
        return HM_OK;
    }
    size_t end = stop;
    while (end < s->len && end - at < HMI_SCAN_PATH_MAX && unix_char(s->p[end])) {
        end++;
    }
    while (end > at && memchr("./=", s->p[end - 1], 3) != NULL) {
        end--;
    }
    return take(s, HMI_FILE_PATH, at, end, 6);
}

static int user_agent(hmi_scanner *s, size_t at)
{
    static const char *const products[] = {
        "Mozilla",       "Opera",          "curl",    "Wget",        "python-requests",
        "Python-urllib", "Go-http-client", "okhttp",  "libwww-perl", "Java",
        "WinHttp",       "PowerShell",     "aiohttp", "axios",       "masscan",
        "zgrab",         "Nmap",           "sqlmap",  "Dalvik",      "Microsoft-CryptoAPI"
    };
    size_t begin = at;
    while (begin > 0 && at - begin < 24 &&
           (hmi_ascii_alpha((char)s->p[begin - 1]) || s->p[begin - 1] == '-')) {
        begin--;
    }
    hm_text word = hmi_text((const char *)s->p + begin, at - begin);
    bool known = false;
    for (size_t i = 0; i < HMI_COUNT(products) && !known; i++) {
        known = hmi_text_is(word, products[i]);
    }
    if (!known || !border_before(s, begin) || begin < s->agent_done) {
        return HM_OK;
    }
    size_t end = at;
    while (end < s->len && end - begin < HMI_SCAN_AGENT_MAX && s->p[end] >= 0x20 &&
           s->p[end] < 0x7f && s->p[end] != '"' && s->p[end] != '\\' && s->p[end] != '\'') {
        end++;
    }
    s->agent_done = end;
    return hmi_scanner_emit(s, HMI_USER_AGENT, begin, end);
}

int hmi_scanner_slash(hmi_scanner *s, size_t at)
{
    if (at + 1 >= s->len) {
        return HM_OK;
    }
    if (hmi_ascii_digit((char)s->p[at + 1]) && at > 0 && hmi_ascii_alpha((char)s->p[at - 1])) {
        return user_agent(s, at);
    }
    bool border =
        at == 0 || !(hmi_ascii_alnum((char)s->p[at - 1]) ||
                     memchr("./_-~*<%)]}", s->p[at - 1], 11) != NULL || s->p[at - 1] >= 0x80);
    return border && hmi_ascii_alpha((char)s->p[at + 1]) ? unix_path(s, at) : HM_OK;
}
