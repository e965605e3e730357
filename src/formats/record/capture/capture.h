/* SPDX-License-Identifier: Apache-2.0
 *
 * capture.h - packets of a capture file: from frames to flows, names, requests and fingerprints.
 *
 *     hmi_capture_read(&arena, file, sink, &sums, err);      pcap and pcapng alike
 *
 * Frames (pcap.c, pcapng.c) go to hmi_capture_frame(), which finds the TCP or UDP segment in them
 * (packet.c), books it in the table of flows (flow.c) and looks into the first bytes that client
 * and server say (speech.c: dns.c, http.c, tls.c, banner.c). Everything leaves as events (event.h).
 */
#ifndef HMI_FORMATS_CAPTURE_H
#define HMI_FORMATS_CAPTURE_H

#include "formats/record/event.h"

enum {
    HMI_CAPTURE_FRAME_MAX = 1 << 24, /* no packet is longer: such a length is damage */
    HMI_CAPTURE_INTERFACES_MAX = 1024,
    HMI_CAPTURE_FLOWS_MAX = 1 << 16, /* open at a time; the longest silent one makes room */
    HMI_CAPTURE_HEADS_MAX = 256,     /* beginnings being put together at a time */
    HMI_CAPTURE_HEAD_BYTES = 1 << 14,
    HMI_CAPTURE_TAGS_MAX = 4,    /* VLAN tags of one frame */
    HMI_CAPTURE_TUNNELS_MAX = 2, /* IP inside IP */
    HMI_IPV6_HEADERS_MAX = 8,
    HMI_DNS_RECORDS_MAX = 64,
    HMI_DNS_JUMPS_MAX = 32,
    HMI_DNS_NAME_MAX = 255,
    HMI_HTTP_HEADERS_MAX = 64,
    HMI_TLS_LIST_MAX = 256, /* ciphers or extensions of one hello */
    HMI_TLS_CERTIFICATES_MAX = 8,
    HMI_ADDRESS_TEXT_MAX = 40
};

#define HMI_CAPTURE_UDP_IDLE_US (INT64_C(120) * 1000000) /* later it is another conversation */

enum { HMI_IP_TCP = 6, HMI_IP_UDP = 17 };
enum { HMI_TCP_FIN = 1, HMI_TCP_SYN = 2, HMI_TCP_RST = 4, HMI_TCP_ACK = 16 };

/* One segment; IPv4 addresses are IPv4-mapped IPv6 addresses. */
typedef struct hmi_packet {
    uint8_t source[16], target[16];
    uint16_t source_port, target_port;
    uint8_t protocol, flags;
    bool fragment;
    uint32_t seq;
    uint32_t wire; /* bytes of payload on the wire */
    int64_t us;
    uint64_t offset; /* of the frame in the file */
    hm_bytes payload;
} hmi_packet;

typedef enum hmi_packet_verdict {
    HMI_PACKET_SEGMENT = 0,
    HMI_PACKET_OTHER,    /* no IP, or neither TCP nor UDP */
    HMI_PACKET_FRAGMENT, /* a later fragment: no ports in it */
    HMI_PACKET_CUT,      /* headers end in the middle or contradict themselves */
    HMI_PACKET_LINK      /* a link layer we do not read */
} hmi_packet_verdict;

/* Fills all but `us` and `offset`. */
hmi_packet_verdict hmi_packet_read(hm_bytes frame, uint32_t link, hmi_packet *ret_packet);
/* Dotted quad or colon form; returns the length, at most HMI_ADDRESS_TEXT_MAX. */
size_t hmi_address_write(const uint8_t address[16], char *out);

/* What reading a capture has shown beside its events. */
typedef struct hmi_capture_sums {
    uint64_t frames, segments, flows, other;
    uint64_t fragments, cut, first_cut, unknown_link, first_link;
    uint64_t snapped; /* the capture kept less than was on the wire */
    uint64_t lost_interface, first_interface;
    uint64_t secrets; /* blocks of decryption secrets */
    int64_t first_us, last_us;
    uint64_t stopped_at; /* where reading ended early, HM_OFFSET_NONE when it did not */
    int stopped_code;
    const char *stopped_why;
} hmi_capture_sums;

typedef struct hmi_flows hmi_flows;
typedef struct hmi_head_buffer hmi_head_buffer;

typedef struct hmi_capture {
    hmi_event_sink *sink;
    hmi_arena *arena;
    hmi_arena scratch; /* emptied after each frame */
    hmi_flows *flows;
    hmi_head_buffer *heads[HMI_CAPTURE_HEADS_MAX];
    size_t next_head;
    hmi_event event;
    hmi_capture_sums sums;
} hmi_capture;

/* ---- Files: each sends its frames to hmi_capture_frame() and stops where they make no sense */
bool hmi_pcap_is(hm_bytes file);
int hmi_pcap_read(hmi_capture *capture, hm_bytes file, hm_err *err);
bool hmi_pcapng_is(hm_bytes file);
int hmi_pcapng_read(hmi_capture *capture, hm_bytes file, hm_err *err);

int hmi_capture_frame(hmi_capture *capture, hm_bytes frame, uint32_t wire_len, uint32_t link,
                      int64_t us, uint64_t offset, hm_err *err);
/* Says that nothing can be read from `offset` on. HM_OK. */
int hmi_capture_stop(hmi_capture *capture, int code, uint64_t offset, const char *why);
/* The whole way. A negative code only from the sink, a limit, or when the file is no capture. */
int hmi_capture_read(hmi_arena *arena, hm_bytes file, hmi_event_sink *sink,
                     hmi_capture_sums *ret_sums, hm_err *err);

/* ---- Flows */

/* The beginning of what one side says, while it is put together from several segments. */
typedef struct hmi_head {
    uint16_t buffer; /* number + 1; 0 = none */
    uint32_t next_seq;
} hmi_head;

typedef struct hmi_flow {
    uint8_t client[16], server[16];
    uint16_t client_port, server_port;
    uint8_t protocol, closed; /* HMI_TCP_FIN, HMI_TCP_RST seen */
    const char *speech;       /* "tls" once it is known, or NULL */
    uint32_t chain, older, newer;
    uint64_t hash, offset;
    int64_t first_us, last_us;
    uint64_t bytes[2], packets[2]; /* by the client, by the server */
    hmi_head heads[2];
} hmi_flow;

enum { HMI_SAID_BY_CLIENT = 0, HMI_SAID_BY_SERVER = 1 };

int hmi_flows_new(hmi_capture *capture, hm_bytes file, hm_err *err);
/* The packet's flow, made when it is new; *ret_side says who speaks. */
int hmi_flows_book(hmi_capture *capture, const hmi_packet *packet, hmi_flow **ret_flow,
                   unsigned *ret_side, hm_err *err);
/* Ends every flow. */
int hmi_flows_end(hmi_capture *capture, hm_err *err);

/* ---- What is said */

/* Looks at the payload of one segment of a flow. */
int hmi_speech_hear(hmi_capture *capture, hmi_flow *flow, unsigned side, const hmi_packet *packet,
                    hm_err *err);
/* The flow ends: what was not finished is read as far as it goes. */
int hmi_speech_end(hmi_capture *capture, hmi_flow *flow, hm_err *err);

/* Starts capture->event as something said in this flow: its time, its machines. */
void hmi_capture_begin(hmi_capture *capture, const hmi_flow *flow, hmi_event_kind kind, int64_t us,
                       uint64_t offset);
/* Sends it, when it says more than who spoke to whom. */
int hmi_capture_send(hmi_capture *capture, hm_err *err);

/* A reader of beginnings. `needs` says whether more bytes would tell more; `read` fills the event.
 */
typedef struct hmi_speech {
    const char *name;
    hmi_event_kind kind;
    unsigned side; /* who says this */
    bool (*starts)(hm_bytes bytes);
    bool (*needs)(hm_bytes bytes);
    void (*read)(hmi_capture *capture, hm_bytes bytes);
} hmi_speech;
extern const hmi_speech hmi_speech_http, hmi_speech_http_reply, hmi_speech_tls_client,
    hmi_speech_tls_server, hmi_speech_ssh_client, hmi_speech_ssh_server, hmi_speech_smb_client;

/* A DNS message without its length prefix. `with_query` repeats the question of an answer. */
void hmi_dns_read(hmi_capture *capture, hm_bytes message, bool with_query);

/* One client hello, values of GREASE (RFC 8701) left out. */
typedef struct hmi_hello {
    uint16_t legacy_version, version;
    uint16_t ciphers[HMI_TLS_LIST_MAX], extensions[HMI_TLS_LIST_MAX], groups[HMI_TLS_LIST_MAX],
        signatures[HMI_TLS_LIST_MAX];
    uint8_t formats[HMI_TLS_LIST_MAX];
    size_t cipher_count, extension_count, group_count, signature_count, format_count;
    hm_bytes name, alpn; /* first of each */
    bool has_name;
} hmi_hello;
/* `body` is the handshake message behind its four bytes. False when it is no whole hello. */
bool hmi_hello_read(hm_bytes body, hmi_hello *ret_hello);
/* 32 hexadecimal digits, .ptr NULL when the arena refuses. */
hm_bytes hmi_ja3(hmi_arena *arena, const hmi_hello *hello);
/* "t13d1516h2_8daaf6152771_e5627efa2ab1" */
hm_bytes hmi_ja4(hmi_arena *arena, const hmi_hello *hello);

#endif
