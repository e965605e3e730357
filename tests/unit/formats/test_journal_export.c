/* SPDX-License-Identifier: Apache-2.0
 *
 * test_journal_export.c - journald's export: plain and binary fields, wrong lengths.
 */
#include "records.h"

#define HEAD "__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1591367999305988\n_HOSTNAME=web.example.net\n"
#define PLAIN HEAD "SYSLOG_IDENTIFIER=sshd\nMESSAGE=Invalid user bob from 192.0.2.1 port 22\n\n"
#define BINARY HEAD "MESSAGE\n\x0c\0\0\0\0\0\0\0two\nlines\xff\nx\n_EXE=/usr/bin/x\n\n"
#define BOMB HEAD "MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\x7fshort\n\n"

TEST(plain_and_binary_fields)
{
    records *r = records_of(HM_BYTES(PLAIN BINARY), HMI_TIME_NONE);
    CHECK_EQ(r->count, 2);
    CHECK(records_won(r, "journal-export"));
    const hmi_event *e = &r->events[0];
    CHECK_EQ(e->kind, HMI_EVENT_LOGIN);
    CHECK_EQ(e->time.us, INT64_C(1591367999305988));
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
    CHECK_TEXT(field_of(e, HMI_DOMAIN, HMI_ROLE_HOST, 0), "web.example.net");
    CHECK_TEXT(field_of(&r->events[1], HMI_FILE_PATH, HMI_ROLE_CONTENT, 0), "/usr/bin/x");
    CHECK_TEXT(field_of(&r->events[1], HMI_CLASS_NONE, HMI_ROLE_CONTENT, 0), "two\nlines\xff\nx");
    CHECK_EQ(r->sums.skipped, 0);
    records_free(r);
}

TEST(a_wrong_length_costs_its_entry_only)
{
    records *r = records_of(HM_BYTES(PLAIN BOMB PLAIN), HMI_TIME_NONE);
    CHECK_EQ(r->count, 3);
    CHECK(r->events[1].cut);
    CHECK_EQ(r->sums.cut, 1);
    CHECK_TEXT(field_of(&r->events[2], HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
    records_free(r);
}

TEST(binary_lengths_do_not_hide_the_format)
{
    const hmi_reader *log = hmi_reader_find(HM_TEXT("log"));
    CHECK(log->detect(HM_BYTES(BINARY), HM_BYTES("")) >= HMI_DETECT_CLAIM);
}

TEST(every_prefix_and_every_flipped_bit_gets_an_answer)
{
    records_sweep(HM_BYTES(BINARY PLAIN));
}

RUN_TESTS()
