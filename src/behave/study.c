/* SPDX-License-Identifier: Apache-2.0
 *
 * study.c - gives each act to the studies that it concerns, and lets them speak at the end.
 *
 * WHY    One pass over the records feeds all studies: what costs is finding the numbers of an act's
 *        names, and that is done once.
 * FORM   names: machines and domains; users; agents; steps (shapes of requests). Each study has its
 *        own tables over those numbers.
 * TRUST  See the studies.
 * OWNS   One arena with a ceiling, and a scratch arena for decoding.
 */
#include "behave/study.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/num.h"
#include "behave/agents.h"
#include "behave/clients.h"
#include "behave/dns.h"
#include "behave/hours.h"
#include "behave/logins.h"
#include "behave/onset.h"

enum { SCRATCH_MAX = 1 << 20, SCALE_MIN = 64, STEP_REQUESTS_MAX = 32 };

struct hmi_study {
    hmi_arena arena, scratch;
    hmi_word_decode *decode;
    hmi_names names, users, agents_text, steps;
    hmi_pairs pairs;
    hmi_clients clients;
    hmi_dns dns;
    hmi_hours hours;
    hmi_logins logins;
    hmi_onset onset;
    hmi_agents agents;
    uint32_t here; /* stands for the server of a log that names none */
};

static int init_all(hmi_study *s, size_t scale, hm_err *err)
{
    hmi_arena *arena = &s->arena;
    HMI_TRY(hmi_names_init(&s->names, arena, scale, s->decode, err));
    HMI_TRY(hmi_names_init(&s->users, arena, scale / 4, s->decode, err));
    HMI_TRY(hmi_names_init(&s->agents_text, arena, scale / 4, s->decode, err));
    HMI_TRY(hmi_names_init(&s->steps, arena, scale / 4, s->decode, err));
    size_t names = s->names.max;
    HMI_TRY(hmi_pairs_init(&s->pairs, arena, scale, err));
    HMI_TRY(hmi_clients_init(&s->clients, arena, scale, names, err));
    HMI_TRY(hmi_dns_init(&s->dns, arena, scale, &s->names, err));
    HMI_TRY(hmi_hours_init(&s->hours, arena, scale, s->users.max, err));
    HMI_TRY(hmi_logins_init(&s->logins, arena, scale, err));
    HMI_TRY(hmi_onset_init(&s->onset, arena, scale, names, err));
    HMI_TRY(hmi_agents_init(&s->agents, arena, scale, s->agents_text.max, err));
    s->here = hmi_names_put_text(&s->names, HM_TEXT("(the server)"), HMI_CLASS_NONE);
    return HM_OK;
}

int hmi_study_new(size_t acts_expected, hmi_word_decode *decode, hmi_study **ret_study, hm_err *err)
{
    hmi_study *study = calloc(1, sizeof(*study));
    if (study == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for a study of behaviour");
    }
    study->decode = decode;
    hmi_arena_init(&study->arena, HMI_STUDY_MEMORY_MAX);
    hmi_arena_init(&study->scratch, SCRATCH_MAX);
    size_t scale = hmi_max(SCALE_MIN, hmi_min(acts_expected, HMI_NAMES_MAX));
    int code = init_all(study, scale, err);
    if (code < 0) {
        hmi_study_free(study);
        return code;
    }
    *ret_study = study;
    return HM_OK;
}

void hmi_study_free(hmi_study *study)
{
    if (study != NULL) {
        hmi_arena_fini(&study->arena);
        hmi_arena_fini(&study->scratch);
        free(study);
    }
}

/* Requests are told apart by their shape, and only the first ones of a client are looked at. */
static uint32_t step_of(hmi_study *s, const hmi_client *client, const hmi_act *act)
{
    if (act->kind != HMI_ACT_REQUEST || !hmi_word_is(&act->request) ||
        client->requests >= STEP_REQUESTS_MAX || client->step_count == HMI_CLIENT_STEPS) {
        return 0;
    }
    hm_text shape =
        hmi_text_slice(hmi_word_text(s->decode, &act->request, &s->scratch), 0, HMI_SHAPE_TEXT_MAX);
    return shape.len > 0 ? hmi_names_put_text(&s->steps, shape, HMI_REQUEST_SHAPE) : 0;
}

/* Whom the client talked to, for pairs: a domain asked for, a site, a machine, or this server. */
static uint32_t target_of(hmi_study *s, uint32_t client, uint32_t server, const hmi_act *act)
{
    if (act->kind == HMI_ACT_QUERY) {
        return hmi_dns_act(&s->dns, client, act, &s->scratch);
    }
    if ((act->kind == HMI_ACT_REQUEST || act->kind == HMI_ACT_FLOW) && hmi_word_is(&act->name)) {
        return hmi_names_put(&s->names, &act->name, &s->scratch);
    }
    return server != 0 ? server : act->kind == HMI_ACT_REQUEST ? s->here : 0;
}

static void login(hmi_study *s, uint32_t client, uint32_t server, uint32_t host, uint32_t user,
                  const hmi_act *act)
{
    if (act->outcome != HMI_ACT_SUCCESS) {
        return;
    }
    uint32_t alias = hmi_names_put(&s->names, &act->alias, &s->scratch);
    hmi_logins_act(&s->logins, client, alias, server != 0 ? server : host, user, act);
}

void hmi_study_act(hmi_study *s, const hmi_act *act)
{
    if (s->scratch.used > 0) {
        hmi_arena_reset(&s->scratch);
    }
    uint32_t host = hmi_names_put(&s->names, &act->host, &s->scratch);
    uint32_t client = hmi_names_put(&s->names, &act->client, &s->scratch);
    uint32_t server = hmi_names_put(&s->names, &act->server, &s->scratch);
    uint32_t user = hmi_names_put(&s->users, &act->user, &s->scratch);
    hmi_onset_act(&s->onset, host, act);
    bool person = (act->kind == HMI_ACT_LOGIN && act->outcome == HMI_ACT_SUCCESS) ||
                  act->kind == HMI_ACT_PROCESS;
    if (person) {
        hmi_hours_act(&s->hours, user, act);
    }
    hmi_client *c = hmi_clients_get(&s->clients, client, act);
    if (c != NULL) {
        hmi_client_act(c, act, user, step_of(s, c, act));
    }
    if (act->kind == HMI_ACT_LOGIN) {
        login(s, client, server, host, user, act);
        return;
    }
    uint32_t target = target_of(s, client, server, act);
    if (client != 0 && target != 0 && act->kind != HMI_ACT_OTHER && act->kind != HMI_ACT_PROCESS) {
        bool is_new = false;
        (void)hmi_pairs_act(&s->pairs, client, target, act, &is_new);
        if (is_new && c != NULL && act->kind == HMI_ACT_FLOW) {
            hmi_client_contact(c, act);
        }
    }
    if (hmi_word_is(&act->agent)) {
        hmi_agents_act(&s->agents, hmi_names_put(&s->agents_text, &act->agent, &s->scratch), client,
                       act);
    }
    if (hmi_word_is(&act->print)) {
        hmi_agents_act(&s->agents, hmi_names_put(&s->agents_text, &act->print, &s->scratch), client,
                       act);
    }
}

int hmi_study_end(hmi_study *s, hmi_reading *reading, hm_err *err)
{
    hmi_reading mine = *reading;
    mine.arena = &s->arena;
    hmi_voice voice = { .reading = &mine, .err = err, .code = HM_OK };
    hmi_pairs_say(&s->pairs, &s->names, &voice);
    hmi_clients_say(&s->clients, &s->pairs, &s->names, &s->users, &s->steps, &voice);
    hmi_dns_say(&s->dns, &voice);
    hmi_hours_say(&s->hours, &s->users, &voice);
    hmi_logins_say(&s->logins, &s->names, &s->users, &voice);
    hmi_onset_say(&s->onset, &s->names, &voice);
    hmi_agents_say(&s->agents, &s->agents_text, &s->names, &voice);
    uint64_t refused = s->names.refused + s->users.refused + s->agents_text.refused;
    if (refused > 0) {
        hmi_say_note(&voice,
                     "%llu values beyond the first ones were left out of the study of "
                     "behaviour",
                     (unsigned long long)refused);
    }
    return voice.code;
}
