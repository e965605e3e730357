/* SPDX-License-Identifier: Apache-2.0
 *
 * auth.c - logins in words: OpenSSH, PAM, sudo, su, account tools.
 *
 * WHY    Brute force, stolen accounts and what was done with them stand in these sentences.
 * FORM   "Failed password for [invalid user ]NAME from ADDRESS port N ssh2" and its relatives;
 *        "pam_unix(sshd:auth): authentication failure; ... rhost=ADDRESS  user=NAME";
 *        "NAME : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh" (sudo).
 * TRUST  The client chooses NAME, and it may read "root from 192.0.2.1 port 22 ssh2". The
 * sentence's own end is the last " from ", so the client's address is looked for from the right,
 * and must be followed by what sshd itself writes. OWNS   Nothing.
 */
#include "formats/record/auth.h"

#include <string.h>

static size_t find_last(hm_bytes hay, hm_bytes needle)
{
    for (size_t at = hay.len < needle.len ? 0 : hay.len - needle.len + 1; at > 0; at--) {
        if (memcmp(hay.ptr + at - 1, needle.ptr, needle.len) == 0) {
            return at - 1;
        }
    }
    return HMI_NPOS;
}

static hm_bytes first_word(hm_bytes text)
{
    size_t len = hmi_find_byte(text, ' ');
    return len == HMI_NPOS ? text : hmi_slice(text, 0, len);
}

/* Is this the end of a sentence about a connection: "", " port 22", " port 22 ssh2", "port 22:11:
 * ..." */
static bool is_tail(hm_bytes rest)
{
    return rest.len == 0 || hmi_starts_with(rest, HM_BYTES(" port ")) ||
           hmi_starts_with(rest, HM_BYTES(" not allowed ")) ||
           hmi_starts_with(rest, HM_BYTES(": "));
}

static void add_client(hmi_event *event, hm_bytes word)
{
    if (word.len > 0 && word.ptr[word.len - 1] == ':') {
        word.len--;
    }
    hmi_event_add_host(event, HMI_ROLE_CLIENT, word, NULL);
}

static void add_user(hmi_event *event, hm_bytes name)
{
    static const hm_bytes prefixes[] = { { (const uint8_t *)"invalid user ", 13 },
                                         { (const uint8_t *)"illegal user ", 13 },
                                         { (const uint8_t *)"authenticating user ", 20 } };
    for (size_t i = 0; i < HMI_COUNT(prefixes); i++) {
        if (hmi_starts_with(name, prefixes[i])) {
            name = hmi_slice(name, prefixes[i].len, name.len);
            break;
        }
    }
    hmi_event_add_spelled(event, HMI_ACCOUNT, HMI_ROLE_USER, name, HMI_SPELL_BACKSLASH);
}

/* "... NAME from ADDRESS port N": the last "from" whose rest is sshd's own. */
static bool user_from_address(hm_bytes rest, hmi_event *event)
{
    for (hm_bytes search = rest;;) {
        size_t from = find_last(search, HM_BYTES(" from "));
        if (from == HMI_NPOS) {
            return false;
        }
        hm_bytes address = first_word(hmi_slice(rest, from + 6, rest.len));
        if (is_tail(hmi_slice(rest, from + 6 + address.len, rest.len))) {
            add_user(event, hmi_slice(rest, 0, from));
            add_client(event, address);
            return true;
        }
        search.len = from;
    }
}

/* "[authenticating user ]NAME ADDRESS port N": NAME may be missing. */
static bool user_then_address(hm_bytes rest, hmi_event *event)
{
    size_t port = find_last(rest, HM_BYTES(" port "));
    hm_bytes head = port == HMI_NPOS ? rest : hmi_slice(rest, 0, port);
    if (port == HMI_NPOS) {
        head = first_word(rest);
    }
    size_t space = hmi_find_last_byte(head, ' ');
    if (space != HMI_NPOS) {
        hm_bytes name = hmi_slice(head, 0, space);
        if (hmi_starts_with(name, HM_BYTES("user "))) {
            name = hmi_slice(name, 5, name.len);
        }
        add_user(event, name);
        head = hmi_slice(head, space + 1, head.len);
    }
    add_client(event, head);
    return head.len > 0;
}

static bool address_only(hm_bytes rest, hmi_event *event)
{
    hm_bytes word = first_word(rest);
    add_client(event, word);
    return word.len > 0;
}

/* "NAME [ADDRESS] failed" */
static bool name_and_address(hm_bytes rest, hmi_event *event)
{
    size_t open = find_last(rest, HM_BYTES(" [")), close = find_last(rest, HM_BYTES("]"));
    if (open == HMI_NPOS || close == HMI_NPOS || close <= open) {
        return false;
    }
    hmi_event_add_host(event, HMI_ROLE_CLIENT, hmi_slice(rest, 0, open), NULL);
    hmi_event_add_host(event, HMI_ROLE_CLIENT, hmi_slice(rest, open + 2, close - open - 2), NULL);
    return true;
}

typedef struct sentence {
    const char *begin;
    bool (*read)(hm_bytes rest, hmi_event *event);
    hmi_outcome outcome;
} sentence;

static const sentence SSHD[] = {
    { "Failed password for ", user_from_address, HMI_OUTCOME_FAILURE },
    { "Failed none for ", user_from_address, HMI_OUTCOME_FAILURE },
    { "Failed publickey for ", user_from_address, HMI_OUTCOME_FAILURE },
    { "Failed keyboard-interactive/pam for ", user_from_address, HMI_OUTCOME_FAILURE },
    { "Failed keyboard-interactive for ", user_from_address, HMI_OUTCOME_FAILURE },
    { "Accepted password for ", user_from_address, HMI_OUTCOME_SUCCESS },
    { "Accepted publickey for ", user_from_address, HMI_OUTCOME_SUCCESS },
    { "Accepted keyboard-interactive/pam for ", user_from_address, HMI_OUTCOME_SUCCESS },
    { "Accepted gssapi-with-mic for ", user_from_address, HMI_OUTCOME_SUCCESS },
    { "Accepted hostbased for ", user_from_address, HMI_OUTCOME_SUCCESS },
    { "Invalid user ", user_from_address, HMI_OUTCOME_FAILURE },
    { "Illegal user ", user_from_address, HMI_OUTCOME_FAILURE },
    { "User ", user_from_address, HMI_OUTCOME_FAILURE },
    { "ROOT LOGIN REFUSED FROM ", address_only, HMI_OUTCOME_FAILURE },
    { "error: maximum authentication attempts exceeded for ", user_from_address,
      HMI_OUTCOME_FAILURE },
    { "Disconnecting authenticating user ", user_then_address, HMI_OUTCOME_FAILURE },
    { "Disconnecting invalid user ", user_then_address, HMI_OUTCOME_FAILURE },
    { "Connection closed by ", user_then_address, HMI_OUTCOME_UNKNOWN },
    { "Connection reset by ", user_then_address, HMI_OUTCOME_UNKNOWN },
    { "Disconnected from ", user_then_address, HMI_OUTCOME_UNKNOWN },
    { "Received disconnect from ", address_only, HMI_OUTCOME_UNKNOWN },
    { "Connection from ", address_only, HMI_OUTCOME_UNKNOWN },
    { "Did not receive identification string from ", address_only, HMI_OUTCOME_UNKNOWN },
    { "Unable to negotiate with ", address_only, HMI_OUTCOME_UNKNOWN },
    { "reverse mapping checking getaddrinfo for ", name_and_address, HMI_OUTCOME_UNKNOWN },
};

static bool read_sshd(hm_bytes message, hmi_event *event)
{
    for (size_t i = 0; i < HMI_COUNT(SSHD); i++) {
        hm_bytes begin = hmi_text_bytes(hmi_text_of(SSHD[i].begin));
        if (!hmi_starts_with(message, begin)) {
            continue;
        }
        hm_bytes rest = hmi_slice(message, begin.len, message.len);
        /* What sshd appends: where in its life the connection was, and the key's fingerprint. */
        if (hmi_ends_with(rest, HM_BYTES(" [preauth]"))) {
            rest.len -= 10;
        }
        if (!SSHD[i].read(rest, event)) {
            return false;
        }
        event->outcome = SSHD[i].outcome;
        return true;
    }
    return false;
}

/* The value behind " key=" up to the next blank; empty when the key is missing or says nothing. */
static hm_bytes value_of(hm_bytes message, hm_bytes key)
{
    size_t at = find_last(message, key);
    return at == HMI_NPOS ? (hm_bytes){ NULL, 0 }
                          : first_word(hmi_slice(message, at + key.len, message.len));
}

static bool read_pam(hm_bytes message, hmi_event *event)
{
    size_t colon = hmi_find(message, HM_BYTES("): "));
    if (!hmi_starts_with(message, HM_BYTES("pam_")) || colon == HMI_NPOS) {
        return false;
    }
    hm_bytes rest = hmi_slice(message, colon + 3, message.len);
    static const char opened[] = "session opened for user ";
    if (hmi_starts_with(rest, HM_BYTES(opened))) {
        hm_bytes name = first_word(hmi_slice(rest, sizeof(opened) - 1, rest.len));
        size_t uid = hmi_find_byte(name, '(');
        add_user(event, uid == HMI_NPOS ? name : hmi_slice(name, 0, uid));
        event->outcome = HMI_OUTCOME_SUCCESS;
        return true;
    }
    if (!hmi_starts_with(rest, HM_BYTES("authentication failure"))) {
        return false;
    }
    hm_bytes host = value_of(rest, HM_BYTES(" rhost="));
    if (host.len > 0) {
        add_client(event, host);
    }
    add_user(event, value_of(rest, HM_BYTES(" user=")));
    event->outcome = HMI_OUTCOME_FAILURE;
    return true;
}

/* "NAME : [3 incorrect password attempts ; ]TTY=... ; PWD=... ; USER=root ; COMMAND=..." */
static bool read_sudo(hm_bytes message, hmi_event *event)
{
    size_t colon = hmi_find(message, HM_BYTES(" : ")), tty = hmi_find(message, HM_BYTES("TTY="));
    if (colon == HMI_NPOS || tty == HMI_NPOS || tty < colon) {
        return false;
    }
    hm_text name = hmi_text_trim(hmi_text((const char *)message.ptr, colon));
    add_user(event, hmi_text_bytes(name));
    size_t command = hmi_find(message, HM_BYTES(" ; COMMAND="));
    if (command != HMI_NPOS) {
        hmi_event_add(event, HMI_COMMAND_LINE, HMI_ROLE_USER,
                      hmi_slice(message, command + 11, message.len));
    }
    bool refused = hmi_find(message, HM_BYTES("incorrect password")) != HMI_NPOS ||
                   hmi_find(message, HM_BYTES("NOT in sudoers")) != HMI_NPOS ||
                   hmi_find(message, HM_BYTES("command not allowed")) != HMI_NPOS;
    event->outcome = refused ? HMI_OUTCOME_FAILURE : HMI_OUTCOME_SUCCESS;
    return true;
}

/* "new user: name=NAME, UID=0, ..." */
static bool read_account(hm_bytes message, hmi_event *event)
{
    if (!hmi_starts_with(message, HM_BYTES("new user: name="))) {
        return false;
    }
    hm_bytes name = hmi_slice(message, 15, message.len);
    size_t comma = hmi_find_byte(name, ',');
    add_user(event, comma == HMI_NPOS ? name : hmi_slice(name, 0, comma));
    event->outcome = HMI_OUTCOME_SUCCESS;
    return true;
}

/* "message repeated 3 times: [ Failed password for ...]" */
static hm_bytes unwrap_repeated(hm_bytes message, uint32_t *ret_repeat)
{
    static const char begin[] = "message repeated ";
    size_t open = hmi_find(message, HM_BYTES(" times: [ "));
    *ret_repeat = 1;
    if (!hmi_starts_with(message, HM_BYTES(begin)) || open == HMI_NPOS ||
        message.ptr[message.len - 1] != ']') {
        return message;
    }
    uint32_t repeat = 0;
    for (size_t i = sizeof(begin) - 1; i < open; i++) {
        if (!hmi_ascii_digit((char)message.ptr[i]) || repeat > 99999) {
            return message;
        }
        repeat = repeat * 10 + (uint32_t)(message.ptr[i] - '0');
    }
    *ret_repeat = repeat > 0 ? repeat : 1;
    return hmi_slice(message, open + 10, message.len - open - 11);
}

static bool is_program(hm_bytes program, const char *name)
{
    return hmi_bytes_eq(program, hmi_text_bytes(hmi_text_of(name)));
}

bool hmi_auth_message(hm_bytes program, hm_bytes message, hmi_event *event)
{
    uint32_t repeat = 1;
    uint16_t field_count = event->field_count;
    message = unwrap_repeated(message, &repeat);
    bool sshd = hmi_starts_with(program, HM_BYTES("sshd")) || is_program(program, "dropbear");
    bool known = (sshd && read_sshd(message, event)) || read_pam(message, event) ||
                 (is_program(program, "sudo") && read_sudo(message, event)) ||
                 (is_program(program, "useradd") && read_account(message, event));
    if (!known) {
        event->field_count = field_count; /* a sentence may have been half understood */
        event->outcome = HMI_OUTCOME_UNKNOWN;
        return false;
    }
    event->kind = HMI_EVENT_LOGIN;
    event->repeat = repeat;
    return true;
}
