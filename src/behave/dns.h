/* SPDX-License-Identifier: Apache-2.0
 *
 * dns.h - names asked for: tunnels through the domain name system, and generated domains.
 */
#ifndef HMI_BEHAVE_DNS_H
#define HMI_BEHAVE_DNS_H

#include "behave/say.h"

enum {
    HMI_DNS_DOMAINS_MAX = 1 << 12, /* registered domains whose names are counted */
    HMI_DNS_ASKERS_MAX = 1 << 11,  /* clients whose domains are judged */
    HMI_DNS_CACHE = 1 << 12
};

typedef struct hmi_dns_domain {
    uint32_t name; /* the registered domain */
    uint32_t count, fresh, missing;
    uint32_t first_s, last_s;
    uint64_t fresh_length; /* of the parts below the registered domain, of names not met before */
    uint64_t bits[16];
    uint8_t letters;      /* which kinds of characters those parts have */
    bool numeric;         /* they are addresses written backwards */
    uint8_t bits_of_look; /* 1: generated */
    uint64_t offset;
} hmi_dns_domain;

typedef struct hmi_dns_asker {
    uint32_t client, domains, generated, missing;
    uint32_t first_s, last_s;
    uint64_t seen[8], made[4]; /* bits: domains asked for, generated ones */
    uint8_t length_least, length_most;
    bool digits;
    uint64_t offset;
    char suffix[3][16];
} hmi_dns_asker;

typedef struct hmi_dns {
    hmi_names *names;
    hmi_dns_domain *domains;
    uint32_t *domain_of; /* name number -> domain number + 1 */
    hmi_dns_asker *askers;
    uint32_t *asker_of; /* name number -> asker number + 1 */
    struct {
        uint64_t hash;
        uint32_t domain;
    } * cache;
    size_t domain_count, domain_max, asker_count, asker_max;
    uint64_t refused;
} hmi_dns;

int hmi_dns_init(hmi_dns *dns, hmi_arena *arena, size_t scale, hmi_names *names, hm_err *err);
/* The registered domain's name number, 0 if there is none. */
uint32_t hmi_dns_act(hmi_dns *dns, uint32_t client, const hmi_act *act, hmi_arena *scratch);
void hmi_dns_say(const hmi_dns *dns, hmi_voice *voice);

/* Bits a letter of a label: how surprising its letters are to a reader of English words. Labels
 * shorter than 7 tell nothing: 0. */
double hmi_label_surprise(hm_text label);

#endif
