/* SPDX-License-Identifier: Apache-2.0
 *
 * news.h - what changes while somebody looks, for whoever listens to /events.
 *
 * The last HMI_NEWS_MAX events stay, numbered; a listener that was away goes on where it stopped,
 * or is told that it missed too much. Threads: any number.
 */
#ifndef HMI_API_NEWS_H
#define HMI_API_NEWS_H

#include "base/buf.h"
#include "base/error.h"

enum { HMI_NEWS_MAX = 1000, HMI_NEWS_TEXT_MAX = 8192, HMI_NEWS_TURN_MAX = 16384 };

typedef struct hmi_news hmi_news;

hmi_news *hmi_news_new(void); /* NULL without memory */
void hmi_news_free(hmi_news *news);
/* `data` is one line of JSON; `user` empty: for everybody. What is too long is told as "resync". */
void hmi_news_tell(hmi_news *news, hm_text user, const char *event, hm_bytes data);
uint64_t hmi_news_newest(hmi_news *news);
/* Appends what is new for `user` behind *at, as server-sent events, and moves *at. */
void hmi_news_write(hmi_news *news, hm_text user, uint64_t *at, hmi_buf *out);

#endif
