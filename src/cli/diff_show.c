/* SPDX-License-Identifier: Apache-2.0
 *
 * diff_show.c - pairs of functions as text and as JSON; instructions side by side.
 *
 * TRUST  Names and instructions came out of hostile programs: they pass hmi_out_text or the JSON
 * writer.
 */
#include "cli/diff_show.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/num.h"

enum {
    NAME_WIDTH = 36,
    CONTEXT = 3,       /* equal instructions shown beside others */
    FLUSH_AT = 1 << 16 /* bytes gathered before they are written */
};

/* ---- Sums */

typedef struct sums {
    size_t equal, changed, removed, added, library;
} sums;

static bool is_library(const hmi_listed_function *function)
{
    return function->library.len > 0;
}

static sums sum_up(const hmi_diff *d)
{
    sums s = { 0, 0, 0, 0, 0 };
    for (size_t i = 0; i < d->left.count; i++) {
        const hmi_partner *partner = &d->pairing.left[i];
        if (is_library(&d->left.functions[i])) {
            s.library++;
        } else if (partner->by == HMI_PAIRED_NOT) {
            s.removed++;
        } else if (partner->similarity == 1) {
            s.equal++;
        } else {
            s.changed++;
        }
    }
    for (size_t i = 0; i < d->right.count; i++) {
        s.added += d->pairing.right[i].by == HMI_PAIRED_NOT && !is_library(&d->right.functions[i]);
    }
    return s;
}

/* ---- Lists */

typedef struct item {
    size_t left, right;
    double similarity;
} item;

static int by_similarity(const void *a, const void *b)
{
    const item *x = a, *y = b;
    if (x->similarity != y->similarity) {
        return x->similarity < y->similarity ? -1 : 1;
    }
    return x->left < y->left ? -1 : x->left > y->left;
}

static void say_program(hmi_out *out, const char *letter, const hmi_program *p)
{
    hmi_say(out, "%s  ", letter);
    hmi_out_safe(out, p->name, 60, 0);
    hmi_say(out, "  %.*s, %zu functions", HMI_FMT(p->format), p->count);
    if (p->verdict != HMI_VERDICT_READ) {
        hmi_say_style(out, HMI_WARN);
        hmi_say(out, "  (%s)", hmi_verdict_name(p->verdict));
        hmi_say_style(out, HMI_PLAIN);
    }
    hmi_say(out, "\n");
}

static void say_more(hmi_out *out, size_t more)
{
    if (more > 0) {
        hmi_say_style(out, HMI_FAINT);
        hmi_say(out, "  %zu more: --all lists them\n", more);
        hmi_say_style(out, HMI_PLAIN);
    }
}

static void say_changed(hmi_out *out, const hmi_diff *d, size_t count)
{
    item *items = count > 0 ? hmi_new_array(d->arena, item, count) : NULL;
    size_t at = 0;
    if (items == NULL) {
        return;
    }
    for (size_t i = 0; i < d->left.count; i++) {
        const hmi_partner *partner = &d->pairing.left[i];
        if (partner->by != HMI_PAIRED_NOT && partner->similarity < 1 &&
            !is_library(&d->left.functions[i])) {
            items[at++] = (item){ i, partner->index, partner->similarity };
        }
    }
    qsort(items, at, sizeof(*items), by_similarity);
    hmi_say_style(out, HMI_STRONG);
    hmi_say(out, "\nchanged, the least alike first\n");
    hmi_say_style(out, HMI_PLAIN);
    for (size_t i = 0; i < at && i < d->listed_max; i++) {
        const hmi_listed_function *a = &d->left.functions[items[i].left];
        const hmi_listed_function *b = &d->right.functions[items[i].right];
        const hmi_listed_function *named = a->name.len > 0 || b->name.len == 0 ? a : b;
        hmi_say_style(out, HMI_WARN);
        hmi_say(out, "  %3.0f%%  ", 100 * items[i].similarity);
        hmi_say_style(out, HMI_PLAIN);
        hmi_out_text(out, hmi_function_label(d->arena, named), NAME_WIDTH, NAME_WIDTH);
        hmi_say(out, "  0x%-10" PRIx64 " 0x%-10" PRIx64 " %5u %5u  %s\n", a->address, b->address,
                a->parsed.instructions, b->parsed.instructions,
                hmi_paired_by_name(d->pairing.left[items[i].left].by));
    }
    say_more(out, at - hmi_min(at, d->listed_max));
}

static void say_alone(hmi_out *out, const hmi_diff *d, bool right, size_t count)
{
    const hmi_program *p = right ? &d->right : &d->left;
    const hmi_partner *partners = right ? d->pairing.right : d->pairing.left;
    size_t shown = 0;
    if (count == 0) {
        return;
    }
    hmi_say_style(out, HMI_STRONG);
    hmi_say(out, "\n%s\n", right ? "added: only in B" : "removed: only in A");
    hmi_say_style(out, HMI_PLAIN);
    for (size_t i = 0; i < p->count && shown < d->listed_max; i++) {
        const hmi_listed_function *f = &p->functions[i];
        if (partners[i].by != HMI_PAIRED_NOT || is_library(f)) {
            continue;
        }
        shown++;
        hmi_say_style(out, right ? HMI_GOOD : HMI_BAD);
        hmi_say(out, "  %s     ", right ? "+" : "-");
        hmi_say_style(out, HMI_PLAIN);
        hmi_out_text(out, hmi_function_label(d->arena, f), NAME_WIDTH, NAME_WIDTH);
        hmi_say(out, "  0x%-10" PRIx64 " %5u instructions\n", f->address, f->parsed.instructions);
    }
    say_more(out, count - shown);
}

/* What is known from the harmless world: shown, for whoever wants to see all. */
static void say_library(hmi_out *out, const hmi_diff *d)
{
    hmi_say_style(out, HMI_STRONG);
    hmi_say(out, "\nof libraries\n");
    hmi_say_style(out, HMI_FAINT);
    for (size_t i = 0; i < d->left.count; i++) {
        const hmi_listed_function *f = &d->left.functions[i];
        if (is_library(f)) {
            hmi_say(out, "        ");
            hmi_out_text(out, hmi_function_label(d->arena, f), NAME_WIDTH, NAME_WIDTH);
            hmi_say(out, "  0x%-10" PRIx64 " ", f->address);
            hmi_out_text(out, f->library, NAME_WIDTH, 0);
            hmi_say(out, "\n");
        }
    }
    hmi_say_style(out, HMI_PLAIN);
}

/* ---- Instructions */

static void say_side(hmi_out *out, const hmi_code_rows *code, uint32_t at, bool there, size_t width)
{
    if (!there) {
        hmi_out_text(out, HM_TEXT(""), 0, width);
        return;
    }
    const hmi_row *row = &code->rows[at];
    hmi_buf text;
    hmi_buf_init(&text, 0);
    hmi_buf_printf(&text, "%-7" PRIx64 " %.*s", code->address + row->at, HMI_FMT(row->text));
    if (row->note.len > 0) {
        hmi_buf_printf(&text, "  ; %.*s", HMI_FMT(row->note));
    }
    hmi_out_text(out, hmi_buf_text(&text), width, width);
    hmi_buf_fini(&text);
}

/* How many equal lines from `at` on may be folded: those with nothing else within CONTEXT. */
static size_t foldable(const hmi_shown_code *c, size_t at)
{
    size_t end = at;
    while (end < c->line_count && c->lines[end].kind == HMI_LINE_SAME) {
        end++;
    }
    size_t ahead = at == 0 ? 0 : CONTEXT, behind = end == c->line_count ? 0 : CONTEXT;
    return end - at > ahead + behind + 1 ? end - at - ahead - behind : 0;
}

static void say_line(hmi_out *out, const hmi_shown_code *c, const hmi_line *line, size_t width)
{
    static const hmi_style styles[] = { HMI_PLAIN, HMI_WARN, HMI_BAD, HMI_GOOD };
    static const char marks[] = " |<>";
    hmi_say_style(out, styles[line->kind]);
    say_side(out, &c->left_code, line->left, line->kind != HMI_LINE_RIGHT, width);
    hmi_say(out, " %c ", marks[line->kind]);
    say_side(out, &c->right_code, line->right, line->kind != HMI_LINE_LEFT, width);
    hmi_say_style(out, HMI_PLAIN);
    while (out->buf.len > 0 && out->buf.ptr[out->buf.len - 1] == ' ') {
        out->buf.len--;
    }
    hmi_say(out, "\n");
}

static void say_code(hmi_out *out, const hmi_diff *d, const hmi_shown_code *c)
{
    size_t width = out->width > 60 ? (out->width - 3) / 2 : 28;
    const hmi_listed_function *a = c->left != SIZE_MAX ? &d->left.functions[c->left] : NULL;
    const hmi_listed_function *b = c->right != SIZE_MAX ? &d->right.functions[c->right] : NULL;
    hmi_say(out, "\n");
    hmi_say_style(out, HMI_STRONG);
    hmi_out_text(out, a ? hmi_function_label(d->arena, a) : HM_TEXT("(not in A)"), width, width);
    hmi_say(out, "   ");
    hmi_out_text(out, b ? hmi_function_label(d->arena, b) : HM_TEXT("(not in B)"), width, 0);
    if (a && b) {
        hmi_say(out, "  %.0f%%", 100 * d->pairing.left[c->left].similarity);
    }
    hmi_say(out, "\n");
    hmi_say_style(out, HMI_PLAIN);
    for (size_t i = 0; i < c->line_count;) {
        bool begins = i == 0 || c->lines[i - 1].kind != HMI_LINE_SAME;
        size_t fold = begins && c->lines[i].kind == HMI_LINE_SAME && !d->whole ? foldable(c, i) : 0;
        size_t before = fold > 0 && i > 0 ? CONTEXT : 0;
        for (size_t k = 0; k < before; k++) {
            say_line(out, c, &c->lines[i++], width);
        }
        if (fold > 0) {
            hmi_say_style(out, HMI_FAINT);
            hmi_say(out, "... %zu equal\n", fold);
            hmi_say_style(out, HMI_PLAIN);
            i += fold;
        } else {
            say_line(out, c, &c->lines[i++], width);
        }
        if (out->buf.len > FLUSH_AT && !hmi_out_flush(out)) {
            return;
        }
    }
}

void hmi_diff_text(hmi_out *out, const hmi_diff *d)
{
    sums s = sum_up(d);
    say_program(out, "A", &d->left);
    say_program(out, "B", &d->right);
    hmi_say_style(out, HMI_STRONG);
    hmi_say(out, "\n%.1f%% alike", 100 * d->pairing.similarity);
    hmi_say_style(out, HMI_PLAIN);
    hmi_say(out, ": %zu equal, %zu changed, %zu removed, %zu added", s.equal, s.changed, s.removed,
            s.added);
    if (s.library > 0) {
        hmi_say_style(out, HMI_FAINT);
        hmi_say(out, "; %zu of libraries weigh nothing", s.library);
        hmi_say_style(out, HMI_PLAIN);
    }
    hmi_say(out, "\n");
    if (d->code_count == 0 || d->whole) {
        say_changed(out, d, s.changed);
        say_alone(out, d, false, s.removed);
        say_alone(out, d, true, s.added);
    }
    if (d->whole && s.library > 0) {
        say_library(out, d);
    }
    for (size_t i = 0; i < d->code_count; i++) {
        say_code(out, d, &d->codes[i]);
    }
}

/* ---- JSON */

static void put_row(hmi_json_writer *w, const char *key, const hmi_code_rows *code, uint32_t at)
{
    const hmi_row *row = &code->rows[at];
    hmi_json_put_key(w, hmi_text_of(key));
    hmi_json_open_object(w);
    hmi_address_json(w, "address", code->address + row->at);
    hmi_json_member_text(w, "text", row->text);
    if (row->note.len > 0) {
        hmi_json_member_text(w, "note", row->note);
    }
    if (row->flags & HMI_ROW_BLOCK) {
        hmi_json_member_bool(w, "block", true);
    }
    hmi_json_close_object(w);
}

static void put_lines(hmi_out *out, const hmi_shown_code *c)
{
    static const char *const kinds[] = { "same", "changed", "left", "right" };
    hmi_json_writer *w = &out->json;
    hmi_json_put_key(w, HM_TEXT("lines"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < c->line_count; i++) {
        const hmi_line *line = &c->lines[i];
        hmi_json_open_object(w);
        hmi_json_member_text(w, "kind", hmi_text_of(kinds[line->kind]));
        if (line->kind != HMI_LINE_RIGHT) {
            put_row(w, "left", &c->left_code, line->left);
        }
        if (line->kind != HMI_LINE_LEFT) {
            put_row(w, "right", &c->right_code, line->right);
        }
        hmi_json_close_object(w);
        if (out->buf.len > FLUSH_AT) {
            (void)hmi_out_flush(out);
        }
    }
    hmi_json_close_array(w);
}

static const hmi_shown_code *code_of(const hmi_diff *d, size_t left, size_t right)
{
    for (size_t i = 0; i < d->code_count; i++) {
        if (d->codes[i].left == left && d->codes[i].right == right) {
            return &d->codes[i];
        }
    }
    return NULL;
}

static void put_function(hmi_out *out, const hmi_diff *d, size_t left, size_t right)
{
    hmi_json_writer *w = &out->json;
    const hmi_shown_code *code = code_of(d, left, right);
    const hmi_partner *partner = left != SIZE_MAX ? &d->pairing.left[left] : NULL;
    bool paired = left != SIZE_MAX && right != SIZE_MAX;
    const char *status = !paired                    ? left == SIZE_MAX ? "added" : "removed"
                         : partner->similarity == 1 ? "equal"
                                                    : "changed";
    hmi_json_open_object(w);
    hmi_json_member_text(w, "status", hmi_text_of(status));
    if (paired) {
        hmi_json_member_fixed(w, "similarity", partner->similarity, 3);
        hmi_json_member_text(w, "by", hmi_text_of(hmi_paired_by_name(partner->by)));
    }
    if (left != SIZE_MAX) {
        hmi_json_put_key(w, HM_TEXT("left"));
        hmi_json_open_object(w);
        hmi_function_json(w, &d->left.functions[left]);
        hmi_json_close_object(w);
    }
    if (right != SIZE_MAX) {
        hmi_json_put_key(w, HM_TEXT("right"));
        hmi_json_open_object(w);
        hmi_function_json(w, &d->right.functions[right]);
        hmi_json_close_object(w);
    }
    if (code != NULL) {
        put_lines(out, code);
    }
    hmi_json_close_object(w);
    if (out->buf.len > FLUSH_AT) {
        (void)hmi_out_flush(out);
    }
}

void hmi_diff_json(hmi_out *out, const hmi_diff *d)
{
    hmi_json_writer *w = &out->json;
    sums s = sum_up(d);
    hmi_json_open_object(w);
    hmi_program_json(w, "left", &d->left);
    hmi_program_json(w, "right", &d->right);
    hmi_json_member_fixed(w, "similarity", d->pairing.similarity, 3);
    hmi_json_member_uint(w, "pairs", d->pairing.pairs);
    hmi_json_member_uint(w, "equal", s.equal);
    hmi_json_member_uint(w, "changed", s.changed);
    hmi_json_member_uint(w, "removed", s.removed);
    hmi_json_member_uint(w, "added", s.added);
    hmi_json_member_uint(w, "library", s.library);
    hmi_json_put_key(w, HM_TEXT("functions"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < d->left.count; i++) {
        const hmi_partner *partner = &d->pairing.left[i];
        put_function(out, d, i, partner->by != HMI_PAIRED_NOT ? partner->index : SIZE_MAX);
    }
    for (size_t i = 0; i < d->right.count; i++) {
        if (d->pairing.right[i].by == HMI_PAIRED_NOT) {
            put_function(out, d, SIZE_MAX, i);
        }
    }
    hmi_json_close_array(w);
    hmi_json_close_object(w);
    hmi_say(out, "\n");
}
