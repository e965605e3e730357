/* SPDX-License-Identifier: Apache-2.0
 *
 * packet.c - from a captured frame to the TCP or UDP segment in it.
 *
 * WHY    Link layers differ; what investigators compare begins at the addresses.
 * FORM   Link types as libpcap numbers them (pcap-linktype(7)): 0 and 108 loopback, 1 Ethernet, 12,
 *        14 and 101 raw IP, 113 and 276 Linux "cooked", 228 and 229 raw IPv4 and IPv6. Above:
 *        802.1Q/ad tags, PPPoE, IPv4 (RFC 791), IPv6 with extension headers (RFC 8200), IP in IP,
 *        TCP (RFC 9293), UDP (RFC 768).
 * TRUST  None: every length is checked against the captured bytes and against the layer below.
 * OWNS   Nothing.
 */
#include "base/cursor.h"
#include "base/num.h"
#include "formats/record/capture/capture.h"

enum {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_RAW_12 = 12,
    LINK_RAW_14 = 14,
    LINK_RAW = 101,
    LINK_LOOP = 108,
    LINK_COOKED = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_COOKED_2 = 276
};

enum {
    TYPE_IPV4 = 0x0800,
    TYPE_IPV6 = 0x86dd,
    TYPE_VLAN = 0x8100,
    TYPE_VLAN_OUTER = 0x88a8,
    TYPE_VLAN_OLD = 0x9100,
    TYPE_PPPOE = 0x8864,
    PPP_IPV4 = 0x0021,
    PPP_IPV6 = 0x0057
};

static uint16_t be16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t be32(const uint8_t *at)
{
    return (uint32_t)be16(at) << 16 | be16(at + 2);
}

/* Cuts the layers between Ethernet's type and IP. */
static hmi_packet_verdict unwrap_type(hm_bytes rest, unsigned type, hm_bytes *ret_ip)
{
    for (unsigned tags = 0; type == TYPE_VLAN || type == TYPE_VLAN_OUTER || type == TYPE_VLAN_OLD;
         tags++) {
        if (rest.len < 4 || tags == HMI_CAPTURE_TAGS_MAX) {
            return HMI_PACKET_CUT;
        }
        type = be16(rest.ptr + 2);
        rest = hmi_slice(rest, 4, rest.len);
    }
    if (type == TYPE_PPPOE) {
        if (rest.len < 8) {
            return HMI_PACKET_CUT;
        }
        unsigned protocol = be16(rest.ptr + 6);
        type = protocol == PPP_IPV4 ? TYPE_IPV4 : protocol == PPP_IPV6 ? TYPE_IPV6 : 0u;
        rest = hmi_slice(rest, 8, rest.len);
    }
    *ret_ip = rest;
    return type == TYPE_IPV4 || type == TYPE_IPV6 ? HMI_PACKET_SEGMENT : HMI_PACKET_OTHER;
}

static hmi_packet_verdict unwrap_link(hm_bytes frame, uint32_t link, hm_bytes *ret_ip)
{
    size_t header = 0, type_at = 0;
    switch (link) {
    case LINK_RAW:
    case LINK_RAW_12:
    case LINK_RAW_14:
    case LINK_IPV4:
    case LINK_IPV6:
        *ret_ip = frame;
        return frame.len > 0 ? HMI_PACKET_SEGMENT : HMI_PACKET_CUT;
    case LINK_NULL:
    case LINK_LOOP: /* a family whose numbers differ by system: the IP header says it too */
        *ret_ip = hmi_slice(frame, 4, frame.len);
        return ret_ip->len > 0 ? HMI_PACKET_SEGMENT : HMI_PACKET_CUT;
    case LINK_ETHERNET:
        header = 14;
        type_at = 12;
        break;
    case LINK_COOKED:
        header = 16;
        type_at = 14;
        break;
    case LINK_COOKED_2:
        header = 20;
        type_at = 0;
        break;
    default:
        return HMI_PACKET_LINK;
    }
    if (frame.len < header) {
        return HMI_PACKET_CUT;
    }
    return unwrap_type(hmi_slice(frame, header, frame.len), be16(frame.ptr + type_at), ret_ip);
}

/* What the IP header says. */
typedef struct ip_layer {
    hm_bytes inside;
    uint32_t wire; /* bytes of `inside` on the wire */
    uint8_t protocol;
    bool later_fragment;
} ip_layer;

static void map_ipv4(uint8_t out[16], const uint8_t *address)
{
    memset(out, 0, 10);
    out[10] = out[11] = 0xff;
    memcpy(out + 12, address, 4);
}

static hmi_packet_verdict read_ipv4(hm_bytes ip, hmi_packet *packet, ip_layer *ret)
{
    if (ip.len < 20) {
        return HMI_PACKET_CUT;
    }
    size_t header = (size_t)(ip.ptr[0] & 15) * 4, total = be16(ip.ptr + 2);
    if (total == 0) { /* left to the network card to fill in */
        total = hmi_min(ip.len, UINT16_MAX);
    }
    if (header < 20 || header > ip.len || total < header) {
        return HMI_PACKET_CUT;
    }
    unsigned fragment = be16(ip.ptr + 6);
    packet->fragment |= (fragment & 0x3fff) != 0;
    map_ipv4(packet->source, ip.ptr + 12);
    map_ipv4(packet->target, ip.ptr + 16);
    *ret = (ip_layer){ .inside = hmi_slice(ip, header, total - header),
                       .wire = (uint32_t)(total - header),
                       .protocol = ip.ptr[9],
                       .later_fragment = (fragment & 0x1fff) != 0 };
    return HMI_PACKET_SEGMENT;
}

static bool is_extension(uint8_t next)
{
    return next == 0 || next == 43 || next == 44 || next == 51 || next == 60 || next == 135;
}

static hmi_packet_verdict read_ipv6(hm_bytes ip, hmi_packet *packet, ip_layer *ret)
{
    if (ip.len < 40) {
        return HMI_PACKET_CUT;
    }
    size_t total = be16(ip.ptr + 4), used = 0;
    if (total == 0) {
        total = hmi_min(ip.len - 40, UINT16_MAX);
    }
    hm_bytes rest = hmi_slice(ip, 40, total);
    uint8_t next = ip.ptr[6];
    bool later = false;
    memcpy(packet->source, ip.ptr + 8, 16);
    memcpy(packet->target, ip.ptr + 24, 16);
    for (unsigned n = 0; is_extension(next) && !later; n++) {
        if (rest.len < 8 || n == HMI_IPV6_HEADERS_MAX) {
            return HMI_PACKET_CUT;
        }
        size_t len = next == 44   ? 8
                     : next == 51 ? ((size_t)rest.ptr[1] + 2) * 4
                                  : ((size_t)rest.ptr[1] + 1) * 8;
        if (next == 44) {
            packet->fragment |= (be16(rest.ptr + 2) & 0xfff9) != 0;
            later = (be16(rest.ptr + 2) & 0xfff8) != 0;
        }
        if (len > rest.len) {
            return HMI_PACKET_CUT;
        }
        next = rest.ptr[0];
        used += len;
        rest = hmi_slice(rest, len, rest.len);
    }
    *ret = (ip_layer){
        .inside = rest, .wire = (uint32_t)(total - used), .protocol = next, .later_fragment = later
    };
    return HMI_PACKET_SEGMENT;
}

static hmi_packet_verdict read_segment(const ip_layer *ip, hmi_packet *packet)
{
    hm_bytes segment = ip->inside;
    size_t header = 8;
    if (segment.len < 8) {
        return HMI_PACKET_CUT;
    }
    packet->source_port = be16(segment.ptr);
    packet->target_port = be16(segment.ptr + 2);
    packet->protocol = ip->protocol;
    packet->flags = 0;
    packet->seq = 0;
    if (ip->protocol == HMI_IP_TCP) {
        if (segment.len < 20) {
            return HMI_PACKET_CUT;
        }
        header = (size_t)(segment.ptr[12] >> 4) * 4;
        packet->seq = be32(segment.ptr + 4);
        packet->flags = segment.ptr[13];
        if (header < 20 || header > ip->wire) {
            return HMI_PACKET_CUT;
        }
    }
    packet->payload = hmi_slice(segment, header, segment.len);
    packet->wire = ip->wire - (uint32_t)header;
    return HMI_PACKET_SEGMENT;
}

hmi_packet_verdict hmi_packet_read(hm_bytes frame, uint32_t link, hmi_packet *ret_packet)
{
    hm_bytes rest = { NULL, 0 };
    ip_layer ip = { .protocol = 0 };
    ret_packet->fragment = false;
    hmi_packet_verdict verdict = unwrap_link(frame, link, &rest);
    for (unsigned tunnels = 0; verdict == HMI_PACKET_SEGMENT; tunnels++) {
        unsigned version = rest.len > 0 ? rest.ptr[0] >> 4 : 0;
        verdict = version == 4   ? read_ipv4(rest, ret_packet, &ip)
                  : version == 6 ? read_ipv6(rest, ret_packet, &ip)
                                 : HMI_PACKET_CUT;
        bool tunnel = ip.protocol == 4 || ip.protocol == 41;
        if (verdict != HMI_PACKET_SEGMENT || ip.later_fragment || !tunnel ||
            tunnels == HMI_CAPTURE_TUNNELS_MAX) {
            break;
        }
        rest = ip.inside;
    }
    if (verdict != HMI_PACKET_SEGMENT) {
        return verdict;
    }
    if (ip.later_fragment) {
        return HMI_PACKET_FRAGMENT;
    }
    bool known = ip.protocol == HMI_IP_TCP || ip.protocol == HMI_IP_UDP;
    return known ? read_segment(&ip, ret_packet) : HMI_PACKET_OTHER;
}

static size_t write_decimal(char *out, unsigned value)
{
    size_t len = 0;
    if (value >= 100) {
        out[len++] = (char)('0' + value / 100);
    }
    if (value >= 10) {
        out[len++] = (char)('0' + value / 10 % 10);
    }
    out[len++] = (char)('0' + value % 10);
    return len;
}

size_t hmi_address_write(const uint8_t address[16], char *out)
{
    static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    static const char digits[] = "0123456789abcdef";
    size_t len = 0;
    if (memcmp(address, mapped, sizeof(mapped)) == 0) {
        for (unsigned i = 12; i < 16; i++) {
            len += write_decimal(out + len, address[i]);
            out[len++] = '.';
        }
        return len - 1;
    }
    for (unsigned i = 0; i < 16; i++) {
        out[len++] = digits[address[i] >> 4];
        out[len++] = digits[address[i] & 15];
        if (i % 2 == 1 && i < 15) {
            out[len++] = ':';
        }
    }
    return len;
}
