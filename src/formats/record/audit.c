/* SPDX-License-Identifier: Apache-2.0
 *
 * audit.c - the Linux audit log, as auditd writes it and as it comes through syslog.
 *
 * WHY    Who logged in from where, which command ran, which file was touched.
 * FORM   [node=HOST ]type=TYPE msg=audit(1591367999.305:4711): key=value ... [msg='key=value ...']
 *        An untrusted string stands in quotes when it is harmless and in hexadecimal, without any
 *        mark, when it is not. SOCKADDR's saddr is always hexadecimal. EXECVE has a0, a1, ...
 * TRUST  Values before the hexadecimal guess come from the kernel; what they decode to does not.
 *        A value of hexadecimal letters only could be either: auditd quotes plain ones, so an
 *        unquoted one is hexadecimal.
 * OWNS   Nothing; decoded addresses live in the scratch arena.
 */
#include "formats/record/formats.h"
#include "formats/record/names.h"
#include "formats/record/spelling.h"
#include "formats/record/words.h"

enum { SADDR_FAMILY_INET = 2, SADDR_FAMILY_INET6 = 10, ARGS_MAX = 64 };

typedef struct audit_field {
    const char *name;
    hmi_class class_id; /* HMI_CLASS_NONE: a host */
    hmi_role role;
} audit_field;

static const audit_field FIELDS[] = {
    { "acct", HMI_ACCOUNT, HMI_ROLE_USER },
    { "addr", HMI_CLASS_NONE, HMI_ROLE_CLIENT },
    { "hostname", HMI_CLASS_NONE, HMI_ROLE_CLIENT },
    { "exe", HMI_FILE_PATH, HMI_ROLE_CONTENT },
    { "proctitle", HMI_COMMAND_LINE, HMI_ROLE_CONTENT },
    { "cmd", HMI_COMMAND_LINE, HMI_ROLE_USER },
    { "name", HMI_FILE_PATH, HMI_ROLE_CONTENT },
    { "cwd", HMI_FILE_PATH, HMI_ROLE_CONTENT },
};

static bool is_gap(uint8_t c)
{
    return c == ' ' || c == '\'' || c == 0x1d;
}

/* Takes the next "key=value"; the value stands in quotes or goes up to a blank. Words without a
 * value are passed over; of msg='...' the opening quote counts as a gap, so its pairs come next. */
static bool take_pair(hm_bytes *rest, hm_bytes *ret_key, hm_bytes *ret_value, bool *ret_quoted)
{
    size_t i = 0, key = 0, value;
    for (;; i++) {
        if (i >= rest->len) {
            return false;
        }
        if (is_gap(rest->ptr[i])) {
            key = i + 1;
        } else if (rest->ptr[i] == '=') {
            break;
        }
    }
    *ret_key = hmi_slice(*rest, key, i - key);
    value = i + 1;
    *ret_quoted = value < rest->len && rest->ptr[value] == '"';
    value += *ret_quoted ? 1 : 0;
    size_t end = value;
    while (end < rest->len && (*ret_quoted ? rest->ptr[end] != '"' : !is_gap(rest->ptr[end]))) {
        end++;
    }
    *ret_value = hmi_slice(*rest, value, end - value);
    *rest = hmi_slice(*rest, end, rest->len);
    if (*ret_quoted && rest->len > 0) {
        *rest = hmi_slice(*rest, 1, rest->len);
    }
    return true;
}

/* struct sockaddr in hexadecimal: family in the machine's order (little-endian here), port,
 * address. */
static void add_socket(hmi_line_ctx *ctx, hmi_event *event, hm_bytes hex)
{
    uint8_t raw[28];
    size_t len = 0;
    for (; len < sizeof(raw) && 2 * len + 1 < hex.len; len++) {
        int high = hmi_hex_digit((char)hex.ptr[2 * len]);
        int low = hmi_hex_digit((char)hex.ptr[2 * len + 1]);
        if (high < 0 || low < 0) {
            return;
        }
        raw[len] = (uint8_t)(high << 4 | low);
    }
    hm_text text = { NULL, 0 };
    if (len >= 8 && raw[0] == SADDR_FAMILY_INET && raw[1] == 0) {
        text = hmi_arena_printf(ctx->scratch, "%u.%u.%u.%u", raw[4], raw[5], raw[6], raw[7]);
    } else if (len >= 24 && raw[0] == SADDR_FAMILY_INET6 && raw[1] == 0) {
        text = hmi_arena_printf(
            ctx->scratch, "%x:%x:%x:%x:%x:%x:%x:%x", raw[8] << 8 | raw[9], raw[10] << 8 | raw[11],
            raw[12] << 8 | raw[13], raw[14] << 8 | raw[15], raw[16] << 8 | raw[17],
            raw[18] << 8 | raw[19], raw[20] << 8 | raw[21], raw[22] << 8 | raw[23]);
    }
    hmi_event_add(event, HMI_ADDRESS, HMI_ROLE_SERVER, hmi_text_bytes(text));
}

static void put_pair(hmi_line_ctx *ctx, hmi_event *event, hm_bytes key, hm_bytes value, bool quoted)
{
    bool nothing = hmi_bytes_eq(value, HM_BYTES("?")) || hmi_bytes_eq(value, HM_BYTES("(null)"));
    if (value.len == 0 || nothing) {
        return;
    }
    if (hmi_bytes_eq(key, HM_BYTES("saddr"))) {
        add_socket(ctx, event, value);
        return;
    }
    if (hmi_bytes_eq(key, HM_BYTES("res")) || hmi_bytes_eq(key, HM_BYTES("success"))) {
        bool good = hmi_bytes_eq(value, HM_BYTES("success")) ||
                    hmi_bytes_eq(value, HM_BYTES("yes")) || hmi_bytes_eq(value, HM_BYTES("1"));
        event->outcome = good ? HMI_OUTCOME_SUCCESS : HMI_OUTCOME_FAILURE;
        return;
    }
    for (size_t i = 0; i < HMI_COUNT(FIELDS); i++) {
        if (!hmi_bytes_eq(key, hmi_text_bytes(hmi_text_of(FIELDS[i].name)))) {
            continue;
        }
        if (FIELDS[i].class_id == HMI_CLASS_NONE) {
            hmi_event_add_host(event, FIELDS[i].role, value, NULL);
        } else {
            hmi_event_add_spelled(event, FIELDS[i].class_id, FIELDS[i].role, value,
                                  quoted ? HMI_SPELL_PLAIN : HMI_SPELL_HEX);
        }
    }
}

/* EXECVE: a0="wget" a1=68747470... : the words of a command line, joined by blanks. */
static void add_arguments(hmi_line_ctx *ctx, hmi_event *event, hm_bytes rest)
{
    uint8_t *line = hmi_arena_take(ctx->scratch, rest.len + ARGS_MAX, 1);
    size_t len = 0;
    hm_bytes key, value;
    bool quoted;
    for (int args = 0;
         line != NULL && args < ARGS_MAX && take_pair(&rest, &key, &value, &quoted);) {
        if (key.len < 2 || key.ptr[0] != 'a' || !hmi_all_digits(hmi_slice(key, 1, key.len))) {
            continue;
        }
        hm_bytes word =
            hmi_spelling_decode(ctx->scratch, value, quoted ? HMI_SPELL_PLAIN : HMI_SPELL_HEX);
        if (args++ > 0) {
            line[len++] = ' ';
        }
        if (word.ptr != NULL && word.len > 0) {
            memcpy(line + len, word.ptr, word.len);
            len += word.len;
        }
    }
    hmi_event_add(event, HMI_COMMAND_LINE, HMI_ROLE_CONTENT, hmi_bytes(line, len));
}

static int parse_audit(hmi_line_ctx *ctx, hm_bytes line, hmi_event *event,
                       __attribute__((unused)) hm_err *err)
{
    hm_bytes rest = line, type, stamp, serial, key, value;
    hm_bytes node = { NULL, 0 };
    bool quoted;
    if (hmi_starts_with(rest, HM_BYTES("node="))) {
        rest = hmi_slice(rest, 5, rest.len);
        if (!hmi_word(&rest, &node) || rest.len < 2) {
            return HMI_LINE_NOT;
        }
        rest = hmi_slice(rest, 1, rest.len);
    }
    /* Through syslog the type stands alone: "audit: type=1400 audit(...)". */
    if (!hmi_starts_with(rest, HM_BYTES("type=")) || !hmi_until(&rest, HM_BYTES(" "), &type) ||
        !hmi_until(&rest, HM_BYTES("audit("), &value) || value.len > 8 ||
        !hmi_until(&rest, HM_BYTES(":"), &stamp) || !hmi_epoch_parse(stamp, &event->time) ||
        !hmi_until(&rest, HM_BYTES(")"), &serial) || !hmi_all_digits(serial)) {
        return HMI_LINE_NOT;
    }
    event->kind =
        hmi_starts_with(type, HM_BYTES("type=USER_")) ? HMI_EVENT_LOGIN : HMI_EVENT_PROCESS;
    if (node.len > 0) {
        hmi_event_add_host(event, HMI_ROLE_HOST, node, NULL);
    }
    if (hmi_bytes_eq(type, HM_BYTES("type=EXECVE"))) {
        add_arguments(ctx, event, rest);
        return HMI_LINE_EVENT;
    }
    while (event->field_count < HMI_EVENT_FIELDS_MAX && take_pair(&rest, &key, &value, &quoted)) {
        put_pair(ctx, event, key, value, quoted);
    }
    return HMI_LINE_EVENT;
}

const hmi_line_format hmi_line_audit = { "audit", 0, parse_audit, NULL };
