/* SPDX-License-Identifier: Apache-2.0
 *
 * banner.c - what SSH and SMB tell about themselves before anything is encrypted.
 *
 * FORM   SSH: one line "SSH-2.0-software comment" (RFC 4253 section 4.2). SMB over TCP: 00 and a
 *        24-bit length, then ff or fe and "SMB" (MS-SMB2 2.1, 2.2.1): command at 12; of SMB 2 and 3
 *        the offered dialects, the shares and files asked for, and the account in an NTLM message
 *        (MS-NLMP 2.2.1.3: domain at 28, user at 36; each length, room, offset).
 * TRUST  None: offsets inside are of the message, and lengths are checked against it.
 * OWNS   Nothing.
 */
#include "base/cursor.h"
#include "base/text.h"
#include "formats/record/capture/capture.h"

enum {
    SSH_LINE_MAX = 255,
    SMB_HEADER = 64,
    SMB_NEGOTIATE = 0,
    SMB_SESSION = 1,
    SMB_TREE = 3,
    SMB_CREATE = 5,
    SMB_DIALECTS_MAX = 8,
    SMB_NAME_MAX = 1024
};

/* ---- SSH */

static bool starts_ssh(hm_bytes bytes)
{
    return hmi_starts_with(bytes, HM_BYTES("SSH-"));
}

static bool needs_line(hm_bytes bytes)
{
    return bytes.len < SSH_LINE_MAX && hmi_find_byte(bytes, '\n') == HMI_NPOS;
}

static void read_ssh(hmi_capture *capture, hm_bytes bytes, hmi_role role)
{
    hm_bytes line, rest = hmi_slice(bytes, 0, SSH_LINE_MAX);
    if (hmi_next_line(&rest, &line)) {
        hmi_event_add(&capture->event, HMI_PROTOCOL_MARK, role,
                      hmi_arena_bytes(&capture->scratch, line));
    }
}

static void read_ssh_client(hmi_capture *capture, hm_bytes bytes)
{
    read_ssh(capture, bytes, HMI_ROLE_CLIENT);
}

static void read_ssh_server(hmi_capture *capture, hm_bytes bytes)
{
    read_ssh(capture, bytes, HMI_ROLE_SERVER);
}

/* ---- SMB */

static bool starts_smb(hm_bytes bytes)
{
    return bytes.len >= 8 && bytes.ptr[0] == 0 && (bytes.ptr[4] == 0xfe || bytes.ptr[4] == 0xff) &&
           memcmp(bytes.ptr + 5, "SMB", 3) == 0;
}

static bool needs_message(hm_bytes bytes)
{
    size_t len = (size_t)bytes.ptr[1] << 16 | (size_t)bytes.ptr[2] << 8 | bytes.ptr[3];
    return len < HMI_CAPTURE_HEAD_BYTES && bytes.len < len + 4;
}

static void add_utf16(hmi_capture *capture, hmi_class class_id, hmi_role role, hm_bytes raw)
{
    if (raw.len > 0 && raw.len <= SMB_NAME_MAX) {
        hm_text text = hmi_text_from_utf16(&capture->scratch, raw, false);
        hmi_event_add(&capture->event, class_id, role, hmi_text_bytes(text));
    }
}

static void read_ntlm(hmi_capture *capture, hm_bytes message)
{
    size_t at = hmi_find(message, HM_BYTES("NTLMSSP\0\3\0\0"));
    if (at == HMI_NPOS) {
        return;
    }
    hm_bytes ntlm = hmi_slice(message, at, message.len);
    hmi_cur cur = hmi_cur_over(ntlm);
    hmi_cur_seek(&cur, 36);
    size_t len = hmi_cur_u16(&cur);
    hmi_cur_skip(&cur, 2);
    size_t offset = hmi_cur_u32(&cur);
    if (!cur.bad && offset <= ntlm.len && len <= ntlm.len - offset) {
        add_utf16(capture, HMI_ACCOUNT, HMI_ROLE_USER, hmi_slice(ntlm, offset, len));
    }
}

static void read_dialects(hmi_capture *capture, hmi_cur cur)
{
    static const char digits[] = "0123456789abcdef";
    hmi_cur_skip(&cur, 2);
    unsigned count = hmi_cur_u16(&cur);
    hmi_cur_skip(&cur, 32);
    char mark[8 + SMB_DIALECTS_MAX * 5] = "smb2";
    size_t len = 4;
    for (unsigned i = 0; i < count && i < SMB_DIALECTS_MAX; i++) {
        unsigned dialect = hmi_cur_u16(&cur);
        mark[len++] = i == 0 ? ':' : '+';
        for (int shift = 12; shift >= 0; shift -= 4) {
            mark[len++] = digits[dialect >> shift & 15];
        }
    }
    if (!cur.bad && count > 0) {
        hmi_event_add(&capture->event, HMI_PROTOCOL_MARK, HMI_ROLE_CLIENT,
                      hmi_arena_bytes(&capture->scratch, hmi_bytes(mark, len)));
    }
}

/* A name whose place in the message stands at `at`. */
static void read_name(hmi_capture *capture, hm_bytes message, size_t at)
{
    hmi_cur cur = hmi_cur_over(message);
    hmi_cur_seek(&cur, at);
    size_t offset = hmi_cur_u16(&cur), len = hmi_cur_u16(&cur);
    hm_bytes name = hmi_slice(message, offset, len);
    if (cur.bad || name.len != len) {
        return;
    }
    /* One component is a name: a file's, or a pipe's. */
    bool path = hmi_find_byte(name, '\\') != HMI_NPOS;
    add_utf16(capture, path ? HMI_FILE_PATH : HMI_FILE_NAME, HMI_ROLE_QUERY, name);
}

static void read_smb(hmi_capture *capture, hm_bytes bytes)
{
    size_t len = (size_t)bytes.ptr[1] << 16 | (size_t)bytes.ptr[2] << 8 | bytes.ptr[3];
    hm_bytes message = hmi_slice(bytes, 4, len);
    if (message.len == 0 || message.ptr[0] == 0xff) {
        hmi_event_add(&capture->event, HMI_PROTOCOL_MARK, HMI_ROLE_CLIENT, HM_BYTES("smb1"));
        return;
    }
    hmi_cur cur = hmi_cur_over(message);
    hmi_cur_seek(&cur, 12);
    unsigned command = hmi_cur_u16(&cur);
    hmi_cur_seek(&cur, SMB_HEADER);
    if (cur.bad) {
        return;
    }
    if (command == SMB_NEGOTIATE) {
        read_dialects(capture, cur);
    } else if (command == SMB_SESSION) {
        read_ntlm(capture, message);
    } else if (command == SMB_TREE) {
        read_name(capture, message, SMB_HEADER + 4);
    } else if (command == SMB_CREATE) {
        read_name(capture, message, SMB_HEADER + 44);
    }
}

const hmi_speech hmi_speech_ssh_client = { "ssh",      HMI_EVENT_LOGIN, HMI_SAID_BY_CLIENT,
                                           starts_ssh, needs_line,      read_ssh_client };
const hmi_speech hmi_speech_ssh_server = { "ssh",      HMI_EVENT_OTHER, HMI_SAID_BY_SERVER,
                                           starts_ssh, needs_line,      read_ssh_server };
const hmi_speech hmi_speech_smb_client = { "smb",      HMI_EVENT_OTHER, HMI_SAID_BY_CLIENT,
                                           starts_smb, needs_message,   read_smb };
