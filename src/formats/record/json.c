/* SPDX-License-Identifier: Apache-2.0
 *
 * json.c - logs of one JSON object a line: Suricata EVE, Zeek, journald, and any other by the names
 *        of its fields.
 *
 * WHY    Most tools of the last ten years write this, each with names of its own.
 * FORM   EVE has "event_type" and "timestamp"; Zeek "ts" with "uid", "_path" or "id.orig_h" (also
 * as
 *        {"id":{"orig_h":..}}, as shippers nest it); journald "__REALTIME_TIMESTAMP". Names of
 * nested members are joined by dots; elements of arrays have their array's name. TRUST  The JSON
 * reader refuses what RFC 8259 refuses; a refused line is no record. At most DEPTH_MAX levels and
 * LEAVES_MAX values of a record are looked at. OWNS   The JSON reader, and a table of the names met
 * so far.
 */
#include "base/json.h"

#include "base/error.h"
#include "base/hash.h"
#include "formats/record/formats.h"
#include "formats/record/inner.h"
#include "formats/record/names.h"
#include "formats/record/windows.h"

enum {
    DEPTH_MAX = 8,
    LEAVES_MAX = 1024,
    KNOWN_MAX = 1024,
    KNOWN_SLOTS = 2048,
    MESSAGE_MAX = 1 << 16
};

/* A name that was looked up before, and what came of it. */
typedef struct known_name {
    uint64_t hash;
    hm_bytes path;
    const hmi_name_rule *rule;
    uint8_t dialect;
} known_name;

typedef struct json_state {
    hmi_json *json;
    known_name *known;
    uint16_t *slots; /* number in `known` + 1 */
    size_t known_count;
    uint64_t seed;
} json_state;

typedef struct walk {
    hmi_line_ctx *ctx;
    json_state *state;
    hmi_event *event;
    hmi_assembly assembly;
    hmi_dialect dialect;
    hm_bytes message, program; /* a text that may be a record itself */
    size_t leaves, known_fields;
    char path[HMI_NAME_MAX * 2];
    hm_err *err;
} walk;

static int json_init(hmi_line_ctx *ctx, json_state *state, hm_err *err)
{
    state->known = hmi_new_array(ctx->arena, known_name, KNOWN_MAX);
    state->slots = hmi_new_array(ctx->arena, uint16_t, KNOWN_SLOTS);
    if (state->known == NULL || state->slots == NULL) {
        return hmi_arena_fail(ctx->arena, err);
    }
    state->seed = hmi_hash_seed();
    return hmi_json_new(&state->json, err);
}

static void json_fini(void *state)
{
    hmi_json_free(((json_state *)state)->json);
}

/* The last name of a path: what generic records call a thing, wherever they put it. */
static hm_bytes leaf_of(hm_bytes path)
{
    size_t dot = hmi_find_last_byte(path, '.');
    return dot == HMI_NPOS ? path : hmi_slice(path, dot + 1, path.len);
}

static const hmi_name_rule *look_up(hmi_dialect dialect, hm_bytes path)
{
    const hmi_name_rule *rule = hmi_name_find(dialect, path);
    if (rule == NULL && dialect == HMI_DIALECT_GENERIC) {
        rule = hmi_name_find(dialect, leaf_of(path));
    }
    return rule;
}

/* Looks a name up once per file. A full table only costs time. */
static const hmi_name_rule *rule_of(walk *w, hm_bytes path)
{
    json_state *state = w->state;
    uint64_t hash = hmi_xxh3(path, state->seed ^ (uint64_t)w->dialect);
    size_t slot = hash & (KNOWN_SLOTS - 1);
    for (; state->slots[slot] != 0; slot = (slot + 1) & (KNOWN_SLOTS - 1)) {
        const known_name *known = &state->known[state->slots[slot] - 1];
        if (known->hash == hash && known->dialect == w->dialect &&
            hmi_bytes_eq(known->path, path)) {
            return known->rule;
        }
    }
    const hmi_name_rule *rule = look_up(w->dialect, path);
    hm_bytes copy = { NULL, 0 };
    if (state->known_count < KNOWN_MAX) {
        copy = hmi_arena_bytes(w->ctx->arena, path);
    }
    if (copy.ptr != NULL) {
        state->known[state->known_count] = (known_name){ hash, copy, rule, (uint8_t)w->dialect };
        state->slots[slot] = (uint16_t)++state->known_count;
    }
    return rule;
}

static hm_bytes scalar_of(const walk *w, hmi_value value)
{
    if (hmi_json_kind_of(value) == HMI_JSON_STRING) {
        return hmi_text_bytes(hmi_json_text(value, w->ctx->scratch));
    }
    return hmi_json_raw(value);
}

static void put_leaf(walk *w, hm_bytes path, hmi_value value)
{
    const hmi_name_rule *rule = rule_of(w, path);
    if (w->dialect == HMI_DIALECT_JOURNAL && hmi_bytes_eq(path, HM_BYTES("SYSLOG_IDENTIFIER"))) {
        w->program = scalar_of(w, value);
    }
    if (rule == NULL) {
        return;
    }
    hm_bytes raw = scalar_of(w, value);
    w->known_fields++;
    if (rule->use == HMI_USE_TIME) {
        if (w->event->time.us == HMI_TIME_NONE) {
            (void)hmi_any_time_parse(raw, &w->event->time);
        }
    } else if (rule->use == HMI_USE_TEXT && w->message.len == 0 && raw.len <= MESSAGE_MAX) {
        w->message = raw;
    } else {
        hmi_spelling spelling =
            w->dialect == HMI_DIALECT_ZEEK ? HMI_SPELL_BACKSLASH : HMI_SPELL_PLAIN;
        hmi_assembly_put(&w->assembly, w->event, rule, raw, spelling);
    }
}

/* Appends ".key"; 0 when it does not fit, which no name we know does. */
static size_t extend_path(walk *w, size_t len, hm_text key)
{
    size_t dot = len > 0 ? 1 : 0;
    if (key.len == 0 || len + dot + key.len > sizeof(w->path)) {
        return 0;
    }
    if (dot) {
        w->path[len] = '.';
    }
    memcpy(w->path + len + dot, key.ptr, key.len);
    return len + dot + key.len;
}

static void visit(walk *w, hmi_value value, size_t path_len, unsigned depth)
{
    hmi_json_kind kind = hmi_json_kind_of(value);
    if (kind != HMI_JSON_OBJECT && kind != HMI_JSON_ARRAY) {
        if (kind != HMI_JSON_NULL && w->leaves++ < LEAVES_MAX) {
            put_leaf(w, hmi_bytes(w->path, path_len), value);
        }
        return;
    }
    if (depth >= DEPTH_MAX) {
        return;
    }
    for (hmi_value v = hmi_json_first(value); hmi_json_is(v) && w->leaves < LEAVES_MAX;
         v = hmi_json_next(v)) {
        size_t len = path_len;
        if (kind == HMI_JSON_OBJECT) {
            len = extend_path(w, path_len, hmi_json_key(v, w->ctx->scratch));
            if (len == 0) {
                continue;
            }
        }
        visit(w, v, len, depth + 1);
    }
}

/* *ret_sure: somebody's own names, not only usual ones. */
static hmi_dialect dialect_of(hmi_value root, hmi_arena *scratch, bool *ret_sure)
{
    enum { EVE = 3, ZEEK = 12, AWS = 112, PASSIVE_DNS = 384 };
    static const struct {
        hm_text key;
        unsigned mark;
    } signs[] = { { HM_TEXT_INIT("timestamp"), 1 },    { HM_TEXT_INIT("event_type"), 2 },
                  { HM_TEXT_INIT("ts"), 4 },           { HM_TEXT_INIT("uid"), 8 },
                  { HM_TEXT_INIT("_path"), 8 },        { HM_TEXT_INIT("id.orig_h"), 8 },
                  { HM_TEXT_INIT("fuid"), 8 },         { HM_TEXT_INIT("eventVersion"), 16 },
                  { HM_TEXT_INIT("eventSource"), 32 }, { HM_TEXT_INIT("eventName"), 64 },
                  { HM_TEXT_INIT("rrname"), 128 },     { HM_TEXT_INIT("rrtype"), 256 } };
    unsigned seen = 0;
    *ret_sure = true;
    for (hmi_value v = hmi_json_first(root); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_text key = hmi_json_key(v, scratch);
        for (size_t i = 0; i < HMI_COUNT(signs); i++) {
            bool may_be = key.len == signs[i].key.len && key.ptr[0] == signs[i].key.ptr[0];
            seen |= may_be && hmi_text_eq(key, signs[i].key) ? signs[i].mark : 0;
        }
        if (hmi_text_is(key, "__REALTIME_TIMESTAMP")) {
            return HMI_DIALECT_JOURNAL;
        }
        if ((seen & EVE) == EVE) {
            return HMI_DIALECT_EVE;
        }
    }
    *ret_sure = (seen & PASSIVE_DNS) == PASSIVE_DNS || (seen & ZEEK) == ZEEK || (seen & AWS) == AWS;
    return (seen & ZEEK) == ZEEK ? HMI_DIALECT_ZEEK
           : (seen & AWS) == AWS ? HMI_DIALECT_AWS
                                 : HMI_DIALECT_GENERIC;
}

static hmi_event_kind kind_of(hmi_dialect dialect, hmi_value root)
{
    if (dialect == HMI_DIALECT_AWS) {
        bool login = hmi_bytes_eq(hmi_json_raw(hmi_json_get(root, "eventName")),
                                  HM_BYTES("\"ConsoleLogin\""));
        return login ? HMI_EVENT_LOGIN : HMI_EVENT_OTHER;
    }
    static const struct {
        const char *word;
        hmi_event_kind kind;
    } kinds[] = { { "http", HMI_EVENT_REQUEST }, { "dns", HMI_EVENT_QUERY },
                  { "flow", HMI_EVENT_FLOW },    { "netflow", HMI_EVENT_FLOW },
                  { "conn", HMI_EVENT_FLOW },    { "alert", HMI_EVENT_ALERT },
                  { "notice", HMI_EVENT_ALERT }, { "tls", HMI_EVENT_FLOW },
                  { "ssl", HMI_EVENT_FLOW } };
    const char *key = dialect == HMI_DIALECT_EVE ? "event_type" : "_path";
    hm_bytes word = hmi_json_raw(hmi_json_get(root, key));
    for (size_t i = 0; word.len > 2 && i < HMI_COUNT(kinds); i++) {
        if (word.ptr[1] == (uint8_t)kinds[i].word[0] &&
            hmi_bytes_eq(hmi_slice(word, 1, word.len - 2),
                         hmi_text_bytes(hmi_text_of(kinds[i].word)))) {
            return kinds[i].kind;
        }
    }
    return HMI_EVENT_OTHER;
}

static int parse_json(hmi_line_ctx *ctx, hm_bytes line, hmi_event *event, hm_err *err)
{
    json_state *state = ctx->state;
    hmi_value root;
    if (line.ptr[0] != '{') {
        return HMI_LINE_NOT;
    }
    if (state->json == NULL) {
        HMI_TRY(json_init(ctx, state, err));
    }
    int code = hmi_json_parse(state->json, line, 0, &root, err);
    if (code < 0) {
        return code == HM_E_MEMORY ? code : HMI_LINE_NOT;
    }
    bool sure = false;
    walk w = { .ctx = ctx,
               .state = state,
               .event = event,
               .err = err,
               .assembly = { .host_role = HMI_ROLE_QUERY },
               .dialect = dialect_of(root, ctx->scratch, &sure) };
    event->kind = kind_of(w.dialect, root);
    visit(&w, root, 0, 0);
    if (w.known_fields == 0) {
        return HMI_LINE_NOT;
    }
    ctx->unsure = !sure;
    if (event->code != 0 && event->source.len > 0) {
        hmi_windows_classify(event);
    }
    hmi_assembly_end(&w.assembly, event, ctx->scratch);
    return w.message.len > 0
               ? hmi_inner_message(ctx, w.program, w.message, HMI_SPELL_PLAIN, event, err)
               : HMI_LINE_EVENT;
}

const hmi_line_format hmi_line_json = { "json", sizeof(json_state), parse_json, json_fini };
