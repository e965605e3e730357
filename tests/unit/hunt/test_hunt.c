/* SPDX-License-Identifier: Apache-2.0
 *
 * test_hunt.c - a hunt tells what a full pass tells: for every case of tests/semantics, for random
 * records in many segments, when files grow, change, are compressed, and when the index is damaged.
 */
#include "check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "hunt/hunt.h"

static uint64_t drawn;

static unsigned pick(unsigned below)
{
    drawn = drawn * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)(drawn >> 33) % below;
}

typedef struct house {
    char folder[64], index[96], file[96];
} house;

static house begin(void)
{
    house h;
    bool memory = access("/dev/shm", W_OK) == 0; /* hundreds of folders, each made durable */
    snprintf(h.folder, sizeof(h.folder), "%s/hallmark-hunt-XXXXXX", memory ? "/dev/shm" : "/tmp");
    CHECK(mkdtemp(h.folder) != NULL);
    snprintf(h.index, sizeof(h.index), "%s/index", h.folder);
    snprintf(h.file, sizeof(h.file), "%s/records", h.folder);
    return h;
}

static void end(const house *h)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf %s", h->folder);
    CHECK_EQ(system(command), 0);
}

static void write_file(const char *path, const void *bytes, size_t len, const char *mode)
{
    FILE *file = fopen(path, mode);
    CHECK(file != NULL);
    CHECK(len == 0 || fwrite(bytes, 1, len, file) == len);
    CHECK_EQ(fclose(file), 0);
}

/* What was told, in order: place, length, line, indicator and semantic. */
typedef struct told {
    uint64_t count, sum, notices;
} told;

static void add(told *t, const hm_hit *hit)
{
    t->count++;
    t->sum = t->sum * 1000003 + hit->offset * 31 + hit->len * 17 + hit->line * 7 +
             hit->indicator * 3 + (uint64_t)hit->semantic + hmi_xxh3(hit->record, hit->line_offset);
}

static int on_hunted(void *with, hm_text path, const hm_hit *hit, hm_err *err)
{
    (void)err;
    (void)path;
    add(with, hit);
    return HM_OK;
}

static int on_scanned(void *user, const hm_hit *hit, hm_err *err)
{
    (void)err;
    add(user, hit);
    return HM_OK;
}

static void on_notice(void *with, hm_text what, hm_text about)
{
    told *t = with;
    CHECK(what.len > 5 && about.len > 0);
    t->notices++;
}

static void index_file(const house *h, uint64_t segment, const char *path, hmi_index_sums *sums)
{
    hm_err err = { 0 };
    told t = { 0 };
    hmi_catalogue catalogue;
    hmi_indexer *indexer = NULL;
    hmi_hunt_options options = { .allow_weak_jail = true, .segment_bytes = segment };
    hmi_hunt_listener listener = { .with = &t, .notice = on_notice };
    CHECK_OK(hmi_catalogue_open(h->index, true, true, on_notice, &t, &catalogue, &err));
    CHECK_OK(hmi_indexer_new(&catalogue, &options, &listener, &indexer, &err));
    CHECK_OK(hmi_indexer_file(indexer, path, &err));
    CHECK_OK(hmi_indexer_done(indexer, sums, &err));
    hmi_catalogue_close(&catalogue);
}

static told hunt(const house *h, const hm_matcher *set, const char *path, hmi_hunt_sums *sums)
{
    hm_err err = { 0 };
    told t = { 0 };
    hmi_catalogue catalogue;
    hmi_hunt_options options = { .allow_weak_jail = true,
                                 .paths = path != NULL ? &path : NULL,
                                 .path_count = 1 };
    hmi_hunt_listener listener = { .with = &t, .hit = on_hunted, .notice = on_notice };
    CHECK_OK(hmi_catalogue_open(h->index, true, false, on_notice, &t, &catalogue, &err));
    CHECK_OK(hmi_hunt(&catalogue, set, &options, &listener, sums, &err));
    hmi_catalogue_close(&catalogue);
    return t;
}

static void same_as_full(const house *h, const hm_matcher *set, hm_bytes records, const char *what)
{
    hm_err err = { 0 };
    told full = { 0 };
    hmi_hunt_sums sums;
    CHECK_OK(hm_matcher_scan(set, records, on_scanned, &full, &err));
    told all = hunt(h, set, NULL, &sums);
    told named = hunt(h, set, h->file, &sums);
    if (all.count != full.count || all.sum != full.sum || named.sum != full.sum) {
        print_error("%s: %d hits hunted, %d by name, %d in a full pass\n", what, (int)all.count,
                    (int)named.count, (int)full.count);
        _fail(__FILE__, __LINE__);
    }
}

static hm_matcher *compile_case(hmi_value indicators, hmi_arena *arena)
{
    hm_matcher_options options = { .seed = { 1, 2 }, .allow_poison = 1 };
    hm_matcher_builder *builder = NULL;
    hm_matcher *matcher = NULL;
    hm_err err = { 0 };
    CHECK_OK(hm_matcher_begin(&options, &builder, &err));
    for (hmi_value i = hmi_json_first(indicators); hmi_json_is(i); i = hmi_json_next(i)) {
        hm_text value = hmi_json_text(hmi_json_get(i, "value"), arena);
        hm_indicator indicator = {
            .kind = hmi_arena_cstr(arena, hmi_json_text(hmi_json_get(i, "kind"), arena)),
            .value = value.ptr,
            .value_len = value.len,
            .reach = hmi_json_is_true(hmi_json_get(i, "below")) ? HM_REACH_BELOW : HM_REACH_SELF,
        };
        CHECK_OK(hm_matcher_add(builder, &indicator, &err));
    }
    CHECK_OK(hm_matcher_build(builder, &matcher, &err));
    return matcher;
}

TEST(every_case_of_the_semantics_is_hunted_as_it_is_scanned)
{
    char path[4096];
    const char *root = getenv("HALLMARK_SOURCE_ROOT");
    snprintf(path, sizeof(path), "%s/tests/semantics/cases.jsonl", root != NULL ? root : ".");
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    char *text = malloc(1 << 20);
    size_t len = fread(text, 1, 1 << 20, file);
    fclose(file);
    hm_err err = { 0 };
    hmi_json *json = NULL;
    hm_bytes rest = hmi_bytes(text, len);
    hm_bytes line;
    CHECK_OK(hmi_json_new(&json, &err));
    while (hmi_next_line(&rest, &line)) {
        hmi_value one;
        hmi_arena arena;
        hmi_index_sums sums;
        house h = begin();
        hmi_arena_init(&arena, 1 << 20);
        CHECK_OK(hmi_json_parse(json, line, 0, &one, &err));
        hm_text records = hmi_json_text(hmi_json_get(one, "records"), &arena);
        hm_matcher *set = compile_case(hmi_json_get(one, "indicators"), &arena);
        write_file(h.file, records.ptr, records.len, "wb");
        /* An end for the last line, so that all of it is indexed. */
        write_file(h.file, "\n", 1, "ab");
        char *ended = malloc(records.len + 1);
        memcpy(ended, records.ptr, records.len);
        ended[records.len] = '\n';
        index_file(&h, 64, h.file, &sums);
        same_as_full(&h, set, hmi_bytes(ended, records.len + 1),
                     hmi_arena_cstr(&arena, hmi_json_text(hmi_json_get(one, "name"), &arena)));
        free(ended);
        hm_matcher_free(set);
        hmi_arena_fini(&arena);
        end(&h);
    }
    hmi_json_free(json);
    free(text);
}

/* ---- Many segments */

static const struct {
    const char *kind, *value;
    hm_reach reach;
} INDICATORS[] = {
    { "address", "45.77.10.20", HM_REACH_SELF },
    { "address", "2a0b:1::7", HM_REACH_SELF },
    { "range", "45.80.0.0/16", HM_REACH_SELF },
    { "range", "46.0.16.0/21", HM_REACH_SELF },
    { "range", "2a0c:77::/40", HM_REACH_SELF },
    { "domain", "malice.test.co.kr", HM_REACH_BELOW },
    { "domain", "badhost.net", HM_REACH_SELF },
    { "url", "http://drop.badhost.org/kit/", HM_REACH_BELOW },
    { "mail", "boss@malice.org", HM_REACH_SELF },
    { "md5", "9e107d9d372bb6826bd81d3542a419d6", HM_REACH_SELF },
    { "file-name", "bad.exe", HM_REACH_SELF },
};

static hm_matcher *compile(size_t first, size_t count)
{
    hm_matcher_options options = { .seed = { 1, 2 } };
    hm_matcher_builder *builder = NULL;
    hm_matcher *matcher = NULL;
    hm_err err = { 0 };
    CHECK_OK(hm_matcher_begin(&options, &builder, &err));
    for (size_t i = first; i < first + count; i++) {
        hm_indicator indicator = { .kind = INDICATORS[i].kind,
                                   .value = INDICATORS[i].value,
                                   .value_len = strlen(INDICATORS[i].value),
                                   .reach = INDICATORS[i].reach };
        CHECK_OK(hm_matcher_add(builder, &indicator, &err));
    }
    CHECK_OK(hm_matcher_build(builder, &matcher, &err));
    return matcher;
}

static size_t make_records(char *text, size_t room)
{
    static const char *const RARE[] = { "45.77.10.20",
                                        "2A0B:1:0::7",
                                        "45.80.7.9",
                                        "46.0.23.1",
                                        "2a0c:77::99",
                                        "x.malice.test.co.kr",
                                        "badhost[.]net",
                                        "http:\\/\\/drop.badhost.org\\/kit\\/x",
                                        "<boss@malice.org>",
                                        "9E107D9D372BB6826BD81D3542A419D6",
                                        "C:\\\\Temp\\\\bad.exe" };
    size_t len = 0;
    while (room - len > 400) {
        len += (size_t)sprintf(text + len,
                               "%u.%u.%u.%u - host%u.good%u.net \"GET /p/%u.html\" \"%s\" %s\n",
                               100 + pick(20), pick(256), pick(256), pick(256), pick(9), pick(5000),
                               pick(9000), pick(2) ? "Mozilla/5.0 (X11)" : "curl/8.5.0",
                               pick(250) == 0 ? RARE[pick(HMI_COUNT(RARE))] : "-");
    }
    return len;
}

enum { RECORDS = 1 << 20, SEGMENT = 32 << 10 };

TEST(random_records_in_many_segments_are_hunted_as_they_are_scanned)
{
    static char text[RECORDS];
    hmi_index_sums sums;
    hmi_hunt_sums hunted;
    house h = begin();
    drawn = 2014;
    size_t len = make_records(text, sizeof(text));
    /* It grows three times, the last line unfinished each time; what is new is indexed. */
    size_t at = 0;
    for (unsigned round = 1; round <= 3; round++) {
        size_t to = len * round / 3;
        write_file(h.file, text + at, to - at, "ab");
        at = to;
        index_file(&h, SEGMENT, h.file, &sums);
        CHECK(sums.segments > 5);
        CHECK_EQ(sums.crowded, 0);
    }
    hm_matcher *all = compile(0, HMI_COUNT(INDICATORS));
    same_as_full(&h, all, hmi_bytes(text, len), "all indicators");
    uint64_t spared = 0;
    for (size_t i = 0; i < HMI_COUNT(INDICATORS); i++) {
        hm_matcher *one = compile(i, 1);
        same_as_full(&h, one, hmi_bytes(text, len), INDICATORS[i].value);
        told t = hunt(&h, one, NULL, &hunted);
        CHECK(t.count > 0);
        CHECK_EQ(t.notices, 0);
        spared += hunted.segments - hunted.segments_read;
        hm_matcher_free(one);
    }
    CHECK(spared > 10 * HMI_COUNT(INDICATORS));
    /* Indexing again finds nothing new; renaming the file changes nothing. */
    index_file(&h, SEGMENT, h.file, &sums);
    CHECK_EQ(sums.segments, 0);
    char moved[128];
    snprintf(moved, sizeof(moved), "%s.1", h.file);
    CHECK_EQ(rename(h.file, moved), 0);
    told t = hunt(&h, all, moved, &hunted);
    CHECK(t.count > 0);
    CHECK(hunted.bytes_read < len);
    t = hunt(&h, all, NULL, &hunted);
    CHECK_EQ(hunted.unreadable, 1); /* not under its old name */
    CHECK_EQ(t.notices, 2);
    hm_matcher_free(all);
    end(&h);
}

TEST(a_file_that_became_another_is_read_in_full)
{
    static char text[RECORDS / 4];
    hmi_index_sums sums;
    hmi_hunt_sums hunted;
    house h = begin();
    drawn = 7;
    size_t len = make_records(text, sizeof(text));
    write_file(h.file, text, len, "wb");
    index_file(&h, SEGMENT, h.file, &sums);
    len = make_records(text, sizeof(text));
    int fd = open(h.file, O_WRONLY | O_TRUNC); /* the same inode */
    CHECK_EQ(write(fd, text, len), (ssize_t)len);
    close(fd);
    hm_matcher *all = compile(0, HMI_COUNT(INDICATORS));
    same_as_full(&h, all, hmi_bytes(text, len), "changed");
    (void)hunt(&h, all, h.file, &hunted);
    CHECK_EQ(hunted.bytes_read, len);
    index_file(&h, SEGMENT, h.file, &sums);
    CHECK_EQ(sums.bytes, len);
    same_as_full(&h, all, hmi_bytes(text, len), "changed and indexed again");
    (void)hunt(&h, all, h.file, &hunted);
    CHECK(hunted.bytes_read < len);
    hm_matcher_free(all);
    end(&h);
}

TEST(compressed_records_are_hunted_too)
{
    static char text[RECORDS / 4];
    hmi_index_sums sums;
    hmi_hunt_sums hunted;
    house h = begin();
    drawn = 9;
    size_t len = make_records(text, sizeof(text));
    size_t room = ZSTD_compressBound(len);
    char *packed = malloc(room);
    size_t packed_len = ZSTD_compress(packed, room, text, len, 1);
    write_file(h.file, packed, packed_len, "wb");
    index_file(&h, SEGMENT, h.file, &sums);
    CHECK_EQ(sums.bytes, len);
    hm_matcher *all = compile(0, HMI_COUNT(INDICATORS));
    same_as_full(&h, all, hmi_bytes(text, len), "compressed");
    hm_matcher *one = compile(9, 1);
    same_as_full(&h, one, hmi_bytes(text, len), "compressed, one indicator");
    (void)hunt(&h, one, NULL, &hunted);
    CHECK(hunted.bytes_read < len / 2);
    hm_matcher_free(all);
    hm_matcher_free(one);
    free(packed);
    end(&h);
}

/* ---- Damage */

static uint8_t *read_part(const house *h, char path[128], size_t *ret_len)
{
    snprintf(path, 128, "%s/%08u.hunt", h->index, 0);
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    uint8_t *bytes = malloc(1 << 20);
    *ret_len = fread(bytes, 1, 1 << 20, file);
    CHECK(*ret_len > 1000 && *ret_len < 1 << 20);
    fclose(file);
    return bytes;
}

TEST(damage_costs_time_and_never_a_hit)
{
    static char text[RECORDS / 4];
    hmi_index_sums sums;
    hmi_hunt_sums hunted;
    char path[128];
    size_t part_len;
    house h = begin();
    drawn = 11;
    size_t len = make_records(text, sizeof(text));
    write_file(h.file, text, len, "wb");
    index_file(&h, SEGMENT, h.file, &sums);
    uint8_t *part = read_part(&h, path, &part_len);
    hm_matcher *all = compile(0, HMI_COUNT(INDICATORS));
    hm_err err = { 0 };
    told full = { 0 };
    CHECK_OK(hm_matcher_scan(all, hmi_bytes(text, len), on_scanned, &full, &err));
    uint64_t told_damage = 0;
    for (size_t at = 0; at < part_len; at += 1 + part_len / 97) {
        part[at] ^= 0x55;
        write_file(path, part, part_len, "wb");
        told t = hunt(&h, all, h.file, &hunted);
        CHECK_EQ(t.count, full.count);
        CHECK_EQ(t.sum, full.sum);
        told_damage += t.notices;
        part[at] ^= 0x55;
    }
    CHECK(told_damage > 20);
    for (size_t cut = 0; cut < part_len; cut += 1 + part_len / 31) {
        write_file(path, part, cut, "wb");
        told t = hunt(&h, all, h.file, &hunted);
        CHECK_EQ(t.sum, full.sum);
        CHECK_EQ(t.notices, 1);
    }
    /* Indexing again repairs it. */
    index_file(&h, SEGMENT, h.file, &sums);
    CHECK_EQ(sums.bytes, len);
    told t = hunt(&h, all, NULL, &hunted);
    CHECK_EQ(t.sum, full.sum);
    CHECK_EQ(t.notices, 0);
    free(part);
    hm_matcher_free(all);
    end(&h);
}

TEST(what_cannot_be_indexed_is_read)
{
    static char text[1 << 20];
    hmi_index_sums sums;
    hmi_hunt_sums hunted;
    house h = begin();
    size_t len = 0;
    /* Too many distinct fields for the records they are in. */
    while (sizeof(text) - len > 100) {
        len += (size_t)sprintf(text + len, "C%xhA%x\t%u\n", pick(1 << 30), pick(1 << 30), pick(99));
    }
    len += (size_t)sprintf(text + len, "Global\\bad one\t\n");
    write_file(h.file, text, len, "wb");
    index_file(&h, 1 << 30, h.file, &sums);
    hm_err err = { 0 };
    hm_matcher_builder *builder = NULL;
    hm_matcher *set = NULL;
    hm_indicator mutex = { .kind = "mutex", .value = "Global\\bad one", .value_len = 14 };
    CHECK_OK(hm_matcher_begin(NULL, &builder, &err));
    CHECK_OK(hm_matcher_add(builder, &mutex, &err));
    CHECK_OK(hm_matcher_build(builder, &set, &err));
    told t = hunt(&h, set, NULL, &hunted);
    CHECK_EQ(t.count, 1);
    CHECK_EQ(hunted.bytes_read, len);
    hm_matcher_free(set);
    end(&h);
}

RUN_TESTS()
