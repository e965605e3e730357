/* SPDX-License-Identifier: Apache-2.0
 *
 * test_canonical.c - one spelling per thing: tables of what is accepted, how it is then written,
 * and what is refused; every accepted value is its own canonical form.
 */
#include "check.h"
#include "trait/trait.h"

typedef struct good_row {
    hmi_class class_id;
    const char *raw;
    const char *canonical;
} good_row;

typedef struct bad_row {
    hmi_class class_id;
    const char *raw;
} bad_row;

#define HEX32 "0123456789abcdef0123456789abcdef"
#define HEX32_UPPER "0123456789ABCDEF0123456789ABCDEF"

static int canonical(hmi_class class_id, const char *raw, bool defanged, char *out)
{
    hmi_arena arena;
    hmi_arena_init(&arena, 64 << 10);
    hm_text value = HM_TEXT("untouched");
    int code = hmi_trait_canonical(&arena, class_id, hmi_text_of(raw), defanged, &value, NULL);
    if (code < 0) {
        assert_true(hmi_text_is(value, "untouched"));
    } else {
        assert_true(value.len <= HMI_TRAIT_VALUE_MAX && value.len > 0);
        memcpy(out, value.ptr, value.len);
        out[value.len] = '\0';
    }
    hmi_arena_fini(&arena);
    return code;
}

static void check_good(const good_row *rows, size_t count, bool defanged)
{
    static char once[HMI_TRAIT_VALUE_MAX + 1], twice[HMI_TRAIT_VALUE_MAX + 1];
    for (size_t i = 0; i < count; i++) {
        if (canonical(rows[i].class_id, rows[i].raw, defanged, once) != HM_OK) {
            fail_msg("row %zu \"%s\" was refused", i, rows[i].raw);
        }
        CHECK_CSTR(once, rows[i].canonical);
        if (canonical(rows[i].class_id, once, false, twice) != HM_OK) {
            fail_msg("row %zu \"%s\" is not its own canonical form", i, once);
        }
        CHECK_CSTR(twice, once);
    }
}

static void check_bad(const bad_row *rows, size_t count, bool defanged)
{
    static char out[HMI_TRAIT_VALUE_MAX + 1];
    for (size_t i = 0; i < count; i++) {
        if (canonical(rows[i].class_id, rows[i].raw, defanged, out) != HM_E_MALFORMED) {
            fail_msg("row %zu \"%s\" was accepted", i, rows[i].raw);
        }
    }
}

#define GOOD(defanged, ...)                             \
    do {                                                \
        static const good_row rows[] = { __VA_ARGS__ }; \
        check_good(rows, HMI_COUNT(rows), defanged);    \
    } while (0)
#define BAD(defanged, ...)                             \
    do {                                               \
        static const bad_row rows[] = { __VA_ARGS__ }; \
        check_bad(rows, HMI_COUNT(rows), defanged);    \
    } while (0)

/* clang-format off */
TEST(addresses)
{
    GOOD(false,
        { HMI_ADDRESS, "198.51.100.3", "198.51.100.3" },
        { HMI_ADDRESS, " 0.0.0.0\r\n", "0.0.0.0" },
        { HMI_ADDRESS, "255.255.255.255", "255.255.255.255" },
        { HMI_ADDRESS, "2001:DB8:0:0:0:0:0:1", "2001:db8::1" },
        { HMI_ADDRESS, "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
        { HMI_ADDRESS, "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
        { HMI_ADDRESS, "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
        { HMI_ADDRESS, "::", "::" },
        { HMI_ADDRESS, "::1", "::1" },
        { HMI_ADDRESS, "1::", "1::" },
        { HMI_ADDRESS, "0001:0002:0003:0004:0005:0006:0007:0008", "1:2:3:4:5:6:7:8" },
        { HMI_ADDRESS, "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
        { HMI_ADDRESS, "::FFFF:203.0.113.9", "203.0.113.9" },
        { HMI_ADDRESS, "0:0:0:0:0:ffff:cb00:7109", "203.0.113.9" },
        { HMI_ADDRESS, "64:ff9b::203.0.113.9", "64:ff9b::cb00:7109" },
        { HMI_ADDRESS, "[2001:db8::5]", "2001:db8::5" },
        { HMI_ADDRESS, "fe80::1%eth0", "fe80::1" });
    BAD(false,
        { HMI_ADDRESS, "" }, { HMI_ADDRESS, "010.0.0.1" }, { HMI_ADDRESS, "1.2.3" },
        { HMI_ADDRESS, "1.2.3.4.5" }, { HMI_ADDRESS, "1.2.3.256" }, { HMI_ADDRESS, "1.2.3.4:80" },
        { HMI_ADDRESS, "1.2.3.1000" }, { HMI_ADDRESS, "1..3.4" }, { HMI_ADDRESS, "1.2.3.4." },
        { HMI_ADDRESS, ":" }, { HMI_ADDRESS, ":::" }, { HMI_ADDRESS, "1::2::3" },
        { HMI_ADDRESS, "1:2:3:4:5:6:7:8:9" }, { HMI_ADDRESS, "1:2:3:4:5:6:7:8::" },
        { HMI_ADDRESS, "1:2:3:4:5:6:7" }, { HMI_ADDRESS, "12345::" }, { HMI_ADDRESS, "1:2:" },
        { HMI_ADDRESS, "::1.2.3" }, { HMI_ADDRESS, "1:2:3:4:5:6:7:1.2.3.4" },
        { HMI_ADDRESS, "[1.2.3.4]" }, { HMI_ADDRESS, "fe80::1%" }, { HMI_ADDRESS, "g::" },
        { HMI_ADDRESS, "198[.]51.100.3" });
}

TEST(ranges)
{
    GOOD(false,
        { HMI_RANGE, "198.51.100.77/24", "198.51.100.0/24" },
        { HMI_RANGE, "1.2.3.4/32", "1.2.3.4/32" },
        { HMI_RANGE, "1.2.3.4/0", "0.0.0.0/0" },
        { HMI_RANGE, "1.2.3.255/25", "1.2.3.128/25" },
        { HMI_RANGE, "2001:DB8:ffff::/33", "2001:db8:8000::/33" },
        { HMI_RANGE, "::1/128", "::1/128" },
        { HMI_RANGE, "::ffff:1.2.3.4/120", "1.2.3.0/24" },
        { HMI_RANGE, "::ffff:1.2.3.4/95", "::fffe:0:0/95" });
    BAD(false, { HMI_RANGE, "1.2.3.4" }, { HMI_RANGE, "1.2.3.4/33" }, { HMI_RANGE, "::/129" },
        { HMI_RANGE, "1.2.3.4/" }, { HMI_RANGE, "1.2.3.4/08" }, { HMI_RANGE, "/8" },
        { HMI_RANGE, "1.2.3.4/8/8" });
}

TEST(domains)
{
    GOOD(false,
        { HMI_DOMAIN, "Evil.Example.COM.", "evil.example.com" },
        { HMI_DOMAIN, "_dmarc.example.org", "_dmarc.example.org" },
        { HMI_DOMAIN, "b\303\274cher.de", "xn--bcher-kva.de" },
        { HMI_DOMAIN, "fa\xc3\x9f.de", "xn--fa-hia.de" },
        { HMI_DOMAIN, "\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88.jp", "xn--r8jz45g.xn--zckzah.jp" },
        { HMI_DOMAIN, "XN--BCHER-KVA.de", "xn--bcher-kva.de" },
        { HMI_DOMAIN, "www.ck", "www.ck" },
        { HMI_DOMAIN, "c2.example", "c2.example" },
        { HMI_DOMAIN, "setup.zip", "setup.zip" });
    BAD(false,
        { HMI_DOMAIN, "kernel32.dll" }, { HMI_DOMAIN, "System.Net.Sockets" }, { HMI_DOMAIN, "com" },
        { HMI_DOMAIN, "foo.exe" }, { HMI_DOMAIN, "1.2.3.4" }, { HMI_DOMAIN, ".com" },
        { HMI_DOMAIN, "a..com" }, { HMI_DOMAIN, "-a.com" }, { HMI_DOMAIN, "a-.com" },
        { HMI_DOMAIN, "a b.com" }, { HMI_DOMAIN, "a.com/" }, { HMI_DOMAIN, "evil[.]com" },
        { HMI_DOMAIN, "." }, { HMI_DOMAIN, "a.com.." }, { HMI_DOMAIN, "user@a.com" },
        { HMI_DOMAIN, "abcdefghijklmnop.onion" },
        { HMI_DOMAIN, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.com" });
}

TEST(onion_services)
{
    GOOD(false,
        { HMI_ONION, "ABCDEFGHIJKLMNOP.onion", "abcdefghijklmnop.onion" },
        { HMI_ONION, "www.abcdefghijklmnop.onion.", "abcdefghijklmnop.onion" },
        { HMI_ONION, "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwx.ONION",
          "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrstuvwx.onion" });
    BAD(false, { HMI_ONION, "short.onion" }, { HMI_ONION, "abcdefghijklmno1.onion" },
        { HMI_ONION, ".onion" }, { HMI_ONION, "abcdefghijklmnop.com" });
}

TEST(mail)
{
    GOOD(false,
        { HMI_MAIL, "John.Doe+x@Example.COM", "john.doe+x@example.com" },
        { HMI_MAIL, "j@b\xc3\xbc" "cher.de", "j@xn--bcher-kva.de" });
    BAD(false, { HMI_MAIL, "a@b" }, { HMI_MAIL, "@example.com" }, { HMI_MAIL, "a..b@example.com" },
        { HMI_MAIL, ".a@example.com" }, { HMI_MAIL, "a.@example.com" }, { HMI_MAIL, "a b@example.com" },
        { HMI_MAIL, "a@kernel32.dll" }, { HMI_MAIL, "a@example.com " "x" }, { HMI_MAIL, "a@" });
}

TEST(urls)
{
    GOOD(false,
        { HMI_URL, "HTTP://Example.COM", "http://example.com/" },
        { HMI_URL, "http://example.com:80/", "http://example.com/" },
        { HMI_URL, "https://example.com:0443/x", "https://example.com/x" },
        { HMI_URL, "https://example.com:80/x", "https://example.com:80/x" },
        { HMI_URL, "http://example.com:/x", "http://example.com/x" },
        { HMI_URL, "http://example.com/%7ea/./b/../c", "http://example.com/~a/c" },
        { HMI_URL, "http://example.com/a/%2e%2e/%2E%2e/b", "http://example.com/b" },
        { HMI_URL, "http://example.com/a/..", "http://example.com/" },
        { HMI_URL, "http://example.com/a/.", "http://example.com/a/" },
        { HMI_URL, "http://example.com/a//b", "http://example.com/a//b" },
        { HMI_URL, "http://example.com/%c3%a9?q=%2f#part", "http://example.com/%C3%A9?q=%2F" },
        { HMI_URL, "http://example.com/\xc3\xa9", "http://example.com/%C3%A9" },
        { HMI_URL, "http://example.com/a b%zz%", "http://example.com/a%20b%25zz%25" },
        { HMI_URL, "http://example.com/%%34%31", "http://example.com/%2541" },
        { HMI_URL, "http://example.com?x=1", "http://example.com/?x=1" },
        { HMI_URL, "http://example.com/?", "http://example.com/?" },
        { HMI_URL, "http://u:p@Example.com/", "http://u:p@example.com/" },
        { HMI_URL, "http://198.51.100.3:8080/g.php", "http://198.51.100.3:8080/g.php" },
        { HMI_URL, "http://[2001:DB8::1]:80/x", "http://[2001:db8::1]/x" },
        { HMI_URL, "http://[::ffff:198.51.100.3]/", "http://198.51.100.3/" },
        { HMI_URL, "http://fileserver/x", "http://fileserver/x" },
        { HMI_URL, "http://b\xc3\xbc" "cher.de/", "http://xn--bcher-kva.de/" },
        { HMI_URL, "http://e%78ample.com/", "http://example.com/" },
        { HMI_URL, "http://abcdefghijklmnop.onion/a", "http://abcdefghijklmnop.onion/a" },
        { HMI_URL, "ftp://example.com:21", "ftp://example.com/" });
    BAD(false,
        { HMI_URL, "example.com/x" }, { HMI_URL, "http:/x" }, { HMI_URL, "http://" },
        { HMI_URL, "http:///x" }, { HMI_URL, "c://x" }, { HMI_URL, "://x" },
        { HMI_URL, "http://a b/" }, { HMI_URL, "http://ex:99999/" }, { HMI_URL, "http://ex:8x/" },
        { HMI_URL, "http://[::1/" }, { HMI_URL, "http://a%20b/" }, { HMI_URL, "http://a\x01/" },
        { HMI_URL, "mailto:a@example.com" }, { HMI_URL, "http://a/\x7f" },
        { HMI_URL, "hxxp://exa[.]mple.com/" });
}

TEST(defanged_spellings_only_where_allowed)
{
    GOOD(true,
        { HMI_ADDRESS, "198[.]51[.]100[.]3", "198.51.100.3" },
        { HMI_ADDRESS, "198.51.100[.3", "198.51.100.3" },
        { HMI_ADDRESS, "198(dot)51{dot}100[dot]3", "198.51.100.3" },
        { HMI_ADDRESS, "2001[:]db8[:][:]1", "2001:db8::1" },
        { HMI_ADDRESS, "[2001:db8::1]", "2001:db8::1" },
        { HMI_RANGE, "198.51.100[.]0/24", "198.51.100.0/24" },
        { HMI_DOMAIN, "evil[.]example{.}com", "evil.example.com" },
        { HMI_DOMAIN, "evil(.)example.com", "evil.example.com" },
        { HMI_DOMAIN, "evil\\.example.com", "evil.example.com" },
        { HMI_DOMAIN, "hxxp.com", "hxxp.com" },
        { HMI_MAIL, "name(at)evil[dot]com", "name@evil.com" },
        { HMI_MAIL, "name[@]evil.com", "name@evil.com" },
        { HMI_URL, "hxxp://evil[.]com/a", "http://evil.com/a" },
        { HMI_URL, "hXXps[:]//evil.com/", "https://evil.com/" },
        { HMI_URL, "hxxps[://]evil.com", "https://evil.com/" },
        { HMI_URL, "fxp://evil.com/a", "ftp://evil.com/a" },
        { HMI_URL, "h**p://evil[.com/", "http://evil.com/" },
        { HMI_URL, "http://[2001:db8::1]/", "http://[2001:db8::1]/" });
    BAD(true, { HMI_DOMAIN, "evil[,]com" }, { HMI_URL, "hyyp:/x" }, { HMI_ADDRESS, "1[.]2[.]3" });
    BAD(false, { HMI_MAIL, "name(at)evil.com" }, { HMI_DOMAIN, "evil(.)com" });
}

TEST(digests)
{
    GOOD(false,
        { HMI_MD5, HEX32_UPPER, HEX32 },
        { HMI_SHA1, HEX32 "01234567", HEX32 "01234567" },
        { HMI_SHA256, HEX32_UPPER HEX32, HEX32 HEX32 },
        { HMI_SHA512, HEX32 HEX32 HEX32 HEX32_UPPER, HEX32 HEX32 HEX32 HEX32 },
        { HMI_AUTHENTIHASH, HEX32 HEX32, HEX32 HEX32 },
        { HMI_JA3, HEX32_UPPER, HEX32 },
        { HMI_JA4, "T13D1516H2_8DAAF6152771_e5627efa2ab1", "t13d1516h2_8daaf6152771_e5627efa2ab1" },
        { HMI_IMPORT_HASH, HEX32_UPPER, "imphash:" HEX32 },
        { HMI_IMPORT_HASH, "TELF:" HEX32 HEX32 "012345", "telf:" HEX32 HEX32 "012345" },
        { HMI_SSDEEP, "3:abc+/:X", "3:abc+/:X" },
        { HMI_SSDEEP, "12288:Ab:Cd,\"a.exe\"", "12288:Ab:Cd" },
        { HMI_TLSH, HEX32 HEX32 "abcdef", "T1" HEX32_UPPER HEX32_UPPER "ABCDEF" },
        { HMI_TLSH, "t1" HEX32 HEX32 "ABCDEF", "T1" HEX32_UPPER HEX32_UPPER "ABCDEF" },
        { HMI_CERTIFICATE, "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
                           "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff",
          "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff" });
    BAD(false, { HMI_MD5, HEX32 "0" }, { HMI_MD5, "g123456789abcdef0123456789abcdef" },
        { HMI_SHA1, HEX32 }, { HMI_SHA256, HEX32 }, { HMI_SHA512, HEX32 HEX32 },
        { HMI_SSDEEP, "5:a:b" }, { HMI_SSDEEP, "3:a" }, { HMI_SSDEEP, "3:a:b:c" },
        { HMI_SSDEEP, "0:a:b" }, { HMI_TLSH, HEX32 }, { HMI_JA4, HEX32 }, { HMI_IMPORT_HASH, "x:1" },
        { HMI_IMPORT_HASH, HEX32 HEX32 }, { HMI_CERTIFICATE, HEX32 });
}

TEST(other_infrastructure)
{
    GOOD(false,
        { HMI_ASN, "as64496", "AS64496" }, { HMI_ASN, "4294967295", "AS4294967295" },
        { HMI_ASN, "AS 15139", "AS15139" },
        { HMI_MAC_ADDRESS, "AA-BB-CC-00-11-22", "aa:bb:cc:00:11:22" },
        { HMI_MAC_ADDRESS, "aabb.cc00.1122", "aa:bb:cc:00:11:22" },
        { HMI_MAC_ADDRESS, "aabbcc001122", "aa:bb:cc:00:11:22" },
        { HMI_WALLET, "0x52908400098527886E0F7030069857D2E4169EE7",
          "0x52908400098527886e0f7030069857d2e4169ee7" },
        { HMI_WALLET, "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
          "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4" },
        { HMI_WALLET, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa" });
    BAD(false, { HMI_ASN, "4294967296" }, { HMI_ASN, "AS" }, { HMI_ASN, "AS01" },
        { HMI_MAC_ADDRESS, "aa:bb:cc:00:11" }, { HMI_MAC_ADDRESS, "aa:bb-cc:00:11:22" },
        { HMI_MAC_ADDRESS, "aa:bb:cc:00:11:22:33" }, { HMI_MAC_ADDRESS, "aabb:cc00:1122" },
        { HMI_WALLET, "0x1234" }, { HMI_WALLET, "short" }, { HMI_WALLET, "1A1zP1eP5QGefi2DMPTfTL5SLmv7Div-Na" });
}

TEST(paths_and_registry)
{
    GOOD(false,
        { HMI_FILE_PATH, "C:/Users/Admin\\x.EXE", "c:\\users\\admin\\x.exe" },
        { HMI_FILE_PATH, "C:\\\\Users\\\\x", "c:\\users\\x" },
        { HMI_FILE_PATH, "\\\\Host\\Share\\x", "\\\\host\\share\\x" },
        { HMI_FILE_PATH, "\\\\\\\\Host\\\\Share", "\\\\host\\share" },
        { HMI_FILE_PATH, "%TEMP%/a", "%temp%\\a" },
        { HMI_FILE_PATH, "/usr/Bin/x", "/usr/Bin/x" },
        { HMI_FILE_NAME, "C:\\Temp\\A.EXE", "a.exe" },
        { HMI_FILE_NAME, "/tmp/x.so", "x.so" },
        { HMI_REGISTRY_KEY, "HKLM\\Software\\X\\", "hkey_local_machine\\software\\x" },
        { HMI_REGISTRY_KEY, "HKLM:\\\\Software", "hkey_local_machine\\software" },
        { HMI_REGISTRY_KEY, "hkey_local_machine\\system\\bar\\foo", "hkey_local_machine\\system\\bar\\foo" },
        { HMI_REGISTRY_KEY, "\\REGISTRY\\MACHINE\\x", "hkey_local_machine\\x" },
        { HMI_REGISTRY_KEY, "HKU\\S-1-5\\ \\", "hkey_users\\s-1-5" });
    BAD(false, { HMI_FILE_PATH, "name.exe" }, { HMI_FILE_PATH, "\\\\" }, { HMI_FILE_NAME, "a/.." },
        { HMI_FILE_NAME, "a/" }, { HMI_REGISTRY_KEY, "HKLM" }, { HMI_REGISTRY_KEY, "HKLMX\\y" },
        { HMI_REGISTRY_KEY, "Software\\x" }, { HMI_REGISTRY_KEY, "HKLM\\" },
        { HMI_FILE_PATH, "/a\tb" });
}

TEST(catalogue_names)
{
    GOOD(false,
        { HMI_TECHNIQUE, "t1059", "T1059" }, { HMI_TECHNIQUE, "T1059/001", "T1059.001" },
        { HMI_VULNERABILITY, "cve-2014-0160", "CVE-2014-0160" },
        { HMI_VULNERABILITY, "CVE-2021-1234567", "CVE-2021-1234567" },
        { HMI_LANGUAGE, "KO_kr", "ko-KR" }, { HMI_LANGUAGE, "zh-hans-cn", "zh-Hans-CN" },
        { HMI_LANGUAGE, "lcid:0x412", "lcid:0x0412" }, { HMI_LANGUAGE, "LCID:0x00010407", "lcid:0x00010407" },
        { HMI_BUILD_TIME, "2014-11-24T17:00:00+09:00", "2014-11-24T08:00:00Z" });
    BAD(false, { HMI_TECHNIQUE, "T105" }, { HMI_TECHNIQUE, "T1059." }, { HMI_TECHNIQUE, "T1059.01" },
        { HMI_TECHNIQUE, "T10590" }, { HMI_TECHNIQUE, "TA0001" }, { HMI_VULNERABILITY, "CVE-14-0160" },
        { HMI_VULNERABILITY, "CVE-2014-016" }, { HMI_VULNERABILITY, "CVE-2014_0160" },
        { HMI_LANGUAGE, "k" }, { HMI_LANGUAGE, "ko--KR" }, { HMI_LANGUAGE, "lcid:0x" },
        { HMI_LANGUAGE, "ko-" }, { HMI_BUILD_TIME, "yesterday" });
}

TEST(free_text)
{
    GOOD(false,
        { HMI_STRING, "  two  blanks kept ", "  two  blanks kept " },
        { HMI_PASSWORD, "!1234567890 dghtdhtrhgfjnui$%^^&", "!1234567890 dghtdhtrhgfjnui$%^^&" },
        { HMI_MUTEX, " Global\\__CLEANSWEEP__ ", "Global\\__CLEANSWEEP__" },
        { HMI_USER_AGENT, "Mozilla/5.0  (X;\tY) ", "Mozilla/5.0 (X; Y)" },
        { HMI_MESSAGE, "hacked\r\n by\n\nWhois", "hacked by Whois" },
        { HMI_TOOL, "Plug X", "plug x" },
        { HMI_ACCOUNT, "CORP\\jdoe", "CORP\\jdoe" },
        { HMI_ACTOR_CLAIM, "Lazarus  Group", "Lazarus Group" },
        { HMI_FUNCTION, " ab ", "ab" });
    BAD(false, { HMI_STRING, "" }, { HMI_STRING, "a\x1b[2J" }, { HMI_MUTEX, "  " },
        { HMI_STRING, "a\xc2\x9b" "b" }, { HMI_STRING, "bad\xff" }, { HMI_USER_AGENT, "-" },
        { HMI_USER_AGENT, " - " }, { HMI_ACCOUNT, "-" }, { HMI_MESSAGE, "a\x07" }, { HMI_TOOL, "\xc3" });
}
/* clang-format on */

TEST(a_value_too_long_is_no_trait)
{
    static char raw[HMI_TRAIT_VALUE_MAX + 2], out[HMI_TRAIT_VALUE_MAX + 1];
    memset(raw, 'a', sizeof(raw) - 1);
    CHECK_EQ(canonical(HMI_STRING, raw, false, out), HM_E_MALFORMED);
    CHECK_EQ(canonical(HMI_MESSAGE, raw, false, out), HM_E_MALFORMED);
    CHECK_EQ(canonical(HMI_DOMAIN, raw, true, out), HM_E_MALFORMED);
    raw[HMI_TRAIT_VALUE_MAX] = '\0';
    CHECK_EQ(canonical(HMI_STRING, raw, false, out), HM_OK);
    /* fits as it came, not as it would be written */
    memcpy(raw, "http://e.com/", 13);
    memset(raw + 13, ' ', 2000);
    CHECK_EQ(canonical(HMI_URL, raw, false, out), HM_E_MALFORMED);
}

TEST(canonical_text_is_lent_not_copied)
{
    hmi_arena arena;
    hmi_arena_init(&arena, 64 << 10);
    hm_text raw = HM_TEXT("198.51.100.3");
    hm_text value;
    hm_err err;
    CHECK_OK(hmi_trait_canonical(&arena, HMI_ADDRESS, raw, false, &value, &err));
    CHECK(value.ptr == raw.ptr);
    CHECK_EQ(arena.used, 0);
    hmi_arena_fini(&arena);
}

TEST(an_arena_that_refuses_is_a_limit_and_no_class_a_misuse)
{
    hmi_arena arena;
    hmi_arena_init(&arena, 0);
    hm_text value = HM_TEXT("untouched");
    hm_err err;
    CHECK_EQ(hmi_trait_canonical(&arena, HMI_DOMAIN, HM_TEXT("A.com"), false, &value, &err),
             HM_E_LIMIT);
    CHECK_EQ(hmi_trait_canonical(&arena, (hmi_class)9, HM_TEXT("A.com"), false, &value, &err),
             HM_E_MISUSE);
    CHECK_EQ(hmi_trait_canonical(&arena, HMI_MD5, HM_TEXT("A.com"), false, &value, &err),
             HM_E_MALFORMED);
    CHECK_CSTR(err.text, "the value cannot be read as MD5");
    CHECK_TEXT(value, "untouched");
    hmi_arena_fini(&arena);
}

/* Whatever is accepted of a damaged value must still be its own canonical form. */
TEST(every_cut_and_every_flipped_bit_stays_idempotent)
{
    static const char *const SEEDS[] = {
        "hxxp://u:p@ex%61mple[.]com:80/a/../%7eb?x=%2f#f",
        "[::ffff:198.51.100.3]",
        "2001:db8::/33",
        "HKLM\\Software\\X",
        "b\303\274cher.de",
        "T1059.001",
        "zh-Hans-CN",
        "C:\\\\Users\\x",
        "john@example.com",
        "12288:Ab:Cd,\"x\"",
        "AA-BB-CC-00-11-22",
    };
    static char once[HMI_TRAIT_VALUE_MAX + 1], twice[HMI_TRAIT_VALUE_MAX + 1];
    size_t count;
    const hmi_class_row *rows = hmi_classes(&count);
    size_t accepted = 0;
    for (size_t s = 0; s < HMI_COUNT(SEEDS); s++) {
        size_t len = strlen(SEEDS[s]);
        for (size_t change = 0; change < len * 9; change++) {
            char raw[128];
            memcpy(raw, SEEDS[s], len + 1);
            if (change < len) {
                raw[change] = '\0';
            } else {
                raw[(change - len) / 8] = (char)(raw[(change - len) / 8] ^ 1 << change % 8);
            }
            for (size_t c = 0; c < count; c++) {
                if (canonical(rows[c].id, raw, change % 2 == 0, once) != HM_OK) {
                    continue;
                }
                accepted++;
                if (canonical(rows[c].id, once, false, twice) != HM_OK || strcmp(once, twice)) {
                    fail_msg("%s: \"%s\" is not its own canonical form", rows[c].name, once);
                }
            }
        }
    }
    CHECK(accepted > 10000);
}

RUN_TESTS()
