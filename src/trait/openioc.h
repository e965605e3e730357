/* SPDX-License-Identifier: Apache-2.0
 *
 * openioc.h - what OpenIOC calls the things that we have classes for; for its reader and its
 * writer.
 */
#ifndef HMI_TRAIT_OPENIOC_H
#define HMI_TRAIT_OPENIOC_H

#include "trait/class.h"

typedef struct hmi_openioc_term {
    hmi_class class_id;
    const char *search; /* "FileItem/Md5sum" */
    const char *type;   /* of Content: "md5" */
} hmi_openioc_term;

/* NULL when OpenIOC has no term for the class that readers agree on. */
const hmi_openioc_term *hmi_openioc_of_class(hmi_class class_id);
/* By the term of a Context, without regard to case; NULL for what we have no class for. */
const hmi_openioc_term *hmi_openioc_of_search(hm_text search);

#endif
