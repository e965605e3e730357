/* SPDX-License-Identifier: Apache-2.0
 *
 * renew.c - other rules while partners are served.
 *
 * WHY    A partner leaves the community at three in the morning. To start again would make every
 *        partner's view anew and cut off who is served: here only what changed is made anew.
 * FORM   1. what holds for a partner is a digest: another one is an event of the journal, and dates
 *        the partner's view from then on; 2. all that depends on the rules is made beside the old;
 *        3. while no request is looked at, the one takes the other's place.
 * TRUST  The files are the owner's; what is wrong in them changes nothing.
 * OWNS   Nothing: what it makes is the service's.
 */
#include <sodium.h>
#include <stdlib.h>

#include "base/error.h"
#include "taxii/inside.h"

enum { RULES_VERSION = 1 };

static void digest_text(crypto_hash_sha256_state *state, hm_text text)
{
    uint8_t length[8];
    for (int i = 0; i < 8; i++) {
        length[i] = (uint8_t)((uint64_t)text.len >> 8 * i);
    }
    crypto_hash_sha256_update(state, length, sizeof(length));
    crypto_hash_sha256_update(state, (const uint8_t *)text.ptr, text.len);
}

static void digest_number(crypto_hash_sha256_state *state, uint8_t number)
{
    crypto_hash_sha256_update(state, &number, 1);
}

static bool is_released_to(const hmi_marking_line *line, const hmi_partner *p)
{
    bool named = hmi_policy_has(line->uuids, line->uuid_count, p->id);
    for (size_t i = 0; i < p->group_count; i++) {
        named |= hmi_policy_has(line->uuids, line->uuid_count, p->groups[i]);
    }
    return named;
}

/* All that the release function would ask the policy about this partner: when it is the same as
 * last time, the partner's view is the same, dates included. */
static void digest_rules(const hmi_taxii *t, const hmi_partner *p,
                         uint8_t ret[crypto_hash_sha256_BYTES])
{
    crypto_hash_sha256_state state;
    const hmi_policy *policy = t->policy;
    crypto_hash_sha256_init(&state);
    digest_number(&state, RULES_VERSION);
    digest_number(&state, (uint8_t)t->config->purpose);
    digest_number(&state, (uint8_t)p->kind);
    digest_number(&state, hmi_policy_has(policy->red, policy->red_count, p->id));
    digest_text(&state, policy->unmarked);
    for (size_t i = 0; i < policy->statement_count; i++) {
        digest_text(&state, policy->statements[i].id);
        digest_number(&state, policy->statements[i].deny);
    }
    digest_number(&state, 0xff);
    for (size_t i = 0; i < policy->releasable_count; i++) {
        digest_text(&state, policy->releasables[i].id);
        digest_number(&state, is_released_to(&policy->releasables[i], p));
    }
    digest_number(&state, 0xff);
    for (size_t i = 0; i < policy->known_count; i++) {
        digest_text(&state, policy->known[i]);
    }
    crypto_hash_sha256_final(&state, ret);
}

/* Other rules for a partner: everything it sees is dated from now on, so that who polls misses
 * nothing. */
int hmi_taxii_note_rules(hmi_taxii *t, size_t partner, bool *ret_other, hm_err *err)
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    digest_rules(t, &t->policy->partners[partner], digest);
    hm_bytes now = hmi_bytes(digest, sizeof(digest)), last = { NULL, 0 };
    for (size_t i = 0; i < hmi_journal_event_count(t->journal); i++) {
        const hmi_journal_event *e = hmi_journal_event_at(t->journal, i);
        if (e->kind == HMI_JOURNAL_POLICY && e->poster == t->partner_numbers[partner]) {
            last = e->status;
        }
    }
    *ret_other = !hmi_bytes_eq(now, last);
    return *ret_other
               ? hmi_journal_policy(t->journal, t->partner_numbers[partner], t->now_us(), now, err)
               : HM_OK;
}

/* -- Taking another's place. */

/* All that has another size or meaning under other rules. */
typedef struct tables {
    const hmi_taxii_config *config;
    const hmi_policy *policy;
    hmi_accounts *accounts;
    hmi_view **views;
    uint32_t *collections, *partners; /* their numbers in the journal */
} tables;

static void drop(tables *made)
{
    free(made->views);
    free(made->collections);
    free(made->partners);
    hmi_accounts_free(made->accounts);
}

static int make(hmi_taxii *t, tables *made, hm_err *err)
{
    const hmi_taxii_config *c = made->config;
    made->views = calloc(c->collection_count * c->partner_count + 1, sizeof(*made->views));
    made->collections = calloc(c->collection_count + 1, sizeof(uint32_t));
    made->partners = calloc(c->partner_count + 1, sizeof(uint32_t));
    if (made->views == NULL || made->collections == NULL || made->partners == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for other rules");
    }
    for (size_t i = 0; i < c->collection_count; i++) {
        HMI_TRY(hmi_journal_number(t->journal, c->collections[i].id, &made->collections[i], err));
    }
    for (size_t i = 0; i < c->partner_count; i++) {
        HMI_TRY(
            hmi_journal_number(t->journal, made->policy->partners[i].id, &made->partners[i], err));
    }
    return hmi_accounts_new(c, made->policy, &made->accounts, err);
}

static void swap(hmi_taxii *t, tables *with)
{
    tables now = { t->config,         t->policy, t->accounts, t->views, t->collection_numbers,
                   t->partner_numbers };
    t->config = with->config;
    t->policy = with->policy;
    t->accounts = with->accounts;
    t->views = with->views;
    t->collection_numbers = with->collections;
    t->partner_numbers = with->partners;
    *with = now;
}

/* The old view of the same collection for the same partner, taken out of the old table. */
static hmi_view *take_view(tables *old, uint32_t collection, uint32_t partner)
{
    for (size_t i = 0; i < old->config->collection_count; i++) {
        for (size_t k = 0; k < old->config->partner_count; k++) {
            hmi_view **at = &old->views[i * old->config->partner_count + k];
            if (old->collections[i] == collection && old->partners[k] == partner && *at != NULL) {
                hmi_view *view = *at;
                *at = NULL;
                return view;
            }
        }
    }
    return NULL;
}

/* Views of partners for whom nothing changed stay; the others are made anew when asked for. */
static void move_views(hmi_taxii *t, const bool *others, tables *old)
{
    for (size_t i = 0; i < t->config->collection_count; i++) {
        for (size_t k = 0; k < t->config->partner_count; k++) {
            hmi_view *view =
                others[k] ? NULL : take_view(old, t->collection_numbers[i], t->partner_numbers[k]);
            if (view != NULL) {
                hmi_view_move(view, t->policy, &t->policy->partners[k]);
            }
            t->views[i * t->config->partner_count + k] = view;
        }
    }
    for (size_t i = 0; i < old->config->collection_count * old->config->partner_count; i++) {
        hmi_view_unref(old->views[i]);
    }
}

/* A failure here leaves old rules in force for a partner whose digest of the new ones is written:
 * the next try or start writes another one, and views are dated later than they need be. */
static int note_all(hmi_taxii *t, bool *others, hm_err *err)
{
    int code = HM_OK;
    hmi_journal_write_begin(t->journal);
    for (size_t i = 0; code == HM_OK && i < t->config->partner_count; i++) {
        code = hmi_taxii_note_rules(t, i, &others[i], err);
    }
    hmi_journal_write_end(t->journal);
    return code;
}

int hmi_taxii_renew(hmi_taxii *t, const hmi_taxii_config *config, const hmi_policy *policy,
                    hm_err *err)
{
    tables made = { .config = config, .policy = policy };
    if (config->purpose != t->config->purpose) {
        return hmi_fail(err, HM_E_MISUSE, HM_OFFSET_NONE, "the purpose changes at a start only");
    }
    bool *others = calloc(config->partner_count + 1, sizeof(bool));
    int code = others == NULL
                   ? hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for other rules")
                   : make(t, &made, err);
    if (code == HM_OK) {
        pthread_rwlock_wrlock(&t->rules);
        swap(t, &made);
        code = note_all(t, others, err);
        if (code == HM_OK) {
            move_views(t, others, &made);
            t->rows_looked_at = 0; /* a collection that is new here may hold what was recalled */
            t->generation++;
        } else {
            swap(t, &made);
        }
        pthread_rwlock_unlock(&t->rules);
    }
    free(others);
    drop(&made);
    return code;
}
