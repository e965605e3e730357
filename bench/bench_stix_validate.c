/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_stix_validate.c - objects checked a second of one core, parsing included.
 *
 *     bench_stix_validate [FILE]    a bundle; without one, indicators and observables of its own
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "share/stix_check.h"

enum { OBJECTS = 20000, SECONDS_MIN = 2 };

static void make(hmi_buf *out)
{
    hmi_buf_add_cstr(out, "{\"type\":\"bundle\",\"id\":\"bundle--44af6c39-c09b-49c5-9de2-"
                          "394224b04982\",\"objects\":[");
    for (unsigned i = 0; i < OBJECTS; i++) {
        hmi_buf_printf(
            out,
            "%s{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":\"indicator--%08x-8ff7-4a4d-"
            "aa9d-feb398cd0061\",\"created_by_ref\":\"identity--f431f809-377b-45e0-aa1c-"
            "6a4751cae5ff\",\"created\":\"2016-04-06T20:03:48.000Z\",\"modified\":\"2016-04-06T20:"
            "03:48.000Z\",\"name\":\"Beacon %u\",\"description\":\"Seen in the proxy's log on "
            "three days, always with the same user agent\",\"indicator_types\":[\"malicious-"
            "activity\"],\"pattern\":\"[file:hashes.'SHA-256' = "
            "'aec070645fe53ee3b3763059376134f058cc337247c978add178b6cc%08x']\",\"pattern_type\":"
            "\"stix\",\"valid_from\":\"2016-04-06T20:03:48Z\",\"kill_chain_phases\":[{\"kill_chain_"
            "name\":\"mitre-attack\",\"phase_name\":\"command-and-control\"}],"
            "\"object_marking_refs\":[\"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da\"]"
            "}",
            i > 0 ? "," : "", i, i, i);
    }
    hmi_buf_add_cstr(out, "]}");
}

static int load(const char *path, hmi_buf *out)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return -1;
    }
    uint8_t part[65536];
    for (size_t got; (got = fread(part, 1, sizeof(part), file)) > 0;) {
        hmi_buf_add(out, hmi_bytes(part, got));
    }
    fclose(file);
    return out->bad;
}

int main(int argc, char **argv)
{
    hmi_buf text;
    hm_err err = { 0 };
    hmi_stix_checker *checker = NULL;
    hmi_buf_init(&text, 0);
    if (argc > 1 ? load(argv[1], &text) != 0 : (make(&text), text.bad != 0)) {
        fprintf(stderr, "cannot read the input\n");
        return 1;
    }
    if (hmi_stix_checker_new(&checker, &err) != HM_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    hmi_stix_report report = { 0 };
    uint64_t objects = 0;
    clock_t from = clock(), spent = 0; /* the processor's, not the wall's */
    while (spent < SECONDS_MIN * CLOCKS_PER_SEC) {
        if (hmi_stix_check_document(checker, hmi_buf_bytes(&text), NULL, &report, &err) != HM_OK) {
            fprintf(stderr, "%s\n", err.text);
            return 1;
        }
        objects += report.objects;
        spent = clock() - from;
    }
    printf("stix_validate: %.0f objects/s, %zu bytes each, %" PRIu64 " errors, %" PRIu64
           " warnings\n",
           (double)objects * CLOCKS_PER_SEC / (double)spent,
           text.len / (report.objects ? report.objects : 1), report.errors, report.warnings);
    hmi_stix_checker_free(checker);
    hmi_buf_fini(&text);
    return 0;
}
