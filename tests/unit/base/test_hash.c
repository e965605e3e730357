/* SPDX-License-Identifier: Apache-2.0
 * test_hash.c - the standards' own vectors, streams equal one-shot, hex both ways. */
#include "base/hash.h"
#include "check.h"

static hm_text hex_of(const void *ptr, size_t len, char *out)
{
    hmi_hex(hmi_bytes(ptr, len), out);
    return hmi_text_of(out);
}

TEST(vectors_of_the_standards)
{
    char hex[65];
    hmi_sha256 sha256 = hmi_sha256_of(HM_BYTES("abc"));
    CHECK_TEXT(hex_of(&sha256, 32, hex),
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    hmi_sha1 sha1 = hmi_sha1_of(HM_BYTES("abc"));
    CHECK_TEXT(hex_of(&sha1, 20, hex), "a9993e364706816aba3e25717850c26c9cd0d89d");
    hmi_md5 md5 = hmi_md5_of(HM_BYTES("abc"));
    CHECK_TEXT(hex_of(&md5, 16, hex), "900150983cd24fb0d6963f7d28e17f72");
}

TEST(nothing_has_a_digest)
{
    char hex[65];
    hmi_sha256 sha256 = hmi_sha256_of((hm_bytes){ NULL, 0 });
    CHECK_TEXT(hex_of(&sha256, 32, hex),
               "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    hmi_md5 md5 = hmi_md5_of((hm_bytes){ NULL, 0 });
    CHECK_TEXT(hex_of(&md5, 16, hex), "d41d8cd98f00b204e9800998ecf8427e");
}

TEST(stream_equals_one_shot_for_every_cut)
{
    uint8_t bytes[300];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 7);
    }
    hmi_sha256 want256 = hmi_sha256_of(hmi_bytes(bytes, 300));
    hmi_sha1 want1 = hmi_sha1_of(hmi_bytes(bytes, 300));
    hmi_md5 want5 = hmi_md5_of(hmi_bytes(bytes, 300));
    for (size_t cut = 0; cut <= 300; cut += 13) {
        hmi_digests *digests = hmi_digests_new();
        hmi_sha256 sha256;
        hmi_sha1 sha1;
        hmi_md5 md5;
        CHECK(digests != NULL);
        hmi_digests_add(digests, hmi_bytes(bytes, cut));
        hmi_digests_add(digests, hmi_bytes(bytes + cut, 300 - cut));
        hmi_digests_end(digests, &sha256, &sha1, &md5);
        CHECK(memcmp(&sha256, &want256, sizeof(sha256)) == 0);
        CHECK(memcmp(&sha1, &want1, sizeof(sha1)) == 0);
        CHECK(memcmp(&md5, &want5, sizeof(md5)) == 0);
        hmi_digests_free(digests);
    }
    hmi_digests_free(NULL);
}

TEST(long_stream_crosses_the_piece_border)
{
    size_t len = 100001;
    uint8_t *bytes = malloc(len);
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)(i >> 3);
    }
    hmi_digests *digests = hmi_digests_new();
    hmi_sha256 got, want = hmi_sha256_of(hmi_bytes(bytes, len));
    hmi_digests_add(digests, hmi_bytes(bytes, len));
    hmi_digests_end(digests, &got, NULL, NULL);
    CHECK(memcmp(&got, &want, sizeof(got)) == 0);
    hmi_digests_free(digests);
    free(bytes);
}

TEST(xxh3_is_the_published_one_and_takes_a_seed)
{
    CHECK(hmi_checksum((hm_bytes){ NULL, 0 }) == UINT64_C(0x2d06800538d394c2));
    CHECK(hmi_xxh3(HM_BYTES("a"), 1) != hmi_xxh3(HM_BYTES("a"), 2));
    CHECK(hmi_hash_seed() == hmi_hash_seed());
}

TEST(hex_both_ways)
{
    uint8_t out[3] = { 9, 9, 9 };
    CHECK(hmi_unhex(HM_TEXT("00fFa5"), out, 3));
    CHECK(memcmp(out, "\x00\xff\xa5", 3) == 0);
    CHECK(!hmi_unhex(HM_TEXT("11223"), out, 3));
    CHECK(!hmi_unhex(HM_TEXT("11223g"), out, 3));
    CHECK(!hmi_unhex(HM_TEXT("1122334"), out, 3));
    CHECK(!hmi_unhex(HM_TEXT("11 233"), out, 3));
    CHECK(memcmp(out, "\x00\xff\xa5", 3) == 0);
    CHECK(hmi_unhex((hm_text){ NULL, 0 }, out, 0));
}

TEST(a_descriptor_is_hashed_where_it_stands)
{
    hm_err err = { 0 };
    hmi_sha256 digest, want;
    FILE *file = tmpfile();
    CHECK(file != NULL);
    uint8_t content[200001];
    for (size_t i = 0; i < sizeof(content); i++) {
        content[i] = (uint8_t)(i * 7 + i / 1000);
    }
    CHECK_EQ(fwrite(content, 1, sizeof(content), file), sizeof(content));
    fflush(file);
    want = hmi_sha256_of(hmi_bytes(content, sizeof(content)));
    CHECK_OK(hmi_sha256_of_fd(fileno(file), sizeof(content), &digest, &err));
    CHECK(memcmp(&digest, &want, sizeof(want)) == 0);
    CHECK_EQ(hmi_sha256_of_fd(fileno(file), sizeof(content) + 1, &digest, &err), HM_E_TRUNCATED);
    CHECK_EQ(err.offset, sizeof(content));
    fclose(file);
}

RUN_TESTS()
