/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_lexicon.h - the tables of STIX, ready to be asked. Only stix_*.c use it.
 */
#ifndef HMI_SHARE_STIX_LEXICON_H
#define HMI_SHARE_STIX_LEXICON_H

#include "base/bytes.h"
#include "share/stix_table.h"

/* Rows of a space are bits 0.. of a set; those of a common space begin here, so that both fit into
 * one. */
enum { HMI_STIX_COMMON_BIT = 40, HMI_STIX_ROWS_MAX = 64, HMI_STIX_NO_WORD = -1 };

typedef struct hmi_stix_lexicon hmi_stix_lexicon;

/* A rule between properties with its names turned into bits. */
typedef struct hmi_stix_compiled {
    uint8_t relation;
    uint64_t a, b; /* bit sets */
    const hmi_stix_rule_row *row;
} hmi_stix_compiled;

/* The one there is: made when first asked for, never changed, never freed. Any thread. */
const hmi_stix_lexicon *hmi_stix_lexicon_get(void);

/* The type of that name; HMI_STIX_TYPE_COUNT when it is none of the specification's. */
hmi_stix_space hmi_stix_type_find(const hmi_stix_lexicon *lexicon, hm_text name);
/* Row number in a space, or HMI_STIX_NO_WORD. */
int hmi_stix_property_find(const hmi_stix_lexicon *lexicon, hmi_stix_space space, hm_text name);
/* The bit of a member of an object of type `space`, whose common properties are those of `common`;
 * either may be HMI_STIX_SPACE_COUNT: none. Bits of common properties are HMI_STIX_COMMON_BIT on.
 */
int hmi_stix_member_find(const hmi_stix_lexicon *lexicon, hmi_stix_space space,
                         hmi_stix_space common, hm_text name);
bool hmi_stix_word_is(const hmi_stix_lexicon *lexicon, hmi_stix_vocabulary words, hm_text word);
/* The space of a predefined extension of a type; HMI_STIX_SPACE_COUNT when it has none such. */
hmi_stix_space hmi_stix_extension_find(hmi_stix_space type, hm_text key);

const hmi_stix_properties *hmi_stix_space_of(hmi_stix_space space);
uint64_t hmi_stix_required(const hmi_stix_lexicon *lexicon, hmi_stix_space space);
const hmi_stix_compiled *hmi_stix_rules_of(const hmi_stix_lexicon *lexicon, hmi_stix_space space,
                                           size_t *ret_count);
hmi_stix_role hmi_stix_role_of(hmi_stix_space type);
hmi_stix_space hmi_stix_common_of(hmi_stix_role role);
const char *hmi_stix_type_name(hmi_stix_space type);

#endif
