/* SPDX-License-Identifier: Apache-2.0
 *
 * pull.c - hallmark pull, push and sync: partners' collections, only when somebody says so.
 */
#include "base/error.h"
#include "cli/commands.h"
#include "cli/peers.h"

static int run_pull(hmi_invocation *inv)
{
    hm_err err = { 0 };
    hmi_remote remote;
    return hmi_peer_load(inv, inv->operands[0], &remote, &err) == HM_OK
               ? hmi_peer_pull(inv, inv->operands[0], &remote)
               : hmi_failed(inv, &err);
}

static int run_push(hmi_invocation *inv)
{
    hm_err err = { 0 };
    hmi_remote remote;
    return hmi_peer_load(inv, inv->operands[0], &remote, &err) == HM_OK
               ? hmi_peer_push(inv, inv->operands[0], &remote, inv->operands + 1,
                               inv->operand_count - 1)
               : hmi_failed(inv, &err);
}

static int run_sync(hmi_invocation *inv)
{
    hm_err err = { 0 };
    hmi_remote remote;
    if (hmi_peer_load(inv, inv->operands[0], &remote, &err) != HM_OK) {
        return hmi_failed(inv, &err);
    }
    int code = hmi_peer_pull(inv, inv->operands[0], &remote);
    return code == HMI_EXIT_DONE ? hmi_peer_push(inv, inv->operands[0], &remote, inv->operands + 1,
                                                 inv->operand_count - 1)
                                 : code;
}

#define PULL_OPTIONS                                                                   \
    { "verify", NULL, "count what is here against the partner's manifest", 0, false }, \
    {                                                                                  \
        "page-size", "N", "objects asked for at once (default 1000)", 0, false         \
    }
#define PUSH_OPTIONS                                                                \
    { "policy", "FILE", "who the partners are and what they may have", 0, false },  \
    {                                                                               \
        "purpose", "WORD", "detect, respond, inform (default) or publish", 0, false \
    }

static const hmi_option PULL[] = { PULL_OPTIONS, { 0 } };

const hmi_command hmi_command_pull = {
    .name = "pull",
    .operands = "PARTNER",
    .summary = "fetch what is new in a partner's collection",
    .about =
        "Asks the partner's TAXII 2.1 server for everything that was added since the last pull and "
        "writes each page as a bundle into the casebook's taxii/peers/PARTNER.pulled, bytes as "
        "the partner sent them. *hallmark add* takes them in. A pull that was cut off goes on "
        "where it stopped. A server that repeats itself ends the pull; it never goes round.",
    .examples = "  hallmark pull jp-cert\n"
                "  hallmark pull jp-cert --verify --json\n",
    .options = PULL,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_pull,
};

static const hmi_option PUSH[] = { PUSH_OPTIONS, { 0 } };

const hmi_command hmi_command_push = {
    .name = "push",
    .operands = "PARTNER FILE...",
    .summary = "add what a partner may have to its collection",
    .about =
        "Reads bundles, asks the release rules (docs/RELEASE.md) what of them this partner may "
        "have, enters each object into the memory of what was given, and adds it to the "
        "partner's collection. What the partner acknowledged is not sent again. The counts of "
        "the partner's status are verified. The partner must be named in --policy.",
    .examples = "  hallmark push jp-cert report.json --policy policy.txt\n",
    .options = PUSH,
    .operands_min = 2,
    .operands_max = 10000,
    .run = run_push,
};

static const hmi_option SYNC[] = { PULL_OPTIONS, PUSH_OPTIONS, { 0 } };

const hmi_command hmi_command_sync = {
    .name = "sync",
    .operands = "PARTNER FILE...",
    .summary = "pull from a partner, then push to it",
    .about = "The same as *hallmark pull* and then *hallmark push*.",
    .examples = "  hallmark sync jp-cert report.json --policy policy.txt --verify\n",
    .options = SYNC,
    .operands_min = 2,
    .operands_max = 10000,
    .run = run_sync,
    .no_json = true,
};
