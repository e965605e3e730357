/* SPDX-License-Identifier: Apache-2.0
 *
 * checkpoint.c - how far each source was read, in a file that is always whole.
 *
 * FORM   One JSON document, written beside its place, synced, renamed.
 * TRUST  Our own file, but anybody may have edited it: a document that cannot be read is an error,
 *        never a fresh start, which would repeat every hit there ever was.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "watch/watch.h"

enum { HMI_CHECKPOINT_MAX = 64 << 20 };

static int read_file(const char *path, hmi_buf *out, hm_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return hmi_fail_errno(err, "the checkpoint cannot be opened");
    }
    ssize_t got = 1;
    while (got > 0 && out->bad == 0) {
        uint8_t *at = hmi_buf_extend(out, 65536);
        got = at == NULL ? 0 : read(fd, at, 65536);
        out->len -= at == NULL ? 0 : 65536 - (size_t)(got > 0 ? got : 0);
    }
    int code =
        got < 0 ? hmi_fail_errno(err, "the checkpoint cannot be read") : hmi_buf_check(out, err);
    close(fd);
    return code;
}

static bool read_uint(hmi_value object, const char *key, uint64_t *ret)
{
    int64_t value = 0;
    if (!hmi_json_int(hmi_json_get(object, key), &value)) {
        return false;
    }
    *ret = (uint64_t)value;
    return true;
}

static bool read_position(hmi_value v, hmi_arena *arena, hmi_position *ret)
{
    hm_text path = hmi_json_text(hmi_json_get(v, "path"), arena);
    uint64_t head_len = 0;
    *ret = (hmi_position){ 0 };
    if (path.len == 0 || path.len >= sizeof(ret->path) || !read_uint(v, "device", &ret->device) ||
        !read_uint(v, "inode", &ret->inode) || !read_uint(v, "offset", &ret->offset) ||
        !read_uint(v, "lines", &ret->lines) || !read_uint(v, "head", &ret->head) ||
        !read_uint(v, "head_len", &head_len) || head_len > HMI_WATCH_HEAD) {
        return false;
    }
    memcpy(ret->path, path.ptr, path.len);
    ret->head_len = (uint32_t)head_len;
    return true;
}

static int read_positions(hmi_value root, hmi_arena *arena, hmi_position **ret, size_t *ret_count,
                          hm_err *err)
{
    hmi_value sources = hmi_json_get(root, "sources");
    size_t count = hmi_json_count(sources);
    hmi_position *positions = calloc(count + 1, sizeof(*positions));
    if (positions == NULL || count > HMI_WATCH_POSITIONS_MAX) {
        free(positions);
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "the checkpoint names too many sources");
    }
    size_t n = 0;
    for (hmi_value v = hmi_json_first(sources); hmi_json_is(v); v = hmi_json_next(v)) {
        if (!read_position(v, arena, &positions[n++])) {
            free(positions);
            return hmi_fail(err, HM_E_CORRUPT, hmi_json_offset(v),
                            "the checkpoint is damaged: remove it to start over");
        }
    }
    *ret = positions;
    *ret_count = n;
    return HM_OK;
}

int hmi_checkpoint_read(const char *path, hmi_position **ret, size_t *ret_count, hm_err *err)
{
    if (access(path, F_OK) != 0) {
        *ret = NULL;
        *ret_count = 0;
        return HM_OK;
    }
    hmi_buf text;
    hmi_arena arena;
    hmi_json *json = NULL;
    hmi_value root;
    hmi_buf_init(&text, HMI_CHECKPOINT_MAX);
    hmi_arena_init(&arena, HMI_CHECKPOINT_MAX);
    int code = read_file(path, &text, err);
    if (code == HM_OK) {
        code = hmi_json_new(&json, err);
    }
    if (code == HM_OK && hmi_json_parse(json, hmi_buf_bytes(&text), 0, &root, err) != HM_OK) {
        code = hmi_fail(err, HM_E_CORRUPT, err != NULL ? err->offset : HM_OFFSET_NONE,
                        "the checkpoint is damaged: remove it to start over");
    }
    if (code == HM_OK) {
        code = read_positions(root, &arena, ret, ret_count, err);
    }
    hmi_json_free(json);
    hmi_arena_fini(&arena);
    hmi_buf_fini(&text);
    return code;
}

static void write_position(hmi_json_writer *w, const hmi_position *p)
{
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT("path"));
    hmi_json_put_lossy(w, hmi_bytes(p->path, strlen(p->path)));
    const struct {
        const char *key;
        uint64_t value;
    } numbers[] = { { "device", p->device }, { "inode", p->inode }, { "offset", p->offset },
                    { "lines", p->lines },   { "head", p->head },   { "head_len", p->head_len } };
    for (size_t i = 0; i < HMI_COUNT(numbers); i++) {
        hmi_json_put_key(w, hmi_text_of(numbers[i].key));
        hmi_json_put_int(w, (int64_t)numbers[i].value);
    }
    hmi_json_close_object(w);
}

static int write_whole(int fd, hm_bytes text)
{
    while (text.len > 0) {
        ssize_t wrote = write(fd, text.ptr, text.len);
        if (wrote <= 0) {
            return -1;
        }
        text = hmi_slice(text, (size_t)wrote, text.len);
    }
    return fsync(fd);
}

int hmi_checkpoint_write(const char *path, const hmi_position *positions, size_t count, hm_err *err)
{
    char beside[HMI_WATCH_PATH_MAX];
    hmi_buf text;
    hmi_json_writer w;
    hmi_buf_init(&text, HMI_CHECKPOINT_MAX);
    hmi_json_begin(&w, &text, false);
    hmi_json_open_object(&w);
    hmi_json_put_key(&w, HM_TEXT("sources"));
    hmi_json_open_array(&w);
    for (size_t i = 0; i < count; i++) {
        write_position(&w, &positions[i]);
    }
    hmi_json_close_array(&w);
    hmi_json_close_object(&w);
    int code = hmi_buf_check(&text, err);
    int fd = -1;
    if (code == HM_OK &&
        (size_t)snprintf(beside, sizeof(beside), "%s.XXXXXX", path) >= sizeof(beside)) {
        code = hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "the checkpoint's path is too long");
    }
    if (code == HM_OK) {
        fd = mkstemp(beside);
        if (fd < 0 || write_whole(fd, hmi_buf_bytes(&text)) != 0 || rename(beside, path) != 0) {
            code = hmi_fail_errno(err, "the checkpoint cannot be written");
            (void)unlink(beside);
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    hmi_buf_fini(&text);
    return code;
}
