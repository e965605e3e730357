/* SPDX-License-Identifier: Apache-2.0
 * test_log.c - one event is one harmless line, and secrets are never in it. */
#include "base/log.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "check.h"

static hmi_buf line;
static unsigned lines;

static void keep(void *user, hmi_log_level level, hm_text text)
{
    CHECK(user == &line && level <= HMI_LOG_ERROR);
    lines++;
    hmi_buf_clear(&line);
    hmi_buf_add_text(&line, text);
}

static int64_t noon(void)
{
    return INT64_C(1416830400000000) + 120000;
}

static hmi_log to(hmi_log_form form)
{
    return (hmi_log){ .sink = keep, .user = &line, .now_us = noon, .form = form };
}

TEST(an_event_in_both_forms)
{
    hmi_log log = to(HMI_LOG_JSON);
    hmi_log_event(&log, HMI_LOG_INFO, "evidence added", hmi_log_cstr("name", "a b.bin"),
                  hmi_log_uint("bytes", 4711), hmi_log_int("delta", -1),
                  hmi_log_bool("known", false));
    CHECK_TEXT(hmi_buf_text(&line),
               "{\"time\":\"2014-11-24T12:00:00.120Z\",\"level\":\"info\",\"event\":\"evidence "
               "added\",\"name\":\"a b.bin\",\"bytes\":4711,\"delta\":-1,\"known\":false}");
    log.form = HMI_LOG_PLAIN;
    hmi_log_event(&log, HMI_LOG_INFO, "evidence added", hmi_log_cstr("name", "a \"b\".bin"),
                  hmi_log_cstr("kind", "pe"), hmi_log_uint("bytes", 4711),
                  hmi_log_bool("known", true), hmi_log_cstr("note", ""));
    CHECK_TEXT(hmi_buf_text(&line),
               "12:00:00 info  evidence added  name=\"a \\\"b\\\".bin\" kind=pe "
               "bytes=4711 known=yes note=\"\"");
    log.now_us = NULL;
    hmi_log_plain(&log, HMI_LOG_ERROR, "gone");
    CHECK_TEXT(hmi_buf_text(&line), "error gone");
}

TEST(quiet_levels_and_absent_listeners)
{
    hmi_log log = to(HMI_LOG_JSON);
    log.least = HMI_LOG_WARN;
    lines = 0;
    hmi_log_plain(&log, HMI_LOG_INFO, "dropped");
    hmi_log_plain(NULL, HMI_LOG_ERROR, "dropped");
    CHECK_EQ(lines, 0);
    hmi_log_plain(&log, HMI_LOG_WARN, "kept");
    CHECK_EQ(lines, 1);
    log.sink = NULL;
    hmi_log_plain(&log, HMI_LOG_ERROR, "dropped");
    CHECK_EQ(lines, 1);
}

TEST(secrets_are_withheld_by_name)
{
    static const char *const NAMES[] = { "password",      "db_passwd", "Token",   "set-cookie",
                                         "authorization", "api_key",   "secret2", "client_secret" };
    for (int form = 0; form < 2; form++) {
        hmi_log log = to(form ? HMI_LOG_PLAIN : HMI_LOG_JSON);
        for (size_t i = 0; i < HMI_COUNT(NAMES); i++) {
            hmi_log_event(&log, HMI_LOG_INFO, "login", hmi_log_cstr(NAMES[i], "hunter2"));
            CHECK(hmi_find(hmi_buf_bytes(&line), HM_BYTES("hunter2")) == HMI_NPOS);
            CHECK(hmi_find(hmi_buf_bytes(&line), HM_BYTES("[withheld]")) != HMI_NPOS);
            hmi_log_event(&log, HMI_LOG_INFO, "login", hmi_log_uint(NAMES[i], 987654321));
            CHECK(hmi_find(hmi_buf_bytes(&line), HM_BYTES("987654321")) == HMI_NPOS);
        }
    }
    CHECK(!hmi_log_is_secret("path"));
    CHECK(!hmi_log_is_secret("keys"));
    CHECK(!hmi_log_is_secret("pass"));
}

TEST(hostile_values_stay_one_line)
{
    hm_err err = { 0 };
    hmi_json *json;
    hmi_value root;
    hmi_log plain = to(HMI_LOG_PLAIN), machine = to(HMI_LOG_JSON);
    CHECK_OK(hmi_json_new(&json, &err));
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t value[4] = { 'a', (uint8_t)byte, '\n', 0x1b };
        hmi_log_event(&plain, HMI_LOG_INFO, "x", hmi_log_bytes("v", hmi_bytes(value, 4)));
        for (size_t i = 0; i < line.len; i++) {
            CHECK(line.ptr[i] >= 0x20 && line.ptr[i] != 0x7f);
        }
        hmi_log_event(&machine, HMI_LOG_INFO, "x", hmi_log_bytes("v", hmi_bytes(value, 4)));
        CHECK_OK(hmi_json_parse(json, hmi_buf_bytes(&line), 0, &root, &err));
        CHECK(hmi_find_byte(hmi_buf_bytes(&line), '\n') == HMI_NPOS);
    }
    hmi_json_free(json);
}

TEST(long_values_are_cut_between_characters)
{
    hm_err err = { 0 };
    hmi_json *json;
    hmi_value root;
    hmi_arena arena;
    hmi_buf value;
    hmi_log log = to(HMI_LOG_JSON);
    hmi_buf_init(&value, 0);
    hmi_arena_init(&arena, 1 << 20);
    CHECK_OK(hmi_json_new(&json, &err));
    hmi_buf_add_char(&value, 'a');
    while (value.len < 2 * HMI_LOG_VALUE_MAX) {
        hmi_buf_add_cstr(&value, "\xf0\x9f\x98\x80");
    }
    hmi_log_event(&log, HMI_LOG_INFO, "x", hmi_log_bytes("v", hmi_buf_bytes(&value)));
    CHECK_OK(hmi_json_parse(json, hmi_buf_bytes(&line), 0, &root, &err));
    hm_text text = hmi_json_text(hmi_json_get(root, "v"), &arena);
    CHECK(text.len <= HMI_LOG_VALUE_MAX + 3);
    CHECK(hmi_ends_with(hmi_text_bytes(text), HM_BYTES("\xf0\x9f\x98\x80...")));
    hmi_json_free(json);
    hmi_arena_fini(&arena);
    hmi_buf_fini(&value);
}

TEST(a_failure_says_code_reason_and_place)
{
    hm_err err = { 0 };
    hmi_log log = to(HMI_LOG_PLAIN);
    hmi_fail(&err, HM_E_LIMIT, 12, "too deep");
    hmi_log_failure(&log, HMI_LOG_WARN, "report skipped", &err);
    CHECK_TEXT(hmi_buf_text(&line),
               "12:00:00 warn  report skipped  code=limit reason=\"too deep\" offset=12");
    err.offset = HM_OFFSET_NONE;
    hmi_log_failure(&log, HMI_LOG_WARN, "report skipped", &err);
    CHECK_TEXT(hmi_buf_text(&line),
               "12:00:00 warn  report skipped  code=limit reason=\"too deep\"");
}

RUN_TESTS()
