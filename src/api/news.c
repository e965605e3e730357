/* SPDX-License-Identifier: Apache-2.0
 *
 * news.c - a ring of events.
 *
 * FORM   The n-th event lies at n % HMI_NEWS_MAX. Numbers grow and may leave some out. They begin
 *        with the time of the start, so that those of a server that was started again are higher
 *        than what a listener remembers.
 * OWNS   Copies of what was told.
 */
#include "api/news.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/time.h"

typedef struct event {
    uint64_t number;
    char user[HMI_NEWS_USER];
    char name[HMI_NEWS_NAME];
    uint8_t *data;
    size_t len;
} event;

struct hmi_news {
    pthread_mutex_t lock;
    uint64_t newest;
    uint64_t lost; /* the highest number that is not in the ring any more */
    size_t told;   /* so many events were entered */
    hmi_news_send send;
    void *with;
    event ring[HMI_NEWS_MAX];
};

hmi_news *hmi_news_new(void)
{
    hmi_news *n = calloc(1, sizeof(*n));
    if (n != NULL) {
        pthread_mutex_init(&n->lock, NULL);
        n->newest = n->lost = (uint64_t)hmi_now_us();
    }
    return n;
}

void hmi_news_free(hmi_news *n)
{
    if (n == NULL) {
        return;
    }
    for (size_t i = 0; i < HMI_NEWS_MAX; i++) {
        free(n->ring[i].data);
    }
    pthread_mutex_destroy(&n->lock);
    free(n);
}

void hmi_news_through(hmi_news *n, hmi_news_send send, void *with)
{
    pthread_mutex_lock(&n->lock);
    n->send = send;
    n->with = with;
    pthread_mutex_unlock(&n->lock);
}

void hmi_news_begin(hmi_news *n, uint64_t number)
{
    pthread_mutex_lock(&n->lock);
    n->newest = n->lost = number;
    pthread_mutex_unlock(&n->lock);
}

/* With the lock; takes `copy` over. */
static void enter(hmi_news *n, uint64_t number, hm_text user, const char *name, uint8_t *copy,
                  size_t len)
{
    event *e = &n->ring[n->told++ % HMI_NEWS_MAX];
    n->lost = e->number > n->lost ? e->number : n->lost;
    free(e->data);
    *e = (event){ .number = number, .data = copy, .len = len };
    snprintf(e->user, sizeof(e->user), "%.*s", (int)user.len, user.len > 0 ? user.ptr : "");
    snprintf(e->name, sizeof(e->name), "%s", name);
    n->newest = number;
}

static uint8_t *copy_of(hm_bytes data)
{
    uint8_t *copy = malloc(data.len + 1);
    if (copy != NULL) {
        memcpy(copy, data.ptr, data.len);
    }
    return copy;
}

void hmi_news_enter(hmi_news *n, uint64_t number, hm_text user, const char *name, hm_bytes data)
{
    uint8_t *copy = copy_of(data);
    pthread_mutex_lock(&n->lock);
    if (copy != NULL && number > n->newest) {
        enter(n, number, user, name, copy, data.len);
        copy = NULL;
    }
    pthread_mutex_unlock(&n->lock);
    free(copy);
}

void hmi_news_tell(hmi_news *n, hm_text user, const char *name, hm_bytes data)
{
    static const char RESYNC[] = "{\"event\":\"resync\"}";
    if (data.len > HMI_NEWS_TEXT_MAX) {
        data = hmi_bytes(RESYNC, sizeof(RESYNC) - 1);
        name = "resync";
    }
    pthread_mutex_lock(&n->lock);
    hmi_news_send send = n->send;
    void *with = n->with;
    pthread_mutex_unlock(&n->lock);
    if (send != NULL) {
        send(with, user, name, data);
        return;
    }
    uint8_t *copy = copy_of(data);
    if (copy == NULL) {
        return; /* whoever listens asks again in time */
    }
    pthread_mutex_lock(&n->lock);
    enter(n, n->newest + 1, user, name, copy, data.len);
    pthread_mutex_unlock(&n->lock);
}

uint64_t hmi_news_newest(hmi_news *n)
{
    pthread_mutex_lock(&n->lock);
    uint64_t newest = n->newest;
    pthread_mutex_unlock(&n->lock);
    return newest;
}

static void write_event(hmi_buf *out, uint64_t number, const char *name, hm_bytes data)
{
    hmi_buf_printf(out, "id: %llu\nevent: %s\ndata: ", (unsigned long long)number, name);
    hmi_buf_add(out, data);
    hmi_buf_add_cstr(out, "\n\n");
}

void hmi_news_write(hmi_news *n, hm_text user, uint64_t *at, hmi_buf *out)
{
    pthread_mutex_lock(&n->lock);
    if (*at > n->newest || *at < n->lost) {
        *at = n->newest;
        write_event(out, *at, "resync", HM_BYTES("{\"event\":\"resync\"}"));
    }
    size_t first = n->told > HMI_NEWS_MAX ? n->told - HMI_NEWS_MAX : 0, i = n->told;
    while (i > first && n->ring[(i - 1) % HMI_NEWS_MAX].number > *at) {
        i--;
    }
    for (; i < n->told && out->len < HMI_NEWS_TURN_MAX; i++) {
        const event *e = &n->ring[i % HMI_NEWS_MAX];
        *at = e->number;
        if (e->user[0] == '\0' || hmi_text_is(user, e->user)) {
            write_event(out, e->number, e->name, hmi_bytes(e->data, e->len));
        }
    }
    pthread_mutex_unlock(&n->lock);
}
