/* SPDX-License-Identifier: Apache-2.0
 *
 * pdf.h - what the two halves of the PDF reader share.
 *
 * pdf_object.c cuts the file into objects and unpacks streams; pdf.c looks at what they say.
 */
#ifndef HMI_FORMATS_PDF_H
#define HMI_FORMATS_PDF_H

#include "base/error.h"
#include "base/num.h"
#include "formats/parts.h"
#include "formats/reader.h"

enum {
    HMI_PDF_START_MAX = 1024, /* "%PDF-" begins within these */
    HMI_PDF_OBJECTS_MAX = 131072,
    HMI_PDF_TRAILERS_MAX = 256,
    HMI_PDF_NESTED_MAX = 4096, /* streams of objects */
    HMI_PDF_FILTERS_MAX = 4,
    HMI_PDF_DECODED_MAX = 24 << 20, /* bytes of all unpacked streams */
    HMI_PDF_LOOKUPS_MAX = 2000,     /* references followed */
    HMI_PDF_TEXT_MAX = 64 << 10     /* bytes of one text */
};

typedef enum hmi_pdf_kind {
    HMI_PDF_END,
    HMI_PDF_NAME,   /* without the slash, as it is spelt */
    HMI_PDF_STRING, /* what stands between the brackets */
    HMI_PDF_HEX,
    HMI_PDF_WORD, /* numbers and keywords */
    HMI_PDF_DICT_OPEN,
    HMI_PDF_DICT_CLOSE,
    HMI_PDF_ARRAY_OPEN,
    HMI_PDF_ARRAY_CLOSE
} hmi_pdf_kind;

typedef struct hmi_pdf_token {
    hmi_pdf_kind kind;
    hm_bytes text;
} hmi_pdf_token;

typedef struct hmi_pdf_object {
    uint32_t number;
    uint64_t place;  /* in the evidence */
    hm_bytes body;   /* what stands before "stream" or "endobj" */
    hm_bytes stream; /* packed */
} hmi_pdf_object;

typedef struct hmi_pdf {
    hmi_reading *reading;
    hm_bytes file;
    hmi_parts parts;
    hmi_pdf_object *objects;
    size_t object_count, object_room;
    size_t decoded_left;
    unsigned lookups_left, actions_told;
    uint32_t info; /* number of the object that describes the document, 0: none named */
    bool encrypted, spelt_oddly, limit_told;
    hmi_buf text; /* one text at a time */
} hmi_pdf;

/* The next token at *pos. */
hmi_pdf_token hmi_pdf_next(hm_bytes body, size_t *pos);
/* A name with its #41 read; cut at 64 bytes. *ret_odd when there was one. */
hm_text hmi_pdf_name(hm_bytes raw, char out[64], bool *ret_odd);
/* Objects of the file and of its object streams. */
int hmi_pdf_objects(hmi_pdf *pdf, hm_err *err);
/* The last object of that number; NULL if none or too many were asked for. */
const hmi_pdf_object *hmi_pdf_find(hmi_pdf *pdf, uint32_t number);
/* Its stream unpacked, into the arena; empty when a filter is not known. */
int hmi_pdf_stream(hmi_pdf *pdf, const hmi_pdf_object *object, hm_bytes *ret, hm_err *err);
/* What follows a key in a dictionary: where its first token begins; HMI_NPOS if there is none. */
size_t hmi_pdf_value(hm_bytes body, const char *key);
bool hmi_pdf_number(hm_bytes text, uint32_t *ret);

#endif
