/* SPDX-License-Identifier: Apache-2.0
 *
 * error.c - fills hm_err; stops the process when our own promise is broken.
 *
 * WHY    One error shape, filled in one place, always NUL-terminated and clean UTF-8.
 * TRUST  Format strings are ours; arguments may hold bytes of the input, so the finished sentence
 *        is cleaned of control bytes and cut UTF-8 before anyone sees it.
 * OWNS   Nothing.
 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *hm_code_name(int code)
{
    static const char *const NAMES[] = { "ok",     "truncated", "malformed", "unsupported",
                                         "limit",  "memory",    "io",        "not-found",
                                         "exists", "denied",    "misuse",    "corrupt",
                                         "busy",   "cancelled", "crashed",   "conflict" };
    size_t index = code <= 0 ? (size_t) - (long)code : SIZE_MAX;
    return index < sizeof(NAMES) / sizeof(NAMES[0]) ? NAMES[index] : "unknown";
}

/* Drops what a terminal could act on and a multi-byte character that the buffer's end cut. */
static void clean_sentence(char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c == 0x7f) {
            text[i] = ' ';
        }
    }
    size_t start = len;
    while (start > 0 && len - start < 3 && ((unsigned char)text[start - 1] & 0xc0) == 0x80) {
        start--;
    }
    if (start == 0) {
        return;
    }
    unsigned char lead = (unsigned char)text[start - 1];
    size_t want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    if (lead >= 0xc0 && len - (start - 1) < want) {
        text[start - 1] = '\0';
    }
}

int hmi_fail(hm_err *err, int code, uint64_t offset, const char *format, ...)
{
    hmi_assert(code < 0);
    if (err == NULL) {
        return code;
    }
    err->code = code;
    err->offset = offset;
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    clean_sentence(err->text);
    return code;
}

int hmi_fail_in(hm_err *err, const char *format, ...)
{
    if (err == NULL) {
        return HM_E_MISUSE;
    }
    char said[sizeof(err->text)];
    memcpy(said, err->text, sizeof(said));
    va_list args;
    va_start(args, format);
    int used = vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    if (used >= 0 && (size_t)used < sizeof(err->text)) {
        snprintf(err->text + used, sizeof(err->text) - (size_t)used, ": %s", said);
    }
    clean_sentence(err->text);
    return err->code;
}

static int code_of_errno(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return HM_E_NOT_FOUND;
    case EEXIST:
        return HM_E_EXISTS;
    case EACCES:
    case EPERM:
    case EROFS:
        return HM_E_DENIED;
    case ENOMEM:
        return HM_E_MEMORY;
    case EBUSY:
    case EAGAIN:
        return HM_E_BUSY;
    default:
        return HM_E_IO;
    }
}

int hmi_fail_errno(hm_err *err, const char *format, ...)
{
    int number = errno;
    int code = code_of_errno(number);
    if (err == NULL) {
        return code;
    }
    char what[sizeof(err->text)];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    return hmi_fail(err, code, HM_OFFSET_NONE, "%s: %s", what, strerror(number));
}

void hmi_assert_failed(const char *file, int line, const char *expr)
{
    fprintf(stderr, "hallmark: internal error at %s:%d: %s\n", file, line, expr);
    abort();
}
