/* SPDX-License-Identifier: Apache-2.0
 *
 * speech.c - what client and server say first, put together from as many segments as it takes.
 *
 * WHY    Names and fingerprints stand in the first bytes of each side; a hello of today's browsers
 *        needs two segments, a chain of certificates four.
 * FORM   A segment that begins as a known protocol does, starts a head; segments that follow in
 *        order are appended until the protocol says it is enough, the head is full, or a gap shows.
 * TRUST  Retransmitted bytes are ignored: the first copy counts. A head holds at most
 *        HMI_CAPTURE_HEAD_BYTES, and there are at most HMI_CAPTURE_HEADS_MAX: one more takes the
 *        place of another, which is read as far as it goes.
 * OWNS   The heads, in the capture's arena, made when first needed.
 */
#include "base/error.h"
#include "base/num.h"
#include "formats/record/capture/capture.h"

struct hmi_head_buffer {
    hmi_flow *owner; /* NULL: free */
    const hmi_speech *speech;
    unsigned side;
    size_t len;
    int64_t us;
    uint64_t offset;
    uint8_t bytes[HMI_CAPTURE_HEAD_BYTES];
};

static const hmi_speech *const SPEECHES[] = { &hmi_speech_tls_client, &hmi_speech_tls_server,
                                              &hmi_speech_http,       &hmi_speech_http_reply,
                                              &hmi_speech_ssh_client, &hmi_speech_ssh_server,
                                              &hmi_speech_smb_client };

/* ---- Events */

static void add_address(hmi_capture *capture, hmi_role role, const uint8_t address[16])
{
    char *text = hmi_arena_take(&capture->scratch, HMI_ADDRESS_TEXT_MAX, 1);
    if (text != NULL) {
        size_t len = hmi_address_write(address, text);
        hmi_event_add(&capture->event, HMI_ADDRESS, role, hmi_bytes(text, len));
    }
}

void hmi_capture_begin(hmi_capture *capture, const hmi_flow *flow, hmi_event_kind kind, int64_t us,
                       uint64_t offset)
{
    hmi_event_clear(&capture->event, offset);
    capture->event.kind = kind;
    capture->event.time.us = us;
    capture->event.client_port = flow->client_port;
    capture->event.server_port = flow->server_port;
    add_address(capture, HMI_ROLE_CLIENT, flow->client);
    add_address(capture, HMI_ROLE_SERVER, flow->server);
}

int hmi_capture_send(hmi_capture *capture, hm_err *err)
{
    return capture->event.field_count > 2
               ? capture->sink->event(capture->sink, &capture->event, err)
               : HM_OK;
}

/* ---- Heads */

static int read_speech(hmi_capture *capture, hmi_flow *flow, const hmi_speech *speech,
                       hm_bytes bytes, int64_t us, uint64_t offset, hm_err *err)
{
    flow->speech = speech->name;
    hmi_capture_begin(capture, flow, speech->kind, us, offset);
    capture->event.cut = speech->needs(bytes);
    speech->read(capture, bytes);
    return hmi_capture_send(capture, err);
}

static int finish(hmi_capture *capture, hmi_head_buffer *b, hm_err *err)
{
    hmi_flow *flow = b->owner;
    flow->heads[b->side].buffer = 0;
    b->owner = NULL;
    return read_speech(capture, flow, b->speech, hmi_bytes(b->bytes, b->len), b->us, b->offset,
                       err);
}

/* A free buffer, or another's. */
static int take_buffer(hmi_capture *capture, size_t *ret_number, hm_err *err)
{
    size_t n = capture->next_head;
    for (size_t i = 0; i < HMI_CAPTURE_HEADS_MAX; i++) {
        size_t candidate = (n + i) % HMI_CAPTURE_HEADS_MAX;
        if (capture->heads[candidate] == NULL || capture->heads[candidate]->owner == NULL) {
            n = candidate;
            break;
        }
    }
    capture->next_head = (n + 1) % HMI_CAPTURE_HEADS_MAX;
    if (capture->heads[n] == NULL) {
        capture->heads[n] = hmi_new(capture->arena, hmi_head_buffer);
        if (capture->heads[n] == NULL) {
            return hmi_arena_fail(capture->arena, err);
        }
    } else if (capture->heads[n]->owner != NULL) {
        HMI_TRY(finish(capture, capture->heads[n], err));
    }
    *ret_number = n;
    return HM_OK;
}

static void append(hmi_head_buffer *b, hmi_head *head, const hmi_packet *p)
{
    size_t len = hmi_min(p->payload.len, sizeof(b->bytes) - b->len);
    memcpy(b->bytes + b->len, p->payload.ptr, len);
    b->len += len;
    head->next_seq = p->seq + p->wire;
}

static int begin_head(hmi_capture *capture, hmi_flow *flow, unsigned side, const hmi_speech *speech,
                      const hmi_packet *p, hm_err *err)
{
    size_t n = 0;
    HMI_TRY(take_buffer(capture, &n, err));
    hmi_head_buffer *b = capture->heads[n];
    b->owner = flow;
    b->speech = speech;
    b->side = side;
    b->len = 0;
    b->us = p->us;
    b->offset = p->offset;
    flow->heads[side].buffer = (uint16_t)(n + 1);
    append(b, &flow->heads[side], p);
    return HM_OK;
}

static int continue_head(hmi_capture *capture, hmi_head *head, const hmi_packet *p, hm_err *err)
{
    hmi_head_buffer *b = capture->heads[head->buffer - 1];
    int32_t gap = (int32_t)(p->seq - head->next_seq);
    if (gap < 0) {
        return HM_OK;
    }
    if (gap > 0) {
        return finish(capture, b, err);
    }
    append(b, head, p);
    bool enough = b->len == sizeof(b->bytes) || p->payload.len < p->wire ||
                  !b->speech->needs(hmi_bytes(b->bytes, b->len));
    return enough ? finish(capture, b, err) : HM_OK;
}

static const hmi_speech *find_speech(unsigned side, hm_bytes payload)
{
    uint8_t first = payload.ptr[0];
    if (first != 0x16 && first != 0 && !(first >= 'A' && first <= 'Z')) {
        return NULL;
    }
    for (size_t i = 0; i < HMI_COUNT(SPEECHES); i++) {
        if (SPEECHES[i]->side == side && SPEECHES[i]->starts(payload)) {
            return SPEECHES[i];
        }
    }
    return NULL;
}

/* ---- DNS has a port instead of a beginning */

static bool is_dns_port(uint16_t port)
{
    return port == 53 || port == 5353 || port == 5355;
}

static int hear_dns(hmi_capture *capture, hmi_flow *flow, const hmi_packet *p, hm_err *err)
{
    hm_bytes message = p->payload;
    if (p->protocol == HMI_IP_TCP) {
        if (message.len < 2 || (size_t)(message.ptr[0] << 8 | message.ptr[1]) > message.len - 2) {
            return HM_OK;
        }
        message = hmi_slice(message, 2, (size_t)(message.ptr[0] << 8 | message.ptr[1]));
    }
    flow->speech = "dns";
    hmi_capture_begin(capture, flow, HMI_EVENT_QUERY, p->us, p->offset);
    hmi_dns_read(capture, message, flow->packets[HMI_SAID_BY_CLIENT] == 0);
    return hmi_capture_send(capture, err);
}

int hmi_speech_hear(hmi_capture *capture, hmi_flow *flow, unsigned side, const hmi_packet *packet,
                    hm_err *err)
{
    if (packet->payload.len == 0) {
        return HM_OK;
    }
    if (is_dns_port(flow->server_port)) {
        return hear_dns(capture, flow, packet, err);
    }
    if (packet->protocol != HMI_IP_TCP) {
        return HM_OK;
    }
    hmi_head *head = &flow->heads[side];
    if (head->buffer != 0) {
        return continue_head(capture, head, packet, err);
    }
    const hmi_speech *speech = find_speech(side, packet->payload);
    if (speech == NULL) {
        return HM_OK;
    }
    bool whole =
        packet->payload.len == packet->wire && packet->payload.len < HMI_CAPTURE_HEAD_BYTES;
    if (whole && speech->needs(packet->payload)) {
        return begin_head(capture, flow, side, speech, packet, err);
    }
    return read_speech(capture, flow, speech, packet->payload, packet->us, packet->offset, err);
}

int hmi_speech_end(hmi_capture *capture, hmi_flow *flow, hm_err *err)
{
    for (unsigned side = 0; side < 2; side++) {
        if (flow->heads[side].buffer != 0) {
            HMI_TRY(finish(capture, capture->heads[flow->heads[side].buffer - 1], err));
        }
    }
    return HM_OK;
}
