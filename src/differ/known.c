/* SPDX-License-Identifier: Apache-2.0
 *
 * known.c - asks the baseline for each function of a program.
 *
 * TRUST  Names of files are bytes of somebody's disk: made safe here.
 * OWNS   Nothing: the arena's.
 */
#include "differ/known.h"

#include "base/error.h"
#include "base/text.h"

enum { NAME_WIDTH = 80, TELLING_MIN = 8 /* instructions: what is smaller was not learned */ };

static hmi_key key_of(const hmi_listed_function *f)
{
    char hex[33];
    hmi_hex(hmi_bytes(f->parsed.exact, 16), hex);
    return hmi_trait_key(HMI_FUNCTION, hmi_text(hex, 32));
}

static hm_bytes base_name(hm_bytes path)
{
    size_t slash = hmi_find_last_byte(path, '/');
    return slash == HMI_NPOS ? path : hmi_slice(path, slash + 1, SIZE_MAX);
}

static int know(hmi_store *store, hmi_arena *arena, hmi_listed_function *f,
                const hmi_sha256 *except, size_t except_count, hm_err *err)
{
    hmi_carrier carrier;
    HMI_TRY(hmi_baseline_carrier(store, arena, key_of(f), except, except_count, &carrier, err));
    if (carrier.files == 0) {
        return HM_OK;
    }
    f->library_files = carrier.files;
    f->library = carrier.library ? hmi_text_safe(arena, base_name(carrier.name), NAME_WIDTH)
                                 : hmi_arena_printf(arena, "%u harmless file%s", carrier.files,
                                                    carrier.files == 1 ? "" : "s");
    return f->library.ptr == NULL ? hmi_arena_fail(arena, err) : HM_OK;
}

int hmi_program_know(hmi_store *store, hmi_arena *arena, hmi_program *program,
                     const hmi_sha256 *except, size_t except_count, hm_err *err)
{
    uint64_t files = 0;
    HMI_TRY(hmi_baseline_files(store, &files, err));
    for (size_t i = 0; files > 0 && i < program->count; i++) {
        hmi_listed_function *f = &program->functions[i];
        if (f->parsed.instructions >= TELLING_MIN) {
            HMI_TRY(know(store, arena, f, except, except_count, err));
        }
    }
    return HM_OK;
}
