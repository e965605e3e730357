/* SPDX-License-Identifier: Apache-2.0
 *
 * canon.h - what the canonical forms share, and the few of them that other rooms ask for by name.
 *
 * A form is a pure function: raw text in, canonical text out, false when it is no such thing. It
 * writes into a buffer of fixed size on the caller's stack, so that scanning a log of a million
 * lines costs no memory. What does not fit is no trait.
 */
#ifndef HMI_TRAIT_CANON_H
#define HMI_TRAIT_CANON_H

#include "base/bytes.h"
#include "trait/trait.h"

typedef struct hmi_canon {
    size_t len;
    bool full; /* something did not fit */
    char bytes[HMI_TRAIT_VALUE_MAX];
} hmi_canon;

/* Four kilobytes that need no zeroing: only bytes[0..len) is ever read. */
#define HMI_CANON(name)                            \
    hmi_canon name __attribute__((uninitialized)); \
    hmi_canon_begin(&name)

static inline void hmi_canon_begin(hmi_canon *out)
{
    out->len = 0;
    out->full = false;
}

static inline void hmi_canon_put(hmi_canon *out, char c)
{
    if (out->len < sizeof(out->bytes)) {
        out->bytes[out->len++] = c;
    } else {
        out->full = true;
    }
}

static inline void hmi_canon_add(hmi_canon *out, hm_text text)
{
    if (text.len > sizeof(out->bytes) - out->len) {
        out->full = true;
        return;
    }
    if (text.len > 0) {
        memcpy(out->bytes + out->len, text.ptr, text.len);
    }
    out->len += text.len;
}

static inline void hmi_canon_add_lower(hmi_canon *out, hm_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        hmi_canon_put(out, hmi_ascii_lower(text.ptr[i]));
    }
}

void hmi_canon_add_number(hmi_canon *out, uint64_t number);

static inline hm_text hmi_canon_text(const hmi_canon *out)
{
    return (hm_text){ out->bytes, out->len };
}

/* Decimal digits only, no leading zero unless it is "0", at most `max`. */
bool hmi_decimal(hm_text text, uint64_t max, uint64_t *ret);

typedef bool hmi_form(hm_text raw, hmi_canon *out);

/* canonical.c: the whole way from raw to canonical, without an arena. */
bool hmi_canon_run(hmi_class class_id, hm_text raw, bool defanged, hmi_canon *out);

/* canon_text.c */
hmi_form hmi_form_exact;   /* as it is; control characters refused */
hmi_form hmi_form_trimmed; /* without blanks around */
hmi_form hmi_form_line;    /* trimmed, runs of white space become one blank */
hmi_form hmi_form_fold;    /* line in lower-case ASCII */
hmi_form hmi_form_agent;   /* line; "-" and overlong refused */
hmi_form hmi_form_account; /* trimmed; "-" refused */
/* canon_address.c */
hmi_form hmi_form_address;
hmi_form hmi_form_range;
hmi_form hmi_form_mac;
hmi_form hmi_form_asn;
/* canon_domain.c */
hmi_form hmi_form_domain;
hmi_form hmi_form_onion;
hmi_form hmi_form_mail;
/* A URL's host: also names without a known top label, such as "localhost". */
hmi_form hmi_form_host;
/* canon_url.c */
hmi_form hmi_form_url;
/* canon_hash.c */
hmi_form hmi_form_hex32;
hmi_form hmi_form_hex40;
hmi_form hmi_form_hex64;
hmi_form hmi_form_hex128;
hmi_form hmi_form_certificate;
hmi_form hmi_form_import_hash;
hmi_form hmi_form_ssdeep;
hmi_form hmi_form_tlsh;
hmi_form hmi_form_ja4;
hmi_form hmi_form_wallet;
/* canon_path.c */
hmi_form hmi_form_path;
hmi_form hmi_form_file_name;
hmi_form hmi_form_registry;
/* canon_code.c */
hmi_form hmi_form_technique;
hmi_form hmi_form_cve;
hmi_form hmi_form_language;
hmi_form hmi_form_build_time;

/* defang.c: undoes hxxp, [.], (dot), [:], [@], [at], \. and their kin. */
bool hmi_refang(hm_text raw, hmi_canon *out);
/* One such spelling (not of a scheme) at the beginning of `at`: what it means, and its length; 0 if
 * there is none. For whoever must know where each byte stood. */
size_t hmi_refang_one(hm_text at, hm_text *ret_plain);

/* ---- Addresses as numbers. IPv4 lives in the last four bytes behind ::ffff:0:0/96. */
typedef struct hmi_address {
    uint8_t bytes[16];
} hmi_address;
enum { HMI_ADDRESS_TEXT_MAX = 39 };
bool hmi_address_parse(hm_text text, hmi_address *ret);
bool hmi_address_is_v4(const hmi_address *address);
/* RFC 5952, or a dotted quad; returns the length. */
size_t hmi_address_format(const hmi_address *address, char out[HMI_ADDRESS_TEXT_MAX + 1]);
/* "address/bits" with host bits cleared; bits count from the 128-bit form's front. */
bool hmi_range_parse(hm_text text, hmi_address *ret_base, unsigned *ret_bits);
bool hmi_range_holds(const hmi_address *base, unsigned bits, const hmi_address *address);

/* The part of a canonical domain somebody registered ("b.co.kr" of "a.b.co.kr") by the public
 * suffix list; empty when the domain is a public suffix itself. A slice of `domain`. */
hm_text hmi_domain_registered(hm_text domain);
/* Is it a public suffix itself, so that nobody in particular owns it? */
bool hmi_domain_is_suffix(hm_text domain);
/* The host of a canonical URL, brackets of an IPv6 address left out. */
hm_text hmi_url_host(hm_text url);

#endif
