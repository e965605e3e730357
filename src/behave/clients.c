/* SPDX-License-Identifier: Apache-2.0
 *
 * clients.c - scanning, brute force, spraying, and the order in which a client goes about it.
 *
 * WHY    Tools are configured, and what is configured repeats: the accounts they try first, the
 *        paths they ask for first, the port they knock at. That order is a better mark than any
 *        single value in it.
 * FORM   Scanning: the sequential test of Jung et al. (Oakland 2004) over first contacts: honest
 *        clients succeed in 8 of 10, scanners in 2 of 10; it decides at 99 to 1. Ports of one
 *        host: 15 and more. Paths: 30 and more different ones refused, and at least half of all.
 *        Guessing: 30 failures in half an hour, as Zeek counts for SSH; spraying: ten and more
 *        accounts with at most three tries each.
 * TRUST  Log writers' words. A client's counts are its own: another cannot make it look bad but by
 *        using its address.
 * OWNS   Nothing: the arena is the study's.
 */
#include "behave/clients.h"

#include <stdio.h>

#include "base/error.h"
#include "base/num.h"

enum {
    WINDOW_S = 1800,
    GUESSES_MIN = 30,
    SPRAYED_MIN = 10,
    TRIES_EACH_MAX = 3,
    PATHS_MIN = 30,
    PORTS_MIN = 15,
    CONTACTS_MIN = 4,
    IN_AFTER = 10, /* failures before a success means something */
    ORDER_MIN = 3  /* steps that make an order */
};
static const float ODDS_STEP = 0.60206F, ODDS_SURE = 2.0F; /* log10(4), log10(100) */

int hmi_clients_init(hmi_clients *clients, hmi_arena *arena, size_t max, size_t name_max,
                     hm_err *err)
{
    *clients = (hmi_clients){ .max = hmi_min(max, HMI_CLIENTS_MAX), .name_max = name_max };
    clients->list = hmi_new_array(arena, hmi_client, clients->max);
    clients->by_name = hmi_new_array(arena, uint32_t, name_max + 1);
    return clients->list && clients->by_name ? HM_OK : hmi_arena_fail(arena, err);
}

hmi_client *hmi_clients_get(hmi_clients *clients, uint32_t name, const hmi_act *act)
{
    hmi_assert(name <= clients->name_max);
    if (name == 0) {
        return NULL;
    }
    if (clients->by_name[name] == 0) {
        if (clients->count == clients->max) {
            clients->refused++;
            return NULL;
        }
        clients->list[clients->count] = (hmi_client){ .name = name, .offset = act->offset };
        clients->by_name[name] = (uint32_t)++clients->count;
    }
    return &clients->list[clients->by_name[name] - 1];
}

void hmi_client_contact(hmi_client *client, const hmi_act *act)
{
    client->contacts++;
    if (act->outcome == HMI_ACT_UNKNOWN) {
        return;
    }
    bool failed = act->outcome == HMI_ACT_FAILURE;
    client->failed_contacts += failed;
    client->odds += failed ? ODDS_STEP : -ODDS_STEP;
    client->odds = client->odds < -ODDS_SURE ? -ODDS_SURE : client->odds;
    client->scanner |= client->odds >= ODDS_SURE && client->failed_contacts >= CONTACTS_MIN;
    if (client->port_votes == 0) {
        client->port = act->port;
    }
    client->port_votes =
        (uint16_t)(client->port == act->port ? hmi_min(client->port_votes + 1u, 999)
                                             : client->port_votes - 1u);
}

static void add_once(uint32_t *list, uint8_t *count, uint8_t max, uint32_t number)
{
    for (uint8_t i = 0; i < *count; i++) {
        if (list[i] == number) {
            return;
        }
    }
    if (number != 0 && *count < max) {
        list[(*count)++] = number;
    }
}

static void failed_login(hmi_client *client, const hmi_act *act, uint32_t user, uint32_t second)
{
    uint32_t times = act->repeat > 0 ? act->repeat : 1;
    client->failed_logins += times;
    if (second == 0 || client->window_count == 0 || second < client->window_s ||
        second - client->window_s > WINDOW_S) {
        client->window_s = second;
        client->window_count = 0;
    }
    client->window_count += times;
    client->window_most =
        client->window_count > client->window_most ? client->window_count : client->window_most;
    if (hmi_word_is(&act->user)) {
        hmi_bits_add_word(client->user_bits, 2, &act->user);
        add_once(client->users, &client->user_count, HMI_CLIENT_USERS, user);
    }
}

void hmi_client_act(hmi_client *client, const hmi_act *act, uint32_t user, uint32_t step)
{
    uint32_t second = hmi_second_of(act->us);
    if (second != 0) {
        client->first_s =
            client->first_s == 0 || second < client->first_s ? second : client->first_s;
        client->last_s = second > client->last_s ? second : client->last_s;
    }
    if (act->kind == HMI_ACT_LOGIN || (act->kind == HMI_ACT_REQUEST && act->status == 401)) {
        if (act->outcome == HMI_ACT_FAILURE || act->status == 401) {
            failed_login(client, act, user, second);
        } else if (act->outcome == HMI_ACT_SUCCESS) {
            client->logins++;
            client->got_in |= client->failed_logins >= IN_AFTER;
        }
    }
    if (act->kind == HMI_ACT_REQUEST) {
        client->requests++;
        add_once(client->steps, &client->step_count, HMI_CLIENT_STEPS, step);
        if (act->status >= 400 && act->status != 401 && hmi_word_is(&act->request)) {
            client->failed_requests++;
            hmi_bits_add_word(client->path_bits, 4, &act->request);
        }
    }
}

/* ---- What is said */

static hmi_span span_of(const hmi_client *client, uint64_t count)
{
    return (hmi_span){ client->offset, count,
                       client->first_s ? hmi_us_of(client->first_s) : HMI_TIME_NONE,
                       client->last_s ? hmi_us_of(client->last_s) : HMI_TIME_NONE };
}

/* "a > b > c"; false when there are too few. */
static bool order_text(const uint32_t *list, unsigned count, const hmi_names *names, hmi_buf *out)
{
    hmi_buf_clear(out);
    for (unsigned i = 0; i < count; i++) {
        hmi_buf_add_cstr(out, i > 0 ? " > " : "");
        hmi_buf_add_text(out, hmi_names_text(names, list[i]));
    }
    return count >= ORDER_MIN && out->bad == 0;
}

static void say_guessing(const hmi_client *c, const hmi_names *names, const hmi_names *users,
                         hmi_buf *room, hmi_voice *voice)
{
    unsigned accounts = hmi_bits_count(c->user_bits, 2);
    bool spray = accounts >= SPRAYED_MIN && c->failed_logins <= accounts * TRIES_EACH_MAX;
    bool brute = c->window_most >= GUESSES_MIN;
    if (!spray && !brute) {
        return;
    }
    hmi_span span = span_of(c, c->failed_logins);
    const char *what = spray           ? "password spraying"
                       : accounts <= 1 ? "brute force on one account"
                                       : "brute force on several accounts";
    hmi_say_traitf(voice, HMI_BEHAVIOUR, &span, "%s", what);
    if (c->got_in) {
        hmi_say_traitf(voice, HMI_BEHAVIOUR, &span, "%s, then a login", what);
    }
    if (order_text(c->users, c->user_count, users, room)) {
        hmi_say_traitf(voice, HMI_STEP_ORDER, &span, "accounts: %.*s", HMI_FMT(hmi_buf_text(room)));
    }
    hmi_say_fact(voice, "behaviour-guessing",
                 "%.*s: %s: %u failures, at most %u in half an hour, about %u accounts%s",
                 HMI_FMT(hmi_names_text(names, c->name)), what, c->failed_logins, c->window_most,
                 accounts, c->got_in ? ", then a login that worked" : "");
}

static void say_scan(const hmi_client *c, const hmi_names *names, hmi_voice *voice)
{
    unsigned paths = hmi_bits_count(c->path_bits, 4);
    hmi_span span = span_of(c, c->contacts);
    if (c->scanner) {
        if (c->port != 0) {
            hmi_say_traitf(voice, HMI_BEHAVIOUR, &span, "scan of hosts, port %u", c->port);
        } else {
            hmi_say_traitf(voice, HMI_BEHAVIOUR, &span, "scan of hosts");
        }
        hmi_say_fact(voice, "behaviour-scan",
                     "%.*s: %u machines contacted for the first time, %u in vain, most on port %u",
                     HMI_FMT(hmi_names_text(names, c->name)), c->contacts, c->failed_contacts,
                     c->port);
    }
    if (paths >= PATHS_MIN && c->failed_requests * 2 >= c->requests) {
        span.count = c->failed_requests;
        hmi_say_traitf(voice, HMI_BEHAVIOUR, &span, "scan of web paths");
        hmi_say_fact(
            voice, "behaviour-scan", "%.*s: about %u different paths refused, %u of %u requests",
            HMI_FMT(hmi_names_text(names, c->name)), paths, c->failed_requests, c->requests);
    }
}

static void say_port_scans(const hmi_pairs *pairs, const hmi_names *names, hmi_voice *voice)
{
    for (size_t i = 0; i < pairs->count; i++) {
        const hmi_pair *pair = &pairs->list[i];
        unsigned ports = hmi_bits_count(&pair->ports, 1);
        /* as many connections as ports, nearly: not a busy pair over years */
        if (ports < PORTS_MIN || pair->count > ports * 8) {
            continue;
        }
        hmi_span span = { pair->offset, pair->count, hmi_us_of(pair->first_s),
                          hmi_us_of(pair->last_s) };
        hmi_say_traitf(voice, HMI_BEHAVIOUR, &span, "scan of ports of one host");
        hmi_say_fact(voice, "behaviour-scan", "%.*s -> %.*s: about %u ports in %u connections",
                     HMI_FMT(hmi_names_text(names, pair->client)),
                     HMI_FMT(hmi_names_text(names, pair->target)), ports, pair->count);
    }
}

static bool same_start(const hmi_client *a, const hmi_client *b)
{
    for (unsigned i = 0; i < ORDER_MIN; i++) {
        if (a->steps[i] != b->steps[i]) {
            return false;
        }
    }
    return true;
}

/* Clients of the population that begin as this one does; looked for among `max` of them. */
static size_t alike(const hmi_clients *clients, const hmi_client *client, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < clients->count && i < max; i++) {
        count += clients->list[i].step_count >= ORDER_MIN && same_start(client, &clients->list[i]);
    }
    return count;
}

/* Orders that few clients share: a visitor's way through a site is common, a tool's is its own.
 * Only clients that are refused a lot, or ask little else than their order, are asked about. */
static void say_orders(const hmi_clients *clients, const hmi_names *names, const hmi_names *steps,
                       hmi_buf *room, hmi_voice *voice)
{
    enum { LOOK_MAX = 2048 };
    for (size_t i = 0; i < clients->count && voice->traits < HMI_STUDY_TRAITS_MAX; i++) {
        const hmi_client *c = &clients->list[i];
        bool odd = c->failed_requests * 2 >= c->requests || c->requests <= c->step_count * 2u;
        if (c->step_count < ORDER_MIN || !odd) {
            continue;
        }
        size_t same = alike(clients, c, LOOK_MAX);
        if (same > 1 && same * 50 > clients->count) {
            continue;
        }
        if (!order_text(c->steps, c->step_count, steps, room)) {
            continue;
        }
        hmi_span span = span_of(c, c->requests);
        hmi_say_trait(voice, HMI_STEP_ORDER, &span, hmi_buf_text(room));
        hmi_say_fact(voice, "behaviour-order", "%.*s began: %.*s (%zu of %zu clients begin so)",
                     HMI_FMT(hmi_names_text(names, c->name)), (int)hmi_min(room->len, 800),
                     (const char *)room->ptr, same, clients->count);
    }
}

void hmi_clients_say(const hmi_clients *clients, const hmi_pairs *pairs, const hmi_names *names,
                     const hmi_names *users, const hmi_names *steps, hmi_voice *voice)
{
    hmi_buf room;
    hmi_buf_init(&room, HMI_TRAIT_VALUE_MAX - 64);
    hmi_voice_begin(voice);
    for (size_t i = 0; i < clients->count; i++) {
        say_guessing(&clients->list[i], names, users, &room, voice);
    }
    hmi_voice_begin(voice);
    for (size_t i = 0; i < clients->count; i++) {
        say_scan(&clients->list[i], names, voice);
    }
    say_port_scans(pairs, names, voice);
    hmi_voice_begin(voice);
    say_orders(clients, names, steps, &room, voice);
    if (clients->refused > 0) {
        hmi_say_note(voice, "%llu records of clients beyond the first %zu were not followed",
                     (unsigned long long)clients->refused, clients->max);
    }
    hmi_buf_fini(&room);
}
