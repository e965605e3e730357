/* SPDX-License-Identifier: Apache-2.0
 *
 * log.h - what happened, one line at a time, for machines or for people.
 *
 *     hmi_log_event(log, HMI_LOG_INFO, "evidence added",
 *                   hmi_log_text("name", name), hmi_log_uint("bytes", len));
 *
 *     {"time":"2014-11-24T08:00:00.120Z","level":"info","event":"evidence added","name":"a.bin",
 *      "bytes":4711}                                                       (HMI_LOG_JSON, one line)
 *     08:00:00 info  evidence added  name=a.bin bytes=4711                 (HMI_LOG_PLAIN)
 *
 * The library never prints: a finished line goes to the sink, which is the tool's. `event` is a
 * fixed sentence of ours, so that lines can be counted by it; everything that varies is a field.
 *
 * Secrets: a field whose name says it holds one (password, token, cookie ...) is written as
 * "[withheld]" whatever its value; see hmi_log_is_secret(). Text of any origin may be a value: it
 * is repaired, made harmless and cut to HMI_LOG_VALUE_MAX bytes.
 *
 * Threads: an hmi_log is read-only after it was filled; the sink may be called by several at once.
 */
#ifndef HMI_BASE_LOG_H
#define HMI_BASE_LOG_H

#include "base/bytes.h"

enum { HMI_LOG_VALUE_MAX = 1024, HMI_LOG_FIELDS_MAX = 24 };

typedef enum hmi_log_level {
    HMI_LOG_DEBUG,
    HMI_LOG_INFO,
    HMI_LOG_WARN,
    HMI_LOG_ERROR
} hmi_log_level;

typedef enum hmi_log_form { HMI_LOG_JSON, HMI_LOG_PLAIN } hmi_log_form;

typedef struct hmi_log {
    /* `line` has no line end and lives only during the call. NULL = nobody listens. */
    void (*sink)(void *user, hmi_log_level level, hm_text line);
    void *user;
    int64_t (*now_us)(void); /* hmi_now_us, or NULL for lines without a time */
    hmi_log_level least;     /* levels below are dropped */
    hmi_log_form form;
} hmi_log;

typedef struct hmi_log_field {
    const char *name;
    enum { HMI_LOG_TEXT_FIELD, HMI_LOG_INT_FIELD, HMI_LOG_UINT_FIELD, HMI_LOG_BOOL_FIELD } kind;
    hm_bytes text;
    int64_t number;
    uint64_t count;
} hmi_log_field;

static inline hmi_log_field hmi_log_bytes(const char *name, hm_bytes value)
{
    return (hmi_log_field){ .name = name, .kind = HMI_LOG_TEXT_FIELD, .text = value };
}

static inline hmi_log_field hmi_log_text(const char *name, hm_text value)
{
    return hmi_log_bytes(name, hmi_text_bytes(value));
}

static inline hmi_log_field hmi_log_cstr(const char *name, const char *value)
{
    return hmi_log_text(name, hmi_text_of(value));
}

static inline hmi_log_field hmi_log_int(const char *name, int64_t value)
{
    return (hmi_log_field){ .name = name, .kind = HMI_LOG_INT_FIELD, .number = value };
}

static inline hmi_log_field hmi_log_uint(const char *name, uint64_t value)
{
    return (hmi_log_field){ .name = name, .kind = HMI_LOG_UINT_FIELD, .count = value };
}

static inline hmi_log_field hmi_log_bool(const char *name, bool value)
{
    return (hmi_log_field){ .name = name, .kind = HMI_LOG_BOOL_FIELD, .count = value };
}

/* NULL logs are fine: nothing happens. Fields beyond HMI_LOG_FIELDS_MAX are our mistake. */
void hmi_log_write(const hmi_log *log, hmi_log_level level, const char *event,
                   const hmi_log_field *fields, size_t count);
#define hmi_log_event(log, level, event, ...)                                      \
    hmi_log_write((log), (level), (event), (const hmi_log_field[]){ __VA_ARGS__ }, \
                  sizeof((const hmi_log_field[]){ __VA_ARGS__ }) / sizeof(hmi_log_field))
/* An event without fields. */
#define hmi_log_plain(log, level, event) hmi_log_write((log), (level), (event), NULL, 0)
/* A failure, with its sentence, code and place. */
void hmi_log_failure(const hmi_log *log, hmi_log_level level, const char *event, const hm_err *err);

/* Does a field of this name hold something that must never be written down? */
bool hmi_log_is_secret(const char *name);
const char *hmi_log_level_name(hmi_log_level level);

#endif
