/* SPDX-License-Identifier: Apache-2.0
 *
 * packets.h - writes small captures for tests: pcap and pcapng around Ethernet, IPv4, TCP and UDP.
 */
#ifndef HMI_TESTS_PACKETS_H
#define HMI_TESTS_PACKETS_H

#include "base/buf.h"

static inline void put_be16(hmi_buf *buf, unsigned value)
{
    hmi_buf_add_u8(buf, (uint8_t)(value >> 8));
    hmi_buf_add_u8(buf, (uint8_t)value);
}

static inline void put_be32(hmi_buf *buf, uint32_t value)
{
    put_be16(buf, value >> 16);
    put_be16(buf, value & 0xffff);
}

/* One end of a conversation: 10.0.0.HOST:PORT. */
typedef struct endpoint {
    uint8_t host;
    uint16_t port;
} endpoint;

static inline void put_ipv4(hmi_buf *buf, endpoint from, endpoint to, unsigned protocol, size_t len)
{
    put_be16(buf, 0x4500);
    put_be16(buf, (unsigned)(20 + len));
    put_be32(buf, 0);
    hmi_buf_add_u8(buf, 64);
    hmi_buf_add_u8(buf, (uint8_t)protocol);
    put_be16(buf, 0);
    put_be32(buf, 0xc0000200u + from.host); /* 192.0.2.HOST */
    put_be32(buf, 0xc0000200u + to.host);
}

/* The bytes of an Ethernet frame with a TCP segment (flags as RFC 9293 numbers them). */
static inline void put_tcp(hmi_buf *buf, endpoint from, endpoint to, uint32_t seq, unsigned flags,
                           hm_bytes payload)
{
    hmi_buf_add(buf, HM_BYTES("\1\1\1\1\1\1\2\2\2\2\2\2\x08\0"));
    put_ipv4(buf, from, to, 6, 20 + payload.len);
    put_be16(buf, from.port);
    put_be16(buf, to.port);
    put_be32(buf, seq);
    put_be32(buf, 0);
    put_be16(buf, 0x5000 | flags);
    put_be16(buf, 0xffff);
    put_be32(buf, 0);
    hmi_buf_add(buf, payload);
}

static inline void put_udp(hmi_buf *buf, endpoint from, endpoint to, hm_bytes payload)
{
    hmi_buf_add(buf, HM_BYTES("\1\1\1\1\1\1\2\2\2\2\2\2\x08\0"));
    put_ipv4(buf, from, to, 17, 8 + payload.len);
    put_be16(buf, from.port);
    put_be16(buf, to.port);
    put_be16(buf, (unsigned)(8 + payload.len));
    put_be16(buf, 0);
    hmi_buf_add(buf, payload);
}

static inline void put_pcap_header(hmi_buf *buf, uint32_t link)
{
    hmi_buf_add_u32(buf, 0xa1b2c3d4);
    hmi_buf_add_u16(buf, 2);
    hmi_buf_add_u16(buf, 4);
    hmi_buf_add_u64(buf, 0);
    hmi_buf_add_u32(buf, 262144);
    hmi_buf_add_u32(buf, link);
}

static inline void put_pcap_packet(hmi_buf *buf, uint32_t second, hm_bytes frame)
{
    hmi_buf_add_u32(buf, second);
    hmi_buf_add_u32(buf, 500000);
    hmi_buf_add_u32(buf, (uint32_t)frame.len);
    hmi_buf_add_u32(buf, (uint32_t)frame.len);
    hmi_buf_add(buf, frame);
}

static inline void put_block(hmi_buf *buf, uint32_t type, hm_bytes body)
{
    uint32_t padding = (uint32_t)(4 - body.len % 4) % 4;
    uint32_t len = (uint32_t)(12 + body.len + padding);
    hmi_buf_add_u32(buf, type);
    hmi_buf_add_u32(buf, len);
    hmi_buf_add(buf, body);
    hmi_buf_add(buf, hmi_bytes("\0\0\0", padding));
    hmi_buf_add_u32(buf, len);
}

#endif
