/* SPDX-License-Identifier: Apache-2.0
 *
 * statements.c - which known incident is whose, as somebody states it.
 *
 * WHY    That an incident is somebody's is never ours to say: it comes from a file that the analyst
 *        keeps, or from the claims that published intelligence made inside the incidents' evidence.
 *        Statements say whom to compare with; they add no weight.
 * FORM   A statement a line: INCIDENT <tab> ACTOR [<tab> DAY]; '#' begins a comment.
 */
#include "tell/statements.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "compare/model.h"

enum { STATEMENTS_MAX = 1 << 20 };

static int add_statement(hmi_arena *arena, hmi_statements *all, const hmi_statement *one,
                         hm_err *err)
{
    hmi_statement *grown =
        hmi_arena_grow(arena, all->list, all->count, &all->capacity, sizeof(*grown));
    if (grown == NULL || all->count >= STATEMENTS_MAX) {
        return hmi_arena_fail(arena, err);
    }
    all->list = grown;
    all->list[all->count++] = *one;
    return HM_OK;
}

/* ---- From a file */

static int read_line(hmi_store *store, hmi_arena *arena, hm_text line, size_t number,
                     hmi_statements *all, hm_err *err)
{
    hm_text name, actor, day;
    hmi_incident incident;
    line = hmi_text_trim(line);
    if (line.len == 0 || line.ptr[0] == '#') {
        return HM_OK;
    }
    if (!hmi_split(&line, '\t', &name) || !hmi_split(&line, '\t', &actor) || actor.len == 0) {
        return hmi_fail(err, HM_E_MALFORMED, HM_OFFSET_NONE,
                        "line %zu: expected INCIDENT, a tab, ACTOR", number);
    }
    hmi_statement one = { .actor = hmi_arena_text(arena, actor), .when_us = HMI_TIME_NONE };
    if (hmi_split(&line, '\t', &day) && day.len > 0) {
        hmi_instant when;
        hm_text full = hmi_arena_printf(arena, "%.*sT00:00:00Z", HMI_FMT(day));
        if (!hmi_time_parse_rfc3339(full, &when)) {
            return hmi_fail(err, HM_E_MALFORMED, HM_OFFSET_NONE,
                            "line %zu: the day is written like 2014-11-24", number);
        }
        one.when_us = when.us;
    }
    int code = hmi_incident_find(store, arena, name, &incident, err);
    if (code != HM_OK) {
        return hmi_fail_in(err, "line %zu", number);
    }
    one.incident = incident.id;
    return add_statement(arena, all, &one, err);
}

int hmi_statements_read_file(hmi_store *store, hmi_arena *arena, const char *path,
                             hmi_statements *all, hm_err *err)
{
    uint8_t *bytes = NULL;
    size_t len = 0, number = 0;
    HMI_TRY(hmi_model_read_file(path, &bytes, &len, err));
    hm_bytes rest = { bytes, len }, line;
    int code = HM_OK;
    while (code == HM_OK && hmi_next_line(&rest, &line)) {
        hm_text text;
        code = hmi_text_from(line, &text)
                   ? read_line(store, arena, text, ++number, all, err)
                   : hmi_fail(err, HM_E_MALFORMED, (uint64_t)(line.ptr - bytes),
                              "line %zu is not UTF-8", number + 1);
    }
    free(bytes);
    return code == HM_OK ? HM_OK : hmi_fail_in(err, "%s", path);
}

/* ---- From what published intelligence claims inside the evidence */

int hmi_statements_read_claims(hmi_store *store, hmi_arena *arena, hmi_statements *all, hm_err *err)
{
    hmi_incident *incidents = NULL;
    size_t count = 0;
    HMI_TRY(hmi_incident_list(store, arena, &incidents, &count, err));
    for (size_t i = 0; i < count; i++) {
        hmi_incident_trait *claims = NULL;
        size_t claim_count = 0;
        HMI_TRY(hmi_incident_class_traits(store, arena, incidents[i].id, HMI_ACTOR_CLAIM, &claims,
                                          &claim_count, err));
        /* Two names claimed for one incident are two opinions: neither is taken. */
        if (claim_count == 1) {
            hmi_statement one = { .incident = incidents[i].id,
                                  .actor = claims[0].value,
                                  .when_us = HMI_TIME_NONE };
            HMI_TRY(add_statement(arena, all, &one, err));
        }
    }
    return HM_OK;
}
