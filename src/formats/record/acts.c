/* SPDX-License-Identifier: Apache-2.0
 *
 * acts.c - which field of an event is the one who acted, and upon whom.
 *
 * WHY    The study of behaviour knows no formats; records name clients, servers and accounts in
 *        many fields, of which one each counts here.
 * FORM   The first client is the one who asked (a proxy's list begins with him); a client by
 *        address and by name has an alias. Of a login the last account is the one logged in to:
 *        records name who asked for it first. What destroys is told by Windows event numbers, by a
 *        few sentences of systemd and syslogd, and by command lines.
 * TRUST  Everything is the record's word. Names and commands are compared, never run.
 * OWNS   Nothing.
 */
#include "formats/record/acts.h"

#include "base/hash.h"
#include "formats/record/spelling.h"

/* ---- Deeds */

typedef struct phrase {
    const char *first, *second; /* both must stand in it; second may be NULL */
    hmi_deed deed;
} phrase;

static const phrase COMMANDS[] = {
    { "vssadmin", "delete", HMI_DEED_BACKUP_DELETED },
    { "shadowcopy", "delete", HMI_DEED_BACKUP_DELETED },
    { "wbadmin", "delete", HMI_DEED_BACKUP_DELETED },
    { "bcdedit", "recoveryenabled", HMI_DEED_BACKUP_DELETED },
    { "wevtutil", " cl", HMI_DEED_LOG_CLEARED },
    { "clear-eventlog", NULL, HMI_DEED_LOG_CLEARED },
    { "remove-eventlog", NULL, HMI_DEED_LOG_CLEARED },
    { "rm -rf /var/log", NULL, HMI_DEED_LOG_CLEARED },
    { "shred", "/var/log", HMI_DEED_LOG_CLEARED },
    { "of=/dev/sd", "/dev/zero", HMI_DEED_WIPED },
    { "of=/dev/sd", "/dev/urandom", HMI_DEED_WIPED },
    { "of=/dev/nvme", "/dev/zero", HMI_DEED_WIPED },
    { "of=/dev/vd", "/dev/zero", HMI_DEED_WIPED },
    { "--no-preserve-root", NULL, HMI_DEED_WIPED },
    { "\\\\.\\physicaldrive", NULL, HMI_DEED_WIPED },
    { "cipher", " /w", HMI_DEED_WIPED },
    { "net stop ", NULL, HMI_DEED_SERVICE_STOPPED },
    { "net1 stop ", NULL, HMI_DEED_SERVICE_STOPPED },
    { "sc stop ", NULL, HMI_DEED_SERVICE_STOPPED },
    { "stop-service ", NULL, HMI_DEED_SERVICE_STOPPED },
    { "systemctl stop ", NULL, HMI_DEED_SERVICE_STOPPED },
    { "shutdown -", NULL, HMI_DEED_SHUTDOWN },
    { "shutdown /", NULL, HMI_DEED_SHUTDOWN },
    { "shutdown.exe ", NULL, HMI_DEED_SHUTDOWN },
};

hmi_deed hmi_deed_of_command(hm_bytes command, hmi_spelling spelling)
{
    char low[1024];
    size_t len = 0, step = spelling == HMI_SPELL_UTF16 ? 2 : 1;
    for (size_t i = 0; i + step <= command.len && len < sizeof(low); i += step) {
        low[len++] = hmi_ascii_lower((char)command.ptr[i]);
    }
    hm_bytes text = hmi_bytes(low, len);
    for (size_t i = 0; i < HMI_COUNT(COMMANDS); i++) {
        size_t at = hmi_find(text, hmi_text_bytes(hmi_text_of(COMMANDS[i].first)));
        if (at != HMI_NPOS &&
            (COMMANDS[i].second == NULL ||
             hmi_find(text, hmi_text_bytes(hmi_text_of(COMMANDS[i].second))) != HMI_NPOS)) {
            return COMMANDS[i].deed;
        }
    }
    return HMI_DEED_NONE;
}

static hmi_deed known_command(hmi_deeds *deeds, const hmi_field *field, uint64_t hash)
{
    size_t at = (size_t)(hash >> 24) % HMI_DEEDS_KNOWN;
    if (deeds->known[at].hash != hash) {
        deeds->known[at].hash = hash;
        deeds->known[at].deed =
            (uint8_t)hmi_deed_of_command(field->raw, (hmi_spelling)field->spelling);
    }
    return (hmi_deed)deeds->known[at].deed;
}

static hmi_deed deed_of_sentence(hm_bytes text)
{
    static const struct {
        const char *begin;
        hmi_deed deed;
    } known[] = { { "Stopped ", HMI_DEED_SERVICE_STOPPED },
                  { "Stopping ", HMI_DEED_SERVICE_STOPPED },
                  { "exiting on signal 15", HMI_DEED_SHUTDOWN },
                  { "System is powering down", HMI_DEED_SHUTDOWN },
                  { "Powering off", HMI_DEED_SHUTDOWN },
                  { "Shutting down.", HMI_DEED_SHUTDOWN },
                  { "The audit log was cleared", HMI_DEED_LOG_CLEARED },
                  { "The System log file was cleared", HMI_DEED_LOG_CLEARED } };
    if (text.len < 8 ||
        (text.ptr[0] != 'S' && text.ptr[0] != 'e' && text.ptr[0] != 'P' && text.ptr[0] != 'T')) {
        return HMI_DEED_NONE;
    }
    for (size_t i = 0; i < HMI_COUNT(known); i++) {
        if (hmi_starts_with(text, hmi_text_bytes(hmi_text_of(known[i].begin)))) {
            return known[i].deed;
        }
    }
    return HMI_DEED_NONE;
}

static bool says(const hmi_event *event, const char *word)
{
    for (unsigned i = 0; i < event->field_count; i++) {
        if (event->fields[i].class_id == HMI_CLASS_NONE &&
            hmi_bytes_eq(event->fields[i].raw, hmi_text_bytes(hmi_text_of(word)))) {
            return true;
        }
    }
    return false;
}

static hmi_deed deed_of_windows(const hmi_event *event)
{
    bool security = hmi_bytes_eq(event->source, HM_BYTES("Security"));
    bool system = hmi_bytes_eq(event->source, HM_BYTES("System"));
    if (security) {
        return event->code == 1102 || event->code == 517 ? HMI_DEED_LOG_CLEARED : HMI_DEED_NONE;
    }
    if (!system) {
        return event->code == 524 ? HMI_DEED_BACKUP_DELETED : HMI_DEED_NONE;
    }
    return event->code == 104                              ? HMI_DEED_LOG_CLEARED
           : event->code == 7036 && says(event, "stopped") ? HMI_DEED_SERVICE_STOPPED
           : event->code == 1074 || event->code == 6006    ? HMI_DEED_SHUTDOWN
                                                           : HMI_DEED_NONE;
}

/* ---- Who and upon whom */

static hmi_word word_of(const hmi_field *field, uint64_t hash)
{
    return (hmi_word){ field->raw, hash, field->spelling, field->class_id };
}

static void put(hmi_word *word, const hmi_field *field, uint64_t hash)
{
    if (word->raw.len == 0) {
        *word = word_of(field, hash);
    }
}

/* The host of "http://host:port/path", as it stands there. */
static void put_url_host(hmi_word *word, const hmi_field *field)
{
    size_t scheme = hmi_find(field->raw, HM_BYTES("://"));
    if (word->raw.len > 0 || scheme == HMI_NPOS || field->spelling == HMI_SPELL_UTF16) {
        return;
    }
    hm_bytes rest = hmi_slice(field->raw, scheme + 3, 256);
    size_t len = 0;
    while (len < rest.len && rest.ptr[len] != '/' && rest.ptr[len] != ':' && rest.ptr[len] != '?') {
        len++;
    }
    rest.len = len;
    if (len > 0) {
        *word = (hmi_word){ rest, hmi_xxh3(rest, hmi_hash_seed()), field->spelling, HMI_DOMAIN };
    }
}

/* Accounts of machines log in all day. */
static bool is_machine(const hmi_field *field)
{
    size_t wide = field->spelling == HMI_SPELL_UTF16 ? 2 : 1;
    return field->raw.len >= wide && field->raw.ptr[field->raw.len - wide] == '$';
}

static void put_host(hmi_act *act, const hmi_field *field, uint64_t hash)
{
    switch ((hmi_role)field->role) {
    case HMI_ROLE_HOST:
        put(&act->host, field, hash);
        break;
    case HMI_ROLE_CLIENT:
        if (act->client.raw.len > 0 && act->client.class_id != field->class_id) {
            put(&act->alias, field, hash);
        }
        put(&act->client, field, hash);
        break;
    case HMI_ROLE_SERVER:
        if (act->kind != HMI_ACT_QUERY) { /* there it is an answer */
            put(&act->server, field, hash);
        }
        break;
    case HMI_ROLE_QUERY:
        if (field->class_id == HMI_DOMAIN) {
            put(&act->name, field, hash);
        }
        break;
    default:
        break;
    }
}

static void put_field(hmi_act *act, const hmi_field *field, uint64_t hash, hmi_deeds *deeds)
{
    switch ((hmi_class)field->class_id) {
    case HMI_ADDRESS:
    case HMI_DOMAIN:
        put_host(act, field, hash);
        break;
    case HMI_URL:
        if (field->role == HMI_ROLE_QUERY) {
            put_url_host(&act->name, field);
        }
        break;
    case HMI_ACCOUNT:
        if (field->role == HMI_ROLE_USER && !is_machine(field) &&
            (act->kind == HMI_ACT_LOGIN || act->user.raw.len == 0)) {
            act->user = word_of(field, hash);
        }
        break;
    case HMI_USER_AGENT:
        put(&act->agent, field, hash);
        break;
    case HMI_JA3:
        put(&act->print, field, hash);
        break;
    case HMI_JA4: /* tells more than JA3 */
        act->print = word_of(field, hash);
        break;
    case HMI_REQUEST_SHAPE:
        put(&act->request, field, hash);
        break;
    case HMI_COMMAND_LINE:
        if (act->deed == HMI_DEED_NONE) {
            act->deed = known_command(deeds, field, hash);
        }
        break;
    case HMI_CLASS_NONE:
        if (act->deed == HMI_DEED_NONE) {
            act->deed = deed_of_sentence(field->raw);
        }
        break;
    default:
        break;
    }
}

static hmi_act_kind kind_of(hmi_event_kind kind)
{
    switch (kind) {
    case HMI_EVENT_REQUEST:
        return HMI_ACT_REQUEST;
    case HMI_EVENT_LOGIN:
        return HMI_ACT_LOGIN;
    case HMI_EVENT_QUERY:
        return HMI_ACT_QUERY;
    case HMI_EVENT_FLOW:
        return HMI_ACT_FLOW;
    case HMI_EVENT_PROCESS:
        return HMI_ACT_PROCESS;
    case HMI_EVENT_OTHER:
    case HMI_EVENT_ALERT:
    case HMI_EVENT_MESSAGE:
        break;
    }
    return HMI_ACT_OTHER;
}

void hmi_act_of(const hmi_event *event, const uint64_t *hashes, hmi_deeds *deeds, hmi_act *ret)
{
    *ret = (hmi_act){ .us = event->time.us,
                      .offset = event->offset,
                      .kind = kind_of(event->kind),
                      .outcome = event->outcome == HMI_OUTCOME_SUCCESS   ? HMI_ACT_SUCCESS
                                 : event->outcome == HMI_OUTCOME_FAILURE ? HMI_ACT_FAILURE
                                                                         : HMI_ACT_UNKNOWN,
                      .status = event->status,
                      .port = event->server_port,
                      .repeat = event->repeat,
                      .zone_assumed = (event->time.trust & HMI_TIME_ZONE_ASSUMED) != 0,
                      .bytes_up = event->bytes_up,
                      .bytes = event->bytes,
                      .duration_us = event->duration_us };
    ret->missing = ret->kind == HMI_ACT_QUERY && ret->outcome == HMI_ACT_FAILURE;
    if (event->source.len > 0 && event->code != 0) {
        ret->deed = deed_of_windows(event);
    }
    for (unsigned i = 0; i < event->field_count; i++) {
        put_field(ret, &event->fields[i], hashes[i], deeds);
    }
}

hm_bytes hmi_act_decode(hmi_arena *scratch, const hmi_word *word)
{
    hm_bytes raw = hmi_slice(word->raw, 0, HMI_NAME_TEXT_MAX * 4);
    hm_bytes plain = hmi_spelling_decode(scratch, raw, (hmi_spelling)word->spelling);
    if (word->class_id != HMI_REQUEST_SHAPE || plain.ptr == NULL) {
        return plain;
    }
    char *shape = hmi_arena_take(scratch, HMI_SHAPE_MAX, 1);
    size_t len = 0;
    if (shape == NULL || !hmi_request_shape(plain, shape, &len)) {
        return (hm_bytes){ NULL, 0 };
    }
    return hmi_bytes(shape, len);
}
