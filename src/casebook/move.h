/* SPDX-License-Identifier: Apache-2.0
 *
 * move.h - a whole casebook into another place.
 */
#ifndef HMI_CASEBOOK_MOVE_H
#define HMI_CASEBOOK_MOVE_H

#include "casebook/store.h"

typedef struct hmi_move_report {
    uint64_t tables, rows;           /* read back and compared */
    uint64_t files, bytes, evidence; /* evidence: pieces read back by their hash */
} hmi_move_report;

/* Copies the casebook at `from` to `to`, where there must be none; each a folder or an address. The
 * old one is left as it is. HM_E_CONFLICT when it was written to meanwhile. On failure nobody can
 * open what is at `to`: moving to the same server again begins anew, a folder is to be removed. */
int hmi_store_move(const char *from, const char *to, hmi_move_report *ret, hm_err *err);

#endif
