/* SPDX-License-Identifier: Apache-2.0
 *
 * test_server.c - a real server on a free port: answers, bodies, pipelines, slow and cut clients,
 * and that nothing behind a refused request is ever answered.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "http/server.h"

static atomic_int handled, released;

static void on_release(void *held)
{
    (void)held;
    atomic_fetch_add(&released, 1);
}

static bool on_more(void *held, hmi_buf *out)
{
    int *left = held;
    hmi_buf_printf(out, "%d ", *left);
    return --*left > 0;
}

/* /echo wants the body; /slow wants time; the rest is answered at once. */
static hmi_http_step on_head(void *user, hmi_http_request *request, hmi_http_answer *answer,
                             bool patient)
{
    (void)user;
    atomic_fetch_add(&handled, 1);
    if (hmi_text_is(request->head->path, "/slow") && !patient) {
        return HMI_HTTP_WANT_TIME;
    }
    if (hmi_text_is(request->head->method, "POST")) {
        return HMI_HTTP_WANT_BODY;
    }
    answer->status = 200;
    answer->type = "text/plain";
    answer->release = on_release;
    hmi_buf_printf(&answer->body, "path %.*s", HMI_FMT(request->head->path));
    if (hmi_text_is(request->head->path, "/stream")) {
        static int left;
        left = 3;
        answer->held = &left;
        answer->more = on_more;
    }
    return HMI_HTTP_ANSWERED;
}

static void on_body(void *user, hmi_http_request *request, hmi_http_answer *answer)
{
    (void)user;
    answer->status = 202;
    hmi_buf_printf(&answer->body, "got %zu", request->body.len);
}

static void on_refuse(void *user, int status, hmi_http_answer *answer)
{
    (void)user;
    hmi_buf_printf(&answer->body, "refused %d", status);
}

static hmi_http_server *start(void)
{
    hm_err err = { 0 };
    hmi_http_server *server = NULL;
    hmi_http_handler handler = { NULL, on_head, on_body, on_refuse };
    hmi_http_options options = {
        .address = "127.0.0.1", .loops = 2, .head_ms = 300, .body_ms = 300
    };
    CHECK_OK(hmi_http_server_start(&options, &handler, &server, &err));
    return server;
}

static int call(const hmi_http_server *server)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons(hmi_http_server_port(server)) };
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
    return fd;
}

static void say(int fd, const char *text)
{
    (void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

/* Everything up to the end of the connection. */
static void hear(int fd, char *text, size_t size)
{
    size_t len = 0;
    for (ssize_t got; len + 1 < size && (got = recv(fd, text + len, size - len - 1, 0)) > 0;) {
        len += (size_t)got;
    }
    text[len] = '\0';
    close(fd);
}

static void talk(const hmi_http_server *server, const char *text, char *heard, size_t size)
{
    int fd = call(server);
    say(fd, text);
    hear(fd, heard, size);
}

#define END "Host: a\r\nConnection: close\r\n\r\n"

TEST(answers_bodies_and_pipelines)
{
    hmi_http_server *server = start();
    char heard[4096];
    talk(server, "GET /a HTTP/1.1\r\n" END, heard, sizeof(heard));
    CHECK(strstr(heard, "HTTP/1.1 200 OK\r\nDate: ") == heard);
    CHECK(strstr(heard, "Content-Length: 7\r\n") && strstr(heard, "\r\n\r\npath /a"));
    talk(server, "HEAD /a HTTP/1.1\r\n" END, heard, sizeof(heard));
    CHECK(strstr(heard, "Content-Length: 7\r\n") && !strstr(heard, "path /a"));
    talk(server, "POST /echo HTTP/1.1\r\nContent-Length: 5\r\n" END "abcde", heard, sizeof(heard));
    CHECK(strstr(heard, "got 5") != NULL);
    talk(server, "GET /slow HTTP/1.1\r\n" END, heard, sizeof(heard));
    CHECK(strstr(heard, "path /slow") != NULL);
    talk(server,
         "POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /1 HTTP/1.1\r\nHost: "
         "a\r\n\r\nGET /2 HTTP/1.1\r\n" END,
         heard, sizeof(heard));
    const char *first = strstr(heard, "got 3"), *second = strstr(heard, "path /1");
    CHECK(first && second > first && strstr(heard, "path /2") > second);
    int fd = call(server);
    say(fd, "POST /echo HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n" END);
    char now[26] = { 0 };
    CHECK(recv(fd, now, 25, MSG_WAITALL) == 25 && strstr(now, "100 Continue") != NULL);
    say(fd, "xyz");
    hear(fd, heard, sizeof(heard));
    CHECK(strstr(heard, "got 3") != NULL);
    hmi_http_server_stop(server);
}

TEST(an_answer_may_go_on_until_it_has_said_all)
{
    hmi_http_server *server = start();
    char heard[4096];
    int before = atomic_load(&released);
    talk(server, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n", heard, sizeof(heard));
    CHECK(strstr(heard, "\r\n\r\npath /stream3 2 1 ") != NULL);
    CHECK(strstr(heard, "Content-Length") == NULL && strstr(heard, "Connection: close") != NULL);
    int fd = call(server), asked = atomic_load(&handled);
    say(fd, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int i = 0; i < 500 && atomic_load(&handled) == asked; i++) {
        usleep(10000);
    }
    close(fd); /* nobody listens */
    hmi_http_server_stop(server);
    CHECK_EQ(atomic_load(&released), before + 2);
}

TEST(nothing_behind_a_refused_request_is_read)
{
    hmi_http_server *server = start();
    char heard[4096];
    atomic_store(&handled, 0);
    talk(server,
         "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n"
         "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
         heard, sizeof(heard));
    CHECK(strstr(heard, "HTTP/1.1 400 ") == heard && strstr(heard, "Connection: close"));
    CHECK(strstr(heard, "smuggled") == NULL);
    CHECK_EQ(atomic_load(&handled), 0);
    hmi_http_server_stop(server);
}

TEST(slow_clients_are_cut)
{
    hmi_http_server *server = start();
    char heard[4096];
    talk(server, "GET /a HTTP/1.1\r\nHost:", heard, sizeof(heard));
    CHECK(strstr(heard, "HTTP/1.1 408 ") == heard);
    talk(server, "POST /a HTTP/1.1\r\nContent-Length: 50000\r\n" END "abc", heard, sizeof(heard));
    CHECK(strstr(heard, "HTTP/1.1 408 ") == heard);
    talk(server, "", heard, sizeof(heard));
    CHECK_EQ(strlen(heard), 0);
    hmi_http_server_stop(server);
}

TEST(a_client_that_hangs_up_costs_nothing)
{
    hmi_http_server *server = start();
    for (int i = 0; i < 50; i++) {
        int fd = call(server);
        say(fd, i % 2 ? "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n" : "POST /x HTTP/1.1\r\nConte");
        close(fd);
    }
    char heard[4096];
    talk(server, "GET /a HTTP/1.1\r\n" END, heard, sizeof(heard));
    CHECK(strstr(heard, "path /a") != NULL);
    hmi_http_server_stop(server);
    CHECK(atomic_load(&released) > 0);
}

/* The page's server starts workers: between fork and exec they have its sockets too. */
TEST(forgets_what_a_forked_process_still_holds)
{
    hmi_http_server *server = start();
    char heard[4096];
    int fd = call(server);
    say(fd, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(recv(fd, heard, sizeof(heard), 0) > 0);
    pid_t holder = fork();
    if (holder == 0) {
        close(fd);
        pause();
        _exit(0);
    }
    CHECK(holder > 0);
    close(fd);
    for (int i = 0; i < 20; i++) {
        talk(server, "GET /b HTTP/1.1\r\n" END, heard, sizeof(heard));
        CHECK(strstr(heard, "path /b") != NULL);
    }
    kill(holder, SIGKILL);
    CHECK(waitpid(holder, NULL, 0) == holder);
    hmi_http_server_stop(server);
}

RUN_TESTS()
