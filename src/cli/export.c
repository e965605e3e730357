/* SPDX-License-Identifier: Apache-2.0
 *
 * export.c - hallmark export: an incident's traits in the formats that other programs read.
 *
 * WHY    Without --to it is the owner's own copy, marked with the TLP level that the owner names.
 *        With --to it is for a partner: the release rules decide about each trait, and the entry in
 *        the memory of what was given stands before the first byte.
 * OWNS   The store and the text, freed on every way out.
 */
#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/file.h"
#include "cli/hand.h"
#include "cli/nearest.h"
#include "cli/open.h"
#include "cli/policy.h"
#include "tell/export.h"

enum { HMI_EXPORT_MANIFEST_MAX = 64 << 20 };

typedef struct exporting {
    hmi_invocation *inv;
    const hmi_export_format *format;
    const hmi_class_row *only;
    const hmi_tlp_marking *tlp;
    const char *path, *to;
    bool preview; /* hallmark share asks for one */
    hmi_asked asked;
} exporting;

static bool is_feed(const exporting *x)
{
    return hmi_text_is(hmi_text_of(x->format->name), "misp-feed");
}

static int read_options(hmi_invocation *inv, exporting *ret)
{
    const char *format = hmi_given_text(inv, "format"), *level = hmi_given_text(inv, "tlp");
    const char *class_name = hmi_given_text(inv, "class");
    *ret =
        (exporting){ .inv = inv,
                     .format = hmi_export_format_find(hmi_text_of(format ? format : "stix")),
                     .tlp = hmi_tlp_find_value(hmi_text_of(level ? level : "amber+strict"), true),
                     .path = hmi_given_text(inv, "output"),
                     .to = hmi_given_text(inv, "to"),
                     .preview = hmi_given(inv, "preview") };
    if (ret->format == NULL) {
        return hmi_usage_error(inv, "there is no format \"%s\": see --help", format);
    }
    if (ret->tlp == NULL) {
        return hmi_usage_error(inv, "--tlp is clear, green, amber, amber+strict or red");
    }
    if (class_name != NULL && (ret->only = hmi_class_by_name(hmi_text_of(class_name))) == NULL) {
        char meant[64];
        hmi_class_meant(class_name, meant, sizeof(meant));
        return hmi_usage_error(inv, "there is no trait class \"%s\"%s", class_name, meant);
    }
    if ((ret->format->write == NULL || is_feed(ret)) && ret->path == NULL && !ret->preview) {
        return hmi_usage_error(inv, "%s are several files: name a folder with --output",
                               ret->format->name);
    }
    if (ret->to == NULL) {
        return 0;
    }
    if ((ret->path == NULL && !ret->preview) || ret->format->write == NULL ||
        ret->format->write == hmi_export_stix) {
        return hmi_usage_error(inv, ret->path == NULL && !ret->preview
                                        ? "--to needs --output FILE: what is given is "
                                          "entered first"
                                        : "\"hallmark share\" gives STIX; several files "
                                          "cannot be given at once");
    }
    return hmi_given_policy(inv, &ret->asked);
}

/* ---- Several files */

static int write_files(exporting *x, const hmi_export *e, hm_err *err)
{
    hmi_export_file files[HMI_EXPORT_FILES] = { { 0 } };
    int code = hmi_export_datasets(e, files, err);
    if (code == HM_OK && mkdir(x->path, 0777) != 0) {
        code = hmi_fail_errno(err, "cannot make the folder \"%s\"", x->path);
    }
    for (size_t i = 0; i < HMI_COUNT(files); i++) {
        if (code == HM_OK && files[i].content.len > 0) {
            hm_text path = hmi_arena_printf(x->inv->arena, "%s/%s", x->path, files[i].name);
            char *cstr = hmi_arena_cstr(x->inv->arena, path);
            code = cstr != NULL ? hmi_write_file(cstr, hmi_buf_bytes(&files[i].content), err)
                                : hmi_arena_fail(x->inv->arena, err);
        }
        hmi_buf_fini(&files[i].content);
    }
    return code;
}

/* ---- One */

static int give(exporting *x, hmi_export *e, hmi_outgoing *outgoing, const hmi_buf *text,
                hm_err *err)
{
    uint64_t entry = 0;
    HMI_TRY(hmi_outgoing_narrow(outgoing, x->inv->arena, e->traits, e->count, err));
    hmi_handing hand = { .store = e->store,
                         .asked = &x->asked,
                         .incident = e->incident->name,
                         .channel = hmi_text_of(x->format->name),
                         .objects = outgoing->objects,
                         .count = outgoing->count };
    HMI_TRY(hmi_hand_out_bytes(x->inv, &hand, hmi_buf_bytes(text), x->path, &entry, err));
    if (!x->inv->out->quiet) {
        hmi_say(x->inv->out, "%zu traits to ", e->count);
        hmi_out_text(x->inv->out, x->asked.partner->name, 0, 0);
        hmi_say(x->inv->out, ", entry %" PRIu64 " of the memory of what was given\n", entry);
    }
    return HM_OK;
}

static int write_one(exporting *x, hmi_export *e, hmi_outgoing *outgoing, hm_err *err)
{
    hmi_buf text;
    hmi_buf_init(&text, 0);
    int code = x->format->write(e, &text, err);
    if (code == HM_OK && outgoing != NULL) {
        code = give(x, e, outgoing, &text, err);
    } else if (code == HM_OK && x->path != NULL) {
        code = hmi_write_file(x->path, hmi_buf_bytes(&text), err);
    } else if (code == HM_OK) {
        hmi_buf_add(&x->inv->out->buf, hmi_buf_bytes(&text));
    }
    hmi_buf_fini(&text);
    return code;
}

/* ---- A feed: the event first, then the manifest that names it. */

static int write_manifest(exporting *x, const hmi_export *e, const char *folder, hm_err *err)
{
    char *path =
        hmi_arena_cstr(x->inv->arena, hmi_arena_printf(x->inv->arena, "%s/manifest.json", folder));
    hmi_buf before, after;
    if (path == NULL) {
        return hmi_arena_fail(x->inv->arena, err);
    }
    hmi_buf_init(&before, HMI_EXPORT_MANIFEST_MAX);
    hmi_buf_init(&after, 0);
    int code = hmi_read_file(path, HMI_EXPORT_MANIFEST_MAX, &before, err);
    code = code == HM_E_NOT_FOUND ? HM_OK : code;
    code = code == HM_OK ? hmi_export_misp_manifest(e, hmi_buf_bytes(&before), &after, err) : code;
    code = code == HM_OK ? hmi_write_file(path, hmi_buf_bytes(&after), err) : code;
    hmi_buf_fini(&before);
    hmi_buf_fini(&after);
    return code;
}

static int write_feed(exporting *x, hmi_export *e, hmi_outgoing *outgoing, hm_err *err)
{
    char name[HMI_EXPORT_MISP_NAME];
    const char *folder = x->path;
    hmi_export_misp_name(e, name);
    x->path = hmi_arena_cstr(x->inv->arena, hmi_arena_printf(x->inv->arena, "%s/%s", folder, name));
    if (x->path == NULL) {
        return hmi_arena_fail(x->inv->arena, err);
    }
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        return hmi_fail_errno(err, "cannot make the folder \"%s\"", folder);
    }
    HMI_TRY(write_one(x, e, outgoing, err));
    return write_manifest(x, e, folder, err);
}

/* A preview gives nothing, and so enters nothing. */
static int tell_preview(const exporting *x, const hmi_export *e)
{
    hmi_say(x->inv->out, "%zu traits would leave to ", e->count);
    hmi_out_text(x->inv->out, x->asked.partner->name, 0, 0);
    hmi_say(x->inv->out, " as %s\n", x->format->what);
    return HM_OK;
}

static int tell_loss(const exporting *x, const hmi_export *e, hm_err *err)
{
    hmi_buf text;
    hmi_buf_init(&text, 0);
    int code = x->format->loss != NULL ? x->format->loss(e, &text, err) : HM_OK;
    if (code == HM_OK && text.len > 0 && !x->inv->out->quiet) {
        hmi_complain("%s: %s cannot say %.*s: left out", x->inv->command->name, x->format->name,
                     HMI_FMT(hmi_buf_text(&text)));
    }
    hmi_buf_fini(&text);
    return code;
}

static int export_incident(exporting *x, hmi_store *store, const hmi_incident *incident,
                           hm_err *err)
{
    hmi_export e = { .store = store, .incident = incident, .tlp = x->tlp };
    hmi_outgoing outgoing;
    if (x->to != NULL) {
        const hmi_tlp_marking *tlp = hmi_given(x->inv, "tlp") ? x->tlp : NULL;
        HMI_TRY(hmi_outgoing_decide(store, x->inv->arena, incident, &x->asked.policy,
                                    x->asked.partner, x->asked.purpose, tlp, &outgoing, err));
    }
    hmi_outgoing *partner = x->to != NULL ? &outgoing : NULL;
    HMI_TRY(hmi_export_select(&e, x->inv->arena, x->format, x->only, partner, err));
    HMI_TRY(x->preview                 ? tell_preview(x, &e)
            : x->format->write == NULL ? write_files(x, &e, err)
            : is_feed(x)               ? write_feed(x, &e, partner, err)
                                       : write_one(x, &e, partner, err));
    HMI_TRY(tell_loss(x, &e, err));
    if (e.left_out > 0 && !x->inv->out->quiet) {
        hmi_complain(
            "%s: %zu traits are left out as no indicators: noise, records' own parties, names and "
            "hashes of records",
            x->inv->command->name, e.left_out);
    }
    return HM_OK;
}

static int run_export(hmi_invocation *inv)
{
    exporting x = { 0 };
    hmi_store *store = NULL;
    hmi_incident incident;
    hm_err err = { 0 };
    int code = read_options(inv, &x);
    if (code != 0 || !hmi_open_casebook(inv, x.to == NULL || x.preview, &store, &code)) {
        return code;
    }
    if (hmi_open_incident(inv, store, inv->operands[0], &incident, &code)) {
        code = export_incident(&x, store, &incident, &err) == HM_OK ? HMI_EXIT_DONE
                                                                    : hmi_failed(inv, &err);
    }
    hmi_store_close(store);
    return code;
}

static const hmi_option EXPORT_OPTIONS[] = {
    { "format", "FORMAT", "stix (default) or one of the formats below", 'f', false },
    { "class", "CLASS", "only traits of this class", 0, false },
    { "tlp", "LEVEL", "clear, green, amber, amber+strict (default) or red", 0, false },
    { "output", "FILE",
      "write to a file, or to a folder: new for suricata-datasets, any for misp-feed", 'o', false },
    HMI_POLICY_OPTIONS,
    { 0 },
};

const hmi_command hmi_command_export = {
    .name = "export",
    .operands = "INCIDENT",
    .summary = "write an incident's traits as STIX 2.1, CSV, lists, rules",
    .about =
        "Writes to standard output or a file. *stix* gives a bundle with the incident, its "
        "observables "
        "with deterministic ids, and the TLP 2.0 marking; traits that STIX has no observable "
        "for are left out. *csv* has every trait; cells that a spreadsheet would run as a "
        "formula are disarmed. *list* has one value a line. *navigator* is a layer of the "
        "incident's "
        "techniques."
        "\n\n"
        "*zeek-intel*, *suricata*, *suricata-datasets*, *sigma*, *yara* and *openioc* are for "
        "programs "
        "that detect: they get what published intelligence states and what was found inside files, "
        "not "
        "who merely appears in a record, not noise, not the names and hashes of logs. *yara* takes "
        "only "
        "strings that no learned harmless file has; *hallmark rule* does the same with more care."
        "\n\n"
        "*misp* is a MISP event; what MISP has no type for is counted in an attribute of type "
        "comment. "
        "*misp-feed* writes the event into a folder and names it in the folder's manifest.json; "
        "the "
        "file of hashed values that MISP's own feeds have is not written: short values can be "
        "guessed "
        "from it."
        "\n\n"
        "With *--to* the release rules decide about each trait as they do for *hallmark share*: "
        "what "
        "was found in our own evidence carries the marking of *--tlp* and is held without one; "
        "what was "
        "only read in a report leaves when the author's object that names it may. What is given is "
        "entered into the memory of what was given.",
    .examples =
        "  hallmark export seoul-2013 > seoul-2013.json\n"
        "  hallmark export seoul-2013 --format zeek-intel -o seoul.intel\n"
        "  hallmark export seoul-2013 --format suricata-datasets -o datasets\n"
        "  hallmark export seoul-2013 -f sigma --tlp green --to us-cert --policy policy.txt "
        "-o rules.yml\n"
        "  hallmark export seoul-2013 -f misp-feed --tlp clear --to world --policy policy.txt -o "
        "feed\n",
    .options = EXPORT_OPTIONS,
    .operands_min = 1,
    .operands_max = 1,
    .run = run_export,
    .no_json = true,
};
