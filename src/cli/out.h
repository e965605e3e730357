/* SPDX-License-Identifier: Apache-2.0
 *
 * out.h - what people and programs see: text for a terminal, JSON for the rest.
 *
 * Everything that came out of evidence passes hmi_out_safe or the JSON writer: no control byte of
 * a log line ever reaches a terminal. Colour only on a terminal, never with NO_COLOR.
 */
#ifndef HMI_CLI_OUT_H
#define HMI_CLI_OUT_H

#include "base/buf.h"
#include "base/json.h"

typedef enum hmi_style { HMI_PLAIN, HMI_STRONG, HMI_FAINT, HMI_GOOD, HMI_WARN, HMI_BAD } hmi_style;

typedef struct hmi_out {
    hmi_buf buf; /* standard output, written at the end or by hmi_out_flush */
    hmi_json_writer json;
    bool as_json, quiet, colour, terminal;
    unsigned width; /* columns of the terminal, 100 when it is none */
} hmi_out;

typedef enum hmi_colour { HMI_COLOUR_AUTO, HMI_COLOUR_ALWAYS, HMI_COLOUR_NEVER } hmi_colour;

void hmi_out_init(hmi_out *out, bool as_json, bool quiet, hmi_colour colour);
/* Writes what has gathered. False when standard output failed (told once on standard error). */
bool hmi_out_flush(hmi_out *out);
void hmi_out_fini(hmi_out *out);

__attribute__((format(printf, 2, 3))) void hmi_say(hmi_out *out, const char *format, ...);
void hmi_say_style(hmi_out *out, hmi_style style);
/* Untrusted bytes made visible; at most `columns` wide (0 = all), padded with blanks to `pad`.
 * Width is counted in terminal columns: wide East Asian characters take two. */
void hmi_out_safe(hmi_out *out, hm_bytes bytes, size_t columns, size_t pad);
void hmi_out_text(hmi_out *out, hm_text text, size_t columns, size_t pad);
/* "12.3 MB" */
void hmi_out_size(hmi_out *out, uint64_t bytes);
size_t hmi_columns(hm_text text);

/* One sentence on standard error, safe, with "hallmark: " in front. */
__attribute__((format(printf, 1, 2))) void hmi_complain(const char *format, ...);

#endif
