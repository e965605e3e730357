/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_id.c - UUIDs (RFC 4122) and the shape of STIX ids.
 *
 * FORM   Version 5: SHA-1 of name space and name, its first 16 bytes with the version in the high
 *        half of byte 6 and the variant in the top bits of byte 8. Version 4: the same over random
 *        bytes. Text: 8-4-4-4-12 lower-case digits. STIX id: type "--" UUID (section 2.9).
 * TRUST  Texts to check are hostile.
 * OWNS   Nothing.
 */
#include "trait/stix_id.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/lanes.h"

#include <sys/random.h>

enum { UUID_SIZE = 16, HMI_STIX_TYPE_MIN = 3, HMI_STIX_TYPE_MAX = 250 };

static const uint8_t SCO_SPACE[16] = { 0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c,
                                       0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7 };

static void format_uuid(uint8_t bytes[UUID_SIZE], uint8_t version, char ret_text[HMI_UUID_TEXT + 1])
{
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | version << 4);
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
    char hex[2 * UUID_SIZE + 1];
    hmi_hex(hmi_bytes(bytes, UUID_SIZE), hex);
    size_t to = 0;
    for (size_t from = 0; from < 2 * UUID_SIZE; from++) {
        if (from == 8 || from == 12 || from == 16 || from == 20) {
            ret_text[to++] = '-';
        }
        ret_text[to++] = hex[from];
    }
    ret_text[to] = '\0';
    hmi_assert(to == HMI_UUID_TEXT);
}

void hmi_uuid5(const uint8_t name_space[16], hm_bytes name, char ret_text[HMI_UUID_TEXT + 1])
{
    hmi_buf named;
    hmi_buf_init(&named, 0);
    hmi_buf_add(&named, hmi_bytes(name_space, UUID_SIZE));
    hmi_buf_add(&named, name);
    hmi_assert(named.bad == 0);
    hmi_sha1 digest = hmi_sha1_of(hmi_buf_bytes(&named));
    hmi_buf_fini(&named);
    format_uuid(digest.bytes, 5, ret_text);
}

int hmi_uuid4(char ret_text[HMI_UUID_TEXT + 1], hm_err *err)
{
    uint8_t bytes[UUID_SIZE];
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes)) {
        return hmi_fail_errno(err, "no random numbers from the system");
    }
    format_uuid(bytes, 4, ret_text);
    return HM_OK;
}

bool hmi_uuid_is(hm_text text)
{
    if (text.len != HMI_UUID_TEXT) {
        return false;
    }
    /* Bytes 0 to 15, 16 to 31 and, once more, 20 to 35; hyphens are at 8, 13, 18 and 23. */
    static const hmi_lanes HYPHENS[] = {
        { 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0, 0, 0, 0, 0xff, 0, 0 },
        { 0, 0, 0xff, 0, 0, 0, 0, 0xff, 0, 0, 0, 0, 0, 0, 0, 0 },
        { 0, 0, 0, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
    };
    static const uint8_t FROM[] = { 0, 16, 20 };
    hmi_lanes good = ~(hmi_lanes){ 0 };
    for (size_t i = 0; i < HMI_COUNT(HYPHENS); i++) {
        hmi_lanes c = hmi_lanes_at(text.ptr + FROM[i]);
        good &= (HYPHENS[i] & (hmi_lanes)(c == '-')) | (~HYPHENS[i] & hmi_lanes_hex(c));
    }
    return hmi_lanes_all(good);
}

bool hmi_stix_id_is(hm_text text)
{
    if (text.len < HMI_STIX_TYPE_MIN + 2 + HMI_UUID_TEXT) {
        return false;
    }
    size_t type_len = text.len - HMI_UUID_TEXT - 2;
    if (type_len > HMI_STIX_TYPE_MAX || text.ptr[type_len] != '-' ||
        text.ptr[type_len + 1] != '-' ||
        !hmi_uuid_is(hmi_text_slice(text, type_len + 2, HMI_UUID_TEXT))) {
        return false;
    }
    for (size_t i = 0; i < type_len; i++) {
        char c = text.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !hmi_ascii_digit(c) && c != '-') {
            return false;
        }
    }
    return true;
}

void hmi_stix_id_add(hm_text type, hm_bytes canonical, hmi_buf *out)
{
    char uuid[HMI_UUID_TEXT + 1];
    hmi_uuid5(SCO_SPACE, canonical, uuid);
    hmi_buf_add_text(out, type);
    hmi_buf_add_cstr(out, "--");
    hmi_buf_add_cstr(out, uuid);
}
