/* SPDX-License-Identifier: Apache-2.0
 *
 * release_driver.c - lets another program ask the release rules: one case a line in, one answer a
 * line out. {"policy": text, "partner": name, "purpose": word, "objects": [...]} gives
 * {"answers": [[answer, rule, [gone ...]] ...], "bundle": text}.
 */
#include <stdio.h>
#include <stdlib.h>

#include "share/release.h"

#include "base/json.h"

static int answer(hmi_json *json, hm_bytes line, hmi_arena *arena, hmi_buf *out, hm_err *err)
{
    hmi_value root;
    hmi_policy policy;
    hmi_purpose purpose = HMI_PURPOSE_DETECT;
    int code = hmi_json_parse(json, line, 0, &root, err);
    if (code < 0) {
        return code;
    }
    hm_text text = hmi_json_text(hmi_json_get(root, "policy"), arena);
    code = hmi_policy_read(hmi_text_bytes(text), arena, &policy, err);
    if (code < 0) {
        return code;
    }
    const hmi_partner *partner =
        hmi_policy_partner(&policy, hmi_json_text(hmi_json_get(root, "partner"), arena));
    if (partner == NULL ||
        !hmi_purpose_find(hmi_json_text(hmi_json_get(root, "purpose"), arena), &purpose)) {
        return HM_E_NOT_FOUND;
    }
    hmi_value list = hmi_json_get(root, "objects");
    size_t count = hmi_json_count(list), i = 0;
    hmi_release_object *objects = hmi_new_array(arena, hmi_release_object, count);
    for (hmi_value v = hmi_json_first(list); hmi_json_is(v); v = hmi_json_next(v)) {
        objects[i++].raw = hmi_json_raw(v);
    }
    code = hmi_release(&policy, partner, purpose, objects, count, arena, err);
    hmi_buf bundle;
    hmi_buf_init(&bundle, 0);
    code = code == HM_OK ? hmi_release_bundle(objects, count, arena, &bundle, err) : code;
    hmi_json_writer w;
    hmi_json_begin(&w, out, false);
    hmi_json_open_object(&w);
    hmi_json_put_key(&w, HM_TEXT("answers"));
    hmi_json_open_array(&w);
    for (i = 0; code == HM_OK && i < count; i++) {
        hmi_json_open_array(&w);
        hmi_json_put_text(&w, hmi_text_of(hmi_answer_name(objects[i].answer)));
        hmi_json_put_text(&w, hmi_text_of(hmi_rule_name(objects[i].rule)));
        hmi_json_open_array(&w);
        for (size_t k = 0; objects[i].answer == HMI_REDACT && k < objects[i].gone_count; k++) {
            hmi_json_put_text(&w, objects[i].gone[k].property);
        }
        hmi_json_close_array(&w);
        hmi_json_close_array(&w);
    }
    hmi_json_close_array(&w);
    hmi_json_member_text(&w, "bundle", hmi_buf_text(&bundle));
    hmi_json_close_object(&w);
    hmi_buf_fini(&bundle);
    return code;
}

int main(void)
{
    hmi_json *json;
    hm_err err = { 0 };
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    if (hmi_json_new(&json, &err) != HM_OK) {
        return 1;
    }
    while ((len = getline(&line, &room, stdin)) > 0) {
        hmi_arena arena;
        hmi_buf out;
        hmi_arena_init(&arena, 64 << 20);
        hmi_buf_init(&out, 0);
        if (answer(json, hmi_bytes(line, (size_t)len), &arena, &out, &err) != HM_OK) {
            fprintf(stderr, "%s\n", err.text);
            return 1;
        }
        hmi_buf_add_char(&out, '\n');
        fwrite(out.ptr, 1, out.len, stdout);
        fflush(stdout);
        hmi_buf_fini(&out);
        hmi_arena_fini(&arena);
    }
    free(line);
    hmi_json_free(json);
    return 0;
}
