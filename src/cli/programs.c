/* SPDX-License-Identifier: Apache-2.0
 *
 * programs.c - opens what the user calls a program, and says of it what could not be read.
 *
 * WHY    diff and search ask the same of their operands.
 * TRUST  A path may name anything: only regular files are opened, without waiting (a FIFO would
 * block). Nothing is looked at here; the bytes go to the jail.
 */
#include "cli/programs.h"
#include "cli/file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/file.h"
#include "cli/open.h"

enum { SIZE_DEFAULT = 1 << 30 };

bool hmi_program_jail(const hmi_invocation *inv, hmi_jail_options *ret, uint64_t *ret_size_max)
{
    if (!hmi_given_jail(inv, ret, ret_size_max)) {
        return false;
    }
    ret->cpu_ms = ret->cpu_ms != 0 ? ret->cpu_ms : HMI_PROGRAM_CPU_MS;
    ret->memory_max = ret->memory_max != 0 ? ret->memory_max : HMI_PROGRAM_MEMORY;
    ret->workers_max = 1;
    *ret_size_max = *ret_size_max != 0 ? *ret_size_max : SIZE_DEFAULT;
    return true;
}

static bool parse_sha256(const char *text, hmi_sha256 *ret)
{
    if (strlen(text) != 2 * sizeof(ret->bytes)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(ret->bytes); i++) {
        int high = hmi_hex_digit(text[2 * i]), low = hmi_hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        ret->bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static int seal_evidence(hmi_store *store, const hmi_sha256 *sha256, int *ret_fd,
                         uint64_t *ret_size, hm_err *err)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    int code = hmi_evidence_bytes(store, sha256, &bytes, &len, err);
    code = code == HM_OK ? hmi_jail_seal(hmi_bytes(bytes, len), ret_fd, err) : code;
    free(bytes);
    *ret_size = len;
    return code;
}

static int seal_path(const char *path, uint64_t size_max, int *ret_fd, uint64_t *ret_size,
                     hm_err *err)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return hmi_cannot_read(path, err);
    }
    int code = HM_OK;
    if (fstat(fd, &status) != 0) {
        code = hmi_cannot_read(path, err);
    } else if (!S_ISREG(status.st_mode)) {
        code = hmi_fail(err, HM_E_IO, HM_OFFSET_NONE, "\"%s\" is no regular file: name a program",
                        path);
    } else {
        code = hmi_jail_seal_fd(fd, size_max, ret_fd, ret_size, err);
    }
    close(fd);
    return code;
}

bool hmi_program_seal(hmi_invocation *inv, const char *operand, uint64_t size_max,
                      hmi_store **store, int *ret_fd, uint64_t *ret_size, int *ret_code)
{
    hmi_sha256 sha256;
    hm_err err = { 0 };
    int code;
    if (access(operand, F_OK) != 0 && parse_sha256(operand, &sha256)) {
        if (*store == NULL && !hmi_open_casebook(inv, true, store, ret_code)) {
            return false;
        }
        code = seal_evidence(*store, &sha256, ret_fd, ret_size, &err);
        if (code == HM_E_NOT_FOUND) {
            hmi_complain("%s: there is no file and no kept evidence %s", inv->command->name,
                         operand);
            *ret_code = HMI_EXIT_INPUT;
            return false;
        }
    } else {
        code = seal_path(operand, size_max, ret_fd, ret_size, &err);
    }
    if (code != HM_OK) {
        hmi_complain("%s: %s", inv->command->name, err.text);
        *ret_code = HMI_EXIT_INPUT;
    }
    return code == HM_OK;
}

static void complain(const hmi_invocation *inv, const hmi_program *program, hm_text what)
{
    hmi_buf safe;
    hmi_buf_init(&safe, 0);
    hmi_buf_add_safe(&safe, program->name);
    hmi_complain("%s: %.*s: %.*s", inv->command->name, HMI_FMT(hmi_buf_text(&safe)), HMI_FMT(what));
    hmi_buf_fini(&safe);
}

bool hmi_program_told(const hmi_invocation *inv, const hmi_program *program)
{
    for (size_t i = 0; i < program->note_count; i++) {
        complain(inv, program, program->notes[i]);
    }
    if (program->verdict == HMI_VERDICT_UNKNOWN) {
        complain(inv, program, HM_TEXT("no program that can be read: ELF and PE are"));
    } else if (program->verdict != HMI_VERDICT_READ && program->note_count == 0) {
        complain(inv, program, program->reason);
    } else if (program->count == 0 && program->note_count == 0) {
        complain(inv, program, HM_TEXT("no functions were found in it"));
    }
    if (program->cut) {
        complain(inv, program, HM_TEXT("more functions than are looked at in one program"));
    }
    return program->count > 0;
}

hm_text hmi_function_label(hmi_arena *arena, const hmi_listed_function *function)
{
    return function->name.len > 0 ? function->name
                                  : hmi_arena_printf(arena, "sub_%" PRIx64, function->address);
}

static bool parse_address(hm_text text, uint64_t *ret)
{
    if (hmi_text_istarts(text, HM_TEXT("sub_"))) {
        text = hmi_text_slice(text, 4, text.len);
    } else if (hmi_text_istarts(text, HM_TEXT("0x"))) {
        text = hmi_text_slice(text, 2, text.len);
    } else {
        return false;
    }
    uint64_t value = 0;
    if (text.len == 0 || text.len > 16) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        int digit = hmi_hex_digit(text.ptr[i]);
        if (digit < 0) {
            return false;
        }
        value = value << 4 | (uint64_t)digit;
    }
    *ret = value;
    return true;
}

size_t hmi_function_named(const hmi_program *program, hm_text named)
{
    uint64_t address;
    for (size_t i = 0; i < program->count; i++) {
        if (hmi_text_eq(program->functions[i].name, named)) {
            return i;
        }
    }
    return parse_address(named, &address) ? hmi_program_find(program, address) : SIZE_MAX;
}

/* ---- JSON */

void hmi_address_json(hmi_json_writer *w, const char *key, uint64_t address)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "0x%" PRIx64, address);
    hmi_json_member_text(w, key, hmi_text_of(text));
}

void hmi_program_json(hmi_json_writer *w, const char *key, const hmi_program *program)
{
    hmi_json_put_key(w, hmi_text_of(key));
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT("name"));
    hmi_json_put_lossy(w, program->name);
    hmi_json_member_text(w, "format", program->format);
    hmi_json_member_uint(w, "size", program->size);
    hmi_json_member_uint(w, "functions", program->count);
    hmi_json_member_text(w, "verdict", hmi_text_of(hmi_verdict_name(program->verdict)));
    if (program->reason.len > 0) {
        hmi_json_member_text(w, "reason", program->reason);
    }
    hmi_json_put_key(w, HM_TEXT("notes"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < program->note_count; i++) {
        hmi_json_put_text(w, program->notes[i]);
    }
    hmi_json_close_array(w);
    hmi_json_close_object(w);
}

void hmi_function_json(hmi_json_writer *w, const hmi_listed_function *function)
{
    hmi_address_json(w, "address", function->address);
    if (function->offset != HM_OFFSET_NONE) {
        hmi_json_member_uint(w, "offset", function->offset);
    }
    if (function->name.len > 0) {
        hmi_json_member_text(w, "name", function->name);
    }
    hmi_json_member_uint(w, "instructions", function->parsed.instructions);
    if (function->library.len > 0) {
        hmi_json_member_text(w, "library", function->library);
        hmi_json_member_uint(w, "library_files", function->library_files);
    }
}
