/* SPDX-License-Identifier: Apache-2.0
 *
 * exact.c - one hash that says "the same function", wherever it was linked.
 *
 * WHY    A copied function must be recognised with certainty and found with one look-up; so all
 *        that a linker or a loader decides is masked and nothing else.
 * FORM   SHA-256 over, for each instruction in order of address: its bytes, with
 *          - displacements and immediates that are addresses in this image,
 *          - displacements relative to the instruction pointer,
 *          - targets of calls and of jumps that leave
 *        set to zero; behind a masked field the name of the import it reaches, if any.
 *        On AArch64 a page (adrp) is masked too, and of the others the field that says where.
 *        Jumps inside the function keep their bytes: they are relative already. The first 16
 *        bytes are the hash. Cryptographic: nobody can give a harmless function a rare one's name.
 * TRUST  Steps of a bounded walk.
 * OWNS   A scratch buffer in the reading's arena.
 */
#include "base/error.h"
#include "base/hash.h"
#include "code/a64/a64.h"
#include "code/feature.h"

static bool room_for(hmi_features *features, size_t need)
{
    if (need <= features->masked_capacity) {
        return true;
    }
    uint8_t *more = hmi_arena_take(features->arena, 2, need);
    if (more == NULL) {
        return false;
    }
    features->masked = more;
    features->masked_capacity = 2 * need;
    return true;
}

static const hmi_import *import_behind(hmi_walk *walk, const hmi_discovery *discovery,
                                       uint64_t address)
{
    const hmi_import *import = hmi_image_import(walk->image, address);
    if (import != NULL) {
        return import;
    }
    size_t index = hmi_function_at(discovery, address);
    if (index == SIZE_MAX || discovery->functions[index].import == 0) {
        return NULL;
    }
    return &walk->image->imports[discovery->functions[index].import - 1];
}

typedef struct masking {
    bool disp, imm;
    uint64_t address; /* that was masked, 0 for none */
} masking;

static masking masking_of(const hmi_walk *walk, const hmi_insn *insn)
{
    masking m = { 0 };
    if (insn->flags & HMI_INSN_TARGET) {
        m.imm = insn->flow == HMI_FLOW_CALL || insn->target < walk->start ||
                insn->target - walk->start >= walk->window;
        m.address = m.imm ? insn->target : 0;
        return m;
    }
    m.disp = (insn->flags & HMI_INSN_ADDRESSED) || (insn->places & HMI_PLACE_DISPLACEMENT);
    m.imm = insn->places & HMI_PLACE_IMMEDIATE;
    m.address = insn->flags & HMI_INSN_ADDRESSED ? insn->mem : 0;
    return m;
}

int hmi_features_exact(hmi_features *features, hmi_walk *walk, const hmi_discovery *discovery,
                       hm_err *err)
{
    enum { NAME_HASH = 8 };
    if (!room_for(features, walk->step_count * (HMI_INSN_LEN_MAX + NAME_HASH))) {
        return hmi_arena_fail(features->arena, err);
    }
    size_t len = 0;
    for (size_t i = 0; i < walk->step_count; i++) {
        const hmi_insn *insn = &walk->steps[i].insn;
        if (insn->flags & HMI_INSN_PADDING) {
            continue;
        }
        uint8_t *to = features->masked + len;
        memcpy(to, walk->code.ptr + walk->steps[i].at, insn->len);
        len += insn->len;
        masking m = masking_of(walk, insn);
        if (walk->a64) {
            hmi_a64_mask(to, m.disp || m.imm);
        } else if (m.disp) {
            memset(to + insn->disp_at, 0, insn->disp_len);
        }
        if (m.imm && !walk->a64) {
            memset(to + insn->imm_at, 0, insn->imm_len);
        }
        const hmi_import *import = m.address ? import_behind(walk, discovery, m.address) : NULL;
        if (import != NULL) {
            uint64_t name = hmi_xxh3(hmi_text_bytes(import->name), 0);
            for (unsigned b = 0; b < NAME_HASH; b++) {
                features->masked[len++] = (uint8_t)(name >> (8 * b));
            }
        }
    }
    hmi_sha256 digest = hmi_sha256_of((hm_bytes){ features->masked, len });
    memcpy(features->exact, digest.bytes, sizeof features->exact);
    return HM_OK;
}
