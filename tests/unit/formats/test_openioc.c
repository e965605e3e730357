/* SPDX-License-Identifier: Apache-2.0
 *
 * test_openioc.c - items of both versions, what is negated, cut, expanded or hidden.
 */
#include "check.h"
#include "collect.h"
#include "formats/reader.h"

extern const hmi_reader hmi_reader_openioc;

static int read_bytes(collector *got, hm_bytes bytes)
{
    hm_err err;
    collect_init(got, 8 << 20);
    hmi_reading reading = collect_reading(got);
    return hmi_reader_openioc.read(&reading, bytes, &err);
}

#define HAS(class_id, value) CHECK(collect_has(&got, class_id, HMI_ROLE_INDICATED, value))
#define ITEM(condition, search, value)                                                             \
    "<IndicatorItem id=\"1\" condition=\"" condition "\"><Context document=\"x\" search=\"" search \
    "\" type=\"mir\"/><Content type=\"string\">" value "</Content></IndicatorItem>\n"

static const char
    FIRST[] =
        "<?xml version=\"1.0\" encoding=\"us-ascii\"?>\n<!-- <IndicatorItem> in a comment -->\n"
        "<ioc xmlns=\"http://schemas.mandiant.com/2010/ioc\" id=\"1\">\n"
        "<short_description>Night &amp; "
        "post</short_description><authored_by>Some&#x20;body</authored_by>\n"
        "<authored_date>2014-12-01T00:00:00</authored_date>\n<definition><Indicator "
        "operator=\"OR\">\n"                                                     //
    ITEM("is", "FileItem/Md5sum", " 0123456789ABCDEF0123456789abcdef ")          //
    ITEM("contains", "Network/DNS", "Evil.COM")                                  //
    ITEM("is", "PortItem/remoteIP", "45.77.1.20")                                //
    ITEM("is", "ProcessItem/HandleList/Handle/Name", "a&lt;b&gt;&#65;&unknown;") //
    ITEM("is", "Network/UserAgent", "<![CDATA[Courier/1 <x> &amp;]]>")           //
    ITEM("isnot", "Network/DNS", "good.com")                                     //
    ITEM("matches", "Network/DNS", "regular.com")                                //
    ITEM("is", "Nothing/WeKnow", "x.com")                                        //
    ITEM("is", "FileItem/Md5sum", "no hash")                                     //
    "<Indicator operator=\"AND\">\n" ITEM(
        "is", "FileItem/FileName", "svchost.exe") "</Indicator></Indicator></definition></ioc>\n";

TEST(items_of_version_1_0)
{
    collector got;
    CHECK_EQ(read_bytes(&got, hmi_text_bytes(hmi_text_of(FIRST))), HM_OK);
    HAS(HMI_MD5, "0123456789abcdef0123456789abcdef");
    HAS(HMI_DOMAIN, "evil.com");
    HAS(HMI_ADDRESS, "45.77.1.20");
    HAS(HMI_MUTEX, "a<b>A&unknown;");
    HAS(HMI_USER_AGENT, "Courier/1 <x> &amp;");
    HAS(HMI_FILE_NAME, "svchost.exe");
    CHECK_EQ(got.trait_count, 6);
    CHECK(
        collect_note_of(&got, HMI_NOTE_INFO,
                        "1 items are of terms that have no class here, 2 are negated or patterns: "
                        "not taken") != NULL);
    CHECK(collect_note_of(&got, HMI_NOTE_INFO,
                          "1 values are indicators only together with others") != NULL);
    CHECK(collect_note_of(&got, HMI_NOTE_INFO, "a value cannot be read as MD5") != NULL);
    CHECK_EQ(hmi_reader_openioc.detect(hmi_text_bytes(hmi_text_of(FIRST)), (hm_bytes){ NULL, 0 }),
             95);
    collect_fini(&got);
}

TEST(version_1_1_with_prefixes_and_negate)
{
    static const char SECOND[] =
        "<?xml version='1.0'?><o:OpenIOC xmlns:o='http://openioc.org/schemas/OpenIOC_1.1'>"
        "<o:criteria><o:Indicator operator='OR'>"
        "<o:IndicatorItem condition='is' negate='true'><o:Context search='Network/DNS'/>"
        "<o:Content type='string'>good.com</o:Content></o:IndicatorItem>"
        "<o:IndicatorItem negate='false' condition='is' preserve-case='false'>"
        "<o:Context document='Network' search='network/dns'/>"
        "<o:Content type='string'>evil.com</o:Content></o:IndicatorItem>"
        "</o:Indicator></o:criteria></o:OpenIOC>";
    collector got;
    CHECK_EQ(read_bytes(&got, hmi_text_bytes(hmi_text_of(SECOND))), HM_OK);
    HAS(HMI_DOMAIN, "evil.com");
    CHECK_EQ(got.trait_count, 1);
    collect_fini(&got);
}

TEST(entities_of_a_document_type_do_not_expand)
{
    static const char BOMB[] = "<!DOCTYPE ioc [<!ENTITY a \"evil\"><!ENTITY b \"&a;&a;&a;\">]>"
                               "<ioc xmlns=\"http://schemas.mandiant.com/2010/ioc\">" ITEM(
                                   "is", "FileItem/FileName", "&b;.exe") "</ioc>";
    collector got;
    CHECK_EQ(read_bytes(&got, hmi_text_bytes(hmi_text_of(BOMB))), HM_OK);
    HAS(HMI_FILE_NAME, "&b;.exe");
    collect_fini(&got);
}

TEST(what_is_no_openioc_is_refused)
{
    static const char *const OTHERS[] = { "", "<html></html>", "{\"type\":\"bundle\"}", "<ioc",
                                          "<" };
    for (size_t i = 0; i < HMI_COUNT(OTHERS); i++) {
        collector got;
        CHECK_EQ(read_bytes(&got, hmi_text_bytes(hmi_text_of(OTHERS[i]))), HM_E_MALFORMED);
        CHECK_EQ(got.trait_count, 0);
        CHECK_EQ(hmi_reader_openioc.detect(hmi_text_bytes(hmi_text_of(OTHERS[i])),
                                           (hm_bytes){ NULL, 0 }),
                 0);
        collect_fini(&got);
    }
}

TEST(every_prefix_and_every_flipped_bit)
{
    static uint8_t copy[sizeof(FIRST)];
    const size_t len = sizeof(FIRST) - 1;
    for (size_t cut = 0; cut < len; cut++) {
        collector got;
        int code = read_bytes(&got, hmi_bytes(FIRST, cut));
        CHECK(code == HM_OK || code == HM_E_MALFORMED);
        CHECK(got.trait_count <= 6);
        collect_fini(&got);
    }
    for (size_t bit = 0; bit < len * 8; bit++) {
        collector got;
        memcpy(copy, FIRST, len);
        copy[bit / 8] = (uint8_t)(copy[bit / 8] ^ 1u << bit % 8);
        int code = read_bytes(&got, hmi_bytes(copy, len));
        CHECK(code == HM_OK || code == HM_E_MALFORMED);
        collect_fini(&got);
    }
}

TEST(a_value_that_is_too_long_is_noted)
{
    enum { LONG = 70000 };
    static char text[LONG + 400];
    int head = snprintf(text, sizeof(text),
                        "<ioc xmlns=\"http://schemas.mandiant.com/2010/ioc\"><IndicatorItem "
                        "condition=\"is\"><Context search=\"FileItem/FileName\"/><Content>");
    memset(text + head, 'x', LONG);
    memcpy(text + head + LONG, "</Content></IndicatorItem></ioc>", 33);
    collector got;
    CHECK_EQ(read_bytes(&got, hmi_text_bytes(hmi_text_of(text))), HM_OK);
    CHECK_EQ(got.trait_count, 0);
    CHECK(collect_note_of(&got, HMI_NOTE_DAMAGE, "a value is longer than 4096 bytes") != NULL);
    collect_fini(&got);
}

RUN_TESTS()
