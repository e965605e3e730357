/* SPDX-License-Identifier: Apache-2.0
 *
 * page.h - a document for people, written as HTML or Markdown.
 *
 * Whatever goes in comes out as text: HTML escapes everything, Markdown every sign that means
 * something; characters that cannot be seen or turn the direction of writing are shown as \u{NNNN}.
 * Nothing refers to anything outside the document.
 */
#ifndef HMI_TELL_PAGE_H
#define HMI_TELL_PAGE_H

#include "base/buf.h"
#include "base/text.h"

typedef enum hmi_language {
    HMI_ENGLISH,
    HMI_KOREAN,
    HMI_JAPANESE,
    HMI_LANGUAGE_COUNT
} hmi_language;

typedef struct hmi_page {
    hmi_buf *out;
    bool html;
    hmi_language language;
    const char *marking; /* "TLP:AMBER": stands on every page */
    size_t columns;      /* of the table in hand */
} hmi_page;

void hmi_page_begin(hmi_page *page, hm_text title);
void hmi_page_end(hmi_page *page);
void hmi_page_heading(hmi_page *page, unsigned level, hm_text text);
void hmi_page_open_paragraph(hmi_page *page);
void hmi_page_close_paragraph(hmi_page *page);
/* Our own words and other people's names. */
void hmi_page_text(hmi_page *page, hm_bytes text);
/* A value out of evidence: set apart, every sign as it is. */
void hmi_page_value(hmi_page *page, hm_bytes value);
/* A mark that leads to source `number`. */
void hmi_page_cite(hmi_page *page, size_t number);
/* heads: as many as columns. */
void hmi_page_open_table(hmi_page *page, const hm_text *heads, size_t columns);
void hmi_page_open_row(hmi_page *page);
void hmi_page_open_cell(hmi_page *page);
void hmi_page_close_cell(hmi_page *page);
void hmi_page_close_row(hmi_page *page);
void hmi_page_close_table(hmi_page *page);
/* The list of sources: one entry. */
void hmi_page_open_source(hmi_page *page, size_t number);
void hmi_page_close_source(hmi_page *page);

#endif
