/* SPDX-License-Identifier: Apache-2.0
 *
 * archive.c - hands on every file inside a container, within limits, from memory to memory.
 *
 * WHY    Evidence comes packed, often with a password everybody knows ("infected").
 * FORM   Whatever the decoders of hmi_archive_kind read; libarchive does the reading.
 * TRUST  None. Output is counted as it comes, never believed from a header. Names are data: nothing
 *        is opened, written or followed. What a limit cuts is handed on, marked truncated.
 *        libarchive allocates by malloc, outside the arena's ceiling: in the jail the worker's own
 *        limits hold it, and a member that memory cannot hold is cut, not fatal.
 * OWNS   The archive handle and the spool of the member in hand, both for one call.
 */
#include "formats/container/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <iconv.h>
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/num.h"
#include "base/text.h"

enum { BLOCK = 65536, SPOOL_START = 1 << 16 };

/* The bytes of the member in hand: grows as they come, gives up where memory does. */
typedef struct spool {
    uint8_t *ptr;
    size_t len, capacity;
} spool;

typedef struct unpacking {
    hmi_reading *reading;
    hm_bytes file;
    const hmi_archive_kind *kind;
    hmi_archive_budget *budget;
    struct archive *archive;
    spool spool;
    size_t member_count, encrypted_count, damaged_count;
    uint64_t odd_names;
    bool stop; /* a limit or a fatal error: nothing more comes */
} unpacking;

static locale_t unpack_locale;
static iconv_t unpack_tables[2];
static pthread_once_t unpack_once = PTHREAD_ONCE_INIT;

/* Names inside archives come in several character sets; libarchive converts them to the locale's,
 * so the locale must be UTF-8 whatever the machine says. The two converters stay open: glibc keeps
 * a loaded table only while somebody uses it, and in the jail it could not be loaded again. */
static void wake(void)
{
    unpack_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    unpack_tables[0] = iconv_open("UTF-8", "UTF-16LE");
    unpack_tables[1] = iconv_open("UTF-8", "UTF-16BE");
}

void hmi_archive_prepare(void)
{
    (void)pthread_once(&unpack_once, wake);
}

hmi_archive_budget hmi_archive_budget_of(const hmi_reading *reading, hm_bytes file)
{
    uint64_t output = reading->output_max ? reading->output_max : HMI_ARCHIVE_OUTPUT_MAX;
    uint64_t by_ratio = UINT64_MAX;
    (void)hmi_mul((uint64_t)file.len, (uint64_t)HMI_ARCHIVE_RATIO_MAX, &by_ratio);
    by_ratio = by_ratio < HMI_ARCHIVE_RATIO_FLOOR ? HMI_ARCHIVE_RATIO_FLOOR : by_ratio;
    return (hmi_archive_budget){ .output = output < by_ratio ? output : by_ratio,
                                 .members = HMI_ARCHIVE_MEMBERS_MAX };
}

/* How far libarchive has read in the container itself. */
static uint64_t position(const unpacking *u)
{
    la_int64_t at = archive_filter_bytes(u->archive, -1);
    return at < 0 ? HM_OFFSET_NONE : (uint64_t)at;
}

static hm_text complaint(const unpacking *u)
{
    const char *text = archive_error_string(u->archive);
    return hmi_text_safe(u->reading->arena, hmi_text_bytes(hmi_text_of(text ? text : "damaged")),
                         100);
}

static hm_text shown(const unpacking *u, hm_bytes name)
{
    return hmi_text_safe(u->reading->arena, name, 80);
}

static bool spool_room(spool *s, size_t more)
{
    size_t need = 0;
    if (!hmi_add(s->len, more, &need)) {
        return false;
    }
    if (need <= s->capacity) {
        return true;
    }
    size_t doubled = hmi_max(hmi_max(s->capacity, SPOOL_START) * 2, need);
    uint8_t *ptr = realloc(s->ptr, doubled);
    if (ptr == NULL) { /* close to the ceiling the exact size may still fit */
        doubled = need;
        ptr = realloc(s->ptr, doubled);
    }
    if (ptr == NULL) {
        return false;
    }
    s->ptr = ptr;
    s->capacity = doubled;
    return true;
}

/* ---- Opening */

/* libarchive keeps passwords in the order in which they come, and takes them only before opening.
 */
static int add_password(const unpacking *u, struct archive *archive, size_t index, hm_err *err)
{
    hm_text password = u->reading->passwords[index];
    if (password.len == 0 || hmi_find_byte(hmi_text_bytes(password), 0) != HMI_NPOS) {
        return HM_OK; /* libarchive refuses both */
    }
    char *cstr = hmi_arena_cstr(u->reading->arena, password);
    if (cstr == NULL) {
        return hmi_arena_fail(u->reading->arena, err);
    }
    if (archive_read_add_passphrase(archive, cstr) != ARCHIVE_OK) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for a password");
    }
    return HM_OK;
}

/* `passwords` are indexes into the reading's. */
static int open_archive(const unpacking *u, const size_t *passwords, size_t count,
                        struct archive **ret_archive, hm_err *err)
{
    struct archive *archive = archive_read_new();
    if (archive == NULL || u->kind->enable(archive) < ARCHIVE_WARN) {
        archive_read_free(archive);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to open the %s decoder",
                        u->kind->name);
    }
    int code = HM_OK;
    for (size_t i = 0; i < count && code == HM_OK; i++) {
        code = add_password(u, archive, passwords[i], err);
    }
    if (code == HM_OK &&
        archive_read_open_memory(archive, u->file.ptr, u->file.len) < ARCHIVE_WARN) {
        code = hmi_fail(err, HM_E_MALFORMED, 0, "no %s archive: %.100s", u->kind->name,
                        archive_error_string(archive));
    }
    if (code < 0) {
        archive_read_free(archive);
        return code;
    }
    *ret_archive = archive;
    return HM_OK;
}

/* Reads one entry to its end and forgets it: does this password fit? The weak zip cipher lets one
 * wrong password in 256 through its own check, the content's checksum does not. */
static bool entry_decrypts(struct archive *archive, uint64_t most)
{
    uint64_t seen = 0;
    for (unsigned idle = 0; idle < HMI_ARCHIVE_IDLE_MAX && seen < most;) {
        const void *block;
        size_t len = 0;
        la_int64_t offset;
        int got = archive_read_data_block(archive, &block, &len, &offset);
        if (got == ARCHIVE_EOF) {
            return true;
        }
        if (got != ARCHIVE_OK) {
            return false;
        }
        seen += len;
        idle = len ? 0 : idle + 1;
    }
    return seen >= most;
}

/* 1: opens the first encrypted entry; 0: does not; 2: there is no encrypted entry. */
static int try_password(unpacking *u, size_t index, hm_err *err)
{
    struct archive *archive = NULL;
    HMI_TRY(open_archive(u, &index, 1, &archive, err));
    int verdict = 2;
    for (uint32_t i = 0; i < HMI_ARCHIVE_MEMBERS_MAX; i++) {
        struct archive_entry *entry = NULL;
        int got = archive_read_next_header(archive, &entry);
        if (got < ARCHIVE_WARN || got == ARCHIVE_EOF) {
            break;
        }
        if (archive_entry_is_data_encrypted(entry)) {
            verdict = entry_decrypts(archive, u->budget->output) ? 1 : 0;
            break;
        }
    }
    archive_read_free(archive);
    return verdict;
}

/* Opens with the password that fits in front of the others, which may fit other members. */
static int open_with_passwords(unpacking *u, hm_err *err)
{
    size_t count = hmi_min(u->reading->password_count, HMI_ARCHIVE_PASSWORDS_MAX);
    size_t order[HMI_ARCHIVE_PASSWORDS_MAX];
    size_t fits = count;
    for (size_t i = 0; i < count; i++) {
        order[i] = i;
    }
    for (size_t i = 0; i < count; i++) {
        int verdict = try_password(u, i, err);
        if (verdict < 0) {
            return verdict;
        }
        fits = verdict == 1 ? i : count;
        if (verdict != 0) {
            break;
        }
    }
    if (fits < count) {
        HMI_TRY(hmi_emit_fact(u->reading, "password", u->reading->passwords[fits], err));
        order[0] = fits;
        order[fits] = 0;
    }
    return open_archive(u, order, count, &u->archive, err);
}

/* ---- Members */

/* The name as the container spells it, cut at the limit. libarchive ends names at a NUL. */
static hm_bytes entry_name(struct archive_entry *entry)
{
    const char *name = archive_entry_pathname(entry);
    if (name == NULL) {
        name = archive_entry_pathname_utf8(entry);
    }
    hm_text text = hmi_text_of(name);
    return hmi_slice(hmi_text_bytes(text), 0, HMI_MEMBER_NAME_MAX);
}

/* The container's own name without folder and suffix: what `gunzip` would call the file. */
static hm_bytes single_name(const unpacking *u)
{
    hm_bytes name = u->reading->name;
    for (size_t i = name.len; i > 0; i--) {
        if (name.ptr[i - 1] == '/' || name.ptr[i - 1] == '\\') {
            name = hmi_slice(name, i, name.len);
            break;
        }
    }
    hm_bytes suffix = hmi_text_bytes(hmi_text_of(u->kind->suffix));
    if (name.len > suffix.len && hmi_ends_with(name, suffix)) {
        name.len -= suffix.len;
    }
    return hmi_slice(name, 0, HMI_MEMBER_NAME_MAX);
}

static hm_bytes member_name(const unpacking *u, struct archive_entry *entry)
{
    hm_bytes name = entry_name(entry);
    bool raw = archive_format(u->archive) == ARCHIVE_FORMAT_RAW;
    /* "data" is libarchive's word for a stream without a stored name */
    return raw && hmi_bytes_eq(name, HM_BYTES("data")) ? single_name(u) : name;
}

/* A name that would leave its folder if anybody wrote files by it. */
static const char *name_oddity(hm_bytes name)
{
    if (name.len >= HMI_MEMBER_NAME_MAX) {
        return "longer than any file name";
    }
    if (name.len > 0 && (name.ptr[0] == '/' || name.ptr[0] == '\\')) {
        return "absolute";
    }
    if (name.len > 1 && name.ptr[1] == ':' && hmi_ascii_alpha((char)name.ptr[0])) {
        return "on a drive";
    }
    for (size_t at = 0; at < name.len;) {
        hm_bytes rest = hmi_slice(name, at, name.len);
        size_t end = 0;
        while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '\\') {
            end++;
        }
        if (end == 2 && rest.ptr[0] == '.' && rest.ptr[1] == '.') {
            return "climbing out of its folder";
        }
        at += end + 1;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] < 0x20 || name.ptr[i] == 0x7f) {
            return "with control bytes";
        }
    }
    return NULL;
}

static int note_odd_name(unpacking *u, hm_bytes name, hm_err *err)
{
    const char *oddity = name_oddity(name);
    if (oddity == NULL || u->odd_names++ > 0) {
        return HM_OK; /* one note tells it; the names themselves are kept with the members */
    }
    hm_text safe = shown(u, name);
    return hmi_emit_note(u->reading, HMI_NOTE_ODD, HM_OK, position(u), err,
                         "a member's name is %s: \"%.*s\"", oddity, HMI_FMT(safe));
}

static int note_limit(unpacking *u, const char *what, hm_err *err)
{
    u->stop = true;
    return hmi_emit_note(u->reading, HMI_NOTE_DAMAGE, HM_E_LIMIT, position(u), err,
                         "stopped unpacking: %s; what came before is kept", what);
}

/* Puts one block at its place; a gap before it (a sparse file) is zeros and counts too. */
static const char *spool_block(unpacking *u, const void *block, size_t len, uint64_t offset)
{
    spool *s = &u->spool;
    uint64_t end = 0;
    if (offset < s->len || !hmi_add(offset, (uint64_t)len, &end)) {
        return "blocks out of order";
    }
    uint64_t more = end - s->len;
    size_t room = (size_t)(more < u->budget->output ? more : u->budget->output);
    if (!spool_room(s, room)) {
        u->stop = true;
        return "more than memory holds";
    }
    size_t gap = hmi_min((size_t)(offset - s->len), room);
    if (gap > 0) {
        memset(s->ptr + s->len, 0, gap);
    }
    if (room > gap) {
        memcpy(s->ptr + s->len + gap, block, room - gap);
    }
    s->len += room;
    u->budget->output -= room;
    if (room < more) {
        u->stop = true;
        return "more than 100 bytes of members per byte, or the output limit";
    }
    return NULL;
}

/* Collects the member's content. *ret_why: NULL, or why it is not whole. */
static void pour(unpacking *u, const char **ret_why)
{
    u->spool.len = 0;
    *ret_why = NULL;
    for (unsigned idle = 0; idle < HMI_ARCHIVE_IDLE_MAX;) {
        const void *block = NULL;
        size_t len = 0;
        la_int64_t offset = 0;
        int got = archive_read_data_block(u->archive, &block, &len, &offset);
        if (got == ARCHIVE_EOF) {
            return;
        }
        if (got == ARCHIVE_RETRY || (got == ARCHIVE_OK && len == 0)) {
            idle++;
            continue;
        }
        if (got >= ARCHIVE_WARN && len > 0) {
            *ret_why = spool_block(u, block, len, offset < 0 ? 0 : (uint64_t)offset);
            idle = 0;
        }
        if (*ret_why != NULL) {
            return;
        }
        if (got != ARCHIVE_OK) {
            u->stop |= got == ARCHIVE_FATAL;
            *ret_why = archive_error_string(u->archive);
            *ret_why = *ret_why ? *ret_why : "damaged";
            return;
        }
    }
    u->stop = true;
    *ret_why = "no progress";
}

static int note_cut(unpacking *u, hm_bytes name, const char *why, hm_err *err)
{
    /* One note for each of the first few, then only the count: a note is a line somebody reads. */
    enum { CUT_NOTES_MAX = 8 };
    bool limit = u->budget->output == 0;
    if (u->damaged_count++ >= CUT_NOTES_MAX) {
        return HM_OK;
    }
    hm_text safe = shown(u, name);
    hm_text reason = hmi_text_safe(u->reading->arena, hmi_text_bytes(hmi_text_of(why)), 100);
    return hmi_emit_note(u->reading, HMI_NOTE_DAMAGE, limit ? HM_E_LIMIT : HM_E_MALFORMED,
                         position(u), err, "\"%.*s\" is cut after %zu bytes: %.*s", HMI_FMT(safe),
                         u->spool.len, HMI_FMT(reason));
}

static int unpack_member(unpacking *u, struct archive_entry *entry, hm_err *err)
{
    hm_bytes name = member_name(u, entry);
    HMI_TRY(note_odd_name(u, name, err));
    __LA_MODE_T type = archive_entry_filetype(entry);
    bool plain = type == AE_IFREG || type == 0;
    if (!plain || archive_entry_hardlink(entry) != NULL) {
        return HM_OK; /* folders, links, devices have no content of their own */
    }
    if (u->reading->apart && archive_format(u->archive) == ARCHIVE_FORMAT_RAW) {
        u->stop = true;
        u->member_count++;
        hmi_member named = { .name = name, .offset = HM_OFFSET_NONE, .apart = true };
        return u->reading->sink->ops->member(u->reading->sink, &named, err);
    }
    const char *why = NULL;
    bool encrypted = archive_entry_is_data_encrypted(entry) != 0;
    pour(u, &why);
    if (why != NULL && encrypted && u->spool.len == 0) {
        u->encrypted_count++;
        return HM_OK;
    }
    if (why != NULL) {
        HMI_TRY(note_cut(u, name, why, err));
        if (u->spool.len == 0) {
            return HM_OK;
        }
    }
    u->member_count++;
    u->budget->members--;
    hmi_member member = { .name = name,
                          .content = { u->spool.ptr, u->spool.len },
                          .offset = HM_OFFSET_NONE,
                          .truncated = why != NULL };
    return hmi_sink_member(u->reading->sink, &member, err);
}

static int unpack_all(unpacking *u, hm_err *err)
{
    unsigned retries = 0;
    while (!u->stop) {
        struct archive_entry *entry = NULL;
        int got = archive_read_next_header(u->archive, &entry);
        if (got == ARCHIVE_EOF) {
            return HM_OK;
        }
        if (got == ARCHIVE_RETRY && ++retries < HMI_ARCHIVE_IDLE_MAX) {
            continue;
        }
        if (got < ARCHIVE_WARN) {
            hm_text why = complaint(u);
            if (u->member_count == 0 && u->damaged_count + u->encrypted_count == 0) {
                return hmi_fail(err, HM_E_MALFORMED, position(u), "nothing can be unpacked: %.*s",
                                HMI_FMT(why));
            }
            return hmi_emit_note(u->reading, HMI_NOTE_DAMAGE, HM_E_MALFORMED, position(u), err,
                                 "unpacking ends early: %.*s", HMI_FMT(why));
        }
        if (u->budget->members == 0) {
            return note_limit(u, "10,000 members", err);
        }
        HMI_TRY(unpack_member(u, entry, err));
        if (u->budget->output == 0) {
            return note_limit(u, "100:1 or the output limit is reached", err);
        }
    }
    return HM_OK;
}

static int note_sums(unpacking *u, hm_err *err)
{
    if (u->encrypted_count > 0) {
        HMI_TRY(hmi_emit_note(u->reading, HMI_NOTE_DAMAGE, HM_E_DENIED, HM_OFFSET_NONE, err,
                              "%zu encrypted members: no known password opens them",
                              u->encrypted_count));
    }
    if (u->odd_names > 1) {
        HMI_TRY(hmi_emit_note(u->reading, HMI_NOTE_ODD, HM_OK, HM_OFFSET_NONE, err,
                              "%llu members have such names", (unsigned long long)u->odd_names));
    }
    return HM_OK;
}

int hmi_archive_unpack(hmi_reading *reading, hm_bytes file, const hmi_archive_kind *kind,
                       hmi_archive_budget *budget, hm_err *err)
{
    if (reading->depth >= HMI_ARCHIVE_DEPTH_MAX) {
        return hmi_emit_note(reading, HMI_NOTE_DAMAGE, HM_E_LIMIT, 0, err,
                             "not unpacked: already %u containers deep", reading->depth);
    }
    hmi_archive_prepare();
    locale_t before = unpack_locale ? uselocale(unpack_locale) : (locale_t)0;
    unpacking u = { .reading = reading, .file = file, .kind = kind, .budget = budget };
    int code = open_with_passwords(&u, err);
    if (code == HM_OK) {
        code = unpack_all(&u, err);
    }
    if (code == HM_OK) {
        code = note_sums(&u, err);
    }
    archive_read_free(u.archive);
    free(u.spool.ptr);
    if (before) {
        (void)uselocale(before);
    }
    return code;
}
