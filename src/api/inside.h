/* SPDX-License-Identifier: Apache-2.0
 *
 * inside.h - what the files of this room share: one request on its way through, and the words to
 * take it apart and to answer it. Only src/api uses it.
 *
 * A function of a route (hmi_do_...) gets a hmi_call: who asks and what for has been checked, the
 * body is parsed, a casebook is open. It answers, or refuses with where and why, and returns.
 */
#ifndef HMI_API_INSIDE_H
#define HMI_API_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "api/api.h"
#include "api/team.h"
#include "api/throttle.h"
#include "base/error.h"
#include "base/json.h"
#include "base/num.h"
#include "base/time.h"
#include "casebook/store.h"
#include "http/query.h"

enum {
    HMI_API_PARTS_MAX = 3,    /* variables in one path */
    HMI_API_SEGMENTS_MAX = 6, /* of one path behind /api/v1 */
    HMI_API_DESKS_MAX = 16,
    HMI_API_LIMIT_MAX = 200, /* rows of one answer */
    HMI_API_ANSWER_MAX = 32 << 20
};

typedef enum hmi_access {
    HMI_ACCESS_PUBLIC,
    HMI_ACCESS_SELF,
    HMI_ACCESS_READER,
    HMI_ACCESS_ANALYST,
    HMI_ACCESS_LIAISON,
    HMI_ACCESS_ADMIN
} hmi_access;

typedef struct hmi_call hmi_call;

/* One row of the table that make-routes.py makes. */
typedef struct hmi_route {
    const char *method, *path, *name;
    hmi_access access;
    uint32_t body_max; /* 0: takes none */
    bool raw;          /* the body is bytes, not JSON */
    void (*run)(hmi_call *call);
} hmi_route;
extern const hmi_route hmi_routes[];
extern const size_t hmi_route_count;
extern const hm_bytes hmi_openapi;

/* What one worker needs: a casebook and a parser, lent for the length of a request. */
typedef struct hmi_desk {
    struct hmi_desk *next;
    hmi_store *store;
    hmi_json *json;
} hmi_desk;

typedef struct hmi_roster hmi_roster;
typedef struct hmi_finder hmi_finder;
typedef struct hmi_news hmi_news;
typedef struct hmi_uploads hmi_uploads;
typedef struct hmi_wire hmi_wire;

struct hmi_api {
    hmi_api_options options;
    pthread_rwlock_t rules; /* of options.policy; held while something of it is looked at */
    char *where;
    hmi_team *team;
    hmi_throttle *throttle;
    hmi_roster *roster;
    hmi_finder *finder;
    hmi_news *news;
    hmi_wire *wire;
    bool far; /* the casebook is on a server: who asks is looked up by a worker */
    hmi_uploads *uploads;
    pthread_mutex_t lock; /* of the desks */
    pthread_cond_t freed;
    hmi_desk *desks;
    unsigned desks_made;
    char setup[HMI_SECRET_TEXT]; /* the code of the first start; "" when it was used */
    int64_t began_us;
    uint16_t port;
    atomic_uint_fast64_t requests, refusals;
    atomic_uint_fast64_t took_us[8]; /* by power of ten of microseconds */
};

struct hmi_call {
    hmi_api *api;
    const hmi_http_request *request;
    hmi_http_answer *answer;
    const hmi_route *route;
    hmi_arena *arena;
    hm_text parts[HMI_API_PARTS_MAX];
    hmi_http_query query;
    hmi_value body;
    hmi_signed who;
    hmi_desk *desk;
    hmi_store *store; /* the desk's */
    hmi_json_writer w;
    hm_err err;
    bool refused;
};

/* ---- answer.c */
/* Begins a JSON answer; the writer is call->w. */
hmi_json_writer *hmi_answer_json(hmi_call *call, int status);
void hmi_answer_empty(hmi_call *call); /* 204 */
/* `where` is "body.name", "query.limit", "path.incident", "" for the request as a whole. What was
 * written before is thrown away. */
__attribute__((format(printf, 5, 6))) void hmi_refuse(hmi_call *call, int status, const char *code,
                                                      const char *where, const char *format, ...);
/* With the status and code that fit call->err. */
void hmi_refuse_err(hmi_call *call, const char *where);
void hmi_refuse_plain(hmi_http_answer *answer, int status, const char *code, const char *why);
void hmi_put_time(hmi_json_writer *w, const char *key, int64_t us);
void hmi_put_lossy(hmi_json_writer *w, const char *key, hm_bytes bytes);
void hmi_put_int(hmi_json_writer *w, const char *key, int64_t number);
/* True when the call failed and was refused. */
bool hmi_failed_call(hmi_call *call, int code, const char *where);

/* ---- input.c: each refuses by itself and answers false when the value is not as it must be. */
typedef enum hmi_need { HMI_OPTIONAL, HMI_NEEDED } hmi_need;
/* A text of the body with `min` to `max` bytes; {NULL, 0} when an optional one is absent. */
bool hmi_in_text(hmi_call *call, const char *key, hmi_need need, size_t min, size_t max,
                 hm_text *ret);
/* *ret keeps its value when an optional one is absent. */
bool hmi_in_int(hmi_call *call, const char *key, hmi_need need, int64_t min, int64_t max,
                int64_t *ret);
bool hmi_in_bool(hmi_call *call, const char *key, bool *ret, bool *ret_given);
/* Members that nobody asks for are refused: a mistyped one must not be ignored. Ends with NULL. */
bool hmi_in_only(hmi_call *call, const char *const *keys);
/* Of the query. */
bool hmi_in_number(hmi_call *call, const char *name, uint64_t min, uint64_t max, uint64_t *ret);
bool hmi_in_moment(hmi_call *call, const char *name, int64_t *ret_us);
bool hmi_in_word(hmi_call *call, const char *name, const char *const *words, size_t count,
                 size_t *ret);
hm_text hmi_in_query(const hmi_call *call, const char *name);
/* What may be asked in the query, beside what the route states; ends with NULL. */
bool hmi_in_queries(hmi_call *call, const char *const *names);
bool hmi_in_limit(hmi_call *call, size_t otherwise, size_t max, size_t *ret);
/* "incident--uuid" of the path; 404 when there is none. */
bool hmi_in_incident(hmi_call *call, size_t part, hmi_incident *ret);
/* A name for people: clean, no controls, nothing invisible, no blank at its ends. */
bool hmi_is_name(hm_text name, size_t max);

/* ---- cookie.c */
/* The secret of the session's cookie; {NULL, 0} when there is none or more than one. */
hm_text hmi_cookie_find(const hmi_api *api, const hmi_http_request *request);
void hmi_cookie_set(hmi_call *call, const char *secret, int64_t seconds);
hm_text hmi_bearer_find(const hmi_http_request *request);

/* ---- api.c */
hmi_desk *hmi_desk_take(hmi_api *api, hm_err *err);
void hmi_desk_give_back(hmi_api *api, hmi_desk *desk);
void hmi_deed_note(hmi_call *call, const char *what, hm_text about);

#endif
