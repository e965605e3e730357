/* SPDX-License-Identifier: Apache-2.0
 *
 * config.h - what a server offers to whom: docs/TAXII.md is the promise. Who the partners are is
 * the policy's matter (share/policy.h); here they are named.
 */
#ifndef HMI_TAXII_CONFIG_H
#define HMI_TAXII_CONFIG_H

#include "share/policy.h"
#include "taxii/filter.h"

enum {
    HMI_CONFIG_BYTES_MAX = 4 << 20,
    HMI_CONFIG_LINES_MAX = 20000,
    HMI_CONFIG_ROOTS_MAX = 64,
    HMI_CONFIG_COLLECTIONS_MAX = 1024,
    HMI_CONFIG_PARTNERS_MAX = 1024,
    HMI_CONFIG_ACCOUNTS_MAX = 4096
};

typedef struct hmi_taxii_root {
    hm_text name, title; /* the path is /name/ */
} hmi_taxii_root;

typedef struct hmi_taxii_collection {
    hm_text id, alias, title, description; /* alias: empty when there is none */
    size_t root, source;                   /* source: itself, or what the query is over */
    const hmi_filter *query;               /* NULL: not a saved query */
    bool keep_faulty;                      /* what breaks STIX is kept and flagged */
    bool *readers, *writers;               /* by partner number */
} hmi_taxii_collection;

typedef enum hmi_account_kind {
    HMI_ACCOUNT_PASSWORD,
    HMI_ACCOUNT_TOKEN,
    HMI_ACCOUNT_CERTIFICATE
} hmi_account_kind;

typedef struct hmi_taxii_account {
    hmi_account_kind kind;
    size_t partner;
    const char *verifier; /* of a password: Argon2id's text */
    uint8_t sha256[32];   /* of a token or a certificate */
} hmi_taxii_account;

typedef struct hmi_taxii_rate {
    double per_second, burst;
} hmi_taxii_rate;

typedef struct hmi_taxii_config {
    hm_text title, description, contact;
    const char *address, *certificate, *key, *client_ca, *client_crl; /* NULL: not given */
    uint16_t port;
    hmi_purpose purpose;
    uint64_t body_max;
    size_t open; /* 1 + the partner that requests without credentials count as, or 0 */
    size_t partner_count;
    hmi_taxii_rate *rates; /* by partner */
    hmi_taxii_root *roots;
    hmi_taxii_collection *collections;
    hmi_taxii_account *accounts;
    size_t root_count, collection_count, account_count;
} hmi_taxii_config;

/* HM_E_MALFORMED with the line's number in the sentence. Partners are the policy's. `accounts` is
 * further text with nothing but account lines; may be empty. */
int hmi_taxii_config_read(hm_bytes text, hm_bytes accounts, const hmi_policy *policy,
                          hmi_arena *arena, hmi_taxii_config *ret, hm_err *err);

#endif
