/* SPDX-License-Identifier: Apache-2.0
 *
 * journal_export.c - journald's export format: what `journalctl -o export` and remote journals
 * write.
 *
 * WHY    Evidence from systemd machines; the only one of its forms that keeps binary fields whole.
 * FORM   An entry is fields up to an empty line. A field is NAME=value LF, or, when the value is no
 *        plain text, NAME LF length (u64, little-endian) bytes LF. Entries begin with __CURSOR.
 * TRUST  A length that goes beyond the file ends the entry where the file ends. At most FIELDS_MAX
 *        fields of an entry are looked at; repeated fields count each.
 * OWNS   Nothing.
 */
#include "base/cursor.h"
#include "formats/record/formats.h"
#include "formats/record/inner.h"
#include "formats/record/names.h"

enum { FIELDS_MAX = 512 };

typedef struct entry {
    hm_bytes message, program;
    hmi_assembly assembly;
} entry;

static void put_field(entry *e, hmi_event *event, hm_bytes name, hm_bytes value)
{
    if (hmi_bytes_eq(name, HM_BYTES("SYSLOG_IDENTIFIER"))) {
        e->program = value;
        return;
    }
    if (hmi_bytes_eq(name, HM_BYTES("MESSAGE"))) {
        e->message = value;
        return;
    }
    const hmi_name_rule *rule = hmi_name_find(HMI_DIALECT_JOURNAL, name);
    if (rule != NULL && rule->use == HMI_USE_TIME) {
        (void)hmi_any_time_parse(value, &event->time);
    } else if (rule != NULL) {
        hmi_assembly_put(&e->assembly, event, rule, value, HMI_SPELL_PLAIN);
    }
}

/* Takes one field; false at the entry's end. */
static bool take_field(hmi_cur *cur, entry *e, hmi_event *event)
{
    hm_bytes rest = hmi_slice(cur->over, cur->pos, cur->over.len);
    size_t end = hmi_find_byte(rest, '\n');
    hm_bytes line = end == HMI_NPOS ? rest : hmi_slice(rest, 0, end);
    hmi_cur_skip(cur, end == HMI_NPOS ? rest.len : end + 1);
    if (line.len == 0) {
        return false;
    }
    size_t equals = hmi_find_byte(line, '=');
    if (equals != HMI_NPOS) {
        put_field(e, event, hmi_slice(line, 0, equals), hmi_slice(line, equals + 1, line.len));
        return true;
    }
    uint64_t length = hmi_cur_u64(cur);
    if (cur->bad || length > hmi_cur_left(cur)) {
        event->cut = true;
        return false;
    }
    put_field(e, event, line, hmi_cur_bytes(cur, (size_t)length));
    if (!hmi_cur_match(cur, HM_BYTES("\n"))) {
        event->cut = true;
        return false;
    }
    return true;
}

static int parse_journal(hmi_line_ctx *ctx, hm_bytes line, hmi_event *event, hm_err *err)
{
    if (!hmi_starts_with(line, HM_BYTES("__CURSOR="))) {
        return HMI_LINE_NOT;
    }
    hmi_cur cur = hmi_cur_over(ctx->text);
    entry e = { .assembly = { .host_role = HMI_ROLE_HOST } };
    for (int fields = 0; fields < FIELDS_MAX && take_field(&cur, &e, event); fields++) {
    }
    /* A wrong length costs its entry; the next one is found by its own beginning. */
    ctx->next = event->cut ? ctx->next : cur.pos;
    hmi_assembly_end(&e.assembly, event, ctx->scratch);
    return e.message.len > 0
               ? hmi_inner_message(ctx, e.program, e.message, HMI_SPELL_PLAIN, event, err)
               : HMI_LINE_EVENT;
}

const hmi_line_format hmi_line_journal_export = { "journal-export", 0, parse_journal, NULL };
