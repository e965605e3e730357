/* SPDX-License-Identifier: Apache-2.0
 *
 * key.h - the casebook's signing key: a file of one line, made once.
 */
#ifndef HMI_GIVEN_KEY_H
#define HMI_GIVEN_KEY_H

#include "given/inside.h"

/* Reads the key; makes it when it is absent and `make` says so. HM_E_NOT_FOUND when absent,
 * HM_E_DENIED when others may read it. */
int hmi_key_open(const char *casebook, bool make, uint8_t ret_public[HMI_GIVEN_KEY],
                 uint8_t ret_secret[HMI_GIVEN_SECRET], hm_err *err);

#endif
