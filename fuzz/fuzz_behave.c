/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_behave.c - any acts in any order are studied without a fault.
 *
 * Each act takes 16 bytes: kind and outcome, numbers of names, a step in time, sizes.
 */
#include "base/hash.h"
#include "behave/study.h"
#include "sink.h"

static hm_bytes plain(hmi_arena *scratch, const hmi_word *word)
{
    (void)scratch;
    return word->raw;
}

static hmi_word word_of(uint8_t number, hmi_class class_id)
{
    static const char *const texts[] = { "",           "45.9.9.9",  "10.0.0.1", "web.example.net",
                                         "\xff\xfe",   "a.b.c.d.e", "kim",      "GET /a > b",
                                         "2001:db8::1" };
    hm_text text = hmi_text_of(texts[number % HMI_COUNT(texts)]);
    hm_bytes raw = hmi_text_bytes(text);
    return (hmi_word){ raw, hmi_xxh3(raw, number / 32), 0, (uint8_t)class_id };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hmi_study *study = NULL;
    hm_err err;
    if (hmi_study_new(64, plain, &study, &err) < 0) {
        return 0;
    }
    int64_t us = 1700000000000000;
    for (size_t at = 0; at + 16 <= size; at += 16) {
        const uint8_t *d = data + at;
        int64_t step = (int64_t)(d[8] | d[9] << 8) << (d[10] % 40);
        us = (d[10] & 64) ? us - step : us + step;
        hmi_act act = { .us = (d[10] & 128) ? us % 10000000000000000 : us,
                        .offset = at,
                        .kind = (hmi_act_kind)(d[0] % 6),
                        .outcome = (hmi_act_outcome)(d[1] % 3),
                        .deed = (hmi_deed)(d[1] / 3 % HMI_DEED_SILENCE),
                        .status = (uint16_t)(d[2] * 4),
                        .port = (uint16_t)(d[2] << 8 | d[3]),
                        .repeat = d[3],
                        .missing = d[0] & 128,
                        .bytes_up = (uint64_t)d[11] << (d[12] % 56),
                        .bytes = d[12],
                        .duration_us = (uint64_t)d[13] << (d[14] % 56),
                        .host = word_of(d[4], HMI_DOMAIN),
                        .client = word_of(d[5], HMI_ADDRESS),
                        .server = word_of(d[6], HMI_ADDRESS),
                        .name = word_of(d[7], HMI_DOMAIN),
                        .user = word_of(d[14], HMI_ACCOUNT),
                        .alias = word_of(d[15], HMI_DOMAIN),
                        .agent = word_of(d[15], HMI_USER_AGENT),
                        .request = word_of(d[7], HMI_REQUEST_SHAPE) };
        hmi_study_act(study, &act);
    }
    fuzz_sink fuzz;
    hmi_reading reading = fuzz_begin(&fuzz);
    (void)hmi_study_end(study, &reading, &err);
    hmi_study_free(study);
    fuzz_end(&fuzz);
    return 0;
}
