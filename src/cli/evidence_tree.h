/* SPDX-License-Identifier: Apache-2.0
 *
 * evidence_tree.h - an incident's evidence in the order in which people look for it.
 */
#ifndef HMI_CLI_EVIDENCE_TREE_H
#define HMI_CLI_EVIDENCE_TREE_H

#include "casebook/store.h"

typedef struct hmi_evidence_leaf {
    const hmi_evidence *evidence;
    uint32_t depth; /* how many containers it lies in */
} hmi_evidence_leaf;

/* Puts `list` in order: by name, then by hash, what was inside a container right below it. The
 * order depends on the evidence alone, not on which worker was done first. *ret has `count`
 * entries. */
int hmi_evidence_tree(hmi_arena *arena, const hmi_evidence *list, size_t count,
                      hmi_evidence_leaf **ret, hm_err *err);

#endif
