/* SPDX-License-Identifier: Apache-2.0
 *
 * stix_lexicon.c - one hash table over all names of STIX, and rules as bit sets.
 *
 * WHY    An object has ten names to look up and a core checks 300,000 objects a second, so each
 *        look-up is one probe over the first and last bytes of the name.
 * FORM   slots[hash] is 0 or 1 + the number of an entry {space, name, value}. Spaces of properties,
 *        the types and the vocabularies share the table, told apart by a number in the hash.
 * TRUST  The table's content is ours, so no input makes it slow.
 * OWNS   The lexicon of the process: immutable once made.
 */
#include "share/stix_lexicon.h"

#include <pthread.h>

#include "base/error.h"

enum {
    TYPES_SPACE = HMI_STIX_SPACE_COUNT, /* spaces from here on are not of properties */
    WORDS_SPACE,
    ENTRIES_MAX = 4096,
    SLOTS = 8192,
    RULES_MAX = 512
};

/* The first and the last eight bytes of a name, or all of a shorter one. */
typedef struct ends {
    uint64_t head, tail;
} ends;

typedef struct entry {
    ends ends;
    const char *name;
    uint16_t len, space;
    int16_t value;
} entry;

struct hmi_stix_lexicon {
    uint16_t slots[SLOTS];
    entry entries[ENTRIES_MAX];
    size_t count;
    uint64_t required[HMI_STIX_SPACE_COUNT];
    hmi_stix_compiled rules[RULES_MAX];
    uint16_t rule_from[HMI_STIX_SPACE_COUNT], rule_count[HMI_STIX_SPACE_COUNT];
    size_t rule_total;
};

static const struct {
    const char *name;
    uint8_t role;
} TYPES[] = {
#define ROW(name, spelling, role, section) { spelling, HMI_STIX_##role },
    HMI_STIX_TYPES(ROW)
#undef ROW
};

static ends ends_of(hm_text name)
{
    ends e = { 0, 0 };
    if (name.len >= 8) {
        memcpy(&e.head, name.ptr, 8);
        memcpy(&e.tail, name.ptr + name.len - 8, 8);
    } else if (name.len >= 4) {
        uint32_t first, last;
        memcpy(&first, name.ptr, 4);
        memcpy(&last, name.ptr + name.len - 4, 4);
        e = (ends){ first, last };
    } else {
        for (size_t i = 0; i < name.len; i++) {
            e.head = e.head << 8 | (uint8_t)name.ptr[i];
        }
    }
    return e;
}

static size_t slot_of(unsigned space, ends e, size_t len)
{
    uint64_t h = (e.head + space * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xff51afd7ed558ccd);
    h ^= (e.tail + len) * UINT64_C(0xc4ceb9fe1a85ec53);
    h ^= h >> 29;
    h *= UINT64_C(0xbf58476d1ce4e5b9);
    return (size_t)(h >> 32) & (SLOTS - 1);
}

static const entry *find(const hmi_stix_lexicon *lexicon, unsigned space, hm_text name)
{
    ends of = ends_of(name);
    for (size_t at = slot_of(space, of, name.len); lexicon->slots[at] != 0;
         at = (at + 1) & (SLOTS - 1)) {
        const entry *e = &lexicon->entries[lexicon->slots[at] - 1];
        if (e->ends.head == of.head && e->ends.tail == of.tail && e->len == name.len &&
            e->space == space &&
            (name.len <= 2 * sizeof(e->ends.head) || memcmp(e->name, name.ptr, name.len) == 0)) {
            return e;
        }
    }
    return NULL;
}

static void add(hmi_stix_lexicon *lexicon, unsigned space, hm_text name, size_t value)
{
    if (find(lexicon, space, name) != NULL) {
        return;
    }
    hmi_assert(lexicon->count < ENTRIES_MAX && value <= INT16_MAX && name.len <= UINT16_MAX);
    ends of = ends_of(name);
    lexicon->entries[lexicon->count] =
        (entry){ of, name.ptr, (uint16_t)name.len, (uint16_t)space, (int16_t)value };
    lexicon->count++;
    size_t at = slot_of(space, of, name.len);
    while (lexicon->slots[at] != 0) {
        at = (at + 1) & (SLOTS - 1);
    }
    lexicon->slots[at] = (uint16_t)lexicon->count;
}

static void add_properties(hmi_stix_lexicon *lexicon)
{
    for (unsigned space = 0; space < HMI_STIX_SPACE_COUNT; space++) {
        const hmi_stix_property *rows = hmi_stix_space_of((hmi_stix_space)space)->rows;
        for (size_t i = 0; rows != NULL && rows[i].name != NULL; i++) {
            hmi_assert(i < HMI_STIX_COMMON_BIT);
            add(lexicon, space, hmi_text_of(rows[i].name), i);
            if (rows[i].flags & HMI_STIX_REQUIRED) {
                lexicon->required[space] |= UINT64_C(1) << i;
            }
        }
    }
}

/* What a type has in common with others stands in its own space too: one look-up finds both. */
static void add_common(hmi_stix_lexicon *lexicon)
{
    for (unsigned space = 0; space < HMI_STIX_BUNDLE; space++) {
        hmi_stix_space common = hmi_stix_common_of(hmi_stix_role_of((hmi_stix_space)space));
        const hmi_stix_property *rows = hmi_stix_space_of(common)->rows;
        for (size_t i = 0; rows != NULL && rows[i].name != NULL; i++) {
            add(lexicon, space, hmi_text_of(rows[i].name), HMI_STIX_COMMON_BIT + i);
        }
    }
}

static void add_words(hmi_stix_lexicon *lexicon)
{
    for (unsigned v = 1; v < HMI_STIX_VOCABULARY_COUNT; v++) {
        hm_text rest = hmi_text_of(hmi_stix_vocabularies[v].words), word;
        while (rest.ptr != NULL && hmi_split(&rest, ' ', &word)) {
            add(lexicon, WORDS_SPACE + v, word, 0);
        }
    }
}

static uint64_t bit_of(const hmi_stix_lexicon *lexicon, hmi_stix_space space, hm_text name)
{
    int row = hmi_stix_property_find(lexicon, space, name);
    bool common = space >= HMI_STIX_COMMON && space <= HMI_STIX_COMMON_EXTENSION;
    if (row >= 0) {
        return UINT64_C(1) << (row + (common ? HMI_STIX_COMMON_BIT : 0));
    }
    hmi_assert(space < HMI_STIX_TYPE_COUNT);
    row = hmi_stix_property_find(lexicon, hmi_stix_common_of(hmi_stix_role_of(space)), name);
    hmi_assert(row >= 0);
    return UINT64_C(1) << (row + HMI_STIX_COMMON_BIT);
}

static uint64_t bits_of(const hmi_stix_lexicon *lexicon, hmi_stix_space space, const char *names)
{
    uint64_t bits = 0;
    hm_text rest = hmi_text_of(names), name;
    while (rest.ptr != NULL && hmi_split(&rest, ' ', &name)) {
        bits |= bit_of(lexicon, space, name);
    }
    return bits;
}

static void add_rules(hmi_stix_lexicon *lexicon)
{
    for (unsigned space = 0; space < HMI_STIX_SPACE_COUNT; space++) {
        lexicon->rule_from[space] = (uint16_t)lexicon->rule_total;
        for (size_t i = 0; i < hmi_stix_rule_count; i++) {
            const hmi_stix_rule_row *row = &hmi_stix_rules[i];
            if (row->space == space) {
                hmi_assert(lexicon->rule_total < RULES_MAX);
                lexicon->rules[lexicon->rule_total++] =
                    (hmi_stix_compiled){ row->relation,
                                         bits_of(lexicon, (hmi_stix_space)space, row->a),
                                         bits_of(lexicon, (hmi_stix_space)space, row->b), row };
                lexicon->rule_count[space]++;
            }
        }
    }
}

static hmi_stix_lexicon the_lexicon;

static void make_lexicon(void)
{
    hmi_stix_lexicon *lexicon = &the_lexicon;
    for (size_t i = 0; i < HMI_COUNT(TYPES); i++) {
        add(lexicon, TYPES_SPACE, hmi_text_of(TYPES[i].name), i);
    }
    add_properties(lexicon);
    add_common(lexicon);
    add_words(lexicon);
    add_rules(lexicon);
}

const hmi_stix_lexicon *hmi_stix_lexicon_get(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_lexicon);
    return &the_lexicon;
}

hmi_stix_space hmi_stix_type_find(const hmi_stix_lexicon *lexicon, hm_text name)
{
    const entry *e = find(lexicon, TYPES_SPACE, name);
    return e ? (hmi_stix_space)e->value : HMI_STIX_TYPE_COUNT;
}

int hmi_stix_property_find(const hmi_stix_lexicon *lexicon, hmi_stix_space space, hm_text name)
{
    const entry *e = find(lexicon, space, name);
    return e != NULL && e->value < HMI_STIX_COMMON_BIT ? e->value : HMI_STIX_NO_WORD;
}

int hmi_stix_member_find(const hmi_stix_lexicon *lexicon, hmi_stix_space space,
                         hmi_stix_space common, hm_text name)
{
    bool has_common = common < HMI_STIX_SPACE_COUNT;
    if (space < HMI_STIX_SPACE_COUNT) {
        const entry *e = find(lexicon, space, name);
        return e != NULL && (has_common || e->value < HMI_STIX_COMMON_BIT) ? e->value
                                                                           : HMI_STIX_NO_WORD;
    }
    const entry *e = has_common ? find(lexicon, common, name) : NULL;
    return e != NULL ? e->value + HMI_STIX_COMMON_BIT : HMI_STIX_NO_WORD;
}

bool hmi_stix_word_is(const hmi_stix_lexicon *lexicon, hmi_stix_vocabulary words, hm_text word)
{
    return find(lexicon, WORDS_SPACE + (unsigned)words, word) != NULL;
}

hmi_stix_space hmi_stix_extension_find(hmi_stix_space type, hm_text key)
{
    for (unsigned space = HMI_STIX_ARCHIVE_EXT; space < HMI_STIX_SPACE_COUNT; space++) {
        const hmi_stix_properties *p = hmi_stix_space_of((hmi_stix_space)space);
        if (p->host == type && hmi_text_is(key, p->extends)) {
            return (hmi_stix_space)space;
        }
    }
    return HMI_STIX_SPACE_COUNT;
}

const hmi_stix_properties *hmi_stix_space_of(hmi_stix_space space)
{
    const hmi_stix_properties *p = &hmi_stix_objects[space];
    return p->rows != NULL ? p : &hmi_stix_observables[space];
}

uint64_t hmi_stix_required(const hmi_stix_lexicon *lexicon, hmi_stix_space space)
{
    return lexicon->required[space];
}

const hmi_stix_compiled *hmi_stix_rules_of(const hmi_stix_lexicon *lexicon, hmi_stix_space space,
                                           size_t *ret_count)
{
    *ret_count = lexicon->rule_count[space];
    return &lexicon->rules[lexicon->rule_from[space]];
}

hmi_stix_role hmi_stix_role_of(hmi_stix_space type)
{
    hmi_assert(type < HMI_STIX_TYPE_COUNT);
    return (hmi_stix_role)TYPES[type].role;
}

hmi_stix_space hmi_stix_common_of(hmi_stix_role role)
{
    switch (role) {
    case HMI_STIX_SCO:
        return HMI_STIX_COMMON_SCO;
    case HMI_STIX_META:
        return HMI_STIX_COMMON_META;
    case HMI_STIX_MARKING:
        return HMI_STIX_COMMON_MARKING;
    case HMI_STIX_EXTENSION:
        return HMI_STIX_COMMON_EXTENSION;
    default:
        return HMI_STIX_COMMON;
    }
}

const char *hmi_stix_type_name(hmi_stix_space type)
{
    return type < HMI_STIX_TYPE_COUNT ? TYPES[type].name : "";
}
