/* SPDX-License-Identifier: Apache-2.0
 *
 * diff.c - hallmark diff: the functions of two programs, one beside the other.
 *
 * TRUST  Both programs are hostile and read in the jail, one after the other; what comes back is
 * lists. OWNS   Two sealed copies, an arena of at most MEMORY_MAX.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/num.h"
#include "cli/commands.h"
#include "cli/diff_show.h"
#include "cli/open.h"
#include "differ/known.h"

enum { LISTED_DEFAULT = 25, SHOWN_MAX = HMI_JAIL_SPELLED_MAX, NAMED_MAX = 64 };
static const size_t MEMORY_MAX = (size_t)2 << 30;

/* ---- Which functions' instructions are shown */

/* Once each, whatever is asked for. */
static void add(hmi_diff *d, size_t left, size_t right)
{
    for (size_t i = 0; i < d->code_count; i++) {
        if (d->codes[i].left == left && d->codes[i].right == right) {
            return;
        }
    }
    d->codes[d->code_count++] = (hmi_shown_code){ .left = left, .right = right };
}

static void add_left(hmi_diff *d, size_t left)
{
    const hmi_partner *partner = &d->pairing.left[left];
    add(d, left, partner->by != HMI_PAIRED_NOT ? partner->index : SIZE_MAX);
}

static void add_right(hmi_diff *d, size_t right)
{
    const hmi_partner *partner = &d->pairing.right[right];
    if (partner->by != HMI_PAIRED_NOT) {
        add_left(d, partner->index);
        return;
    }
    add(d, SIZE_MAX, right);
}

/* "A:" and "B:" in front say which program; without, A is asked first. */
static bool add_named(hmi_diff *d, hm_text named)
{
    bool right_only = hmi_text_istarts(named, HM_TEXT("B:"));
    bool left_only = hmi_text_istarts(named, HM_TEXT("A:"));
    hm_text name = right_only || left_only ? hmi_text_slice(named, 2, named.len) : named;
    size_t at = right_only ? SIZE_MAX : hmi_function_named(&d->left, name);
    if (at != SIZE_MAX) {
        add_left(d, at);
        return true;
    }
    at = left_only ? SIZE_MAX : hmi_function_named(&d->right, name);
    if (at != SIZE_MAX) {
        add_right(d, at);
    }
    return at != SIZE_MAX;
}

/* Every changed one, as many as one reading may spell. */
static void add_changed(hmi_diff *d)
{
    for (size_t i = 0; i < d->left.count && d->code_count < SHOWN_MAX; i++) {
        const hmi_partner *partner = &d->pairing.left[i];
        if (partner->by != HMI_PAIRED_NOT && partner->similarity < 1 &&
            d->left.functions[i].library.len == 0) {
            add_left(d, i);
        }
    }
    if (d->code_count == SHOWN_MAX) {
        hmi_complain("diff: instructions of the first %d changed functions are shown: ask for "
                     "others with --function",
                     SHOWN_MAX);
    }
}

static bool choose(hmi_invocation *inv, hmi_diff *d, int *ret_code)
{
    hm_text named[NAMED_MAX];
    size_t count = hmi_given_all(inv, "function", named, NAMED_MAX);
    d->codes = hmi_new_array(d->arena, hmi_shown_code, SHOWN_MAX + NAMED_MAX);
    if (d->codes == NULL) {
        hmi_complain("diff: no memory");
        *ret_code = HMI_EXIT_CASEBOOK;
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!add_named(d, named[i])) {
            *ret_code =
                hmi_usage_error(inv,
                                "no function \"%.*s\" in either: give a name, an address such "
                                "as 0x401000, or B:0x401000 for one of the second",
                                HMI_FMT(hmi_text_slice(named[i], 0, 100)));
            return false;
        }
    }
    if (hmi_given(inv, "code")) {
        add_changed(d);
    }
    return true;
}

/* ---- Their instructions */

static size_t function_at(const hmi_program *program, uint64_t address)
{
    size_t at = hmi_program_find(program, address);
    return at != SIZE_MAX && program->functions[at].address == address ? at : SIZE_MAX;
}

/* Two functions that are a pair are one; data is, when it says the same. */
static bool same_target(const void *with, const hmi_row *left, const hmi_row *right)
{
    const hmi_diff *d = with;
    size_t a = left->target ? function_at(&d->left, left->target) : SIZE_MAX;
    size_t b = right->target ? function_at(&d->right, right->target) : SIZE_MAX;
    if (a != SIZE_MAX && b != SIZE_MAX) {
        const hmi_partner *partner = &d->pairing.left[a];
        return partner->by != HMI_PAIRED_NOT && partner->index == b;
    }
    return (left->target == 0) == (right->target == 0) && (a == SIZE_MAX) == (b == SIZE_MAX) &&
           hmi_text_eq(left->note, right->note);
}

static int spell_side(hmi_diff *d, hmi_jail *jail, bool right, hm_err *err)
{
    const hmi_program *program = right ? &d->right : &d->left;
    uint64_t addresses[SHOWN_MAX];
    hmi_code_rows *rows = hmi_new_array(d->arena, hmi_code_rows, SHOWN_MAX);
    size_t count = 0;
    if (rows == NULL) {
        return hmi_arena_fail(d->arena, err);
    }
    for (size_t i = 0; i < d->code_count && count < SHOWN_MAX; i++) {
        size_t at = right ? d->codes[i].right : d->codes[i].left;
        if (at != SIZE_MAX) {
            addresses[count++] = program->functions[at].address;
        }
    }
    HMI_TRY(hmi_program_code(jail, program, addresses, count, d->arena, rows, err));
    size_t next = 0;
    for (size_t i = 0; i < d->code_count && next < count; i++) {
        hmi_shown_code *code = &d->codes[i];
        if ((right ? code->right : code->left) != SIZE_MAX) {
            *(right ? &code->right_code : &code->left_code) = rows[next++];
        }
    }
    return HM_OK;
}

static int spell(hmi_diff *d, hmi_jail *jail, hm_err *err)
{
    if (d->code_count == 0) {
        return HM_OK;
    }
    HMI_TRY(spell_side(d, jail, false, err));
    HMI_TRY(spell_side(d, jail, true, err));
    for (size_t i = 0; i < d->code_count; i++) {
        hmi_shown_code *c = &d->codes[i];
        HMI_TRY(hmi_align(d->arena, c->left_code.rows, c->left_code.count, c->right_code.rows,
                          c->right_code.count, same_target, d, &c->lines, &c->line_count, err));
    }
    return HM_OK;
}

/* ---- All of it */

static int compare(hmi_invocation *inv, hmi_diff *d, hmi_jail *jail, hm_err *err)
{
    hmi_pair_options options = { .ignore_names = hmi_given(inv, "ignore-names") };
    int code = HMI_EXIT_DONE;
    if (hmi_pair_programs(d->arena, &d->left, &d->right, &options, &d->pairing, err) != HM_OK) {
        return hmi_failed(inv, err);
    }
    if (d->pairing.cut) {
        hmi_complain(
            "diff: so many functions are each other's neighbours that not all were looked at: some "
            "pairs may be missing");
    }
    if (!choose(inv, d, &code)) {
        return code;
    }
    if (spell(d, jail, err) != HM_OK) {
        return hmi_failed(inv, err);
    }
    if (inv->out->as_json) {
        hmi_diff_json(inv->out, d);
    } else {
        hmi_diff_text(inv->out, d);
    }
    return d->pairing.pairs > 0 ? HMI_EXIT_DONE : HMI_EXIT_NOTHING;
}

/* Names what the casebook's baseline knows, when there is a casebook: without one nothing is known.
 * The two programs themselves do not count. */
static int know(hmi_invocation *inv, hmi_diff *d, hmi_store *store, const int *fds, hm_err *err)
{
    hmi_sha256 own[2];
    hmi_store *opened = NULL;
    hmi_store_options options = { .read_only = true };
    if (hmi_given(inv, "no-baseline")) {
        return HM_OK;
    }
    if (store == NULL) {
        hm_err why = { 0 };
        int code = hmi_store_open(hmi_casebook_path(inv), &options, &opened, &why);
        if (code != HM_OK) {
            if (code != HM_E_NOT_FOUND) {
                hmi_complain("diff: no function is known from a library: %s", why.text);
            }
            return HM_OK;
        }
        store = opened;
    }
    int code = hmi_sha256_of_fd(fds[0], d->left.size, &own[0], err);
    code = code == HM_OK ? hmi_sha256_of_fd(fds[1], d->right.size, &own[1], err) : code;
    code = code == HM_OK ? hmi_program_know(store, d->arena, &d->left, own, 2, err) : code;
    code = code == HM_OK ? hmi_program_know(store, d->arena, &d->right, own, 2, err) : code;
    hmi_store_close(opened);
    return code;
}

static int read_both(hmi_invocation *inv, hmi_diff *d, hmi_store *store, const int *fds,
                     const uint64_t *sizes, const hmi_jail_options *options)
{
    hmi_jail *jail = NULL;
    hm_err err = { 0 };
    hmi_program *programs[] = { &d->left, &d->right };
    if (hmi_jail_open(options, &jail, &err) != HM_OK) {
        return hmi_failed(inv, &err);
    }
    int code = HMI_EXIT_DONE;
    bool usable = true, whole = true;
    for (int i = 0; i < 2 && code == HMI_EXIT_DONE; i++) {
        hm_bytes name = hmi_text_bytes(hmi_text_of(inv->operands[i]));
        if (hmi_program_read(jail, fds[i], sizes[i], name, d->arena, programs[i], &err) != HM_OK) {
            code = hmi_failed(inv, &err);
        } else {
            usable = hmi_program_told(inv, programs[i]) && usable;
            whole = whole && programs[i]->verdict == HMI_VERDICT_READ && !programs[i]->cut;
        }
    }
    if (code == HMI_EXIT_DONE && know(inv, d, store, fds, &err) != HM_OK) {
        code = hmi_failed(inv, &err);
    }
    if (code == HMI_EXIT_DONE) {
        code = usable ? compare(inv, d, jail, &err) : HMI_EXIT_INPUT;
        code = code == HMI_EXIT_DONE && !whole ? HMI_EXIT_INPUT : code;
    }
    hmi_jail_close(jail);
    return code;
}

static int run_diff(hmi_invocation *inv)
{
    hmi_arena arena;
    hmi_diff diff = { .arena = &arena, .listed_max = LISTED_DEFAULT };
    hmi_jail_options options;
    hmi_store *store = NULL;
    uint64_t size_max = 0, sizes[2] = { 0, 0 };
    int fds[2] = { -1, -1 }, code = HMI_EXIT_USAGE;
    if (!hmi_program_jail(inv, &options, &size_max)) {
        return code;
    }
    diff.whole = hmi_given(inv, "all");
    diff.listed_max = diff.whole ? SIZE_MAX : LISTED_DEFAULT;
    bool open = true;
    for (int i = 0; i < 2 && open; i++) {
        open = hmi_program_seal(inv, inv->operands[i], size_max, &store, &fds[i], &sizes[i], &code);
    }
    if (open) {
        hmi_arena_init(&arena, MEMORY_MAX);
        code = read_both(inv, &diff, store, fds, sizes, &options);
        (void)hmi_out_flush(inv->out);
        hmi_arena_fini(&arena);
    }
    for (int i = 0; i < 2; i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
    hmi_store_close(store);
    return code;
}

static const hmi_option DIFF_OPTIONS[] = {
    { "function", "NAME|ADDR",
      "show the instructions of this function (0x401000; B:0x401000: of the second program)", 'f',
      true },
    { "code", NULL, "show the instructions of every changed function", 0, false },
    { "all", NULL, "list every function, and every equal instruction", 0, false },
    { "ignore-names", NULL, "pair by code alone, whatever symbols say", 0, false },
    { "no-baseline", NULL, "do not ask the casebook which functions are a library's", 0, false },
    HMI_PROGRAM_OPTIONS,
    { 0 },
};

const hmi_command hmi_command_diff = {
    .name = "diff",
    .operands = "A B",
    .summary = "which functions of two programs are the same, which changed, which came and went",
    .about =
        "Finds the functions of two programs (ELF or PE, x86 or x86-64, with or without symbols) "
        "and pairs them one to one: by name where both have symbols, by equal code, by likeness, "
        "and "
        "by who calls whom and what stands beside what is paired already. For each pair it says "
        "how "
        "alike the two are, and what that makes of the whole. *--function* shows the instructions "
        "side by side: *|* marks a changed one, *<* and *>* those that only one side has."
        "\n\n"
        "A and B are files, or the SHA-256 of evidence in the casebook. Both are read in the jail. "
        "Symbols are the program's own claim: a name vouches only for functions that are a little "
        "alike, and *--ignore-names* looks at none."
        "\n\n"
        "Where there is a casebook with a baseline, functions whose very code stands in another "
        "harmless file are named after it and weigh nothing."
        "\n\n"
        "The exit code is 1 when no function has a partner, 3 when a program could not be read, or "
        "not to its end.",
    .examples = "  hallmark diff wiper-2012 wiper-2014\n"
                "  hallmark diff wiper-2012 wiper-2014 --function 0x401136\n"
                "  hallmark diff old.so new.so --code --json\n",
    .options = DIFF_OPTIONS,
    .operands_min = 2,
    .operands_max = 2,
    .run = run_diff,
};
