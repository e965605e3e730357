/* SPDX-License-Identifier: Apache-2.0
 *
 * out.c - output that is safe on any terminal and stable for any script.
 *
 * WHY    Commands build their whole answer in memory and write it once: a broken pipe or a full
 *        disk is noticed, and half a JSON document never looks like a whole one.
 * TRUST  Text from evidence is hostile to terminals; see base/text.h.
 * OWNS   out->buf.
 */
#include "cli/out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "base/text.h"

static bool wants_colour(hmi_colour colour, bool terminal)
{
    if (colour != HMI_COLOUR_AUTO) {
        return colour == HMI_COLOUR_ALWAYS;
    }
    const char *no = getenv("NO_COLOR");
    if (no != NULL && no[0] != '\0') {
        return false;
    }
    const char *force = getenv("CLICOLOR_FORCE");
    if (force != NULL && force[0] != '\0' && strcmp(force, "0") != 0) {
        return true;
    }
    const char *term = getenv("TERM");
    return terminal && term != NULL && strcmp(term, "dumb") != 0;
}

void hmi_out_init(hmi_out *out, bool as_json, bool quiet, hmi_colour colour)
{
    *out = (hmi_out){ .as_json = as_json, .quiet = quiet, .width = 100 };
    hmi_buf_init(&out->buf, 0);
    out->terminal = isatty(STDOUT_FILENO);
    out->colour = !as_json && wants_colour(colour, out->terminal);
    struct winsize size;
    if (out->terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) {
        out->width = size.ws_col;
    }
    hmi_json_begin(&out->json, &out->buf, true);
}

bool hmi_out_flush(hmi_out *out)
{
    hm_bytes left = hmi_buf_bytes(&out->buf);
    bool good = out->buf.bad == 0;
    while (good && left.len > 0) {
        ssize_t wrote = write(STDOUT_FILENO, left.ptr, left.len);
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            good = false;
            break;
        }
        left = hmi_slice(left, (size_t)wrote, left.len);
    }
    if (!good && errno != EPIPE) {
        hmi_complain("the answer could not be written to standard output: %s",
                     out->buf.bad ? "no memory left" : strerror(errno));
    }
    hmi_buf_clear(&out->buf);
    return good;
}

void hmi_out_fini(hmi_out *out)
{
    hmi_buf_fini(&out->buf);
}

void hmi_say(hmi_out *out, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (len > 0) {
        hmi_buf_add(&out->buf,
                    hmi_bytes(line, (size_t)len < sizeof(line) ? (size_t)len : sizeof(line) - 1));
    }
}

void hmi_say_style(hmi_out *out, hmi_style style)
{
    static const char *const CODES[] = { "\x1b[0m",  "\x1b[1m",  "\x1b[2m",
                                         "\x1b[32m", "\x1b[33m", "\x1b[31m" };
    if (out->colour) {
        hmi_buf_add_cstr(&out->buf, CODES[style]);
    }
}

/* Columns one character takes. The ranges that matter to our users (Hangul, Kana, Han, full-width
 * forms) are named here, because wcwidth needs a locale that may not be set. */
static size_t columns_of(uint32_t c)
{
    static const struct {
        uint32_t from, to;
    } WIDE[] = { { 0x1100, 0x115f },  { 0x2e80, 0x303e }, { 0x3041, 0x33ff }, { 0x3400, 0x4dbf },
                 { 0x4e00, 0x9fff },  { 0xa000, 0xa4cf }, { 0xac00, 0xd7a3 }, { 0xf900, 0xfaff },
                 { 0xfe30, 0xfe4f },  { 0xff00, 0xff60 }, { 0xffe0, 0xffe6 }, { 0x1f300, 0x1faff },
                 { 0x20000, 0x3fffd } };
    if ((c >= 0x0300 && c <= 0x036f) || (c >= 0x20d0 && c <= 0x20ff)) {
        return 0; /* combining marks stand on the character before */
    }
    for (size_t i = 0; i < HMI_COUNT(WIDE); i++) {
        if (c >= WIDE[i].from && c <= WIDE[i].to) {
            return 2;
        }
    }
    return 1;
}

size_t hmi_columns(hm_text text)
{
    size_t columns = 0;
    for (size_t pos = 0; pos < text.len;) {
        columns += columns_of(hmi_utf8_next(text, &pos));
    }
    return columns;
}

static void add_clipped(hmi_out *out, hm_text text, size_t columns, size_t pad)
{
    size_t used = 0, pos = 0;
    bool cut = columns != 0 && hmi_columns(text) > columns;
    size_t room = cut ? columns - 1 : SIZE_MAX;
    while (pos < text.len) {
        size_t next = pos;
        size_t wide = columns_of(hmi_utf8_next(text, &next));
        if (used + wide > room) {
            break;
        }
        hmi_buf_add_text(&out->buf, hmi_text_slice(text, pos, next - pos));
        used += wide;
        pos = next;
    }
    if (cut) {
        hmi_buf_add_cstr(&out->buf, "\xe2\x80\xa6"); /* … */
        used++;
    }
    for (; used < pad; used++) {
        hmi_buf_add_char(&out->buf, ' ');
    }
}

void hmi_out_safe(hmi_out *out, hm_bytes bytes, size_t columns, size_t pad)
{
    hmi_buf safe;
    hmi_buf_init(&safe, 0);
    hmi_buf_add_safe(&safe, bytes);
    add_clipped(out, hmi_buf_text(&safe), columns, pad);
    hmi_buf_fini(&safe);
}

void hmi_out_text(hmi_out *out, hm_text text, size_t columns, size_t pad)
{
    hmi_out_safe(out, hmi_text_bytes(text), columns, pad);
}

void hmi_out_size(hmi_out *out, uint64_t bytes)
{
    static const char *const UNITS[] = { "B", "kB", "MB", "GB", "TB" };
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 1000 && unit + 1 < HMI_COUNT(UNITS)) {
        value /= 1000;
        unit++;
    }
    hmi_say(out, unit == 0 ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
}

void hmi_complain(const char *format, ...)
{
    char line[2048];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (len < 0) {
        return;
    }
    hmi_buf safe;
    hmi_buf_init(&safe, 0);
    hmi_buf_add_safe(&safe, hmi_bytes(line, strlen(line)));
    fprintf(stderr, "hallmark: %.*s\n", HMI_FMT(hmi_buf_text(&safe)));
    hmi_buf_fini(&safe);
}
