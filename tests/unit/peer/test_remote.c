/* SPDX-License-Identifier: Apache-2.0
 *
 * test_remote.c - partners' files: what is written is read again; what would weaken trust is
 * refused.
 */
#include "check.h"
#include "peer/remote.h"

static int read_remote(const char *text, hmi_arena *arena, hmi_remote *remote, hm_err *err)
{
    hmi_arena_init(arena, 1 << 20);
    return hmi_remote_read(hmi_text_bytes(hmi_text_of(text)), arena, remote, err);
}

TEST(written_and_read_again)
{
    hmi_arena arena, second;
    hmi_remote remote, again;
    hm_err err = { 0 };
    hmi_buf text;
    CHECK_OK(read_remote("# theirs\nurl https://a.example/api/\ncollection main\n\nuser me\n"
                         "password with blanks in it\nca /etc/ca.pem\npin sha256//AA==\n",
                         &arena, &remote, &err));
    CHECK_CSTR(remote.password, "with blanks in it");
    CHECK(remote.token == NULL);
    hmi_buf_init(&text, 0);
    hmi_remote_write(&remote, &text);
    hmi_buf_add_u8(&text, 0);
    CHECK_OK(read_remote((const char *)text.ptr, &second, &again, &err));
    CHECK_CSTR(again.url, remote.url);
    CHECK_CSTR(again.pin, remote.pin);
    hmi_buf_fini(&text);
    hmi_arena_fini(&arena);
    hmi_arena_fini(&second);
}

TEST(what_weakens_trust_is_refused)
{
    static const char *const BAD[] = {
        "",
        "url http://partner.example/api/\n",
        "url ftp://partner.example/\n",
        "url http://127.0.0.1.evil.example/\n",
        "url http://localhost.evil.example/\n",
        "url https://user:secret@a.example/\n",
        "url https://a.example/?x=1\n",
        "url https://a.example/\nurl https://b.example/\n",
        "url https://a.example/\ncA ca.pem\n",
        "url https://a.example/\nca\n",
        "url https://a.example/\nuser me\n",
        "url https://a.example/\nkey k\n",
        "url https://a.example/\nuser a\npassword b\ntoken c\n",
        "url https://a.example/\npin \xff\n",
    };
    for (size_t i = 0; i < HMI_COUNT(BAD); i++) {
        hmi_arena arena;
        hmi_remote remote;
        hm_err err = { 0 };
        if (read_remote(BAD[i], &arena, &remote, &err) != HM_E_MALFORMED) {
            print_error("%s\n", BAD[i]);
            _fail(__FILE__, __LINE__);
        }
        hmi_arena_fini(&arena);
    }
}

TEST(names_are_file_names)
{
    CHECK(hmi_remote_name_good(HM_TEXT("jp-cert_2.0")));
    CHECK(!hmi_remote_name_good(HM_TEXT("")));
    CHECK(!hmi_remote_name_good(HM_TEXT("..")));
    CHECK(!hmi_remote_name_good(HM_TEXT(".hidden")));
    CHECK(!hmi_remote_name_good(HM_TEXT("a/b")));
    CHECK(!hmi_remote_name_good(HM_TEXT("a b")));
}

RUN_TESTS()
