/* SPDX-License-Identifier: Apache-2.0
 *
 * dns.c - questions and answers of one DNS message.
 *
 * FORM   RFC 1035 section 4: id, flags, four counts; questions (name, type, class); records (name,
 *        type, class, time to live, length, content). A name is labels of up to 63 bytes; a byte of
 *        c0 and more points back into the message. Types 1 and 28 are addresses; 2, 5, 12, 15, 39
 *        name other machines; 16 is text, which tunnels use.
 * TRUST  Pointers may point anywhere, at themselves too: HMI_DNS_JUMPS_MAX of them and
 *        HMI_DNS_NAME_MAX bytes are followed, at most HMI_DNS_RECORDS_MAX records read. A name that
 *        breaks a rule ends the message there; what stood before stays.
 * OWNS   Nothing.
 */
#include "base/cursor.h"
#include "formats/record/capture/capture.h"

enum {
    TYPE_A = 1,
    TYPE_NS = 2,
    TYPE_CNAME = 5,
    TYPE_PTR = 12,
    TYPE_MX = 15,
    TYPE_TXT = 16,
    TYPE_AAAA = 28,
    TYPE_DNAME = 39
};

/* Where a name is written while its labels are gathered. */
typedef struct name_out {
    char text[HMI_DNS_NAME_MAX * 2 + 2];
    size_t len;
} name_out;

static void put_label(name_out *out, hm_bytes label)
{
    if (out->len > 0) {
        out->text[out->len++] = '.';
    }
    for (size_t i = 0; i < label.len; i++) {
        if (label.ptr[i] == '.') { /* no label border: the name must not look like another */
            out->text[out->len++] = '\\';
        }
        out->text[out->len++] = (char)label.ptr[i];
    }
}

/* Moves the cursor behind the name where it stands. */
static bool read_name(hmi_cur *cur, name_out *out)
{
    hmi_cur at = *cur;
    bool jumped = false;
    size_t total = 0;
    out->len = 0;
    for (unsigned jumps = 0; jumps <= HMI_DNS_JUMPS_MAX;) {
        uint8_t len = hmi_cur_u8(&at);
        if (at.bad || (len & 0xc0) == 0x40 || (len & 0xc0) == 0x80) {
            return false;
        }
        if (len >= 0xc0) {
            size_t target = (size_t)(len & 0x3f) << 8 | hmi_cur_u8(&at);
            if (!jumped) {
                *cur = at;
            }
            jumped = true;
            jumps++;
            hmi_cur_seek(&at, target);
            continue;
        }
        if (len == 0) {
            if (!jumped) {
                *cur = at;
            }
            return !at.bad;
        }
        total += (size_t)len + 1;
        hm_bytes label = hmi_cur_bytes(&at, len);
        if (at.bad || total > HMI_DNS_NAME_MAX) {
            return false;
        }
        put_label(out, label);
    }
    return false;
}

static void add_name(hmi_capture *capture, hmi_role role, const name_out *name)
{
    hm_bytes copy = hmi_arena_bytes(&capture->scratch, hmi_bytes(name->text, name->len));
    if (copy.ptr != NULL) {
        hmi_event_add(&capture->event, HMI_DOMAIN, role, copy);
    }
}

static void add_address(hmi_capture *capture, hm_bytes raw)
{
    uint8_t address[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    char *text = hmi_arena_take(&capture->scratch, HMI_ADDRESS_TEXT_MAX, 1);
    if ((raw.len != 4 && raw.len != 16) || text == NULL) {
        return;
    }
    memcpy(address + 16 - raw.len, raw.ptr, raw.len);
    size_t len = hmi_address_write(address, text);
    hmi_event_add(&capture->event, HMI_ADDRESS, HMI_ROLE_SERVER, hmi_bytes(text, len));
}

static bool read_record(hmi_capture *capture, hmi_cur *cur)
{
    name_out name;
    if (!read_name(cur, &name)) {
        return false;
    }
    unsigned type = hmi_cur_u16(cur);
    hmi_cur_skip(cur, 6);
    size_t len = hmi_cur_u16(cur), begin = cur->pos;
    hm_bytes content = hmi_cur_bytes(cur, len);
    if (cur->bad) {
        return false;
    }
    hmi_cur inside = *cur; /* names inside may point anywhere into the message */
    inside.pos = begin + (type == TYPE_MX ? 2u : 0u);
    switch (type) {
    case TYPE_A:
    case TYPE_AAAA:
        add_address(capture, content);
        break;
    case TYPE_MX:
    case TYPE_NS:
    case TYPE_CNAME:
    case TYPE_PTR:
    case TYPE_DNAME:
        if (inside.pos < inside.over.len && read_name(&inside, &name)) {
            add_name(capture, HMI_ROLE_SERVER, &name);
        }
        break;
    case TYPE_TXT: /* free text */
        hmi_event_add(&capture->event, HMI_CLASS_NONE, HMI_ROLE_CONTENT, content);
        break;
    default:
        break;
    }
    return true;
}

void hmi_dns_read(hmi_capture *capture, hm_bytes message, bool with_query)
{
    hmi_cur cur = hmi_cur_over(message);
    cur.big = true;
    hmi_cur_skip(&cur, 2);
    unsigned flags = hmi_cur_u16(&cur);
    unsigned questions = hmi_cur_u16(&cur), answers = hmi_cur_u16(&cur);
    hmi_cur_skip(&cur, 4);
    bool reply = (flags & 0x8000) != 0, query_opcode = (flags & 0x7800) == 0;
    if (cur.bad || !query_opcode || questions > HMI_DNS_RECORDS_MAX) {
        return;
    }
    name_out name;
    for (unsigned i = 0; i < questions; i++) {
        if (!read_name(&cur, &name)) {
            capture->event.cut = true;
            return;
        }
        hmi_cur_skip(&cur, 4);
        if (!reply || with_query) {
            add_name(capture, HMI_ROLE_QUERY, &name);
        }
    }
    if (!reply) {
        return;
    }
    capture->event.outcome = (flags & 15) == 0 ? HMI_OUTCOME_SUCCESS : HMI_OUTCOME_FAILURE;
    for (unsigned i = 0; i < answers && i < HMI_DNS_RECORDS_MAX; i++) {
        if (!read_record(capture, &cur)) {
            capture->event.cut = true;
            return;
        }
    }
}
