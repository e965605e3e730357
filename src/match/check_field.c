/* SPDX-License-Identifier: Apache-2.0
 *
 * check_field.c - user agents, registry keys, mutexes, JA4: values that fill a whole field.
 *
 * WHY    These values have no shape of their own and hold blanks: only as a whole field do they
 *        mean what the indicator says.
 * FORM   A field is what stands between two double quotes, tabs or ends of lines; a quote behind a
 *        backslash is part of it. It is compared in canonical form, as it stands and with the
 *        writer's backslashes undone.
 * TRUST  Records. Only run when some indicator asks for fields; a field longer than any indicator
 *        is none.
 */
#include "match/scan.h"

static const uint8_t ENDS[256] = { ['"'] = 1, ['\t'] = 1, ['\n'] = 1 };

static void find_value(hm_scanner *s, const hmi_view *v, size_t start, size_t end, hm_text raw)
{
    for (unsigned id = 1; id <= HMI_CLASS_MAX; id++) {
        if ((s->set->head->field_classes[id / 32] >> (id % 32) & 1) == 0) {
            continue;
        }
        HMI_CANON(value);
        if (!hmi_canon_run((hmi_class)id, raw, false, &value)) {
            continue;
        }
        hmi_key_group group = hmi_set_group((hmi_class)id, HM_REACH_SELF);
        hmi_lookup at = { 0 };
        uint32_t row;
        while (hmi_set_find(s->set, group, hmi_canon_text(&value), &at, &row)) {
            if (s->set->rows[row].class_id == id) {
                hmi_hit_add(s, v, start, end, row,
                            id == HMI_FILE_NAME ? HM_SEM_FILE_NAME : HM_SEM_FIELD,
                            hmi_canon_text(&value));
            }
        }
    }
}

static void undo_backslashes(hmi_canon *out, hm_text raw)
{
    for (size_t i = 0; i < raw.len; i++) {
        bool escaped = raw.ptr[i] == '\\' && i + 1 < raw.len &&
                       (raw.ptr[i + 1] == '\\' || raw.ptr[i + 1] == '"' || raw.ptr[i + 1] == '/');
        i += escaped ? 1 : 0;
        hmi_canon_put(out, raw.ptr[i]);
    }
}

static void check_field(hm_scanner *s, hmi_view *v, size_t start, size_t end)
{
    if (end <= start || end - start > HMI_TRAIT_VALUE_MAX) {
        return;
    }
    hm_text raw = hmi_text_trim((hm_text){ (const char *)v->ptr + start, end - start });
    if (raw.len == 0 ||
        !hmi_gate_open(s->set, hmi_gate_text(s->set->head->gate_keys, HMI_GATE_FIELD,
                                             hmi_field_tail(hmi_text_bytes(raw))))) {
        return;
    }
    if (s->seen != NULL) {
        hmi_seen_tell(s, HMI_SEEN_FIELD, hmi_field_tail(hmi_text_bytes(raw)));
        return;
    }
    find_value(s, v, start, end, raw);
    if (memchr(raw.ptr, '\\', raw.len) != NULL) {
        HMI_CANON(plain);
        undo_backslashes(&plain, raw);
        find_value(s, v, start, end, hmi_canon_text(&plain));
    }
}

void hmi_check_fields(hm_scanner *s, hmi_view *v, size_t start, size_t end)
{
    for (size_t i = start; i < end; i++) {
        if (!ENDS[v->ptr[i]]) {
            continue;
        }
        if (v->ptr[i] == '"') {
            size_t run = 0;
            while (run < i - s->field_start && v->ptr[i - 1 - run] == '\\') {
                run++;
            }
            if (run % 2 == 1) {
                continue;
            }
        }
        check_field(s, v, s->field_start, i);
        s->field_start = i + 1;
    }
    if (end == v->len) {
        check_field(s, v, s->field_start, end);
    }
}
