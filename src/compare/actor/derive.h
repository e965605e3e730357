/* SPDX-License-Identifier: Apache-2.0
 *
 * derive.h - the levels at which an intruder's habits show.
 *
 * Exact values are re-used in one incident of twenty; names are built, paths are laid out and hosts
 * are rented by habit. From each observable this gives the coarser traits that it carries: the
 * registered domain, the suffix, words and four-letter pieces of the name, its shape, the network
 * around an address, the parts of a path, the parent of a technique.
 */
#ifndef HMI_COMPARE_ACTOR_DERIVE_H
#define HMI_COMPARE_ACTOR_DERIVE_H

#include "base/bytes.h"

/* The kinds of evidence of the model; the order is the order of its file and never changes. */
typedef enum hmi_kind {
    HMI_KIND_IP,
    HMI_KIND_DOMAIN,
    HMI_KIND_URL, /* host and path, no scheme */
    HMI_KIND_PATH,
    HMI_KIND_PORT,
    HMI_KIND_REGDOM,
    HMI_KIND_SUFFIX,
    HMI_KIND_TOKEN,
    HMI_KIND_GRAM,
    HMI_KIND_SHAPE,
    HMI_KIND_NET24,
    HMI_KIND_NET16,
    HMI_KIND_BASE,
    HMI_KIND_DIR,
    HMI_KIND_MD5,
    HMI_KIND_SHA1,
    HMI_KIND_SHA256,
    HMI_KIND_STRING,
    HMI_KIND_BYTES,
    HMI_KIND_FILENAME,
    HMI_KIND_MUTEX,
    HMI_KIND_TECHNIQUE,
    HMI_KIND_SOFTWARE,
    HMI_KIND_SKELETON, /* of a path: letters a, digits 9, long hex h; names of its parameters */
    HMI_KIND_EXT,
    HMI_KIND_FORM,   /* of a name: labels, length, hyphens, digits */
    HMI_KIND_FAMILY, /* kept for comparing incidents; carries no weight of its own */
    HMI_KIND_CVE,    /* as family */
    HMI_KIND_COUNT,
    HMI_KIND_WEIGHED = HMI_KIND_FAMILY,    /* kinds before this one have weights */
    HMI_KIND_REFERENCE = HMI_KIND_SKELETON /* kinds before this one are the reference's */
} hmi_kind;

enum {
    HMI_DERIVE_NAME_MAX = 253, /* longer names are nobody's: nothing is derived */
    HMI_DERIVE_PATH_MAX = 4096,
    HMI_DERIVE_PARTS_MAX = 512 /* traits derived of one observable */
};

const char *hmi_kind_name(hmi_kind kind);
/* False for a name that is no kind. */
bool hmi_kind_by_name(hm_text name, hmi_kind *ret);
/* What was seen as such, not derived; an exact match of it counts once, without its parts. */
bool hmi_kind_is_root(hmi_kind kind);
/* What lists of indicators compare: exact values. */
bool hmi_kind_is_exact(hmi_kind kind);

/* Called for each derived trait, perhaps several times for the same one; `value` is lent. */
typedef int (*hmi_derived)(void *with, hmi_kind kind, hm_text value, hm_err *err);
int hmi_derive(hmi_kind kind, hm_text value, hmi_derived derived, void *with, hm_err *err);

#endif
