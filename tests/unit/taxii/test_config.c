/* SPDX-License-Identifier: Apache-2.0
 *
 * test_config.c - configurations that are right, and every way of getting one wrong.
 */
#include "check.h"
#include "taxii/config.h"

#define POLICY                                                       \
    "partner alice 11111111-1111-4111-8111-111111111111 community\n" \
    "partner bob 22222222-2222-4222-8222-222222222222 public\n"
#define ID "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
#define ID2 "91a7b528-80eb-42ed-a74d-c6fbd5a26117"
#define DIGEST "0000000000000000000000000000000000000000000000000000000000000001"
#define BASE "root api One root\ncollection api " ID " main  The main one\n"

static int read_config(const char *text, const char *accounts, hmi_arena *arena, hmi_policy *policy,
                       hmi_taxii_config *config, hm_err *err)
{
    hmi_arena_init(arena, 64 << 20);
    CHECK_EQ(hmi_policy_read(HM_BYTES(POLICY), arena, policy, err), HM_OK);
    return hmi_taxii_config_read(hmi_text_bytes(hmi_text_of(text)),
                                 hmi_text_bytes(hmi_text_of(accounts)), policy, arena, config, err);
}

TEST(a_whole_configuration)
{
    hmi_arena arena;
    hmi_policy policy;
    hmi_taxii_config c;
    hm_err err = { 0 };
    CHECK_OK(read_config("# head\ntitle Our server # behind\nlisten ::1 0\npurpose detect\n" BASE
                         "collection api " ID2 " - Only indicators\nquery " ID2 " " ID
                         " match[type]=indicator&match[confidence-gte]=50\nread " ID " *\nread " ID2
                         " bob\nwrite " ID " alice\nfaults " ID " keep\nopen bob\nrate * 5\n"
                         "rate alice 7\nbody-max 1000\n",
                         "account alice token " DIGEST "\n", &arena, &policy, &c, &err));
    CHECK_TEXT(c.title, "Our server");
    CHECK_CSTR(c.address, "::1");
    CHECK_EQ(c.collection_count, 2);
    CHECK_TEXT(c.collections[0].alias, "main");
    CHECK_TEXT(c.collections[0].title, "The main one");
    CHECK(c.collections[0].readers[0] && c.collections[0].readers[1]);
    CHECK(c.collections[0].writers[0] && !c.collections[0].writers[1]);
    CHECK(c.collections[0].keep_faulty && c.collections[1].query != NULL);
    CHECK_EQ(c.collections[1].source, 0);
    CHECK_EQ(c.collections[1].query->match_count, 1);
    CHECK_EQ(c.open, 2);
    CHECK_EQ((int)c.rates[0].per_second, 7);
    CHECK_EQ((int)c.rates[1].per_second, 5);
    CHECK_EQ(c.accounts[0].sha256[31], 1);
    CHECK_EQ(c.body_max, 1000);
    hmi_arena_fini(&arena);
}

TEST(what_is_wrong_is_said_with_its_line)
{
    static const char *const BAD[] = {
        BASE "reed " ID " *\n",
        BASE "read " ID2 " *\n",
        BASE "read " ID " carol\n",
        BASE "write\n",
        BASE "collection other " ID2 " x T\n",
        BASE "collection api " ID " y T\n",
        BASE "collection api " ID2 " main T\n",
        BASE "collection api x y T\n",
        BASE "collection api " ID2 " y\n",
        BASE "root api again\n",
        "root taxii2 no\n\n",
        "root a/b no\n\n",
        BASE "query " ID " " ID " limit=5\n",
        BASE "collection api " ID2 " - Q\nquery " ID2 " " ID " limit=0\n",
        BASE "faults " ID " maybe\n",
        BASE "account alice password hunter2\n",
        BASE "account alice token 12\n",
        BASE "account carol token " DIGEST "\n",
        BASE "account alice key " DIGEST "\n",
        BASE "listen 127.0.0.1 65536\n",
        BASE "listen 127.0.0.1 x\n",
        BASE "purpose fun\n",
        BASE "rate * 0\n",
        BASE "body-max 0\n",
        BASE "open carol\n",
        BASE "title\n",
    };
    for (size_t i = 0; i < HMI_COUNT(BAD); i++) {
        hmi_arena arena;
        hmi_policy policy;
        hmi_taxii_config c;
        hm_err err = { 0 };
        int code = read_config(BAD[i], "", &arena, &policy, &c, &err);
        if (code != HM_E_MALFORMED || strstr(err.text, "line ") == NULL) {
            print_error("%s: %d %s\n", BAD[i], code, err.text);
            _fail(__FILE__, __LINE__);
        }
        hmi_arena_fini(&arena);
    }
    hmi_arena arena;
    hmi_policy policy;
    hmi_taxii_config c;
    hm_err err = { 0 };
    CHECK_EQ(read_config(BASE, "open alice\n", &arena, &policy, &c, &err), HM_E_MALFORMED);
    hmi_arena_fini(&arena);
    CHECK_EQ(read_config("certificate a.pem\n", "", &arena, &policy, &c, &err), HM_E_MALFORMED);
    hmi_arena_fini(&arena);
}

RUN_TESTS()
