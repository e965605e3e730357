/* SPDX-License-Identifier: Apache-2.0
 *
 * agents.h - user agents and fingerprints of clients that few of the file's own clients have.
 */
#ifndef HMI_BEHAVE_AGENTS_H
#define HMI_BEHAVE_AGENTS_H

#include "behave/say.h"

enum { HMI_AGENTS_MAX = 1 << 12, HMI_AGENTS_SAID_MAX = 64 };

typedef struct hmi_agent {
    uint32_t name, count, first_s, last_s;
    uint32_t one; /* a client that has it */
    uint64_t clients[4], offset;
} hmi_agent;

typedef struct hmi_agents {
    hmi_agent *list;
    uint32_t *by_name;
    size_t count, max, name_max;
    uint64_t population[64]; /* clients that have any */
    hmi_arena *arena;
} hmi_agents;

int hmi_agents_init(hmi_agents *agents, hmi_arena *arena, size_t scale, size_t name_max,
                    hm_err *err);
void hmi_agents_act(hmi_agents *agents, uint32_t agent, uint32_t client, const hmi_act *act);
void hmi_agents_say(const hmi_agents *agents, const hmi_names *texts, const hmi_names *names,
                    hmi_voice *voice);

#endif
