/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_time.c - a moment that was read lies in the calendar, and reads back as itself when written.
 */
#include "base/error.h"
#include "base/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(hmi_instant instant)
{
    hmi_buf buf;
    hmi_instant again;
    hmi_buf_init(&buf, 0);
    hmi_buf_add_time(&buf, instant.us);
    hmi_assert(hmi_time_parse_rfc3339(hmi_buf_text(&buf), &again));
    hmi_assert(again.us == instant.us && again.trust == HMI_TIME_EXACT);
    hmi_assert(instant.digits <= 9);
    hmi_assert(instant.zone_minutes > -24 * 60 && instant.zone_minutes < 24 * 60);
    hmi_buf_fini(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hm_text text = { (const char *)data, size };
    hmi_instant instant;
    size_t used;
    if (hmi_time_parse_rfc3339_prefix(text, &instant, &used)) {
        hmi_assert(used <= size);
        check(instant);
    }
    if (hmi_time_parse_rfc3339(text, &instant)) {
        check(instant);
    }
    if (hmi_time_parse_clf(text, &instant)) {
        check(instant);
    }
    int64_t context = 0;
    if (size >= 8) {
        memcpy(&context, data, 8);
        text = hmi_text_slice(text, 8, size);
    }
    if (hmi_time_parse_rfc3164(text, context, &instant, &used)) {
        hmi_assert(used <= text.len && instant.us <= context + INT64_C(86400000000));
        check(instant);
    }
    hmi_civil civil = hmi_us_to_civil(context);
    hmi_assert(civil.month >= 1 && civil.month <= 12 && civil.day >= 1 && civil.day <= 31);
    return 0;
}
