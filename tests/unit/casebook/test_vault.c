/* SPDX-License-Identifier: Apache-2.0
 *
 * test_vault.c - evidence comes back byte for byte; any damage to its container is noticed.
 */
#include "casebook/vault.h"

#include "casebook/vault_form.h"
#include "room.h"

static int gather(void *with, hm_bytes piece, hm_err *err)
{
    hmi_buf *all = with;
    (void)err;
    hmi_buf_add(all, piece);
    return HM_OK;
}

static void keep(const char *path, hm_bytes content)
{
    hm_err err = { 0 };
    hmi_sealed *sealed = NULL;
    hmi_sha256 sha256 = hmi_sha256_of(content);
    int fd = room_memory(content);
    unlink(path);
    CHECK_OK(hmi_vault_write(path, fd, content.len, &sha256, &sealed, &err));
    CHECK_OK(hmi_sealed_commit(sealed, 0400, &err));
    close(fd);
}

static hm_bytes read_whole(const char *path)
{
    hmi_buf buf;
    hmi_buf_init(&buf, 0);
    FILE *file = fopen(path, "rb");
    for (int c; (c = fgetc(file)) != EOF;) {
        hmi_buf_add_u8(&buf, (uint8_t)c);
    }
    fclose(file);
    return hmi_buf_bytes(&buf);
}

TEST(content_comes_back_byte_for_byte)
{
    hm_err err = { 0 };
    static const size_t SIZES[] = { 0, 1, 7, 8, 65535, 65536, 65537, 300001 };
    for (size_t s = 0; s < HMI_COUNT(SIZES); s++) {
        uint8_t *content = malloc(SIZES[s] + 1);
        uint64_t x = 99;
        for (size_t i = 0; i < SIZES[s]; i++) {
            x = x * 6364136223846793005u + 1;
            content[i] = i % 3 == 0 ? (uint8_t)(x >> 56) : 'a';
        }
        const char *path = room_path("kept");
        keep(path, hmi_bytes(content, SIZES[s]));
        hmi_buf back;
        hmi_buf_init(&back, 0);
        uint64_t size = 77;
        CHECK_OK(hmi_vault_read(path, gather, &back, &size, &err));
        CHECK_EQ(size, SIZES[s]);
        CHECK(hmi_bytes_eq(hmi_buf_bytes(&back), hmi_bytes(content, SIZES[s])));
        hmi_sha256 is, want = hmi_sha256_of(hmi_bytes(content, SIZES[s]));
        CHECK_OK(hmi_vault_hash(path, &is, &size, &err));
        CHECK(memcmp(&is, &want, sizeof(is)) == 0);
        hmi_buf_fini(&back);
        free(content);
    }
}

TEST(what_lies_on_the_disk_shows_nothing_of_what_a_scanner_knows)
{
    static const char CONTENT[] = "MZ\x90 this program cannot be run in DOS mode, this program ...";
    keep(room_path("kept"), hmi_bytes(CONTENT, sizeof(CONTENT)));
    hm_bytes file = read_whole(room_path("kept"));
    CHECK_EQ(hmi_find(file, HM_BYTES("MZ\x90")), HMI_NPOS);
    CHECK_EQ(hmi_find(file, HM_BYTES("program")), HMI_NPOS);
    CHECK_EQ(hmi_find(file, HM_BYTES("\x28\xb5\x2f\xfd")), HMI_NPOS); /* zstd's own magic */
    struct stat st;
    CHECK_EQ(stat(room_path("kept"), &st), 0);
    CHECK_EQ(st.st_mode & 0777, 0400);
    free((void *)(uintptr_t)file.ptr);
}

TEST(a_large_sparse_file_is_kept_in_little_memory_and_space)
{
    hm_err err = { 0 };
    hmi_sealed *sealed = NULL;
    int fd = memfd_create("sparse", MFD_CLOEXEC);
    uint64_t size = UINT64_C(64) << 20;
    hmi_sha256 sha256;
    CHECK_EQ(ftruncate(fd, (off_t)size), 0);
    CHECK_OK(hmi_sha256_of_fd(fd, size, &sha256, &err));
    CHECK_OK(hmi_vault_write(room_path("sparse"), fd, size, &sha256, &sealed, &err));
    CHECK(hmi_sealed_size(sealed) < 100000);
    CHECK_OK(hmi_sealed_commit(sealed, 0400, &err));
    hmi_sha256 is;
    uint64_t has = 0;
    CHECK_OK(hmi_vault_hash(room_path("sparse"), &is, &has, &err));
    CHECK(has == size && memcmp(&is, &sha256, sizeof(is)) == 0);
    close(fd);
}

TEST(every_shorter_container_and_every_flipped_bit_is_noticed)
{
    hm_err err = { 0 };
    static const char CONTENT[] = "evidence evidence evidence, and some more of it, 0123456789";
    keep(room_path("kept"), hmi_bytes(CONTENT, sizeof(CONTENT)));
    hm_bytes file = read_whole(room_path("kept"));
    uint8_t *copy = malloc(file.len + 1);
    hmi_buf back;
    hmi_buf_init(&back, 1 << 20);
    uint64_t size = 7;
    for (size_t len = 0; len < file.len; len++) {
        CHECK_EQ(hmi_vault_read_bytes(hmi_slice(file, 0, len), gather, &back, &size, &err),
                 HM_E_CORRUPT);
    }
    for (size_t bit = 0; bit < file.len * 8; bit++) {
        memcpy(copy, file.ptr, file.len);
        copy[bit / 8] = (uint8_t)(copy[bit / 8] ^ 1u << bit % 8);
        CHECK_EQ(hmi_vault_read_bytes(hmi_bytes(copy, file.len), gather, &back, &size, &err),
                 HM_E_CORRUPT);
    }
    memcpy(copy, file.ptr, file.len);
    copy[file.len] = 0;
    CHECK_EQ(hmi_vault_read_bytes(hmi_bytes(copy, file.len + 1), gather, &back, &size, &err),
             HM_E_CORRUPT);
    CHECK_EQ(size, 7);
    CHECK_EQ(hmi_vault_read(room_path("absent"), gather, &back, &size, &err), HM_E_NOT_FOUND);
    CHECK_EQ(hmi_vault_read(room_parent, gather, &back, &size, &err), HM_E_CORRUPT);
    hmi_buf_fini(&back);
    free(copy);
    free((void *)(uintptr_t)file.ptr);
}

/* A forger's head may promise anything: only as much as promised comes out, never more. */
TEST(a_bomb_with_right_checksums_gives_no_more_than_its_head_says)
{
    hm_err err = { 0 };
    uint8_t *zeros = calloc(1, 1 << 20);
    keep(room_path("bomb"), hmi_bytes(zeros, 1 << 20));
    free(zeros);
    hm_bytes file = read_whole(room_path("bomb"));
    uint8_t *head = (uint8_t *)(uintptr_t)file.ptr;
    static const uint64_t CLAIMS[] = { 0, 1, 1000, (1 << 20) - 1, (1 << 20) + 1, UINT64_MAX };
    for (size_t i = 0; i < HMI_COUNT(CLAIMS); i++) {
        hmi_put_le(head + 16, CLAIMS[i], 8);
        hmi_put_le(head + HMI_VAULT_HEAD_SUMMED,
                   hmi_checksum(hmi_bytes(head, HMI_VAULT_HEAD_SUMMED)), 8);
        hmi_buf back;
        hmi_buf_init(&back, 0);
        uint64_t size = 0;
        CHECK_EQ(hmi_vault_read_bytes(file, gather, &back, &size, &err), HM_E_CORRUPT);
        CHECK(back.len <= CLAIMS[i]);
        hmi_buf_fini(&back);
    }
    free(head);
}

RUN_TESTS()
