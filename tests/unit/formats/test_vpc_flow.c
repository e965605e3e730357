/* SPDX-License-Identifier: Apache-2.0
 *
 * test_vpc_flow.c - flow logs of AWS: with and without header, other columns, empty records.
 */
#include "records.h"

#define V2 "2 123456789010 eni-1235 "
#define OK_LINE V2 "192.0.2.1 198.51.100.7 40000 443 6 20 4249 1418530010 1418530070 ACCEPT OK\n"

static records *read_text(const char *text)
{
    records *r = records_of(hmi_text_bytes(hmi_text_of(text)), HMI_TIME_NONE);
    CHECK_EQ(r->code, HM_OK);
    return r;
}

TEST(both_directions_of_version_2)
{
    records *r = read_text(
        OK_LINE V2 "198.51.100.7 192.0.2.1 443 40000 6 20 99 1418530010 1418530070 REJECT OK\n" V2
                   "- - - - - - - 1431280876 1431280934 - NODATA\n");
    CHECK_EQ(r->count, 2);
    CHECK_EQ(r->sums.quiet, 1);
    const hmi_event *e = &r->events[0];
    CHECK_EQ(e->kind, HMI_EVENT_FLOW);
    CHECK_EQ(e->time.us, INT64_C(1418530010000000));
    CHECK_EQ(e->duration_us, 60000000);
    CHECK_EQ(e->bytes_up, 4249);
    CHECK_EQ(e->server_port, 443);
    CHECK_EQ(e->outcome, HMI_OUTCOME_SUCCESS);
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_SERVER, 0), "198.51.100.7");
    CHECK_TEXT(field_of(&r->events[1], HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
    CHECK_EQ(r->events[1].bytes, 99);
    CHECK_EQ(r->events[1].outcome, HMI_OUTCOME_FAILURE);
    CHECK(records_won(r, "vpc-flow"));
    records_free(r);
}

TEST(columns_by_header)
{
    records *r = read_text("version vpc-id srcaddr dstaddr dstport srcport start\n"
                           "5 vpc-1 2001:db8::1 2001:db8::2 53 50000 1418530010\n"
                           "5 vpc-1 too few\n");
    CHECK_EQ(r->count, 1);
    CHECK_EQ(r->sums.skipped, 1);
    CHECK_TEXT(field_of(&r->events[0], HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "2001:db8::1");
    CHECK_EQ(r->events[0].server_port, 53);
    records_free(r);
}

TEST(every_prefix_and_every_flipped_bit_gets_an_answer)
{
    records_sweep(HM_BYTES("version srcaddr dstaddr\n5 192.0.2.1 192.0.2.2\n" OK_LINE));
}

RUN_TESTS()
