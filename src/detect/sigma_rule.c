/* SPDX-License-Identifier: Apache-2.0
 *
 * sigma_rule.c - a file of Sigma rules into the set.
 *
 * WHY    A rule that is not understood to its end is refused with its line and reason, and the
 *        others of the file and folder go on.
 * TRUST  Anybody's file.
 * OWNS   Nothing: rules are the set's arena's.
 */
#include "base/text.h"
#include "detect/sigma_inside.h"

int hmi_sigma_expand(hmi_sigma *set, hm_text name, hm_text value, hm_err *err)
{
    hmi_sigma_expansion *more = hmi_arena_grow(&set->arena, set->expansions, set->expansion_count,
                                               &set->expansion_capacity, sizeof(*more));
    hmi_sigma_expansion one = { hmi_arena_text(&set->arena, name),
                                hmi_arena_text(&set->arena, value) };
    if (more == NULL || one.name.ptr == NULL || one.value.ptr == NULL) {
        return hmi_arena_fail(&set->arena, err);
    }
    set->expansions = more;
    more[set->expansion_count++] = one;
    return HM_OK;
}

static int source_number(hmi_sigma *set, const hmi_sigma_source *source, uint32_t *ret, hm_err *err)
{
    for (size_t i = 0; i < set->source_count; i++) {
        const hmi_sigma_source *s = &set->sources[i];
        if (hmi_text_eq(s->product, source->product) &&
            hmi_text_eq(s->category, source->category) &&
            hmi_text_eq(s->service, source->service)) {
            *ret = (uint32_t)i;
            return HM_OK;
        }
    }
    hmi_sigma_source *more = hmi_arena_grow(&set->arena, set->sources, set->source_count,
                                            &set->source_capacity, sizeof(*more));
    if (more == NULL) {
        return hmi_arena_fail(&set->arena, err);
    }
    set->sources = more;
    more[set->source_count] = *source;
    *ret = (uint32_t)set->source_count++;
    return HM_OK;
}

static int read_tags(hmi_sigma *set, const hmi_yaml *document, hmi_sigma_rule_info *info,
                     hm_err *err)
{
    const hmi_yaml *list = hmi_yaml_get(document, "tags");
    if (list == NULL || list->kind != HMI_YAML_LIST) {
        return HM_OK;
    }
    hm_text *tags = hmi_new_array(&set->arena, hm_text, list->count);
    if (tags == NULL) {
        return hmi_arena_fail(&set->arena, err);
    }
    for (const hmi_yaml *tag = list->first; tag != NULL; tag = tag->next) {
        if (tag->kind == HMI_YAML_SCALAR) {
            tags[info->tag_count++] = tag->text;
        }
    }
    info->tags = tags;
    return HM_OK;
}

static int read_rule(hmi_sigma_reading *r, const hmi_yaml *document, hmi_sigma_rule *rule)
{
    const hmi_yaml *detection = hmi_yaml_get(document, "detection");
    const hmi_yaml *source = hmi_yaml_get(document, "logsource");
    hmi_sigma_rule_info *info = &rule->info;
    if (document->kind != HMI_YAML_MAP) {
        return hmi_sigma_refuse(r, HM_E_MALFORMED, document, "no rule: not a map");
    }
    info->title = hmi_yaml_text(document, "title");
    info->id = hmi_yaml_text(document, "id");
    info->level = hmi_yaml_text(document, "level");
    info->status = hmi_yaml_text(document, "status");
    rule->name = hmi_yaml_text(document, "name");
    if (info->title.len == 0) {
        return hmi_sigma_refuse(r, HM_E_MALFORMED, document, "a rule without a title");
    }
    if (hmi_yaml_get(document, "correlation") != NULL) {
        HMI_TRY(read_tags(r->set, document, info, r->err));
        return hmi_sigma_read_correlation(r, document, info);
    }
    if (detection == NULL || detection->kind != HMI_YAML_MAP) {
        return hmi_sigma_refuse(r, HM_E_MALFORMED, document, "a rule without detection");
    }
    if (source == NULL || source->kind != HMI_YAML_MAP) {
        return hmi_sigma_refuse(r, HM_E_MALFORMED, document, "a rule without logsource");
    }
    hmi_sigma_source from = { hmi_yaml_text(source, "product"), hmi_yaml_text(source, "category"),
                              hmi_yaml_text(source, "service") };
    info->product = from.product;
    info->category = from.category;
    info->service = from.service;
    HMI_TRY(read_tags(r->set, document, info, r->err));
    HMI_TRY(source_number(r->set, &from, &rule->source, r->err));
    HMI_TRY(hmi_sigma_read_detection(r, detection, &rule->expr));
    info->waits = r->waits;
    return HM_OK;
}

static int add_rule(hmi_sigma *set, const hmi_yaml *document, hmi_sigma_on_rule *on_rule,
                    void *with, hm_err *err)
{
    hm_err why = { 0 };
    hmi_sigma_reading r = { .set = set, .err = &why };
    hmi_sigma_rule rule = { .info = { .line = document->line } };
    int code = read_rule(&r, document, &rule);
    hmi_arena_reset(&set->scratch);
    if (code == HM_E_MEMORY || set->arena.limited) {
        return hmi_arena_fail(&set->arena, err);
    }
    if (code != HM_OK) {
        on_rule(with, &rule.info, &why);
        return HM_OK;
    }
    if (rule.expr == NULL) { /* a correlation: it has its own list */
        on_rule(with, &rule.info, NULL);
        return HM_OK;
    }
    hmi_sigma_rule *rules = hmi_arena_grow(&set->arena, set->rules, set->rule_count,
                                           &set->rule_capacity, sizeof(*rules));
    if (rules == NULL) {
        return hmi_arena_fail(&set->arena, err);
    }
    if (set->rule_count >= HMI_SIGMA_RULES_MAX) {
        return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "more than %d rules", HMI_SIGMA_RULES_MAX);
    }
    set->rules = rules;
    rule.info.number = (uint32_t)set->rule_count;
    rules[set->rule_count++] = rule;
    on_rule(with, &rule.info, NULL);
    return HM_OK;
}

int hmi_sigma_add(hmi_sigma *set, hm_bytes file, hmi_sigma_on_rule *on_rule, void *with,
                  hm_err *err)
{
    hmi_yaml *documents;
    hm_err why = { 0 };
    if (hmi_yaml_read(&set->arena, file, &documents, &why) != HM_OK) {
        if (why.code == HM_E_MEMORY || set->arena.limited) {
            return hmi_arena_fail(&set->arena, err);
        }
        hmi_sigma_rule_info none = { .line = (uint32_t)why.offset };
        on_rule(with, &none, &why);
        return HM_OK;
    }
    for (const hmi_yaml *document = documents->first; document != NULL; document = document->next) {
        if (!hmi_yaml_is_null(document)) {
            HMI_TRY(add_rule(set, document, on_rule, with, err));
        }
    }
    return HM_OK;
}
