/* SPDX-License-Identifier: Apache-2.0
 *
 * news.h - what changes while somebody looks, for whoever listens to /events.
 *
 * The last HMI_NEWS_MAX events stay, numbered; a listener that was away goes on where it stopped,
 * or is told that it missed too much. Where several servers have one casebook, what is told to one
 * goes to all by way of the database (wire.h), and its numbers are the same at each. Threads: any
 * number.
 */
#ifndef HMI_API_NEWS_H
#define HMI_API_NEWS_H

#include "base/buf.h"
#include "base/error.h"

enum {
    HMI_NEWS_MAX = 1000,
    HMI_NEWS_TEXT_MAX = 8192,
    HMI_NEWS_TURN_MAX = 16384,
    HMI_NEWS_USER = 65,
    HMI_NEWS_NAME = 16
};

typedef struct hmi_news hmi_news;
/* Takes what is told away to somewhere that brings it back with its number. */
typedef void (*hmi_news_send)(void *with, hm_text user, const char *event, hm_bytes data);

hmi_news *hmi_news_new(void); /* NULL without memory */
void hmi_news_free(hmi_news *news);
/* `data` is one line of JSON; `user` empty: for everybody. What is too long is told as "resync". */
void hmi_news_tell(hmi_news *news, hm_text user, const char *event, hm_bytes data);
uint64_t hmi_news_newest(hmi_news *news);
/* Appends what is new for `user` behind *at, as server-sent events, and moves *at. */
void hmi_news_write(hmi_news *news, hm_text user, uint64_t *at, hmi_buf *out);

/* ---- For wire.c. Before anybody tells; `send` NULL: no more. */
void hmi_news_through(hmi_news *news, hmi_news_send send, void *with);
/* Numbers up to this one are not to be had here any more. */
void hmi_news_begin(hmi_news *news, uint64_t number);
/* Enters an event; `number` is higher than all before it. */
void hmi_news_enter(hmi_news *news, uint64_t number, hm_text user, const char *event,
                    hm_bytes data);

#endif
