/* SPDX-License-Identifier: Apache-2.0
 *
 * test_dated.c - lines that begin with a time and say the rest in words.
 */
#include "records.h"

TEST(a_time_and_words)
{
    static const char *const lines[] = {
        "2025-10-07 13:55:36 fetched http://evil.example.net/x\n",
        "[2025-10-07T13:55:36Z] fetched http://evil.example.net/x\n",
        "2025-10-07 13:55:36.000,fetched http://evil.example.net/x\n",
    };
    for (size_t i = 0; i < HMI_COUNT(lines); i++) {
        records *r = records_of(hmi_text_bytes(hmi_text_of(lines[i])), HMI_TIME_NONE);
        CHECK_EQ(r->count, 1);
        CHECK(records_won(r, "dated"));
        CHECK_EQ(r->events[0].time.us, records_us("2025-10-07T13:55:36Z"));
        CHECK_EQ(r->events[0].field_count, 1);
        records_free(r);
    }
}

TEST(it_never_claims_a_file)
{
    const hmi_reader *log = hmi_reader_find(HM_TEXT("log"));
    int score = log->detect(HM_BYTES("2025-10-07 13:55:36 status installed x 1.0\n"), HM_BYTES(""));
    CHECK(score > 0 && score < HMI_DETECT_CLAIM);
}

TEST(more_telling_formats_come_first)
{
    records *r =
        records_of(HM_BYTES("2025-10-07T13:55:36Z h.example.net sshd[1]: x\n"), HMI_TIME_NONE);
    CHECK(records_won(r, "syslog"));
    records_free(r);
}

TEST(every_prefix_and_every_flipped_bit_gets_an_answer)
{
    records_sweep(HM_BYTES("[2025-10-07 13:55:36.5+02:00] x 192.0.2.1\n"));
}

RUN_TESTS()
