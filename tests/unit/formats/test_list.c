/* SPDX-License-Identifier: Apache-2.0
 *
 * test_list.c - lists of indicators in the shapes people send, and what is no list.
 */
#include "check.h"
#include "collect.h"
#include "formats/reader.h"

extern const hmi_reader hmi_reader_list;

static int read_text(collector *got, const char *text)
{
    hm_err err;
    collect_init(got, 8 << 20);
    hmi_reading reading = collect_reading(got);
    return hmi_reader_list.read(&reading, hmi_text_bytes(hmi_text_of(text)), &err);
}

static int detect(const char *text)
{
    return hmi_reader_list.detect(hmi_text_bytes(hmi_text_of(text)), (hm_bytes){ NULL, 0 });
}

#define HAS(class_id, value) CHECK(collect_has(&got, class_id, HMI_ROLE_INDICATED, value))

static const char MIXED[] = "\xef\xbb\xbf# feed of 2014\n"
                            "\n; old style comment\r\n// another\n"
                            "210.52.109[.]22\r\n"
                            "175.45.178.0/24 ; Potonggang\n"
                            "210.52.109.23:443\n"
                            "hxxp://evil[.]com/a.php # dropper\n"
                            "Evil.COM\n"
                            "user[at]evil.com\n"
                            "0123456789ABCDEF0123456789abcdef\n"
                            "0123456789abcdef0123456789abcdef01234567\n"
                            "cve-2014-0160\n"
                            "0.0.0.0 bad.evil.com\n"
                            "2001[:]470::5\n"
                            "this is no indicator\n"
                            "\"quoted.evil.com\"\n";

TEST(one_per_line_of_any_kind)
{
    collector got;
    CHECK_EQ(read_text(&got, MIXED), HM_OK);
    HAS(HMI_ADDRESS, "210.52.109.22");
    HAS(HMI_RANGE, "175.45.178.0/24");
    HAS(HMI_ADDRESS, "210.52.109.23");
    HAS(HMI_URL, "http://evil.com/a.php");
    HAS(HMI_DOMAIN, "evil.com");
    HAS(HMI_MAIL, "user@evil.com");
    HAS(HMI_MD5, "0123456789abcdef0123456789abcdef");
    HAS(HMI_SHA1, "0123456789abcdef0123456789abcdef01234567");
    HAS(HMI_VULNERABILITY, "CVE-2014-0160");
    HAS(HMI_DOMAIN, "bad.evil.com");
    HAS(HMI_ADDRESS, "2001:470::5");
    HAS(HMI_DOMAIN, "quoted.evil.com");
    CHECK_EQ(got.trait_count, 12);
    const hmi_note *note = collect_note_of(&got, HMI_NOTE_DAMAGE, "line 16 is no indicator");
    CHECK(note != NULL);
    CHECK(memcmp(MIXED + note->offset, "this is no", 10) == 0);
    CHECK(collect_note_of(&got, HMI_NOTE_INFO, "1 of 13 lines") != NULL);
    collect_fini(&got);
    CHECK(detect(MIXED) >= 50);
}

TEST(the_place_of_each_entry)
{
    collector got;
    CHECK_EQ(read_text(&got, MIXED), HM_OK);
    const hmi_trait *mail = collect_find(&got, HMI_MAIL, HMI_ROLE_NONE, "user@evil.com");
    CHECK(memcmp(MIXED + mail->offset, "user[at]", 8) == 0);
    collect_fini(&got);
}

TEST(kind_and_value_columns)
{
    collector got;
    CHECK_EQ(read_text(&got, "ip-dst,210.52.109.22\n"
                             "mutex,Global\\x\n"
                             "user-agent,\"Mozilla/5.0 (a, b)\"\n"
                             "FileHash-MD5,0123456789abcdef0123456789abcdef,dropper\n"
                             "ja3,0123456789abcdef0123456789abcdef\n"
                             "domain,setup.py\n"),
             HM_OK);
    HAS(HMI_ADDRESS, "210.52.109.22");
    HAS(HMI_MUTEX, "Global\\x");
    HAS(HMI_USER_AGENT, "Mozilla/5.0 (a, b)");
    HAS(HMI_MD5, "0123456789abcdef0123456789abcdef");
    HAS(HMI_JA3, "0123456789abcdef0123456789abcdef");
    HAS(HMI_DOMAIN, "setup.py");
    CHECK_EQ(got.trait_count, 6);
    CHECK_EQ(got.note_count, 0);
    collect_fini(&got);
}

TEST(a_header_tells_where_values_stand)
{
    static const char MISP[] =
        "uuid,event_id,category,type,value,comment\n"
        "u1,1,Network activity,ip-dst,210.52.109.22,\"a, b\"\n"
        "u2,1,Payload,filename|md5,a.exe|0123456789abcdef0123456789abcdef,x\n"
        "u3,1,Artifacts,mutex,Global\\x,\n"
        "u4,1,Other,text,free text,\n";
    collector got;
    CHECK_EQ(read_text(&got, MISP), HM_OK);
    HAS(HMI_ADDRESS, "210.52.109.22");
    HAS(HMI_MD5, "0123456789abcdef0123456789abcdef");
    HAS(HMI_MUTEX, "Global\\x");
    CHECK_EQ(got.trait_count, 3);
    CHECK(collect_note_of(&got, HMI_NOTE_DAMAGE, "line 5 is no indicator") != NULL);
    collect_fini(&got);
    CHECK_EQ(read_text(&got, "sha256;md5;name\n;0123456789abcdef0123456789abcdef;x\n"), HM_OK);
    HAS(HMI_MD5, "0123456789abcdef0123456789abcdef");
    CHECK_EQ(got.trait_count, 1);
    collect_fini(&got);
    CHECK(detect(MISP) > 0);
    CHECK(detect("sha256;md5\n;0123456789abcdef0123456789abcdef\n") >= 50);
}

TEST(what_is_no_list)
{
    static const char *const NO[] = {
        "",
        "\n\n",
        "# only comments\n",
        "Dear colleague,\nplease look at evil.com\nand 210.52.109.22 as well.\nThanks\n",
        "setup.py\nmain.rs\nREADME.md\nrun.sh\n",
        "kernel32.dll\nntdll.dll\n",
        "210.52.109.22 - - [24/Nov/2014:08:00:00 +0900] \"GET / HTTP/1.1\" 200 5\n",
        "time,src,url,status\n1,210.52.109.22,http://evil.com/,200\n",
        "210.52.109.22,443,tcp,allow,17\n210.52.109.23,443,tcp,allow,17\n",
        "evil.com\nnothing\nnothing more\n",
        "\177ELF",
        "evil.com\n\xff\xfe\n",
    };
    for (size_t i = 0; i < HMI_COUNT(NO); i++) {
        if (detect(NO[i]) != 0) {
            fail_msg("row %zu is no list", i);
        }
    }
    CHECK_EQ(hmi_reader_list.detect(HM_BYTES("a.com\n\0\n"), (hm_bytes){ NULL, 0 }), 0);
    collector got;
    CHECK_EQ(read_text(&got, "nothing\n"), HM_E_MALFORMED);
    collect_fini(&got);
    CHECK_EQ(read_text(&got, ""), HM_E_MALFORMED);
    collect_fini(&got);
}

TEST(notes_are_limited_and_long_lines_are_bad_lines)
{
    static char text[40000];
    size_t len = 0;
    for (size_t i = 0; i < 100; i++) {
        len += (size_t)snprintf(text + len, sizeof(text) - len, "bad line\n");
    }
    memset(text + len, 'a', 9000);
    len += 9000;
    snprintf(text + len, sizeof(text) - len, ".com\nevil.com\n");
    collector got;
    CHECK_EQ(read_text(&got, text), HM_OK);
    CHECK_EQ(got.trait_count, 1);
    CHECK_EQ(got.note_count, 33);
    CHECK(collect_note_of(&got, HMI_NOTE_INFO, "101 of 102 lines") != NULL);
    collect_fini(&got);
}

TEST(every_prefix_and_every_flipped_bit)
{
    static char bytes[sizeof(MIXED)];
    for (size_t change = 0; change < (sizeof(MIXED) - 1) * 9; change++) {
        memcpy(bytes, MIXED, sizeof(MIXED));
        size_t len = sizeof(MIXED) - 1;
        if (change < len) {
            bytes[change] = '\0';
            len = change;
        } else {
            size_t bit = change - len;
            bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
        }
        collector got;
        hm_err err;
        collect_init(&got, 8 << 20);
        hmi_reading reading = collect_reading(&got);
        int code = hmi_reader_list.read(&reading, hmi_bytes(bytes, len), &err);
        CHECK(code == HM_OK || code == HM_E_MALFORMED);
        CHECK(code == HM_OK ? got.trait_count > 0 : got.trait_count == 0);
        int score = hmi_reader_list.detect(hmi_bytes(bytes, len), (hm_bytes){ NULL, 0 });
        CHECK(score >= 0 && score <= 100);
        collect_fini(&got);
    }
}

TEST(a_refusing_sink_ends_the_reading)
{
    for (size_t n = 1; n <= 14; n++) {
        collector got;
        hm_err err;
        collect_init(&got, 1 << 20);
        got.fail_after = n;
        hmi_reading reading = collect_reading(&got);
        CHECK_EQ(hmi_reader_list.read(&reading, hmi_text_bytes(hmi_text_of(MIXED)), &err),
                 HM_E_CANCELLED);
        collect_fini(&got);
    }
}

RUN_TESTS()
