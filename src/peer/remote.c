/* SPDX-License-Identifier: Apache-2.0
 *
 * remote.c - a partner's server as lines of "word value".
 *
 * TRUST  Our own file, read strictly: a misspelt "ca" must not mean "trust anybody".
 * OWNS   Nothing: all is the arena's.
 */
#include "peer/remote.h"

#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

static const struct {
    const char *word;
    size_t offset;
} LINES[] = {
    { "url", offsetof(hmi_remote, url) },     { "collection", offsetof(hmi_remote, collection) },
    { "user", offsetof(hmi_remote, user) },   { "password", offsetof(hmi_remote, password) },
    { "token", offsetof(hmi_remote, token) }, { "certificate", offsetof(hmi_remote, certificate) },
    { "key", offsetof(hmi_remote, key) },     { "ca", offsetof(hmi_remote, ca) },
    { "pin", offsetof(hmi_remote, pin) },
};

bool hmi_remote_name_good(hm_text name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!hmi_ascii_alnum(c) && c != '-' && c != '_' && (c != '.' || i == 0)) {
            return false;
        }
    }
    return name.len > 0 && name.len <= HMI_REMOTE_NAME_MAX;
}

static const char **field(hmi_remote *remote, size_t line)
{
    return (const char **)(void *)((char *)remote + LINES[line].offset);
}

static int read_line(hm_text line, hmi_arena *arena, hmi_remote *remote, hm_err *err)
{
    size_t blank = hmi_find_byte(hmi_text_bytes(line), ' ');
    hm_text word = hmi_text_slice(line, 0, blank == HMI_NPOS ? line.len : blank);
    hm_text value = hmi_text_trim(hmi_text_slice(line, word.len, line.len));
    for (size_t i = 0; i < HMI_COUNT(LINES); i++) {
        if (!hmi_text_is(word, LINES[i].word)) {
            continue;
        }
        if (value.len == 0 || *field(remote, i) != NULL) {
            return hmi_fail(err, HM_E_MALFORMED, HM_OFFSET_NONE,
                            "\"%s\" of a partner's server has no value or stands twice",
                            LINES[i].word);
        }
        *field(remote, i) = hmi_arena_cstr(arena, value);
        return *field(remote, i) == NULL ? hmi_arena_fail(arena, err) : HM_OK;
    }
    return hmi_fail(err, HM_E_MALFORMED, HM_OFFSET_NONE,
                    "a partner's server has an unknown line; url, collection, user, password, "
                    "token, certificate, key, ca and pin are known");
}

int hmi_remote_read(hm_bytes text, hmi_arena *arena, hmi_remote *ret, hm_err *err)
{
    hmi_remote remote = { 0 };
    hm_bytes bytes;
    hm_text line;
    if (text.len > HMI_REMOTE_BYTES_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "a partner's file is too large");
    }
    while (hmi_next_line(&text, &bytes)) {
        if (!hmi_text_from(bytes, &line)) {
            return hmi_fail(err, HM_E_MALFORMED, HM_OFFSET_NONE, "a partner's file is no UTF-8");
        }
        line = hmi_text_trim(line);
        if (line.len > 0 && line.ptr[0] != '#') {
            HMI_TRY(read_line(line, arena, &remote, err));
        }
    }
    HMI_TRY(hmi_remote_check(&remote, err));
    *ret = remote;
    return HM_OK;
}

static bool is_loopback(const char *url)
{
    static const char *const HERE[] = { "http://127.0.0.1:", "http://127.0.0.1/",
                                        "http://[::1]:",     "http://[::1]/",
                                        "http://localhost:", "http://localhost/" };
    for (size_t i = 0; i < HMI_COUNT(HERE); i++) {
        if (strncmp(url, HERE[i], strlen(HERE[i])) == 0) {
            return true;
        }
    }
    return false;
}

int hmi_remote_check(const hmi_remote *r, hm_err *err)
{
    if (r->url == NULL || (strncmp(r->url, "https://", 8) != 0 && !is_loopback(r->url))) {
        return hmi_fail(err, HM_E_MALFORMED, HM_OFFSET_NONE,
                        "a partner's url begins with https:// (http:// only on this machine)");
    }
    if (strchr(r->url, '?') != NULL || strchr(r->url, '#') != NULL || strchr(r->url, '@') != NULL) {
        return hmi_fail(err, HM_E_MALFORMED, HM_OFFSET_NONE,
                        "a partner's url has no query, no fragment and no user in it");
    }
    if ((r->user == NULL) != (r->password == NULL) ||
        (r->certificate == NULL) != (r->key == NULL) || (r->user != NULL && r->token != NULL)) {
        return hmi_fail(
            err, HM_E_MALFORMED, HM_OFFSET_NONE,
            "user and password belong together, certificate and key too; a token stands "
            "instead of a user");
    }
    return HM_OK;
}

void hmi_remote_write(const hmi_remote *remote, hmi_buf *out)
{
    hmi_remote copy = *remote;
    for (size_t i = 0; i < HMI_COUNT(LINES); i++) {
        if (*field(&copy, i) != NULL) {
            hmi_buf_printf(out, "%s %s\n", LINES[i].word, *field(&copy, i));
        }
    }
}
