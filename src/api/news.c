/* SPDX-License-Identifier: Apache-2.0
 *
 * news.c - a ring of events.
 *
 * FORM   Event n lies at n % HMI_NEWS_MAX. Numbers begin with the time of the start, so that those
 *        of a server that was started again are higher than what a listener remembers.
 * OWNS   Copies of what was told.
 */
#include "api/news.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/time.h"

typedef struct event {
    uint64_t number; /* 0: none */
    char user[65];
    char name[16];
    uint8_t *data;
    size_t len;
} event;

struct hmi_news {
    pthread_mutex_t lock;
    uint64_t newest;
    event ring[HMI_NEWS_MAX];
};

hmi_news *hmi_news_new(void)
{
    hmi_news *n = calloc(1, sizeof(*n));
    if (n != NULL) {
        pthread_mutex_init(&n->lock, NULL);
        n->newest = (uint64_t)hmi_now_us();
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

void hmi_news_tell(hmi_news *n, hm_text user, const char *name, hm_bytes data)
{
    static const char RESYNC[] = "{\"event\":\"resync\"}";
    bool fits = data.len <= HMI_NEWS_TEXT_MAX;
    hm_bytes text = fits ? data : hmi_bytes(RESYNC, sizeof(RESYNC) - 1);
    uint8_t *copy = malloc(text.len + 1);
    if (copy == NULL) {
        return; /* whoever listens asks again in time */
    }
    memcpy(copy, text.ptr, text.len);
    pthread_mutex_lock(&n->lock);
    event *e = &n->ring[++n->newest % HMI_NEWS_MAX];
    free(e->data);
    e->number = n->newest;
    e->data = copy;
    e->len = text.len;
    snprintf(e->user, sizeof(e->user), "%.*s", (int)user.len, user.len > 0 ? user.ptr : "");
    snprintf(e->name, sizeof(e->name), "%s", fits ? name : "resync");
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
    if (*at > n->newest || n->newest - *at > HMI_NEWS_MAX) {
        *at = n->newest;
        write_event(out, *at, "resync", HM_BYTES("{\"event\":\"resync\"}"));
    }
    while (*at < n->newest && out->len < HMI_NEWS_TURN_MAX) {
        const event *e = &n->ring[++*at % HMI_NEWS_MAX];
        if (e->number == *at && (e->user[0] == '\0' || hmi_text_is(user, e->user))) {
            write_event(out, e->number, e->name, hmi_bytes(e->data, e->len));
        }
    }
    pthread_mutex_unlock(&n->lock);
}
