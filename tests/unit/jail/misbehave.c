/* SPDX-License-Identifier: Apache-2.0
 *
 * misbehave.c - hallmark-worker-test: a worker whose reader does what its evidence says.
 *
 * WHY    The walls are only worth what an attacker inside cannot do; so this one is inside, and
 *        tries. It is built for tests alone and shares no file with the product's program but the
 *        walls themselves.
 * FORM   Evidence is one line: a verb, for "try" also the attempt's name (attempts.def).
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "jail/protocol.h"
#include "jail/zygote.h"

enum { CHANNEL = 3, FLOOD = 100000 };

static _Alignas(4096) uint8_t page[4096];
static uint8_t secret_of_last_piece; /* would show that state survived */

/* getppid is forbidden too: for calls that want some process to name. */
static long getppid_raw(void)
{
    return 1;
}

static void *all_signals(void)
{
    memset(page, 0xff, 8);
    return page;
}

static void *ignore_action(void)
{
    memset(page, 0, sizeof(page));
    page[0] = 1; /* SIG_IGN */
    return page;
}

#ifdef __x86_64__
static long i386_getpid(void)
{
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
    return result;
}
#endif

typedef struct attempt {
    const char *name;
    long (*run)(void);
} attempt;

#define ATTEMPT(name, outcome, call) \
    static long try_##name(void)     \
    {                                \
        return (long)(call);         \
    }
#include "attempts.def"
#undef ATTEMPT
#define ATTEMPT(name, outcome, call) { #name, try_##name },
static const attempt ATTEMPTS[] = {
#include "attempts.def"
};
#undef ATTEMPT

/* Still here: says what the call answered. */
static int try_one(hmi_reading *reading, hm_text name, hm_err *err)
{
    for (size_t i = 0; i < HMI_COUNT(ATTEMPTS); i++) {
        if (hmi_text_is(name, ATTEMPTS[i].name)) {
            HMI_TRY(hmi_emit_fact(reading, "trying", name, err));
            long answer = ATTEMPTS[i].run();
            return hmi_emit_fact(reading, answer < 0 ? "refused" : "escaped", name, err);
        }
    }
    return hmi_fail(err, HM_E_NOT_FOUND, 0, "no such attempt");
}

/* Deeper than any stack, in a way that no compiler can see. */
static volatile uint64_t depth_max = UINT64_MAX;
static uint64_t overflow_stack(uint64_t depth)
{
    volatile uint8_t frame[4096];
    frame[depth % sizeof(frame)] = 1;
    return depth < depth_max ? overflow_stack(depth + 1) + frame[0] : 0;
}

static void loop_for_ever(void)
{
    for (volatile uint64_t i = 0;; i++) {
    }
}

static void sleep_for_ever(void)
{
    static int word;
    for (;;) {
        syscall(SYS_futex, &word, 0 /* FUTEX_WAIT */, 0, NULL, NULL, 0);
    }
}

/* Takes memory from the system itself, as a library would, beside the arena. */
static int take_4_gib(hm_err *err)
{
    uint8_t *much = malloc((size_t)4 << 30);
    if (much == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "4 GiB are not to be had");
    }
    for (size_t i = 0; i < (size_t)4 << 30; i += 4096) {
        much[i] = 1;
    }
    return HM_OK;
}

static int take_arena(hmi_reading *reading, hm_err *err)
{
    for (;;) {
        uint8_t *block = hmi_arena_take(reading->arena, 1, 1 << 20);
        if (block == NULL) {
            return hmi_arena_fail(reading->arena, err);
        }
        block[0] = 1;
    }
}

static void write_raw(hm_bytes bytes)
{
    (void)!write(CHANNEL, bytes.ptr, bytes.len);
}

static int many_traits(hmi_reading *reading, uint64_t count, hm_err *err)
{
    for (uint64_t i = 0; i < count; i++) {
        char text[32];
        int len = snprintf(text, sizeof(text), "string number %llu", (unsigned long long)i);
        hmi_trait trait = { .class_id = HMI_STRING,
                            .role = HMI_ROLE_CONTENT,
                            .value = { text, (size_t)len },
                            .offset = 0,
                            .count = 1,
                            .first_us = HMI_TIME_NONE,
                            .last_us = HMI_TIME_NONE };
        HMI_TRY(hmi_sink_trait(reading->sink, &trait, err));
    }
    return HM_OK;
}

static int endless_members(hmi_reading *reading, hm_err *err)
{
    for (;;) {
        hmi_member member = { .name = HM_BYTES("m"),
                              .content = { page, sizeof(page) },
                              .offset = HM_OFFSET_NONE };
        HMI_TRY(hmi_sink_member(reading->sink, &member, err));
    }
}

/* Everything a sink can hear, with the task's own words in it. */
static int behave(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    hmi_member member = { .name = reading->name, .content = file, .offset = 0 };
    hmi_object object = { HM_TEXT("indicator--1"), HM_TEXT("indicator"), HM_TEXT(""), file, 0 };
    HMI_TRY(hmi_emit_fact(reading, "format", HM_TEXT("test"), err));
    HMI_TRY(hmi_emit(reading, HMI_STRING, HMI_ROLE_CONTENT, HM_TEXT("well behaved"), 0, err));
    HMI_TRY(hmi_sink_member(reading->sink, &member, err));
    HMI_TRY(hmi_sink_object(reading->sink, &object, err));
    for (size_t i = 0; i < reading->password_count; i++) {
        HMI_TRY(hmi_emit_fact(reading, "password", reading->passwords[i], err));
    }
    HMI_TRY(hmi_emit_fact(reading, "state",
                          secret_of_last_piece++ ? HM_TEXT("kept") : HM_TEXT("none"), err));
    return hmi_emit_note(reading, HMI_NOTE_INFO, HM_OK, 0, err, "depth %u, context %lld",
                         reading->depth, (long long)reading->context_us);
}

static volatile int *volatile nowhere; /* volatile: no compiler may know that it is NULL */

static void die(hm_text how)
{
    if (hmi_text_is(how, "null")) {
        *nowhere = 1;
    } else if (hmi_text_is(how, "stack")) {
        (void)overflow_stack(0);
    } else if (hmi_text_is(how, "abort")) {
        abort();
    } else if (hmi_text_is(how, "assert")) {
        hmi_assert(how.len == 0);
    } else if (hmi_text_is(how, "silently")) {
        _exit(0);
    }
}

static int babble(hm_text what)
{
    if (hmi_text_is(what, "noise")) {
        write_raw(HM_BYTES("\xff\xfe nonsense"));
    } else if (hmi_text_is(what, "dirty")) { /* a string that is not UTF-8 */
        write_raw(HM_BYTES("\x01\x28\x01\x00\x01\xff"));
    } else if (hmi_text_is(what, "class")) {
        write_raw(HM_BYTES("\x01\x7e\x01\x00\x01x"));
    } else if (hmi_text_is(what, "canonical")) { /* a domain in capitals */
        write_raw(HM_BYTES("\x01\x3e\x01\x00\x0b"
                           "EXAMPLE.NET"));
    } else if (hmi_text_is(what, "after-end")) {
        write_raw(HM_BYTES("\x07\x00\x00\x00"));
        write_raw(HM_BYTES("\x07\x00\x00\x00"));
    } else if (hmi_text_is(what, "empty")) {
        write_raw((hm_bytes){ page, 0 });
    } else if (hmi_text_is(what, "long")) {
        static uint8_t much[HMI_PACKET_MAX + 1];
        write_raw(hmi_bytes(much, sizeof(much)));
    } else if (hmi_text_is(what, "huge-member")) { /* announces 2^60 bytes */
        write_raw(HM_BYTES("\x02\x00\x01m\x80\x80\x80\x80\x80\x80\x80\x80\x10"));
    }
    return HM_OK;
}

static int misbehave(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    hm_text rest = { (const char *)file.ptr, file.len }, verb, what = { NULL, 0 };
    if (!hmi_split(&rest, ' ', &verb)) {
        return behave(reading, file, err);
    }
    (void)hmi_split(&rest, ' ', &what);
    if (hmi_text_is(verb, "try")) {
        return try_one(reading, what, err);
    }
    if (hmi_text_is(verb, "die")) {
        die(what);
    } else if (hmi_text_is(verb, "babble")) {
        return babble(what);
    } else if (hmi_text_is(verb, "loop")) {
        loop_for_ever();
    } else if (hmi_text_is(verb, "sleep")) {
        sleep_for_ever();
    } else if (hmi_text_is(verb, "take-4-gib")) {
        return take_4_gib(err);
    } else if (hmi_text_is(verb, "take-arena")) {
        return take_arena(reading, err);
    } else if (hmi_text_is(verb, "flood")) {
        return many_traits(reading, FLOOD, err);
    } else if (hmi_text_is(verb, "flood-for-ever")) {
        return many_traits(reading, UINT64_MAX, err);
    } else if (hmi_text_is(verb, "members-for-ever")) {
        return endless_members(reading, err);
    } else if (hmi_text_is(verb, "damage")) {
        return hmi_emit_note(reading, HMI_NOTE_DAMAGE, HM_E_TRUNCATED, 3, err, "cut short");
    } else if (hmi_text_is(verb, "data")) {
        return hmi_emit_fact(reading, "format", HM_TEXT("data"), err);
    }
    return behave(reading, file, err);
}

static void prepare(void)
{
}

int main(void)
{
    hmi_worker_trade trade = { 7, prepare, misbehave };
    return hmi_zygote_main(&trade);
}
