/* SPDX-License-Identifier: Apache-2.0
 *
 * page.c - a document for people, written as HTML or Markdown.
 *
 * FORM   HTML: one file, styles inside, a policy that forbids every script and every fetch; the
 *        marking is a header and a footer on screen and repeats on each printed page. Markdown:
 *        GitHub's, with tables; raw HTML in values cannot arise, as '<' and '&' are written as
 *        entities.
 * TRUST  Text is anybody's, bytes may be no UTF-8.
 * OWNS   Nothing.
 */
#include "tell/page.h"

static const char *const CODES[HMI_LANGUAGE_COUNT] = { "en", "ko", "ja" };

/* ---- Characters */

static bool is_shown(uint32_t code)
{
    return code >= 0x20 && !(code >= 0x7f && code < 0xa0) && !hmi_is_hidden(code);
}

static void add_html(hmi_buf *out, uint32_t code)
{
    switch (code) {
    case '<':
        hmi_buf_add_cstr(out, "&lt;");
        break;
    case '>':
        hmi_buf_add_cstr(out, "&gt;");
        break;
    case '&':
        hmi_buf_add_cstr(out, "&amp;");
        break;
    case '"':
        hmi_buf_add_cstr(out, "&quot;");
        break;
    case '\'':
        hmi_buf_add_cstr(out, "&#39;");
        break;
    default:
        hmi_buf_add_utf8(out, code);
    }
}

/* "&amp;" and its kind would be read as a character. */
static bool is_entity(hm_bytes rest)
{
    size_t len = 1;
    while (len < rest.len && (hmi_ascii_alnum((char)rest.ptr[len]) || rest.ptr[len] == '#')) {
        len++;
    }
    return len > 1 && len < rest.len && rest.ptr[len] == ';';
}

/* Signs that mean something where they stand: always, at the beginning of a word, in "1. ", in what
 * would become a link by itself. */
static bool means_something(hm_bytes text, size_t at)
{
    static const hm_bytes NOWHERE = { NULL, 0 };
    const char c = (char)text.ptr[at];
    const char before = at > 0 ? (char)text.ptr[at - 1] : ' ';
    const hm_bytes after = at + 1 < text.len ? hmi_slice(text, at + 1, text.len) : NOWHERE;
    const char next = after.len > 0 ? (char)after.ptr[0] : ' ';
    if (strchr("\\`*_[]|~@", c) != NULL) {
        return true;
    }
    if (strchr("#+-=>!", c) != NULL) {
        return before == ' ' || c == '!';
    }
    return (c == ':' && next == '/') || (c == '.' && (before == 'w' || before == 'W')) ||
           ((c == '.' || c == ')') && hmi_ascii_digit(before) && next == ' ');
}

static void add_markdown(hmi_buf *out, hm_bytes text, size_t at, uint32_t code)
{
    if (code == '<' || (code == '&' && is_entity(hmi_slice(text, at, text.len)))) {
        hmi_buf_add_cstr(out, code == '<' ? "&lt;" : "&amp;");
        return;
    }
    if (code < 0x80 && means_something(text, at)) {
        hmi_buf_add_char(out, '\\');
    }
    hmi_buf_add_utf8(out, code);
}

void hmi_page_text(hmi_page *page, hm_bytes text)
{
    for (size_t at = 0; at < text.len;) {
        const size_t from = at;
        uint32_t code = hmi_utf8_next_lossy(text, &at);
        if (code == '\n' || code == '\r' || code == '\t') {
            hmi_buf_add_char(page->out, ' ');
        } else if (!is_shown(code)) {
            hmi_buf_printf(page->out, page->html ? "\\u{%04x}" : "\\\\u\\{%04x\\}", (unsigned)code);
        } else if (page->html) {
            add_html(page->out, code);
        } else {
            add_markdown(page->out, text, from, code);
        }
    }
}

/* A code span: its fence is longer than any run of backticks inside. */
static void add_span(hmi_buf *out, hm_bytes value)
{
    size_t longest = 0, run = 0;
    for (size_t i = 0; i < value.len; i++) {
        run = value.ptr[i] == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    for (size_t i = 0; i <= longest; i++) {
        hmi_buf_add_char(out, '`');
    }
    hmi_buf_add_cstr(out, longest > 0 ? " " : "");
    for (size_t at = 0; at < value.len;) {
        uint32_t code = hmi_utf8_next_lossy(value, &at);
        if (!is_shown(code)) {
            hmi_buf_printf(out, "\\u{%04x}", (unsigned)code);
        } else {
            hmi_buf_add_cstr(out, code == '|' ? "\\" : ""); /* would end a cell */
            hmi_buf_add_utf8(out, code);
        }
    }
    hmi_buf_add_cstr(out, longest > 0 ? " " : "");
    for (size_t i = 0; i <= longest; i++) {
        hmi_buf_add_char(out, '`');
    }
}

void hmi_page_value(hmi_page *page, hm_bytes value)
{
    if (!page->html) {
        add_span(page->out, value);
        return;
    }
    hmi_buf_add_cstr(page->out, "<code dir=\"ltr\">");
    for (size_t at = 0; at < value.len;) {
        uint32_t code = hmi_utf8_next_lossy(value, &at);
        if (!is_shown(code)) {
            hmi_buf_printf(page->out, "\\u{%04x}", (unsigned)code);
        } else {
            add_html(page->out, code);
        }
    }
    hmi_buf_add_cstr(page->out, "</code>");
}

/* ---- The document */

static const char STYLE[] =
    "body{font-family:sans-serif;line-height:1.5;max-width:60em;margin:3em auto;padding:0 1em}"
    "table{border-collapse:collapse;width:100%;font-size:90%}"
    "th,td{border:1px solid #999;padding:.25em .5em;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}"
    "code{font-family:monospace;unicode-bidi:isolate}"
    "sup a{text-decoration:none}"
    ".tlp{position:fixed;left:0;right:0;text-align:right;background:#000;color:#fff;"
    "padding:.2em 1em;font-weight:bold}"
    ".top{top:0}.bottom{bottom:0}"
    "@media print{body{margin:2em 0}@page{margin:2cm}}";

void hmi_page_begin(hmi_page *page, hm_text title)
{
    if (!page->html) {
        hmi_buf_printf(page->out, "**%s**\n\n# ", page->marking);
        hmi_page_text(page, hmi_text_bytes(title));
        hmi_buf_add_cstr(page->out, "\n\n");
        return;
    }
    hmi_buf_printf(page->out,
                   "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
                   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                   "style-src 'unsafe-inline'\">\n<title>%s ",
                   CODES[page->language], page->marking);
    hmi_page_text(page, hmi_text_bytes(title));
    hmi_buf_printf(page->out,
                   "</title>\n<style>%s</style>\n</head>\n<body>\n"
                   "<div class=\"tlp top\">%s</div>\n<div class=\"tlp bottom\">%s</div>\n<h1>",
                   STYLE, page->marking, page->marking);
    hmi_page_text(page, hmi_text_bytes(title));
    hmi_buf_add_cstr(page->out, "</h1>\n");
}

void hmi_page_end(hmi_page *page)
{
    if (page->html) {
        hmi_buf_add_cstr(page->out, "</body>\n</html>\n");
    } else {
        hmi_buf_printf(page->out, "**%s**\n", page->marking);
    }
}

void hmi_page_heading(hmi_page *page, unsigned level, hm_text text)
{
    if (page->html) {
        hmi_buf_printf(page->out, "<h%u>", level);
        hmi_page_text(page, hmi_text_bytes(text));
        hmi_buf_printf(page->out, "</h%u>\n", level);
        return;
    }
    for (unsigned i = 0; i < level; i++) {
        hmi_buf_add_char(page->out, '#');
    }
    hmi_buf_add_char(page->out, ' ');
    hmi_page_text(page, hmi_text_bytes(text));
    hmi_buf_add_cstr(page->out, "\n\n");
}

static void either(hmi_page *page, const char *html, const char *markdown)
{
    hmi_buf_add_cstr(page->out, page->html ? html : markdown);
}

void hmi_page_open_paragraph(hmi_page *page)
{
    either(page, "<p>", "");
}

void hmi_page_close_paragraph(hmi_page *page)
{
    either(page, "</p>\n", "\n\n");
}

void hmi_page_cite(hmi_page *page, size_t number)
{
    if (page->html) {
        hmi_buf_printf(page->out, "<sup><a href=\"#s%zu\">[%zu]</a></sup>", number, number);
    } else {
        hmi_buf_printf(page->out, "[^%zu]", number);
    }
}

void hmi_page_open_table(hmi_page *page, const hm_text *heads, size_t columns)
{
    page->columns = columns;
    either(page, "<table>\n<tr>", "|");
    for (size_t i = 0; i < columns; i++) {
        either(page, "<th>", " ");
        hmi_page_text(page, hmi_text_bytes(heads[i]));
        either(page, "</th>", " |");
    }
    either(page, "</tr>\n", "\n|");
    for (size_t i = 0; i < columns && !page->html; i++) {
        hmi_buf_add_cstr(page->out, "---|");
    }
    either(page, "", "\n");
}

void hmi_page_open_row(hmi_page *page)
{
    either(page, "<tr>", "|");
}

void hmi_page_open_cell(hmi_page *page)
{
    either(page, "<td>", " ");
}

void hmi_page_close_cell(hmi_page *page)
{
    either(page, "</td>", " |");
}

void hmi_page_close_row(hmi_page *page)
{
    either(page, "</tr>\n", "\n");
}

void hmi_page_close_table(hmi_page *page)
{
    either(page, "</table>\n", "\n");
}

void hmi_page_open_source(hmi_page *page, size_t number)
{
    if (page->html) {
        hmi_buf_printf(page->out, "<p id=\"s%zu\">[%zu] ", number, number);
    } else {
        hmi_buf_printf(page->out, "[^%zu]: ", number);
    }
}

void hmi_page_close_source(hmi_page *page)
{
    either(page, "</p>\n", "\n");
}
