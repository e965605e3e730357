/* SPDX-License-Identifier: Apache-2.0
 *
 * marking.c - the nine predefined TLP markings.
 *
 * WHY    A partner who sends "TLP:RED" under another meaning must not be believed: what these ids
 *        mean stands here and nowhere else.
 */
#include "share/marking.h"

static const hmi_tlp_marking ROWS[] = {
    { "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", "TLP:WHITE", "white",
      HMI_TLP_CLEAR, false },
    { "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", "TLP:GREEN", "green",
      HMI_TLP_GREEN, false },
    { "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", "TLP:AMBER", "amber",
      HMI_TLP_AMBER, false },
    { "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "TLP:RED", "red", HMI_TLP_RED,
      false },
    { "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", "TLP:CLEAR", "clear",
      HMI_TLP_CLEAR, true },
    { "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "TLP:GREEN", "green",
      HMI_TLP_GREEN, true },
    { "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421", "TLP:AMBER", "amber",
      HMI_TLP_AMBER, true },
    { "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003", "TLP:AMBER+STRICT",
      "amber+strict", HMI_TLP_AMBER_STRICT, true },
    { "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", "TLP:RED", "red", HMI_TLP_RED,
      true },
};

const hmi_tlp_marking *hmi_tlp_find(hm_text id)
{
    enum { UUID_AT = sizeof("marking-definition--") - 1, ID_LEN = UUID_AT + 36 };
    if (id.len != ID_LEN) {
        return NULL;
    }
    for (size_t i = 0; i < HMI_COUNT(ROWS); i++) {
        /* All begin alike: the first digit of the UUID tells most of them apart. */
        if (hmi_ascii_lower(id.ptr[UUID_AT]) == ROWS[i].id[UUID_AT] &&
            hmi_text_ieq(id, hmi_text(ROWS[i].id, ID_LEN))) {
            return &ROWS[i];
        }
    }
    return NULL;
}

const hmi_tlp_marking *hmi_tlp_find_value(hm_text value, bool second)
{
    for (size_t i = 0; i < HMI_COUNT(ROWS); i++) {
        if (ROWS[i].second == second && hmi_text_is(value, ROWS[i].value)) {
            return &ROWS[i];
        }
    }
    return NULL;
}

const char *hmi_tlp_name(hmi_tlp level)
{
    static const char *const NAMES[HMI_TLP_COUNT] = { "CLEAR", "GREEN", "AMBER", "AMBER+STRICT",
                                                      "RED" };
    return (unsigned)level < HMI_TLP_COUNT ? NAMES[level] : "";
}

static bool text_is(hmi_value value, const char *want, hmi_arena *arena)
{
    return hmi_text_is(hmi_json_text(value, arena), want);
}

/* Properties that a genuine one may have; anything more is somebody's addition. */
static bool only_known_members(hmi_value object, hmi_arena *arena)
{
    static const char *const KNOWN[] = { "type", "spec_version",    "id",         "created",
                                         "name", "definition_type", "definition", "extensions" };
    for (hmi_value v = hmi_json_first(object); hmi_json_is(v); v = hmi_json_next(v)) {
        hm_text key = hmi_json_key(v, arena);
        size_t i = 0;
        while (i < HMI_COUNT(KNOWN) && !hmi_text_is(key, KNOWN[i])) {
            i++;
        }
        if (i == HMI_COUNT(KNOWN)) {
            return false;
        }
    }
    return true;
}

bool hmi_tlp_is_genuine(hmi_value object, const hmi_tlp_marking *known, hmi_arena *arena)
{
    hmi_value name = hmi_json_get(object, "name");
    if (!only_known_members(object, arena) ||
        !text_is(hmi_json_get(object, "type"), "marking-definition", arena) ||
        !text_is(hmi_json_get(object, "id"), known->id, arena) ||
        (hmi_json_is(name) && !text_is(name, known->name, arena))) {
        return false;
    }
    hmi_value type = hmi_json_get(object, "definition_type");
    hmi_value definition = hmi_json_get(object, "definition");
    hmi_value extensions = hmi_json_get(object, "extensions");
    if (known->second) {
        hmi_value head = hmi_json_get(extensions, HMI_TLP2_EXTENSION);
        return !hmi_json_is(type) && !hmi_json_is(definition) && hmi_json_count(extensions) == 1 &&
               text_is(hmi_json_get(head, "tlp_2_0"), known->value, arena);
    }
    return !hmi_json_is(extensions) && text_is(type, "tlp", arena) &&
           hmi_json_count(definition) == 1 &&
           text_is(hmi_json_get(definition, "tlp"), known->value, arena) &&
           text_is(hmi_json_get(object, "created"), "2017-01-20T00:00:00.000Z", arena);
}
