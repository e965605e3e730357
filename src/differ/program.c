/* SPDX-License-Identifier: Apache-2.0
 *
 * program.c - asks a worker for a program's functions, and for the instructions of some.
 *
 * WHY    Discovery, fingerprints and disassembly read hostile bytes: they happen behind the walls,
 * and only lists come out. Two readings of one program agree, as reading is deterministic. FORM
 * code/listing.h. TRUST  The worker's answers are hostile: parsed by listing.c, sorted here, calls
 * that lead nowhere are dropped, counts are bounded. OWNS   Nothing: the arena's.
 */
#include "differ/program.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"

enum { NOTE_WIDTH = 240 };

typedef struct gathering {
    hmi_sink sink; /* first */
    hmi_arena *arena;
    hmi_program *program;
    size_t room;
    hmi_code_rows *codes; /* asked for; NULL: functions are listed */
    size_t code_count, rows;
} gathering;

static int keep_function(gathering *g, const hmi_object *object, hm_err *err)
{
    hmi_listed listed;
    hmi_program *p = g->program;
    HMI_TRY(hmi_listed_parse(object->raw, &listed, err));
    if (p->count == HMI_DIFFER_FUNCTIONS_MAX) {
        p->cut = true;
        return HM_OK;
    }
    hmi_listed_function *all =
        hmi_arena_grow(g->arena, p->functions, p->count, &g->room, sizeof(*all));
    uint32_t *calls = hmi_new_array(g->arena, uint32_t, 2 * listed.call_count);
    hm_text name = hmi_arena_text(g->arena, listed.name);
    hm_bytes print = hmi_arena_bytes(g->arena, listed.print);
    if (all == NULL || calls == NULL || name.ptr == NULL || print.ptr == NULL) {
        return hmi_arena_fail(g->arena, err);
    }
    p->functions = all;
    hmi_listed_function *f = &all[p->count++];
    *f = (hmi_listed_function){ .address = listed.address,
                                .offset = object->offset,
                                .name = name,
                                .print = print,
                                .calls = calls,
                                .call_count = (uint32_t)listed.call_count };
    /* Addresses until all functions are known. */
    if (listed.call_count > 0) {
        memcpy(calls, listed.calls, 8 * listed.call_count);
    }
    hmi_assert(hmi_fingerprint_parse(print, &f->parsed));
    return HM_OK;
}

static hmi_code_rows *code_at(gathering *g, uint64_t address)
{
    for (size_t i = 0; i < g->code_count; i++) {
        if (g->codes[i].address == address) {
            return &g->codes[i];
        }
    }
    return NULL;
}

static int keep_rows(gathering *g, const hmi_object *object, hm_err *err)
{
    hmi_rows rows;
    hmi_row row;
    HMI_TRY(hmi_rows_open(object->raw, &rows, err));
    hmi_code_rows *code = code_at(g, rows.address);
    if (code == NULL) {
        return hmi_fail(err, HM_E_MALFORMED, HM_OFFSET_NONE, "code that nobody asked for");
    }
    int more;
    while ((more = hmi_rows_next(&rows, &row, err)) == 1) {
        if (g->rows++ >= HMI_DIFFER_ROWS_MAX) {
            return hmi_fail(err, HM_E_LIMIT, HM_OFFSET_NONE, "more than %d instructions to show",
                            HMI_DIFFER_ROWS_MAX);
        }
        hmi_row *all =
            hmi_arena_grow(g->arena, code->rows, code->count, &code->capacity, sizeof(*all));
        row.text = hmi_arena_text(g->arena, row.text);
        row.note = hmi_arena_text(g->arena, row.note);
        if (all == NULL || row.text.ptr == NULL || row.note.ptr == NULL) {
            return hmi_arena_fail(g->arena, err);
        }
        code->rows = all;
        code->rows[code->count++] = row;
    }
    return more;
}

static int on_object(hmi_sink *sink, const hmi_object *object, hm_err *err)
{
    gathering *g = (gathering *)(void *)sink;
    if (g->codes == NULL && hmi_text_is(object->type, "function")) {
        return keep_function(g, object, err);
    }
    if (g->codes != NULL && hmi_text_is(object->type, "code")) {
        return keep_rows(g, object, err);
    }
    return hmi_fail(err, HM_E_MALFORMED, object->offset, "an object that was not asked for");
}

static int on_note(hmi_sink *sink, const hmi_note *note, hm_err *err)
{
    gathering *g = (gathering *)(void *)sink;
    hmi_program *p = g->program;
    if (note->severity != HMI_NOTE_DAMAGE || g->codes != NULL ||
        p->note_count == HMI_DIFFER_NOTES_MAX) {
        return HM_OK;
    }
    hm_text text = hmi_text_safe(g->arena, hmi_text_bytes(note->text), NOTE_WIDTH);
    if (text.ptr == NULL) {
        return hmi_arena_fail(g->arena, err);
    }
    p->notes[p->note_count++] = text;
    return HM_OK;
}

static int on_fact(hmi_sink *sink, hm_text name, hm_text value, hm_err *err)
{
    gathering *g = (gathering *)(void *)sink;
    if (g->codes == NULL && hmi_text_is(name, "format")) {
        g->program->format = hmi_arena_text(g->arena, value);
        return g->program->format.ptr == NULL ? hmi_arena_fail(g->arena, err) : HM_OK;
    }
    return HM_OK;
}

static const hmi_sink_ops ops = { .note = on_note, .fact = on_fact, .object = on_object };

static int by_address(const void *a, const void *b)
{
    const hmi_listed_function *x = a, *y = b;
    return x->address < y->address ? -1 : x->address > y->address;
}

size_t hmi_program_find(const hmi_program *program, uint64_t address)
{
    size_t low = 0, high = program->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (program->functions[middle].address <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == 0 ? SIZE_MAX : low - 1;
}

static void drop_doubles(hmi_program *p)
{
    size_t kept = 0;
    for (size_t i = 0; i < p->count; i++) {
        if (i == 0 || p->functions[i].address != p->functions[kept - 1].address) {
            p->functions[kept++] = p->functions[i];
        }
    }
    p->count = kept;
}

/* Addresses become indices; what leads nowhere is no call. */
static void resolve_calls(hmi_program *p)
{
    for (size_t i = 0; i < p->count; i++) {
        hmi_listed_function *f = &p->functions[i];
        uint32_t kept = 0;
        for (uint32_t k = 0; k < f->call_count; k++) {
            hmi_cur cur = hmi_cur_over(hmi_bytes((const uint8_t *)f->calls + 8 * k, 8));
            uint64_t address = hmi_cur_u64(&cur);
            size_t at = hmi_program_find(p, address);
            if (at != SIZE_MAX && p->functions[at].address == address) {
                f->calls[kept++] = (uint32_t)at; /* never overtakes what is still to be read */
                p->functions[at].caller_count++;
            }
        }
        f->call_count = kept;
    }
}

static int turn_calls(hmi_program *p, hmi_arena *arena, hm_err *err)
{
    for (size_t i = 0; i < p->count; i++) {
        hmi_listed_function *f = &p->functions[i];
        f->callers = hmi_new_array(arena, uint32_t, f->caller_count);
        if (f->callers == NULL) {
            return hmi_arena_fail(arena, err);
        }
        f->caller_count = 0;
    }
    for (size_t i = 0; i < p->count; i++) {
        const hmi_listed_function *f = &p->functions[i];
        for (uint32_t k = 0; k < f->call_count; k++) {
            hmi_listed_function *callee = &p->functions[f->calls[k]];
            callee->callers[callee->caller_count++] = (uint32_t)i;
        }
    }
    return HM_OK;
}

static int ask(hmi_jail *jail, gathering *g, const uint64_t *spelled, size_t count,
               hmi_job_done *ret_done, hm_err *err)
{
    hmi_job job = { .id = 1,
                    .fd = g->program->fd,
                    .size = g->program->size,
                    .name = g->program->name,
                    .context_us = HMI_TIME_NONE,
                    .functions = true,
                    .spelled = spelled,
                    .spelled_count = count,
                    .sink = &g->sink };
    HMI_TRY(hmi_jail_submit(jail, &job, err));
    int served = 0;
    while (served == 0) {
        served = hmi_jail_wait(jail, -1, ret_done, err);
    }
    return served < 0 ? served : HM_OK;
}

int hmi_program_read(hmi_jail *jail, int fd, uint64_t size, hm_bytes name, hmi_arena *arena,
                     hmi_program *ret, hm_err *err)
{
    hmi_program p = { .fd = fd, .size = size, .name = name, .reason = HM_TEXT("") };
    gathering g = { .sink = { &ops }, .arena = arena, .program = &p };
    hmi_job_done done;
    HMI_TRY(ask(jail, &g, NULL, 0, &done, err));
    p.verdict = done.verdict;
    if (done.verdict != HMI_VERDICT_READ) {
        p.reason = hmi_arena_text(arena, hmi_text_of(done.reason.text));
    }
    if (p.reason.ptr == NULL) {
        return hmi_arena_fail(arena, err);
    }
    if (p.count > 0) {
        qsort(p.functions, p.count, sizeof(*p.functions), by_address);
        drop_doubles(&p);
        resolve_calls(&p);
        HMI_TRY(turn_calls(&p, arena, err));
    }
    *ret = p;
    return HM_OK;
}

int hmi_program_code(hmi_jail *jail, const hmi_program *program, const uint64_t *addresses,
                     size_t count, hmi_arena *arena, hmi_code_rows *ret_codes, hm_err *err)
{
    hmi_program copy = *program;
    gathering g = {
        .sink = { &ops }, .arena = arena, .program = &copy, .codes = ret_codes, .code_count = count
    };
    hmi_job_done done;
    for (size_t i = 0; i < count; i++) {
        ret_codes[i] = (hmi_code_rows){ .address = addresses[i] };
    }
    return count == 0 ? HM_OK : ask(jail, &g, addresses, count, &done, err);
}
