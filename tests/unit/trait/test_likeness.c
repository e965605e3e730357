/* SPDX-License-Identifier: Apache-2.0
 *
 * test_likeness.c - the digests are those of the tools (ssdeep 2.14.1, TLSH 3.4.4), and so is how
 * alike they say two files are.
 */
#include "check.h"
#include "trait/likeness.h"

enum { LEN = 20000 };

/* The same bytes on every machine, so that the tools' answers could be written down. */
static void fill(uint8_t *out)
{
    uint32_t x = 12345;
    for (size_t i = 0; i < LEN; i++) {
        x = x * 1103515245u + 12345u;
        out[i] = (uint8_t)(x >> 16);
    }
}

static const char SSDEEP_ONE[] =
    "384:i3Czmxamnbhed1HQ6NTX1Z9RkTZw/1Kq/pzzb8cEtoGw0RKN2xUTxkDVCqxPm9/"
    ":9ubhew6lXkT6/0q1vN0o0RKAxQCkEPm1";
static const char SSDEEP_TWO[] =
    "384:i3CzmxamnbYd1HQ6NTX1Z9RkTZw/1Kq/pzzb8cEtoGw0RKN2xUTxkDVCqxPm9/"
    ":9ubYw6lXkT6/0q1vN0o0RKAxQCkEPm9/";
static const char TLSH_ONE[] =
    "T14992D0B7F6A8A578CC3BE2AE5A8D344C138ED696154C77C417914F05397A23A4D3E0C6";
static const char TLSH_TWO[] =
    "T14992E0B7F5A8A1788C3BE2BE598D384C138ED556294C37C817514F05357623A4E3E0D6";

TEST(digests_are_those_of_the_tools)
{
    static uint8_t bytes[LEN];
    char ssdeep[HMI_SSDEEP_TEXT_MAX + 1], tlsh[HMI_TLSH_TEXT + 1];
    fill(bytes);
    CHECK(hmi_ssdeep_of(hmi_bytes(bytes, LEN), ssdeep));
    CHECK_CSTR(ssdeep, SSDEEP_ONE);
    CHECK(hmi_tlsh_of(hmi_bytes(bytes, LEN), tlsh));
    CHECK_CSTR(tlsh, TLSH_ONE);
    for (size_t i = 5000; i < 5100; i++) {
        bytes[i] ^= 0x55;
    }
    CHECK(hmi_ssdeep_of(hmi_bytes(bytes, LEN), ssdeep));
    CHECK_CSTR(ssdeep, SSDEEP_TWO);
    CHECK(hmi_tlsh_of(hmi_bytes(bytes, LEN), tlsh));
    CHECK_CSTR(tlsh, TLSH_TWO);
}

TEST(what_repeats_itself)
{
    char text[301] = "", ssdeep[HMI_SSDEEP_TEXT_MAX + 1], tlsh[HMI_TLSH_TEXT + 1];
    for (size_t i = 0; i < 60; i++) {
        memcpy(text + 5 * i, "hello", 5);
    }
    CHECK(hmi_ssdeep_of(hmi_bytes(text, 300), ssdeep));
    CHECK_CSTR(ssdeep, "6:Dppppppppppppppppppppppppppppppppppppppppppppppppppppppppppn:P");
    CHECK(!hmi_tlsh_of(hmi_bytes(text, 300), tlsh)); /* fills too few buckets */
    CHECK(!hmi_ssdeep_of(hmi_bytes(text, 0), ssdeep));
    CHECK(!hmi_tlsh_of(hmi_bytes(text, HMI_TLSH_MIN - 1), tlsh));
    CHECK(!hmi_ssdeep_of(hmi_bytes(text, (size_t)HMI_LIKENESS_BYTES_MAX + 1), ssdeep));
}

TEST(likeness_is_that_of_the_tools)
{
    hm_text one = hmi_text_of(SSDEEP_ONE), two = hmi_text_of(SSDEEP_TWO);
    CHECK_EQ(hmi_ssdeep_likeness(one, two), 99);
    CHECK_EQ(hmi_ssdeep_likeness(two, one), 99);
    CHECK_EQ(hmi_ssdeep_likeness(one, one), 100);
    CHECK_EQ(hmi_ssdeep_likeness(one, HM_TEXT("3:abc:def")), 0);
    CHECK_EQ(hmi_tlsh_distance(hmi_text_of(TLSH_ONE), hmi_text_of(TLSH_TWO)), 18);
    CHECK_EQ(hmi_tlsh_distance(hmi_text_of(TLSH_TWO), hmi_text_of(TLSH_ONE)), 18);
    CHECK_EQ(hmi_tlsh_distance(hmi_text_of(TLSH_ONE), hmi_text_of(TLSH_ONE)), 0);
}

TEST(what_is_no_digest)
{
    static const char *const WRONG[] = { "",     "3",     "3:a", "x:a:b", "3:a:b:c",
                                         ":a:b", "1:a:b", "T1",  "T1ZZ",  "99999999999:a:b" };
    for (size_t i = 0; i < HMI_COUNT(WRONG); i++) {
        CHECK_EQ(hmi_ssdeep_likeness(hmi_text_of(WRONG[i]), hmi_text_of(SSDEEP_ONE)), -1);
        CHECK_EQ(hmi_ssdeep_likeness(hmi_text_of(SSDEEP_ONE), hmi_text_of(WRONG[i])), -1);
        CHECK_EQ(hmi_tlsh_distance(hmi_text_of(WRONG[i]), hmi_text_of(TLSH_ONE)), -1);
    }
    /* longer parts than any digest has */
    char text[120];
    memset(text, 'A', sizeof(text));
    memcpy(text, "3:", 2);
    text[118] = ':';
    CHECK_EQ(hmi_ssdeep_likeness(hmi_text(text, sizeof(text)), hmi_text_of(SSDEEP_ONE)), -1);
}

TEST(every_cut_digest_is_none_or_compared)
{
    for (size_t len = 0; len < sizeof(SSDEEP_ONE); len++) {
        int likeness = hmi_ssdeep_likeness(hmi_text(SSDEEP_ONE, len), hmi_text_of(SSDEEP_TWO));
        CHECK(likeness >= -1 && likeness <= 100);
    }
    for (size_t len = 0; len < HMI_TLSH_TEXT; len++) {
        CHECK_EQ(hmi_tlsh_distance(hmi_text(TLSH_ONE, len), hmi_text_of(TLSH_TWO)), -1);
    }
}

RUN_TESTS()
