/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_program.c - how fast programs are read without code analysis, and text is scanned.
 *
 *     bench_program /usr/bin/[a-m]*
 *
 * Reads the files that ELF or PE claim, each three times, best time counts; then the same bytes as
 * strings only; then a log-like text with few hits through the observable scanner.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "code/code.h"
#include "formats/program/program.h"

/* What is measured is the reader, not code analysis. */
int hmi_code_read(hmi_reading *reading, const hmi_image *image, hm_err *err)
{
    (void)reading;
    (void)image;
    (void)err;
    return HM_OK;
}

static size_t traits;

static int count_trait(hmi_sink *sink, const hmi_trait *trait, hm_err *err)
{
    (void)sink;
    (void)trait;
    (void)err;
    traits++;
    return HM_OK;
}

static const hmi_sink_ops OPS = {
    .trait = count_trait,
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef int reading_step(hmi_reading *reading, hm_bytes file, hm_err *err);

static int strings_only(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    return hmi_scan_strings(reading, file, NULL, 0, err);
}

static int text_only(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    return hmi_scan_text(reading, file, 0, HMI_ROLE_CONTENT, err);
}

static double best_of_three(reading_step *step, hm_bytes file)
{
    double best = 1e9;
    for (int i = 0; i < 3; i++) {
        hmi_sink sink = { &OPS };
        hmi_arena arena;
        hmi_arena_init(&arena, 64 << 20);
        hmi_reading reading = { .arena = &arena, .sink = &sink, .context_us = HMI_TIME_NONE };
        hm_err err = { 0 };
        double begin = now();
        int code = step(&reading, file, &err);
        double took = now() - begin;
        best = took < best ? took : best;
        hmi_arena_fini(&arena);
        if (code < 0 && i == 0) {
            fprintf(stderr, "%s\n", err.text);
        }
    }
    return best;
}

static void report(const char *what, double bytes, double seconds)
{
    printf("%-28s %8.1f MB %8.3f s %8.1f MB/s\n", what, bytes / 1e6, seconds,
           bytes / 1e6 / seconds);
}

static void bench_text(void)
{
    static const char line[] = "2014-11-24 08:00:17 worker 17 finished batch of records; queue "
                               "length is now 4711 and nothing else happened since then\n";
    enum { LEN = 64 << 20 };
    char *text = malloc(LEN);
    for (size_t i = 0; i < LEN; i++) {
        text[i] = line[i % (sizeof line - 1)];
    }
    report("text with few hits", LEN, best_of_three(text_only, hmi_bytes(text, LEN)));
    free(text);
}

int main(int argc, char **argv)
{
    double bytes = 0, reading = 0, strings = 0;
    size_t files = 0;
    for (int i = 1; i < argc; i++) {
        int fd = open(argv[i], O_RDONLY | O_CLOEXEC);
        struct stat st;
        if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0) {
            close(fd);
            continue;
        }
        void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
        close(fd);
        if (map == MAP_FAILED) {
            continue;
        }
        hm_bytes file = hmi_bytes(map, (size_t)st.st_size);
        hm_bytes name = hmi_bytes(argv[i], strlen(argv[i]));
        bool elf = hmi_reader_elf.detect(file, name) > 0, pe = hmi_reader_pe.detect(file, name) > 0;
        if (elf || pe) {
            files++;
            bytes += (double)file.len;
            reading += best_of_three(elf ? hmi_reader_elf.read : hmi_reader_pe.read, file);
            strings += best_of_three(strings_only, file);
        }
        munmap(map, file.len);
    }
    if (files > 0) {
        printf("%zu programs, %zu traits in six readings\n", files, traits);
        report("program reader, no code", bytes, reading);
        report("strings and observables", bytes, strings);
    }
    bench_text();
    return 0;
}
