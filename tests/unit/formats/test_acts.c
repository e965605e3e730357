/* SPDX-License-Identifier: Apache-2.0
 *
 * test_acts.c - records of many formats become acts, and acts become traits of behaviour.
 */
#include "formats/record/acts.h"

#include "records.h"

static hmi_deed deed(const char *command)
{
    return hmi_deed_of_command(hmi_text_bytes(hmi_text_of(command)), HMI_SPELL_PLAIN);
}

TEST(destructive_commands_are_known)
{
    CHECK_EQ(deed("vssadmin.exe Delete Shadows /all /quiet"), HMI_DEED_BACKUP_DELETED);
    CHECK_EQ(deed("wevtutil CL Security"), HMI_DEED_LOG_CLEARED);
    CHECK_EQ(deed("dd if=/dev/zero of=/dev/sda bs=1M"), HMI_DEED_WIPED);
    CHECK_EQ(deed("net stop mssqlserver"), HMI_DEED_SERVICE_STOPPED);
    CHECK_EQ(deed("shutdown -r now"), HMI_DEED_SHUTDOWN);
    CHECK_EQ(deed("dd if=/dev/zero of=/tmp/file"), HMI_DEED_NONE);
    CHECK_EQ(deed("vssadmin list shadows"), HMI_DEED_NONE);
    CHECK_EQ(deed(""), HMI_DEED_NONE);
}

TEST(wide_commands_are_known)
{
    static const char wide[] = "n\0e\0t\0 \0s\0t\0o\0p\0 \0x\0";
    CHECK_EQ(hmi_deed_of_command(hmi_bytes(wide, sizeof(wide) - 1), HMI_SPELL_UTF16),
             HMI_DEED_SERVICE_STOPPED);
}

/* The act of the only event of a text. */
static hmi_act act_of(records *r, hmi_deeds *deeds)
{
    hmi_act act;
    uint64_t hashes[HMI_EVENT_FIELDS_MAX];
    CHECK_EQ(r->count, 1);
    for (unsigned i = 0; i < HMI_EVENT_FIELDS_MAX; i++) {
        hashes[i] = i + 1;
    }
    hmi_act_of(&r->events[0], hashes, deeds, &act);
    return act;
}

#define WORD(act, place, text) \
    CHECK_TEXT(hmi_text((const char *)(act).place.raw.ptr, (act).place.raw.len), text)

TEST(a_zeek_connection_has_its_parts)
{
    static hmi_deeds deeds;
    records *r = records_of(
        HM_BYTES("#separator \\x09\n#path\tconn\n#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\t"
                 "id.resp_p\tduration\torig_ip_bytes\tresp_ip_bytes\tconn_state\n"
                 "1591367999.3\t10.0.0.1\t4711\t45.9.9.9\t443\t12.5\t344\t1200\tREJ\n"),
        HMI_TIME_NONE);
    hmi_act act = act_of(r, &deeds);
    CHECK_EQ(act.kind, HMI_ACT_FLOW);
    CHECK_EQ(act.outcome, HMI_ACT_FAILURE);
    CHECK_EQ(act.port, 443);
    CHECK_EQ(act.bytes_up, 344);
    CHECK_EQ(act.bytes, 1200);
    CHECK_EQ(act.duration_us, 12500000);
    WORD(act, client, "10.0.0.1");
    WORD(act, server, "45.9.9.9");
    records_free(r);
}

TEST(an_eve_flow_begins_when_it_began)
{
    static hmi_deeds deeds;
    records *r = records_of(
        HM_BYTES("{\"timestamp\":\"2025-10-10T10:05:00.000000+0000\",\"event_type\":\"flow\","
                 "\"src_ip\":\"10.0.0.1\",\"dest_ip\":\"45.9.9.9\",\"dest_port\":8443,\"flow\":{"
                 "\"bytes_toserver\":500,\"bytes_toclient\":900,\"start\":"
                 "\"2025-10-10T10:00:00.000000+0000\",\"age\":300,\"state\":\"new\"}}\n"),
        HMI_TIME_NONE);
    hmi_act act = act_of(r, &deeds);
    CHECK_EQ(act.us, records_us("2025-10-10T10:00:00Z"));
    CHECK_EQ(act.duration_us, 300000000);
    CHECK_EQ(act.port, 8443);
    CHECK_EQ(act.bytes_up, 500);
    CHECK_EQ(act.outcome, HMI_ACT_FAILURE);
    records_free(r);
}

TEST(a_windows_login_as_json_is_one)
{
    static hmi_deeds deeds;
    records *r = records_of(
        HM_BYTES("{\"@timestamp\":\"2025-10-10T10:00:00Z\",\"winlog\":{\"channel\":\"Security\","
                 "\"event_id\":4624,\"event_data\":{\"SubjectUserName\":\"PC1$\","
                 "\"TargetUserName\":\"anna\",\"IpAddress\":\"10.0.0.9\",\"WorkstationName\":"
                 "\"PC9\"}},\"host\":{\"name\":\"dc1\"}}\n"),
        HMI_TIME_NONE);
    hmi_act act = act_of(r, &deeds);
    CHECK_EQ(act.kind, HMI_ACT_LOGIN);
    CHECK_EQ(act.outcome, HMI_ACT_SUCCESS);
    WORD(act, user, "anna");
    WORD(act, client, "10.0.0.9");
    WORD(act, alias, "PC9");
    WORD(act, host, "dc1");
    records_free(r);
}

TEST(cleared_logs_as_json_are_deeds)
{
    static hmi_deeds deeds;
    records *r = records_of(HM_BYTES("{\"EventTime\":\"2025-10-10T10:00:00Z\",\"Channel\":"
                                     "\"Security\",\"EventID\":1102,\"Hostname\":\"pc1\"}\n"),
                            HMI_TIME_NONE);
    CHECK_EQ(act_of(r, &deeds).deed, HMI_DEED_LOG_CLEARED);
    records_free(r);
}

static char log_text[1 << 20];

TEST(guessing_in_a_log_of_sshd_becomes_a_trait)
{
    collector got;
    hm_err err = { 0 };
    size_t len = 0;
    for (int i = 0; i < 40; i++) {
        len += (size_t)snprintf(log_text + len, sizeof(log_text) - len,
                                "2025-10-10T10:%02d:%02d+00:00 gate sshd[7]: Failed password for "
                                "%s from 45.9.9.9 port 4711 ssh2\n",
                                i / 4, i % 4 * 10, i < 20 ? "root" : "admin");
    }
    CHECK_OK(records_collect(&got, hmi_bytes(log_text, len), &err));
    CHECK(collect_has(&got, HMI_BEHAVIOUR, HMI_ROLE_DERIVED, "brute force on several accounts"));
    CHECK(collect_fact_of(&got, "behaviour-guessing").len > 0);
    collect_fini(&got);
}

TEST(a_beacon_in_zeeks_connections_becomes_a_trait)
{
    collector got;
    hm_err err = { 0 };
    size_t len = (size_t)snprintf(
        log_text, sizeof(log_text),
        "#separator \\x09\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\t"
        "id.resp_p\tduration\torig_ip_bytes\tresp_ip_bytes\tconn_state\n");
    for (int i = 0; i < 720; i++) {
        len += (size_t)snprintf(log_text + len, sizeof(log_text) - len,
                                "%d.000000\tC%d\t10.0.0.1\t%d\t45.9.9.9\t443\t0.1\t344\t1200\tSF\n",
                                1700000000 + i * 120, i, 40000 + i);
    }
    CHECK_OK(records_collect(&got, hmi_bytes(log_text, len), &err));
    CHECK(collect_has(&got, HMI_BEACON, HMI_ROLE_DERIVED, "every 120 s"));
    CHECK(collect_has(&got, HMI_BEACON, HMI_ROLE_DERIVED, "every 120 s, jitter 0 %, 344 bytes"));
    collect_fini(&got);
}

TEST(cron_and_its_kin_in_syslog_are_nothing)
{
    collector got;
    hm_err err = { 0 };
    size_t len = 0;
    for (int i = 0; i < 600; i++) {
        len += (size_t)snprintf(log_text + len, sizeof(log_text) - len,
                                "2025-10-10T%02d:%02d:01+00:00 web CRON[%d]: (root) CMD "
                                "(/usr/bin/apt-get update)\n",
                                i / 60, i % 60, i);
    }
    CHECK_OK(records_collect(&got, hmi_bytes(log_text, len), &err));
    for (size_t i = 0; i < got.trait_count; i++) {
        CHECK(got.traits[i].role != HMI_ROLE_DERIVED);
    }
    collect_fini(&got);
}

RUN_TESTS()
