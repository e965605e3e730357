/* SPDX-License-Identifier: Apache-2.0
 *
 * netflow.c - exported flows: NetFlow 5 and 9, IPFIX (RFC 7011; files of RFC 5655), one message
 *             behind the other.
 *
 * WHY    Where nobody captured packets, routers still counted who talked to whom.
 * FORM   Numbers are big-endian. A message begins with its version (5, 9, 10).
 *        5:  24 bytes (count at 2, uptime ms at 4, seconds at 8, nanoseconds at 12), 48 a flow
 *        9:  20 bytes (count at 2, uptime ms at 4, seconds at 8, source at 16), then sets
 *        10: 16 bytes (length at 2, seconds at 4, domain at 12), then sets
 *        A set: number, length. Number 0 and 1 (9), 2 and 3 (10): templates; 256 and more: flows by
 *        the template of that number. A version 9 message has no length: it ends where no set can
 *        begin but a message does.
 *        Templates come late or are lost, so they are gathered before flows are read: a set uses
 *        the last one before it, or else the first one after it.
 * TRUST  None. Every length is checked against its set, every set against the file. A template that
 *        makes flows of no bytes is refused. A broken message ends the reading of what follows
 *        only as far as the next place where a message can begin.
 * OWNS   Templates, in the reading's arena.
 */
#include "formats/record/netflow.h"
#include "base/cursor.h"
#include "base/error.h"
#include "base/num.h"
#include "formats/reader.h"
#include "formats/record/harvest.h"
#include "trait/canon.h"

enum {
    NETFLOW_VERSION = 1,
    V5_HEAD = 24,
    V5_FLOW = 48,
    V5_FLOWS_MAX = 30,
    V9_HEAD = 20,
    V10_HEAD = 16,
    VARIABLE = 65535,
    ENTERPRISE = 0x8000,
    REVERSE_ENTERPRISE = 29305, /* RFC 5103: the other direction of the same flow */
    EARLIEST_S = 631152000,     /* 1990 */
    DETECT_SETS = 64,
    NTP_1900_TO_1970 = 2208988800
};

/* ---- Detection */

static bool is_moment(uint32_t seconds)
{
    return seconds >= EARLIEST_S;
}

/* Can a message begin here? */
static bool message_begins(hm_bytes file, size_t at)
{
    hmi_cur cur = hmi_cur_over(hmi_slice(file, at, V5_HEAD));
    cur.big = true;
    unsigned version = hmi_cur_u16(&cur), second = hmi_cur_u16(&cur);
    uint32_t third = hmi_cur_u32(&cur), fourth = hmi_cur_u32(&cur);
    size_t left = file.len - at;
    if (cur.bad) {
        return false;
    }
    switch (version) {
    case 5:
        return second >= 1 && second <= V5_FLOWS_MAX && is_moment(fourth) && left >= V5_HEAD;
    case 9:
        return second >= 1 && is_moment(fourth) && left >= V9_HEAD;
    case 10:
        return second >= V10_HEAD && is_moment(third);
    default:
        return false;
    }
}

/* Beyond its head, a message must make sense: three numbers are soon met by chance. */
static int detect_netflow(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    if (file.len < V5_HEAD || !message_begins(file, 0)) {
        return 0;
    }
    hmi_cur cur = hmi_cur_over(file);
    cur.big = true;
    unsigned version = hmi_cur_u16(&cur), count = hmi_cur_u16(&cur);
    if (version == 5) {
        size_t end = V5_HEAD + (size_t)count * V5_FLOW;
        bool next = file.len == end || (file.len > end && message_begins(file, end));
        return next ? HMI_DETECT_SURE : file.len < end ? 30 : 0;
    }
    hmi_cur_seek(&cur, version == 9 ? V9_HEAD : V10_HEAD);
    unsigned id = hmi_cur_u16(&cur), length = hmi_cur_u16(&cur);
    bool set = id >= 256 || (version == 9 ? id <= 1 : id == 2 || id == 3);
    return !cur.bad && set && length >= 4 && length <= 8192 ? 80 : 0;
}

/* ---- Templates */

typedef struct field {
    uint16_t type, length;
    bool reverse, known; /* known: of the IETF or its reverse */
} field;

typedef struct template
{
    uint64_t at; /* in the file */
    uint32_t domain;
    uint16_t id, field_count;
    uint16_t least; /* bytes of a flow */
    uint8_t version;
    field *fields;
}
template;

typedef struct netflow {
    hmi_arena *arena;
    hmi_arena scratch;
    hmi_event_sink *sink;
    hm_bytes file;
    template *templates;
    size_t template_count, template_room;
    hmi_netflow_sums sums;
    hmi_event event;
    /* the message in hand */
    uint8_t version;
    uint32_t domain, uptime_ms;
    int64_t exported_us;
} netflow;

static void count_first(uint64_t *count, uint64_t *first, uint64_t offset)
{
    if ((*count)++ == 0) {
        *first = offset;
    }
}

/* One template; false when the set is damaged. Options templates are passed over: they describe
 * exporters. */
static bool read_template(netflow *n, hmi_cur *cur, uint64_t at, int *ret_code, hm_err *err)
{
    template t = { .at = at, .domain = n->domain, .version = n->version };
    t.id = hmi_cur_u16(cur);
    t.field_count = hmi_cur_u16(cur);
    if (cur->bad || t.id < 256 || t.field_count > HMI_NETFLOW_FIELDS_MAX ||
        n->template_count == HMI_NETFLOW_TEMPLATES_MAX) {
        return false;
    }
    t.fields = hmi_new_array(n->arena, field, t.field_count);
    template *room =
        hmi_arena_grow(n->arena, n->templates, n->template_count, &n->template_room, sizeof(*room));
    if (t.fields == NULL || room == NULL) {
        *ret_code = hmi_arena_fail(n->arena, err);
        return false;
    }
    n->templates = room;
    uint32_t least = 0;
    for (uint16_t i = 0; i < t.field_count; i++) {
        field *f = &t.fields[i];
        f->type = hmi_cur_u16(cur);
        f->length = hmi_cur_u16(cur);
        f->known = true;
        if (n->version == 10 && (f->type & ENTERPRISE)) {
            f->reverse = hmi_cur_u32(cur) == REVERSE_ENTERPRISE;
            f->known = f->reverse;
            f->type = (uint16_t)(f->type & ~ENTERPRISE);
        }
        least += f->length == VARIABLE ? 1u : f->length;
    }
    if (cur->bad || least > UINT16_MAX || (t.field_count > 0 && least == 0)) {
        return false;
    }
    t.least = (uint16_t)least;
    n->templates[n->template_count++] = t;
    n->sums.templates++;
    return true;
}

static const template *template_for(const netflow *n, uint16_t id, uint64_t at)
{
    const template *late = NULL;
    for (size_t i = n->template_count; i > 0; i--) {
        const template *t = &n->templates[i - 1];
        if (t->id != id || t->domain != n->domain || t->version != n->version) {
            continue;
        }
        if (t->at <= at) {
            return t->field_count > 0 ? t : NULL; /* no fields: withdrawn */
        }
        late = t;
    }
    return late != NULL && late->field_count > 0 ? late : NULL;
}

/* ---- Flows */

typedef struct flow {
    hmi_address source, target;
    bool has_source, has_target;
    uint16_t source_port, target_port;
    uint8_t protocol, flags;
    bool has_flags;
    uint64_t bytes, bytes_back;
    int64_t first_us, last_us;
} flow;

static void add_address(netflow *n, hmi_role role, const hmi_address *address)
{
    char *text = hmi_arena_take(&n->scratch, HMI_ADDRESS_TEXT_MAX + 1, 1);
    if (text != NULL) {
        size_t len = hmi_address_format(address, text);
        hmi_event_add(&n->event, HMI_ADDRESS, role, hmi_bytes(text, len));
    }
}

/* Records of one direction do not say who began: the lower port is taken for the service. */
static int emit_flow(netflow *n, const flow *f, uint64_t offset, hm_err *err)
{
    hmi_arena_reset(&n->scratch);
    hmi_event_clear(&n->event, offset);
    hmi_event *e = &n->event;
    e->kind = HMI_EVENT_FLOW;
    int64_t first = f->first_us, last = f->last_us;
    first = first != HMI_TIME_NONE ? first : last != HMI_TIME_NONE ? last : n->exported_us;
    e->time = (hmi_instant){ .us = first, .digits = 3 };
    if (last != HMI_TIME_NONE && last > first) {
        e->duration_us = (uint64_t)(last - first);
    }
    bool up = f->source_port == 0 || f->target_port == 0 || f->target_port <= f->source_port;
    if (f->has_source) {
        add_address(n, up ? HMI_ROLE_CLIENT : HMI_ROLE_SERVER, &f->source);
    }
    if (f->has_target) {
        add_address(n, up ? HMI_ROLE_SERVER : HMI_ROLE_CLIENT, &f->target);
    }
    e->client_port = up ? f->source_port : f->target_port;
    e->server_port = up ? f->target_port : f->source_port;
    e->bytes_up = up ? f->bytes : f->bytes_back;
    e->bytes = up ? f->bytes_back : f->bytes;
    /* SYN alone, towards the service: a knock that nobody answered in this record's direction says
     * nothing, but with a reset it was refused. */
    if (f->protocol == 6 && f->has_flags && (f->flags & 0x04) && !(f->flags & 0x18)) {
        e->outcome = HMI_OUTCOME_FAILURE;
    }
    n->sums.flows++;
    if (n->sums.first_us == HMI_TIME_NONE || first < n->sums.first_us) {
        n->sums.first_us = first;
    }
    n->sums.last_us = first > n->sums.last_us ? first : n->sums.last_us;
    return n->sink->event(n->sink, e, err);
}

static hmi_address v4_of(uint32_t number)
{
    hmi_address a = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff } };
    for (int i = 0; i < 4; i++) {
        a.bytes[12 + i] = (uint8_t)(number >> (24 - 8 * i));
    }
    return a;
}

static int64_t at_uptime(const netflow *n, uint32_t ms)
{
    return n->exported_us - (int64_t)(uint32_t)(n->uptime_ms - ms) * 1000;
}

static int read_v5_flow(netflow *n, hmi_cur *cur, uint64_t offset, hm_err *err)
{
    flow f = { .has_source = true, .has_target = true, .has_flags = true };
    f.source = v4_of(hmi_cur_u32(cur));
    f.target = v4_of(hmi_cur_u32(cur));
    hmi_cur_skip(cur, 4 + 4 + 4); /* next hop, interfaces, packets */
    f.bytes = hmi_cur_u32(cur);
    f.first_us = at_uptime(n, hmi_cur_u32(cur));
    f.last_us = at_uptime(n, hmi_cur_u32(cur));
    f.source_port = hmi_cur_u16(cur);
    f.target_port = hmi_cur_u16(cur);
    hmi_cur_skip(cur, 1);
    f.flags = hmi_cur_u8(cur);
    f.protocol = hmi_cur_u8(cur);
    hmi_cur_skip(cur, 9);
    return emit_flow(n, &f, offset, err);
}

static uint64_t number_of(hm_bytes raw)
{
    uint64_t value = 0;
    for (size_t i = 0; i < raw.len && i < 8; i++) {
        value = value << 8 | raw.ptr[i];
    }
    return value;
}

static int64_t moment_of(uint64_t value, uint64_t per_second)
{
    uint64_t us = 0;
    bool fits = hmi_mul(value, 1000000 / per_second, &us) && us <= UINT64_C(253402300799999999);
    return fits && us > 0 ? (int64_t)us : HMI_TIME_NONE;
}

static int64_t ntp_moment(uint64_t value)
{
    int64_t seconds = (int64_t)(value >> 32) - NTP_1900_TO_1970;
    return seconds <= 0 ? HMI_TIME_NONE
                        : seconds * 1000000 + (int64_t)((value & UINT32_MAX) * 1000000 >> 32);
}

static void put_address(hmi_address *address, bool *has, hm_bytes raw)
{
    if (raw.len == 4) {
        *address = v4_of((uint32_t)number_of(raw));
        *has = true;
    } else if (raw.len == 16) {
        memcpy(address->bytes, raw.ptr, 16);
        *has = true;
    }
}

static void put_field(const netflow *n, flow *f, const field *what, hm_bytes raw)
{
    uint64_t value = number_of(raw);
    if (!what->known || raw.len == 0) {
        return;
    }
    if (what->reverse) {
        f->bytes_back = what->type == 1 || what->type == 85 ? value : f->bytes_back;
        return;
    }
    switch (what->type) {
    case 1:   /* octetDeltaCount */
    case 85:  /* octetTotalCount */
    case 231: /* initiatorOctets */
        f->bytes = value;
        break;
    case 232: /* responderOctets */
        f->bytes_back = value;
        break;
    case 4:
        f->protocol = (uint8_t)value;
        break;
    case 6:
        f->flags = (uint8_t)value;
        f->has_flags = true;
        break;
    case 7:
        f->source_port = (uint16_t)value;
        break;
    case 11:
        f->target_port = (uint16_t)value;
        break;
    case 8:
    case 27:
        put_address(&f->source, &f->has_source, raw);
        break;
    case 12:
    case 28:
        put_address(&f->target, &f->has_target, raw);
        break;
    case 21:
        f->last_us = n->version == 9 ? at_uptime(n, (uint32_t)value) : f->last_us;
        break;
    case 22:
        f->first_us = n->version == 9 ? at_uptime(n, (uint32_t)value) : f->first_us;
        break;
    case 150:
        f->first_us = moment_of(value, 1);
        break;
    case 151:
        f->last_us = moment_of(value, 1);
        break;
    case 152:
        f->first_us = moment_of(value, 1000);
        break;
    case 153:
        f->last_us = moment_of(value, 1000);
        break;
    case 154:
    case 156:
        f->first_us = ntp_moment(value);
        break;
    case 155:
    case 157:
        f->last_us = ntp_moment(value);
        break;
    default:
        break;
    }
}

static int read_flows(netflow *n, hm_bytes set, const template *t, uint64_t offset, hm_err *err)
{
    hmi_cur cur = hmi_cur_over(set);
    cur.big = true;
    while (hmi_cur_left(&cur) >= t->least && !cur.bad) {
        uint64_t at = offset + cur.pos;
        flow f = { .first_us = HMI_TIME_NONE, .last_us = HMI_TIME_NONE };
        for (uint16_t i = 0; i < t->field_count; i++) {
            size_t length = t->fields[i].length;
            if (length == VARIABLE && n->version == 10) {
                length = hmi_cur_u8(&cur);
                length = length == 255 ? hmi_cur_u16(&cur) : length;
            }
            put_field(n, &f, &t->fields[i], hmi_cur_bytes(&cur, length));
        }
        if (cur.bad) {
            count_first(&n->sums.damaged, &n->sums.first_damaged, at);
            return HM_OK;
        }
        if (f.has_source || f.has_target) {
            HMI_TRY(emit_flow(n, &f, at, err));
        }
    }
    return HM_OK;
}

/* ---- Sets and messages */

static int read_set(netflow *n, unsigned id, hm_bytes set, uint64_t offset, bool templates,
                    hm_err *err)
{
    bool template_set = id == (n->version == 9 ? 0u : 2u);
    if (id < 256 && !(template_set && templates)) {
        return HM_OK;
    }
    if (template_set) {
        hmi_cur cur = hmi_cur_over(set);
        cur.big = true;
        int code = HM_OK;
        while (code == HM_OK && hmi_cur_left(&cur) >= 4) {
            if (!read_template(n, &cur, offset + cur.pos, &code, err)) {
                break; /* padding, or damage: flows of it will be without a template */
            }
        }
        return code;
    }
    if (templates) {
        return HM_OK;
    }
    const template *t = template_for(n, (uint16_t)id, offset);
    if (t == NULL) {
        count_first(&n->sums.unknown, &n->sums.first_unknown, offset);
        return HM_OK;
    }
    return read_flows(n, set, t, offset, err);
}

/* The sets of a message; *ret_end is where they end. Version 9 knows no length. */
static int read_sets(netflow *n, size_t at, size_t limit, bool templates, size_t *ret_end,
                     hm_err *err)
{
    while (at + 4 <= limit) {
        hmi_cur cur = hmi_cur_over(hmi_slice(n->file, at, 4));
        cur.big = true;
        unsigned id = hmi_cur_u16(&cur), length = hmi_cur_u16(&cur);
        bool set = id >= 256 || (n->version == 9 ? id <= 1 : id == 2 || id == 3);
        if (!set || length < 4 || length > limit - at) {
            break;
        }
        HMI_TRY(read_set(n, id, hmi_slice(n->file, at + 4, length - 4u), at + 4, templates, err));
        at += length;
    }
    *ret_end = at;
    return HM_OK;
}

/* Reads the message at `at`; *ret_end is where it ends, or `at` when it is damaged. */
static int read_message(netflow *n, size_t at, bool templates, size_t *ret_end, hm_err *err)
{
    hmi_cur cur = hmi_cur_over(hmi_slice(n->file, at, n->file.len));
    cur.big = true;
    n->version = (uint8_t)hmi_cur_u16(&cur);
    unsigned second = hmi_cur_u16(&cur);
    uint32_t third = hmi_cur_u32(&cur), fourth = hmi_cur_u32(&cur), fifth = hmi_cur_u32(&cur);
    n->uptime_ms = third;
    n->exported_us = (int64_t)(n->version == 10 ? third : fourth) * 1000000;
    n->domain = n->version == 10 ? fifth : n->version == 9 ? hmi_cur_u32(&cur) : 0;
    if (n->version != 5) {
        size_t head = n->version == 9 ? V9_HEAD : V10_HEAD;
        size_t limit = n->version == 9 ? n->file.len : hmi_min(n->file.len, at + second);
        HMI_TRY(read_sets(n, at + head, limit, templates, ret_end, err));
        if (n->version == 10 && *ret_end != at + second) {
            count_first(&n->sums.damaged, &n->sums.first_damaged, *ret_end);
            *ret_end = limit;
        }
        return HM_OK;
    }
    n->exported_us += fifth / 1000;
    hmi_cur_seek(&cur, V5_HEAD);
    for (unsigned i = 0; i < second && hmi_cur_left(&cur) >= V5_FLOW; i++) {
        if (!templates) {
            HMI_TRY(read_v5_flow(n, &cur, at + cur.pos, err));
        } else {
            hmi_cur_skip(&cur, V5_FLOW);
        }
    }
    *ret_end = at + cur.pos;
    if (cur.pos < V5_HEAD + (size_t)second * V5_FLOW && !templates) {
        count_first(&n->sums.damaged, &n->sums.first_damaged, *ret_end);
        *ret_end = n->file.len;
    }
    return HM_OK;
}

static int read_all(netflow *n, bool templates, hm_err *err)
{
    for (size_t at = 0; at < n->file.len;) {
        if (!message_begins(n->file, at)) {
            if (!templates) {
                count_first(&n->sums.damaged, &n->sums.first_damaged, at);
            }
            while (at < n->file.len && !message_begins(n->file, at)) {
                at++;
            }
            continue;
        }
        size_t end = at;
        HMI_TRY(read_message(n, at, templates, &end, err));
        n->sums.messages += !templates;
        at = end > at ? end : at + 1;
    }
    return HM_OK;
}

int hmi_netflow_read(hmi_arena *arena, hm_bytes file, hmi_event_sink *sink,
                     hmi_netflow_sums *ret_sums, hm_err *err)
{
    netflow *n = hmi_new(arena, netflow);
    if (n == NULL) {
        return hmi_arena_fail(arena, err);
    }
    n->arena = arena;
    n->sink = sink;
    n->file = file;
    n->sums.first_us = HMI_TIME_NONE;
    n->sums.last_us = HMI_TIME_NONE;
    hmi_arena_init(&n->scratch, 1 << 16);
    int code = read_all(n, true, err);
    if (code == HM_OK) {
        n->sums.damaged = 0;
        code = read_all(n, false, err);
    }
    hmi_arena_fini(&n->scratch);
    if (code == HM_OK) {
        *ret_sums = n->sums;
    }
    return code;
}

/* ---- The reader */

static int emit_number(hmi_reading *reading, const char *name, uint64_t number, hm_err *err)
{
    hm_text text = hmi_arena_printf(reading->arena, "%llu", (unsigned long long)number);
    return text.ptr == NULL ? hmi_arena_fail(reading->arena, err)
                            : hmi_emit_fact(reading, name, text, err);
}

static int emit_moment(hmi_reading *reading, const char *name, int64_t us, hm_err *err)
{
    hmi_buf buf;
    if (us == HMI_TIME_NONE) {
        return HM_OK;
    }
    hmi_buf_init(&buf, 64);
    hmi_buf_add_time(&buf, us);
    int code = hmi_emit_fact(reading, name, hmi_buf_text(&buf), err);
    hmi_buf_fini(&buf);
    return code;
}

static int say(hmi_reading *reading, const hmi_netflow_sums *s, hm_err *err)
{
    HMI_TRY(emit_number(reading, "messages", s->messages, err));
    HMI_TRY(emit_number(reading, "flows", s->flows, err));
    HMI_TRY(emit_moment(reading, "first-record", s->first_us, err));
    HMI_TRY(emit_moment(reading, "last-record", s->last_us, err));
    if (s->unknown > 0) {
        HMI_TRY(hmi_emit_note(reading, HMI_NOTE_DAMAGE, HM_E_MALFORMED, s->first_unknown, err,
                              "%llu sets without a template that says what they hold (first here)",
                              (unsigned long long)s->unknown));
    }
    return s->damaged == 0
               ? HM_OK
               : hmi_emit_note(reading, HMI_NOTE_DAMAGE, HM_E_MALFORMED, s->first_damaged, err,
                               "%llu places that are no message or no flow (first here): read on "
                               "from the next message",
                               (unsigned long long)s->damaged);
}

static int read_netflow(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    hmi_harvest *harvest = NULL;
    hmi_netflow_sums sums;
    HMI_TRY(hmi_harvest_new(reading, file, &harvest, err));
    int code = hmi_netflow_read(reading->arena, file, hmi_harvest_sink(harvest), &sums, err);
    if (code == HM_OK && sums.messages == 0) {
        code = hmi_fail(err, HM_E_MALFORMED, 0, "no message of flows begins here");
    }
    code = code == HM_OK ? hmi_harvest_end(harvest, err) : code;
    code = code == HM_OK ? say(reading, &sums, err) : code;
    hmi_harvest_free(harvest);
    return code;
}

const hmi_reader hmi_reader_netflow = { "netflow", "exported flows (NetFlow 5 and 9, IPFIX)",
                                        NETFLOW_VERSION, detect_netflow, read_netflow };
