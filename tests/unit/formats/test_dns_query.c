/* SPDX-License-Identifier: Apache-2.0
 *
 * test_dns_query.c - who asked for which name, in three dialects.
 */
#include "records.h"

static records *one(const char *line)
{
    records *r = records_of(hmi_text_bytes(hmi_text_of(line)), records_us("2025-12-01T00:00:00Z"));
    CHECK_EQ(r->code, HM_OK);
    CHECK_EQ(r->count, 1);
    CHECK_EQ(r->events[0].kind, HMI_EVENT_QUERY);
    return r;
}

TEST(each_dialect)
{
    static const struct {
        const char *line, *name, *client, *time;
    } rows[] = {
        { "07-Oct-2025 13:55:36.123 client @0x7f1 192.0.2.1#4711 (eViL.example.net): query: "
          "eViL.example.net IN A +E(0)K (192.0.2.53)",
          "eViL.example.net", "192.0.2.1", "2025-10-07T13:55:36.123Z" },
        { "07-Oct-2025 13:55:36.123 queries: info: client 192.0.2.1#4711 (x): view in: query: "
          "evil.example.net IN TXT +",
          "evil.example.net", "192.0.2.1", "2025-10-07T13:55:36.123Z" },
        { "Oct  7 13:55:36 gw dnsmasq[12]: query[AAAA] evil.example.net from 192.0.2.1",
          "evil.example.net", "192.0.2.1", "2025-10-07T13:55:36Z" },
        { "[1591367999] unbound[1:0] info: 192.0.2.1 evil.example.net. A IN", "evil.example.net.",
          "192.0.2.1", "2020-06-05T14:39:59Z" },
        { "Oct  7 13:55:36 gw unbound: [1:0] info: 192.0.2.1 evil.example.net. A IN",
          "evil.example.net.", "192.0.2.1", "2025-10-07T13:55:36Z" },
    };
    for (size_t i = 0; i < HMI_COUNT(rows); i++) {
        records *r = one(rows[i].line);
        const hmi_event *e = &r->events[0];
        CHECK_TEXT(field_of(e, HMI_DOMAIN, HMI_ROLE_QUERY, 0), rows[i].name);
        CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), rows[i].client);
        CHECK_EQ(e->time.us, records_us(rows[i].time));
        records_free(r);
    }
}

TEST(replies_name_the_answer)
{
    records *r = one("Oct  7 13:55:36 gw dnsmasq[12]: reply evil.example.net is 198.51.100.7");
    CHECK_TEXT(field_of(&r->events[0], HMI_ADDRESS, HMI_ROLE_SERVER, 0), "198.51.100.7");
    records_free(r);
    r = one("Oct  7 13:55:36 gw dnsmasq[12]: cached evil.example.net is <CNAME>");
    CHECK_EQ(field_of(&r->events[0], HMI_DOMAIN, HMI_ROLE_SERVER, 0).len, 0);
    records_free(r);
}

TEST(case_and_the_last_dot_make_no_difference)
{
    static const char lines[] =
        "07-Oct-2025 13:55:36.123 client 192.0.2.1#4711 (x): query: eViL.bad.org IN A +\n"
        "[1591367999] unbound[1:0] info: 192.0.2.1 evil.BAD.org. A IN\n";
    collector got;
    hm_err err = { 0 };
    CHECK_OK(records_collect(&got, HM_BYTES(lines), &err));
    const hmi_trait *name = collect_find(&got, HMI_DOMAIN, HMI_ROLE_QUERY, "evil.bad.org");
    assert_non_null(name);
    CHECK_EQ(name->count, 2);
    collect_fini(&got);
}

TEST(every_prefix_and_every_flipped_bit_gets_an_answer)
{
    records_sweep(
        HM_BYTES("07-Oct-2025 13:55:36.123 client @0x7f1 ::1#4711 (x): query: a\\032b.c IN A\n"
                 "[1591367999] unbound[1:0] info: 192.0.2.1 a. A IN\n"
                 "Oct  7 13:55:36 gw dnsmasq[12]: reply a.b is 198.51.100.7\n"));
}

RUN_TESTS()
