/* SPDX-License-Identifier: Apache-2.0
 *
 * test_webserver_error.c - error logs of nginx and Apache.
 */
#include "records.h"

TEST(nginx)
{
    records *r = records_of(
        HM_BYTES(
            "2025/10/07 13:55:36 [error] 12#0: *7 open() \"/srv/x, client: 9.9.9.9, y\" failed "
            "(2: No such file), client: 192.0.2.1, server: example.net, request: \"GET /x?a=1 "
            "HTTP/1.1\", host: \"www.example.net\", referrer: \"http://ref.example.org/\"\n"
            "2025/10/07 13:55:37 [notice] 12#12: signal process started\n"),
        HMI_TIME_NONE);
    CHECK_EQ(r->count, 2);
    CHECK(records_won(r, "nginx-error"));
    const hmi_event *e = &r->events[0];
    CHECK_EQ(e->time.us, records_us("2025-10-07T13:55:36Z"));
    CHECK(e->time.trust & HMI_TIME_ZONE_ASSUMED);
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
    CHECK_EQ(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 1).len, 0);
    CHECK_TEXT(field_of(e, HMI_REQUEST_SHAPE, HMI_ROLE_QUERY, 0), "GET /x?a=1");
    CHECK_TEXT(field_of(e, HMI_DOMAIN, HMI_ROLE_SERVER, 0), "www.example.net");
    CHECK_TEXT(field_of(e, HMI_URL, HMI_ROLE_REFERRER, 0), "http://ref.example.org/");
    records_free(r);
}

TEST(apache)
{
    records *r = records_of(
        HM_BYTES(
            "[Tue Oct 07 13:55:36.123456 2025] [core:error] [pid 1:tid 2] [client "
            "192.0.2.1:4711] AH00128: File does not exist: /x, referer: http://r.example.org/\n"
            "[Tue Oct  7 13:55:37 2025] [error] [client 2001:db8::1] script not found\n"),
        HMI_TIME_NONE);
    CHECK_EQ(r->count, 2);
    CHECK(records_won(r, "apache-error"));
    CHECK_EQ(r->events[0].time.us, records_us("2025-10-07T13:55:36.123456Z"));
    CHECK_EQ(r->events[1].time.us, records_us("2025-10-07T13:55:37Z"));
    CHECK_TEXT(field_of(&r->events[0], HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
    CHECK_TEXT(field_of(&r->events[0], HMI_URL, HMI_ROLE_REFERRER, 0), "http://r.example.org/");
    CHECK_TEXT(field_of(&r->events[1], HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "2001:db8::1");
    records_free(r);
}

TEST(every_prefix_and_every_flipped_bit_gets_an_answer)
{
    records_sweep(HM_BYTES("2025/10/07 13:55:36 [error] 12#0: x, client: ::1, request: \"GET /x "
                           "HTTP/1.1\", host: \"h\"\n"
                           "[Tue Oct 07 13:55:36.123456 2025] [core:error] [client 192.0.2.1:4711] "
                           "x, referer: http://r/\n"));
}

RUN_TESTS()
