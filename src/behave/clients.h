/* SPDX-License-Identifier: Apache-2.0
 *
 * clients.h - what each client did: scanning, guessing passwords, the order of its first requests.
 */
#ifndef HMI_BEHAVE_CLIENTS_H
#define HMI_BEHAVE_CLIENTS_H

#include "behave/pairs.h"

enum {
    HMI_CLIENTS_MAX = 1 << 13,
    HMI_CLIENT_STEPS = 8, /* first different requests that are kept in order */
    HMI_CLIENT_USERS = 8, /* first different accounts that failed, in order */
    HMI_SHAPE_TEXT_MAX = 160
};

typedef struct hmi_client {
    uint32_t name, agent;
    uint32_t requests, failed_requests;
    uint32_t failed_logins, logins;
    uint32_t window_s, window_count, window_most; /* failed logins within half an hour */
    uint32_t first_s, last_s;
    uint32_t contacts, failed_contacts;
    uint32_t users[HMI_CLIENT_USERS];
    uint32_t steps[HMI_CLIENT_STEPS];
    uint8_t user_count, step_count;
    bool scanner;  /* the hypothesis test has decided */
    bool got_in;   /* a login worked after ten that did not */
    uint16_t port; /* of most first contacts (majority vote) */
    uint16_t port_votes;
    float odds; /* log10 of scanner against honest */
    uint64_t user_bits[2], path_bits[4], port_bits[2];
    uint64_t offset;
} hmi_client;

typedef struct hmi_clients {
    hmi_client *list;
    uint32_t *by_name; /* name number -> client number + 1 */
    size_t count, max, name_max;
    uint64_t refused;
} hmi_clients;

int hmi_clients_init(hmi_clients *clients, hmi_arena *arena, size_t max, size_t name_max,
                     hm_err *err);
hmi_client *hmi_clients_get(hmi_clients *clients, uint32_t name, const hmi_act *act);
/* A pair that met for the first time, or an act of a client; `user` and `step` are names or 0. */
void hmi_client_contact(hmi_client *client, const hmi_act *act);
void hmi_client_act(hmi_client *client, const hmi_act *act, uint32_t user, uint32_t step);
void hmi_clients_say(const hmi_clients *clients, const hmi_pairs *pairs, const hmi_names *names,
                     const hmi_names *users, const hmi_names *steps, hmi_voice *voice);

#endif
