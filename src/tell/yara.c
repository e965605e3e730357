/* SPDX-License-Identifier: Apache-2.0
 *
 * yara.c - a YARA rule from an incident's rarest strings and tables, tried before it is written.
 *
 * WHY    A rule that rings in every program of a vendor's runtime does harm. So a string is taken
 *        only when no learned harmless file has it, and the rule must hit the programs it was made
 *        from.
 * FORM   Text strings as ascii, wide or both, as they stand in the programs; tables and keys as
 *        bytes. The condition asks for several of them, the size and the kind of file.
 * TRUST  Strings are the attacker's: quoted and escaped, bytes that are not printable ASCII as
 *        \xNN.
 * OWNS   One program's bytes at a time while looking.
 */
#include "tell/yara.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/num.h"

enum {
    TEXT_MIN = 8,
    PROSE_MIN = 10,
    CANDIDATES_MAX = 4000,
    NEEDED_MAX = 3,
    PROGRAMS_SHOWN_MAX = 20
};

/* ---- Candidates */

static double weight_of(hmi_class class_id)
{
    static const struct {
        hmi_class class_id;
        double weight;
    } WEIGHTS[] = { { HMI_CONSTANT_TABLE, 5 }, { HMI_PASSWORD, 4 },     { HMI_USER_AGENT, 3 },
                    { HMI_PIPE_NAME, 3 },      { HMI_MUTEX, 3 },        { HMI_PDB_PATH, 3 },
                    { HMI_SOURCE_PATH, 2 },    { HMI_COMMAND_LINE, 2 }, { HMI_REGISTRY_KEY, 1.5 },
                    { HMI_SERVICE_NAME, 1.5 }, { HMI_MESSAGE, 2 },      { HMI_URL, 2 },
                    { HMI_STRING, 1 } };
    for (size_t i = 0; i < HMI_COUNT(WEIGHTS); i++) {
        if (WEIGHTS[i].class_id == class_id) {
            return WEIGHTS[i].weight;
        }
    }
    return 0;
}

/* Different characters, up to 16, and length, up to 24: "aaaaaaaaaaaa" tells nobody apart. */
static double variety(hm_text text)
{
    bool seen[256] = { false };
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += !seen[(uint8_t)text.ptr[i]];
        seen[(uint8_t)text.ptr[i]] = true;
    }
    return (double)hmi_min(count, 16) / 16 * (double)hmi_min(text.len, 24) / 24;
}

static bool is_candidate(const hmi_incident_trait *t)
{
    const uint32_t inside = UINT32_C(1) << HMI_ROLE_CONTENT;
    if (weight_of(t->class_id) <= 0 || (t->roles & inside) == 0 ||
        hmi_trait_is_noise(t->class_id, t->value, NULL)) {
        return false;
    }
    return t->class_id == HMI_CONSTANT_TABLE ||
           (t->value.len >= (t->class_id == HMI_STRING ? PROSE_MIN : TEXT_MIN) &&
            t->value.len <= HMI_YARA_TEXT_MAX);
}

typedef struct candidate {
    const hmi_incident_trait *trait;
    hmi_yara_string string;
} candidate;

static int by_weight(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    if (x->string.weight < y->string.weight || x->string.weight > y->string.weight) {
        return x->string.weight > y->string.weight ? -1 : 1;
    }
    return memcmp(&x->trait->key, &y->trait->key, sizeof(hmi_key));
}

typedef struct making {
    const hmi_export *e;
    hmi_yara_rule rule;
    candidate *candidates;
    size_t count;
    const hmi_evidence *evidence;
    size_t evidence_count;
} making;

static int drop_common(making *m, hmi_key *keys, hm_err *err)
{
    uint32_t *files = hmi_new_array(m->e->arena, uint32_t, m->count);
    size_t left = 0;
    if (files == NULL) {
        return hmi_arena_fail(m->e->arena, err);
    }
    HMI_TRY(hmi_baseline_files(m->e->store, &m->rule.baseline_files, err));
    HMI_TRY(hmi_baseline_counts(m->e->store, keys, m->count, files, err));
    for (size_t i = 0; i < m->count; i++) {
        if (files[i] == 0) {
            m->candidates[left++] = m->candidates[i];
        } else {
            m->rule.common++;
        }
    }
    m->count = left;
    return HM_OK;
}

static int gather(making *m, hm_err *err)
{
    const hmi_export *e = m->e;
    m->candidates = hmi_new_array(e->arena, candidate, e->count);
    hmi_key *keys = hmi_new_array(e->arena, hmi_key, e->count);
    if (m->candidates == NULL || keys == NULL) {
        return hmi_arena_fail(e->arena, err);
    }
    for (size_t i = 0; i < e->count; i++) {
        const hmi_incident_trait *t = &e->traits[i];
        if (is_candidate(t)) {
            keys[m->count] = t->key;
            m->candidates[m->count++] =
                (candidate){ t, { .value = t->value, .class_id = t->class_id } };
        }
    }
    HMI_TRY(drop_common(m, keys, err));
    for (size_t i = 0; i < m->count; i++) {
        hmi_yara_string *s = &m->candidates[i].string;
        int64_t ids[1];
        if (!e->to_partner) {
            HMI_TRY(hmi_trait_incidents(e->store, m->candidates[i].trait->id, ids, 1, &s->incidents,
                                        err));
        }
        /* What several incidents share is what hunting is for. */
        s->weight = weight_of(s->class_id) * variety(s->value) * (s->incidents > 1 ? 2 : 1);
    }
    if (m->count > 1) {
        qsort(m->candidates, m->count, sizeof(*m->candidates), by_weight);
    }
    m->count = hmi_min(m->count, CANDIDATES_MAX);
    return HM_OK;
}

/* ---- In the programs */

static bool is_program(hm_text format)
{
    return hmi_find(hmi_text_bytes(format), HM_BYTES("pe")) == 0 ||
           hmi_find(hmi_text_bytes(format), HM_BYTES("elf")) == 0;
}

static bool has_wide(hm_bytes file, hm_text text)
{
    uint8_t wide[2 * HMI_YARA_TEXT_MAX];
    for (size_t i = 0; i < text.len; i++) {
        if ((uint8_t)text.ptr[i] >= 0x80) {
            return false;
        }
        wide[2 * i] = (uint8_t)text.ptr[i];
        wide[2 * i + 1] = 0;
    }
    return hmi_find(file, hmi_bytes(wide, 2 * text.len)) != HMI_NPOS;
}

static bool has_string(hm_bytes file, const hmi_yara_string *s)
{
    if (s->bytes.ptr != NULL) {
        return hmi_find(file, s->bytes) != HMI_NPOS;
    }
    return (s->ascii && hmi_find(file, hmi_text_bytes(s->value)) != HMI_NPOS) ||
           (s->wide && has_wide(file, s->value));
}

/* A table's bytes, where the casebook says that it stands. */
static int find_table(making *m, const hmi_evidence *program, hm_bytes file, candidate *c,
                      hm_err *err)
{
    hmi_seen *seen = NULL;
    size_t count = 0;
    HMI_TRY(hmi_trait_seen(m->e->store, m->e->arena, m->e->incident->id, c->trait->id, &seen,
                           &count, err));
    for (size_t i = 0; i < count && c->string.bytes.ptr == NULL; i++) {
        if (seen[i].evidence == program->id && hmi_inside(seen[i].offset, 16, file.len)) {
            hm_bytes part = hmi_slice(file, (size_t)seen[i].offset, HMI_YARA_TABLE_MAX);
            size_t colon = hmi_find_last_byte(hmi_text_bytes(c->trait->value), ':');
            hm_text digits = hmi_text_slice(c->trait->value, colon + 1, 9);
            char number[10] = "";
            memcpy(number, digits.ptr, digits.len);
            size_t len = colon == HMI_NPOS ? 0 : (size_t)strtoul(number, NULL, 10);
            if (len >= 16) {
                c->string.bytes = hmi_arena_bytes(m->e->arena, hmi_slice(part, 0, len));
                c->string.value = (hm_text){ NULL, 0 };
                return c->string.bytes.ptr != NULL ? HM_OK : hmi_arena_fail(m->e->arena, err);
            }
        }
    }
    return HM_OK;
}

static int look_into(making *m, const hmi_evidence *program, hm_bytes file, hm_err *err)
{
    for (size_t i = 0; i < m->count; i++) {
        candidate *c = &m->candidates[i];
        if (c->trait->class_id == HMI_CONSTANT_TABLE) {
            if (c->string.bytes.ptr == NULL) {
                HMI_TRY(find_table(m, program, file, c, err));
            }
            continue;
        }
        c->string.ascii =
            c->string.ascii || hmi_find(file, hmi_text_bytes(c->string.value)) != HMI_NPOS;
        c->string.wide = c->string.wide || has_wide(file, c->string.value);
    }
    return HM_OK;
}

/* Calls `each` with the bytes of every stored program. */
static int each_program(making *m,
                        int (*each)(making *m, const hmi_evidence *program, hm_bytes file,
                                    hm_err *err),
                        hm_err *err)
{
    for (size_t i = 0; i < m->evidence_count; i++) {
        const hmi_evidence *program = &m->evidence[i];
        uint8_t *bytes = NULL;
        size_t len = 0;
        if (!is_program(program->format) || !program->kept) {
            continue;
        }
        HMI_TRY(hmi_evidence_bytes(m->e->store, &program->sha256, &bytes, &len, err));
        int code = each(m, program, hmi_bytes(bytes, len), err);
        free(bytes);
        HMI_TRY(code);
    }
    return HM_OK;
}

/* ---- The rule */

static int choose(making *m, hm_err *err)
{
    m->rule.strings = hmi_new_array(m->e->arena, hmi_yara_string, HMI_YARA_STRINGS_MAX);
    m->rule.programs = hmi_new_array(m->e->arena, hmi_yara_program, m->evidence_count);
    if (m->rule.strings == NULL || m->rule.programs == NULL) {
        return hmi_arena_fail(m->e->arena, err);
    }
    for (size_t i = 0; i < m->count && m->rule.count < HMI_YARA_STRINGS_MAX; i++) {
        const hmi_yara_string *s = &m->candidates[i].string;
        bool inside_another = false;
        for (size_t k = 0; k < m->rule.count && s->value.ptr != NULL; k++) {
            const hm_text other = m->rule.strings[k].value;
            inside_another |= other.ptr != NULL &&
                              hmi_find(hmi_text_bytes(other), hmi_text_bytes(s->value)) != HMI_NPOS;
        }
        for (size_t k = 0; k < m->rule.count && s->bytes.ptr != NULL; k++) {
            inside_another |= hmi_bytes_eq(m->rule.strings[k].bytes, s->bytes);
        }
        if ((s->ascii || s->wide || s->bytes.ptr != NULL) && !inside_another) {
            m->rule.strings[m->rule.count++] = *s;
        }
    }
    return HM_OK;
}

static int note_program(making *m, const hmi_evidence *program, hm_bytes file, hm_err *err)
{
    (void)err;
    size_t found = 0;
    for (size_t i = 0; i < m->rule.count; i++) {
        found += has_string(file, &m->rule.strings[i]);
    }
    if (found > 0) {
        m->rule.programs[m->rule.program_count++] =
            (hmi_yara_program){ program->sha256, program->size, found };
        m->rule.size_max = program->size > m->rule.size_max ? program->size : m->rule.size_max;
        m->rule.all_pe &= hmi_starts_with(file, HM_BYTES("MZ"));
        m->rule.all_elf &= hmi_starts_with(file, HM_BYTES("\177ELF"));
    }
    return HM_OK;
}

/* As many as every program has that has more than one, at most NEEDED_MAX. */
static void set_needed(hmi_yara_rule *rule)
{
    size_t least = hmi_min(rule->count, NEEDED_MAX), kept = 0;
    for (size_t i = 0; i < rule->program_count; i++) {
        least = rule->programs[i].found > 1 ? hmi_min(least, rule->programs[i].found) : least;
    }
    rule->needed = least;
    for (size_t i = 0; i < rule->program_count; i++) {
        if (rule->programs[i].found >= least) {
            rule->programs[kept++] = rule->programs[i];
        }
    }
    rule->program_count = kept;
    rule->count = kept > 0 ? rule->count : 0;
}

int hmi_yara_make(const hmi_export *e, hmi_yara_rule *ret, hm_err *err)
{
    making m = {
        .e = e,
        .rule = { .title = hmi_export_title(e), .tlp = e->tlp, .all_pe = true, .all_elf = true }
    };
    hmi_evidence *evidence = NULL;
    HMI_TRY(
        hmi_evidence_list(e->store, e->arena, e->incident->id, &evidence, &m.evidence_count, err));
    m.evidence = evidence;
    HMI_TRY(gather(&m, err));
    HMI_TRY(each_program(&m, look_into, err));
    HMI_TRY(choose(&m, err));
    HMI_TRY(each_program(&m, note_program, err));
    set_needed(&m.rule);
    hmi_export_uuid(e, "yara", m.rule.uuid);
    *ret = m.rule;
    return HM_OK;
}

bool hmi_yara_hits(const hmi_yara_rule *rule, hm_bytes file, bool *seen)
{
    size_t found = 0;
    for (size_t i = 0; i < rule->count; i++) {
        bool there = has_string(file, &rule->strings[i]);
        found += there;
        if (seen != NULL) {
            seen[i] = there;
        }
    }
    return rule->count > 0 && found >= rule->needed;
}

void hmi_yara_drop(hmi_yara_rule *rule, size_t at)
{
    hmi_assert(at < rule->count);
    memmove(&rule->strings[at], &rule->strings[at + 1],
            (rule->count - at - 1) * sizeof(*rule->strings));
    rule->count--;
    rule->common++;
    rule->needed = hmi_min(rule->needed, rule->count);
}

/* ---- Writing */

static void add_quoted(hmi_buf *out, hm_text text)
{
    hmi_buf_add_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = (uint8_t)text.ptr[i];
        if (c == '"' || c == '\\') {
            hmi_buf_printf(out, "\\%c", c);
        } else if (c < 0x20 || c >= 0x7f) {
            hmi_buf_printf(out, "\\x%02x", c);
        } else {
            hmi_buf_add_u8(out, c);
        }
    }
    hmi_buf_add_char(out, '"');
}

static void add_string(const hmi_yara_string *s, size_t number, hmi_buf *out)
{
    hmi_buf_printf(out, "        $%c%zu = ", s->bytes.ptr != NULL ? 'b' : 's', number);
    if (s->bytes.ptr != NULL) {
        hmi_buf_add_cstr(out, "{");
        for (size_t i = 0; i < s->bytes.len; i++) {
            hmi_buf_printf(out, " %02x", s->bytes.ptr[i]);
        }
        hmi_buf_add_cstr(out, " }");
    } else {
        add_quoted(out, s->value);
        hmi_buf_add_cstr(out, s->ascii && s->wide ? " ascii wide" : s->wide ? " wide" : " ascii");
    }
    hmi_buf_printf(out, " // %s", hmi_class_find((int)s->class_id)->label);
    if (s->incidents > 0) {
        hmi_buf_printf(out, ", in %zu incident%s", s->incidents, s->incidents == 1 ? "" : "s");
    }
    hmi_buf_add_char(out, '\n');
}

static void add_name(hmi_buf *out, hm_text title)
{
    hmi_buf_add_cstr(out, "rule hallmark_");
    for (size_t i = 0; i < title.len && i < 80; i++) {
        hmi_buf_add_char(out, hmi_ascii_alnum(title.ptr[i]) ? title.ptr[i] : '_');
    }
}

int hmi_yara_write(const hmi_yara_rule *rule, hmi_buf *out, hm_err *err)
{
    add_name(out, rule->title);
    hmi_buf_add_cstr(out, "\n{\n    meta:\n        description = \"Hallmarks of ");
    for (size_t i = 0; i < rule->title.len; i++) {
        uint8_t c = (uint8_t)rule->title.ptr[i];
        hmi_buf_printf(out, c == '"' || c == '\\' || c < 0x20 || c >= 0x7f ? "\\x%02x" : "%c", c);
    }
    hmi_buf_printf(out, "\"\n        id = \"%s\"\n        tlp = \"%s\"\n", rule->uuid,
                   rule->tlp->name);
    hmi_buf_printf(out, "        harmless_files_checked = %" PRIu64 "\n", rule->baseline_files);
    for (size_t i = 0; i < rule->program_count && i < PROGRAMS_SHOWN_MAX; i++) {
        char hex[65];
        hmi_hex(hmi_bytes(rule->programs[i].sha256.bytes, sizeof(rule->programs[i].sha256.bytes)),
                hex);
        hmi_buf_printf(out, "        hash%zu = \"%s\"\n", i + 1, hex);
    }
    hmi_buf_add_cstr(out, "    strings:\n");
    for (size_t i = 0; i < rule->count; i++) {
        add_string(&rule->strings[i], i + 1, out);
    }
    hmi_buf_printf(out, "    condition:\n        %s%zu of them and filesize < %" PRIu64 "KB\n}\n",
                   rule->all_pe    ? "uint16(0) == 0x5a4d and "
                   : rule->all_elf ? "uint32(0) == 0x464c457f and "
                                   : "",
                   rule->needed, 2 * (rule->size_max / 1024 + 1));
    return hmi_buf_check(out, err);
}

int hmi_export_yara(const hmi_export *e, hmi_buf *out, hm_err *err)
{
    hmi_yara_rule rule;
    HMI_TRY(hmi_yara_make(e, &rule, err));
    if (rule.count == 0) {
        hmi_buf_add_cstr(out, "// nothing rare enough was found in the incident's programs\n");
        return hmi_buf_check(out, err);
    }
    return hmi_yara_write(&rule, out, err);
}
