/* SPDX-License-Identifier: Apache-2.0
 *
 * test_observables.c - what stands as a token of its own is found; what only looks like it is not.
 */
#include "check.h"
#include "collect.h"
#include "formats/scan/scan.h"

typedef struct example {
    const char *text;
    hmi_class class_id;
    const char *value; /* NULL: nothing of the class is in the text */
} example;

static const example EXAMPLES[] = {
    /* addresses stand alone */
    { "from 192.0.2.17 port 22", HMI_ADDRESS, "192.0.2.17" },
    { "198.51.100.4", HMI_ADDRESS, "198.51.100.4" },
    { "end of it: 198.51.100.4.", HMI_ADDRESS, "198.51.100.4" },
    { "(198.51.100.4)", HMI_ADDRESS, "198.51.100.4" },
    { "src=198.51.100.4;dst=x", HMI_ADDRESS, "198.51.100.4" },
    { "198.51.100.4:8080", HMI_ADDRESS, "198.51.100.4" },
    { "\xeb\xb6\x80\xed\x84\xb0 198.51.100.4\xec\x97\x90\xec\x84\x9c", HMI_ADDRESS,
      "198.51.100.4" },
    { "11.22.33.44.55", HMI_ADDRESS, NULL },
    { "lib-1.2.3.4-5", HMI_ADDRESS, NULL },
    { "1.2.3.4-5", HMI_ADDRESS, NULL },
    { "v1.2.3.4", HMI_ADDRESS, NULL },
    { "version 10.2.3.4 of it", HMI_ADDRESS, NULL },
    { "Version=4.1.2.3, Culture=neutral", HMI_ADDRESS, NULL },
    { "Chrome/30.1.59.69 Safari", HMI_ADDRESS, NULL },
    { "1.2.3.4.rpm", HMI_ADDRESS, NULL },
    { "256.1.1.1", HMI_ADDRESS, NULL },
    { "1.2.3", HMI_ADDRESS, NULL },
    { "block 198.51.100.0/24 now", HMI_RANGE, "198.51.100.0/24" },
    { "block 198.51.100.0/240 now", HMI_RANGE, NULL },
    { "to 2001:db8::17 via", HMI_ADDRESS, "2001:db8::17" },
    { "[2001:db8:1:2:3:4:5:6]:443", HMI_ADDRESS, "2001:db8:1:2:3:4:5:6" },
    { "at 12:30:45 today", HMI_ADDRESS, NULL },
    { "std::dec << a::b", HMI_ADDRESS, NULL },
    { "ether 00:16:3e:5e:6c:01 up", HMI_MAC_ADDRESS, "00:16:3e:5e:6c:01" },
    /* domains */
    { "resolve update.culver-city.net please", HMI_DOMAIN, "update.culver-city.net" },
    { "*.bad-host.org", HMI_DOMAIN, "bad-host.org" },
    { "www.politika.rs", HMI_DOMAIN, "www.politika.rs" },
    { "EVIL-HOST.COM", HMI_DOMAIN, "evil-host.com" },
    { "kernel32.dll", HMI_DOMAIN, NULL },
    { "using System.Net;", HMI_DOMAIN, NULL },
    { "libc.so.6 libc.so", HMI_DOMAIN, NULL },
    { "a.py main.rs x.sh", HMI_DOMAIN, NULL },
    { "com.example.net", HMI_DOMAIN, NULL },
    { "/var/lib/evil.com", HMI_DOMAIN, NULL },
    { "console.info(x)", HMI_DOMAIN, NULL },
    { "hidden 2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion now", HMI_ONION,
      "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion" },
    /* URLs, and their hosts */
    { "get http://a.sh/x.py?q=1, then", HMI_URL, "http://a.sh/x.py?q=1" },
    { "get http://a.sh/x.py?q=1, then", HMI_DOMAIN, "a.sh" },
    { "(see https://host.example.net/a_(b))", HMI_URL, "https://host.example.net/a_(b)" },
    { "http://192.0.2.9:81/p", HMI_ADDRESS, "192.0.2.9" },
    { "http://%s:%d/", HMI_URL, NULL },
    { "note://x", HMI_URL, NULL },
    /* mail */
    { "write to john.doe+x@mail.example.org.", HMI_MAIL, "john.doe+x@mail.example.org" },
    { "write to john.doe@mail.example.org.", HMI_DOMAIN, NULL },
    { "a@b", HMI_MAIL, NULL },
    { "@@GLIBC_2.2.5", HMI_MAIL, NULL },
    /* digests */
    { "d41d8cd98f00b204e9800998ecf8427e", HMI_MD5, "d41d8cd98f00b204e9800998ecf8427e" },
    { "xx da39a3ee5e6b4b0d3255bfef95601890afd80709 yy", HMI_SHA1,
      "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
    { "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", HMI_SHA256,
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "00000000000000000000000000000000", HMI_MD5, NULL },
    { "0123456789abcdef0123456789abcdef", HMI_MD5, NULL },
    { "gd41d8cd98f00b204e9800998ecf8427e", HMI_MD5, NULL },
    /* paths, keys, names */
    { "open C:\\Windows\\Temp\\a b\\run.exe /quiet", HMI_FILE_PATH,
      "c:\\windows\\temp\\a b\\run.exe" },
    { "%APPDATA%\\svc\\x.dat", HMI_FILE_PATH, "%appdata%\\svc\\x.dat" },
    { "ls /usr/local/bin/tool now", HMI_FILE_PATH, "/usr/local/bin/tool" },
    { "a/usr/local", HMI_FILE_PATH, NULL },
    { "set HKLM\\Software\\Evil\\Run = 1", HMI_REGISTRY_KEY,
      "hkey_local_machine\\software\\evil\\run" },
    { "\\\\.\\pipe\\gate_7", HMI_PIPE_NAME, "\\\\.\\pipe\\gate_7" },
    { "Global\\FwtSqmSession106839323", HMI_MUTEX, "Global\\FwtSqmSession106839323" },
    { "{8761ABBD-7F85-42EE-B272-A76179687C63}", HMI_MUTEX,
      "{8761ABBD-7F85-42EE-B272-A76179687C63}" },
    { "{8761ABBD-7F85-42EE-B272-A7617968}", HMI_MUTEX, NULL },
    { "sends \"Mozilla/4.0 (compatible; MSIE 6.0)\"", HMI_USER_AGENT,
      "Mozilla/4.0 (compatible; MSIE 6.0)" },
    { "see CVE-2014-0160, old", HMI_VULNERABILITY, "CVE-2014-0160" },
    { "xCVE-2014-0160", HMI_VULNERABILITY, NULL },
};

static size_t count_of(const collector *got, hmi_class class_id)
{
    size_t count = 0;
    for (size_t i = 0; i < got->trait_count; i++) {
        count += got->traits[i].class_id == class_id;
    }
    return count;
}

TEST(tokens_are_found_and_lookalikes_are_not)
{
    size_t wrong = 0;
    for (size_t i = 0; i < HMI_COUNT(EXAMPLES); i++) {
        const example *e = &EXAMPLES[i];
        collector got;
        collect_init(&got, 1 << 20);
        hmi_reading reading = collect_reading(&got);
        hm_err err;
        hm_bytes text = hmi_text_bytes(hmi_text_of(e->text));
        CHECK_OK(hmi_scan_text(&reading, text, 0, HMI_ROLE_CONTENT, &err));
        bool right = e->value == NULL ? count_of(&got, e->class_id) == 0
                                      : collect_has(&got, e->class_id, HMI_ROLE_CONTENT, e->value);
        if (!right) {
            print_error("in \"%s\": class %d, wanted %s\n", e->text, (int)e->class_id,
                        e->value ? e->value : "nothing");
            collect_print(&got);
            wrong++;
        }
        collect_fini(&got);
    }
    CHECK_EQ(wrong, 0);
}

TEST(each_has_its_place_in_the_evidence_and_its_role)
{
    collector got;
    collect_init(&got, 1 << 20);
    hmi_reading reading = collect_reading(&got);
    hm_err err;
    CHECK_OK(hmi_scan_text(&reading, HM_BYTES("ab 192.0.2.1 cd"), 1000, HMI_ROLE_CLIENT, &err));
    const hmi_trait *trait = collect_find(&got, HMI_ADDRESS, HMI_ROLE_CLIENT, "192.0.2.1");
    CHECK(trait != NULL);
    CHECK_EQ(trait->offset, 1003);
    collect_fini(&got);
}

/* All of a text at once gives what its lines give one by one. */
TEST(neighbours_do_not_disturb)
{
    collector single, whole;
    collect_init(&single, 1 << 20);
    collect_init(&whole, 1 << 20);
    hmi_reading each = collect_reading(&single), all = collect_reading(&whole);
    hm_err err;
    static char text[16384];
    size_t len = 0;
    for (size_t i = 0; i < HMI_COUNT(EXAMPLES); i++) {
        size_t line = strlen(EXAMPLES[i].text);
        CHECK_OK(
            hmi_scan_text(&each, hmi_bytes(EXAMPLES[i].text, line), 0, HMI_ROLE_CONTENT, &err));
        memcpy(text + len, EXAMPLES[i].text, line);
        len += line;
        text[len++] = '\n';
    }
    CHECK_OK(hmi_scan_text(&all, hmi_bytes(text, len), 0, HMI_ROLE_CONTENT, &err));
    for (size_t i = 0; i < single.trait_count; i++) {
        const hmi_trait *t = &single.traits[i];
        bool found = t->class_id == HMI_MUTEX; /* {GUID} asks to stand alone */
        for (size_t j = 0; j < whole.trait_count; j++) {
            found |= whole.traits[j].class_id == t->class_id &&
                     hmi_text_eq(whole.traits[j].value, t->value);
        }
        CHECK(found);
    }
    collect_fini(&single);
    collect_fini(&whole);
}

TEST(long_runs_of_trigger_bytes_stay_linear)
{
    /* Quadratic work over a megabyte would take hours: that this ends is the test. */
    static const char *const patterns[] = { "a.",    "a:",         "a@",       "a\\",    "/a",
                                            "a-",    "C:\\",       "http://a", "1.",     "::1",
                                            "ab",    "Mozilla/5 ", "{0-",      "/usr/a", "%a%\\",
                                            "\\\\a", "cve-1999-" };
    enum { LEN = 1 << 20 };
    uint8_t *text = malloc(LEN);
    for (size_t p = 0; p < HMI_COUNT(patterns); p++) {
        for (size_t i = 0; i < LEN; i++) {
            text[i] = (uint8_t)patterns[p][i % strlen(patterns[p])];
        }
        collector got;
        collect_init(&got, 512 << 20);
        hmi_reading reading = collect_reading(&got);
        hm_err err;
        CHECK_OK(hmi_scan_text(&reading, hmi_bytes(text, LEN), 0, HMI_ROLE_CONTENT, &err));
        collect_fini(&got);
    }
    free(text);
}

TEST(every_prefix_and_every_byte_value_is_survived)
{
    for (size_t i = 0; i < HMI_COUNT(EXAMPLES); i++) {
        size_t whole = strlen(EXAMPLES[i].text);
        for (size_t len = 0; len <= whole; len++) {
            uint8_t *text = malloc(len + 1); /* no NUL behind it: the sanitizer sees the border */
            memcpy(text + 1, EXAMPLES[i].text, len);
            for (int value = -1; value < 256; value += 17) {
                if (value >= 0 && len > 0) {
                    text[len] = (uint8_t)value;
                }
                collector got;
                collect_init(&got, 1 << 20);
                hmi_reading reading = collect_reading(&got);
                hm_err err;
                CHECK_OK(
                    hmi_scan_text(&reading, hmi_bytes(text + 1, len), 0, HMI_ROLE_CONTENT, &err));
                collect_fini(&got);
            }
            free(text);
        }
    }
}

RUN_TESTS()
