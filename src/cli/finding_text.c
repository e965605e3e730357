/* SPDX-License-Identifier: Apache-2.0
 *
 * finding_text.c - the finding, told: who, how much, why, what not, and what if we were fooled.
 *
 * WHY    An analyst must be able to check every line against the evidence: each hallmark names a
 *        file and a byte on both sides and says how rare it is.
 * TRUST  Values and names are the attacker's and pass hmi_out_safe.
 */
#include "cli/finding_text.h"

#include <inttypes.h>

#include "base/error.h"
#include "base/num.h"
#include "compare/rarity.h"

/* "wiper.exe+0x1a40" and how many places more. */
static void say_where(hmi_out *out, const hmi_evidence_names *names, const hmi_seen *seen,
                      size_t count, size_t columns)
{
    hmi_buf where;
    hmi_buf_init(&where, 0);
    if (count > 0) {
        hmi_buf_add(&where, hmi_evidence_name(names, seen[0].evidence));
        if (seen[0].offset != HM_OFFSET_NONE) {
            hmi_buf_printf(&where, "+0x%" PRIx64, seen[0].offset);
        }
    }
    hmi_out_safe(out, hmi_buf_bytes(&where), columns, columns);
    hmi_buf_fini(&where);
}

static void say_rarity(hmi_out *out, const hmi_hallmark *h)
{
    hmi_say(out, "in %" PRIu64 " of %" PRIu64 " incidents", h->incidents, h->incidents_all);
    if (h->baseline_all > 0) {
        hmi_say(out, ", %" PRIu64 " of %" PRIu64 " harmless files", h->baseline, h->baseline_all);
    }
}

static void say_hallmark(hmi_out *out, const hmi_hallmark *h, const hmi_evidence_names *here,
                         const hmi_evidence_names *there)
{
    size_t left = out->width > 96 ? out->width - 26 : 70;
    hmi_say_style(out, HMI_STRONG);
    hmi_say(out, "   %5.1f", h->bits);
    hmi_say_style(out, HMI_PLAIN);
    hmi_say(out, "  %-16s ", hmi_class_find((int)h->class_id)->label);
    if (h->similarity < 1) {
        hmi_buf text;
        hmi_buf_init(&text, 0);
        hmi_buf_printf(&text, "%.*s, %.0f %% alike to %.*s", 12, h->value.ptr, 100 * h->similarity,
                       12, h->value_there.ptr);
        hmi_out_safe(out, hmi_buf_bytes(&text), left, 0);
        hmi_buf_fini(&text);
    } else {
        hmi_out_text(out, h->value, left, 0);
    }
    hmi_say(out, "\n                          ");
    hmi_say_style(out, HMI_FAINT);
    size_t half = (left - 6) / 2 > 34 ? 34 : (left - 6) / 2;
    say_where(out, here, h->seen_here, h->seen_here_count, half);
    hmi_say(out, " = ");
    say_where(out, there, h->seen_there, h->seen_there_count, half);
    hmi_say(out, "  ");
    say_rarity(out, h);
    hmi_say(out, "\n");
    hmi_say_style(out, HMI_PLAIN);
}

static void say_groups(hmi_out *out, const hmi_match *m)
{
    hmi_say(out, "   ");
    for (int g = 1; g < HMI_GROUP_COUNT; g++) {
        if (m->group_bits[g] > 0.05) {
            hmi_say(out, "%s %.1f   ", hmi_group_get((hmi_group)g)->label, m->group_bits[g]);
        }
    }
    hmi_say(out, "\n");
}

static void say_planted(hmi_out *out, const hmi_match *m)
{
    hmi_say(out, "   if planted: ");
    bool first = true;
    for (int g = 1; g < HMI_GROUP_COUNT; g++) {
        if (m->group_bits[g] > 0.05) {
            hmi_say(out, "%swithout %s %.1f", first ? "" : ", ", hmi_group_get((hmi_group)g)->label,
                    m->without_group[g]);
            first = false;
        }
    }
    hmi_say(out, " bits would be left\n");
}

static void say_against(hmi_out *out, const hmi_match *m)
{
    for (size_t i = 0; i < m->against_count; i++) {
        hmi_say(out, "   %5.1f  against: ", m->against[i].bits);
        hmi_out_text(out, m->against[i].sentence, 0, 0);
        hmi_say(out, "\n");
    }
}

static void say_head(hmi_out *out, size_t rank, const hmi_match *m)
{
    hmi_say(out, "\n%2zu ", rank);
    hmi_say_style(out, HMI_STRONG);
    hmi_out_text(out, m->incident.name, 0, 0);
    hmi_say_style(out, HMI_PLAIN);
    hmi_say(out, "   %.1f bits, %s   ", m->bits, m->words);
    hmi_say_style(out, m->related ? HMI_GOOD : HMI_FAINT);
    hmi_say(out, "%s\n", m->related ? "RELATED" : "not related");
    hmi_say_style(out, HMI_PLAIN);
}

static void say_match(hmi_out *out, size_t rank, const hmi_match *m, const hmi_evidence_names *here,
                      const hmi_evidence_names *there)
{
    say_head(out, rank, m);
    if (!m->related && m->why_not != NULL) {
        hmi_say(out, "   %s\n", m->why_not);
    }
    say_groups(out, m);
    /* Of what is not related a few lines are enough. */
    size_t shown = m->related ? m->hallmark_count : hmi_min(m->hallmark_count, 3);
    for (size_t i = 0; i < shown; i++) {
        say_hallmark(out, &m->hallmarks[i], here, there);
    }
    if (m->hallmark_total > shown) {
        hmi_say(out, "          and %zu more shared traits\n", m->hallmark_total - shown);
    }
    say_against(out, m);
    if (m->related) {
        say_planted(out, m);
    }
}

static void say_ignored(hmi_out *out, const hmi_finding *f)
{
    if (f->ignored_total == 0) {
        return;
    }
    hmi_say(out, "\nignored as too common to mean anything: %zu shared traits, such as\n",
            f->ignored_total);
    for (size_t i = 0; i < f->ignored_count; i++) {
        hmi_say_style(out, HMI_FAINT);
        hmi_say(out, "          %-16s ", hmi_class_find((int)f->ignored[i].class_id)->label);
        hmi_out_text(out, f->ignored[i].value, 40, 40);
        hmi_say(out, " ");
        hmi_out_text(out, f->ignored[i].why, 0, 0);
        hmi_say(out, "\n");
        hmi_say_style(out, HMI_PLAIN);
    }
}

int hmi_finding_text(hmi_invocation *inv, hmi_store *store, const hmi_finding *f, hm_err *err)
{
    hmi_out *out = inv->out;
    hmi_evidence_names here, there;
    HMI_TRY(hmi_evidence_names_load(store, inv->arena, f->incident.id, &here, err));
    hmi_say_style(out, HMI_STRONG);
    hmi_out_text(out, f->incident.name, 0, 0);
    hmi_say_style(out, HMI_PLAIN);
    hmi_say(out,
            ": %" PRIu64 " traits, compared with %" PRIu64 " other incidents and %" PRIu64
            " harmless files\n",
            f->traits, f->incidents_all ? f->incidents_all - 1 : 0, f->baseline_all);
    if (f->baseline_all < HMI_BASELINE_ENOUGH) {
        hmi_say_style(out, HMI_WARN);
        hmi_say(out,
                "%s, so common code and strings cannot be told from rare ones, and all that two "
                "programs share counts as one fact: run \"hallmark baseline learn /usr/bin "
                "/usr/lib\"\n",
                f->baseline_all == 0 ? "there is no baseline yet" : "the baseline is too small");
        hmi_say_style(out, HMI_PLAIN);
    }
    if (f->match_count == 0) {
        hmi_say(out, "\nnothing in common with any known incident\n");
    }
    for (size_t i = 0; i < f->match_count; i++) {
        HMI_TRY(hmi_evidence_names_load(store, inv->arena, f->matches[i].incident.id, &there, err));
        say_match(out, i + 1, &f->matches[i], &here, &there);
    }
    if (f->match_total > f->match_count) {
        hmi_say(out, "\n%zu more incidents share something weaker\n",
                f->match_total - f->match_count);
    }
    say_ignored(out, f);
    return HM_OK;
}
