/* SPDX-License-Identifier: Apache-2.0
 *
 * input.c - files that a command reads itself.
 *
 * TRUST  Any file: memory is bounded by the caller's maximum.
 */
#include "cli/input.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/file.h"

enum { STEP = 1 << 18 };

static int open_path(const char *path, hm_err *err)
{
    int fd =
        strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    return fd >= 0 ? fd : hmi_cannot_read(path, err);
}

/* Reads up to STEP bytes behind the buffer's end; *ret_got 0 at the end of the file. */
static int read_step(int fd, hmi_buf *buf, size_t *ret_got, hm_err *err)
{
    size_t len = buf->len;
    uint8_t *at = hmi_buf_extend(buf, STEP);
    if (at == NULL) {
        return hmi_buf_check(buf, err);
    }
    ssize_t got;
    do {
        got = read(fd, at, STEP);
    } while (got < 0 && errno == EINTR);
    buf->len = len + (got > 0 ? (size_t)got : 0);
    *ret_got = got > 0 ? (size_t)got : 0;
    return got < 0 ? hmi_fail_errno(err, "cannot read") : HM_OK;
}

int hmi_input_read(const char *path, size_t max, hmi_buf *buf, hm_err *err)
{
    int fd = open_path(path, err), code = HM_OK;
    size_t got = 1;
    if (fd < 0) {
        return fd;
    }
    while (code == HM_OK && got > 0) {
        code = buf->len > max
                   ? hmi_fail(err, HM_E_LIMIT, max, "\"%.150s\" has more than %zu bytes", path, max)
                   : read_step(fd, buf, &got, err);
    }
    close(fd);
    return code;
}

int hmi_input_open(hmi_input *input, const char *path, size_t document_max, hm_err *err)
{
    *input = (hmi_input){ .fd = open_path(path, err), .max = document_max };
    hmi_buf_init(&input->buf, 2 * document_max + 2 * STEP);
    return input->fd >= 0 ? HM_OK : input->fd;
}

void hmi_input_close(hmi_input *input)
{
    if (input->fd >= 0) {
        close(input->fd);
    }
    hmi_buf_fini(&input->buf);
}

/* Forgets what was handed out, and reads on. */
static int refill(hmi_input *input, size_t keep_from, hm_err *err)
{
    hmi_buf *buf = &input->buf;
    size_t got = 0;
    if (keep_from > 0) {
        memmove(buf->ptr, buf->ptr + keep_from, buf->len - keep_from);
        buf->len -= keep_from;
        input->pos -= keep_from;
    }
    int code = read_step(input->fd, buf, &got, err);
    input->ended = got == 0;
    return code;
}

/* The end of the line that begins at or goes on behind `from`, reading on as needed. `*start` moves
 * with the bytes. */
static int find_end(hmi_input *input, size_t *start, size_t from, size_t *ret_end, hm_err *err)
{
    for (;;) {
        hm_bytes rest = hmi_slice(hmi_buf_bytes(&input->buf), from, SIZE_MAX);
        size_t end = hmi_find_byte(rest, '\n');
        if (end != HMI_NPOS || input->ended || input->buf.len - *start > input->max) {
            *ret_end = end != HMI_NPOS ? from + end + 1 : input->buf.len;
            return HM_OK;
        }
        from = input->buf.len - *start;
        input->pos = *start;
        int code = refill(input, *start, err);
        *start = 0; /* moved there, whether more came or not */
        HMI_TRY(code);
    }
}

bool hmi_input_line(hmi_input *input, hm_bytes *ret_line, int *ret_code, hm_err *err)
{
    size_t start = input->pos, end = 0;
    *ret_code = find_end(input, &start, start, &end, err);
    if (*ret_code != HM_OK || end == start) {
        return false;
    }
    *ret_line = hmi_slice(hmi_buf_bytes(&input->buf), start, end - start);
    input->pos = end;
    return true;
}

bool hmi_input_more(hmi_input *input, hm_bytes *line, int *ret_code, hm_err *err)
{
    size_t start = input->pos - line->len, end = 0, len = line->len;
    if (len >= input->max) {
        return false;
    }
    *ret_code = find_end(input, &start, start + len, &end, err);
    bool more = *ret_code == HM_OK && end > start + len;
    input->pos = more ? end : start + len;
    *line =
        hmi_slice(hmi_buf_bytes(&input->buf), start, input->pos - start); /* it may have moved */
    return more;
}
