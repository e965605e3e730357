/* SPDX-License-Identifier: Apache-2.0
 *
 * test_program.c - a program comes out of the jail as functions; what is none says so.
 */
#include "differ/program.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static hmi_arena arena;
static hmi_jail *jail;

static void open_jail(void)
{
    hm_err err = { 0 };
    hmi_jail_options options = {
        .workers_max = 1, .cpu_ms = 60000, .memory_max = 256 << 20, .allow_weak = true
    };
    hmi_arena_fini(&arena);
    hmi_arena_init(&arena, 256 << 20);
    if (jail == NULL) {
        CHECK_OK(hmi_jail_open(&options, &jail, &err));
    }
}

static hmi_program read_bytes(hm_bytes bytes)
{
    hmi_program p;
    hm_err err = { 0 };
    int fd = -1;
    open_jail();
    CHECK_OK(hmi_jail_seal(bytes, &fd, &err));
    CHECK_OK(hmi_program_read(jail, fd, bytes.len, HM_BYTES("odd"), &arena, &p, &err));
    close(fd);
    return p;
}

TEST(what_is_no_program_has_no_functions)
{
    hmi_program p = read_bytes(HM_BYTES("just a letter to somebody, and no program at all"));
    CHECK_EQ(p.verdict, HMI_VERDICT_UNKNOWN);
    CHECK_EQ(p.count, 0);
    p = read_bytes(HM_BYTES(""));
    CHECK_EQ(p.count, 0);
    CHECK_EQ(hmi_program_find(&p, 0x1000), SIZE_MAX);
}

TEST(a_damaged_program_says_so)
{
    hmi_program p = read_bytes(HM_BYTES("\177ELF\x02\x01\x01 cut here"));
    CHECK_EQ(p.verdict, HMI_VERDICT_PARTIAL);
    CHECK_EQ(p.count, 0);
    CHECK_EQ(p.note_count, 1);
}

/* Any small program of the machine will do; the test program itself is one. */
TEST(functions_and_instructions_of_a_real_program)
{
    hmi_program p;
    struct stat status;
    hm_err err = { 0 };
    int fd = -1;
    uint64_t size = 0;
    int file = open("/bin/true", O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) != 0) {
        puts("skipped: there is no /bin/true");
        return;
    }
    open_jail();
    CHECK_OK(hmi_jail_seal_fd(file, 1 << 30, &fd, &size, &err));
    close(file);
    CHECK_OK(hmi_program_read(jail, fd, size, HM_BYTES("true"), &arena, &p, &err));
    if (p.count == 0) {
        puts("skipped: its processor is not read");
        close(fd);
        return;
    }
    CHECK_EQ(p.verdict, HMI_VERDICT_READ);
    size_t calls = 0, callers = 0;
    for (size_t i = 0; i < p.count; i++) {
        const hmi_listed_function *f = &p.functions[i];
        CHECK(i == 0 || p.functions[i - 1].address < f->address);
        CHECK_EQ(hmi_program_find(&p, f->address), i);
        calls += f->call_count;
        callers += f->caller_count;
        for (uint32_t k = 0; k < f->call_count; k++) {
            CHECK(f->calls[k] < p.count);
        }
    }
    CHECK(calls > 0);
    CHECK_EQ(calls, callers);
    uint64_t wanted[3] = { p.functions[p.count / 2].address, 1, p.functions[0].address };
    hmi_code_rows codes[3];
    CHECK_OK(hmi_program_code(jail, &p, wanted, 3, &arena, codes, &err));
    CHECK_EQ(codes[0].count, p.functions[p.count / 2].parsed.instructions);
    CHECK_EQ(codes[1].count, 0);
    CHECK_EQ(codes[2].count, p.functions[0].parsed.instructions);
    CHECK_EQ(codes[0].rows[0].at, 0);
    CHECK(codes[0].rows[0].text.len > 0);
    close(fd);
    hmi_jail_close(jail);
    hmi_arena_fini(&arena);
}

RUN_TESTS()
