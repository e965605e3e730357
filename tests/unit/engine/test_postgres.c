/* SPDX-License-Identifier: Apache-2.0
 * What only PostgreSQL can do to us: connections are lost, also while COMMIT is on its way. A
 * go-between stands between us and the server and cuts where it is told to.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "check.h"
#include "engine/postgres.h"

enum { ADD, SUM, ALL, COUNT };
static const char *const SQL[COUNT] = {
    [ADD] = "INSERT INTO thing (id) VALUES (?1)",
    [SUM] = "SELECT count(*) FROM thing",
    [ALL] = "SELECT id FROM thing ORDER BY id",
};
static const bool WALKS[COUNT] = { [ALL] = true };
static const hmi_engine_plan PLAN = { SQL, WALKS, COUNT };

static const char *address(void)
{
    const char *is = getenv("HALLMARK_TEST_POSTGRES");
    CHECK(is != NULL);
    return is;
}

static hmi_engine *open_at(const char *where)
{
    hm_err err = { 0 };
    hmi_engine *engine = NULL;
    hmi_postgres_options options = { .create = true, .busy_ms = 1000 };
    CHECK_OK(hmi_postgres_open(where, &PLAN, &options, &engine, &err));
    return engine;
}

static hmi_engine *fresh(const char *where)
{
    hm_err err = { 0 };
    hmi_engine *engine = open_at(where);
    CHECK_OK(hmi_engine_script(engine, "DROP TABLE IF EXISTS thing", &err));
    CHECK_OK(hmi_engine_script(engine, "CREATE TABLE thing (id INTEGER PRIMARY KEY) STRICT", &err));
    return engine;
}

static void add(hmi_engine *engine, int64_t id)
{
    hm_err err = { 0 };
    hmi_stmt *stmt = NULL;
    CHECK_OK(hmi_engine_statement(engine, ADD, &stmt, &err));
    hmi_bind(stmt, 1, id);
    CHECK_EQ(hmi_stmt_step(stmt, &err), 0);
}

static int64_t count(hmi_engine *engine)
{
    hm_err err = { 0 };
    hmi_stmt *stmt = NULL;
    CHECK_OK(hmi_engine_statement(engine, SUM, &stmt, &err));
    CHECK_EQ(hmi_stmt_step(stmt, &err), 1);
    int64_t is = hmi_column(stmt, 0);
    hmi_reset(stmt);
    return is;
}

/* The server's process that serves this connection is ended. */
static void lose(hmi_engine *engine)
{
    hm_err err = { 0 };
    hmi_engine *other = open_at(address());
    char sql[80];
    snprintf(sql, sizeof(sql), "SELECT pg_terminate_backend(%d, 5000)",
             hmi_postgres_backend(engine));
    CHECK_OK(hmi_engine_script(other, sql, &err));
    hmi_engine_close(other);
}

TEST(a_lost_connection_is_found_again)
{
    hm_err err = { 0 };
    hmi_engine *engine = fresh(address());
    CHECK_EQ(count(engine), 0);
    lose(engine); /* outside of a transaction: nobody notices */
    CHECK_EQ(count(engine), 0);
    lose(engine);
    CHECK_OK(hmi_engine_begin(engine, HMI_ENGINE_WRITING, &err));
    add(engine, 1);
    CHECK_OK(hmi_engine_commit(engine, &err));
    hmi_engine_close(engine);
}

TEST(a_transaction_is_lost_whole_with_its_connection)
{
    hm_err err = { 0 };
    hmi_engine *engine = fresh(address());
    CHECK_OK(hmi_engine_begin(engine, HMI_ENGINE_WRITING, &err));
    add(engine, 2);
    lose(engine);
    hmi_stmt *stmt = NULL;
    CHECK_OK(hmi_engine_statement(engine, SUM, &stmt, &err));
    CHECK_EQ(hmi_stmt_step(stmt, &err), HM_E_IO);
    CHECK(strstr(err.text, "was lost") != NULL);
    CHECK_EQ(hmi_engine_commit(engine, &err), HM_E_IO);
    CHECK(hmi_engine_in_transaction(engine));
    hmi_engine_rollback(engine);
    CHECK_EQ(count(engine), 0);
    hmi_engine_close(engine);
}

TEST(a_walk_begins_anew_but_does_not_go_on)
{
    hm_err err = { 0 };
    hmi_engine *engine = fresh(address());
    hmi_stmt *walk = NULL;
    CHECK_OK(hmi_engine_begin(engine, HMI_ENGINE_WRITING, &err));
    for (int64_t i = 0; i < 100; i++) {
        add(engine, i);
    }
    CHECK_OK(hmi_engine_commit(engine, &err));
    CHECK_OK(hmi_engine_statement(engine, ALL, &walk, &err));
    lose(engine);
    CHECK_EQ(hmi_stmt_step(walk, &err), 1);
    lose(engine);
    int rc;
    while ((rc = hmi_stmt_step(walk, &err)) == 1) {
    }
    CHECK_EQ(rc, HM_E_IO);
    CHECK_EQ(count(engine), 100);
    hmi_engine_close(engine);
}

/* ---- The go-between */

typedef enum cut { CUT_NOTHING, CUT_BEFORE_COMMIT, CUT_ITS_ANSWER } cut;
static cut *where_to_cut; /* shared with the go-between, which cuts once */
static char room[] = "/tmp/hallmark-between-XXXXXX";

static struct sockaddr_un socket_in(const char *folder)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    snprintf(at.sun_path, sizeof(at.sun_path), "%.80s/.s.PGSQL.5432", folder);
    return at;
}

/* Hands on what there is; false when one side is done, or it is to be cut. */
static bool hand_on(int from, int to, bool is_client)
{
    static bool cut_next;
    static char bytes[65536];
    ssize_t got = read(from, bytes, sizeof(bytes));
    if (got <= 0 || (!is_client && cut_next)) {
        cut_next = false;
        return false;
    }
    if (is_client && memmem(bytes, (size_t)got, "; COMMIT", 8) != NULL) {
        cut now = *where_to_cut;
        *where_to_cut = CUT_NOTHING;
        cut_next = now == CUT_ITS_ANSWER;
        if (now == CUT_BEFORE_COMMIT) {
            return false;
        }
    }
    return write(to, bytes, (size_t)got) == got;
}

static void serve_one(int client, const char *server_folder)
{
    struct sockaddr_un at = socket_in(server_folder);
    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    bool on = connect(server, (struct sockaddr *)&at, sizeof(at)) == 0;
    while (on) {
        struct pollfd both[2] = { { client, POLLIN, 0 }, { server, POLLIN, 0 } };
        on = poll(both, 2, -1) > 0;
        on = on && (both[0].revents == 0 || hand_on(client, server, true));
        on = on && (both[1].revents == 0 || hand_on(server, client, false));
    }
    close(server);
    close(client);
}

/* Its process, and the address at which it is reached. */
static pid_t begin_between(char *ret_address, size_t size)
{
    char folder[100] = "";
    const char *host = strstr(address(), "host=");
    CHECK(host != NULL && sscanf(host, "host=%99[^&]", folder) == 1);
    CHECK(mkdtemp(room) != NULL);
    where_to_cut = mmap(NULL, sizeof(*where_to_cut), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct sockaddr_un at = socket_in(room);
    int door = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(bind(door, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(door, 5) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGPIPE, SIG_IGN);
        for (int client; (client = accept(door, NULL, NULL)) >= 0;) {
            serve_one(client, folder); /* one at a time: that is all we need */
        }
        _exit(0);
    }
    close(door);
    snprintf(ret_address, size, "postgresql:///postgres?host=%s&user=hallmark", room);
    return child;
}

static void end_between(pid_t child)
{
    char path[120];
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    snprintf(path, sizeof(path), "%s/.s.PGSQL.5432", room);
    unlink(path);
    rmdir(room);
}

TEST(whether_a_lost_commit_was_done_is_learned)
{
    hm_err err = { 0 };
    char between[200];
    pid_t child = begin_between(between, sizeof(between));
    hmi_engine *engine = fresh(between);
    for (int64_t i = 1; i <= 3; i++) { /* done, and only the answer was lost: said to be done */
        CHECK_OK(hmi_engine_begin(engine, HMI_ENGINE_WRITING, &err));
        add(engine, i);
        *where_to_cut = CUT_ITS_ANSWER;
        CHECK_OK(hmi_engine_commit(engine, &err));
        CHECK_EQ(*where_to_cut, CUT_NOTHING);
        CHECK(!hmi_engine_in_transaction(engine));
        CHECK_EQ(count(engine), i);
    }
    CHECK_OK(hmi_engine_begin(engine, HMI_ENGINE_WRITING, &err));
    add(engine, 4);
    *where_to_cut = CUT_BEFORE_COMMIT; /* never came to the server: said not to be done */
    CHECK_EQ(hmi_engine_commit(engine, &err), HM_E_IO);
    CHECK(strstr(err.text, "before the last step was stored") != NULL);
    CHECK(hmi_engine_in_transaction(engine));
    hmi_engine_rollback(engine);
    CHECK_EQ(count(engine), 3);
    hmi_engine_close(engine);
    end_between(child);
}

static const char *opening(const char *to, int want)
{
    static hm_err err;
    hmi_engine *engine = NULL;
    hmi_postgres_options options = { .busy_ms = 100 };
    err = (hm_err){ 0 };
    CHECK_EQ(hmi_postgres_open(to, &PLAN, &options, &engine, &err), want);
    return err.text;
}

TEST(addresses_are_refused_with_reasons)
{
    CHECK(hmi_postgres_is_address("postgresql://x") && hmi_postgres_is_address("postgres://x"));
    CHECK(!hmi_postgres_is_address("/srv/postgresql://x"));
    CHECK(strstr(opening("postgresql://u:secret@h/d", HM_E_MISUSE), "~/.pgpass") != NULL);
    CHECK(strstr(opening("postgresql://h/d?password=secret", HM_E_MISUSE), "secret") == NULL);
    CHECK(strstr(opening("postgresql://h/d?nonsense=1", HM_E_MISUSE), "no address") != NULL);
    CHECK(strstr(opening("postgresql:///d?host=/nowhere", HM_E_IO), "cannot be reached") != NULL);
    char other[400];
    snprintf(other, sizeof(other), "%s&options=-csearch_path%%3Dnowhere", address());
    CHECK(strstr(opening(other, HM_E_NOT_FOUND), "no casebook") != NULL);
}

RUN_TESTS()
