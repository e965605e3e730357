/* SPDX-License-Identifier: Apache-2.0
 *
 * room.h - a casebook from which things were given.
 */
#ifndef HMI_TESTS_GIVEN_ROOM_H
#define HMI_TESTS_GIVEN_ROOM_H

#include <sqlite3.h>

#include "../casebook/room.h"
#include "base/error.h"
#include "given/giver.h"

#define ROOM_A "11111111-1111-4111-8111-111111111111"
#define ROOM_B "22222222-2222-4222-8222-222222222222"
#define ROOM_ONE "tool--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0061"
#define ROOM_TWO "tool--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0062"

__attribute__((unused)) static hmi_giver *room_giver(hmi_store *store)
{
    hm_err err = { 0 };
    hmi_giver *giver = NULL;
    CHECK_OK(hmi_giver_open(store, &giver, &err));
    return giver;
}

__attribute__((unused)) static uint64_t room_give(hmi_giver *giver, const char *partner,
                                                  const char *id, const char *bytes,
                                                  const char *incident, bool skip_held)
{
    hm_err err = { 0 };
    uint64_t seq = 99;
    hmi_giving_object object = { hmi_text_of(id), HM_TEXT("2020-01-01T00:00:00.000Z"),
                                 HM_TEXT("release"), HM_TEXT("allowed"),
                                 hmi_bytes(bytes, strlen(bytes)) };
    hmi_giving giving = { .partner_id = hmi_text_of(partner),
                          .partner_name = HM_TEXT("somebody"),
                          .incident = hmi_text_of(incident),
                          .channel = HM_TEXT("file"),
                          .purpose = HM_TEXT("inform"),
                          .objects = &object,
                          .count = 1,
                          .skip_held = skip_held };
    CHECK_OK(hmi_give(giver, &giving, &seq, &err));
    return seq;
}

/* By hand, past the program: as somebody with access to the file would. */
__attribute__((unused)) static void room_tamper(const char *name, const char *sql)
{
    if (room_server() != NULL) {
        room_sql(room_where(name), sql);
        return;
    }
    sqlite3 *db = NULL;
    char *why = NULL;
    CHECK_EQ(sqlite3_open(room_path("%s/casebook.db", name), &db), SQLITE_OK);
    CHECK_EQ(sqlite3_exec(db, sql, NULL, NULL, &why), SQLITE_OK);
    sqlite3_close(db);
}

#endif
