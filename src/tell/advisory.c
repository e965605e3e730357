/* SPDX-License-Identifier: Apache-2.0
 *
 * advisory.c - the skeleton of a joint advisory.
 *
 * WHY    Investigators of several countries write one paper: what was found, what it has in common
 *        with what is known, what others say, what to look for. Each sentence ends with its source;
 *        a degree of support and a probability are never in one sentence.
 * FORM   The parts of published joint advisories: summary, common traits, assessment, statements,
 *        technical details, ATT&CK, indicators, mitigations, contact, sources.
 * TRUST  Every value, name and ground is somebody's; the page makes it safe.
 * OWNS   Nothing: the caller's arena.
 */
#include "tell/advisory.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"
#include "base/num.h"
#include "compare/arith.h"
#include "compare/words.h"
#include "tell/cite.h"
#include "tell/export.h"

enum {
    HALLMARKS_SHOWN_MAX = 40,
    REASONS_SHOWN_MAX = 5,
    SUSPECTS_SHOWN_MAX = 3,
    CITES_OF_SUMMARY = 3
};

#define BYTES_OF(cstr) hmi_text_bytes(hmi_text_of(cstr))

static const hmi_source METHOD = { .kind = HMI_SOURCE_METHOD, .offset = HM_OFFSET_NONE };
static const hmi_source OWN_LIST = { .kind = HMI_SOURCE_LIST, .offset = HM_OFFSET_NONE };

static hm_text said(const hmi_citing *c, hmi_phrase phrase)
{
    return hmi_phrase_text(c->page->language, phrase);
}

static hm_text word(const hmi_citing *c, const char *english)
{
    return hmi_phrase_word(c->page->language, english);
}

/* One sentence with one source. */
static int sentence(hmi_citing *c, hmi_phrase phrase, const hm_bytes *arguments, size_t count,
                    const hmi_source *source, hm_err *err)
{
    hmi_page_phrase(c->page, phrase, arguments, count);
    if (source != NULL) {
        HMI_TRY(hmi_cite(c, source, err));
    }
    hmi_buf_add_char(c->page->out, ' ');
    return HM_OK;
}

static void cell(hmi_citing *c, hm_bytes text)
{
    hmi_page_open_cell(c->page);
    hmi_page_text(c->page, text);
    hmi_page_close_cell(c->page);
}

static hm_bytes number(const hmi_citing *c, uint64_t value)
{
    return hmi_text_bytes(hmi_arena_printf(c->advisory->arena, "%" PRIu64, value));
}

static hm_bytes decimal(const hmi_citing *c, double value)
{
    return hmi_text_bytes(hmi_arena_printf(c->advisory->arena, "%.1f", value));
}

/* A likelihood ratio as people write it: 240, 1/30, 3 × 10^9. */
static hm_bytes ratio(const hmi_citing *c, double bits)
{
    double size = bits < 0 ? -bits : bits;
    const char *over = bits < 0 ? "1/" : "";
    hm_text text;
    if (size < 13.2) {
        text = hmi_arena_printf(c->advisory->arena, "%s%.0f", over, hmi_exp(size * HMI_LN2));
    } else {
        double tens = size * 0.30102999566398120;
        int whole = (int)tens;
        double lead = hmi_exp((tens - whole) * 2.302585092994046);
        text = hmi_arena_printf(c->advisory->arena, bits < 0 ? "1/(%.0f × 10^%d)" : "%.0f × 10^%d",
                                lead, whole);
    }
    return hmi_text_bytes(text);
}

/* How it is written so that nobody follows it by accident. */
static hm_bytes defanged(const hmi_citing *c, hmi_class class_id, hm_text text)
{
    bool wanted = class_id == HMI_ADDRESS || class_id == HMI_RANGE || class_id == HMI_DOMAIN ||
                  class_id == HMI_URL || class_id == HMI_MAIL || class_id == HMI_ONION;
    hmi_buf out;
    if (!wanted) {
        return hmi_text_bytes(text);
    }
    hmi_buf_init(&out, 0);
    if (hmi_text_istarts(text, HM_TEXT("http"))) {
        hmi_buf_add_cstr(&out, "hxxp");
        text = hmi_text_slice(text, 4, text.len);
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '.' || text.ptr[i] == '@' ||
            (text.ptr[i] == ':' && class_id != HMI_URL)) {
            hmi_buf_printf(&out, "[%c]", text.ptr[i]);
        } else {
            hmi_buf_add_char(&out, text.ptr[i]);
        }
    }
    hm_bytes kept = hmi_arena_bytes(c->advisory->arena, hmi_buf_bytes(&out));
    hmi_buf_fini(&out);
    return kept;
}

/* ---- Summary */

static int write_head(hmi_citing *c, hm_err *err)
{
    const hmi_advisory *a = c->advisory;
    bool named = a->outgoing == NULL || a->outgoing->own;
    const hm_bytes head[] = { named ? hmi_text_bytes(a->incident->name) : BYTES_OF("—"),
                              hmi_text_bytes(a->day) };
    hmi_page_begin(c->page, said(c, HMI_P_TITLE));
    hmi_page_open_paragraph(c->page);
    hmi_page_phrase(c->page, HMI_P_DRAFT, NULL, 0);
    hmi_page_close_paragraph(c->page);
    hmi_page_open_paragraph(c->page);
    hmi_page_phrase(c->page, HMI_P_AUTHORS, NULL, 0);
    hmi_page_close_paragraph(c->page);
    hmi_page_open_paragraph(c->page);
    HMI_TRY(sentence(c, HMI_P_HEAD, head, 2, NULL, err));
    hmi_page_close_paragraph(c->page);
    return HM_OK;
}

static int say_related(hmi_citing *c, const hmi_match *m, hm_err *err)
{
    const hm_bytes arguments[] = { hmi_text_bytes(m->incident.name),
                                   hmi_text_bytes(word(c, m->words)), ratio(c, m->bits) };
    hmi_page_phrase(c->page, HMI_P_RELATED, arguments, 3);
    for (size_t i = 0; i < m->hallmark_count && i < CITES_OF_SUMMARY; i++) {
        const hmi_hallmark *h = &m->hallmarks[i];
        HMI_TRY(hmi_cite_seen(c, c->evidence, c->evidence_count, h->seen_here, h->seen_here_count,
                              h->class_id, h->value, err));
    }
    HMI_TRY(hmi_cite(c, &METHOD, err));
    hmi_buf_add_char(c->page->out, ' ');
    return HM_OK;
}

static int write_summary(hmi_citing *c, uint64_t traits, hm_err *err)
{
    const hmi_advisory *a = c->advisory;
    bool named = a->outgoing == NULL || a->outgoing->own;
    const hm_bytes counts[] = { named ? hmi_text_bytes(a->incident->name) : BYTES_OF("—"),
                                number(c, c->evidence_count), number(c, traits) };
    hmi_page_heading(c->page, 2, said(c, HMI_P_SUMMARY));
    hmi_page_open_paragraph(c->page);
    HMI_TRY(sentence(c, HMI_P_EVIDENCE, counts, 3, &OWN_LIST, err));
    if (a->finding != NULL) {
        uint64_t others = a->finding->incidents_all > 0 ? a->finding->incidents_all - 1 : 0;
        const hm_bytes compared[] = { number(c, others), number(c, a->finding->baseline_all) };
        size_t related = 0;
        HMI_TRY(sentence(c, HMI_P_COMPARED, compared, 2, &METHOD, err));
        for (size_t i = 0; i < a->finding->match_count; i++) {
            if (a->finding->matches[i].related) {
                HMI_TRY(say_related(c, &a->finding->matches[i], err));
                related++;
            }
        }
        if (related == 0) {
            HMI_TRY(sentence(c, HMI_P_NONE_RELATED, NULL, 0, &METHOD, err));
        }
    }
    hmi_page_close_paragraph(c->page);
    return HM_OK;
}

/* ---- In common */

static int hallmark_row(hmi_citing *c, const hmi_hallmark *h, const hmi_evidence *there,
                        size_t there_count, hm_err *err)
{
    const hm_bytes rarity[] = { number(c, h->incidents), number(c, h->incidents_all),
                                number(c, h->baseline), number(c, h->baseline_all) };
    hmi_page_open_row(c->page);
    hmi_page_open_cell(c->page);
    hmi_page_value(c->page, defanged(c, h->class_id, h->value));
    hmi_page_close_cell(c->page);
    cell(c, hmi_text_bytes(word(c, hmi_class_find((int)h->class_id)->label)));
    cell(c, decimal(c, h->bits));
    hmi_page_open_cell(c->page);
    hmi_page_phrase(c->page, HMI_P_RARITY, rarity, 4);
    HMI_TRY(hmi_cite(c, &METHOD, err));
    hmi_page_close_cell(c->page);
    hmi_page_open_cell(c->page);
    HMI_TRY(hmi_cite_seen(c, c->evidence, c->evidence_count, h->seen_here, h->seen_here_count,
                          h->class_id, h->value, err));
    hmi_page_close_cell(c->page);
    hmi_page_open_cell(c->page);
    HMI_TRY(hmi_cite_seen(c, there, there_count, h->seen_there, h->seen_there_count, h->class_id,
                          h->value_there, err));
    hmi_page_close_cell(c->page);
    hmi_page_close_row(c->page);
    return HM_OK;
}

/* The group whose planting would take most away. */
static int say_planted(hmi_citing *c, const hmi_match *m, hm_err *err)
{
    int most = 0;
    for (int g = 1; g < HMI_GROUP_COUNT; g++) {
        most = m->group_bits[g] > (most > 0 ? m->group_bits[most] : 0) ? g : most;
    }
    if (most == 0) {
        return HM_OK;
    }
    const hm_bytes arguments[] = { hmi_text_bytes(word(c, hmi_group_get((hmi_group)most)->label)),
                                   decimal(c, m->without_group[most]), decimal(c, m->bits) };
    return sentence(c, HMI_P_PLANTED, arguments, 3, &METHOD, err);
}

/* What stands before `by` is cut off *rest with it; false, and nothing cut, without it. */
static bool cut(hm_text *rest, const char *by, hm_text *ret_part)
{
    const hm_text mark = hmi_text_of(by);
    size_t at = hmi_find(hmi_text_bytes(*rest), hmi_text_bytes(mark));
    if (at == HMI_NPOS) {
        return false;
    }
    *ret_part = hmi_text_slice(*rest, 0, at);
    *rest = hmi_text_slice(*rest, at + mark.len, rest->len);
    return true;
}

/* The two sentences that compare/against.c knows, in the reader's language; others as they are. */
static int say_against(hmi_citing *c, const hmi_against *against, hm_err *err)
{
    const hm_bytes bits = decimal(c, against->bits);
    hm_text rest = against->sentence, what = rest, here = rest, there = rest, lead;
    hmi_page_phrase(c->page, HMI_P_AGAINST, &bits, 1);
    if (cut(&rest, "both hold many ", &lead) && lead.len == 0 && cut(&rest, " (", &what) &&
        cut(&rest, " here, ", &here) && cut(&rest, " there)", &there)) {
        char *label = hmi_arena_cstr(c->advisory->arena, what);
        if (label == NULL) {
            return hmi_arena_fail(c->advisory->arena, err);
        }
        const hm_bytes arguments[] = { hmi_text_bytes(word(c, label)), hmi_text_bytes(here),
                                       hmi_text_bytes(there) };
        return sentence(c, HMI_P_BOTH_HOLD, arguments, 3, &METHOD, err);
    }
    rest = against->sentence;
    if (cut(&rest, "the languages differ: ", &lead) && lead.len == 0 &&
        cut(&rest, " here, ", &here) && cut(&rest, " there", &there)) {
        const hm_bytes arguments[] = { hmi_text_bytes(here), hmi_text_bytes(there) };
        return sentence(c, HMI_P_LANGUAGES, arguments, 2, &METHOD, err);
    }
    const hm_bytes whole = hmi_text_bytes(against->sentence);
    return sentence(c, HMI_P_QUOTED, &whole, 1, &METHOD, err);
}

static int write_match(hmi_citing *c, const hmi_match *m, hm_err *err)
{
    const hm_text heads[] = {
        said(c, HMI_P_C_TRAIT),  said(c, HMI_P_C_KIND), said(c, HMI_P_C_BITS),
        said(c, HMI_P_C_RARITY), said(c, HMI_P_C_HERE), said(c, HMI_P_C_THERE)
    };
    hmi_evidence *there = NULL;
    size_t there_count = 0;
    HMI_TRY(hmi_evidence_list(c->advisory->store, c->advisory->arena, m->incident.id, &there,
                              &there_count, err));
    hmi_page_heading(c->page, 3, m->incident.name);
    hmi_page_open_table(c->page, heads, HMI_COUNT(heads));
    size_t shown = 0; /* strongest first; what weighs next to nothing is only counted */
    while (shown < m->hallmark_count && shown < HALLMARKS_SHOWN_MAX &&
           m->hallmarks[shown].bits >= 0.5) {
        shown++;
    }
    for (size_t i = 0; i < shown; i++) {
        HMI_TRY(hallmark_row(c, &m->hallmarks[i], there, there_count, err));
    }
    hmi_page_close_table(c->page);
    hmi_page_open_paragraph(c->page);
    if (m->hallmark_total > shown) {
        const hm_bytes cut[] = { number(c, shown), number(c, m->hallmark_total) };
        HMI_TRY(sentence(c, HMI_P_CUT, cut, 2, &METHOD, err));
    }
    HMI_TRY(say_planted(c, m, err));
    for (size_t i = 0; i < m->against_count; i++) {
        HMI_TRY(say_against(c, &m->against[i], err));
    }
    HMI_TRY(sentence(c, HMI_P_NOT_AUTHOR, NULL, 0, &METHOD, err));
    hmi_page_close_paragraph(c->page);
    return HM_OK;
}

static int write_common(hmi_citing *c, hm_err *err)
{
    const hmi_finding *f = c->advisory->finding;
    bool headed = false;
    for (size_t i = 0; f != NULL && i < f->match_count; i++) {
        if (f->matches[i].related) {
            if (!headed) {
                hmi_page_heading(c->page, 2, said(c, HMI_P_H_COMMON));
            }
            headed = true;
            HMI_TRY(write_match(c, &f->matches[i], err));
        }
    }
    return HM_OK;
}

/* ---- Whose */

static int write_suspect(hmi_citing *c, const hmi_suspect *s, hm_err *err)
{
    hm_bytes actor = hmi_text_bytes(s->actor);
    const hm_bytes lr[] = { actor, hmi_text_bytes(word(c, s->lr_words)),
                            ratio(c, s->llr / HMI_LN2) };
    const hm_bytes posterior[] = { actor, decimal(c, 100 * s->posterior),
                                   hmi_text_bytes(word(c, s->posterior_words)) };
    const hm_bytes support[] = { actor, number(c, s->incidents) };
    hmi_page_heading(c->page, 3, s->actor);
    hmi_page_open_paragraph(c->page);
    HMI_TRY(sentence(c, HMI_P_LR, lr, 3, &METHOD, err));
    HMI_TRY(sentence(c, HMI_P_POSTERIOR, posterior, 3, &METHOD, err));
    HMI_TRY(sentence(c, HMI_P_SUPPORT, support, 2, &METHOD, err));
    if (!s->nameable) {
        HMI_TRY(sentence(c, HMI_P_NOT_NAMEABLE, &actor, 1, &METHOD, err));
    }
    for (size_t i = 0; i < s->argument_count && i < REASONS_SHOWN_MAX; i++) {
        const hmi_argument *r = &s->arguments[i];
        bool is_place = r->group <= HMI_PLANT_NAMING; /* names, addresses and parts of them */
        hm_bytes value = defanged(c, is_place ? HMI_DOMAIN : HMI_STRING, r->value);
        hm_text what = hmi_arena_printf(c->advisory->arena, "%s \"%.*s\"", hmi_kind_name(r->kind),
                                        (int)value.len, (const char *)value.ptr);
        const hm_bytes why[] = { hmi_text_bytes(what), number(c, r->actor_incidents),
                                 number(c, r->actor_all), number(c, r->incidents) };
        HMI_TRY(sentence(c, HMI_P_WHY, why, 4, &METHOD, err));
    }
    hmi_page_close_paragraph(c->page);
    return HM_OK;
}

static int write_whose(hmi_citing *c, hm_err *err)
{
    const hmi_attribution *a = c->advisory->attribution;
    if (a == NULL || a->suspect_count == 0) {
        return HM_OK;
    }
    const hm_bytes none[] = { decimal(c, 100 * a->none),
                              hmi_text_bytes(word(c, hmi_words_icd203(a->none))) };
    hmi_page_heading(c->page, 2, said(c, HMI_P_H_WHOSE));
    hmi_page_open_paragraph(c->page);
    HMI_TRY(sentence(c, HMI_P_NONE, none, 2, &METHOD, err));
    if (a->contradiction) {
        HMI_TRY(sentence(c, HMI_P_ALARM, NULL, 0, &METHOD, err));
    }
    hmi_page_close_paragraph(c->page);
    for (size_t i = 0; i < a->suspect_count && i < SUSPECTS_SHOWN_MAX; i++) {
        if (i == 0 || a->suspects[i].posterior >= 0.01) {
            HMI_TRY(write_suspect(c, &a->suspects[i], err));
        }
    }
    return HM_OK;
}

/* ---- What others say */

static bool may_tell(const hmi_advisory *a, const hmi_told *t)
{
    if (a->outgoing == NULL) {
        return true;
    }
    return t->raw.ptr != NULL ? hmi_outgoing_has_object(a->outgoing, t->raw) : a->outgoing->own;
}

static int write_claim(hmi_citing *c, const hmi_told *t, hm_err *err)
{
    const hmi_outgoing *outgoing = c->advisory->outgoing;
    bool named = t->incident == 0 || outgoing == NULL || outgoing->own; /* the name is ours */
    const hm_bytes arguments[] = { hmi_text_bytes(t->publisher),
                                   hmi_text_bytes(hmi_text_slice(t->said, 0, 10)),
                                   named ? hmi_text_bytes(t->about) : BYTES_OF("—"),
                                   hmi_text_bytes(t->target) };
    const hmi_source source = { .kind = HMI_SOURCE_CLAIM, .claim = t, .offset = HM_OFFSET_NONE };
    bool attributed = hmi_text_is(t->relation, "attributed-to");
    hmi_page_open_paragraph(c->page);
    hmi_page_phrase(c->page, hmi_phrase_of_claim(attributed, t->opinion), arguments, 4);
    HMI_TRY(hmi_cite(c, &source, err));
    if (t->ground.len > 0) {
        const hm_bytes ground[] = { hmi_text_bytes(t->ground) };
        hmi_page_phrase(c->page, HMI_P_GROUND, ground, 1);
        HMI_TRY(hmi_cite(c, &source, err));
    }
    if (t->withdrawn) {
        const hm_bytes why[] = { t->withdrawn_why.len > 0 ? hmi_text_bytes(t->withdrawn_why)
                                                          : BYTES_OF("—") };
        hmi_page_phrase(c->page, HMI_P_WITHDRAWN, why, 1);
        HMI_TRY(hmi_cite(c, &source, err));
    }
    hmi_page_close_paragraph(c->page);
    return HM_OK;
}

static int write_claims(hmi_citing *c, hm_err *err)
{
    const hmi_told_list *claims = c->advisory->claims;
    bool headed = false;
    for (size_t i = 0; i < claims->count && i < HMI_ADVISORY_ROWS_MAX; i++) {
        if (!may_tell(c->advisory, &claims->list[i])) {
            continue;
        }
        if (!headed) {
            hmi_page_heading(c->page, 2, said(c, HMI_P_H_CLAIMS));
            hmi_page_open_paragraph(c->page);
            hmi_page_phrase(c->page, HMI_P_NOT_WEIGHED, NULL, 0);
            hmi_page_close_paragraph(c->page);
        }
        headed = true;
        HMI_TRY(write_claim(c, &claims->list[i], err));
    }
    return HM_OK;
}

/* ---- Technical details */

static int write_files(hmi_citing *c, hm_err *err)
{
    const hm_text heads[] = { said(c, HMI_P_C_EVIDENCE), said(c, HMI_P_C_FORMAT),
                              said(c, HMI_P_C_SIZE), HM_TEXT("SHA-256") };
    size_t shown = hmi_min(c->evidence_count, HMI_ADVISORY_ROWS_MAX);
    hmi_page_heading(c->page, 2, said(c, HMI_P_H_TECHNICAL));
    hmi_page_open_paragraph(c->page);
    HMI_TRY(sentence(c, HMI_P_FILES, NULL, 0, &OWN_LIST, err));
    if (c->evidence_count > shown) {
        const hm_bytes cut[] = { number(c, shown), number(c, c->evidence_count) };
        HMI_TRY(sentence(c, HMI_P_CUT, cut, 2, &OWN_LIST, err));
    }
    hmi_page_close_paragraph(c->page);
    hmi_page_open_table(c->page, heads, HMI_COUNT(heads));
    for (size_t i = 0; i < shown; i++) {
        const hmi_evidence *e = &c->evidence[i];
        char hex[65];
        hmi_hex(hmi_bytes(e->sha256.bytes, sizeof(e->sha256.bytes)), hex);
        hmi_page_open_row(c->page);
        hmi_page_open_cell(c->page);
        hmi_page_value(c->page, e->name);
        hmi_page_close_cell(c->page);
        cell(c, hmi_text_bytes(e->format));
        cell(c, number(c, e->size));
        hmi_page_open_cell(c->page);
        hmi_page_value(c->page, BYTES_OF(hex));
        hmi_page_close_cell(c->page);
        hmi_page_close_row(c->page);
    }
    hmi_page_close_table(c->page);
    return HM_OK;
}

static int trait_row(hmi_citing *c, const hmi_incident_trait *t, bool with_kind, hm_err *err)
{
    hmi_page_open_row(c->page);
    if (with_kind) {
        cell(c, hmi_text_bytes(word(c, hmi_class_find((int)t->class_id)->label)));
    }
    hmi_page_open_cell(c->page);
    hmi_page_value(c->page, defanged(c, t->class_id, t->value));
    hmi_page_close_cell(c->page);
    hmi_page_open_cell(c->page);
    HMI_TRY(hmi_cite_trait(c, c->advisory->incident->id, c->evidence, c->evidence_count, t->id,
                           t->class_id, t->value, err));
    hmi_page_close_cell(c->page);
    hmi_page_close_row(c->page);
    return HM_OK;
}

static int write_techniques(hmi_citing *c, const hmi_export *e, hm_err *err)
{
    const hm_text heads[] = { word(c, "technique"), said(c, HMI_P_C_SOURCE) };
    bool open = false;
    for (size_t i = 0; i < e->count; i++) {
        if (e->traits[i].class_id != HMI_TECHNIQUE) {
            continue;
        }
        if (!open) {
            hmi_page_heading(c->page, 2, said(c, HMI_P_H_ATTACK));
            hmi_page_open_table(c->page, heads, HMI_COUNT(heads));
        }
        open = true;
        HMI_TRY(trait_row(c, &e->traits[i], false, err));
    }
    if (open) {
        hmi_page_close_table(c->page);
    }
    return HM_OK;
}

static bool is_indicator(const hmi_incident_trait *t)
{
    const hmi_class_row *row = hmi_class_find((int)t->class_id);
    hmi_group group = row != NULL ? row->group : HMI_GROUP_NONE;
    return group == HMI_GROUP_FILE || group == HMI_GROUP_INFRASTRUCTURE ||
           t->class_id == HMI_MUTEX || t->class_id == HMI_SERVICE_NAME ||
           t->class_id == HMI_REGISTRY_KEY || t->class_id == HMI_PIPE_NAME ||
           t->class_id == HMI_USER_AGENT;
}

static int write_indicators(hmi_citing *c, const hmi_export *e, hm_err *err)
{
    const hm_text heads[] = { said(c, HMI_P_C_KIND), said(c, HMI_P_C_VALUE),
                              said(c, HMI_P_C_SOURCE) };
    size_t total = 0, shown = 0;
    for (size_t i = 0; i < e->count; i++) {
        total += is_indicator(&e->traits[i]);
    }
    if (total == 0) {
        return HM_OK;
    }
    hmi_page_heading(c->page, 2, said(c, HMI_P_H_INDICATORS));
    hmi_page_open_paragraph(c->page);
    HMI_TRY(sentence(c, HMI_P_DEFANGED, NULL, 0, NULL, err));
    if (total > HMI_ADVISORY_ROWS_MAX) {
        const hm_bytes cut[] = { number(c, HMI_ADVISORY_ROWS_MAX), number(c, total) };
        HMI_TRY(sentence(c, HMI_P_CUT, cut, 2, &OWN_LIST, err));
    }
    hmi_page_close_paragraph(c->page);
    hmi_page_open_table(c->page, heads, HMI_COUNT(heads));
    for (size_t i = 0; i < e->count && shown < HMI_ADVISORY_ROWS_MAX; i++) {
        if (is_indicator(&e->traits[i])) {
            HMI_TRY(trait_row(c, &e->traits[i], true, err));
            shown++;
        }
    }
    hmi_page_close_table(c->page);
    return HM_OK;
}

static void write_blank(hmi_citing *c, hmi_phrase heading, hmi_phrase text)
{
    hmi_page_heading(c->page, 2, said(c, heading));
    hmi_page_open_paragraph(c->page);
    hmi_page_phrase(c->page, text, NULL, 0);
    hmi_page_close_paragraph(c->page);
}

/* ---- All of it */

/* The pieces that may be named: to a partner those whose own hash he may have. */
static int list_evidence(hmi_citing *c, hm_err *err)
{
    const hmi_advisory *a = c->advisory;
    hmi_evidence *list = NULL;
    size_t count = 0, kept = 0;
    HMI_TRY(hmi_evidence_list(a->store, a->arena, a->incident->id, &list, &count, err));
    for (size_t i = 0; i < count; i++) {
        char hex[65];
        hmi_hex(hmi_bytes(list[i].sha256.bytes, sizeof(list[i].sha256.bytes)), hex);
        if (a->outgoing == NULL ||
            (a->outgoing->own &&
             hmi_outgoing_has_trait(a->outgoing, hmi_trait_key(HMI_SHA256, hmi_text_of(hex))))) {
            list[kept++] = list[i];
        }
    }
    c->evidence = list;
    c->evidence_count = kept;
    return HM_OK;
}

int hmi_advisory_write(const hmi_advisory *a, hmi_buf *out, hm_err *err)
{
    hmi_page page = {
        .out = out, .html = a->html, .language = a->language, .marking = a->tlp->name
    };
    hmi_citing c = { .advisory = a, .page = &page };
    hmi_export all = { .store = a->store, .incident = a->incident, .tlp = a->tlp }, found = all;
    HMI_TRY(list_evidence(&c, err));
    HMI_TRY(hmi_export_select(&all, a->arena, hmi_export_format_find(HM_TEXT("csv")), NULL,
                              a->outgoing, err));
    HMI_TRY(hmi_export_select(&found, a->arena, hmi_export_format_find(HM_TEXT("openioc")), NULL,
                              a->outgoing, err));
    HMI_TRY(write_head(&c, err));
    HMI_TRY(write_summary(&c, all.count, err));
    HMI_TRY(write_common(&c, err));
    HMI_TRY(write_whose(&c, err));
    HMI_TRY(write_claims(&c, err));
    HMI_TRY(write_files(&c, err));
    HMI_TRY(write_techniques(&c, &all, err));
    HMI_TRY(write_indicators(&c, &found, err));
    write_blank(&c, HMI_P_H_MITIGATIONS, HMI_P_MITIGATIONS);
    write_blank(&c, HMI_P_H_CONTACT, HMI_P_CONTACT);
    hmi_cite_list(&c);
    hmi_page_end(&page);
    return hmi_buf_check(out, err);
}
