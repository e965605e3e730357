/* SPDX-License-Identifier: Apache-2.0
 *
 * test_script.c - languages told apart, shapes that survive renaming, layers decoded one by one.
 */
#include "collect.h"
#include "formats/script/script.h"
#include "sweep.h"

static void read_with(collector *got, hm_bytes file)
{
    hm_err err = { 0 };
    collect_init(got, 64 << 20);
    hmi_reading reading = collect_reading(got);
    CHECK_OK(hmi_formats_read(&reading, file, &err));
}

static hm_text value_of(const collector *got, hmi_class class_id)
{
    for (size_t i = 0; i < got->trait_count; i++) {
        if (got->traits[i].class_id == class_id) {
            return got->traits[i].value;
        }
    }
    return HM_TEXT("");
}

static size_t count_of(const collector *got, hmi_class class_id)
{
    size_t count = 0;
    for (size_t i = 0; i < got->trait_count; i++) {
        count += got->traits[i].class_id == class_id;
    }
    return count;
}

static size_t shared_parts(const collector *a, const collector *b)
{
    size_t shared = 0;
    for (size_t i = 0; i < a->trait_count; i++) {
        for (size_t k = 0; k < b->trait_count; k++) {
            shared += a->traits[i].class_id == HMI_SCRIPT_PART &&
                      b->traits[k].class_id == HMI_SCRIPT_PART &&
                      hmi_text_eq(a->traits[i].value, b->traits[k].value);
        }
    }
    return shared;
}

static const hmi_member *member_that_begins(const collector *got, const char *begin)
{
    for (size_t i = 0; i < got->member_count; i++) {
        if (hmi_starts_with(got->members[i].content, hmi_text_bytes(hmi_text_of(begin)))) {
            return &got->members[i];
        }
    }
    return NULL;
}

static const char POWERSHELL[] =
    "# downloads and starts\n"
    "param($name)\n"
    "$client = New-Object System.Net.WebClient\n"
    "foreach ($u in $list) {\n"
    "  if ($u -eq $null) { continue }\n"
    "  $data = $client.DownloadString($u)\n"
    "  $bytes = [Convert]::FromBase64String($data)\n"
    "  [System.IO.File]::WriteAllBytes($env:TEMP + '\\x.bin', $bytes)\n"
    "  Start-Process -FilePath 'x.bin' -WindowStyle Hidden\n"
    "}\n"
    "Write-Host 'done'\n";

/* The same with other names, numbers, texts, comments and letters' case. */
static const char RENAMED[] = "<# nothing to see #> PARAM($a)\n"
                              "$zz = new-object System.Net.WebClient # other\n"
                              "foreach ($q in $w) { if ($q -EQ $null) { continue }\n"
                              "  $r = $zz.downloadstring($q); "
                              "$s = [Convert]::FromBase64String($r)\n"
                              "  [System.IO.File]::WriteAllBytes($t0 + \"else\", $s)\n"
                              "  Start-Process -FilePath 'y' -WindowStyle Hidden }\n"
                              "Write-Host 'z'\n";

TEST(languages_are_told_by_their_words)
{
    static const struct {
        const char *text;
        hmi_script_language language;
    } CASES[] = {
        { POWERSHELL, HMI_LANGUAGE_POWERSHELL },
        { "Attribute VB_Name = \"a\"\nSub AutoOpen()\nEnd Sub\n", HMI_LANGUAGE_VBSCRIPT },
        { "On Error Resume Next\nSet s = CreateObject(\"WScript.Shell\")\ns.Run \"a\"\n",
          HMI_LANGUAGE_VBSCRIPT },
        { "var a = new ActiveXObject('WScript.Shell');\nfunction b() { return eval(a); };\n",
          HMI_LANGUAGE_JAVASCRIPT },
        { "#!/usr/bin/env python3\nprint(1)\n", HMI_LANGUAGE_PYTHON },
        { "import os\nfrom sys import argv\ndef main():\n    pass\n", HMI_LANGUAGE_PYTHON },
        { "#!/bin/sh\necho hi\n", HMI_LANGUAGE_SHELL },
        { "@echo off\r\nset a=b\r\ngoto end\r\n:end\r\nexit /b 0\r\n", HMI_LANGUAGE_BATCH },
        { "<html><head><script language=\"VBScript\">x</script></head></html>",
          HMI_LANGUAGE_MARKUP },
        { "Dear Sir, please find the report of the committee attached.\n", HMI_LANGUAGE_NONE },
        { "", HMI_LANGUAGE_NONE },
    };
    for (size_t i = 0; i < HMI_COUNT(CASES); i++) {
        int sure = 0;
        hmi_script_language language =
            hmi_language_of(hmi_text_bytes(hmi_text_of(CASES[i].text)), &sure);
        if (language != CASES[i].language) {
            print_error("case %zu is %s\n", i, hmi_language_name(language));
        }
        CHECK_EQ(language, CASES[i].language);
    }
}

TEST(a_shape_survives_other_names)
{
    collector a, b;
    read_with(&a, HM_BYTES(POWERSHELL));
    read_with(&b, HM_BYTES(RENAMED));
    CHECK_TEXT(collect_fact_of(&a, "script"), "powershell");
    CHECK_TEXT(collect_fact_of(&a, "format"), "script");
    /* "; " is one more sign: the shape differs, the parts around it do not */
    CHECK(count_of(&a, HMI_SCRIPT_PART) >= 2);
    CHECK(shared_parts(&a, &b) >= 1);
    collect_fini(&a);
    collect_fini(&b);
}

TEST(equal_shapes_are_equal_and_others_are_not)
{
    collector a, b, c;
    read_with(&a, HM_BYTES("Dim a\nSet a = CreateObject(\"x\")\nIf a Is Nothing Then\n"
                           "WScript.Quit\nEnd If\na.Run \"1\", 0 ' note\n"));
    read_with(&b, HM_BYTES("dim zebra\nset zebra = createobject(\"other\")\n"
                           "if zebra is nothing then\nwscript.quit\nend if\nzebra.run \"2\", 9\n"));
    read_with(&c, HM_BYTES("Dim a\nSet a = CreateObject(\"x\")\nIf Not a Is Nothing Then\n"
                           "WScript.Quit\nEnd If\na.Run \"1\", 0 ' note\n"));
    CHECK(value_of(&a, HMI_SCRIPT_SHAPE).len == strlen("vbscript:") + 32);
    CHECK(hmi_text_eq(value_of(&a, HMI_SCRIPT_SHAPE), value_of(&b, HMI_SCRIPT_SHAPE)));
    CHECK(!hmi_text_eq(value_of(&a, HMI_SCRIPT_SHAPE), value_of(&c, HMI_SCRIPT_SHAPE)));
    collect_fini(&a);
    collect_fini(&b);
    collect_fini(&c);
}

TEST(a_part_is_found_inside_another_script)
{
    collector alone, inside;
    hmi_buf text;
    hmi_buf_init(&text, 0);
    hmi_buf_add_cstr(&text, "$one = 1\nGet-ChildItem | ForEach-Object { Write-Output $_.Name }\n");
    hmi_buf_add_cstr(&text, POWERSHELL);
    hmi_buf_add_cstr(&text, "Remove-Item $one -Force\nif ($two) { exit 3 }\n");
    read_with(&alone, HM_BYTES(POWERSHELL));
    read_with(&inside, hmi_buf_bytes(&text));
    size_t shared = shared_parts(&alone, &inside);
    CHECK(shared + 1 >= count_of(&alone, HMI_SCRIPT_PART) && shared >= 2);
    collect_fini(&alone);
    collect_fini(&inside);
    hmi_buf_fini(&text);
}

TEST(constants_are_worked_out)
{
    static const struct {
        const char *text, *url;
    } CASES[] = {
        { "Dim u\nSet s = CreateObject(\"x\")\nu = \"htt\" & \"p://\" & Chr(99) & \"2.exa\" & _\n"
          "\"mple.net/a\"\nMsgBox u\n",
          "http://c2.example.net/a" },
        { "Set s = CreateObject(\"x\")\nDim u\nu = StrReverse(\"b/ten.elpmaxe.2c//:ptth\")\n",
          "http://c2.example.net/b" },
        { "Set s = CreateObject(\"x\")\nDim u\nu = Replace(\"hXXp://c2.eXXmple.net/c\", \"XX\", "
          "\"tt\")\nu = ChrW(&H68) & \"ttp://c2.example.net/c\"\n",
          "http://c2.example.net/c" },
        { "var a = new ActiveXObject('x');\nvar u = String.fromCharCode(104, 116, 116, 0x70) + "
          "'\\x3a//c2.example.net/\\u0064';\nfunction f() { return u; };\n",
          "http://c2.example.net/d" },
        { "var a = new ActiveXObject('x');\nvar u = "
          "'e/ten.elpmaxe.2c//:ptth'.split('').reverse().join('');\n"
          "function f() { return u; };\n",
          "http://c2.example.net/e" },
        { "$c = New-Object Net.WebClient\n$u = ('{1}{0}' -f '//c2.example.net/f','http:')\n"
          "$env:TEMP\n",
          "http://c2.example.net/f" },
        { "$c = New-Object Net.WebClient\n$u = ('ht','tp','://c2.example.net/g') -join ''\n"
          "$v = [char]0x41 + 'b'\n$env:TEMP\n",
          "http://c2.example.net/g" },
        { "import os\nfrom sys import argv\nu = 'h/ten.elpmaxe.2c//:ptth'[::-1]\n"
          "def f():\n    return u\n",
          "http://c2.example.net/h" },
        { "var u = unescape('http%3A%2F%2Fc2.example.net%2Fi');\nfunction f() { eval(u); };\n",
          "http://c2.example.net/i" },
    };
    for (size_t i = 0; i < HMI_COUNT(CASES); i++) {
        collector got;
        read_with(&got, hmi_text_bytes(hmi_text_of(CASES[i].text)));
        const hmi_trait *url = collect_find(&got, HMI_URL, HMI_ROLE_CONTENT, CASES[i].url);
        if (url == NULL || url->offset >= strlen(CASES[i].text)) {
            collect_print(&got);
        }
        CHECK(url != NULL);
        CHECK(url->offset > 4 && url->offset < strlen(CASES[i].text));
        collect_fini(&got);
    }
}

TEST(layers_are_handed_on_with_their_place)
{
    /* echo -n '...' | iconv -t utf-16le | base64 -w0 of: Write-Host "second stage here" */
    static const char SCRIPT[] =
        "@echo off\r\npowershell -nop -enc "
        "VwByAGkAdABlAC0ASABvAHMAdAAgACIAcwBlAGMAbwBuAGQAIABzAHQAYQBnAGUAIABoAGUAcgBlACIA\r\n"
        "exit /b\r\n";
    collector got;
    read_with(&got, HM_BYTES(SCRIPT));
    CHECK_TEXT(collect_fact_of(&got, "script"), "batch");
    CHECK_EQ(got.member_count, 1);
    CHECK(hmi_bytes_eq(got.members[0].name, HM_BYTES("base64@32")));
    CHECK_EQ(got.members[0].offset, 32);
    CHECK(hmi_starts_with(got.members[0].content, HM_BYTES("W\0r\0i\0t\0e\0")));
    /* the layer is a script by itself: UTF-16 without a mark */
    collector inner;
    read_with(&inner, got.members[0].content);
    CHECK_TEXT(collect_fact_of(&inner, "script"), "powershell");
    collect_fini(&inner);
    collect_fini(&got);
}

TEST(hexadecimal_numbers_and_built_base64)
{
    collector got;
    read_with(&got, HM_BYTES("$a = New-Object Net.WebClient\n$env:x\n"
                             "$h = '7768616c65732061726520737769"
                             "6d6d696e6720696e2074686520736561'\n"
                             "$b = 'ZWNobyBob21lbGVzcyBieXRlcyBhcmUg' + 'anVzdCB0ZXh0IGhlcmU='\n"
                             "$n = 116,104,101,32,110,117,109,98,101,114,115,32,97,114,101,32,116,"
                             "104,101,32,116,101,120,116,32,111,102,32,105,116,32,33\n"
                             "$s = 0x4d,0x5a,0x90,0,3\n"));
    const hmi_member *hex = member_that_begins(&got, "whales are swimming");
    const hmi_member *built = member_that_begins(&got, "echo homeless bytes");
    const hmi_member *numbers = member_that_begins(&got, "the numbers are");
    CHECK(hex != NULL && hmi_starts_with(hex->name, HM_BYTES("hex@")));
    CHECK(built != NULL && hmi_starts_with(built->name, HM_BYTES("base64@")));
    CHECK(numbers != NULL && hmi_starts_with(numbers->name, HM_BYTES("numbers@")));
    CHECK_EQ(got.member_count, 3);
    collect_fini(&got);
}

TEST(scripts_inside_pages)
{
    collector got;
    read_with(&got, HM_BYTES("<html><head><HTA:APPLICATION id=a><script language=\"VBScript\">"
                             "Dim a</script><SCRIPT>var b;</SCRIPT></head></html>"));
    CHECK_TEXT(collect_fact_of(&got, "script"), "markup");
    CHECK_EQ(got.member_count, 2);
    CHECK(hmi_bytes_eq(got.members[0].name, HM_BYTES("script-1.vbs")));
    CHECK(hmi_bytes_eq(got.members[0].content, HM_BYTES("Dim a")));
    CHECK(hmi_bytes_eq(got.members[1].name, HM_BYTES("script-2.js")));
    collect_fini(&got);
}

TEST(prose_and_records_are_no_scripts)
{
    static const char LOG[] =
        "198.51.100.7 - - [24/Nov/2014:08:00:00 +0900] \"GET /a.php?x=eval(function() HTTP/1.1\" "
        "200 512 \"-\" \"var a = new ActiveXObject(1) function() return };\"\n";
    CHECK_EQ(hmi_reader_script.detect(HM_BYTES(LOG), HM_BYTES("")), 0);
    CHECK_EQ(hmi_reader_script.detect(HM_BYTES("{\"a\": \"function() var return eval( };\"}"),
                                      HM_BYTES("")),
             0);
    CHECK_EQ(hmi_reader_script.detect(HM_BYTES("\177ELF\0\0\0\0\0\0\0\0\0"), HM_BYTES("")), 0);
}

TEST(nested_brackets_and_endless_sums_cost_little)
{
    collector got;
    hmi_buf text;
    hm_err err = { 0 };
    hmi_buf_init(&text, 0);
    hmi_buf_add_cstr(&text, "var a = new ActiveXObject('x'); function f() { return 1; };\n");
    for (unsigned i = 0; i < 50000; i++) {
        hmi_buf_add_cstr(&text, "((\"a\"+");
    }
    for (unsigned i = 0; i < 50000; i++) {
        hmi_buf_add_cstr(&text, "\"aa\"+");
    }
    collect_init(&got, 64 << 20);
    hmi_reading reading = collect_reading(&got);
    CHECK_OK(hmi_reader_script.read(&reading, hmi_buf_bytes(&text), &err));
    collect_fini(&got);
    hmi_buf_fini(&text);
}

TEST(cut_anywhere_flipped_anywhere)
{
    sweep(&hmi_reader_script, HM_BYTES(POWERSHELL), 64);
    static const char MIXED[] =
        "var a = new ActiveXObject('x'); function f() { return 1; };\nvar u = "
        "String.fromCharCode(104, 0x70) + '\\x3a//c2\\u0064'.split('').reverse().join('') + "
        "unescape('%41%zz') + \"VwByAGkAdABlAC0ASABvAHMAdAAgACIAcwBlAGMAbwBuAGQA\" + ('a');\n";
    sweep(&hmi_reader_script, HM_BYTES(MIXED), sizeof(MIXED) - 1);
    static const char BASIC[] = "Attribute VB_Name = \"a\"\nu = Replace(\"hXp\", \"X\", \"tt\") & "
                                "_\n StrReverse(\"b/t\") & "
                                "Chr(&H68) & Chr(60 + 5 Xor 2)\n";
    sweep(&hmi_reader_script, HM_BYTES(BASIC), sizeof(BASIC) - 1);
}

RUN_TESTS()
