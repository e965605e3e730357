/* SPDX-License-Identifier: Apache-2.0
 *
 * watch.c - the run: every source in turn, then settled, then waiting for more.
 *
 * WHY    After each batch what was told is made safe before the positions are: who is killed
 * between the two repeats that batch and loses nothing. TRUST  inotify only says when to look
 * again; a look each second covers what it cannot see. OWNS   The sources, and the positions of the
 * checkpoint.
 */
#include <poll.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/error.h"
#include "base/num.h"
#include "watch/inside.h"

void hmi_watch_notice(hmi_watch *w, const char *what, hm_text about)
{
    if (w->listener.notice != NULL) {
        w->listener.notice(w->listener.with, hmi_text_of(what), about);
    }
}

int hmi_watch_new(const hm_matcher *matcher, const hmi_watch_options *options,
                  const hmi_watch_listener *listener, hmi_watch **ret_watch, hm_err *err)
{
    hmi_watch *w = calloc(1, sizeof(*w));
    if (w == NULL || (w->breaker = hmi_breaker_new(options->break_hits)) == NULL) {
        free(w);
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory to watch with");
    }
    w->matcher = matcher;
    w->options = *options;
    w->listener = *listener;
    w->inotify = -1;
    if (options->checkpoint != NULL) {
        int code = hmi_checkpoint_read(options->checkpoint, &w->kept, &w->kept_count, err);
        if (code != HM_OK) {
            hmi_watch_free(w);
            return code;
        }
    }
    if (!options->once) {
        w->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    }
    *ret_watch = w;
    return HM_OK;
}

void hmi_watch_free(hmi_watch *w)
{
    if (w == NULL) {
        return;
    }
    for (size_t i = 0; i < w->source_count; i++) {
        hmi_source_close(w->sources[i]);
        hmi_kafka_free(w->sources[i]->kafka);
        hm_scanner_free(w->sources[i]->scanner);
        hmi_buf_fini(&w->sources[i]->pending);
        free(w->sources[i]);
    }
    for (size_t i = 0; i < w->folder_count; i++) {
        free(w->folders[i]);
    }
    free(w->sources);
    free(w->folders);
    free(w->kept);
    hmi_breaker_free(w->breaker);
    if (w->inotify >= 0) {
        close(w->inotify);
    }
    free(w);
}

void hmi_watch_sums_get(const hmi_watch *w, hmi_watch_sums *ret_sums)
{
    *ret_sums = w->sums;
    ret_sums->sources = w->source_count;
}

bool hmi_watch_cancelled(const hmi_watch *w)
{
    return w->listener.cancelled != NULL && w->listener.cancelled(w->listener.with);
}

/* A source that has not been opened yet stands where it stood. */
static size_t keep_position(const hmi_watch *w, const hmi_source *s, hmi_position *ret)
{
    for (size_t i = 0; i < w->kept_count; i++) {
        if (strcmp(w->kept[i].path, s->path) == 0) {
            *ret = w->kept[i];
            return 1;
        }
    }
    return 0;
}

int hmi_watch_settle(hmi_watch *w, hm_err *err)
{
    if (!w->moved) {
        return HM_OK;
    }
    w->moved = false;
    if (w->listener.settled != NULL) {
        HMI_TRY(w->listener.settled(w->listener.with, err));
    }
    if (w->options.checkpoint == NULL) {
        return HM_OK;
    }
    size_t room = w->source_count + 1;
    for (size_t i = 0; i < w->source_count; i++) {
        room += w->sources[i]->kafka != NULL ? hmi_kafka_parts(w->sources[i]->kafka) : 0;
    }
    hmi_position *positions = calloc(room, sizeof(*positions));
    if (positions == NULL) {
        return hmi_fail(err, HM_E_MEMORY, HM_OFFSET_NONE, "no memory for a checkpoint");
    }
    size_t count = 0;
    for (size_t i = 0; i < w->source_count; i++) {
        const hmi_source *s = w->sources[i];
        if (s->kafka != NULL) {
            hmi_topic_positions(s, positions + count);
            count += hmi_kafka_parts(s->kafka);
        }
        if (s->is_pipe) {
            continue;
        }
        if (s->inode == 0) {
            count += keep_position(w, s, &positions[count]);
            continue;
        }
        hmi_position *p = &positions[count++];
        memcpy(p->path, s->path, sizeof(p->path));
        p->device = s->device;
        p->inode = s->inode;
        hm_scanner_position(s->scanner, &p->offset, &p->lines);
        p->head = s->head;
        p->head_len = s->head_len;
    }
    int code = hmi_checkpoint_write(w->options.checkpoint, positions, count, err);
    free(positions);
    return code;
}

void hmi_watch_refresh(hmi_watch *w)
{
    const hm_matcher *set =
        w->listener.refresh != NULL ? w->listener.refresh(w->listener.with) : NULL;
    if (set == NULL || set == w->matcher) {
        return;
    }
    w->matcher = set;
    for (size_t i = 0; i < w->source_count; i++) {
        hm_scanner_use(w->sources[i]->scanner, set);
    }
}

static int pump_all(hmi_watch *w, bool *ret_open, hm_err *err)
{
    *ret_open = w->folder_count > 0;
    for (size_t i = 0; i < w->folder_count && w->started; i++) {
        hm_err ignored;
        (void)hmi_source_add_folder(w, w->folders[i], &ignored);
    }
    for (size_t i = 0; i < w->source_count; i++) {
        hmi_source *s = w->sources[i];
        if (s->is_pipe && s->done) {
            continue;
        }
        HMI_TRY(hmi_source_pump(w, s, err));
        *ret_open = *ret_open || !(s->is_pipe && s->done);
    }
    return hmi_watch_settle(w, err);
}

static void wait_for_more(hmi_watch *w)
{
    enum { LOOK_MS = 1000, PIPES_MAX = 4 * HMI_SOCKET_CLIENTS_MAX };
    struct pollfd polled[1 + PIPES_MAX];
    nfds_t count = 0;
    polled[count++] = (struct pollfd){ .fd = w->inotify, .events = POLLIN };
    for (size_t i = 0; i < w->source_count && count <= PIPES_MAX; i++) {
        if (w->sources[i]->socket != NULL) {
            count +=
                hmi_socket_polled(w->sources[i]->socket, polled + count, 1 + PIPES_MAX - count);
        } else if (w->sources[i]->kafka != NULL) {
            polled[count++] =
                (struct pollfd){ .fd = hmi_kafka_fd(w->sources[i]->kafka), .events = POLLIN };
        } else if (w->sources[i]->is_pipe && w->sources[i]->fd >= 0) {
            polled[count++] = (struct pollfd){ .fd = w->sources[i]->fd, .events = POLLIN };
        }
    }
    if (poll(polled, count, LOOK_MS) > 0 && w->inotify >= 0) {
        char events[4096];
        while (read(w->inotify, events, sizeof(events)) > 0) {
        }
    }
}

int hmi_watch_run(hmi_watch *w, hm_err *err)
{
    bool more = true;
    while (more) {
        hmi_watch_refresh(w);
        HMI_TRY(pump_all(w, &more, err));
        w->started = true;
        if (w->options.once) {
            return HM_OK;
        }
        if (hmi_watch_cancelled(w)) {
            return hmi_fail(err, HM_E_CANCELLED, HM_OFFSET_NONE, "stopped on request");
        }
        if (more) {
            wait_for_more(w);
        }
    }
    return HM_OK;
}
