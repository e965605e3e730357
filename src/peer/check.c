/* SPDX-License-Identifier: Apache-2.0
 *
 * check.c - runs the requirements one after the other and keeps the score.
 *
 * WHY    Two reference servers fail between 15 and 25 of such requirements; their users find out
 * one client at a time. FORM   A requirement is a row with a function (check_read.c,
 *        check_write.c); it asks what it needs and says why it fails. Later ones use what earlier
 *        ones found out.
 * TRUST  The server's answers. OWNS   The parser.
 */
#include "peer/check.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "base/time.h"
#include "peer/check_inside.h"

enum { PATH_LEN = 2048, ROWS_MAX = 128 };

void hmi_check_fail(hmi_check *k, const char *format, ...)
{
    va_list args;
    if (k->row->verdict == HMI_CHECK_FAIL) {
        return; /* the first reason is the one to tell */
    }
    k->row->verdict = HMI_CHECK_FAIL;
    va_start(args, format);
    vsnprintf(k->row->detail, sizeof(k->row->detail), format, args);
    va_end(args);
}

void hmi_check_skip(hmi_check *k, const char *why)
{
    if (k->row->verdict == HMI_CHECK_PASS) {
        k->row->verdict = HMI_CHECK_SKIP;
        snprintf(k->row->detail, sizeof(k->row->detail), "%s", why);
    }
}

bool hmi_check_ask(hmi_check *k, const hmi_client_request *request)
{
    hm_err why = { 0 };
    k->root = (hmi_value){ NULL, 0 };
    if (hmi_client_ask(k->client, request, &k->answer, &why) != HM_OK) {
        hmi_check_fail(k, "no answer: %.150s", why.text);
        k->unreachable = true;
        return false;
    }
    hmi_value root;
    if (hmi_json_parse(k->json, hmi_buf_bytes(&k->answer->body), 0, &root, &why) == HM_OK) {
        k->root = root;
    }
    return true;
}

bool hmi_check_get(hmi_check *k, const char *path)
{
    hmi_client_request request = { .method = "GET", .path = path };
    return hmi_check_ask(k, &request);
}

static const char *collection_path(hmi_check *k, const char *extra)
{
    hmi_buf path;
    hmi_buf_init(&path, PATH_LEN * 4);
    hmi_buf_add_cstr(&path, "collections/");
    hmi_client_escape(&path, k->collection);
    hmi_buf_printf(&path, "/%s", extra);
    char *kept = path.bad == 0 ? hmi_arena_cstr(k->arena, hmi_buf_text(&path)) : NULL;
    hmi_buf_fini(&path);
    return kept != NULL ? kept : "collections/";
}

bool hmi_check_collection(hmi_check *k, const char *extra)
{
    if (k->collection.len == 0) {
        hmi_check_skip(k, "no collection can be read");
        return false;
    }
    return hmi_check_get(k, collection_path(k, extra));
}

bool hmi_check_post(hmi_check *k, const char *type, hm_text body)
{
    hmi_client_request request = { .method = "POST",
                                   .path = collection_path(k, "objects/"),
                                   .type = type,
                                   .body = hmi_text_bytes(body),
                                   .has_body = true };
    return hmi_check_ask(k, &request);
}

bool hmi_check_status(hmi_check *k, int wanted)
{
    if (k->answer->status != wanted) {
        hmi_check_fail(k, "answered %d, expected %d", k->answer->status, wanted);
    }
    return k->answer->status == wanted;
}

bool hmi_check_refused(hmi_check *k)
{
    bool good = k->answer->status >= 400 && k->answer->status < 500;
    if (!good) {
        hmi_check_fail(k, "answered %d, expected a 4xx", k->answer->status);
    }
    return good;
}

hm_text hmi_check_keep(hmi_check *k, hm_text text)
{
    hm_text kept = hmi_arena_text(k->arena, text);
    return kept.ptr != NULL ? kept : HM_TEXT("");
}

hm_text hmi_check_text(hmi_check *k, hmi_value object, const char *key)
{
    hm_text text = hmi_json_text(hmi_json_get(object, key), k->arena);
    return text.ptr != NULL ? text : HM_TEXT("");
}

bool hmi_check_is_date(hm_text text)
{
    hmi_instant at;
    return text.len == 27 && text.ptr[19] == '.' && text.ptr[26] == 'Z' && text.ptr[10] == 'T' &&
           hmi_time_parse_rfc3339(text, &at);
}

static void run_entry(hmi_check *k, const hmi_check_entry *e, hmi_check_row *row)
{
    *row = (hmi_check_row){ .name = e->name, .section = e->section, .requirement = e->requirement };
    k->row = row;
    k->unreachable = false;
    e->run(k);
}

int hmi_check_server(hmi_client *client, const hmi_remote *remote, const hmi_check_options *options,
                     hmi_arena *arena, hmi_check_row **ret, size_t *ret_count, hm_err *err)
{
    hmi_check k = { .client = client,
                    .remote = remote,
                    .options = options,
                    .arena = arena,
                    .total = SIZE_MAX,
                    .err = err };
    hmi_check_row *rows = hmi_new_array(arena, hmi_check_row, ROWS_MAX);
    if (rows == NULL) {
        return hmi_arena_fail(arena, err);
    }
    const hmi_client_answer *first;
    HMI_TRY(hmi_client_get(client, "/taxii2/", &first, err)); /* is anybody there? */
    HMI_TRY(hmi_json_new(&k.json, err));
    size_t count = 0;
    hmi_check_row added = { 0 }, found;
    if (options->write) { /* so that there is something to read */
        const hmi_check_entry *e = hmi_check_reading;
        while (strcmp(e->name, "collections") != 0) {
            e++;
        }
        run_entry(&k, e, &found);
        run_entry(&k, &hmi_check_writing[0], &added);
    }
    for (const hmi_check_entry *e = hmi_check_reading; e->name != NULL; e++) {
        hmi_assert(count < ROWS_MAX);
        run_entry(&k, e, &rows[count++]);
    }
    for (const hmi_check_entry *e = hmi_check_writing; e->name != NULL; e++) {
        hmi_assert(count < ROWS_MAX);
        if (e == hmi_check_writing && options->write) {
            rows[count++] = added;
        } else {
            run_entry(&k, e, &rows[count++]);
        }
    }
    hmi_json_free(k.json);
    *ret = rows;
    *ret_count = count;
    return HM_OK;
}
