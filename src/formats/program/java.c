/* SPDX-License-Identifier: Apache-2.0
 *
 * java.c - classes of Java: what they are called, what they call, what they say.
 *
 * WHY    A JAR is a zip of these; each comes here as a member of its own.
 * FORM   JVMS 4: cafebabe, minor u16, major u16, count of constants u16; each: kind u8, then 1: u16
 *        length and bytes, 3 and 4: 4 bytes, 5 and 6: 8 bytes and two places, 7, 8, 16, 19, 20:
 * u16, 9, 10, 11, 12, 17, 18: two u16, 15: u8 and u16; then access, this and super class u16. All
 *        big-endian. Fat Mach-O files have the same magic and a small count where the version is.
 *        Import hash "java:": "class.method" of every method called, in order of bytes, each once,
 *        joined by commas; MD5.
 * TRUST  None: constants end where the file ends. Byte code is not read.
 * OWNS   Nothing; memory is the reading's arena.
 */
#include "base/cursor.h"
#include "base/num.h"
#include "base/text.h"
#include "formats/program/program.h"

enum { HMI_JAVA_MAJOR_MIN = 45, HMI_JAVA_STRINGS_MAX = 2000, HMI_JAVA_CALLS_MAX = 8192 };

typedef struct constant {
    uint8_t kind;
    uint16_t a, b;
    hm_bytes text;
} constant;

typedef struct java {
    hmi_reading *reading;
    hm_bytes file;
    constant *constants;
    unsigned count;
    hmi_cur cur;
} java;

static int detect(hm_bytes file, hm_bytes name)
{
    (void)name;
    hmi_cur cur = hmi_cur_over(file);
    cur.big = true;
    bool magic = hmi_cur_u32(&cur) == 0xcafebabe;
    hmi_cur_skip(&cur, 2);
    uint16_t major = hmi_cur_u16(&cur), count = hmi_cur_u16(&cur);
    return magic && !cur.bad && major >= HMI_JAVA_MAJOR_MIN && major < 256 && count > 1 ? 95 : 0;
}

static bool read_constant(java *j, constant *c, bool *ret_two)
{
    c->kind = hmi_cur_u8(&j->cur);
    *ret_two = c->kind == 5 || c->kind == 6;
    switch (c->kind) {
    case 1:
        c->text = hmi_cur_bytes(&j->cur, hmi_cur_u16(&j->cur));
        break;
    case 3:
    case 4:
        hmi_cur_skip(&j->cur, 4);
        break;
    case 5:
    case 6:
        hmi_cur_skip(&j->cur, 8);
        break;
    case 7:
    case 8:
    case 16:
    case 19:
    case 20:
        c->a = hmi_cur_u16(&j->cur);
        break;
    case 9:
    case 10:
    case 11:
    case 12:
    case 17:
    case 18:
        c->a = hmi_cur_u16(&j->cur);
        c->b = hmi_cur_u16(&j->cur);
        break;
    case 15:
        hmi_cur_skip(&j->cur, 3);
        break;
    default:
        return false;
    }
    return !j->cur.bad;
}

static int read_constants(java *j, unsigned named, hm_err *err)
{
    j->constants = hmi_new_array(j->reading->arena, constant, named + 1u);
    if (j->constants == NULL) {
        return hmi_arena_fail(j->reading->arena, err);
    }
    for (j->count = 1; j->count < named;) {
        bool two = false;
        size_t at = j->cur.pos;
        if (!read_constant(j, &j->constants[j->count], &two)) {
            j->constants[j->count] = (constant){ .kind = 0 };
            j->cur.bad = true;
            return hmi_emit_note(j->reading, HMI_NOTE_DAMAGE, HM_E_TRUNCATED, at, err,
                                 "%u constants named, only %u can be read", named - 1,
                                 j->count - 1);
        }
        j->count += two ? 2 : 1;
    }
    return HM_OK;
}

/* Of one kind, or an empty one. */
static constant get(const java *j, unsigned number, uint8_t kind)
{
    bool good = number < j->count && j->constants[number].kind == kind;
    return good ? j->constants[number] : (constant){ .kind = 0 };
}

static hm_text name_at(java *j, unsigned number)
{
    hm_text text = hmi_program_text(j->reading->arena,
                                    hmi_slice(get(j, number, 1).text, 0, HMI_PROGRAM_NAME_MAX));
    return text.ptr == NULL ? HM_TEXT("") : text;
}

static hm_text class_at(java *j, unsigned number)
{
    return name_at(j, get(j, number, 7).a);
}

static int by_text(const void *a, const void *b)
{
    const hm_text *left = a, *right = b;
    return hmi_bytes_cmp(hmi_text_bytes(*left), hmi_text_bytes(*right));
}

static int emit_calls(java *j, hm_err *err)
{
    hmi_arena *arena = j->reading->arena;
    hm_text *names = hmi_new_array(arena, hm_text, hmi_min(j->count, HMI_JAVA_CALLS_MAX));
    size_t count = 0, kept = 0;
    if (names == NULL) {
        return hmi_arena_fail(arena, err);
    }
    for (unsigned i = 1; i < j->count && count < HMI_JAVA_CALLS_MAX; i++) {
        const constant *call = &j->constants[i];
        if (call->kind != 10 && call->kind != 11) {
            continue;
        }
        hm_text class_name = class_at(j, call->a);
        hm_text method = name_at(j, get(j, call->b, 12).a);
        names[count] = hmi_arena_printf(arena, "%.*s.%.*s", HMI_FMT(class_name), HMI_FMT(method));
        if (names[count++].ptr == NULL) {
            return hmi_arena_fail(arena, err);
        }
    }
    HMI_TRY(hmi_program_sort(arena, names, count, sizeof *names, by_text, err));
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || !hmi_text_eq(names[kept - 1], names[i])) {
            names[kept++] = names[i];
        }
    }
    return hmi_program_emit_names_hash(j->reading, HMI_IMPORT_HASH, HMI_ROLE_IMPORT, "java:", names,
                                       kept, err);
}

static int emit_texts(java *j, hm_err *err)
{
    unsigned strings = 0;
    for (unsigned i = 1; i < j->count; i++) {
        const constant *c = &j->constants[i];
        if (c->kind == 1 && c->text.len > 0) {
            HMI_TRY(hmi_scan_text(j->reading, c->text, (uint64_t)(c->text.ptr - j->file.ptr),
                                  HMI_ROLE_CONTENT, err));
        }
        hm_bytes text = c->kind == 8 ? get(j, c->a, 1).text : (hm_bytes){ NULL, 0 };
        hm_text clean;
        if (text.len >= HMI_STRING_LEN_MIN && text.len <= HMI_STRING_LEN_MAX &&
            hmi_text_from(text, &clean) && strings < HMI_JAVA_STRINGS_MAX) {
            strings++;
            HMI_TRY(hmi_emit(j->reading, HMI_STRING, HMI_ROLE_CONTENT, clean,
                             (uint64_t)(text.ptr - j->file.ptr), err));
        }
    }
    return HM_OK;
}

static int java_read(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    java j = { .reading = reading, .file = file, .cur = hmi_cur_over(file) };
    j.cur.big = true;
    bool magic = hmi_cur_u32(&j.cur) == 0xcafebabe;
    uint16_t minor = hmi_cur_u16(&j.cur), major = hmi_cur_u16(&j.cur);
    uint16_t named = hmi_cur_u16(&j.cur);
    if (!magic) {
        return hmi_fail(err, HM_E_MALFORMED, 0, "no magic of a Java class");
    }
    if (j.cur.bad) {
        return hmi_fail(err, HM_E_TRUNCATED, file.len, "head of the Java class cut short");
    }
    HMI_TRY(read_constants(&j, named, err));
    hmi_cur_skip(&j.cur, 2);
    hm_text self = class_at(&j, hmi_cur_u16(&j.cur)), above = class_at(&j, hmi_cur_u16(&j.cur));
    if (self.len > 0) {
        HMI_TRY(hmi_emit_fact(reading, "class", self, err));
        HMI_TRY(hmi_emit(reading, HMI_STRING, HMI_ROLE_SELF, self, HM_OFFSET_NONE, err));
    }
    if (above.len > 0) {
        HMI_TRY(hmi_emit_fact(reading, "super-class", above, err));
    }
    HMI_TRY(hmi_program_emitf(reading, HMI_COMPILER, HMI_ROLE_CONTENT, 4, err,
                              "Java class file %u.%u", major, minor));
    HMI_TRY(emit_calls(&j, err));
    return emit_texts(&j, err);
}

const hmi_reader hmi_reader_java = {
    .name = "java",
    .summary = "classes of Java",
    .version = 1,
    .detect = detect,
    .read = java_read,
};
