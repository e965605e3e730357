/* SPDX-License-Identifier: Apache-2.0
 *
 * test_json.c - logs of one JSON object a line, known by their shape or by the names of their
 * fields.
 */
#include "records.h"

static records *read_lines(const char *lines)
{
    records *r = records_of(hmi_text_bytes(hmi_text_of(lines)), HMI_TIME_NONE);
    CHECK_EQ(r->code, HM_OK);
    CHECK(records_won(r, "json"));
    CHECK_EQ(r->count, 1);
    return r;
}

TEST(eve_http)
{
    records *r = read_lines(
        "{\"timestamp\":\"2025-10-10T13:55:36.123456+0000\",\"event_type\":\"http\",\"src_ip\":"
        "\"192.0.2.1\",\"src_port\":1,\"dest_ip\":\"198.51.100.7\",\"dest_port\":80,\"http\":{"
        "\"hostname\":\"evil.example.net\",\"url\":\"\\/a\\/b?c=1\",\"http_user_agent\":\"curl\","
        "\"http_method\":\"GET\",\"status\":200,\"length\":17}}");
    const hmi_event *e = &r->events[0];
    CHECK_EQ(e->kind, HMI_EVENT_REQUEST);
    CHECK_EQ(e->time.us, records_us("2025-10-10T13:55:36.123456Z"));
    CHECK_EQ(e->status, 200);
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
    CHECK_TEXT(field_of(e, HMI_URL, HMI_ROLE_QUERY, 0), "http://evil.example.net/a/b?c=1");
    CHECK_TEXT(field_of(e, HMI_REQUEST_SHAPE, HMI_ROLE_QUERY, 0), "GET /a/b?c=1");
    records_free(r);
}

TEST(eve_dns_in_three_layouts)
{
    static const char *const tails[] = {
        "\"dns\":{\"type\":\"query\",\"rrname\":\"evil.example.net\"}}",
        ("\"dns\":{\"version\":2,\"type\":\"answer\",\"rrname\":\"evil.example.net\",\"answers\":[{"
         "\"rrname\":\"evil.example.net\",\"rdata\":\"198.51.100.7\"}],\"grouped\":{\"A\":["
         "\"198.51.100.7\"]}}}"),
        ("\"dns\":{\"version\":3,\"queries\":[{\"rrname\":\"evil.example.net\"}],\"answers\":[{"
         "\"rdata\":\"198.51.100.7\"}]}}"),
    };
    for (size_t i = 0; i < HMI_COUNT(tails); i++) {
        char line[512];
        snprintf(line, sizeof(line),
                 "{\"timestamp\":\"2025-10-10T13:55:36+0000\",\"event_type\":\"dns\",%s", tails[i]);
        records *r = read_lines(line);
        CHECK_EQ(r->events[0].kind, HMI_EVENT_QUERY);
        CHECK_TEXT(field_of(&r->events[0], HMI_DOMAIN, HMI_ROLE_QUERY, 0), "evil.example.net");
        CHECK_TEXT(field_of(&r->events[0], HMI_ADDRESS, HMI_ROLE_SERVER, 0),
                   i == 0 ? "" : "198.51.100.7");
        records_free(r);
    }
}

TEST(eve_alerts_and_fingerprints)
{
    records *r = read_lines(
        "{\"timestamp\":\"2025-10-10T13:55:36+0000\",\"event_type\":\"alert\",\"alert\":{"
        "\"signature\":\"ET TEST\",\"metadata\":{\"mitre_technique_id\":[\"T1071\"]}},\"tls\":{"
        "\"sni\":\"c2.example.net\",\"ja3\":{\"hash\":\"e7d705a3286e19ea42f587b344ee6865\"}}}");
    const hmi_event *e = &r->events[0];
    CHECK_EQ(e->kind, HMI_EVENT_ALERT);
    CHECK_TEXT(field_of(e, HMI_RULE_HIT, HMI_ROLE_DERIVED, 0), "ET TEST");
    CHECK_TEXT(field_of(e, HMI_TECHNIQUE, HMI_ROLE_DERIVED, 0), "T1071");
    CHECK_TEXT(field_of(e, HMI_DOMAIN, HMI_ROLE_QUERY, 0), "c2.example.net");
    CHECK_TEXT(field_of(e, HMI_JA3, HMI_ROLE_CLIENT, 0), "e7d705a3286e19ea42f587b344ee6865");
    records_free(r);
}

TEST(zeek_flat_and_nested)
{
    static const char *const lines[] = {
        "{\"ts\":1591367999.305988,\"uid\":\"C1\",\"id.orig_h\":\"192.0.2.1\",\"id.resp_h\":"
        "\"198.51.100.7\",\"query\":\"evil.example.net\",\"answers\":[\"198.51.100.8\"]}",
        "{\"_path\":\"dns\",\"ts\":\"2020-06-05T14:39:59.305988Z\",\"uid\":\"C1\",\"id\":{\"orig_"
        "h\":"
        "\"192.0.2.1\",\"resp_h\":\"198.51.100.7\"},\"query\":\"evil.example.net\",\"answers\":["
        "\"198.51.100.8\"]}",
    };
    for (size_t i = 0; i < HMI_COUNT(lines); i++) {
        records *r = read_lines(lines[i]);
        const hmi_event *e = &r->events[0];
        CHECK_EQ(e->time.us, INT64_C(1591367999305988));
        CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
        CHECK_TEXT(field_of(e, HMI_DOMAIN, HMI_ROLE_QUERY, 0), "evil.example.net");
        CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_SERVER, 1), "198.51.100.8");
        records_free(r);
    }
}

TEST(journald_messages_are_understood)
{
    records *r = read_lines("{\"__REALTIME_TIMESTAMP\":\"1591367999305988\",\"_HOSTNAME\":"
                            "\"web.example.net\",\"SYSLOG_IDENTIFIER\":\"sshd\",\"MESSAGE\":"
                            "\"Failed password for root from 192.0.2.1 port 22 ssh2\"}");
    const hmi_event *e = &r->events[0];
    CHECK_EQ(e->kind, HMI_EVENT_LOGIN);
    CHECK_EQ(e->outcome, HMI_OUTCOME_FAILURE);
    CHECK_EQ(e->time.us, INT64_C(1591367999305988));
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
    CHECK_TEXT(field_of(e, HMI_DOMAIN, HMI_ROLE_HOST, 0), "web.example.net");
    records_free(r);
}

TEST(a_containers_log_holds_another_record)
{
    records *r =
        read_lines("{\"log\":\"192.0.2.7 - - [10/Oct/2025:13:55:36 +0200] \\\"GET /a HTTP/1.0"
                   "\\\" 200 23\\n\",\"stream\":\"stdout\",\"time\":"
                   "\"2025-10-10T11:55:36.5Z\"}");
    const hmi_event *e = &r->events[0];
    CHECK_EQ(e->kind, HMI_EVENT_REQUEST);
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.7");
    records_free(r);
}

TEST(roles_are_guessed_from_usual_names)
{
    records *r =
        read_lines("{\"@timestamp\":\"2025-10-10T13:55:36Z\",\"source\":{\"ip\":"
                   "\"192.0.2.1\"},\"Client-IP\":\"192.0.2.2\",\"user_name\":\"bob\","
                   "\"requestURI\":\"/x\",\"host\":\"web01.example.net\",\"UserAgent\":\"c\","
                   "\"event\":{\"src_ip\":\"192.0.2.3\"}}");
    const hmi_event *e = &r->events[0];
    CHECK_EQ(e->time.us, records_us("2025-10-10T13:55:36Z"));
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 1), "192.0.2.2");
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 2), "192.0.2.3");
    CHECK_TEXT(field_of(e, HMI_ACCOUNT, HMI_ROLE_USER, 0), "bob");
    CHECK_TEXT(field_of(e, HMI_USER_AGENT, HMI_ROLE_CLIENT, 0), "c");
    records_free(r);
}

TEST(other_json_is_no_log)
{
    static const char *const texts[] = {
        "{}",    "{\"a\":1}",           "{\"type\":\"bundle\",\"objects\":[]}",
        "[1,2]", "{\"ts\":1,\"ts\":2}", "{\"src_ip\":\"192.0.2.1\""
    };
    for (size_t i = 0; i < HMI_COUNT(texts); i++) {
        records *r = records_of(hmi_text_bytes(hmi_text_of(texts[i])), HMI_TIME_NONE);
        CHECK_EQ(r->code, HM_OK);
        CHECK_EQ(r->count, 0);
        records_free(r);
        const hmi_reader *log = hmi_reader_find(HM_TEXT("log"));
        CHECK(log->detect(hmi_text_bytes(hmi_text_of(texts[i])), HM_BYTES("")) < HMI_DETECT_CLAIM);
    }
}

TEST(every_prefix_and_every_flipped_bit_gets_an_answer)
{
    records_sweep(HM_BYTES(
        "{\"__REALTIME_TIMESTAMP\":\"1591367999305988\",\"MESSAGE\":\"{\\\"ts\\\":"
        "1591367999.3,\\\"uid\\\":\\\"x\\\",\\\"id\\\":{\\\"orig_h\\\":\\\"::1\\\"}}\"}\n"));
}

RUN_TESTS()
