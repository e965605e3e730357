/* SPDX-License-Identifier: Apache-2.0
 *
 * model.c - weights as text, and what they say about a row.
 *
 * WHY    A weight that nobody can read cannot be questioned. The file is the model: no number that
 *        decides hides in code.
 * FORM   hallmark-model 1
 *        # comments
 *        name hallmark-weights 2
 *        reference 0
 *        cap infra 4
 *        weight S:ip 0.570000
 *        pair technique 0.41
 *        Every line a word, a name, a number. Columns left out weigh 0.
 * TRUST  The file may be anybody's: every line is checked, numbers must be finite and below 1e6.
 * OWNS   Nothing.
 */
#include "compare/model.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "compare/arith.h"

static const char *const PLANTS[HMI_PLANT_COUNT] = {
    "infra", "hosting", "naming", "panel", "files", "tools", "nearest",
};

const char *hmi_plant_name(hmi_plant plant)
{
    return plant < HMI_PLANT_COUNT ? PLANTS[plant] : plant == HMI_PLANT_PRIOR ? "prior" : "none";
}

bool hmi_plant_is_copied(hmi_plant plant)
{
    return plant == HMI_PLANT_INFRA || plant == HMI_PLANT_PANEL || plant == HMI_PLANT_FILES ||
           plant == HMI_PLANT_TOOLS;
}

static hmi_plant plant_of_kind(hmi_kind kind)
{
    switch (kind) {
    case HMI_KIND_IP:
    case HMI_KIND_DOMAIN:
    case HMI_KIND_URL:
    case HMI_KIND_REGDOM:
    case HMI_KIND_NET24:
        return HMI_PLANT_INFRA;
    case HMI_KIND_SUFFIX:
    case HMI_KIND_NET16:
    case HMI_KIND_PORT:
        return HMI_PLANT_HOSTING;
    case HMI_KIND_TOKEN:
    case HMI_KIND_GRAM:
    case HMI_KIND_SHAPE:
    case HMI_KIND_FORM:
        return HMI_PLANT_NAMING;
    case HMI_KIND_PATH:
    case HMI_KIND_BASE:
    case HMI_KIND_DIR:
    case HMI_KIND_SKELETON:
    case HMI_KIND_EXT:
        return HMI_PLANT_PANEL;
    case HMI_KIND_TECHNIQUE:
    case HMI_KIND_SOFTWARE:
        return HMI_PLANT_TOOLS;
    default:
        return HMI_PLANT_FILES;
    }
}

hmi_plant hmi_plant_of(int col)
{
    static const hmi_plant VIEWS[] = { HMI_PLANT_NEAREST, HMI_PLANT_NAMING, HMI_PLANT_INFRA,
                                       HMI_PLANT_PANEL,   HMI_PLANT_TOOLS,  HMI_PLANT_INFRA };
    if (col < HMI_COL_NEAR) {
        return plant_of_kind((hmi_kind)(col / 3));
    }
    if (col < HMI_COL_VIEW) {
        return HMI_PLANT_NEAREST;
    }
    if (col < HMI_COL_EVIDENCE) {
        return VIEWS[1 + (col - HMI_COL_VIEW) / 3];
    }
    return col < HMI_COL_NONE ? HMI_PLANT_PRIOR : HMI_PLANT_NONE;
}

/* ---- Text */
static int col_by_name(hm_text name)
{
    char buffer[32];
    for (int col = 0; col < HMI_COL_COUNT; col++) {
        if (hmi_text_is(name, hmi_col_name(col, buffer))) {
            return col;
        }
    }
    return -1;
}

static const char *pair_name(int index)
{
    static const char *const REST[] = { "days",      "near-all", "near-name",  "near-infra",
                                        "near-path", "near-ttp", "near-exact", "near30",
                                        "near120",   "actor",    "constant" };
    return index < HMI_PAIR_DAYS ? hmi_kind_name((hmi_kind)index) : REST[index - HMI_PAIR_DAYS];
}

static bool number(hm_text text, double *ret)
{
    char copy[40];
    char *end = NULL;
    if (text.len == 0 || text.len >= sizeof(copy)) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        if (!hmi_ascii_digit(c) && c != '-' && c != '.') {
            return false; /* also keeps inf, nan and hexadecimal out */
        }
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = 0;
    *ret = strtod(copy, &end);
    return *end == 0 && *ret < 1e6 && *ret > -1e6;
}

static double *place(hmi_model *model, hm_text word, hm_text name)
{
    if (hmi_text_is(word, "weight")) {
        const int col = col_by_name(name);
        return col >= 0 ? &model->weight[col] : NULL;
    }
    if (hmi_text_is(word, "cap")) {
        for (int i = 0; i < HMI_PLANT_COUNT; i++) {
            if (hmi_text_is(name, PLANTS[i])) {
                return &model->cap[i];
            }
        }
    }
    if (hmi_text_is(word, "pair")) {
        for (int i = 0; i < HMI_PAIR_COUNT; i++) {
            if (hmi_text_is(name, pair_name(i))) {
                return &model->pair[i];
            }
        }
    }
    return NULL;
}

/* Findings carry the name, and a model file may be a stranger's. */
static bool is_name(hm_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < ' ' || text.ptr[i] > '~') {
            return false;
        }
    }
    return text.len > 0 && text.len < HMI_MODEL_NAME_MAX;
}

static bool parse_line(hmi_model *model, hm_text line)
{
    hm_text rest = line, word = { 0 }, name = { 0 };
    if (line.len == 0 || line.ptr[0] == '#') {
        return true;
    }
    hmi_split(&rest, ' ', &word);
    if (hmi_text_is(word, "name") && is_name(rest)) {
        memcpy(model->name, rest.ptr, rest.len);
        model->name[rest.len] = 0;
        return true;
    }
    if (hmi_text_is(word, "reference")) {
        model->reference = hmi_text_is(rest, "1");
        return model->reference || hmi_text_is(rest, "0");
    }
    hmi_split(&rest, ' ', &name);
    double *to = place(model, word, name);
    return to != NULL && number(rest, to);
}

int hmi_model_parse(hm_bytes text, hmi_model *ret, hm_err *err)
{
    hmi_model model = { 0 };
    hm_bytes rest = text, line = { 0 };
    if (text.len > HMI_MODEL_BYTES_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HMI_MODEL_BYTES_MAX, "a model file is never this long");
    }
    for (bool first = true; hmi_next_line(&rest, &line); first = false) {
        const uint64_t offset = line.len > 0 ? (uint64_t)(line.ptr - text.ptr) : 0;
        hm_text as_text = hmi_text((const char *)line.ptr, line.len);
        if (first && !hmi_text_is(as_text, "hallmark-model 1")) {
            return hmi_fail(err, HM_E_UNSUPPORTED, 0, "no model file of version 1");
        }
        if (!first && !parse_line(&model, as_text)) {
            return hmi_fail(err, HM_E_MALFORMED, offset, "a line that no model file has");
        }
    }
    if (model.name[0] == 0) {
        return hmi_fail(err, HM_E_TRUNCATED, text.len, "the model has no name");
    }
    *ret = model;
    return HM_OK;
}

void hmi_model_format(const hmi_model *model, hm_text how_made, hmi_buf *out)
{
    char buffer[32];
    hmi_buf_printf(out, "hallmark-model %d\n# %.*s\nname %s\nreference %d\n", HMI_MODEL_VERSION,
                   HMI_FMT(how_made), model->name, model->reference);
    for (int i = 0; i < HMI_PLANT_COUNT; i++) {
        if (model->cap[i] > 0) {
            hmi_buf_printf(out, "cap %s %.6f\n", PLANTS[i], model->cap[i]);
        }
    }
    for (int col = 0; col < HMI_COL_COUNT; col++) {
        if (model->weight[col] < 0 || model->weight[col] > 0) {
            hmi_buf_printf(out, "weight %s %.6f\n", hmi_col_name(col, buffer), model->weight[col]);
        }
    }
    for (int i = 0; i < HMI_PAIR_COUNT; i++) {
        if (model->pair[i] < 0 || model->pair[i] > 0) {
            hmi_buf_printf(out, "pair %s %.6f\n", pair_name(i), model->pair[i]);
        }
    }
}

/* ---- Weighing */

/* The columns that weigh something, pool by pool. */
typedef struct priced {
    size_t count;
    size_t pool_end[HMI_PLANT_COUNT];
    uint16_t col[HMI_COL_EVIDENCE];
    double weight[HMI_COL_EVIDENCE];
} priced;

static void price(const hmi_model *model, priced *ret)
{
    ret->count = 0;
    for (int pool = 0; pool < HMI_PLANT_COUNT; pool++) {
        for (int col = 0; col < HMI_COL_EVIDENCE; col++) {
            const double weight = model->weight[col];
            if ((int)hmi_plant_of(col) == pool && (weight > 0 || weight < 0)) {
                ret->col[ret->count] = (uint16_t)col;
                ret->weight[ret->count++] = weight;
            }
        }
        ret->pool_end[pool] = ret->count;
    }
}

double hmi_tools_room(size_t observed, bool alone)
{
    const double room = (double)observed * (double)observed / 36;
    const double least = alone ? 4 : 1;
    return room < least ? least : room > 6 ? 6 : room;
}

static hmi_weighed weigh(const hmi_model *model, const priced *p, const hmi_scorer *scorer,
                         uint32_t actor)
{
    const double *row = hmi_score_row(scorer, actor);
    hmi_weighed weighed = { 0 };
    size_t i = 0;
    for (int pool = 0; pool < HMI_PLANT_COUNT; pool++) {
        double sum = 0;
        for (; i < p->pool_end[pool]; i++) {
            sum += p->weight[i] * row[p->col[i]];
        }
        const double room =
            pool == HMI_PLANT_TOOLS ? hmi_tools_room(scorer->ttp, scorer->ttp_alone) : 1;
        const double cap = model->cap[pool] * room;
        if (cap > 0 && sum > 0) {
            sum = cap * (1 - hmi_exp(-sum / cap));
        }
        weighed.group[pool] = sum;
        weighed.evidence += sum;
    }
    for (int col = HMI_COL_PRIOR; col < HMI_COL_NONE; col++) {
        weighed.prior += model->weight[col] * row[col];
    }
    return weighed;
}

hmi_weighed hmi_model_weigh(const hmi_model *model, const hmi_scorer *scorer, uint32_t actor)
{
    priced p;
    price(model, &p);
    return weigh(model, &p, scorer, actor);
}

void hmi_model_weigh_some(const hmi_model *model, const hmi_scorer *scorer, const uint32_t *actors,
                          size_t count, hmi_weighed *ret)
{
    priced p;
    price(model, &p);
    for (size_t i = 0; i < count; i++) {
        ret[i] = weigh(model, &p, scorer, actors[i]);
    }
}

void hmi_model_weigh_all(const hmi_model *model, const hmi_scorer *scorer, hmi_weighed *ret)
{
    hmi_model_weigh_some(model, scorer, scorer->present, scorer->present_count, ret);
}

double hmi_model_none(const hmi_model *model, const double *none)
{
    double z = 0;
    for (int col = HMI_COL_NONE; col < HMI_COL_COUNT; col++) {
        z += model->weight[col] * none[col - HMI_COL_NONE];
    }
    return z;
}

/* Weighed actors: all at once, or one after the other where nobody keeps them. */
typedef struct source {
    const hmi_weighed *all;
    const hmi_model *model;
    const hmi_scorer *scorer;
    priced p;
} source;

static hmi_weighed weighed_at(const source *from, size_t i)
{
    return from->all != NULL ? from->all[i]
                             : weigh(from->model, &from->p, from->scorer, from->scorer->present[i]);
}

static double posterior(const source *from, size_t count, double none, bool with_prior,
                        double *ret_posteriors, double *ret_llrs)
{
    double best = none, sum = 0, prior_sum = 1;
    for (size_t i = 0; i < count; i++) {
        const hmi_weighed w = weighed_at(from, i);
        const double prior = with_prior ? w.prior : 0;
        ret_posteriors[i] = w.evidence + prior;
        best = ret_posteriors[i] > best ? ret_posteriors[i] : best;
        if (ret_llrs != NULL) {
            prior_sum += hmi_exp(prior);
            ret_llrs[i] = w.evidence;
        }
    }
    for (size_t i = 0; i < count; i++) {
        const double z = ret_posteriors[i];
        ret_posteriors[i] = hmi_exp(z - best);
        sum += ret_posteriors[i];
        if (ret_llrs != NULL) { /* keep the prior beside the evidence: z - evidence */
            ret_llrs[count + i] = z - ret_llrs[i];
        }
    }
    const double none_part = hmi_exp(none - best);
    sum += none_part;
    /* LR: evidence for one actor against the prior-weighted evidence for all else. */
    for (size_t i = 0; i < count && ret_llrs != NULL; i++) {
        const double rest = (sum - ret_posteriors[i]) / (prior_sum - hmi_exp(ret_llrs[count + i]));
        ret_llrs[i] += -best - hmi_ln(rest > 1e-30 ? rest : 1e-30);
    }
    for (size_t i = 0; i < count; i++) {
        ret_posteriors[i] /= sum;
    }
    return none_part / sum;
}

static bool contradiction(const source *from, size_t count)
{
    double copied[2] = { 0 }, habit[2] = { 0 }; /* of the first by copies, of the first by habit */
    double best_copied = -1, best_habit = -1;
    size_t by_copies = 0, by_habit = 0;
    for (size_t i = 0; i < count; i++) {
        const hmi_weighed w = weighed_at(from, i);
        double c = 0;
        for (int group = 0; group < HMI_PLANT_COUNT; group++) {
            c += hmi_plant_is_copied((hmi_plant)group) ? w.group[group] : 0;
        }
        const double h = w.evidence - c;
        if (c > best_copied) {
            best_copied = copied[0] = c;
            habit[0] = h;
            by_copies = i;
        }
        if (h > best_habit) {
            best_habit = habit[1] = h;
            copied[1] = c;
            by_habit = i;
        }
    }
    return by_copies != by_habit && copied[0] - copied[1] >= 2 && habit[1] - habit[0] >= 1;
}

double hmi_model_posterior(const hmi_model *model, const hmi_scorer *scorer, bool with_prior,
                           double *ret_posteriors, double *ret_llrs)
{
    source from = { .model = model, .scorer = scorer };
    price(model, &from.p);
    return posterior(&from, scorer->present_count, hmi_model_none(model, scorer->none), with_prior,
                     ret_posteriors, ret_llrs);
}

bool hmi_model_contradiction(const hmi_model *model, const hmi_scorer *scorer)
{
    source from = { .model = model, .scorer = scorer };
    price(model, &from.p);
    return contradiction(&from, scorer->present_count);
}

double hmi_weighed_posterior(const hmi_weighed *all, size_t count, double none, bool with_prior,
                             double *ret_posteriors, double *ret_llrs)
{
    const source from = { .all = all };
    return posterior(&from, count, none, with_prior, ret_posteriors, ret_llrs);
}

bool hmi_weighed_contradiction(const hmi_weighed *all, size_t count)
{
    const source from = { .all = all };
    return contradiction(&from, count);
}
