/* SPDX-License-Identifier: Apache-2.0
 *
 * list.c - plain lists of indicators: one per line, or a CSV of them.
 *
 * WHY    Half of what is shared among defenders is a text file with one address per line.
 * FORM   Lines. Blank lines and those that begin with '#', ';' or "//" are comments, and so is what
 *        stands behind " #" or " ;". A line is an entry by its shape; or "0.0.0.0 name" as hosts
 *        files have it; or columns by ',', ';', tab or '|' with quotes as in CSV:
 *          a first line that names its columns tells which hold values and which their kind;
 *          without it: "kind,value", or the value in the first column.
 * TRUST  Hostile. A line that is no entry is noted and the rest goes on.
 * OWNS   Nothing.
 */
#include "formats/report/list.h"
#include "base/error.h"
#include "base/text.h"
#include "formats/reader.h"
#include "formats/scan/observables.h"

enum {
    DETECT_WINDOW = 32 << 10,
    DETECT_LINES_MAX = 400,
    HMI_LIST_LINE_MAX = 8192,
    HMI_LIST_COLUMNS_MAX = 32,
    HMI_LIST_NOTES_MAX = 32,
    HMI_LIST_BARE_COLUMNS_MAX = 4 /* more of them without a header is some other table */
};

typedef struct columns {
    hm_text text[HMI_LIST_COLUMNS_MAX];
    size_t count;
} columns;

typedef struct layout {
    bool seen_first; /* the first line that is no comment was looked at */
    bool has_header;
    hmi_list_column role[HMI_LIST_COLUMNS_MAX];
    hmi_class kind[HMI_LIST_COLUMNS_MAX]; /* of a value column named for its kind */
    bool logged;
    bool told; /* a column says what each value is: hardly anything else is a list of them */
} layout;

/* Whom the entries of a line go to; both of the same shape for detecting and for reading. */
typedef struct entry_sink {
    hmi_reading *reading; /* NULL: only counting */
    uint64_t offset;
    size_t entries;
    hm_err *err;
} entry_sink;

/* In a table an empty first column looks like a comment. */
static bool is_comment(hm_text line, bool table)
{
    return line.len == 0 || line.ptr[0] == '#' ||
           (!table && (line.ptr[0] == ';' || hmi_text_istarts(line, HM_TEXT("//"))));
}

static hm_text without_remark(hm_text line)
{
    for (size_t i = 1; i < line.len; i++) {
        bool blank = line.ptr[i - 1] == ' ' || line.ptr[i - 1] == '\t';
        if (blank && (line.ptr[i] == '#' || line.ptr[i] == ';')) {
            return hmi_text_trim(hmi_text_slice(line, 0, i));
        }
    }
    return line;
}

static char separator_of(hm_text line)
{
    static const char SEPARATORS[] = { '\t', ',', ';', '|' };
    for (size_t i = 0; i < HMI_COUNT(SEPARATORS); i++) {
        if (hmi_find_byte(hmi_text_bytes(line), (uint8_t)SEPARATORS[i]) != HMI_NPOS) {
            return SEPARATORS[i];
        }
    }
    return '\0';
}

/* A quoted column ends at the quote in front of a separator or of the end. */
static size_t quoted_end(hm_text line, size_t start, char separator)
{
    for (size_t i = start + 1; i < line.len; i++) {
        if (line.ptr[i] == '"' && (i + 1 == line.len || line.ptr[i + 1] == separator)) {
            return i + 1;
        }
    }
    return HMI_NPOS;
}

/* Where the column that begins at `start` ends, its quotes included. */
static size_t column_end(hm_text line, size_t start, char separator)
{
    bool quoted = start < line.len && line.ptr[start] == '"';
    size_t end = quoted ? quoted_end(line, start, separator) : HMI_NPOS;
    if (end != HMI_NPOS || separator == '\0') {
        return end != HMI_NPOS ? end : line.len;
    }
    hm_text rest = hmi_text_slice(line, start, line.len);
    size_t len = hmi_find_byte(hmi_text_bytes(rest), (uint8_t)separator);
    return len != HMI_NPOS ? start + len : line.len;
}

static columns split_columns(hm_text line)
{
    columns cut = { .count = 0 };
    char separator = separator_of(line);
    size_t pos = 0;
    while (pos <= line.len && cut.count < HMI_LIST_COLUMNS_MAX) {
        size_t end = column_end(line, pos, separator);
        hm_text column = hmi_text_trim(hmi_text_slice(line, pos, end - pos));
        if (column.len >= 2 && column.ptr[0] == '"' && column.ptr[column.len - 1] == '"') {
            column = hmi_text_trim(hmi_text_slice(column, 1, column.len - 2));
        }
        cut.text[cut.count++] = column;
        pos = end + 1;
    }
    return cut;
}

static int add_entry(entry_sink *to, hmi_class class_id, const hmi_canon *canon)
{
    to->entries++;
    if (to->reading == NULL) {
        return HM_OK;
    }
    return hmi_emit(to->reading, class_id, HMI_ROLE_INDICATED, hmi_canon_text(canon), to->offset,
                    to->err);
}

/* By its shape; "setup.py" may be a domain, but a list of file names must not become one of domains
 * just because nobody said what it lists. */
static hmi_class guess(hm_text text, hmi_canon *out)
{
    hmi_class class_id = hmi_list_guess(text, out);
    bool doubtful = class_id == HMI_DOMAIN && hmi_scan_is_no_domain(hmi_canon_text(out));
    return doubtful ? HMI_CLASS_NONE : class_id;
}

/* A value whose kind was said, or by its shape where it was not or is not true. */
static int add_value(entry_sink *to, hmi_class kind, hm_text value)
{
    HMI_CANON(canon);
    if (kind != HMI_CLASS_NONE && hmi_canon_run(kind, value, true, &canon)) {
        return add_entry(to, kind, &canon);
    }
    hmi_class class_id = guess(value, &canon);
    return class_id != HMI_CLASS_NONE ? add_entry(to, class_id, &canon) : HM_OK;
}

/* MISP writes two values of one file as "name|digest". */
static int add_values(entry_sink *to, hmi_class kind, hm_text value)
{
    size_t before = to->entries;
    HMI_TRY(add_value(to, kind, value));
    if (to->entries > before || hmi_find_byte(hmi_text_bytes(value), '|') == HMI_NPOS) {
        return HM_OK;
    }
    hm_text rest = value;
    hm_text part;
    while (hmi_split(&rest, '|', &part)) {
        HMI_TRY(add_value(to, HMI_CLASS_NONE, hmi_text_trim(part)));
    }
    return HM_OK;
}

static int read_by_header(entry_sink *to, const layout *table, const columns *cut)
{
    hmi_class said = HMI_CLASS_NONE;
    for (size_t i = 0; i < cut->count; i++) {
        if (table->role[i] == HMI_LIST_KIND) {
            said = hmi_list_kind(cut->text[i]);
        }
    }
    for (size_t i = 0; i < cut->count; i++) {
        if (table->role[i] == HMI_LIST_VALUE && cut->text[i].len > 0) {
            hmi_class kind = table->kind[i] != HMI_CLASS_NONE ? table->kind[i] : said;
            HMI_TRY(add_values(to, kind, cut->text[i]));
        }
    }
    return HM_OK;
}

/* "0.0.0.0 name": the address only says that the name shall lead nowhere. */
static int read_hosts_line(entry_sink *to, hm_text line)
{
    size_t blank = 0;
    while (blank < line.len && line.ptr[blank] != ' ' && line.ptr[blank] != '\t') {
        blank++;
    }
    hm_text address = hmi_text_slice(line, 0, blank);
    hm_text name = hmi_text_trim(hmi_text_slice(line, blank, line.len));
    if (!hmi_text_is(address, "0.0.0.0") && !hmi_text_is(address, "127.0.0.1") &&
        !hmi_text_is(address, "::1") && !hmi_text_is(address, "::")) {
        return HM_OK;
    }
    HMI_CANON(canon);
    return hmi_canon_run(HMI_DOMAIN, name, true, &canon) ? add_entry(to, HMI_DOMAIN, &canon)
                                                         : HM_OK;
}

static int read_bare(entry_sink *to, hm_text line)
{
    HMI_CANON(canon);
    hmi_class whole = guess(line, &canon);
    if (whole != HMI_CLASS_NONE) {
        return add_entry(to, whole, &canon);
    }
    size_t before = to->entries;
    HMI_TRY(read_hosts_line(to, line));
    columns cut = split_columns(line);
    if (to->entries > before || cut.count > HMI_LIST_BARE_COLUMNS_MAX) {
        return HM_OK;
    }
    hmi_class kind = hmi_list_kind(cut.text[0]);
    if (kind != HMI_CLASS_NONE && cut.count > 1) {
        return add_value(to, kind, cut.text[1]);
    }
    return add_values(to, HMI_CLASS_NONE, cut.text[0]);
}

/* Is the first line a header? It is if a column is called for values and none holds one. */
static void look_at_first(layout *table, hm_text line)
{
    columns cut = split_columns(line);
    table->seen_first = true;
    for (size_t i = 0; i < cut.count; i++) {
        HMI_CANON(canon);
        if (hmi_list_guess(cut.text[i], &canon) != HMI_CLASS_NONE) {
            return;
        }
    }
    for (size_t i = 0; i < cut.count; i++) {
        table->role[i] = hmi_list_header(cut.text[i]);
        table->kind[i] = hmi_list_kind(cut.text[i]);
        table->has_header |= table->role[i] == HMI_LIST_VALUE;
        table->logged |= table->role[i] == HMI_LIST_LOGGED;
        table->told |= table->role[i] == HMI_LIST_KIND;
    }
}

/* *ret_comment: the line is no entry and need not be one. */
static int read_line(layout *table, entry_sink *to, hm_text line, bool *ret_comment)
{
    line = hmi_text_trim(line);
    *ret_comment = is_comment(line, table->has_header);
    if (*ret_comment) {
        return HM_OK;
    }
    if (!table->seen_first) {
        look_at_first(table, line);
        *ret_comment = table->has_header;
        if (table->has_header) {
            return HM_OK;
        }
    }
    if (table->has_header) {
        columns cut = split_columns(line);
        return read_by_header(to, table, &cut);
    }
    return read_bare(to, without_remark(line));
}

static bool line_is_text(hm_bytes line, hm_text *ret_text)
{
    return line.len <= HMI_LIST_LINE_MAX && hmi_text_from(line, ret_text);
}

static hm_bytes without_mark(hm_bytes file)
{
    return hmi_starts_with(file, HM_BYTES("\xef\xbb\xbf")) ? hmi_slice(file, 3, file.len) : file;
}

static int detect(hm_bytes file, hm_bytes name)
{
    (void)name;
    hm_bytes rest = hmi_slice(without_mark(file), 0, DETECT_WINDOW);
    bool cut = rest.len == DETECT_WINDOW;
    layout table = { .seen_first = false };
    size_t lines = 0;
    size_t entries = 0;
    hm_bytes line;
    for (size_t i = 0; i < DETECT_LINES_MAX && hmi_next_line(&rest, &line); i++) {
        hm_text text;
        bool comment;
        entry_sink to = { .reading = NULL };
        if (cut && rest.len == 0) {
            break; /* the window may have cut this one */
        }
        if (!line_is_text(line, &text)) {
            return 0;
        }
        (void)read_line(&table, &to, text, &comment);
        lines += comment ? 0 : 1;
        entries += to.entries > 0 ? 1 : 0;
    }
    size_t tenths = table.has_header && table.told ? 5 : 8;
    if (entries == 0 || table.logged || entries * 10 < lines * tenths) {
        return 0;
    }
    return lines >= 3 || table.has_header ? 60 : 30;
}

typedef struct list_counts {
    size_t line, wanted, refused;
} list_counts;

static int note_line(hmi_reading *reading, list_counts *counts, uint64_t offset, hm_err *err)
{
    counts->refused++;
    if (counts->refused > HMI_LIST_NOTES_MAX) {
        return HM_OK;
    }
    return hmi_emit_note(reading, HMI_NOTE_DAMAGE, HM_E_MALFORMED, offset, err,
                         "line %zu is no indicator", counts->line);
}

static int finish(hmi_reading *reading, const list_counts *counts, hm_err *err)
{
    if (counts->refused == counts->wanted) {
        return hmi_fail(err, HM_E_MALFORMED, 0, "no line of it is an indicator");
    }
    if (counts->refused == 0) {
        return HM_OK;
    }
    return hmi_emit_note(reading, HMI_NOTE_INFO, HM_OK, HM_OFFSET_NONE, err,
                         "%zu of %zu lines are no indicators", counts->refused, counts->wanted);
}

static int read_list(hmi_reading *reading, hm_bytes file, hm_err *err)
{
    hm_bytes rest = without_mark(file);
    layout table = { .seen_first = false };
    list_counts counts = { .line = 0 };
    hm_bytes line;
    while (hmi_next_line(&rest, &line)) {
        entry_sink to = { .reading = reading, .err = err };
        to.offset = (uint64_t)(line.ptr - file.ptr);
        bool comment = false;
        hm_text text;
        counts.line++;
        if (line_is_text(line, &text)) {
            HMI_TRY(read_line(&table, &to, text, &comment));
        }
        counts.wanted += comment ? 0 : 1;
        if (!comment && to.entries == 0) {
            HMI_TRY(note_line(reading, &counts, to.offset, err));
        }
    }
    return finish(reading, &counts, err);
}

const hmi_reader hmi_reader_list = { "list", "lists of indicators", 1, detect, read_list };
