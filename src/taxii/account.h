/* SPDX-License-Identifier: Apache-2.0
 *
 * account.h - who is it? Passwords, tokens and certificates become a partner, or nobody.
 *
 * Threads: any.
 */
#ifndef HMI_TAXII_ACCOUNT_H
#define HMI_TAXII_ACCOUNT_H

#include "taxii/config.h"

enum { HMI_ACCOUNT_CACHE_MAX = 1024, HMI_ACCOUNT_CACHE_S = 900, HMI_ACCOUNT_TRIES_PER_S = 10 };

typedef enum hmi_known {
    HMI_KNOWN,     /* *ret_partner says who */
    HMI_ANONYMOUS, /* no credentials were given */
    HMI_UNKNOWN,   /* they are wrong */
    HMI_SLOW,      /* they must be verified where that may take time */
    HMI_TOO_MANY   /* too many were tried lately */
} hmi_known;

typedef struct hmi_accounts hmi_accounts;

int hmi_accounts_new(const hmi_taxii_config *config, const hmi_policy *policy,
                     hmi_accounts **ret_accounts, hm_err *err);
void hmi_accounts_free(hmi_accounts *accounts); /* NULL is fine */
/* `authorization` is the header's value or {NULL, 0}; `certificate` a SHA-256 or NULL: it decides
 * when it is there and is an account's. */
hmi_known hmi_account_ask(hmi_accounts *accounts, hm_text authorization, const uint8_t *certificate,
                          bool patient, int64_t now_us, size_t *ret_partner);
/* May this partner ask once more? 0, or after how many seconds. */
uint32_t hmi_account_rate(hmi_accounts *accounts, size_t partner, int64_t now_us);

#endif
