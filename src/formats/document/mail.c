/* SPDX-License-Identifier: Apache-2.0
 *
 * mail.c - an e-mail: who, through which hosts, with what program, which links, what attached.
 *
 * WHY    Most intrusions begin with one; its headers name machines that the sender did not write.
 * FORM   RFC 5322: "Name: value" lines, continued by leading blanks, up to an empty line; then the
 *        body, in parts by MIME (mail_part.c). "Received: from HELO (name [address]) by host ...;
 *        date" is written by each host on the way, the last one on top.
 * TRUST  None: anything may be forged but the uppermost Received lines. At most
 * HMI_MAIL_HEADERS_MAX headers are looked at, each up to HMI_MAIL_VALUE_MAX bytes. OWNS   A scratch
 * arena, for one call.
 */
#include "formats/document/mail.h"

#include "base/error.h"
#include "base/text.h"
#include "formats/reader.h"
#include "formats/record/event.h"
#include "formats/scan/scan.h"

enum { MAIL_VERSION = 1, DETECT_BYTES = 1 << 16, SCRATCH_MAX = 1 << 20, RECEIVED_MAX = 32 };

/* ---- Headers */

/* One header with its continuations; false at the empty line, at the end, and where no header is.
 */
bool hmi_mail_header(hm_bytes *rest, hm_text *ret_name, hm_bytes *ret_value)
{
    hm_bytes after = *rest, line;
    if (!hmi_next_line(&after, &line) || line.len == 0) {
        return false;
    }
    size_t colon = hmi_find_byte(line, ':');
    if (colon == HMI_NPOS || colon == 0) {
        return false;
    }
    for (size_t i = 0; i < colon; i++) {
        if (line.ptr[i] <= ' ' || line.ptr[i] > '~') {
            return false;
        }
    }
    const uint8_t *end = line.ptr + line.len;
    while (after.len > 0 && (after.ptr[0] == ' ' || after.ptr[0] == '\t') &&
           hmi_next_line(&after, &line)) {
        end = line.ptr + line.len;
    }
    const uint8_t *begin = rest->ptr + colon + 1;
    *ret_name = hmi_text((const char *)rest->ptr, colon);
    *ret_value = (hm_bytes){ begin, (size_t)(end - begin) };
    *rest = after;
    return true;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static hm_bytes trim(hm_bytes value)
{
    while (value.len > 0 && is_space(value.ptr[0])) {
        value = hmi_slice(value, 1, value.len);
    }
    while (value.len > 0 && is_space(value.ptr[value.len - 1])) {
        value.len--;
    }
    return value;
}

/* The next word, and where it ends; words end with blanks. */
static hm_bytes next_word(hm_bytes *rest)
{
    *rest = trim(*rest);
    size_t len = 0;
    while (len < rest->len && !is_space(rest->ptr[len])) {
        len++;
    }
    hm_bytes word = hmi_slice(*rest, 0, len);
    *rest = hmi_slice(*rest, len, rest->len);
    return word;
}

/* ---- Moments */

static bool read_digits(hm_bytes text, size_t *pos, unsigned max, int *ret)
{
    size_t begin = *pos;
    int value = 0;
    while (*pos < text.len && *pos - begin < max && hmi_ascii_digit((char)text.ptr[*pos])) {
        value = value * 10 + (text.ptr[(*pos)++] - '0');
    }
    *ret = value;
    return *pos > begin;
}

static bool read_clock(hm_bytes word, hmi_civil *civil)
{
    int part[3] = { 0, 0, 0 };
    size_t pos = 0;
    for (unsigned i = 0; i < 3 && pos < word.len; i++) {
        if (!read_digits(word, &pos, 2, &part[i]) || (pos < word.len && word.ptr[pos++] != ':')) {
            return false;
        }
    }
    civil->hour = (uint8_t)part[0];
    civil->minute = (uint8_t)part[1];
    civil->second = (uint8_t)part[2];
    return pos == word.len;
}

bool hmi_mail_date(hm_bytes value, hmi_instant *ret)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    hmi_civil civil = { .year = 0 };
    hm_bytes rest = value, word = next_word(&rest);
    int number = 0;
    size_t pos = 0;
    if (word.len > 0 && !hmi_ascii_digit((char)word.ptr[0])) { /* the day of the week */
        word = next_word(&rest);
    }
    if (!read_digits(word, &pos, 2, &number) || pos != word.len) {
        return false;
    }
    civil.day = (uint8_t)number;
    word = next_word(&rest);
    for (unsigned i = 0; i < 12 && word.len == 3; i++) {
        if (hmi_text_ieq(hmi_text((const char *)word.ptr, 3), hmi_text(months + i * 3, 3))) {
            civil.month = (uint8_t)(i + 1);
        }
    }
    word = next_word(&rest);
    pos = 0;
    if (civil.month == 0 || !read_digits(word, &pos, 4, &civil.year) || pos != word.len ||
        civil.year < 1970 || !read_clock(next_word(&rest), &civil)) {
        return false;
    }
    word = next_word(&rest);
    pos = 1;
    int zone = 0;
    bool given = word.len == 5 && (word.ptr[0] == '+' || word.ptr[0] == '-') &&
                 read_digits(word, &pos, 4, &zone) && pos == 5;
    bool utc = hmi_bytes_eq(word, HM_BYTES("GMT")) || hmi_bytes_eq(word, HM_BYTES("UT")) ||
               hmi_bytes_eq(word, HM_BYTES("Z"));
    int minutes = zone / 100 * 60 + zone % 100;
    if (minutes > 14 * 60) {
        return false;
    }
    minutes = word.len > 0 && word.ptr[0] == '-' ? -minutes : minutes;
    *ret = (hmi_instant){ .zone_minutes = (int16_t)minutes,
                          .trust = given || utc ? HMI_TIME_EXACT : HMI_TIME_ZONE_ASSUMED };
    return hmi_civil_to_us(&civil, (int16_t)minutes, &ret->us);
}

/* ---- What a header gives */

int hmi_mail_emit(hmi_mail *mail, hmi_class class_id, hmi_role role, hm_bytes raw, hm_err *err)
{
    if (raw.len == 0 || raw.len > HMI_TRAIT_VALUE_MAX) {
        return HM_OK;
    }
    hmi_arena_reset(&mail->scratch);
    hm_text text = hmi_text_lossy(&mail->scratch, raw);
    if (text.ptr == NULL) {
        return hmi_arena_fail(&mail->scratch, err);
    }
    hmi_trait like = { .class_id = class_id,
                       .role = role,
                       .offset = (uint64_t)(raw.ptr - mail->file.ptr),
                       .count = 1,
                       .first_us = mail->sent.us,
                       .last_us = mail->sent.us };
    return hmi_emit_like(mail->reading, &like, text, err);
}

static bool in_address(uint8_t c)
{
    return hmi_ascii_alnum((char)c) || (c != 0 && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL) ||
           c >= 0x80;
}

/* Every "local@domain", with or without a name and brackets around it. */
static int emit_addresses(hmi_mail *mail, hmi_role role, hm_bytes value, hm_err *err)
{
    size_t from = 0;
    for (unsigned n = 0; n < HMI_MAIL_ADDRESSES_MAX; n++) {
        size_t at = hmi_find_byte(hmi_slice(value, from, value.len), '@');
        if (at == HMI_NPOS) {
            break;
        }
        at += from;
        size_t begin = at, end = at + 1;
        while (begin > from && in_address(value.ptr[begin - 1])) {
            begin--;
        }
        while (end < value.len && in_address(value.ptr[end])) {
            end++;
        }
        HMI_TRY(hmi_mail_emit(mail, HMI_MAIL, role, hmi_slice(value, begin, end - begin), err));
        from = end;
    }
    return HM_OK;
}

static int emit_host(hmi_mail *mail, hmi_role role, hm_bytes host, hm_err *err)
{
    while (host.len > 0 && (host.ptr[0] == '(' || host.ptr[0] == '[')) {
        host = hmi_slice(host, 1, host.len);
    }
    while (host.len > 0 && strchr(")];,.", host.ptr[host.len - 1]) != NULL) {
        host.len--;
    }
    if (hmi_text_istarts(hmi_text((const char *)host.ptr, host.len), HM_TEXT("ipv6:"))) {
        host = hmi_slice(host, 5, host.len);
    }
    hmi_event event = { .field_count = 0 };
    hmi_event_add_host(&event, role, host, NULL);
    return event.field_count == 0 ? HM_OK
                                  : hmi_mail_emit(mail, (hmi_class)event.fields[0].class_id, role,
                                                  event.fields[0].raw, err);
}

/* "from HELO (name [address]) by host": whoever brought it is the client. */
static int emit_received(hmi_mail *mail, hm_bytes value, hm_err *err)
{
    hmi_role role = HMI_ROLE_NONE;
    hm_bytes rest = value;
    for (unsigned n = 0; n < 32 && rest.len > 0; n++) {
        hm_bytes word = next_word(&rest);
        hm_text text = hmi_text((const char *)word.ptr, word.len);
        if (hmi_text_ieq(text, HM_TEXT("from"))) {
            role = HMI_ROLE_CLIENT;
        } else if (hmi_text_ieq(text, HM_TEXT("by"))) {
            role = HMI_ROLE_SERVER;
        } else if (hmi_text_ieq(text, HM_TEXT("with")) || hmi_text_ieq(text, HM_TEXT("id")) ||
                   hmi_text_ieq(text, HM_TEXT("for")) || hmi_find_byte(word, ';') != HMI_NPOS) {
            break;
        } else if (role != HMI_ROLE_NONE) {
            size_t bracket = hmi_find_byte(word, '[');
            HMI_TRY(emit_host(mail, role, hmi_slice(word, 0, bracket), err));
            if (bracket != HMI_NPOS) {
                HMI_TRY(emit_host(mail, role, hmi_slice(word, bracket, word.len), err));
            }
        }
    }
    return HM_OK;
}

typedef enum header_use {
    USE_NONE,
    USE_SENDER,
    USE_RECIPIENT,
    USE_RECEIVED,
    USE_PROGRAM,
    USE_ORIGIN,
    USE_TEXT
} header_use;

static const struct {
    hm_text name;
    header_use use;
} HEADERS[] = {
    { HM_TEXT_INIT("from"), USE_SENDER },
    { HM_TEXT_INIT("sender"), USE_SENDER },
    { HM_TEXT_INIT("reply-to"), USE_SENDER },
    { HM_TEXT_INIT("return-path"), USE_SENDER },
    { HM_TEXT_INIT("x-sender"), USE_SENDER },
    { HM_TEXT_INIT("to"), USE_RECIPIENT },
    { HM_TEXT_INIT("cc"), USE_RECIPIENT },
    { HM_TEXT_INIT("bcc"), USE_RECIPIENT },
    { HM_TEXT_INIT("delivered-to"), USE_RECIPIENT },
    { HM_TEXT_INIT("received"), USE_RECEIVED },
    { HM_TEXT_INIT("x-mailer"), USE_PROGRAM },
    { HM_TEXT_INIT("user-agent"), USE_PROGRAM },
    { HM_TEXT_INIT("x-originating-ip"), USE_ORIGIN },
    { HM_TEXT_INIT("x-sender-ip"), USE_ORIGIN },
    { HM_TEXT_INIT("message-id"), USE_TEXT },
    { HM_TEXT_INIT("subject"), USE_TEXT },
    { HM_TEXT_INIT("date"), USE_NONE },
    { HM_TEXT_INIT("mime-version"), USE_NONE },
    { HM_TEXT_INIT("content-type"), USE_NONE },
};

static const header_use *use_of(hm_text name)
{
    for (size_t i = 0; i < HMI_COUNT(HEADERS); i++) {
        if (hmi_text_ieq(name, HEADERS[i].name)) {
            return &HEADERS[i].use;
        }
    }
    return NULL;
}

static int emit_header(hmi_mail *mail, header_use use, hm_bytes value, unsigned *received,
                       hm_err *err)
{
    switch (use) {
    case USE_SENDER:
        return emit_addresses(mail, HMI_ROLE_SENDER, value, err);
    case USE_RECIPIENT:
        return emit_addresses(mail, HMI_ROLE_RECIPIENT, value, err);
    case USE_RECEIVED:
        return (*received)++ < RECEIVED_MAX ? emit_received(mail, value, err) : HM_OK;
    case USE_PROGRAM:
        return hmi_mail_emit(mail, HMI_USER_AGENT, HMI_ROLE_CLIENT, value, err);
    case USE_ORIGIN:
        return emit_host(mail, HMI_ROLE_SENDER, value, err);
    case USE_TEXT:
        return hmi_mail_emit(mail, HMI_STRING, HMI_ROLE_CONTENT, value, err);
    case USE_NONE:
    default:
        return HM_OK;
    }
}

static void find_date(hmi_mail *mail)
{
    hm_bytes rest = mail->message, value;
    hm_text name;
    for (unsigned n = 0; n < HMI_MAIL_HEADERS_MAX && hmi_mail_header(&rest, &name, &value); n++) {
        if (hmi_text_ieq(name, HM_TEXT("date"))) {
            (void)hmi_mail_date(value, &mail->sent);
            return;
        }
    }
}

static int read_headers(hmi_mail *mail, hm_err *err)
{
    hm_bytes rest = mail->message, value;
    hm_text name;
    unsigned received = 0, n = 0;
    for (; n < HMI_MAIL_HEADERS_MAX && hmi_mail_header(&rest, &name, &value); n++) {
        const header_use *use = use_of(name);
        value = trim(hmi_slice(value, 0, HMI_MAIL_VALUE_MAX));
        if (use != NULL) {
            HMI_TRY(emit_header(mail, *use, value, &received, err));
        }
    }
    if (n == HMI_MAIL_HEADERS_MAX) {
        HMI_TRY(hmi_emit_note(mail->reading, HMI_NOTE_DAMAGE, HM_E_LIMIT,
                              (uint64_t)(rest.ptr - mail->file.ptr), err,
                              "more than %d headers: read up to there", HMI_MAIL_HEADERS_MAX));
    }
    return HM_OK;
}

/* ---- The reader */

/* mbox puts a line "From sender date" in front. */
static hm_bytes without_mark(hm_bytes file)
{
    hm_bytes rest = file, line;
    bool mark = hmi_starts_with(file, HM_BYTES("From ")) && hmi_next_line(&rest, &line);
    return mark ? rest : file;
}

static int detect_mail(hm_bytes file, __attribute__((unused)) hm_bytes name)
{
    hm_bytes rest = without_mark(hmi_slice(file, 0, DETECT_BYTES)), value;
    hm_text header;
    unsigned known = 0, all = 0;
    bool from = false, other = false;
    for (; all < HMI_MAIL_HEADERS_MAX && hmi_mail_header(&rest, &header, &value); all++) {
        known += use_of(header) != NULL;
        bool sender = hmi_text_ieq(header, HM_TEXT("from"));
        from |= sender || hmi_text_ieq(header, HM_TEXT("received"));
        other |= hmi_text_ieq(header, HM_TEXT("date")) || hmi_text_ieq(header, HM_TEXT("to")) ||
                 hmi_text_ieq(header, HM_TEXT("message-id"));
    }
    return from && other && known >= 3 ? 92 : 0;
}

static int emit_date(hmi_mail *mail, hm_err *err)
{
    hmi_buf buf;
    if (mail->sent.us == HMI_TIME_NONE) {
        return HM_OK;
    }
    hmi_buf_init(&buf, 64);
    hmi_buf_add_time(&buf, mail->sent.us);
    int code = hmi_emit_fact(mail->reading, "sent", hmi_buf_text(&buf), err);
    hmi_buf_fini(&buf);
    return code;
}

static int read_mail(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    hm_bytes message = without_mark(file);
    hmi_mail mail = {
        .reading = reading, .file = file, .message = message, .sent = HMI_INSTANT_NONE
    };
    if (detect_mail(file, (hm_bytes){ NULL, 0 }) == 0) {
        return hmi_fail(err, HM_E_MALFORMED, 0, "no headers of an e-mail");
    }
    hmi_arena_init(&mail.scratch, SCRATCH_MAX);
    find_date(&mail);
    int code = emit_date(&mail, err);
    code = code == HM_OK ? read_headers(&mail, err) : code;
    code = code == HM_OK ? hmi_mail_parts(&mail, err) : code;
    hmi_arena_fini(&mail.scratch);
    return code;
}

const hmi_reader hmi_reader_mail = { "mail", "e-mails (RFC 5322, MIME)", MAIL_VERSION, detect_mail,
                                     read_mail };
