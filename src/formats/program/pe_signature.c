/* SPDX-License-Identifier: Apache-2.0
 *
 * pe_signature.c - PE: who signed it, as the file says, and the digest that signatures cover.
 *
 * WHY    Stolen and bought certificates tie programs together. Nothing is verified here: a chain
 *        needs keys and a clock, and a revoked signature is still a mark of its owner.
 * FORM   Security directory: a file offset, size. WIN_CERTIFICATE: length u32, revision u16, type
 *        u16 (2: PKCS #7), DER. SignedData (RFC 2315): version, algorithms, content, certificates
 *        [0], revocations [1], signers { version, { issuer, serial } ... }. The certificate with
 *        the first signer's serial is the signer's; its subject is SETs of { oid, text }.
 *        Authentihash: SHA-256 of the file without the checksum field, the security directory's
 *        entry and the certificates themselves (Windows Authenticode PE signature format, 2008).
 * TRUST  DER lengths are clipped to their parent, indefinite lengths refused, depth is fixed by the
 *        code below, certificates are at most HMI_PE_CERTIFICATES_MAX.
 * OWNS   Nothing; memory is the reading's arena.
 */
#include "base/hash.h"
#include "base/text.h"
#include "formats/program/pe.h"

typedef struct der {
    uint8_t tag;
    hm_bytes value, whole;
} der;

enum { DER_INTEGER = 2, DER_SEQUENCE = 0x30, DER_SET = 0x31, DER_CONTEXT_0 = 0xa0 };

/* Cuts the next element off *rest; false at the end or where it does not fit. */
static bool der_next(hm_bytes *rest, der *ret)
{
    hmi_cur cur = hmi_cur_over(*rest);
    uint8_t tag = hmi_cur_u8(&cur), first = hmi_cur_u8(&cur);
    size_t len = first;
    if (first >= 0x80) {
        if (first == 0x80 || first > 0x84) {
            return false;
        }
        cur.big = true;
        len = (size_t)hmi_cur_uint(&cur, first & 0x7f);
    }
    hm_bytes value = hmi_cur_bytes(&cur, len);
    if (cur.bad || (tag & 0x1f) == 0x1f) {
        return false;
    }
    *ret = (der){ tag, value, hmi_slice(*rest, 0, cur.pos) };
    *rest = hmi_slice(*rest, cur.pos, rest->len);
    return true;
}

static bool der_expect(hm_bytes *rest, uint8_t tag, der *ret)
{
    return der_next(rest, ret) && ret->tag == tag;
}

typedef struct signed_data {
    hm_bytes certificates;
    hm_bytes serial; /* of the first signer's certificate */
} signed_data;

static bool signed_data_read(hm_bytes pkcs7, signed_data *ret)
{
    der outer, inner, part;
    hm_bytes rest = pkcs7;
    if (!der_expect(&rest, DER_SEQUENCE, &outer)) {
        return false;
    }
    rest = outer.value;
    if (!der_next(&rest, &part) || !der_expect(&rest, DER_CONTEXT_0, &inner)) {
        return false;
    }
    rest = inner.value;
    if (!der_expect(&rest, DER_SEQUENCE, &inner)) {
        return false;
    }
    rest = inner.value; /* version, algorithms, content come first */
    for (int i = 0; i < 3; i++) {
        if (!der_next(&rest, &part)) {
            return false;
        }
    }
    bool has_signers = false;
    while (der_next(&rest, &part)) {
        if (part.tag == DER_CONTEXT_0) {
            ret->certificates = part.value;
        } else if (part.tag == DER_SET) {
            has_signers = true;
            break;
        }
    }
    hm_bytes signers = part.value;
    der signer, name, serial;
    if (!has_signers || !der_expect(&signers, DER_SEQUENCE, &signer)) {
        return false;
    }
    rest = signer.value;
    if (!der_expect(&rest, DER_INTEGER, &part) || !der_expect(&rest, DER_SEQUENCE, &part)) {
        return false;
    }
    rest = part.value;
    if (!der_expect(&rest, DER_SEQUENCE, &name) || !der_expect(&rest, DER_INTEGER, &serial)) {
        return false;
    }
    ret->serial = serial.value;
    return true;
}

/* Serial and subject of one certificate. */
static bool certificate_read(hm_bytes certificate, hm_bytes *ret_serial, hm_bytes *ret_subject)
{
    der outer, part, serial;
    hm_bytes rest = certificate;
    if (!der_expect(&rest, DER_SEQUENCE, &outer)) {
        return false;
    }
    rest = outer.value;
    if (!der_expect(&rest, DER_SEQUENCE, &part)) {
        return false;
    }
    rest = part.value;
    if (!der_next(&rest, &part)) {
        return false;
    }
    if (part.tag == DER_CONTEXT_0 && !der_next(&rest, &part)) { /* version */
        return false;
    }
    serial = part;
    for (int i = 0; i < 4; i++) { /* algorithm, issuer, validity, subject */
        if (!der_expect(&rest, DER_SEQUENCE, &part)) {
            return false;
        }
    }
    *ret_serial = serial.value;
    *ret_subject = part.value;
    return serial.tag == DER_INTEGER;
}

static hm_text attribute_text(hmi_arena *arena, const der *text)
{
    enum { BMP_STRING = 0x1e };
    hm_bytes raw = hmi_slice(text->value, 0, HMI_PROGRAM_NAME_MAX);
    return text->tag == BMP_STRING ? hmi_text_from_utf16(arena, raw, true)
                                   : hmi_program_text(arena, raw);
}

/* "CN=..., O=..., C=...": what the subject names of these, in its own order. */
static hm_text subject_text(hmi_arena *arena, hm_bytes subject)
{
    enum { NAMES_MAX = 16 };
    hm_text all = HM_TEXT("");
    der set, pair, oid, text;
    for (int i = 0; i < NAMES_MAX && der_expect(&subject, DER_SET, &set); i++) {
        hm_bytes rest = set.value;
        if (!der_expect(&rest, DER_SEQUENCE, &pair)) {
            continue;
        }
        rest = pair.value;
        if (!der_next(&rest, &oid) || !der_next(&rest, &text)) {
            continue;
        }
        const char *kind = hmi_bytes_eq(oid.value, HM_BYTES("\x55\x04\x03"))   ? "CN"
                           : hmi_bytes_eq(oid.value, HM_BYTES("\x55\x04\x0a")) ? "O"
                           : hmi_bytes_eq(oid.value, HM_BYTES("\x55\x04\x06")) ? "C"
                                                                               : NULL;
        hm_text value = kind == NULL ? HM_TEXT("") : attribute_text(arena, &text);
        if (value.len > 0 && all.len < HMI_PROGRAM_NAME_MAX) {
            all = hmi_arena_printf(arena, "%.*s%s%s=%.*s", HMI_FMT(all), all.len > 0 ? ", " : "",
                                   kind, HMI_FMT(value));
        }
    }
    return all;
}

static int emit_signer(hmi_pe *pe, const signed_data *data, uint64_t offset, hm_err *err)
{
    hmi_reading *reading = pe->reading;
    hm_bytes rest = data->certificates, serial, subject;
    der certificate;
    char hex[2 * 32 + 1];
    hmi_hex(hmi_slice(data->serial, 0, 32), hex);
    for (int i = 0; i < HMI_PE_CERTIFICATES_MAX && der_next(&rest, &certificate); i++) {
        if (!certificate_read(certificate.whole, &serial, &subject) ||
            !hmi_bytes_eq(serial, data->serial)) {
            continue;
        }
        hm_text name = subject_text(reading->arena, subject);
        hm_text both = hmi_arena_printf(reading->arena, "%.*s; serial %s", HMI_FMT(name), hex);
        if (name.ptr == NULL || both.ptr == NULL) {
            return hmi_arena_fail(reading->arena, err);
        }
        HMI_TRY(hmi_emit(reading, HMI_SIGNER, HMI_ROLE_CONTENT, both, offset, err));
        hmi_sha256 digest = hmi_sha256_of(certificate.whole);
        char id[65];
        hmi_hex(hmi_bytes(digest.bytes, sizeof digest.bytes), id);
        return hmi_emit(reading, HMI_CERTIFICATE, HMI_ROLE_CONTENT, hmi_text(id, 64),
                        hmi_pe_offset(pe, certificate.whole), err);
    }
    return hmi_emit_note(reading, HMI_NOTE_ODD, HM_OK, offset, err,
                         "signature without the signer's certificate (serial %s)", hex);
}

static int emit_authentihash(hmi_pe *pe, hm_bytes certificates, hm_err *err)
{
    hm_bytes file = pe->file;
    hmi_digests *digests = hmi_digests_new();
    if (digests == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for a digest");
    }
    size_t end = certificates.len > 0 ? (size_t)(certificates.ptr - file.ptr) : file.len;
    size_t behind_sum = (size_t)pe->checksum_at + 4, behind_entry = (size_t)pe->security_at + 8;
    hmi_digests_add(digests, hmi_slice(file, 0, pe->checksum_at));
    hmi_digests_add(digests, hmi_slice(file, behind_sum, pe->security_at - behind_sum));
    if (end > behind_entry) {
        hmi_digests_add(digests, hmi_slice(file, behind_entry, end - behind_entry));
    }
    hmi_digests_add(digests, hmi_slice(file, end + certificates.len, file.len));
    hmi_sha256 digest;
    hmi_digests_end(digests, &digest, NULL, NULL);
    hmi_digests_free(digests);
    char hex[65];
    hmi_hex(hmi_bytes(digest.bytes, sizeof digest.bytes), hex);
    return hmi_emit(pe->reading, HMI_AUTHENTIHASH, HMI_ROLE_SELF, hmi_text(hex, 64), HM_OFFSET_NONE,
                    err);
}

int hmi_pe_signature_read(hmi_pe *pe, hm_err *err)
{
    const hmi_pe_directory *dir = &pe->dirs[HMI_PE_DIR_SECURITY];
    hm_bytes certificates =
        dir->size == 0 ? (hm_bytes){ NULL, 0 } : hmi_slice(pe->file, dir->rva, dir->size);
    HMI_TRY(emit_authentihash(pe, certificates, err));
    HMI_TRY(hmi_emit_fact(pe->reading, "signed",
                          certificates.len > 0 ? HM_TEXT("yes") : HM_TEXT("no"), err));
    if (certificates.len == 0) {
        return HM_OK;
    }
    hmi_cur cur = hmi_cur_over(certificates);
    hmi_cur_skip(&cur, 6);
    uint16_t type = hmi_cur_u16(&cur);
    hm_bytes pkcs7 = hmi_slice(certificates, 8, certificates.len);
    signed_data data = { .serial = { NULL, 0 } };
    if (cur.bad || type != 2 || !signed_data_read(pkcs7, &data)) {
        return hmi_emit_note(pe->reading, HMI_NOTE_DAMAGE, HM_E_MALFORMED, dir->rva, err,
                             "signature cannot be read");
    }
    return emit_signer(pe, &data, dir->rva, err);
}
