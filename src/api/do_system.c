/* SPDX-License-Identifier: Apache-2.0
 *
 * do_system.c - what this server is, how it is, and what was done through it.
 *
 * OWNS   Nothing.
 */
#include "api/routes_made.h"

/* The first admin may have been made elsewhere: by a command, or at another server of this page. */
static bool is_new(hmi_api *api)
{
    uint64_t users = 0;
    pthread_mutex_lock(&api->lock);
    bool setup = api->setup[0] != '\0';
    pthread_mutex_unlock(&api->lock);
    if (setup && hmi_user_count(api->team, &users, NULL) == HM_OK && users > 0) {
        pthread_mutex_lock(&api->lock);
        api->setup[0] = '\0';
        pthread_mutex_unlock(&api->lock);
        return false;
    }
    return setup;
}

void hmi_do_about(hmi_call *call)
{
    hmi_api *api = call->api;
    bool setup = is_new(api);
    hmi_json_writer *w = hmi_answer_json(call, 200);
    hmi_json_open_object(w);
    hmi_json_member_text(w, "product", HM_TEXT("Hallmark"));
    hmi_json_member_text(w, "version", HM_TEXT(HMI_VERSION));
    hmi_json_member_text(w, "api", HM_TEXT("v1"));
    hmi_json_member_bool(w, "setup", setup);
    hmi_json_member_bool(w, "page", hmi_api_has_page());
    hmi_json_put_key(w, HM_TEXT("languages"));
    hmi_json_open_array(w);
    hmi_json_put_text(w, HM_TEXT("en"));
    hmi_json_put_text(w, HM_TEXT("ko"));
    hmi_json_put_text(w, HM_TEXT("ja"));
    hmi_json_close_array(w);
    hmi_json_close_object(w);
}

void hmi_do_openapi(hmi_call *call)
{
    hmi_json_put_raw(hmi_answer_json(call, 200), hmi_openapi);
}

typedef struct facts {
    uint64_t generation, incidents, baseline, sessions;
} facts;

static int gather(hmi_call *call, facts *f)
{
    HMI_TRY(hmi_store_generation(call->store, &f->generation, &call->err));
    HMI_TRY(hmi_incident_count(call->store, &f->incidents, &call->err));
    HMI_TRY(hmi_baseline_files(call->store, &f->baseline, &call->err));
    return hmi_session_count(call->api->team, hmi_now_us(), &f->sessions, &call->err);
}

void hmi_do_health(hmi_call *call)
{
    facts f;
    if (hmi_failed_call(call, gather(call, &f), "")) {
        return;
    }
    hmi_json_writer *w = hmi_answer_json(call, 200);
    hmi_json_open_object(w);
    hmi_json_member_text(w, "version", HM_TEXT(HMI_VERSION));
    hmi_json_member_uint(w, "uptime_s", (uint64_t)(hmi_clock_us() - call->api->began_us) / 1000000);
    hmi_json_member_uint(w, "generation", f.generation);
    hmi_json_member_uint(w, "incidents", f.incidents);
    hmi_json_member_uint(w, "baseline_files", f.baseline);
    hmi_json_member_uint(w, "sessions", f.sessions);
    hmi_json_close_object(w);
}

static void metric(hmi_buf *out, const char *name, const char *type, const char *help, uint64_t n)
{
    hmi_buf_printf(out, "# HELP hallmark_%s %s\n# TYPE hallmark_%s %s\nhallmark_%s %llu\n", name,
                   help, name, type, name, (unsigned long long)n);
}

void hmi_do_metrics(hmi_call *call)
{
    facts f;
    hmi_api *api = call->api;
    if (hmi_failed_call(call, gather(call, &f), "")) {
        return;
    }
    (void)hmi_answer_json(call, 200);
    call->answer->type = "text/plain; version=0.0.4; charset=utf-8";
    hmi_buf *out = &call->answer->body;
    metric(out, "incidents", "gauge", "Incidents in the casebook.", f.incidents);
    metric(out, "baseline_files", "gauge", "Harmless files learned.", f.baseline);
    metric(out, "generation", "counter", "Commits to the casebook.", f.generation);
    metric(out, "sessions", "gauge", "Sessions that are open.", f.sessions);
    metric(out, "requests_total", "counter", "Requests to the API.", atomic_load(&api->requests));
    metric(out, "refusals_total", "counter", "Requests that were refused.",
           atomic_load(&api->refusals));
    hmi_buf_add_cstr(out, "# HELP hallmark_request_seconds How long requests took.\n"
                          "# TYPE hallmark_request_seconds histogram\n");
    static const char *const BOUNDS[] = { "0.00001", "0.0001", "0.001", "0.01",
                                          "0.1",     "1",      "10",    "+Inf" };
    uint64_t sum = 0;
    for (size_t i = 0; i < HMI_COUNT(api->took_us); i++) {
        sum += atomic_load(&api->took_us[i]);
        hmi_buf_printf(out, "hallmark_request_seconds_bucket{le=\"%s\"} %llu\n", BOUNDS[i],
                       (unsigned long long)sum);
    }
    hmi_buf_printf(out, "hallmark_request_seconds_count %llu\n", (unsigned long long)sum);
}

void hmi_do_audit_list(hmi_call *call)
{
    static const char *const NAMES[] = { "after", "limit", NULL };
    hmi_deed *rows = NULL;
    size_t count = 0, limit = 0;
    uint64_t before = 0;
    if (!hmi_in_queries(call, NAMES) || !hmi_in_limit(call, 50, HMI_API_LIMIT_MAX, &limit) ||
        !hmi_in_number(call, "after", 1, INT64_MAX, &before)) {
        return;
    }
    int code = hmi_deed_list(call->api->team, call->arena, (int64_t)before, limit, &rows, &count,
                             &call->err);
    if (hmi_failed_call(call, code, "")) {
        return;
    }
    hmi_json_writer *w = hmi_answer_json(call, 200);
    hmi_json_open_object(w);
    hmi_json_put_key(w, HM_TEXT("entries"));
    hmi_json_open_array(w);
    for (size_t i = 0; i < count; i++) {
        hmi_json_open_object(w);
        hmi_put_int(w, "seq", rows[i].seq);
        hmi_put_time(w, "at", rows[i].at_us);
        hmi_json_member_text(w, "who", rows[i].who);
        hmi_json_member_text(w, "peer", rows[i].peer);
        hmi_json_member_text(w, "what", rows[i].what);
        hmi_json_member_text(w, "about", rows[i].about);
        hmi_json_close_object(w);
    }
    hmi_json_close_array(w);
    if (count == limit && rows[count - 1].seq > 1) {
        char next[24];
        snprintf(next, sizeof(next), "%lld", (long long)rows[count - 1].seq);
        hmi_json_member_text(w, "next", hmi_text_of(next));
    }
    hmi_json_close_object(w);
}
