/* SPDX-License-Identifier: Apache-2.0
 *
 * agents.c - who is alone with his program.
 *
 * WHY    A tool's own user agent or TLS handshake is rare where it works, whatever the world has.
 * FORM   Among 20 clients and more, what at most 2 in 100 of them (or one) have is rare. Programs
 *        that do not call themselves Mozilla come first, then what fewest clients have.
 * TRUST  Clients choose these words. That somebody changes them with every request is seen as many
 *        rare ones, of which the first HMI_AGENTS_SAID_MAX are told.
 * OWNS   Nothing: the arena is the study's.
 */
#include "behave/agents.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/num.h"

enum { POPULATION_MIN = 20, RARE_PERCENT = 2 };

int hmi_agents_init(hmi_agents *agents, hmi_arena *arena, size_t scale, size_t name_max,
                    hm_err *err)
{
    *agents =
        (hmi_agents){ .max = hmi_min(scale, HMI_AGENTS_MAX), .name_max = name_max, .arena = arena };
    agents->list = hmi_new_array(arena, hmi_agent, agents->max);
    agents->by_name = hmi_new_array(arena, uint32_t, name_max + 1);
    return agents->list && agents->by_name ? HM_OK : hmi_arena_fail(arena, err);
}

void hmi_agents_act(hmi_agents *agents, uint32_t name, uint32_t client, const hmi_act *act)
{
    hmi_assert(name <= agents->name_max);
    if (name == 0 || client == 0) {
        return;
    }
    if (agents->by_name[name] == 0) {
        if (agents->count == agents->max) {
            return;
        }
        agents->list[agents->count] =
            (hmi_agent){ .name = name, .one = client, .offset = act->offset };
        agents->by_name[name] = (uint32_t)++agents->count;
    }
    hmi_agent *agent = &agents->list[agents->by_name[name] - 1];
    uint32_t second = hmi_second_of(act->us);
    uint64_t hash = client * UINT64_C(0x9e3779b97f4a7c15);
    agent->count++;
    agent->first_s = agent->first_s == 0 || second < agent->first_s ? second : agent->first_s;
    agent->last_s = second > agent->last_s ? second : agent->last_s;
    hmi_bits_add(agent->clients, HMI_COUNT(agent->clients), hash);
    hmi_bits_add(agents->population, HMI_COUNT(agents->population), hash);
}

typedef struct rare {
    const hmi_agent *agent;
    unsigned clients;
    bool browser;
} rare;

static int by_rarity(const void *a, const void *b)
{
    const rare *x = a, *y = b;
    if (x->browser != y->browser) {
        return x->browser ? 1 : -1;
    }
    if (x->clients != y->clients) {
        return x->clients < y->clients ? -1 : 1;
    }
    return (x->agent->offset > y->agent->offset) - (x->agent->offset < y->agent->offset);
}

void hmi_agents_say(const hmi_agents *agents, const hmi_names *texts, const hmi_names *names,
                    hmi_voice *voice)
{
    unsigned population = hmi_bits_count(agents->population, HMI_COUNT(agents->population));
    size_t count = 0;
    hmi_voice_begin(voice);
    if (population < POPULATION_MIN) {
        return;
    }
    rare *list = hmi_new_array(agents->arena, rare, agents->count);
    for (size_t i = 0; list != NULL && i < agents->count; i++) {
        const hmi_agent *agent = &agents->list[i];
        unsigned clients = hmi_bits_count(agent->clients, HMI_COUNT(agent->clients));
        if (clients <= 1 || clients * 100 <= population * RARE_PERCENT) {
            bool browser = hmi_starts_with(hmi_text_bytes(hmi_names_text(texts, agent->name)),
                                           HM_BYTES("Mozilla/"));
            list[count++] = (rare){ agent, clients, browser };
        }
    }
    if (count > 0) {
        qsort(list, count, sizeof(*list), by_rarity);
    }
    for (size_t i = 0; i < count && i < HMI_AGENTS_SAID_MAX; i++) {
        const hmi_agent *agent = list[i].agent;
        const hmi_name *name = &texts->list[agent->name - 1];
        hmi_span span = { agent->offset, agent->count, hmi_us_of(agent->first_s),
                          hmi_us_of(agent->last_s) };
        hmi_say_trait(voice, (hmi_class)name->class_id, &span, name->text);
        hmi_say_fact(voice, "behaviour-rare-client",
                     "%.*s: about %u of %u clients, %.*s among them, %u times", HMI_FMT(name->text),
                     list[i].clients, population, HMI_FMT(hmi_names_text(names, agent->one)),
                     agent->count);
    }
}
