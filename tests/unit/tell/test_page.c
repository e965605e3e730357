/* SPDX-License-Identifier: Apache-2.0
 *
 * test_page.c - text stays text in HTML and Markdown; every sentence takes its arguments in every
 * language; every word of the scales has its translation.
 */
#include "check.h"
#include "compare/words.h"
#include "tell/page.h"
#include "tell/phrase.h"

static hm_text written(hmi_buf *buf, bool html, bool value, const char *text)
{
    hmi_page page = { .out = buf, .html = html, .marking = "TLP:GREEN" };
    hmi_buf_clear(buf);
    (value ? hmi_page_value : hmi_page_text)(&page, hmi_text_bytes(hmi_text_of(text)));
    return hmi_buf_text(buf);
}

TEST(html_escapes_everything_that_means_something)
{
    hmi_buf buf;
    hmi_buf_init(&buf, 0);
    CHECK_TEXT(written(&buf, true, false, "<a href=\"x\" b='y'>&amp;"),
               "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;");
    CHECK_TEXT(written(&buf, true, true, "</code>\u202e\u200b\x7f"),
               "<code dir=\"ltr\">&lt;/code&gt;\\u{202e}\\u{200b}\\u{007f}</code>");
    CHECK_TEXT(written(&buf, true, false, "a\nb\xff"), "a b\ufffd");
    hmi_buf_fini(&buf);
}

TEST(markdown_keeps_text_from_meaning_anything)
{
    hmi_buf buf;
    hmi_buf_init(&buf, 0);
    CHECK_TEXT(written(&buf, false, false, "*a* _b_ [c](d) `e` <f>"),
               "\\*a\\* \\_b\\_ \\[c\\](d) \\`e\\` &lt;f>");
    CHECK_TEXT(written(&buf, false, false, "# a"), "\\# a");
    CHECK_TEXT(written(&buf, false, false, "- a"), "\\- a");
    CHECK_TEXT(written(&buf, false, false, "1. a"), "1\\. a");
    CHECK_TEXT(written(&buf, false, false, "http://www.x.com a@b.c"),
               "http\\://www\\.x.com a\\@b.c");
    CHECK_TEXT(written(&buf, false, false, "AT&T &lt;"), "AT&T &amp;lt;");
    CHECK_TEXT(written(&buf, false, false, "culver-city 2.5"), "culver-city 2.5");
    CHECK_TEXT(written(&buf, false, true, "a|b"), "`a\\|b`");
    CHECK_TEXT(written(&buf, false, true, "x``y"), "``` x``y ```");
    hmi_buf_fini(&buf);
}

TEST(a_sentence_takes_its_arguments_in_every_language)
{
    hmi_buf buf;
    hmi_buf_init(&buf, 0);
    const hm_bytes arguments[HMI_PHRASE_ARGUMENTS_MAX] = { HM_BYTES("A0"), HM_BYTES("A1"),
                                                           HM_BYTES("A2"), HM_BYTES("A3"),
                                                           HM_BYTES("A4"), HM_BYTES("A5") };
    for (int phrase = 0; phrase < HMI_PHRASE_COUNT; phrase++) {
        bool used[HMI_LANGUAGE_COUNT][HMI_PHRASE_ARGUMENTS_MAX] = { { false } };
        for (int language = 0; language < HMI_LANGUAGE_COUNT; language++) {
            hmi_page page = { .out = &buf, .language = (hmi_language)language, .marking = "" };
            hmi_buf_clear(&buf);
            hmi_page_phrase(&page, (hmi_phrase)phrase, arguments, HMI_PHRASE_ARGUMENTS_MAX);
            CHECK(buf.len > 0 && hmi_find_byte(hmi_buf_bytes(&buf), '{') == HMI_NPOS);
            for (size_t i = 0; i < HMI_PHRASE_ARGUMENTS_MAX; i++) {
                used[language][i] = hmi_find(hmi_buf_bytes(&buf), arguments[i]) != HMI_NPOS;
                CHECK_EQ(used[language][i], used[HMI_ENGLISH][i]);
            }
        }
    }
    hmi_buf_fini(&buf);
}

TEST(every_word_of_the_scales_and_every_label_is_translated)
{
    for (double bits = -8; bits < 25; bits += 0.5) {
        const char *words = hmi_words_enfsi(bits);
        CHECK(!hmi_text_is(hmi_phrase_word(HMI_KOREAN, words), words));
        CHECK(!hmi_text_is(hmi_phrase_word(HMI_JAPANESE, words), words));
    }
    for (int percent = 0; percent <= 100; percent++) {
        const char *words = hmi_words_icd203(percent / 100.0);
        CHECK(!hmi_text_is(hmi_phrase_word(HMI_KOREAN, words), words));
        CHECK(!hmi_text_is(hmi_phrase_word(HMI_JAPANESE, words), words));
    }
    for (int g = 1; g < HMI_GROUP_COUNT; g++) {
        const char *label = hmi_group_get((hmi_group)g)->label;
        CHECK(g == HMI_GROUP_CLAIM || !hmi_text_is(hmi_phrase_word(HMI_KOREAN, label), label));
    }
    hmi_language language = HMI_JAPANESE;
    CHECK(hmi_language_find(HM_TEXT("ko"), &language) && language == HMI_KOREAN);
    CHECK(!hmi_language_find(HM_TEXT("de"), &language) && language == HMI_KOREAN);
}

RUN_TESTS()
