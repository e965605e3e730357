/* SPDX-License-Identifier: Apache-2.0
 *
 * test_squid.c - the proxy's own log: padded fields, CONNECT, no user, no peer.
 */
#include "records.h"

#define GET_LINE                                                                               \
    "1591367999.305    117 192.0.2.1 TCP_MISS/200 4343 GET http://evil.example.net/a%20b bob " \
    "HIER_DIRECT/198.51.100.7 text/html\n"

TEST(a_page)
{
    records *r = records_of(HM_BYTES(GET_LINE), HMI_TIME_NONE);
    CHECK_EQ(r->count, 1);
    CHECK(records_won(r, "squid"));
    const hmi_event *e = &r->events[0];
    CHECK_EQ(e->time.us, INT64_C(1591367999305000));
    CHECK_EQ(e->status, 200);
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
    CHECK_TEXT(field_of(e, HMI_URL, HMI_ROLE_QUERY, 0), "http://evil.example.net/a%20b");
    CHECK_TEXT(field_of(e, HMI_ACCOUNT, HMI_ROLE_USER, 0), "bob");
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_SERVER, 0), "198.51.100.7");
    records_free(r);
}

TEST(a_tunnel)
{
    records *r = records_of(HM_BYTES("1591367999.305  5 ::1 TCP_DENIED/403 0 CONNECT "
                                     "evil.example.net:443 - HIER_NONE/- -\n"),
                            HMI_TIME_NONE);
    CHECK_EQ(r->count, 1);
    const hmi_event *e = &r->events[0];
    CHECK_EQ(e->field_count, 2);
    CHECK_TEXT(field_of(e, HMI_DOMAIN, HMI_ROLE_QUERY, 0), "evil.example.net");
    records_free(r);
}

TEST(numbers_are_not_enough)
{
    records *r = records_of(HM_BYTES("1591367999.305 1 2 3 4 5 6 7 8 9\n"), HMI_TIME_NONE);
    CHECK_EQ(r->count, 0);
    records_free(r);
}

TEST(every_prefix_and_every_flipped_bit_gets_an_answer)
{
    records_sweep(HM_BYTES(GET_LINE));
}

RUN_TESTS()
