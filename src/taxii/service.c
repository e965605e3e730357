/* SPDX-License-Identifier: Apache-2.0
 *
 * service.c - who asks for what, and may they? Then the file of the endpoint answers.
 *
 * WHY    The order of checks is what keeps secrets: first who it is (401), then whether for them
 *        there is such a thing (404, the same bytes whether it is hidden or absent), then whether
 *        they may do that with it (403, 405), and only then what they sent (406, 415, 400).
 * TRUST  Requests are hostile. OWNS  The journal, the accounts, the views.
 */
#include "taxii/service.h"

#include "base/error.h"
#include "base/time.h"
#include "http/media.h"
#include "taxii/inside.h"
#include "trait/stix_id.h"

enum { PARTS_MAX = 8, RATE_RETRY_MAX_S = 60 };

/* -- Errors (section 3.6.1). */

void hmi_taxii_error(hmi_http_answer *answer, int status, const char *title, const char *why)
{
    hmi_json_writer w;
    char number[12];
    snprintf(number, sizeof(number), "%d", status);
    answer->status = status;
    answer->type = HMI_TAXII_TYPE;
    hmi_buf_clear(&answer->body);
    hmi_json_begin(&w, &answer->body, false);
    hmi_json_open_object(&w);
    hmi_json_member_text(&w, "title", hmi_text_of(title));
    if (why != NULL && why[0] != '\0') {
        hmi_json_member_text(&w, "description", hmi_text_of(why));
    }
    hmi_json_member_text(&w, "http_status", hmi_text_of(number));
    hmi_json_close_object(&w);
}

void hmi_taxii_failure(hmi_taxii *taxii, hmi_http_answer *answer, const hm_err *err)
{
    hmi_log_failure(taxii->log, HMI_LOG_ERROR, "request failed", err);
    bool memory = err->code == HM_E_MEMORY || err->code == HM_E_LIMIT;
    hmi_taxii_error(answer, 503, memory ? "Too busy" : "Not stored",
                    memory ? "there is no memory for this request now"
                           : "nothing was changed; try again later");
    answer->retry_after_s = 5;
}

static void refuse(void *user, int status, hmi_http_answer *answer)
{
    (void)user;
    hmi_taxii_error(answer, status, hmi_http_reason(status), NULL);
}

static void not_found(hmi_http_answer *answer)
{
    hmi_taxii_error(answer, 404, "Not found", NULL);
}

void hmi_taxii_alert(hmi_asked *a, const char *event, hm_text id)
{
    hmi_log_event(a->taxii->log, HMI_LOG_WARN, event,
                  hmi_log_text("partner", a->taxii->policy->partners[a->partner].name),
                  hmi_log_text("collection", a->collection->id), hmi_log_text("id", id));
}

/* -- Who. False: the answer is made, or the step says that time is needed. */

static bool authenticate(hmi_asked *a, hmi_http_answer *answer, bool patient,
                         hmi_http_step *ret_step)
{
    static const char CHALLENGE[] = "WWW-Authenticate: Basic realm=\"TAXII\", "
                                    "charset=\"UTF-8\"\r\nWWW-Authenticate: Bearer\r\n";
    hm_text header = hmi_http_header_find(a->request->head, "Authorization");
    *ret_step = HMI_HTTP_ANSWERED;
    switch (hmi_account_ask(a->taxii->accounts, header, a->request->certificate, patient, a->now_us,
                            &a->partner)) {
    case HMI_KNOWN:
        break;
    case HMI_SLOW:
        *ret_step = HMI_HTTP_WANT_TIME;
        return false;
    case HMI_TOO_MANY:
        hmi_taxii_error(answer, 429, "Too many requests", NULL);
        answer->retry_after_s = 1;
        return false;
    default:
        hmi_taxii_error(answer, 401, "Unauthorized", NULL);
        hmi_buf_add_cstr(&answer->head, CHALLENGE);
        return false;
    }
    if (patient) {
        return true; /* its first try was counted */
    }
    uint32_t wait_s = hmi_account_rate(a->taxii->accounts, a->partner, a->now_us);
    if (wait_s > 0) {
        hmi_taxii_error(answer, 429, "Too many requests", NULL);
        answer->retry_after_s = wait_s < RATE_RETRY_MAX_S ? wait_s : RATE_RETRY_MAX_S;
        return false;
    }
    return true;
}

/* -- What. */

static bool find_root(hmi_asked *a, hm_text name)
{
    for (size_t i = 0; i < a->taxii->config->root_count; i++) {
        if (hmi_text_eq(a->taxii->config->roots[i].name, name)) {
            a->root = &a->taxii->config->roots[i];
            return true;
        }
    }
    return false;
}

/* Only what this partner may read or write is there. */
static bool find_collection(hmi_asked *a, hm_text name)
{
    const hmi_taxii_config *c = a->taxii->config;
    for (size_t i = 0; i < c->collection_count; i++) {
        const hmi_taxii_collection *one = &c->collections[i];
        bool named =
            hmi_text_ieq(one->id, name) || (one->alias.len > 0 && hmi_text_eq(one->alias, name));
        if (&c->roots[one->root] == a->root && named &&
            (one->readers[a->partner] || one->writers[a->partner])) {
            a->collection = one;
            a->reads = one->readers[a->partner];
            a->writes = one->writers[a->partner];
            return true;
        }
    }
    return false;
}

static size_t split_path(hmi_asked *a, hm_text *parts)
{
    hm_text path = a->request->head->path, part;
    hm_err ignored;
    size_t count = 0;
    path = hmi_text_slice(path, 1, path.len);
    while (path.len > 0 && hmi_split(&path, '/', &part)) {
        if (count == PARTS_MAX || part.len == 0 ||
            hmi_http_unescape(part, a->request->arena, &parts[count], &ignored) != HM_OK) {
            return 0;
        }
        count++;
    }
    return count;
}

static bool route_collection(hmi_asked *a, const hm_text *parts, size_t count)
{
    if (!find_collection(a, parts[2])) {
        return false;
    }
    a->endpoint = HMI_END_COLLECTION;
    if (count == 3) {
        return true;
    }
    if (count == 4 && hmi_text_is(parts[3], "manifest")) {
        a->endpoint = HMI_END_MANIFEST;
        return true;
    }
    a->endpoint = count == 4 ? HMI_END_OBJECTS : count == 5 ? HMI_END_OBJECT : HMI_END_VERSIONS;
    a->name = count > 4 ? parts[4] : HM_TEXT("");
    return hmi_text_is(parts[3], "objects") &&
           (count < 6 || (count == 6 && hmi_text_is(parts[5], "versions")));
}

static bool route(hmi_asked *a)
{
    hm_text parts[PARTS_MAX];
    size_t count = split_path(a, parts);
    if (count == 1 && hmi_text_is(parts[0], "taxii2")) {
        a->endpoint = HMI_END_DISCOVERY;
        return true;
    }
    if (count == 0 || !find_root(a, parts[0])) {
        return false;
    }
    if (count == 1) {
        a->endpoint = HMI_END_ROOT;
        return true;
    }
    if (count == 3 && hmi_text_is(parts[1], "status")) {
        a->endpoint = HMI_END_STATUS;
        a->name = parts[2];
        return true;
    }
    if (!hmi_text_is(parts[1], "collections")) {
        return false;
    }
    a->endpoint = HMI_END_COLLECTIONS;
    return count == 2 || route_collection(a, parts, count);
}

/* -- May they, and is what they sent in order? */

static const char *methods(const hmi_asked *a)
{
    return a->endpoint == HMI_END_OBJECTS  ? "GET, HEAD, POST"
           : a->endpoint == HMI_END_OBJECT ? "GET, HEAD, DELETE"
                                           : "GET, HEAD";
}

static bool may(const hmi_asked *a, hmi_http_answer *answer, bool get, bool post)
{
    bool content = a->endpoint >= HMI_END_MANIFEST && a->endpoint <= HMI_END_VERSIONS;
    bool remove = !get && !post;
    if (content &&
        ((get && !a->reads) || (post && !a->writes) || (remove && (!a->reads || !a->writes)))) {
        hmi_taxii_error(answer, 403, "Forbidden",
                        get ? "you may not read this collection" : "you may not change it");
        return false;
    }
    return true;
}

static bool check_headers(const hmi_asked *a, hmi_http_answer *answer, bool post)
{
    const hmi_http_head *head = a->request->head;
    bool bad = false;
    if (!hmi_http_accepts(head, "application/taxii+json", "2.1", &bad)) {
        hmi_taxii_error(answer, bad ? 400 : 406, bad ? "Bad request" : "Not acceptable",
                        "answers are of type " HMI_TAXII_TYPE);
        return false;
    }
    if (!post) {
        return true;
    }
    hm_text type = hmi_http_header_find(head, "Content-Type");
    if (!hmi_http_is_type(type, "application/taxii+json", "2.1") ||
        hmi_http_header_find(head, "Content-Encoding").ptr != NULL) {
        hmi_taxii_error(answer, 415, "Unsupported media type",
                        "objects come as " HMI_TAXII_TYPE ", not compressed");
        return false;
    }
    if (head->length > a->taxii->config->body_max) {
        hmi_taxii_error(answer, 413, "Content too large", "see max_content_length of the API root");
        answer->close = true; /* its body is not read */
        return false;
    }
    return true;
}

static bool quick(hmi_asked *a)
{
    if (a->endpoint < HMI_END_MANIFEST || a->endpoint > HMI_END_VERSIONS) {
        return true;
    }
    hmi_view *view;
    hm_err ignored;
    return hmi_taxii_view(a, &view, &ignored) != HM_OK ||
           hmi_view_behind(view) <= HMI_VIEW_BEHIND_MAX;
}

static hmi_http_step look_at_head(void *user, hmi_http_request *request, hmi_http_answer *answer,
                                  bool patient)
{
    hmi_taxii *t = user;
    hmi_asked *a = hmi_new(request->arena, hmi_asked);
    hmi_http_step step;
    if (a == NULL) {
        hmi_taxii_error(answer, 503, "Too busy", NULL);
        return HMI_HTTP_ANSWERED;
    }
    *a = (hmi_asked){ .taxii = t,
                      .request = request,
                      .now_us = t->now_us(),
                      .generation = t->generation,
                      .patient = patient };
    if (!authenticate(a, answer, patient, &step)) {
        return step;
    }
    if (!route(a)) {
        not_found(answer);
        return HMI_HTTP_ANSWERED;
    }
    hm_text method = request->head->method;
    bool get = hmi_text_is(method, "GET") || hmi_text_is(method, "HEAD");
    bool post = hmi_text_is(method, "POST") && a->endpoint == HMI_END_OBJECTS;
    bool remove = hmi_text_is(method, "DELETE") && a->endpoint == HMI_END_OBJECT;
    if (!get && !post && !remove) {
        hmi_taxii_error(answer, 405, "Method not allowed", NULL);
        hmi_buf_printf(&answer->head, "Allow: %s\r\n", methods(a));
        answer->close = request->head->length > 0;
        return HMI_HTTP_ANSWERED;
    }
    if (!may(a, answer, get, post) || !check_headers(a, answer, post)) {
        answer->close |= request->head->length > 0;
        return HMI_HTTP_ANSWERED;
    }
    request->state = a;
    if (post) {
        return HMI_HTTP_WANT_BODY;
    }
    if (!patient && (remove || !quick(a))) {
        return HMI_HTTP_WANT_TIME;
    }
    if (remove) {
        hmi_taxii_delete(a, answer);
        return HMI_HTTP_ANSWERED;
    }
    return hmi_taxii_get(a, answer) ? HMI_HTTP_ANSWERED : HMI_HTTP_WANT_TIME;
}

static hmi_http_step on_head(void *user, hmi_http_request *request, hmi_http_answer *answer,
                             bool patient)
{
    hmi_taxii *t = user;
    pthread_rwlock_rdlock(&t->rules);
    hmi_http_step step = look_at_head(user, request, answer, patient);
    pthread_rwlock_unlock(&t->rules);
    return step;
}

static void on_body(void *user, hmi_http_request *request, hmi_http_answer *answer)
{
    hmi_taxii *t = user;
    hmi_asked *a = request->state;
    pthread_rwlock_rdlock(&t->rules);
    if (a->generation == t->generation) {
        hmi_taxii_post(a, answer);
    } else { /* who and what it was let in as are numbers of rules that are gone */
        hmi_taxii_error(answer, 503, "Too busy", "the rules changed meanwhile; send it again");
        answer->retry_after_s = 1;
    }
    pthread_rwlock_unlock(&t->rules);
}

hmi_http_handler hmi_taxii_handler(hmi_taxii *taxii)
{
    return (hmi_http_handler){ taxii, on_head, on_body, refuse };
}

/* -- Views. */

int hmi_taxii_view(hmi_asked *a, hmi_view **ret_view, hm_err *err)
{
    hmi_taxii *t = a->taxii;
    size_t at = a->collection->source * t->config->partner_count + a->partner;
    int code = HM_OK;
    HMI_TRY(hmi_taxii_follow_recalls(t, err));
    pthread_mutex_lock(&t->lock);
    if (t->views[at] == NULL) {
        code =
            hmi_view_new(t->journal, t->collection_numbers[a->collection->source], t->policy,
                         &t->policy->partners[a->partner], t->config->purpose, &t->views[at], err);
    }
    *ret_view = t->views[at];
    pthread_mutex_unlock(&t->lock);
    return code;
}

/* -- Beginning and end. */

static int number_all(hmi_taxii *t, hm_err *err)
{
    bool other;
    for (size_t i = 0; i < t->config->collection_count; i++) {
        HMI_TRY(hmi_journal_number(t->journal, t->config->collections[i].id,
                                   &t->collection_numbers[i], err));
    }
    for (size_t i = 0; i < t->policy->partner_count; i++) {
        HMI_TRY(
            hmi_journal_number(t->journal, t->policy->partners[i].id, &t->partner_numbers[i], err));
        HMI_TRY(hmi_taxii_note_rules(t, i, &other, err));
    }
    return HM_OK;
}

int hmi_taxii_new(const hmi_taxii_config *config, const hmi_policy *policy, const char *folder,
                  int64_t (*now_us)(void), const hmi_log *log, hmi_taxii **ret_taxii, hm_err *err)
{
    hmi_taxii *t = calloc(1, sizeof(*t));
    if (t == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for the service");
    }
    t->config = config;
    t->policy = policy;
    t->now_us = now_us != NULL ? now_us : hmi_now_us;
    t->log = log;
    pthread_rwlockattr_t writers_first; /* else new rules wait as long as somebody asks */
    pthread_rwlockattr_init(&writers_first);
    pthread_rwlockattr_setkind_np(&writers_first, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&t->rules, &writers_first);
    pthread_rwlockattr_destroy(&writers_first);
    pthread_mutex_init(&t->lock, NULL);
    pthread_mutex_init(&t->giving, NULL);
    pthread_mutex_init(&t->recalling, NULL);
    t->views = calloc(config->collection_count * config->partner_count + 1, sizeof(*t->views));
    t->collection_numbers = calloc(config->collection_count + 1, sizeof(uint32_t));
    t->partner_numbers = calloc(config->partner_count + 1, sizeof(uint32_t));
    int code = t->views == NULL || t->collection_numbers == NULL || t->partner_numbers == NULL
                   ? hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for the service")
                   : hmi_accounts_new(config, policy, &t->accounts, err);
    code = code == HM_OK ? hmi_journal_open(folder, &t->journal, err) : code;
    code = code == HM_OK ? number_all(t, err) : code;
    if (code != HM_OK) {
        hmi_taxii_free(t);
        return code;
    }
    *ret_taxii = t;
    return HM_OK;
}

void hmi_taxii_on_leaving(hmi_taxii *taxii, hmi_taxii_give give, void *user)
{
    taxii->give = give;
    taxii->give_user = user;
}

void hmi_taxii_on_recall(hmi_taxii *taxii, hmi_taxii_recalled recalled, void *user)
{
    taxii->recalled = recalled;
    taxii->recalled_user = user;
}

void hmi_taxii_free(hmi_taxii *t)
{
    if (t == NULL) {
        return;
    }
    for (size_t i = 0;
         t->views != NULL && i < t->config->collection_count * t->config->partner_count; i++) {
        hmi_view_unref(t->views[i]);
    }
    free(t->views);
    free(t->collection_numbers);
    free(t->partner_numbers);
    hmi_accounts_free(t->accounts);
    hmi_journal_close(t->journal);
    pthread_rwlock_destroy(&t->rules);
    pthread_mutex_destroy(&t->lock);
    pthread_mutex_destroy(&t->giving);
    pthread_mutex_destroy(&t->recalling);
    hmi_recalled_free(&t->recalled_ids);
    free(t);
}
