/* SPDX-License-Identifier: Apache-2.0
 *
 * test_verdict.c - every way to end has its verdict, and every verdict but READ its sentence.
 */
#include "check.h"

#include <signal.h>

#include "base/error.h"
#include "jail/verdict.h"

static hmi_decoder said;
static hm_err why;

static hmi_verdict of(int status, uint32_t cpu_ms)
{
    hmi_ending ending = { status, cpu_ms, 2000, &said };
    why = (hm_err){ .code = HM_OK };
    return hmi_verdict_of(&ending, &why);
}

static void say(int code, bool memory)
{
    said = (hmi_decoder){ .ended = true, .ended_memory = memory };
    if (code < 0) {
        hmi_fail(&said.end, code, 5, "a reason");
    }
}

TEST(signals)
{
    said = (hmi_decoder){ .ended = false };
    CHECK_EQ(of(SIGSYS, 0), HMI_VERDICT_POLICY);
    CHECK_EQ(why.code, HM_E_DENIED);
    CHECK_EQ(of(SIGPROF, 2001), HMI_VERDICT_TIME);
    CHECK_EQ(of(SIGXCPU, 2001), HMI_VERDICT_TIME);
    CHECK_EQ(of(SIGKILL, 2001), HMI_VERDICT_TIME);
    CHECK_EQ(of(SIGKILL, 3), HMI_VERDICT_CRASHED);
    CHECK_EQ(of(SIGSEGV, 0), HMI_VERDICT_CRASHED);
    CHECK_CSTR(why.text, "its reader crashed (SIGSEGV)");
    CHECK_EQ(of(SIGSEGV | 0x80, 0), HMI_VERDICT_CRASHED); /* with a core */
    say(HM_OK, false);
    CHECK_EQ(of(SIGSYS, 0), HMI_VERDICT_POLICY); /* whatever it said before */
}

TEST(exits)
{
    said = (hmi_decoder){ .ended = false };
    CHECK_EQ(of(0, 0), HMI_VERDICT_PROTOCOL);
    CHECK_EQ(of(1 << 8, 0), HMI_VERDICT_PROTOCOL);
    CHECK_EQ(of(HMI_EXIT_NO_WALLS << 8, 0), HMI_VERDICT_CRASHED);
    say(HM_OK, false);
    CHECK_EQ(of(0, 0), HMI_VERDICT_READ);
    CHECK_EQ(why.code, HM_OK);
    CHECK_EQ(of(3 << 8, 0), HMI_VERDICT_PROTOCOL);
    said.unknown = true;
    CHECK_EQ(of(0, 0), HMI_VERDICT_UNKNOWN);
    CHECK_EQ(why.code, HM_E_UNSUPPORTED);
    said.damaged = true;
    hmi_fail(&said.first_damage, HM_E_TRUNCATED, 9, "cut");
    CHECK_EQ(of(0, 0), HMI_VERDICT_PARTIAL);
    CHECK_EQ(why.offset, 9);
    say(HM_E_LIMIT, true);
    CHECK_EQ(of(0, 0), HMI_VERDICT_MEMORY);
    say(HM_E_LIMIT, false);
    CHECK_EQ(of(0, 0), HMI_VERDICT_LIMIT);
    say(HM_E_MEMORY, false);
    CHECK_EQ(of(0, 0), HMI_VERDICT_MEMORY);
    say(HM_E_MALFORMED, false);
    CHECK_EQ(of(0, 0), HMI_VERDICT_PARTIAL);
    CHECK_CSTR(why.text, "a reason");
}

TEST(names_are_there_and_differ)
{
    for (int a = 0; a <= HMI_VERDICT_LIMIT; a++) {
        CHECK(hmi_verdict_name((hmi_verdict)a)[0] != '\0');
        for (int b = 0; b < a; b++) {
            CHECK(strcmp(hmi_verdict_name((hmi_verdict)a), hmi_verdict_name((hmi_verdict)b)) != 0);
        }
    }
}

RUN_TESTS()
