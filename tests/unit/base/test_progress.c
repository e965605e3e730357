/* SPDX-License-Identifier: Apache-2.0
 * test_progress.c - the line says the right thing, fits, and is never drawn into a pipe. */
#include "base/progress.h"

#include <unistd.h>

#include "base/text.h"
#include "check.h"

static hmi_buf buf;

static hm_text line(hmi_progress_view view)
{
    hmi_buf_clear(&buf);
    hmi_progress_line(&buf, &view);
    return hmi_buf_text(&buf);
}

static hm_text amount(double value, hmi_progress_unit unit)
{
    hmi_buf_clear(&buf);
    hmi_buf_add_amount(&buf, value, unit);
    return hmi_buf_text(&buf);
}

static hm_text duration(double seconds)
{
    hmi_buf_clear(&buf);
    hmi_buf_add_duration(&buf, seconds);
    return hmi_buf_text(&buf);
}

TEST(amounts_have_three_digits)
{
    CHECK_TEXT(amount(0, HMI_PROGRESS_BYTES), "0 B");
    CHECK_TEXT(amount(999, HMI_PROGRESS_BYTES), "999 B");
    CHECK_TEXT(amount(1000, HMI_PROGRESS_BYTES), "1.00 kB");
    CHECK_TEXT(amount(12345678, HMI_PROGRESS_BYTES), "12.3 MB");
    CHECK_TEXT(amount(999499, HMI_PROGRESS_BYTES), "999 kB");
    CHECK_TEXT(amount(999500, HMI_PROGRESS_BYTES), "1.00 MB");
    CHECK_TEXT(amount(99950, HMI_PROGRESS_COUNT), "100k");
    CHECK_TEXT(amount(9995, HMI_PROGRESS_COUNT), "10.0k");
    CHECK_TEXT(amount(42, HMI_PROGRESS_COUNT), "42");
    CHECK_TEXT(amount(1.8e19, HMI_PROGRESS_BYTES), "18.0 EB");
    CHECK_TEXT(amount(-1, HMI_PROGRESS_COUNT), "0");
}

TEST(durations)
{
    CHECK_TEXT(duration(0), "0:00");
    CHECK_TEXT(duration(7.2), "0:08");
    CHECK_TEXT(duration(754), "12:34");
    CHECK_TEXT(duration(3599.5), "1:00:00");
    CHECK_TEXT(duration(18367), "5:06:07");
    CHECK_TEXT(duration(1e9), "long");
    CHECK_TEXT(duration(0.0 / 0.0), "long");
}

TEST(the_rate_follows_and_forgets)
{
    double rate = hmi_progress_rate(0, 100, 1000000);
    CHECK(rate == 100);
    CHECK(hmi_progress_rate(rate, 0, 3000000) == 50);
    CHECK(hmi_progress_rate(rate, 100, 0) == 100);
    for (int i = 0; i < 100; i++) {
        rate = hmi_progress_rate(rate, 500, 1000000);
    }
    CHECK(rate > 499.9 && rate < 500.1);
}

static const hmi_progress_view HALF = { .what = "reading",
                                        .unit = HMI_PROGRESS_BYTES,
                                        .done = 1240000000,
                                        .total = 3020000000,
                                        .rate = 212e6,
                                        .columns = 100 };

TEST(a_whole_line)
{
    CHECK_TEXT(line(HALF),
               "reading  [########------------]   41 %  1.24 GB of 3.02 GB  212 MB/s  0:09 left");
    hmi_progress_view open = {
        .what = "reading", .unit = HMI_PROGRESS_COUNT, .done = 12, .columns = 80
    };
    CHECK_TEXT(line(open), "reading  12");
    hmi_progress_view over = HALF;
    over.done = 2 * over.total;
    CHECK_TEXT(line(over), "reading  [####################]  100 %  6.04 GB of 3.02 GB  212 MB/s");
}

TEST(colour_adds_no_width)
{
    hmi_progress_view color = HALF;
    color.color = true;
    CHECK_TEXT(line(color),
               "reading  [\x1b[32m########\x1b[0m------------]   41 %  1.24 GB of 3.02 "
               "GB  212 MB/s  0:09 left");
    color.done = color.total;
    CHECK_TEXT(line(color),
               "reading  [\x1b[32m####################\x1b[0m]  100 %  3.02 GB of 3.02 "
               "GB  212 MB/s");
}

TEST(fits_every_width)
{
    for (unsigned columns = 0; columns < 120; columns++) {
        for (int color = 0; color < 2; color++) {
            hmi_progress_view view = HALF;
            view.columns = columns;
            view.color = color == 1;
            hm_text text = line(view);
            size_t width = 0;
            for (size_t i = 0; i < text.len; i++) {
                if (text.ptr[i] == '\x1b') {
                    i = i + hmi_find_byte(hmi_bytes(text.ptr + i, text.len - i), 'm');
                } else {
                    width++;
                }
            }
            CHECK(width == 0 || width < columns);
        }
    }
    hmi_progress_view narrow = HALF;
    narrow.columns = 40;
    CHECK_TEXT(line(narrow), "reading   41 %  212 MB/s  0:09 left");
}

TEST(a_name_cannot_command_the_terminal)
{
    hmi_progress_view view = { .what = "a\x1b[2Jb\n", .columns = 80, .done = 1 };
    CHECK_TEXT(line(view), "a\\x1b[2Jb\\x0a  1 B");
}

TEST(nothing_goes_into_a_pipe)
{
    int ends[2];
    char byte;
    hmi_progress progress;
    CHECK(pipe(ends) == 0);
    hmi_progress_begin(&progress, ends[1], "reading", HMI_PROGRESS_BYTES, 10);
    progress.begun_us -= 10 * 1000000;
    progress.drawn_us = progress.begun_us;
    hmi_progress_set(&progress, 5);
    hmi_progress_end(&progress);
    close(ends[1]);
    CHECK_EQ(read(ends[0], &byte, 1), 0);
    close(ends[0]);
}

/* As if the pipe were a terminal and the work had lasted: then it draws, and wipes at the end. */
TEST(draws_late_and_wipes)
{
    int ends[2];
    char bytes[512];
    hmi_progress progress;
    CHECK(pipe(ends) == 0);
    hmi_progress_begin(&progress, ends[1], "reading", HMI_PROGRESS_BYTES, 10);
    progress.on = true;
    progress.begun_us += 3600 * INT64_C(1000000); /* not a second has passed */
    hmi_progress_set(&progress, 1);
    CHECK(!progress.drawn);
    progress.begun_us -= 2 * 3600 * INT64_C(1000000);
    progress.drawn_us = progress.begun_us;
    hmi_progress_set(&progress, 5);
    progress.drawn_us += 3600 * INT64_C(1000000);
    hmi_progress_set(&progress, 6); /* too soon */
    hmi_progress_end(&progress);
    close(ends[1]);
    ssize_t got = read(ends[0], bytes, sizeof(bytes));
    CHECK(got > 10 && bytes[0] == '\r' && memcmp(bytes + 1, "reading", 7) == 0);
    CHECK(memcmp(bytes + got - 4, "\r\x1b[K", 4) == 0);
    CHECK(hmi_find(hmi_bytes(bytes, (size_t)got), HM_BYTES("50 %")) != HMI_NPOS);
    CHECK(hmi_find(hmi_bytes(bytes, (size_t)got), HM_BYTES("60 %")) == HMI_NPOS);
    close(ends[0]);
}

RUN_TESTS()
