/* SPDX-License-Identifier: Apache-2.0
 *
 * no_domain.c - dotted names that look like domains and are none.
 *
 * WHY    Programs and logs are full of file names, namespaces and members. Some of their last parts
 *        are real top-level domains (.sh .py .so .zip .name), so the public suffix list cannot
 * tell. FORM   Refused: a last label that is a common file extension; in names of two labels also
 * one that is extension and top-level domain at once; a first label that begins reversed names
 *        (com.example, java.io); words in Capitals ("System.Net").
 * TRUST  A domain that an intruder registers under such a name is still found in a URL or a mail
 *        address: there nobody asks this.
 * OWNS   Nothing.
 */
#include "formats/scan/observables.h"

/* Never the end of a host's name here, however many labels. */
static const char *const FILES[] = {
    "bak",  "bat",      "bin",  "bmp",  "bz2", "cab",  "cfg",  "class", "cmd",  "conf",    "cpl",
    "cpp",  "css",      "csv",  "dat",  "deb", "def",  "dex",  "dll",   "doc",  "docx",    "drv",
    "elf",  "exe",      "gif",  "gz",   "hta", "htm",  "html", "ico",   "inc",  "inf",     "ini",
    "jar",  "java",     "jpeg", "jpg",  "js",  "json", "jsp",  "lib",   "lnk",  "local",   "log",
    "lua",  "manifest", "msi",  "mui",  "obj", "ocx",  "pdb",  "pdf",   "php",  "png",     "ppt",
    "pptx", "ps1",      "pyc",  "rar",  "rb",  "rpm",  "rtf",  "scr",   "sock", "service", "sql",
    "svg",  "sys",      "tar",  "tgz",  "tmp", "toml", "ts",   "txt",   "vbs",  "wav",     "xls",
    "xlsx", "xml",      "xz",   "yaml", "yml", "zst",
};

/* Top-level domains that are file extensions or members of objects too: a name of two labels is
 * taken for that ("main.rs", "obj.name"), a longer one for a host ("www.politika.rs"). */
static const char *const TWO[] = {
    "ac",   "am",  "app", "as", "call", "cat", "cc", "data", "date", "do",  "id",
    "in",   "int", "is",  "la", "map",  "md",  "mk", "ml",   "mo",   "mov", "ms",
    "name", "new", "pl",  "pm", "ps",   "py",  "rs", "sh",   "so",   "st",  "zip",
};

static const char *const FIRST[] = {
    "com",    "org",    "net",    "java", "javax", "sun",       "android", "androidx",
    "kotlin", "system", "std",    "self", "this",  "microsoft", "windows", "gnu",
    "libc",   "go",     "golang", "llvm", "rel",   "rela",      "plt",     "srcfile"
};

static bool listed(const char *const *list, size_t count, hm_text word)
{
    for (size_t i = 0; i < count; i++) {
        if (hmi_text_ieq(word, hmi_text_of(list[i]))) {
            return true;
        }
    }
    return false;
}

static bool upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* "Net", "GetName": capitals and small letters; "COM" and "com" are not. */
static bool capitalised(hm_text label)
{
    bool has_upper = false, has_lower = false;
    for (size_t i = 0; i < label.len; i++) {
        has_upper |= upper(label.ptr[i]);
        has_lower |= label.ptr[i] >= 'a' && label.ptr[i] <= 'z';
    }
    return has_upper && has_lower;
}

bool hmi_scan_is_no_domain(hm_text name)
{
    size_t last_dot = hmi_find_last_byte(hmi_text_bytes(name), '.');
    size_t first_dot = hmi_find_byte(hmi_text_bytes(name), '.');
    if (last_dot == HMI_NPOS) {
        return true;
    }
    hm_text last = hmi_text_slice(name, last_dot + 1, name.len);
    hm_text first = hmi_text_slice(name, 0, first_dot);
    return capitalised(last) || listed(FILES, HMI_COUNT(FILES), last) ||
           (first_dot == last_dot && listed(TWO, HMI_COUNT(TWO), last)) ||
           listed(FIRST, HMI_COUNT(FIRST), first);
}
