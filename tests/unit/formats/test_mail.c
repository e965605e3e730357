/* SPDX-License-Identifier: Apache-2.0
 *
 * test_mail.c - headers, hosts on the way, links in encoded text, attachments; parts that never
 * end.
 */
#include "check.h"
#include "collect.h"
#include "formats/document/mail.h"
#include "formats/reader.h"

static const char MAIL[] =
    "Received: from mail.evil.example.net (unknown [198.51.100.7])\r\n"
    "\tby mx.victim.example.org (Postfix) with ESMTPS id ABC; Mon, 24 Nov 2014 08:00:05 +0900\r\n"
    "Date: Mon, 24 Nov 2014 08:00:00 +0900\r\n"
    "From: \"Boss, The\" <boss@evil.example.net>\r\n"
    "Reply-To: drop@other.example.net\r\n"
    "To: alice@victim.example.org, Bob <bob@victim.example.org>\r\n"
    "Message-ID: <4711@evil.example.net>\r\n"
    "Subject: Invoice\r\n"
    "X-Mailer: EvilMail 2.1\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=\"b1\"\r\n"
    "\r\n"
    "preamble\r\n"
    "--b1\r\n"
    "Content-Type: multipart/alternative; boundary=b2\r\n"
    "\r\n"
    "--b2\r\n"
    "Content-Type: text/plain\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n"
    "\r\n"
    "open http://c2.example.net/a=3Fid=3D7&lo=\r\n"
    "ng=3D1 now\r\n"
    "--b2--\r\n"
    "--b1\r\n"
    "Content-Type: application/octet-stream; name=\"x.bin\"\r\n"
    "Content-Disposition: attachment; filename=\"=\?utf-8?B?aW52b2ljZS5leGU=\?=\"\r\n"
    "Content-Transfer-Encoding: base64\r\n"
    "\r\n"
    "aGVsbG8g\r\n"
    "d29ybGQ=\r\n"
    "--b1--\r\n";

static void read_mail(collector *got, const char *text)
{
    hm_err err = { 0 };
    collect_init(got, 64 << 20);
    hmi_reading reading = collect_reading(got);
    CHECK_OK(hmi_formats_read(&reading, hmi_text_bytes(hmi_text_of(text)), &err));
}

TEST(headers)
{
    collector got;
    read_mail(&got, MAIL);
    CHECK_TEXT(collect_fact_of(&got, "format"), "mail");
    CHECK_TEXT(collect_fact_of(&got, "sent"), "2014-11-23T23:00:00Z");
    const hmi_trait *boss = collect_find(&got, HMI_MAIL, HMI_ROLE_SENDER, "boss@evil.example.net");
    assert_non_null(boss);
    CHECK_EQ(boss->first_us, INT64_C(1416783600000000));
    CHECK(memcmp(MAIL + boss->offset, "boss@evil", 9) == 0);
    CHECK(collect_has(&got, HMI_MAIL, HMI_ROLE_SENDER, "drop@other.example.net"));
    CHECK(collect_has(&got, HMI_MAIL, HMI_ROLE_RECIPIENT, "alice@victim.example.org"));
    CHECK(collect_has(&got, HMI_MAIL, HMI_ROLE_RECIPIENT, "bob@victim.example.org"));
    CHECK(collect_has(&got, HMI_ADDRESS, HMI_ROLE_CLIENT, "198.51.100.7"));
    CHECK(collect_has(&got, HMI_DOMAIN, HMI_ROLE_CLIENT, "mail.evil.example.net"));
    CHECK(collect_has(&got, HMI_DOMAIN, HMI_ROLE_SERVER, "mx.victim.example.org"));
    CHECK(collect_has(&got, HMI_USER_AGENT, HMI_ROLE_CLIENT, "EvilMail 2.1"));
    CHECK(collect_has(&got, HMI_STRING, HMI_ROLE_CONTENT, "<4711@evil.example.net>"));
    CHECK_EQ(got.note_count, 0);
    collect_fini(&got);
}

TEST(links_and_attachments_are_decoded)
{
    collector got;
    read_mail(&got, MAIL);
    CHECK(collect_has(&got, HMI_URL, HMI_ROLE_CONTENT, "http://c2.example.net/a?id=7&long=1"));
    CHECK_EQ(got.member_count, 1);
    CHECK(hmi_bytes_eq(got.members[0].name, HM_BYTES("invoice.exe")));
    CHECK(hmi_bytes_eq(got.members[0].content, HM_BYTES("hello world")));
    CHECK(!got.members[0].truncated);
    collect_fini(&got);
}

#define HEAD "From: a@example.net\nTo: b@example.org\nDate: 24 Nov 2014 08:00 -0530\n"

TEST(a_limit_cuts_attachments)
{
    collector got;
    hm_err err = { 0 };
    collect_init(&got, 64 << 20);
    hmi_reading reading = collect_reading(&got);
    reading.output_max = 5;
    CHECK_OK(hmi_reader_mail.read(&reading, hmi_text_bytes(hmi_text_of(MAIL)), &err));
    CHECK_EQ(got.member_count, 1);
    CHECK_EQ(got.members[0].content.len, 5);
    CHECK(got.members[0].truncated);
    CHECK(collect_note_of(&got, HMI_NOTE_DAMAGE, "larger than the limit") != NULL);
    collect_fini(&got);
}

TEST(percent_encoded_names_and_whole_messages)
{
    collector got;
    read_mail(&got, "From x Mon Nov 24\n" HEAD "Content-Type: message/rfc822\n"
                    "Content-Disposition: attachment; filename*=utf-8''a%20b.eml\n\n"
                    "From: inner@example.net\n\nx");
    CHECK_TEXT(collect_fact_of(&got, "sent"), "2014-11-24T13:30:00Z");
    CHECK_EQ(got.member_count, 1);
    CHECK(hmi_bytes_eq(got.members[0].name, HM_BYTES("a b.eml")));
    CHECK(hmi_starts_with(got.members[0].content, HM_BYTES("From: inner@")));
    collect_fini(&got);
}

TEST(parts_that_never_end_and_boundaries_inside_themselves)
{
    collector got;
    read_mail(&got, HEAD "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
                         "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
                         "Content-Type: text/plain\n\nsee http://c2.example.net/x\n");
    CHECK(collect_has(&got, HMI_URL, HMI_ROLE_CONTENT, "http://c2.example.net/x"));
    collect_fini(&got);
}

TEST(more_parts_than_anybody_attaches)
{
    collector got;
    hmi_buf text;
    hm_err err = { 0 };
    hmi_buf_init(&text, 0);
    hmi_buf_add_cstr(&text, HEAD "Content-Type: multipart/mixed; boundary=b\n\n");
    for (unsigned i = 0; i < HMI_MAIL_PARTS_MAX + 10; i++) {
        hmi_buf_add_cstr(&text, "--b\nContent-Type: a/b\n\nx\n");
    }
    collect_init(&got, 64 << 20);
    hmi_reading reading = collect_reading(&got);
    CHECK_OK(hmi_reader_mail.read(&reading, hmi_buf_bytes(&text), &err));
    CHECK_EQ(got.member_count, HMI_MAIL_PARTS_MAX);
    CHECK(collect_note_of(&got, HMI_NOTE_DAMAGE, "more than 1000 parts") != NULL);
    collect_fini(&got);
    hmi_buf_fini(&text);
}

TEST(dates)
{
    static const char *const wrong[] = { "",
                                         "Mon",
                                         "Mon, 24",
                                         "Mon, 24 Foo 2014 08:00:00 +0900",
                                         "24 Nov 14 08:00:00 +0900",
                                         "31 Nov 2014 08:00:00 +0900",
                                         "24 Nov 2014 25:00:00 +0900",
                                         "24 Nov 2014 08:00:00 +9900" };
    hmi_instant when = HMI_INSTANT_NONE;
    for (size_t i = 0; i < HMI_COUNT(wrong); i++) {
        CHECK(!hmi_mail_date(hmi_text_bytes(hmi_text_of(wrong[i])), &when));
    }
    CHECK(hmi_mail_date(HM_BYTES(" Mon, 24 Nov 2014 08:00:00 GMT"), &when));
    CHECK_EQ(when.trust, HMI_TIME_EXACT);
    CHECK(hmi_mail_date(HM_BYTES("24 Nov 2014 08:00:00"), &when));
    CHECK_EQ(when.trust, HMI_TIME_ZONE_ASSUMED);
    CHECK_EQ(when.us, INT64_C(1416816000000000));
}

TEST(other_texts_are_no_mail)
{
    CHECK_EQ(hmi_reader_mail.detect(HM_BYTES("To: be\nFrom: here\n"), HM_BYTES("")), 0);
    CHECK_EQ(hmi_reader_mail.detect(HM_BYTES("From now on\nnothing\n"), HM_BYTES("")), 0);
    CHECK_EQ(hmi_reader_mail.detect(HM_BYTES("GET / HTTP/1.1\nFrom: a\nDate: b\nHost: c\n"),
                                    HM_BYTES("")),
             0);
}

TEST(every_prefix_and_every_flipped_bit_gets_an_answer)
{
    hm_bytes text = hmi_text_bytes(hmi_text_of(MAIL));
    uint8_t *copy = malloc(text.len);
    for (size_t i = 0; i < text.len * 9; i++) {
        bool prefix = i < text.len;
        size_t len = prefix ? i : text.len, bit = i - text.len;
        memcpy(copy, text.ptr, len);
        if (!prefix) {
            copy[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        }
        uint8_t *exact = malloc(len ? len : 1); /* a sanitizer sees one byte too far */
        memcpy(exact, copy, len);
        collector got;
        hm_err err = { 0 };
        collect_init(&got, 64 << 20);
        hmi_reading reading = collect_reading(&got);
        int code = hmi_reader_mail.read(&reading, hmi_bytes(exact, len), &err);
        CHECK(code == HM_OK || code == HM_E_MALFORMED);
        collect_fini(&got);
        free(exact);
    }
    free(copy);
}

RUN_TESTS()
