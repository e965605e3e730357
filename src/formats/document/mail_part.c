/* SPDX-License-Identifier: Apache-2.0
 *
 * mail_part.c - the parts of an e-mail: text to search, attachments to hand on.
 *
 * FORM   MIME (RFC 2045, 2046): "Content-Type: multipart/x; boundary=b" says that the body is parts
 *        between lines "--b", ended by "--b--"; each has headers and a body of its own.
 *        "Content-Transfer-Encoding" is base64, quoted-printable, or none. A part with a file name,
 *        with "Content-Disposition: attachment", or that is no text, is an attachment; a whole
 *        message as a part is one too, and is read as evidence of its own. Names may be encoded
 *        ("=?utf-8?B?...?=", RFC 2047) or percent-encoded (filename*=, RFC 2231).
 * TRUST  None. Depth, number of parts and bytes of attachments are bounded; characters that are no
 *        base64 are skipped, as mail programs do. A boundary that never ends takes the rest.
 * OWNS   Decoded bytes in an arena of the part, freed with it.
 */
#include "base/error.h"
#include "base/num.h"
#include "base/text.h"
#include "formats/document/mail.h"
#include "formats/scan/scan.h"

enum { NAME_MAX_BYTES = 1024 };

#define OUTPUT_MAX (UINT64_C(256) << 20) /* when the reading names none */

typedef struct part {
    hm_bytes type, disposition, encoding; /* header values as spelled */
    hm_bytes body;
} part;

static hm_text as_text(hm_bytes bytes)
{
    return hmi_text((const char *)bytes.ptr, bytes.len);
}

/* ---- Parameters: `; name=value`, `; name="value"` */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The value of a parameter; empty when it is not there. */
static hm_bytes parameter(hm_bytes value, hm_text wanted)
{
    size_t at = 0;
    while ((at < value.len) && value.ptr[at] != ';') {
        at++;
    }
    while (at < value.len) {
        at++;
        while (at < value.len && (is_blank(value.ptr[at]) || value.ptr[at] == ';')) {
            at++;
        }
        size_t name = at;
        while (at < value.len && value.ptr[at] != '=' && value.ptr[at] != ';' &&
               !is_blank(value.ptr[at])) {
            at++;
        }
        hm_text found = as_text(hmi_slice(value, name, at - name));
        if (at >= value.len || value.ptr[at] != '=') {
            continue;
        }
        bool quoted = at + 1 < value.len && value.ptr[at + 1] == '"';
        size_t begin = at + (quoted ? 2u : 1u), end = begin;
        while (end < value.len && (quoted ? value.ptr[end] != '"'
                                          : value.ptr[end] != ';' && !is_blank(value.ptr[end]))) {
            end++;
        }
        if (hmi_text_ieq(found, wanted)) {
            return hmi_slice(value, begin, end - begin);
        }
        at = end;
        while (at < value.len && value.ptr[at] != ';') {
            at++;
        }
    }
    return (hm_bytes){ NULL, 0 };
}

/* ---- Encodings. Decoding never makes anything longer. */

static int digit64(uint8_t c)
{
    if (hmi_ascii_alpha((char)c)) {
        return c >= 'a' ? c - 'a' + 26 : c - 'A';
    }
    return hmi_ascii_digit((char)c) ? c - '0' + 52 : c == '+' ? 62 : c == '/' ? 63 : -1;
}

static size_t decode_base64(hm_bytes in, uint8_t *out)
{
    uint32_t bits = 0;
    unsigned count = 0;
    size_t len = 0;
    for (size_t i = 0; i < in.len && in.ptr[i] != '='; i++) {
        int digit = digit64(in.ptr[i]);
        if (digit < 0) {
            continue;
        }
        bits = bits << 6 | (uint32_t)digit;
        count += 6;
        if (count >= 8) {
            count -= 8;
            out[len++] = (uint8_t)(bits >> count);
        }
    }
    return len;
}

/* `escape` is '=' in bodies and '%' in names; `blank` is what stands for a space, or 0. */
static size_t decode_escapes(hm_bytes in, uint8_t escape, uint8_t blank, uint8_t *out)
{
    size_t len = 0;
    for (size_t i = 0; i < in.len; i++) {
        uint8_t c = in.ptr[i];
        int high = i + 2 < in.len ? hmi_hex_digit((char)in.ptr[i + 1]) : -1;
        int low = i + 2 < in.len ? hmi_hex_digit((char)in.ptr[i + 2]) : -1;
        if (c == escape && high >= 0 && low >= 0) {
            out[len++] = (uint8_t)(high << 4 | low);
            i += 2;
        } else if (c == '=' && escape == '=' && i + 1 < in.len && in.ptr[i + 1] == '\n') {
            i++; /* a soft line end */
        } else if (c == '=' && escape == '=' && i + 2 < in.len && in.ptr[i + 1] == '\r' &&
                   in.ptr[i + 2] == '\n') {
            i += 2;
        } else {
            out[len++] = blank != 0 && c == blank ? ' ' : c;
        }
    }
    return len;
}

static bool is_word(hm_bytes value, const char *word)
{
    return hmi_text_ieq(hmi_text_trim(as_text(value)), hmi_text_of(word));
}

/* Lends the body when nothing is encoded; .ptr NULL when the arena refuses. */
static hm_bytes decode_body(hmi_arena *arena, const part *p)
{
    bool base64 = is_word(p->encoding, "base64");
    if (!base64 && !is_word(p->encoding, "quoted-printable")) {
        return p->body.ptr != NULL ? p->body : HM_BYTES("");
    }
    uint8_t *out = hmi_arena_take(arena, p->body.len + 1, 1);
    if (out == NULL) {
        return (hm_bytes){ NULL, 0 };
    }
    return hmi_bytes(out,
                     base64 ? decode_base64(p->body, out) : decode_escapes(p->body, '=', 0, out));
}

/* "=?charset?B?...?=": the first encoded word only, which is all that names need. */
static hm_bytes decode_word(hmi_arena *arena, hm_bytes name)
{
    size_t mark = hmi_find(name, HM_BYTES("=?"));
    hm_bytes rest = mark == HMI_NPOS ? (hm_bytes){ NULL, 0 } : hmi_slice(name, mark + 2, name.len);
    size_t charset = hmi_find_byte(rest, '?');
    if (charset == HMI_NPOS || rest.len < charset + 3 || rest.ptr[charset + 2] != '?') {
        return name;
    }
    bool base64 = rest.ptr[charset + 1] == 'B' || rest.ptr[charset + 1] == 'b';
    hm_bytes inside = hmi_slice(rest, charset + 3, rest.len);
    inside = hmi_slice(inside, 0, hmi_find(inside, HM_BYTES("?=")));
    uint8_t *out = hmi_arena_take(arena, inside.len + 1, 1);
    if (out == NULL) {
        return name;
    }
    return hmi_bytes(out,
                     base64 ? decode_base64(inside, out) : decode_escapes(inside, '=', '_', out));
}

static hm_bytes name_of(hmi_arena *arena, const part *p)
{
    hm_bytes name = parameter(p->disposition, HM_TEXT("filename*"));
    size_t quote = hmi_find_last_byte(name, '\'');
    if (quote != HMI_NPOS) {
        name = hmi_slice(name, quote + 1, name.len);
        uint8_t *out = hmi_arena_take(arena, name.len + 1, 1);
        return out == NULL ? name : hmi_bytes(out, decode_escapes(name, '%', 0, out));
    }
    name = parameter(p->disposition, HM_TEXT("filename"));
    if (name.len == 0) {
        name = parameter(p->type, HM_TEXT("name"));
    }
    return decode_word(arena, hmi_slice(name, 0, NAME_MAX_BYTES));
}

/* ---- One part */

static int hand_on(hmi_mail *mail, hm_bytes name, hm_bytes content, uint64_t offset, hm_err *err)
{
    uint64_t max = mail->reading->output_max > 0 ? mail->reading->output_max : OUTPUT_MAX;
    hmi_member member = { .name = hmi_slice(name, 0, HMI_MEMBER_NAME_MAX),
                          .content = content,
                          .offset = offset };
    if (content.len > max - mail->output) {
        member.content.len = (size_t)(max - mail->output);
        member.truncated = true;
        HMI_TRY(hmi_emit_note(mail->reading, HMI_NOTE_DAMAGE, HM_E_LIMIT, offset, err,
                              "attachments are larger than the limit: this one is cut"));
    }
    mail->output += member.content.len;
    hmi_sink *sink = mail->reading->sink;
    return member.content.len == 0 ? HM_OK : hmi_sink_member(sink, &member, err);
}

static int read_leaf(hmi_mail *mail, const part *p, hm_err *err)
{
    hmi_arena arena;
    uint64_t offset = p->body.ptr != NULL ? (uint64_t)(p->body.ptr - mail->file.ptr) : 0;
    hmi_arena_init(&arena, p->body.len + (1 << 16));
    hm_bytes name = name_of(&arena, p), content = decode_body(&arena, p);
    int code = HM_OK;
    bool text = p->type.len == 0 || hmi_text_istarts(as_text(p->type), HM_TEXT("text/"));
    bool attached =
        name.len > 0 || !text || hmi_text_istarts(as_text(p->disposition), HM_TEXT("attachment"));
    if (content.ptr == NULL) {
        code = hmi_arena_fail(&arena, err);
    } else if (attached) {
        code = hand_on(mail, name, content, offset, err);
    } else {
        code = hmi_scan_text(mail->reading, content, offset, HMI_ROLE_CONTENT, err);
    }
    hmi_arena_fini(&arena);
    return code;
}

static hm_bytes trim_front(hm_bytes value)
{
    while (value.len > 0 && is_blank(value.ptr[0])) {
        value = hmi_slice(value, 1, value.len);
    }
    return value;
}

static part split_part(hm_bytes bytes)
{
    part p = { .body = bytes };
    hm_bytes value, line;
    hm_text name;
    for (unsigned n = 0; n < HMI_MAIL_HEADERS_MAX && hmi_mail_header(&p.body, &name, &value); n++) {
        value = trim_front(hmi_slice(value, 0, HMI_MAIL_VALUE_MAX));
        if (hmi_text_ieq(name, HM_TEXT("content-type"))) {
            p.type = value;
        } else if (hmi_text_ieq(name, HM_TEXT("content-disposition"))) {
            p.disposition = value;
        } else if (hmi_text_ieq(name, HM_TEXT("content-transfer-encoding"))) {
            p.encoding = value;
        }
    }
    hm_bytes rest = p.body;
    if (hmi_next_line(&rest, &line) && line.len == 0) {
        p.body = rest;
    }
    return p;
}

/* ---- Parts of parts. The stack is what is left of each multipart that is open. */

typedef struct level {
    hm_bytes rest, boundary;
} level;

/* The next line that begins with "--boundary"; *ret_before is what stands before it. False at the
 * end: then it is all that is left. */
static bool cut_at_boundary(level *l, hm_bytes *ret_before, bool *ret_last)
{
    hm_bytes rest = l->rest, line;
    while (rest.len > 0) {
        const uint8_t *begin = rest.ptr;
        (void)hmi_next_line(&rest, &line);
        bool mark = line.len >= l->boundary.len + 2 && line.ptr[0] == '-' && line.ptr[1] == '-' &&
                    memcmp(line.ptr + 2, l->boundary.ptr, l->boundary.len) == 0;
        if (mark) {
            hm_bytes tail = hmi_slice(line, l->boundary.len + 2, line.len);
            *ret_before = hmi_bytes(l->rest.ptr, (size_t)(begin - l->rest.ptr));
            *ret_last = hmi_starts_with(tail, HM_BYTES("--"));
            l->rest = rest;
            return true;
        }
    }
    *ret_before = l->rest;
    *ret_last = true;
    l->rest = (hm_bytes){ NULL, 0 };
    return false;
}

static bool open_level(const part *p, level *ret)
{
    hm_bytes boundary = parameter(p->type, HM_TEXT("boundary"));
    if (!hmi_text_istarts(as_text(p->type), HM_TEXT("multipart/")) || boundary.len == 0 ||
        boundary.len > HMI_MAIL_BOUNDARY_MAX) {
        return false;
    }
    hm_bytes before;
    bool last = false;
    *ret = (level){ .rest = p->body, .boundary = boundary };
    return cut_at_boundary(ret, &before, &last) && !last;
}

int hmi_mail_parts(hmi_mail *mail, hm_err *err)
{
    level levels[HMI_MAIL_DEPTH_MAX];
    size_t depth = 0;
    part p = split_part(mail->message);
    if (!open_level(&p, &levels[0])) {
        return read_leaf(mail, &p, err);
    }
    for (depth = 1; depth > 0;) {
        level *l = &levels[depth - 1];
        hm_bytes bytes;
        bool last = false;
        (void)cut_at_boundary(l, &bytes, &last);
        if (last) {
            depth--;
        }
        if (mail->parts++ == HMI_MAIL_PARTS_MAX) {
            return hmi_emit_note(mail->reading, HMI_NOTE_DAMAGE, HM_E_LIMIT, HM_OFFSET_NONE, err,
                                 "more than %d parts: read up to here", HMI_MAIL_PARTS_MAX);
        }
        p = split_part(bytes);
        if (depth < HMI_MAIL_DEPTH_MAX && open_level(&p, &levels[depth])) {
            depth++;
        } else if (p.body.len > 0) {
            HMI_TRY(read_leaf(mail, &p, err));
        }
    }
    return HM_OK;
}
