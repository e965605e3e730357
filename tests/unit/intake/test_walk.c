/* SPDX-License-Identifier: Apache-2.0
 * test_walk.c - the folder in its fixed order; links, FIFOs and unreadable things each get a word.
 */
#include "intake/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "check.h"

typedef struct story {
    char root[32];
    hmi_buf told; /* one line each: path below the root, then ok, or the reason */
    int stop_after;
} story;

static int tell(void *with, const hmi_found *found, hm_err *err)
{
    story *s = with;
    hm_bytes below = hmi_slice(found->path, strlen(s->root), SIZE_MAX);
    hmi_buf_add(&s->told, below);
    if (found->fd >= 0) {
        hmi_buf_printf(&s->told, " ok %lld\n", (long long)found->stat.st_size);
    } else {
        hmi_buf_printf(&s->told, " %s %s\n",
                       found->skipped ? "skipped:" : "bad:", found->reason.text);
    }
    return --s->stop_after == 0 ? hmi_fail(err, HM_E_CANCELLED, 0, "enough") : HM_OK;
}

static void put(int dir, const char *name, const char *content)
{
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, content, strlen(content)), (long)strlen(content));
    close(fd);
}

static int begin(story *s)
{
    memset(s, 0, sizeof(*s));
    strcpy(s->root, "/tmp/hallmark-walk-XXXXXX");
    CHECK(mkdtemp(s->root) != NULL);
    hmi_buf_init(&s->told, 0);
    int dir = open(s->root, O_RDONLY | O_DIRECTORY);
    CHECK(dir >= 0);
    return dir;
}

static void end(story *s, int dir)
{
    close(dir);
    char command[128];
    snprintf(command, sizeof(command), "chmod -R u+rwx %s; rm -rf %s", s->root, s->root);
    CHECK_EQ(system(command), 0);
    hmi_buf_fini(&s->told);
}

static int walk(story *s, hm_err *err)
{
    const char *paths[] = { s->root };
    return hmi_walk(paths, 1, tell, s, err);
}

TEST(files_come_in_byte_order_whatever_their_names)
{
    story s;
    hm_err err = { 0 };
    int dir = begin(&s);
    put(dir, "b", "22");
    put(dir, "a", "1");
    put(dir, "\xff\x01odd", "");
    CHECK_EQ(mkdirat(dir, "aa", 0700), 0);
    int below = openat(dir, "aa", O_RDONLY | O_DIRECTORY);
    put(below, "z", "333");
    close(below);
    CHECK_OK(walk(&s, &err));
    CHECK_TEXT(hmi_buf_text(&s.told), "/a ok 1\n/aa/z ok 3\n/b ok 2\n/\xff\x01odd ok 0\n");
    end(&s, dir);
}

TEST(nothing_but_files_is_opened)
{
    story s;
    hm_err err = { 0 };
    int dir = begin(&s);
    CHECK_EQ(mkfifoat(dir, "fifo", 0600), 0);
    CHECK_EQ(symlinkat("/etc", dir, "leads-out"), 0);
    CHECK_EQ(symlinkat(".", dir, "loop"), 0);
    int sock = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/sock", s.root);
    CHECK_EQ(bind(sock, (struct sockaddr *)&address, sizeof(address)), 0);
    CHECK_OK(walk(&s, &err));
    CHECK_TEXT(hmi_buf_text(&s.told), "/fifo skipped: a FIFO, not a file: nothing was read\n"
                                      "/leads-out skipped: a symbolic link: not followed\n"
                                      "/loop skipped: a symbolic link: not followed\n"
                                      "/sock skipped: a socket, not a file: nothing was read\n");
    close(sock);
    end(&s, dir);
}

TEST(what_the_user_names_himself_is_his_mistake)
{
    story s;
    hm_err err = { 0 };
    int dir = begin(&s);
    char fifo[96], absent[96];
    snprintf(fifo, sizeof(fifo), "%s/fifo", s.root);
    snprintf(absent, sizeof(absent), "%s/absent", s.root);
    CHECK_EQ(mkfifoat(dir, "fifo", 0600), 0);
    const char *paths[] = { fifo, absent };
    CHECK_OK(hmi_walk(paths, 2, tell, &s, &err));
    CHECK_TEXT(hmi_buf_text(&s.told),
               "/fifo bad: a FIFO, not a file: nothing was read\n"
               "/absent bad: there is no such file or folder\n");
    end(&s, dir);
}

TEST(deep_nesting_ends)
{
    story s;
    hm_err err = { 0 };
    int dir = begin(&s);
    int at = dup(dir);
    for (int i = 0; i < HMI_WALK_DEPTH_MAX + 3; i++) {
        CHECK_EQ(mkdirat(at, "d", 0700), 0);
        int next = openat(at, "d", O_RDONLY | O_DIRECTORY);
        close(at);
        at = next;
    }
    put(at, "too-deep", "x");
    close(at);
    CHECK_OK(walk(&s, &err));
    hm_text told = hmi_buf_text(&s.told);
    CHECK(hmi_find(hmi_text_bytes(told), HM_BYTES("bad: more than 64 directories deep")) !=
          HMI_NPOS);
    CHECK(hmi_find(hmi_text_bytes(told), HM_BYTES("too-deep")) == HMI_NPOS);
    end(&s, dir);
}

TEST(the_visitor_can_stop_it)
{
    story s;
    hm_err err = { 0 };
    int dir = begin(&s);
    put(dir, "a", "1");
    put(dir, "b", "1");
    s.stop_after = 1;
    CHECK_EQ(walk(&s, &err), HM_E_CANCELLED);
    CHECK_TEXT(hmi_buf_text(&s.told), "/a ok 1\n");
    end(&s, dir);
}

TEST(an_unreadable_file_says_so)
{
    if (geteuid() == 0) {
        skip(); /* root reads everything */
    }
    story s;
    hm_err err = { 0 };
    int dir = begin(&s);
    put(dir, "locked", "1");
    CHECK_EQ(fchmodat(dir, "locked", 0, 0), 0);
    CHECK_OK(walk(&s, &err));
    CHECK_TEXT(hmi_buf_text(&s.told), "/locked bad: cannot open it: Permission denied\n");
    end(&s, dir);
}

RUN_TESTS()
