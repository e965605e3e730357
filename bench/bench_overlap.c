/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_overlap.c - what an overlap of two sets costs: bench_overlap [ELEMENTS-EACH [FOLDER]]
 *
 * Both sides run here one after the other; wall time and processor time of each step, and the bytes
 * that go each way.
 */
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time.h"
#include "overlap/session.h"

static double cpu_s(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static int64_t clock_us;
static double clock_cpu, sum_s, sum_cpu;

static void lap(const char *what)
{
    double wall = (double)(hmi_clock_us() - clock_us) / 1e6, cpu = cpu_s() - clock_cpu;
    printf("%-8s %8.2f s %8.2f s cpu\n", what, wall, cpu);
    sum_s += wall;
    sum_cpu += cpu;
    clock_us = hmi_clock_us();
    clock_cpu = cpu_s();
}

static hmi_overlap_element *some(hmi_arena *arena, size_t from, size_t count)
{
    hmi_overlap_element *list = hmi_new_array(arena, hmi_overlap_element, count);
    for (size_t i = 0; list != NULL && i < count; i++) {
        list[i] = (hmi_overlap_element){ hmi_text("domain", 6),
                                         hmi_arena_printf(arena, "host-%zu.example", from + i) };
    }
    return list;
}

static hmi_giver *house(const char *parent, const char *name, hmi_store **ret_store)
{
    char path[200];
    hm_err err = { 0 };
    hmi_giver *giver = NULL;
    snprintf(path, sizeof(path), "%s/%s", parent, name);
    if (hmi_store_create(path, &err) != HM_OK ||
        hmi_store_open(path, NULL, ret_store, &err) != HM_OK ||
        hmi_giver_open(*ret_store, &giver, &err) != HM_OK) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    return giver;
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 65536;
    const char *parent = argc > 2 ? argv[2] : NULL;
    char own[] = "/tmp/hallmark-bench-XXXXXX";
    hmi_store *sa = NULL, *sb = NULL;
    hmi_arena arena;
    hmi_buf offer, answer, result;
    hmi_overlap_state a, b;
    hmi_overlap_found fa, fb;
    hm_err err = { 0 };
    if (parent == NULL && (parent = mkdtemp(own)) == NULL) {
        return 1;
    }
    setenv("HALLMARK_STATE", parent, 1);
    hmi_giver *ga = house(parent, "a", &sa), *gb = house(parent, "b", &sb);
    hmi_arena_init(&arena, (size_t)2 << 30);
    hmi_buf_init(&offer, 0);
    hmi_buf_init(&answer, 0);
    hmi_buf_init(&result, 0);
    hmi_overlap_element *ours = some(&arena, 0, n), *theirs = some(&arena, n - n / 16, n);
    clock_us = hmi_clock_us();
    clock_cpu = cpu_s();
    int code = hmi_overlap_offer(ga, HMI_OVERLAP_COUNT, hmi_giver_public_key(gb).ptr, ours, n,
                                 &arena, &a, &offer, &err);
    lap("offer");
    code = code == HM_OK
               ? hmi_overlap_answer(gb, hmi_buf_bytes(&offer), hmi_giver_public_key(ga).ptr, false,
                                    theirs, n, &arena, &b, &answer, &err)
               : code;
    lap("answer");
    code = code == HM_OK
               ? hmi_overlap_finish(ga, &a, hmi_buf_bytes(&answer), &arena, &fa, &result, &err)
               : code;
    lap("finish");
    code = code == HM_OK ? hmi_overlap_result(gb, &b, hmi_buf_bytes(&result), &arena, &fb, &err)
                         : code;
    lap("result");
    if (code != HM_OK || fa.common != n / 16 || fb.common != n / 16) {
        fprintf(stderr, "wrong: %s\n", err.text);
        return 1;
    }
    printf("together %8.2f s %8.2f s cpu; %zu x %zu elements, %u in common\n", sum_s, sum_cpu, n, n,
           fa.common);
    printf("offering side sends %.1f bytes an element, answering side %.1f\n",
           (double)(offer.len + result.len) / (double)n, (double)answer.len / (double)n);
    hmi_buf_fini(&offer);
    hmi_buf_fini(&answer);
    hmi_buf_fini(&result);
    hmi_arena_fini(&arena);
    hmi_giver_close(ga);
    hmi_giver_close(gb);
    hmi_store_close(sa);
    hmi_store_close(sb);
    return 0;
}
