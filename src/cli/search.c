/* SPDX-License-Identifier: Apache-2.0
 *
 * search.c - hallmark search: which functions of a program have been seen, in what, how rare they
 * are.
 *
 * TRUST  The program is hostile and read in the jail; names out of it and out of the casebook pass
 *        hmi_out_safe or the JSON writer.
 * OWNS   A sealed copy, an arena of at most MEMORY_MAX.
 */
#include "differ/search.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/num.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/open.h"
#include "cli/programs.h"
#include "differ/known.h"

enum {
    NEAR_WHOLE = 4,  /* near functions told of each, when all are asked about */
    NEAR_NAMED = 16, /* when some are named */
    SHOWN_DEFAULT = 20,
    NAMED_MAX = 256,
    INCIDENTS_SHOWN = 3,
    NAME_WIDTH = 30,
    FLUSH_AT = 1 << 16
};
static const size_t MEMORY_MAX = (size_t)2 << 30;
static const double SIMILARITY_DEFAULT = 0.6;

typedef struct searched {
    hmi_invocation *inv;
    hmi_store *store;
    hmi_arena *arena;
    hmi_program program;
    hmi_search_result result;
    size_t shown;
} searched;

static hm_text incident_name(const searched *s, int64_t id)
{
    hmi_incident incident;
    return hmi_incident_get(s->store, s->arena, id, &incident, NULL) == HM_OK ? incident.name
                                                                              : HM_TEXT("?");
}

/* ---- Text */

static void say_incidents(hmi_out *out, const searched *s, const int64_t *ids, size_t count)
{
    size_t shown = hmi_min(count, INCIDENTS_SHOWN);
    if (count > HMI_SEARCH_HUB) {
        hmi_say(out, "more than %d incidents", HMI_SEARCH_HUB);
        return;
    }
    for (size_t i = 0; i < shown; i++) {
        hmi_say(out, "%s", i > 0 ? ", " : "");
        hmi_out_text(out, incident_name(s, ids[i]), NAME_WIDTH, 0);
    }
    if (count > shown) {
        hmi_say(out, " and %zu more", count - shown);
    }
}

static void say_more(hmi_out *out, size_t more, const char *what)
{
    if (more > 0) {
        hmi_say_style(out, HMI_FAINT);
        hmi_say(out, "  %zu more %s: --max shows them\n", more, what);
        hmi_say_style(out, HMI_PLAIN);
    }
}

static void say_programs(hmi_out *out, const searched *s)
{
    const hmi_search_result *r = &s->result;
    hmi_say_style(out, HMI_STRONG);
    hmi_say(out, "\nprograms that hold most of it\n");
    hmi_say_style(out, HMI_PLAIN);
    for (size_t i = 0; i < r->program_count && i < s->shown; i++) {
        const hmi_near_program *p = &r->programs[i];
        char hex[65];
        hmi_hex(hmi_bytes(p->evidence.sha256.bytes, 32), hex);
        hmi_say(out, "  %3.0f%%  ", 100 * p->similarity);
        hmi_out_safe(out, p->evidence.name, NAME_WIDTH, NAME_WIDTH);
        hmi_say(out, "  %.12s  %zu functions, %zu equal, %zu in no harmless file; ", hex, p->shared,
                p->equal, p->rare);
        say_incidents(out, s, p->incidents, p->incident_count);
        hmi_say(out, "\n");
    }
    say_more(out, r->program_count - hmi_min(r->program_count, s->shown), "programs");
}

static void say_function(hmi_out *out, const searched *s, const hmi_asked_function *asked)
{
    const hmi_listed_function *f = &s->program.functions[asked->index];
    bool library = f->library.len > 0;
    hmi_say_style(out, library ? HMI_FAINT : HMI_PLAIN);
    hmi_say(out, "  ");
    hmi_out_text(out, hmi_function_label(s->arena, f), NAME_WIDTH, NAME_WIDTH);
    hmi_say(out, "  0x%-8" PRIx64 " %5u instructions", f->address, f->parsed.instructions);
    if (library) {
        hmi_say(out, "  known: ");
        hmi_out_text(out, f->library, NAME_WIDTH, 0);
    } else if (asked->harmless > 0) {
        hmi_say(out, "  in %u harmless file%s", asked->harmless, asked->harmless == 1 ? "" : "s");
    }
    hmi_say(out, "\n");
    for (size_t i = 0; i < asked->near_count; i++) {
        const hmi_near_function *near = &asked->near[i];
        hmi_say(out, "      %3.0f%%  %.*s  ", 100 * near->similarity,
                (int)hmi_min(near->hash.len, 12), near->hash.ptr);
        say_incidents(out, s, near->incidents, near->incident_count);
        hmi_say(out, "\n");
    }
    hmi_say_style(out, HMI_PLAIN);
}

static void say_all(hmi_out *out, const searched *s)
{
    const hmi_search_result *r = &s->result;
    hmi_out_safe(out, s->program.name, 60, 0);
    hmi_say(out, "  %.*s: %zu functions asked about, %zu near something in %" PRIu64 " incidents",
            HMI_FMT(s->program.format), r->searched, r->asked_count, r->incidents);
    if (r->library > 0) {
        hmi_say_style(out, HMI_FAINT);
        hmi_say(out, "; %zu known as harmless weigh nothing", r->library);
        hmi_say_style(out, HMI_PLAIN);
    }
    hmi_say(out, "\n");
    if (r->harmless_files == 0) {
        hmi_say_style(out, HMI_WARN);
        hmi_say(out, "nothing harmless was learned: how rare a function is cannot be said "
                     "(\"hallmark baseline learn /usr/bin /usr/lib\")\n");
        hmi_say_style(out, HMI_PLAIN);
    }
    if (r->program_count > 0) {
        say_programs(out, s);
    }
    if (r->asked_count == 0) {
        return;
    }
    hmi_say_style(out, HMI_STRONG);
    hmi_say(out, "\nfunctions, the rarest first\n");
    hmi_say_style(out, HMI_PLAIN);
    for (size_t i = 0; i < r->asked_count && i < s->shown; i++) {
        say_function(out, s, &r->asked[i]);
    }
    say_more(out, r->asked_count - hmi_min(r->asked_count, s->shown), "functions");
}

/* ---- JSON */

static void put_incidents(hmi_json_writer *w, const searched *s, const int64_t *ids, size_t count)
{
    hmi_json_put_key(w, HM_TEXT("incidents"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < count && count <= HMI_SEARCH_HUB; i++) {
        hmi_json_put_text(w, incident_name(s, ids[i]));
    }
    hmi_json_close_array(w);
    if (count > HMI_SEARCH_HUB) {
        hmi_json_member_uint(w, "incidents_more_than", HMI_SEARCH_HUB);
    }
}

static void put_program(hmi_json_writer *w, const searched *s, const hmi_near_program *p)
{
    char hex[65];
    hmi_hex(hmi_bytes(p->evidence.sha256.bytes, 32), hex);
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT("name"));
    hmi_json_put_lossy(w, p->evidence.name);
    hmi_json_member_text(w, "sha256", hmi_text(hex, 64));
    hmi_json_member_fixed(w, "similarity", p->similarity, 3);
    hmi_json_member_uint(w, "shared", p->shared);
    hmi_json_member_uint(w, "equal", p->equal);
    hmi_json_member_uint(w, "rare", p->rare);
    put_incidents(w, s, p->incidents, p->incident_count);
    hmi_json_close_object(w);
}

static void put_function(hmi_json_writer *w, const searched *s, const hmi_asked_function *asked)
{
    hmi_json_open_object(w);
    hmi_function_json(w, &s->program.functions[asked->index]);
    hmi_json_member_uint(w, "baseline", asked->harmless);
    hmi_json_put_key(w, HM_TEXT("near"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < asked->near_count; i++) {
        hmi_json_open_object(w);
        hmi_json_member_fixed(w, "similarity", asked->near[i].similarity, 3);
        hmi_json_member_text(w, "function", asked->near[i].hash);
        put_incidents(w, s, asked->near[i].incidents, asked->near[i].incident_count);
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
    hmi_json_close_object(w);
}

static void put_all(hmi_out *out, const searched *s)
{
    const hmi_search_result *r = &s->result;
    hmi_json_writer *w = &out->json;
    hmi_json_open_object(w);
    hmi_program_json(w, "program", &s->program);
    hmi_json_member_uint(w, "searched", r->searched);
    hmi_json_member_uint(w, "library", r->library);
    hmi_json_member_uint(w, "incidents", r->incidents);
    hmi_json_member_uint(w, "baseline_files", r->harmless_files);
    hmi_json_member_uint(w, "programs_all", r->program_count);
    hmi_json_put_key(w, HM_TEXT("programs"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < r->program_count && i < s->shown; i++) {
        put_program(w, s, &r->programs[i]);
    }
    hmi_json_close_array(w);
    hmi_json_member_uint(w, "functions_all", r->asked_count);
    hmi_json_put_key(w, HM_TEXT("functions"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < r->asked_count && i < s->shown; i++) {
        put_function(w, s, &r->asked[i]);
        if (out->buf.len > FLUSH_AT) {
            (void)hmi_out_flush(out);
        }
    }
    hmi_json_close_array(w);
    hmi_json_close_object(w);
    hmi_say(out, "\n");
}

/* ---- All of it */

static bool choose(searched *s, hmi_search_options *options, size_t *functions, int *ret_code)
{
    hm_text named[NAMED_MAX];
    size_t count = hmi_given_all(s->inv, "function", named, NAMED_MAX);
    for (size_t i = 0; i < count; i++) {
        functions[i] = hmi_function_named(&s->program, named[i]);
        if (functions[i] == SIZE_MAX) {
            *ret_code = hmi_usage_error(
                s->inv, "no function \"%.*s\" in it: give a name, or an address such as 0x401000",
                HMI_FMT(hmi_text_slice(named[i], 0, 100)));
            return false;
        }
    }
    if (count > 0) {
        options->functions = functions;
        options->function_count = count;
        options->near_max = NEAR_NAMED;
    }
    return true;
}

static int look_up(searched *s, const hmi_search_options *given)
{
    size_t functions[NAMED_MAX];
    hmi_search_options options = *given;
    hm_err err = { 0 };
    int code = HMI_EXIT_DONE;
    if (!choose(s, &options, functions, &code)) {
        return code;
    }
    if (hmi_program_know(s->store, s->arena, &s->program, NULL, 0, &err) != HM_OK ||
        hmi_search_program(s->store, s->arena, &s->program, &options, &s->result, &err) != HM_OK) {
        return hmi_failed(s->inv, &err);
    }
    if (s->inv->out->as_json) {
        put_all(s->inv->out, s);
    } else {
        say_all(s->inv->out, s);
    }
    for (size_t i = 0; i < s->result.asked_count; i++) {
        if (s->program.functions[s->result.asked[i].index].library.len == 0) {
            return HMI_EXIT_DONE;
        }
    }
    return HMI_EXIT_NOTHING;
}

static int read_and_look_up(searched *s, int fd, uint64_t size,
                            const hmi_jail_options *jail_options, const hmi_search_options *options)
{
    hmi_jail *jail = NULL;
    hm_err err = { 0 };
    hm_bytes name = hmi_text_bytes(hmi_text_of(s->inv->operands[0]));
    if (hmi_jail_open(jail_options, &jail, &err) != HM_OK) {
        return hmi_failed(s->inv, &err);
    }
    int code = hmi_program_read(jail, fd, size, name, s->arena, &s->program, &err);
    hmi_jail_close(jail);
    if (code != HM_OK) {
        return hmi_failed(s->inv, &err);
    }
    if (!hmi_program_told(s->inv, &s->program)) {
        return HMI_EXIT_INPUT;
    }
    code = look_up(s, options);
    bool whole = s->program.verdict == HMI_VERDICT_READ && !s->program.cut;
    return code == HMI_EXIT_DONE && !whole ? HMI_EXIT_INPUT : code;
}

static int run_search(hmi_invocation *inv)
{
    hmi_arena arena;
    searched s = { .inv = inv, .arena = &arena };
    hmi_search_options options = { .similarity = SIMILARITY_DEFAULT,
                                   .near_max = NEAR_WHOLE,
                                   .cancelled = hmi_interrupted };
    hmi_jail_options jail;
    uint64_t size_max = 0, size = 0, shown = inv->out->as_json ? UINT32_MAX : SHOWN_DEFAULT;
    int fd = -1, code = HMI_EXIT_USAGE;
    if (!hmi_program_jail(inv, &jail, &size_max) || !hmi_given_size(inv, "max", &shown) ||
        !hmi_given_real(inv, "similarity", &options.similarity)) {
        return code;
    }
    if (!(options.similarity >= 0.3 && options.similarity <= 1)) {
        return hmi_usage_error(inv, "--similarity is 0.3 to 1: what is less alike is chance");
    }
    s.shown = (size_t)shown;
    if (!hmi_open_casebook(inv, true, &s.store, &code)) {
        return code;
    }
    hmi_catch_interrupts();
    if (hmi_program_seal(inv, inv->operands[0], size_max, &s.store, &fd, &size, &code)) {
        hmi_arena_init(&arena, MEMORY_MAX);
        code = read_and_look_up(&s, fd, size, &jail, &options);
        (void)hmi_out_flush(inv->out);
        hmi_arena_fini(&arena);
        close(fd);
    }
    hmi_store_close(s.store);
    return code;
}

static const hmi_option SEARCH_OPTIONS[] = {
    { "function", "NAME|ADDR", "ask about this function only (0x401000: the one that holds it)",
      'f', true },
    { "similarity", "N", "at least this alike, 0.3 to 1 (default 0.6; 1: equal code)", 0, false },
    { "max", "N", "show at most N programs and N functions (default 20; all with --json)", 0,
      false },
    HMI_PROGRAM_OPTIONS,
    { 0 },
};

const hmi_command hmi_command_search = {
    .name = "search",
    .operands = "PROGRAM",
    .summary = "which of its functions have been seen, in what, and how rare they are",
    .about =
        "Finds the functions of a program (ELF or PE, x86 or x86-64) and looks each up in the "
        "casebook: the likest functions, equal ones first, the incidents that hold them, and in "
        "how "
        "many harmless files the like stands. Then the programs of the casebook that hold most of "
        "it. Nothing is added to the casebook."
        "\n\n"
        "PROGRAM is a file, or the SHA-256 of evidence in the casebook. It is read in the jail. "
        "Functions whose very code stands in a learned harmless file are named after it and weigh "
        "nothing; what has fewer than eight instructions is not asked about."
        "\n\n"
        "The exit code is 1 when nothing near was found but library code, 3 when the program could "
        "not be read, or "
        "not to its end.",
    .examples = "  hallmark search suspicious.exe\n"
                "  hallmark search suspicious.exe --function 0x401136 --similarity 0.8\n",
    .options = SEARCH_OPTIONS,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_search,
};
