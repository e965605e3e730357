/* SPDX-License-Identifier: Apache-2.0
 *
 * plain_yaml.h - the plain part of YAML that rules are written in: maps, lists, scalars, documents.
 *
 * libyaml finds the events; anchors, aliases, tags and merge keys are refused, with the line: no
 * rule needs them, and each of them is a way to say much with little.
 */
#ifndef HMI_DETECT_PLAIN_YAML_H
#define HMI_DETECT_PLAIN_YAML_H

#include "base/arena.h"
#include "base/bytes.h"

enum {
    HMI_YAML_SIZE_MAX = 4 << 20,
    HMI_YAML_DEPTH_MAX = 24,
    HMI_YAML_NODES_MAX = 1 << 18 /* of one text */
};

typedef enum hmi_yaml_kind { HMI_YAML_SCALAR, HMI_YAML_LIST, HMI_YAML_MAP } hmi_yaml_kind;

typedef struct hmi_yaml hmi_yaml;
struct hmi_yaml {
    hmi_yaml_kind kind;
    hm_text text;  /* of a scalar */
    bool plain;    /* a scalar without quotes: null, true, 5 mean what they say */
    uint32_t line; /* 1 = first */
    hm_text key;   /* when it is a member of a map */
    hmi_yaml *first, *last, *next;
    size_t count;
};

/* All documents of a text: *ret_documents is a LIST of their roots. On failure err->offset is the
 * line. */
int hmi_yaml_read(hmi_arena *arena, hm_bytes input, hmi_yaml **ret_documents, hm_err *err);
/* Member of a map; NULL when it is none or not there. */
const hmi_yaml *hmi_yaml_get(const hmi_yaml *map, const char *key);
/* The text of a scalar member, empty when there is none. */
hm_text hmi_yaml_text(const hmi_yaml *map, const char *key);
bool hmi_yaml_is_null(const hmi_yaml *scalar);

#endif
