/* SPDX-License-Identifier: Apache-2.0
 *
 * list.h - what list.c and list_kind.c share. Only formats/report/ uses it.
 */
#ifndef HMI_FORMATS_REPORT_LIST_H
#define HMI_FORMATS_REPORT_LIST_H

#include "trait/canon.h"

/* What a text is by its shape alone, with its canonical form; HMI_CLASS_NONE if nothing certain.
 * Defanged spellings are understood. */
hmi_class hmi_list_guess(hm_text text, hmi_canon *out);
/* What a column called `name` says its values are ("ip-dst", "FileHash-SHA256"); NONE if unknown.
 */
hmi_class hmi_list_kind(hm_text name);

typedef enum hmi_list_column {
    HMI_LIST_OTHER = 0,
    HMI_LIST_VALUE, /* indicators stand here */
    HMI_LIST_KIND,  /* says what stands in the value column */
    HMI_LIST_LOGGED /* only records of events have such a column */
} hmi_list_column;
/* What a header's word says about its column. */
hmi_list_column hmi_list_header(hm_text word);

#endif
