/* SPDX-License-Identifier: Apache-2.0
 *
 * wire.h - servers of one casebook's page know of each other.
 *
 * Each enters itself, says every few seconds that it is still there, and brings what is told
 * (news.h) to all others. For a casebook in a folder that is one entry and nothing else: there is
 * nobody to talk to. Threads: any number; it has one of its own.
 */
#ifndef HMI_API_WIRE_H
#define HMI_API_WIRE_H

#include "api/news.h"
#include "api/team.h"

enum {
    HMI_NODE_ID = 33,
    HMI_NODE_MACHINE = 65,
    HMI_NODE_BEAT_MS = 5000,
    HMI_NODE_GONE_MS = 20000, /* without a beat */
    HMI_NODES_MAX = 1000,
    HMI_WIRE_WAITING_MAX = 1000 /* events on their way */
};

typedef struct hmi_node {
    hm_text id, machine, version, place;
    int64_t pid, began_us, seen_us;
} hmi_node;
/* All that are entered, also those that vanished: `seen_us` says when it was there. */
int hmi_node_list(hmi_team *team, hmi_arena *arena, hmi_node **ret, size_t *ret_count, hm_err *err);

typedef struct hmi_wire hmi_wire;
/* `place` is where it listens, for people. */
int hmi_wire_open(const char *casebook, const char *place, hmi_news *news, hmi_wire **ret,
                  hm_err *err);
void hmi_wire_close(hmi_wire *wire);
/* This server's name, of 32 digits. */
const char *hmi_wire_id(const hmi_wire *wire);
/* Did the server `id` end, or vanish? Clocks of others are not believed: it is gone when its entry
 * stood still for HMI_NODE_GONE_MS of ours, or when its process on this machine is no more. */
bool hmi_wire_is_gone(hmi_wire *wire, hm_text id);

#endif
