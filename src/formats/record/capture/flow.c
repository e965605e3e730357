/* SPDX-License-Identifier: Apache-2.0
 *
 * flow.c - who talked to whom, from when to when, and how much: a table of bounded size.
 *
 * WHY    A capture of millions of packets is a few thousand conversations.
 * FORM   A flow is protocol, both addresses and both ports, in either direction. The client is who
 *        sent SYN; without one, who spoke first, unless only his port is a well-known one. A SYN
 *        after FIN or RST, and UDP after two minutes of silence, begin another flow. Flows leave as
 *        events when they end, when the file ends, or when a new one needs the room: then the
 *        longest silent one goes.
 * TRUST  Addresses and ports are an attacker's: the index is seeded per process, and the order of
 *        events never depends on it.
 * OWNS   The table, in the capture's arena.
 */
#include "base/error.h"
#include "base/hash.h"
#include "base/num.h"
#include "formats/record/capture/capture.h"

enum { NONE = UINT32_MAX, PORTS_KNOWN = 1024 };

struct hmi_flows {
    hmi_flow *list;
    uint32_t *slots; /* number of the first flow of a chain, or NONE */
    uint32_t room, count, slot_mask;
    uint32_t oldest, newest, unused; /* `unused` is chained by `chain` */
    uint64_t seed;
};

int hmi_flows_new(hmi_capture *capture, hm_bytes file, hm_err *err)
{
    uint32_t room = 64;
    while (room < HMI_CAPTURE_FLOWS_MAX && (size_t)room * 64 < file.len) {
        room *= 2;
    }
    hmi_flows *f = hmi_new(capture->arena, hmi_flows);
    hmi_flow *list = hmi_new_array(capture->arena, hmi_flow, room);
    uint32_t *slots = hmi_new_array(capture->arena, uint32_t, (size_t)room * 2);
    if (f == NULL || list == NULL || slots == NULL) {
        return hmi_arena_fail(capture->arena, err);
    }
    memset(slots, 0xff, (size_t)room * 2 * sizeof(*slots));
    *f = (hmi_flows){ .list = list,
                      .slots = slots,
                      .room = room,
                      .slot_mask = room * 2 - 1,
                      .oldest = NONE,
                      .newest = NONE,
                      .unused = NONE,
                      .seed = hmi_hash_seed() };
    capture->flows = f;
    return HM_OK;
}

/* ---- The list by last word, oldest first */

static void unlink_flow(hmi_flows *f, uint32_t n)
{
    hmi_flow *flow = &f->list[n];
    if (flow->older != NONE) {
        f->list[flow->older].newer = flow->newer;
    } else {
        f->oldest = flow->newer;
    }
    if (flow->newer != NONE) {
        f->list[flow->newer].older = flow->older;
    } else {
        f->newest = flow->older;
    }
}

static void link_newest(hmi_flows *f, uint32_t n)
{
    hmi_flow *flow = &f->list[n];
    flow->older = f->newest;
    flow->newer = NONE;
    if (f->newest != NONE) {
        f->list[f->newest].newer = n;
    } else {
        f->oldest = n;
    }
    f->newest = n;
}

/* ---- The end of a flow */

static void add_mark(hmi_capture *capture, const hmi_flow *flow)
{
    const char *what = flow->speech != NULL           ? flow->speech
                       : flow->protocol == HMI_IP_TCP ? "tcp"
                                                      : "udp";
    hm_text mark = hmi_arena_printf(&capture->scratch, "%s/%u", what, flow->server_port);
    if (mark.ptr != NULL) {
        hmi_event_add(&capture->event, HMI_PROTOCOL_MARK, HMI_ROLE_SERVER, hmi_text_bytes(mark));
    }
}

static int emit_flow(hmi_capture *capture, const hmi_flow *flow, hm_err *err)
{
    hmi_capture_begin(capture, flow, HMI_EVENT_FLOW, flow->first_us, flow->offset);
    if (flow->first_us != HMI_TIME_NONE && flow->last_us > flow->first_us) {
        capture->event.duration_us = (uint64_t)(flow->last_us - flow->first_us);
    }
    capture->event.bytes = flow->bytes[HMI_SAID_BY_SERVER];
    capture->event.bytes_up = flow->bytes[HMI_SAID_BY_CLIENT];
    bool answered = flow->packets[HMI_SAID_BY_SERVER] > 0;
    if (flow->protocol == HMI_IP_TCP) {
        bool said = flow->bytes[0] + flow->bytes[1] > 0;
        capture->event.outcome = answered && said                           ? HMI_OUTCOME_SUCCESS
                                 : answered && (flow->closed & HMI_TCP_RST) ? HMI_OUTCOME_FAILURE
                                 : !answered && !said                       ? HMI_OUTCOME_FAILURE
                                                                            : HMI_OUTCOME_UNKNOWN;
    }
    if (answered && flow->bytes[HMI_SAID_BY_SERVER] > 0) { /* a service, not a closed door */
        add_mark(capture, flow);
    }
    capture->sums.flows++;
    return capture->sink->event(capture->sink, &capture->event, err);
}

static int end_flow(hmi_capture *capture, uint32_t n, hm_err *err)
{
    hmi_flows *f = capture->flows;
    hmi_flow *flow = &f->list[n];
    HMI_TRY(hmi_speech_end(capture, flow, err));
    HMI_TRY(emit_flow(capture, flow, err));
    uint32_t *at = &f->slots[flow->hash & f->slot_mask];
    while (*at != n) {
        hmi_assert(*at != NONE);
        at = &f->list[*at].chain;
    }
    *at = flow->chain;
    unlink_flow(f, n);
    flow->chain = f->unused;
    f->unused = n;
    return HM_OK;
}

int hmi_flows_end(hmi_capture *capture, hm_err *err)
{
    while (capture->flows->oldest != NONE) {
        HMI_TRY(end_flow(capture, capture->flows->oldest, err));
        hmi_arena_reset(&capture->scratch);
    }
    return HM_OK;
}

/* ---- Finding and making */

/* The same for both directions. */
static uint64_t hash_of(const hmi_packet *p, uint64_t seed)
{
    struct {
        uint8_t address[16];
        uint16_t port;
    } side[2];
    memcpy(side[0].address, p->source, 16);
    memcpy(side[1].address, p->target, 16);
    side[0].port = p->source_port;
    side[1].port = p->target_port;
    return hmi_xxh3(hmi_bytes(&side[0], sizeof(side[0])), seed) +
           hmi_xxh3(hmi_bytes(&side[1], sizeof(side[1])), seed) + p->protocol;
}

static bool is_from(const hmi_flow *flow, const hmi_packet *p, bool client)
{
    return flow->protocol == p->protocol &&
           flow->client_port == (client ? p->source_port : p->target_port) &&
           flow->server_port == (client ? p->target_port : p->source_port) &&
           memcmp(flow->client, client ? p->source : p->target, 16) == 0 &&
           memcmp(flow->server, client ? p->target : p->source, 16) == 0;
}

static bool is_over(const hmi_flow *flow, const hmi_packet *p)
{
    if (p->protocol == HMI_IP_TCP) {
        return flow->closed != 0 && (p->flags & (HMI_TCP_SYN | HMI_TCP_ACK)) == HMI_TCP_SYN;
    }
    return p->us != HMI_TIME_NONE && flow->last_us != HMI_TIME_NONE && p->us > flow->last_us &&
           p->us - flow->last_us > HMI_CAPTURE_UDP_IDLE_US;
}

static bool client_speaks(const hmi_packet *p)
{
    if (p->protocol == HMI_IP_TCP && (p->flags & HMI_TCP_SYN)) {
        return (p->flags & HMI_TCP_ACK) == 0;
    }
    return p->source_port >= PORTS_KNOWN || p->target_port < PORTS_KNOWN;
}

static int take_room(hmi_capture *capture, uint32_t *ret_number, hm_err *err)
{
    hmi_flows *f = capture->flows;
    if (f->unused == NONE && f->count < f->room) {
        *ret_number = f->count++;
        return HM_OK;
    }
    if (f->unused == NONE) {
        HMI_TRY(end_flow(capture, f->oldest, err));
    }
    *ret_number = f->unused;
    f->unused = f->list[f->unused].chain;
    return HM_OK;
}

static int make_flow(hmi_capture *capture, const hmi_packet *p, uint64_t hash, uint32_t *ret_number,
                     hm_err *err)
{
    hmi_flows *f = capture->flows;
    uint32_t n = 0;
    HMI_TRY(take_room(capture, &n, err));
    hmi_flow *flow = &f->list[n];
    bool client = client_speaks(p);
    *flow = (hmi_flow){ .protocol = p->protocol,
                        .client_port = client ? p->source_port : p->target_port,
                        .server_port = client ? p->target_port : p->source_port,
                        .hash = hash,
                        .offset = p->offset,
                        .first_us = p->us,
                        .last_us = p->us,
                        .chain = f->slots[hash & f->slot_mask] };
    memcpy(flow->client, client ? p->source : p->target, 16);
    memcpy(flow->server, client ? p->target : p->source, 16);
    f->slots[hash & f->slot_mask] = n;
    link_newest(f, n);
    *ret_number = n;
    return HM_OK;
}

static void count_packet(hmi_flow *flow, const hmi_packet *p, unsigned side)
{
    flow->bytes[side] += p->wire;
    flow->packets[side]++;
    flow->closed |= p->flags & (HMI_TCP_FIN | HMI_TCP_RST);
    if (p->us == HMI_TIME_NONE) {
        return;
    }
    if (flow->first_us == HMI_TIME_NONE || p->us < flow->first_us) {
        flow->first_us = p->us;
    }
    if (p->us > flow->last_us) { /* HMI_TIME_NONE is the smallest number */
        flow->last_us = p->us;
    }
}

int hmi_flows_book(hmi_capture *capture, const hmi_packet *packet, hmi_flow **ret_flow,
                   unsigned *ret_side, hm_err *err)
{
    hmi_flows *f = capture->flows;
    uint64_t hash = hash_of(packet, f->seed);
    uint32_t n = f->slots[hash & f->slot_mask];
    while (n != NONE && (f->list[n].hash != hash || (!is_from(&f->list[n], packet, true) &&
                                                     !is_from(&f->list[n], packet, false)))) {
        n = f->list[n].chain;
    }
    if (n != NONE && is_over(&f->list[n], packet)) {
        HMI_TRY(end_flow(capture, n, err));
        n = NONE;
    }
    if (n == NONE) {
        HMI_TRY(make_flow(capture, packet, hash, &n, err));
    } else if (f->newest != n) {
        unlink_flow(f, n);
        link_newest(f, n);
    }
    hmi_flow *flow = &f->list[n];
    unsigned side = is_from(flow, packet, true) ? HMI_SAID_BY_CLIENT : HMI_SAID_BY_SERVER;
    count_packet(flow, packet, side);
    *ret_flow = flow;
    *ret_side = side;
    return HM_OK;
}
