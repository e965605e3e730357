/* SPDX-License-Identifier: Apache-2.0
 *
 * outgoing.h - what of an incident may be told to a partner: the release rules (share/release.h)
 * asked once, for exports and reports alike.
 */
#ifndef HMI_TELL_OUTGOING_H
#define HMI_TELL_OUTGOING_H

#include "casebook/store.h"
#include "share/marking.h"
#include "share/release.h"

/* Evidence that somebody else wrote about other evidence: what stands in it is its author's. */
bool hmi_is_report(hm_text format);

/* A trait that may be told, and the object that carries it. */
typedef struct hmi_outgoing_trait {
    hmi_key key;
    size_t object;
} hmi_outgoing_trait;

typedef struct hmi_outgoing {
    hmi_release_object *objects; /* all that were asked about */
    size_t count, capacity;
    hmi_outgoing_trait *traits; /* in order of their keys */
    size_t trait_count, trait_capacity;
    size_t stand_in; /* the object that stands for what is only ours to say */
    bool own; /* what is only ours to say (names, findings, traits without an observable) may go */
} hmi_outgoing;

/* `tlp` marks what was found in our own evidence; without one it is held. */
int hmi_outgoing_decide(hmi_store *store, hmi_arena *arena, const hmi_incident *incident,
                        const hmi_policy *policy, const hmi_partner *partner, hmi_purpose purpose,
                        const hmi_tlp_marking *tlp, hmi_outgoing *ret, hm_err *err);
bool hmi_outgoing_has_trait(const hmi_outgoing *out, hmi_key key);
/* Of what may leave, what really did: holds objects that carry none of the traits. */
int hmi_outgoing_narrow(hmi_outgoing *out, hmi_arena *arena, const hmi_incident_trait *traits,
                        size_t count, hm_err *err);
/* Does the object leave, whole? */
bool hmi_outgoing_has_object(const hmi_outgoing *out, hm_bytes raw);

#endif
