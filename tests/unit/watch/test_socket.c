/* SPDX-License-Identifier: Apache-2.0
 *
 * test_socket.c - what is sent becomes whole lines, wherever it was cut on its way. TLS itself:
 * tests/cli/watch_send.sh.
 */
#include "check.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "watch/socket.h"

static int connect_to(const hmi_socket *s, int type)
{
    struct pollfd polled[1];
    struct sockaddr_storage name;
    socklen_t len = sizeof(name);
    CHECK_EQ(hmi_socket_polled(s, polled, 1), 1);
    CHECK_EQ(getsockname(polled[0].fd, (struct sockaddr *)(void *)&name, &len), 0);
    int fd = socket(name.ss_family, type, 0);
    CHECK_EQ(connect(fd, (const struct sockaddr *)(const void *)&name, len), 0);
    return fd;
}

static hmi_socket *listen_on(const char *name)
{
    hmi_socket *s = NULL;
    hm_err err = { 0 };
    CHECK_OK(hmi_socket_new(name, NULL, &s, &err));
    return s;
}

static void send_all(int fd, hm_bytes bytes)
{
    CHECK_EQ(send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL), bytes.len);
}

/* Until as many lines are there, or nothing comes any more. */
static void take_lines(hmi_socket *s, hmi_buf *lines, size_t count)
{
    for (unsigned i = 0; i < 1000; i++) {
        size_t have = 0;
        (void)hmi_socket_take(s, lines, 1 << 20);
        for (size_t k = 0; k < lines->len; k++) {
            have += lines->ptr[k] == '\n';
        }
        if (have >= count) {
            return;
        }
        (void)poll(NULL, 0, 1);
    }
}

TEST(a_stream_cut_anywhere)
{
    static const char STREAM[] = "12 <34>one\ntwo\n<34>a line\r\n5 bl\n0 <3>x\n9 <34>last!<34>open";
    static const char LINES[] = "<34>one\ntwo\n<34>a line\n5 bl\n0 <3>x\n<34>last!\n<34>open\n";
    hm_bytes stream = hmi_bytes(STREAM, sizeof(STREAM) - 1);
    hmi_socket *s = listen_on("tcp::0");
    for (size_t cut = 0; cut <= stream.len; cut++) {
        hmi_buf lines;
        hmi_buf_init(&lines, 0);
        int fd = connect_to(s, SOCK_STREAM);
        send_all(fd, hmi_slice(stream, 0, cut));
        (void)hmi_socket_take(s, &lines, 1 << 20);
        send_all(fd, hmi_slice(stream, cut, stream.len - cut));
        close(fd);
        take_lines(s, &lines, 7);
        CHECK_TEXT(hmi_buf_text(&lines), LINES);
        hmi_buf_fini(&lines);
    }
    CHECK_EQ(hmi_socket_lost(s), 0);
    hmi_socket_free(s);
}

TEST(datagrams)
{
    hmi_buf lines;
    hmi_socket *s = listen_on("udp::0");
    int fd = connect_to(s, SOCK_DGRAM);
    hmi_buf_init(&lines, 0);
    send_all(fd, HM_BYTES("<34>one"));
    send_all(fd, HM_BYTES("\n"));
    send_all(fd, HM_BYTES("<34>two\n"));
    take_lines(s, &lines, 2);
    CHECK_TEXT(hmi_buf_text(&lines), "<34>one\n<34>two\n");
    hmi_buf_fini(&lines);
    close(fd);
    hmi_socket_free(s);
}

TEST(more_clients_than_there_are_places)
{
    int fds[HMI_SOCKET_CLIENTS_MAX + 3];
    hmi_buf lines;
    hmi_socket *s = listen_on("tcp::0");
    hmi_buf_init(&lines, 0);
    for (size_t i = 0; i < HMI_COUNT(fds); i++) {
        fds[i] = connect_to(s, SOCK_STREAM);
        (void)hmi_socket_take(s, &lines, 1 << 20);
    }
    CHECK_EQ(hmi_socket_lost(s), 3);
    for (size_t i = 0; i < HMI_COUNT(fds); i++) {
        close(fds[i]);
    }
    hmi_buf_fini(&lines);
    hmi_socket_free(s);
}

TEST(names_and_files_that_are_none)
{
    static const char *const NAMES[] = { "udp:",        "tcp:1.2.3.4", "tcp:name.example:1",
                                         "unix:",       "udp::99999",  "tcp:[::1:514",
                                         "tls:1.2.3.4", "tls::0" };
    const hmi_socket_files absent = { "/nonexistent/cert", "/nonexistent/key", NULL };
    hmi_socket *s = NULL;
    hm_err err = { 0 };
    for (size_t i = 0; i < HMI_COUNT(NAMES); i++) {
        CHECK(hmi_socket_is(NAMES[i]));
        CHECK_EQ(hmi_socket_new(NAMES[i], NULL, &s, &err), HM_E_MISUSE);
    }
    CHECK_EQ(hmi_socket_new("tls::0", &absent, &s, &err), HM_E_MISUSE);
    CHECK(strstr(err.text, "/nonexistent/cert") != NULL);
    CHECK(!hmi_socket_is("/var/log/udp:"));
    CHECK(s == NULL);
}

RUN_TESTS()
