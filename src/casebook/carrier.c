/* SPDX-License-Identifier: Apache-2.0
 *
 * carrier.c - from which harmless file something is known.
 *
 * WHY    "In 12 harmless files" is a number; "libcrypto.so.3" tells an analyst what he looks at.
 * FORM   The numbers of the files that carry a key, then the names of the first HMI_CARRIERS_MAX.
 * TRUST  Names are bytes of somebody's disk: handed out as data.
 * OWNS   Nothing.
 */
#include "base/error.h"
#include "casebook/index.h"

/* "libc" of "/lib/libc.so.6", "x" of "x.dll": the last part of the path, as linkers name libraries,
 * without its version. Empty when it is none. */
static hm_bytes library_of(hm_bytes path)
{
    static const char *const ends[] = { ".so", ".a", ".dll", ".lib", ".o", ".sys" };
    size_t slash = hmi_find_last_byte(path, '/');
    hm_bytes name = slash == HMI_NPOS ? path : hmi_slice(path, slash + 1, SIZE_MAX);
    size_t versioned = hmi_find(name, HM_BYTES(".so."));
    if (versioned != HMI_NPOS) {
        return hmi_slice(name, 0, versioned);
    }
    for (size_t i = 0; i < HMI_COUNT(ends); i++) {
        hm_text end = hmi_text_of(ends[i]);
        if (hmi_ends_with(name, hmi_text_bytes(end))) {
            return hmi_slice(name, 0, name.len - end.len);
        }
    }
    return (hm_bytes){ NULL, 0 };
}

static bool is_one_of(const void *sha256, const hmi_sha256 *some, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (memcmp(sha256, some[i].bytes, sizeof(some[i].bytes)) == 0) {
            return true;
        }
    }
    return false;
}

typedef struct looking {
    hmi_store *store;
    hmi_arena *arena;
    const hmi_sha256 *except;
    size_t except_count;
    hmi_carrier carrier;
    bool mixed; /* more than one library has it: what compilers put into every program */
} looking;

/* Takes the name when it tells more than what is there. */
static int take_name(looking *l, hm_bytes name, hm_err *err)
{
    hmi_carrier *c = &l->carrier;
    hm_bytes library = library_of(name);
    l->mixed |= library.len > 0 && c->library && !hmi_bytes_eq(library, library_of(c->name));
    if (c->name.ptr == NULL || (library.len > 0 && !c->library)) {
        c->library = library.len > 0;
        c->name = hmi_arena_bytes(l->arena, name);
    }
    return c->name.ptr == NULL ? hmi_arena_fail(l->arena, err) : HM_OK;
}

static int look_at(looking *l, uint32_t number, hm_err *err)
{
    hmi_stmt *stmt = NULL;
    HMI_TRY(hmi_query(l->store, HMI_Q_BASELINE_NAME, &stmt, err));
    hmi_bind(stmt, 1, number);
    int rc = hmi_step(l->store, stmt, err);
    if (rc <= 0) {
        return rc; /* 0: forgotten meanwhile */
    }
    hm_bytes sha256 = hmi_column_lent(stmt, 1);
    hm_bytes name = hmi_column_lent(stmt, 0);
    int code = HM_OK;
    if (sha256.len == sizeof(hmi_sha256) && is_one_of(sha256.ptr, l->except, l->except_count)) {
        l->carrier.files--;
    } else if (name.ptr != NULL) {
        code = take_name(l, name, err);
    }
    hmi_reset(stmt);
    return code;
}

int hmi_baseline_carrier(hmi_store *store, hmi_arena *arena, hmi_key key, const hmi_sha256 *except,
                         size_t except_count, hmi_carrier *ret, hm_err *err)
{
    const uint32_t *lent = NULL;
    uint32_t files[HMI_CARRIERS_MAX];
    size_t count = 0;
    HMI_TRY(hmi_baseline_carriers(store, hmi_key_high(key), &lent, &count, err));
    looking l = { .store = store, .arena = arena, .except = except, .except_count = except_count };
    size_t looked = count < HMI_CARRIERS_MAX ? count : HMI_CARRIERS_MAX;
    l.carrier.files = (uint32_t)count;
    if (looked > 0) {
        memcpy(files, lent, looked * sizeof(files[0]));
    }
    for (size_t i = 0; i < looked; i++) {
        HMI_TRY(look_at(&l, files[i], err));
    }
    l.carrier.library = l.carrier.library && !l.mixed;
    *ret = l.carrier;
    return HM_OK;
}
