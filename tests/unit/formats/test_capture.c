/* SPDX-License-Identifier: Apache-2.0
 *
 * test_capture.c - packets to flows, names, requests and fingerprints; what liars put into lengths.
 */
#include "packets.h"
#include "records.h"

#include "formats/record/capture/capture.h"

static const endpoint CLIENT = { 1, 40000 }, WEB = { 2, 80 }, TLS = { 3, 443 }, DNS = { 4, 53 };
enum { SYN = 2, ACK = 16, FIN = 1, RST = 4, SECOND = 1600000000 };

#define REQUEST                                                                           \
    "GET /gate.php?id=77 HTTP/1.1\r\nHost: c2.example.net\r\nUser-Agent: EvilBot/1.0\r\n" \
    "Referer: http://www.example.org/start\r\nX-Forwarded-For: 198.51.100.77, 10.0.0.1\r\n\r\n"
#define REPLY \
    "HTTP/1.1 302 Found\r\nServer: nginx/1.18.0\r\nLocation: http://next.example.net/\r\n\r\n"

/* A capture under construction. */
typedef struct film {
    hmi_buf file, frame;
    uint32_t second;
} film;

static void film_init(film *f)
{
    hmi_buf_init(&f->file, 0);
    hmi_buf_init(&f->frame, 0);
    put_pcap_header(&f->file, 1);
    f->second = SECOND;
}

static void film_fini(film *f)
{
    hmi_buf_fini(&f->file);
    hmi_buf_fini(&f->frame);
}

static void film_tcp(film *f, endpoint from, endpoint to, uint32_t seq, unsigned flags,
                     hm_bytes payload)
{
    hmi_buf_clear(&f->frame);
    put_tcp(&f->frame, from, to, seq, flags, payload);
    put_pcap_packet(&f->file, f->second++, hmi_buf_bytes(&f->frame));
}

static void film_udp(film *f, endpoint from, endpoint to, hm_bytes payload)
{
    hmi_buf_clear(&f->frame);
    put_udp(&f->frame, from, to, payload);
    put_pcap_packet(&f->file, f->second++, hmi_buf_bytes(&f->frame));
}

static void film_web(film *f)
{
    film_tcp(f, CLIENT, WEB, 99, SYN, HM_BYTES(""));
    film_tcp(f, WEB, CLIENT, 499, SYN | ACK, HM_BYTES(""));
    film_tcp(f, CLIENT, WEB, 100, ACK, HM_BYTES(REQUEST));
    film_tcp(f, WEB, CLIENT, 500, ACK, HM_BYTES(REPLY));
}

static hm_bytes film_bytes(const film *f)
{
    CHECK_EQ(f->file.bad, 0);
    return hmi_buf_bytes(&f->file);
}

/* Events of a capture, kept like those of lines. */
static records *events_of(hm_bytes file, hmi_capture_sums *sums)
{
    records *r = calloc(1, sizeof(*r));
    hm_err err = { 0 };
    r->sink.event = records_event;
    hmi_arena_init(&r->arena, 64 << 20);
    r->code = hmi_capture_read(&r->arena, file, &r->sink, sums, &err);
    return r;
}

static const hmi_event *event_of(const records *r, hmi_event_kind kind, unsigned n)
{
    for (size_t i = 0; i < r->count && i < RECORDS_EVENTS_MAX; i++) {
        if (r->events[i].kind == kind && n-- == 0) {
            return &r->events[i];
        }
    }
    fail();
    return NULL;
}

TEST(web_request_reply_and_flow)
{
    film f;
    hmi_capture_sums sums;
    film_init(&f);
    film_web(&f);
    records *r = events_of(film_bytes(&f), &sums);
    CHECK_EQ(r->code, HM_OK);
    CHECK_EQ(r->count, 3);
    CHECK_EQ(sums.frames, 4);
    CHECK_EQ(sums.flows, 1);
    const hmi_event *e = event_of(r, HMI_EVENT_REQUEST, 0);
    CHECK_EQ(e->time.us, (SECOND + 2) * INT64_C(1000000) + 500000);
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_SERVER, 0), "192.0.2.2");
    CHECK_TEXT(field_of(e, HMI_URL, HMI_ROLE_QUERY, 0), "http://c2.example.net/gate.php?id=77");
    CHECK_TEXT(field_of(e, HMI_REQUEST_SHAPE, HMI_ROLE_QUERY, 0), "GET /gate.php?id=77");
    CHECK_TEXT(field_of(e, HMI_USER_AGENT, HMI_ROLE_CLIENT, 0), "EvilBot/1.0");
    CHECK_TEXT(field_of(e, HMI_URL, HMI_ROLE_REFERRER, 0), "http://www.example.org/start");
    CHECK_TEXT(field_of(e, HMI_ADDRESS, HMI_ROLE_CLIENT, 1), "198.51.100.77");
    const hmi_event *reply = event_of(r, HMI_EVENT_OTHER, 0);
    CHECK_EQ(reply->status, 302);
    CHECK_TEXT(field_of(reply, HMI_PROTOCOL_MARK, HMI_ROLE_SERVER, 0), "nginx/1.18.0");
    CHECK_TEXT(field_of(reply, HMI_URL, HMI_ROLE_SERVER, 0), "http://next.example.net/");
    const hmi_event *flow = event_of(r, HMI_EVENT_FLOW, 0);
    CHECK_EQ(flow->client_port, 40000);
    CHECK_EQ(flow->server_port, 80);
    CHECK_EQ(flow->bytes_up, sizeof(REQUEST) - 1);
    CHECK_EQ(flow->bytes, sizeof(REPLY) - 1);
    CHECK_EQ(flow->duration_us, 3000000);
    CHECK_EQ(flow->outcome, HMI_OUTCOME_SUCCESS);
    CHECK_TEXT(field_of(flow, HMI_PROTOCOL_MARK, HMI_ROLE_SERVER, 0), "http/80");
    records_free(r);
    film_fini(&f);
}

TEST(a_request_in_two_segments_one_of_them_sent_twice)
{
    film f;
    hmi_capture_sums sums;
    hm_bytes all = HM_BYTES(REQUEST);
    film_init(&f);
    film_tcp(&f, CLIENT, WEB, 100, ACK, hmi_slice(all, 0, 60));
    film_tcp(&f, CLIENT, WEB, 100, ACK, hmi_slice(all, 0, 60));
    film_tcp(&f, CLIENT, WEB, 160, ACK, hmi_slice(all, 60, all.len));
    records *r = events_of(film_bytes(&f), &sums);
    CHECK_EQ(r->count, 2);
    CHECK_TEXT(field_of(event_of(r, HMI_EVENT_REQUEST, 0), HMI_USER_AGENT, HMI_ROLE_CLIENT, 0),
               "EvilBot/1.0");
    CHECK(!event_of(r, HMI_EVENT_REQUEST, 0)->cut);
    records_free(r);
    film_fini(&f);
}

TEST(a_gap_cuts_a_request_and_what_was_before_stays)
{
    film f;
    hmi_capture_sums sums;
    hm_bytes all = HM_BYTES(REQUEST);
    film_init(&f);
    film_tcp(&f, CLIENT, WEB, 100, ACK, hmi_slice(all, 0, 80));
    film_tcp(&f, CLIENT, WEB, 200, ACK, hmi_slice(all, 100, all.len));
    records *r = events_of(film_bytes(&f), &sums);
    const hmi_event *e = event_of(r, HMI_EVENT_REQUEST, 0);
    CHECK(e->cut);
    CHECK_TEXT(field_of(e, HMI_URL, HMI_ROLE_QUERY, 0), "http://c2.example.net/gate.php?id=77");
    records_free(r);
    film_fini(&f);
}

TEST(a_new_handshake_after_the_end_is_another_flow)
{
    film f;
    hmi_capture_sums sums;
    film_init(&f);
    film_web(&f);
    film_tcp(&f, CLIENT, WEB, 900, RST, HM_BYTES(""));
    film_web(&f);
    film_tcp(&f, CLIENT, (endpoint){ 9, 4444 }, 1, SYN, HM_BYTES(""));
    film_tcp(&f, (endpoint){ 9, 4444 }, CLIENT, 1, RST | ACK, HM_BYTES(""));
    records *r = events_of(film_bytes(&f), &sums);
    CHECK_EQ(sums.flows, 3);
    const hmi_event *refused = event_of(r, HMI_EVENT_FLOW, 2);
    CHECK_EQ(refused->outcome, HMI_OUTCOME_FAILURE);
    CHECK_EQ(field_of(refused, HMI_PROTOCOL_MARK, HMI_ROLE_SERVER, 0).len, 0);
    records_free(r);
    film_fini(&f);
}

/* ---- DNS */

#define DNS_QUERY "\x12\x34\1\0\0\1\0\0\0\0\0\0\2c2\7example\3net\0\0\1\0\1"
#define DNS_REPLY                                                  \
    "\x12\x34\x81\x80\0\1\0\3\0\0\0\0\2c2\7example\3net\0\0\1\0\1" \
    "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\5\2cd\xc0\x0f"                   \
    "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc6\x33\x64\x07"               \
    "\xc0\x0c\0\x1c\0\1\0\0\0\x3c\0\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x09"

TEST(dns_question_and_answers)
{
    film f;
    hmi_capture_sums sums;
    film_init(&f);
    film_udp(&f, CLIENT, DNS, HM_BYTES(DNS_QUERY));
    film_udp(&f, DNS, CLIENT, HM_BYTES(DNS_REPLY));
    records *r = events_of(film_bytes(&f), &sums);
    CHECK_EQ(r->count, 3);
    const hmi_event *query = event_of(r, HMI_EVENT_QUERY, 0);
    const hmi_event *answer = event_of(r, HMI_EVENT_QUERY, 1);
    CHECK_TEXT(field_of(query, HMI_DOMAIN, HMI_ROLE_QUERY, 0), "c2.example.net");
    CHECK_TEXT(field_of(query, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
    CHECK_EQ(field_of(answer, HMI_DOMAIN, HMI_ROLE_QUERY, 0).len, 0); /* counted once */
    CHECK_TEXT(field_of(answer, HMI_DOMAIN, HMI_ROLE_SERVER, 0), "cd.example.net");
    CHECK_TEXT(field_of(answer, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
    CHECK_TEXT(field_of(answer, HMI_ADDRESS, HMI_ROLE_SERVER, 1), "198.51.100.7");
    CHECK_TEXT(field_of(answer, HMI_ADDRESS, HMI_ROLE_SERVER, 2),
               "2001:0db8:0000:0000:0000:0000:0000:0009");
    CHECK_TEXT(field_of(event_of(r, HMI_EVENT_FLOW, 0), HMI_PROTOCOL_MARK, HMI_ROLE_SERVER, 0),
               "dns/53");
    records_free(r);
    film_fini(&f);
}

TEST(an_answer_alone_brings_its_question)
{
    film f;
    hmi_capture_sums sums;
    film_init(&f);
    film_udp(&f, DNS, CLIENT, HM_BYTES(DNS_REPLY));
    records *r = events_of(film_bytes(&f), &sums);
    const hmi_event *answer = event_of(r, HMI_EVENT_QUERY, 0);
    CHECK_TEXT(field_of(answer, HMI_DOMAIN, HMI_ROLE_QUERY, 0), "c2.example.net");
    CHECK_TEXT(field_of(answer, HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
    records_free(r);
    film_fini(&f);
}

TEST(dns_pointers_that_point_at_themselves_end)
{
    static const hm_bytes loops[] = {
        { (const uint8_t *)"\0\1\1\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1", 18 },
        { (const uint8_t *)"\0\1\1\0\0\1\0\0\0\0\0\0\1a\xc0\x0c\0\1\0\1", 20 },
        { (const uint8_t *)"\0\1\1\0\0\1\0\0\0\0\0\0\xc0\x0e\xc0\x0c\0\1\0\1", 20 },
        { (const uint8_t *)"\0\1\1\0\0\1\0\0\0\0\0\0\xff\xff\0\1\0\1", 18 },
    };
    for (size_t i = 0; i < HMI_COUNT(loops); i++) {
        film f;
        hmi_capture_sums sums;
        film_init(&f);
        film_udp(&f, CLIENT, DNS, HM_BYTES(DNS_QUERY));
        film_udp(&f, CLIENT, DNS, loops[i]);
        records *r = events_of(film_bytes(&f), &sums);
        CHECK_EQ(r->code, HM_OK);
        CHECK_EQ(r->count, 2); /* the good query and the flow */
        records_free(r);
        film_fini(&f);
    }
}

/* ---- TLS */

static void put_hex16_list(hmi_buf *buf, const uint16_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        put_be16(buf, list[i]);
    }
}

/* The hello of JA4's own example (technical_details/JA4.md), extensions empty where only their
 * number counts, with GREASE in all lists. */
static void put_hello(hmi_buf *buf)
{
    static const uint16_t ciphers[] = { 0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f,
                                        0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014,
                                        0x009c, 0x009d, 0x002f, 0x0035 };
    static const uint16_t empty[] = { 0x0a0a, 0x0017, 0xff01, 0x0023, 0x0005, 0x0012,
                                      0x0033, 0x002d, 0x001b, 0x4469, 0x0015 };
    hmi_buf body, ext, record;
    hmi_buf_init(&body, 0);
    hmi_buf_init(&ext, 0);
    hmi_buf_init(&record, 0);
    put_be32(&ext, 0x00000013); /* name */
    hmi_buf_add(&ext, HM_BYTES("\0\x11\0\0\x0e"
                               "c2.example.net"));
    hmi_buf_add(&ext, HM_BYTES("\0\x0a\0\x0a\0\x08\x1a\x1a\0\x1d\0\x17\0\x18"));
    hmi_buf_add(&ext, HM_BYTES("\0\x0b\0\2\1\0"));
    hmi_buf_add(&ext, HM_BYTES("\0\x10\0\x0e\0\x0c\2h2\x08http/1.1"));
    hmi_buf_add(&ext, HM_BYTES("\0\x0d\0\x12\0\x10\4\3\x08\4\4\1\5\3\x08\5\5\1\x08\6\6\1"));
    hmi_buf_add(&ext, HM_BYTES("\0\x2b\0\7\6\x5a\x5a\3\4\3\3"));
    for (size_t i = 0; i < HMI_COUNT(empty); i++) {
        put_be32(&ext, (uint32_t)empty[i] << 16);
    }
    put_be16(&body, 0x0303);
    for (int i = 0; i < 32; i++) {
        hmi_buf_add_u8(&body, (uint8_t)i);
    }
    hmi_buf_add_u8(&body, 0);
    put_be16(&body, sizeof(ciphers));
    put_hex16_list(&body, ciphers, HMI_COUNT(ciphers));
    hmi_buf_add(&body, HM_BYTES("\1\0"));
    put_be16(&body, (unsigned)ext.len);
    hmi_buf_add(&body, hmi_buf_bytes(&ext));
    hmi_buf_add(buf, HM_BYTES("\x16\3\1"));
    put_be16(buf, (unsigned)(body.len + 4));
    put_be32(buf, (uint32_t)(0x01000000 | body.len));
    hmi_buf_add(buf, hmi_buf_bytes(&body));
    hmi_buf_fini(&body);
    hmi_buf_fini(&ext);
    hmi_buf_fini(&record);
}

#define JA4_EXAMPLE "t13d1516h2_8daaf6152771_e5627efa2ab1"

TEST(a_hello_in_three_segments)
{
    film f;
    hmi_capture_sums sums;
    hmi_buf hello;
    hmi_buf_init(&hello, 0);
    put_hello(&hello);
    hm_bytes all = hmi_buf_bytes(&hello);
    film_init(&f);
    film_tcp(&f, CLIENT, TLS, 100, ACK, hmi_slice(all, 0, 50));
    film_tcp(&f, CLIENT, TLS, 150, ACK, hmi_slice(all, 50, 100));
    film_tcp(&f, CLIENT, TLS, 250, ACK, hmi_slice(all, 150, all.len));
    records *r = events_of(film_bytes(&f), &sums);
    CHECK_EQ(r->count, 2);
    CHECK_TEXT(field_of(&r->events[0], HMI_DOMAIN, HMI_ROLE_QUERY, 0), "c2.example.net");
    CHECK_TEXT(field_of(&r->events[0], HMI_JA4, HMI_ROLE_CLIENT, 0), JA4_EXAMPLE);
    CHECK_EQ(field_of(&r->events[0], HMI_JA3, HMI_ROLE_CLIENT, 0).len, 32);
    records_free(r);
    film_fini(&f);
    hmi_buf_fini(&hello);
}

TEST(ja3_of_the_published_examples)
{
    /* github.com/salesforce/ja3, README.md */
    static const hmi_hello first = { .legacy_version = 769,
                                     .ciphers = { 47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56,
                                                  19, 4 },
                                     .cipher_count = 12,
                                     .extensions = { 0, 10, 11 },
                                     .extension_count = 3,
                                     .groups = { 23, 24, 25 },
                                     .group_count = 3,
                                     .formats = { 0 },
                                     .format_count = 1 };
    static const hmi_hello second = { .legacy_version = 769,
                                      .ciphers = { 4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99 },
                                      .cipher_count = 11 };
    hmi_arena arena;
    hmi_arena_init(&arena, 1 << 20);
    hm_bytes ja3 = hmi_ja3(&arena, &first);
    CHECK_TEXT(hmi_text((const char *)ja3.ptr, ja3.len), "ada70206e40642a3e4461f35503241d5");
    ja3 = hmi_ja3(&arena, &second);
    CHECK_TEXT(hmi_text((const char *)ja3.ptr, ja3.len), "de350869b8c85de67a350c8d186f11e6");
    hm_bytes ja4 = hmi_ja4(&arena, &second);
    CHECK(hmi_starts_with(ja4, HM_BYTES("t10i110000_")));
    CHECK(hmi_ends_with(ja4, HM_BYTES("_000000000000")));
    hmi_arena_fini(&arena);
}

TEST(certificates_over_two_records)
{
    /* hello, then a message of two "certificates" that begins in one record and ends in the next */
    hm_bytes flight = HM_BYTES("\x16\3\3\0\x06\2\0\0\2\3\3"
                               "\x16\3\3\0\x09\x0b\0\0\x0f\0\0\x0c\0\0"
                               "\x16\3\3\0\x0a\3abc\0\0\3xyz");
    film f;
    hmi_capture_sums sums;
    film_init(&f);
    film_tcp(&f, TLS, CLIENT, 10, ACK, hmi_slice(flight, 0, 20));
    film_tcp(&f, TLS, CLIENT, 30, ACK, hmi_slice(flight, 20, flight.len));
    records *r = events_of(film_bytes(&f), &sums);
    CHECK_EQ(r->count, 2);
    CHECK_TEXT(field_of(&r->events[0], HMI_CERTIFICATE, HMI_ROLE_SERVER, 0),
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK_TEXT(field_of(&r->events[0], HMI_CERTIFICATE, HMI_ROLE_SERVER, 1),
               "3608bca1e44ea6c4d268eb6db02260269892c0b42b86bbf1e77a6fa16c3c9282");
    CHECK_TEXT(field_of(&r->events[0], HMI_ADDRESS, HMI_ROLE_CLIENT, 0), "192.0.2.1");
    records_free(r);
    film_fini(&f);
}

/* ---- Banners */

TEST(ssh_banners_of_both_sides)
{
    film f;
    hmi_capture_sums sums;
    endpoint ssh = { 5, 22 };
    film_init(&f);
    film_tcp(&f, CLIENT, ssh, 1, ACK, HM_BYTES("SSH-2.0-paramiko_2.4\r\n"));
    film_tcp(&f, ssh, CLIENT, 1, ACK, HM_BYTES("SSH-2.0-OpenSSH_8.9\r\n"));
    records *r = events_of(film_bytes(&f), &sums);
    CHECK_TEXT(field_of(&r->events[0], HMI_PROTOCOL_MARK, HMI_ROLE_CLIENT, 0),
               "SSH-2.0-paramiko_2.4");
    CHECK_TEXT(field_of(&r->events[1], HMI_PROTOCOL_MARK, HMI_ROLE_SERVER, 0),
               "SSH-2.0-OpenSSH_8.9");
    records_free(r);
    film_fini(&f);
}

/* An SMB 2 message of `command` with `body` behind its header. */
static void film_smb(film *f, uint32_t seq, unsigned command, hm_bytes body)
{
    hmi_buf m;
    hmi_buf_init(&m, 0);
    put_be32(&m, (uint32_t)(64 + body.len));
    hmi_buf_add(&m, HM_BYTES("\xfeSMB"));
    hmi_buf_add_u64(&m, 64);
    hmi_buf_add_u16(&m, (uint16_t)command);
    for (size_t i = m.len; i < 68; i++) {
        hmi_buf_add_u8(&m, 0);
    }
    hmi_buf_add(&m, body);
    film_tcp(f, CLIENT, (endpoint){ 6, 445 }, seq, ACK, hmi_buf_bytes(&m));
    hmi_buf_fini(&m);
}

TEST(smb_dialects_share_and_account)
{
    film f;
    hmi_capture_sums sums;
    film_init(&f);
    film_smb(&f, 1, 0,
             HM_BYTES("\x24\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                      "\2\2\x11\3"));
    film_smb(&f, 1000, 3, HM_BYTES("\x09\0\0\0\x48\0\x12\0\\\0\\\0f\0s\0\\\0i\0p\0c\0$\0"));
    film_smb(&f, 2000, 1,
             HM_BYTES("NTLMSSP\0\3\0\0\0"
                      "\0\0\0\0\0\0\0\0"
                      "\0\0\0\0\0\0\0\0"
                      "\0\0\0\0\0\0\0\0"
                      "\6\0\6\0\x40\0\0\0"
                      "\0\0\0\0\0\0\0\0"
                      "\0\0\0\0\0\0\0\0\0\0\0\0"
                      "b\0o\0b\0"));
    records *r = events_of(film_bytes(&f), &sums);
    CHECK_EQ(r->count, 4);
    CHECK_TEXT(field_of(&r->events[0], HMI_PROTOCOL_MARK, HMI_ROLE_CLIENT, 0), "smb2:0202+0311");
    CHECK_TEXT(field_of(&r->events[1], HMI_FILE_PATH, HMI_ROLE_QUERY, 0), "\\\\fs\\ipc$");
    CHECK_TEXT(field_of(&r->events[2], HMI_ACCOUNT, HMI_ROLE_USER, 0), "bob");
    records_free(r);
    film_fini(&f);
}

/* ---- Layers */

TEST(tags_tunnels_and_raw_ip)
{
    hmi_packet p;
    hmi_buf plain, odd;
    hmi_buf_init(&plain, 0);
    hmi_buf_init(&odd, 0);
    put_udp(&plain, CLIENT, DNS, HM_BYTES("x"));
    hm_bytes ip = hmi_slice(hmi_buf_bytes(&plain), 14, plain.len);
    CHECK_EQ(hmi_packet_read(ip, 101, &p), HMI_PACKET_SEGMENT);
    CHECK_EQ(p.target_port, 53);
    hmi_buf_add(&odd, HM_BYTES("\1\1\1\1\1\1\2\2\2\2\2\2\x88\xa8\0\1\x81\0\0\2\x08\0"));
    hmi_buf_add(&odd, ip);
    CHECK_EQ(hmi_packet_read(hmi_buf_bytes(&odd), 1, &p), HMI_PACKET_SEGMENT);
    CHECK_EQ(p.payload.len, 1);
    hmi_buf_clear(&odd);
    put_ipv4(&odd, (endpoint){ 7, 0 }, (endpoint){ 8, 0 }, 4, ip.len);
    hmi_buf_add(&odd, ip);
    CHECK_EQ(hmi_packet_read(hmi_buf_bytes(&odd), 228, &p), HMI_PACKET_SEGMENT);
    CHECK_EQ(p.source[15], 1); /* the inner one */
    hmi_buf_clear(&odd);
    hmi_buf_add(&odd, HM_BYTES("\0\0\0\1\0\6\1\1\1\1\1\1\0\0\x08\0"));
    hmi_buf_add(&odd, ip);
    CHECK_EQ(hmi_packet_read(hmi_buf_bytes(&odd), 113, &p), HMI_PACKET_SEGMENT);
    CHECK_EQ(hmi_packet_read(hmi_buf_bytes(&odd), 147, &p), HMI_PACKET_LINK);
    hmi_buf_fini(&plain);
    hmi_buf_fini(&odd);
}

TEST(ipv6_with_headers_between_and_fragments)
{
    hmi_packet p;
    hm_bytes six = HM_BYTES("\x60\0\0\0\0\x19\0\x40\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
                            "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2"
                            "\x2c\0\0\0\0\0\0\0"
                            "\x11\0\0\1\0\0\0\7"
                            "\x9c\x40\0\x35\0\x09\0\0z");
    CHECK_EQ(hmi_packet_read(six, 229, &p), HMI_PACKET_SEGMENT);
    CHECK_EQ(p.source_port, 40000);
    CHECK_EQ(p.payload.len, 1);
    CHECK(p.fragment);
    uint8_t later[65];
    memcpy(later, six.ptr, sizeof(later));
    later[50] = 1; /* not the first fragment */
    CHECK_EQ(hmi_packet_read(hmi_bytes(later, sizeof(later)), 229, &p), HMI_PACKET_FRAGMENT);
    char text[HMI_ADDRESS_TEXT_MAX];
    CHECK_EQ(hmi_address_write(p.source, text), 39);
}

/* ---- Liars (abuse case 07) */

static const hmi_note *read_notes(collector *got, hm_bytes file, const char *words)
{
    hm_err err = { 0 };
    CHECK_OK(records_collect(got, file, &err));
    return collect_note_of(got, HMI_NOTE_DAMAGE, words);
}

TEST(impossible_lengths_stop_and_earlier_packets_stay)
{
    static const uint32_t lies[] = { UINT32_MAX, HMI_CAPTURE_FRAME_MAX + 1, 5000 };
    for (size_t i = 0; i < HMI_COUNT(lies); i++) {
        film f;
        collector got;
        film_init(&f);
        film_web(&f);
        size_t at = f.file.len;
        hmi_buf_add_u64(&f.file, SECOND);
        hmi_buf_add_u32(&f.file, lies[i]);
        hmi_buf_add_u32(&f.file, lies[i]);
        hmi_buf_add(&f.file, HM_BYTES("rest"));
        const hmi_note *note = read_notes(&got, film_bytes(&f), "the 4 packets before it are kept");
        assert_non_null(note);
        CHECK_EQ(note->offset, at);
        CHECK_TEXT(collect_fact_of(&got, "format"), "pcap");
        CHECK_TEXT(collect_fact_of(&got, "packets"), "4");
        CHECK(collect_has(&got, HMI_USER_AGENT, HMI_ROLE_CLIENT, "EvilBot/1.0"));
        CHECK(collect_has(&got, HMI_DOMAIN, HMI_ROLE_QUERY, "c2.example.net"));
        collect_fini(&got);
        film_fini(&f);
    }
}

static void put_pcapng(hmi_buf *file)
{
    hmi_buf frame, body;
    hmi_buf_init(&frame, 0);
    hmi_buf_init(&body, 0);
    put_block(file, 0x0a0d0d0a,
              HM_BYTES("\x4d\x3c\x2b\x1a\1\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"));
    /* nanoseconds, one hour later */
    put_block(
        file, 1,
        HM_BYTES("\1\0\0\0\0\0\4\0\x09\0\1\0\x09\0\0\0\x0e\0\x08\0\x10\x0e\0\0\0\0\0\0\0\0\0\0"));
    put_udp(&frame, CLIENT, DNS, HM_BYTES(DNS_QUERY));
    uint64_t stamp = UINT64_C(1600000000) * 1000000000 + 7000;
    hmi_buf_add_u32(&body, 0);
    hmi_buf_add_u32(&body, (uint32_t)(stamp >> 32));
    hmi_buf_add_u32(&body, (uint32_t)stamp);
    hmi_buf_add_u32(&body, (uint32_t)frame.len);
    hmi_buf_add_u32(&body, (uint32_t)frame.len);
    hmi_buf_add(&body, hmi_buf_bytes(&frame));
    put_block(file, 4, HM_BYTES("names that nobody asked"));
    put_block(file, 6, hmi_buf_bytes(&body));
    body.ptr[0] = 9; /* an interface that was never described */
    put_block(file, 6, hmi_buf_bytes(&body));
    hmi_buf_fini(&frame);
    hmi_buf_fini(&body);
}

TEST(pcapng_with_its_own_clock)
{
    hmi_buf file;
    hmi_capture_sums sums;
    hmi_buf_init(&file, 0);
    put_pcapng(&file);
    records *r = events_of(hmi_buf_bytes(&file), &sums);
    CHECK_EQ(r->code, HM_OK);
    CHECK_EQ(sums.frames, 1);
    CHECK_EQ(sums.lost_interface, 1);
    CHECK_EQ(r->events[0].time.us, INT64_C(1600003600000007));
    CHECK_TEXT(field_of(&r->events[0], HMI_DOMAIN, HMI_ROLE_QUERY, 0), "c2.example.net");
    records_free(r);
    hmi_buf_fini(&file);
}

TEST(a_block_of_length_0_stops_and_earlier_packets_stay)
{
    hmi_buf file;
    collector got;
    hmi_buf_init(&file, 0);
    put_pcapng(&file);
    size_t at = file.len;
    hmi_buf_add_u32(&file, 6);
    hmi_buf_add_u32(&file, 0);
    hmi_buf_add_u64(&file, 0);
    const hmi_note *note =
        read_notes(&got, hmi_buf_bytes(&file), "the 1 packets before it are kept");
    assert_non_null(note);
    CHECK_EQ(note->offset, at);
    CHECK(collect_has(&got, HMI_DOMAIN, HMI_ROLE_QUERY, "c2.example.net"));
    collect_fini(&got);
    hmi_buf_fini(&file);
}

TEST(more_flows_than_the_table_holds)
{
    film f;
    hmi_capture_sums sums;
    film_init(&f);
    for (unsigned i = 0; i < 5000; i++) {
        film_udp(&f, (endpoint){ 1, (uint16_t)(2000 + i) }, (endpoint){ 2, 9999 }, HM_BYTES("x"));
    }
    /* the file is small, so is the table; every flow leaves nevertheless, once */
    records *r = events_of(film_bytes(&f), &sums);
    CHECK_EQ(sums.flows, 5000);
    CHECK_EQ(r->count, 5000);
    records_free(r);
    film_fini(&f);
}

/* ---- Sweeps */

static void sweep(hm_bytes file)
{
    hmi_capture_sums sums;
    for (size_t len = 0; len <= file.len; len++) {
        uint8_t *cut = malloc(len ? len : 1); /* exact: a sanitizer sees one byte too far */
        memcpy(cut, file.ptr, len);
        records *r = events_of(hmi_bytes(cut, len), &sums);
        CHECK(r->code == HM_OK || (len < 24 && r->code == HM_E_TRUNCATED));
        records_free(r);
        free(cut);
    }
    uint8_t *copy = malloc(file.len);
    for (size_t bit = 0; bit < file.len * 8; bit++) {
        memcpy(copy, file.ptr, file.len);
        copy[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        records *r = events_of(hmi_bytes(copy, file.len), &sums);
        CHECK(r->code == HM_OK || r->code == HM_E_TRUNCATED);
        records_free(r);
    }
    free(copy);
}

TEST(every_prefix_and_every_flipped_bit_gets_an_answer)
{
    film f;
    hmi_buf more;
    film_init(&f);
    film_web(&f);
    film_udp(&f, DNS, CLIENT, HM_BYTES(DNS_REPLY));
    sweep(film_bytes(&f));
    film_fini(&f);
    film_init(&f);
    hmi_buf_init(&more, 0);
    put_hello(&more);
    film_tcp(&f, CLIENT, TLS, 100, ACK, hmi_buf_bytes(&more));
    film_smb(&f, 1000, 3, HM_BYTES("\x09\0\0\0\x48\0\x12\0\\\0\\\0f\0s\0\\\0i\0p\0c\0$\0"));
    sweep(film_bytes(&f));
    film_fini(&f);
    hmi_buf_clear(&more);
    put_pcapng(&more);
    sweep(hmi_buf_bytes(&more));
    hmi_buf_fini(&more);
}

RUN_TESTS()
