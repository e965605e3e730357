/* SPDX-License-Identifier: Apache-2.0
 *
 * team_queries.h - every question asked of the accounts: HMI_QUERY(name, sql). Plain enough for
 * both makers of the engine: the number of changed rows comes as rows of RETURNING.
 */

/* ---- Accounts */
HMI_QUERY(USER_ADD,
          "INSERT INTO page_user (name, role, password, disabled, totp_last, created_us, seen_us,"
          " preferences) VALUES (?1, ?2, ?3, 0, 0, ?4, 0, ?5) ON CONFLICT DO NOTHING RETURNING 1")
HMI_QUERY(USER_COUNT, "SELECT count(*) FROM page_user")
HMI_QUERY(USER_ADMINS, "SELECT count(*) FROM page_user WHERE role = 4 AND disabled = 0")
#define HMI_USER_COLUMNS                                                                         \
    "SELECT name, role, disabled, CASE WHEN totp IS NULL THEN 0 ELSE 1 END, created_us, seen_us" \
    " FROM page_user"
HMI_QUERY(USER_GET, HMI_USER_COLUMNS " WHERE name = ?1")
HMI_QUERY(USER_LIST, HMI_USER_COLUMNS " ORDER BY name LIMIT 10000")
#undef HMI_USER_COLUMNS
HMI_QUERY(USER_CHANGE,
          "UPDATE page_user SET role = coalesce(?2, role), disabled = coalesce(?3, disabled),"
          " password = coalesce(?4, password),"
          " totp = CASE WHEN ?5 <> 0 THEN NULL ELSE totp END, totp_wanted = NULL"
          " WHERE name = ?1 RETURNING 1")
HMI_QUERY(USER_DROP, "DELETE FROM page_user WHERE name = ?1 RETURNING 1")
HMI_QUERY(USER_PASSWORD, "UPDATE page_user SET password = ?2 WHERE name = ?1 RETURNING 1")
HMI_QUERY(USER_SEEN, "UPDATE page_user SET seen_us = ?2 WHERE name = ?1 RETURNING 1")
HMI_QUERY(USER_LOAD, "SELECT password, disabled, totp, totp_last FROM page_user WHERE name = ?1")
HMI_QUERY(USER_LOAD_WANTED,
          "SELECT password, disabled, totp_wanted, totp_last FROM page_user WHERE name = ?1")
HMI_QUERY(TOTP_USE, "UPDATE page_user SET totp_last = ?2 WHERE name = ?1 AND totp_last < ?2"
                    " RETURNING 1")
HMI_QUERY(TOTP_BEGIN, "UPDATE page_user SET totp_wanted = ?2 WHERE name = ?1 RETURNING 1")
HMI_QUERY(TOTP_CONFIRM, "UPDATE page_user SET totp = ?2, totp_wanted = NULL, totp_last = ?3"
                        " WHERE name = ?1 RETURNING 1")
HMI_QUERY(TOTP_END,
          "UPDATE page_user SET totp = NULL, totp_wanted = NULL WHERE name = ?1 RETURNING 1")
HMI_QUERY(PREFERENCES_GET, "SELECT preferences FROM page_user WHERE name = ?1")
HMI_QUERY(PREFERENCES_SET, "UPDATE page_user SET preferences = ?2 WHERE name = ?1 RETURNING 1")

/* ---- Sessions */
HMI_QUERY(SESSION_TIDY,
          "DELETE FROM page_session WHERE seen_us < ?3 OR created_us < ?4 OR (owner = ?1"
          " AND id NOT IN (SELECT id FROM page_session WHERE owner = ?1"
          " ORDER BY seen_us DESC, id LIMIT ?2)) RETURNING 1")
HMI_QUERY(SESSION_ADD, "INSERT INTO page_session (id, secret, owner, created_us, seen_us, peer,"
                       " agent) VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6) RETURNING 1")
HMI_QUERY(SESSION_FIND,
          "SELECT s.id, s.owner, u.role, s.created_us, s.seen_us FROM page_session s"
          " JOIN page_user u ON u.name = s.owner WHERE s.secret = ?1 AND u.disabled = 0"
          " AND s.seen_us >= ?2 AND s.created_us >= ?3")
HMI_QUERY(SESSION_SEEN, "UPDATE page_session SET seen_us = ?2 WHERE id = ?1 RETURNING 1")
HMI_QUERY(SESSION_LIST, "SELECT id, owner, peer, agent, created_us, seen_us FROM page_session"
                        " WHERE (?1 = '' OR owner = ?1) AND seen_us >= ?2 AND created_us >= ?3"
                        " ORDER BY seen_us DESC, id LIMIT 1000")
HMI_QUERY(SESSION_END,
          "DELETE FROM page_session WHERE id = ?1 AND (?2 = '' OR owner = ?2) RETURNING 1")
HMI_QUERY(SESSION_END_ALL, "DELETE FROM page_session WHERE owner = ?1 AND id <> ?2 RETURNING 1")
HMI_QUERY(SESSION_COUNT, "SELECT count(*) FROM page_session WHERE seen_us >= ?1")

/* ---- Tokens */
HMI_QUERY(TOKEN_ADD,
          "INSERT INTO page_token (id, secret, owner, name, role, created_us, expires_us, seen_us)"
          " SELECT ?1, ?2, ?3, ?4, CASE WHEN ?5 < role THEN ?5 ELSE role END, ?6, ?7, 0"
          " FROM page_user WHERE name = ?3"
          " AND (SELECT count(*) FROM page_token WHERE owner = ?3) < ?8 RETURNING 1")
HMI_QUERY(TOKEN_FIND, "SELECT t.id, t.owner, CASE WHEN t.role < u.role THEN t.role ELSE u.role END,"
                      " t.created_us, t.expires_us, t.seen_us FROM page_token t"
                      " JOIN page_user u ON u.name = t.owner"
                      " WHERE t.secret = ?1 AND u.disabled = 0 AND t.expires_us > ?2")
HMI_QUERY(TOKEN_SEEN, "UPDATE page_token SET seen_us = ?2 WHERE id = ?1 RETURNING 1")
HMI_QUERY(TOKEN_LIST, "SELECT id, name, role, created_us, expires_us, seen_us FROM page_token"
                      " WHERE owner = ?1 ORDER BY created_us, id")
HMI_QUERY(TOKEN_DROP, "DELETE FROM page_token WHERE id = ?1 AND owner = ?2 RETURNING 1")
HMI_QUERY(TOKEN_END_ALL, "DELETE FROM page_token WHERE owner = ?1 RETURNING 1")

/* ---- Deeds */
HMI_QUERY(DEED_ADD,
          "INSERT INTO page_deed (seq, at_us, who, peer, what, about)"
          " VALUES ((SELECT coalesce(max(seq), 0) + 1 FROM page_deed), ?1, ?2, ?3, ?4, ?5)"
          " RETURNING 1")
HMI_QUERY(DEED_LIST, "SELECT seq, at_us, who, peer, what, about FROM page_deed"
                     " WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2")

/* ---- Servers of this page */
HMI_QUERY(NODE_ADD,
          "INSERT INTO page_node (id, machine, pid, birth, version, place, began_us,"
          " seen_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) ON CONFLICT DO NOTHING RETURNING 1")
HMI_QUERY(NODE_SEEN, "UPDATE page_node SET seen_us = ?2 WHERE id = ?1 RETURNING 1")
HMI_QUERY(NODE_DROP, "DELETE FROM page_node WHERE id = ?1 RETURNING 1")
HMI_QUERY(NODE_TIDY, "DELETE FROM page_node WHERE seen_us < ?1 RETURNING 1")
HMI_QUERY(NODE_GET, "SELECT machine, pid, birth, seen_us FROM page_node WHERE id = ?1")
HMI_QUERY(NODE_LIST, "SELECT id, machine, pid, version, place, began_us, seen_us FROM page_node"
                     " ORDER BY machine, began_us, id LIMIT 1000")

/* ---- News, from one server to the others */
HMI_QUERY(NEWS_NEWEST, "SELECT coalesce(max(number), 0) FROM page_news")
HMI_QUERY(NEWS_SAME, "SELECT count(*) FROM page_news WHERE name = ?1 AND data = ?2")
HMI_QUERY(NEWS_ADD, "INSERT INTO page_news (number, owner, name, data) VALUES (?1, ?2, ?3, ?4)"
                    " RETURNING 1")
HMI_QUERY(NEWS_AFTER, "SELECT number, owner, name, data FROM page_news WHERE number > ?1"
                      " ORDER BY number LIMIT 1000")
HMI_QUERY(NEWS_TIDY, "DELETE FROM page_news WHERE number <="
                     " (SELECT number FROM page_news ORDER BY number DESC LIMIT 1 OFFSET 1000)"
                     " RETURNING 1")

/* ---- Uploads: 0 receiving, 1 waiting, 2 being read, 3 done, 4 failed */
#define HMI_UPLOAD_COLUMNS                                                                        \
    "SELECT id, owner, incident, name, size, arrived, created_us, state, cancelled, reader, why," \
    " outcomes FROM page_upload"
HMI_QUERY(UPLOAD_GET, HMI_UPLOAD_COLUMNS " WHERE id = ?1 AND owner = ?2")
HMI_QUERY(UPLOAD_LIST, HMI_UPLOAD_COLUMNS " WHERE owner = ?1 ORDER BY created_us, id")
HMI_QUERY(UPLOAD_WHOLE,
          HMI_UPLOAD_COLUMNS " WHERE state IN (1, 2) ORDER BY created_us, id LIMIT 256")
#undef HMI_UPLOAD_COLUMNS
HMI_QUERY(
    UPLOAD_TOTALS,
    "SELECT count(*), CAST(coalesce(sum(CASE WHEN state < 3 THEN 1 ELSE 0 END), 0) AS bigint),"
    " CAST(coalesce(sum(CASE WHEN state < 3 THEN size ELSE 0 END), 0) AS bigint),"
    " CAST(coalesce(sum(CASE WHEN state < 3 THEN arrived ELSE 0 END), 0) AS bigint)"
    " FROM page_upload")
HMI_QUERY(UPLOAD_ADD,
          "INSERT INTO page_upload (id, owner, incident, name, size, arrived, created_us, moved_us,"
          " state, cancelled, reader, why, outcomes)"
          " VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?6, ?7, 0, '', '', '') RETURNING 1")
HMI_QUERY(UPLOAD_MOVE, "UPDATE page_upload SET arrived = ?3, moved_us = ?4, state = ?5"
                       " WHERE id = ?1 AND arrived = ?2 AND state = 0 RETURNING 1")
HMI_QUERY(UPLOAD_CANCEL, "UPDATE page_upload SET cancelled = 1 WHERE id = ?1 RETURNING 1")
HMI_QUERY(UPLOAD_TAKE, "UPDATE page_upload SET state = 2, reader = ?2, outcomes = ''"
                       " WHERE id = ?1 AND state = ?3 AND reader = ?4 RETURNING 1")
HMI_QUERY(UPLOAD_OUTCOMES, "UPDATE page_upload SET outcomes = ?3"
                           " WHERE id = ?1 AND reader = ?2 AND state = 2 RETURNING 1")
HMI_QUERY(UPLOAD_READ, "UPDATE page_upload SET state = ?3, reader = '', why = ?4, outcomes = ?5,"
                       " moved_us = ?6 WHERE id = ?1 AND reader = ?2 AND state = 2 RETURNING 1")
HMI_QUERY(UPLOAD_IDLE, "SELECT id FROM page_upload WHERE state IN (0, 3, 4) AND moved_us < ?1"
                       " LIMIT 256")
HMI_QUERY(UPLOAD_DONE, "SELECT id FROM page_upload WHERE state >= 3 LIMIT 256")
HMI_QUERY(UPLOAD_IDS, "SELECT id FROM page_upload ORDER BY id LIMIT 256")
HMI_QUERY(UPLOAD_DROP, "DELETE FROM page_upload WHERE id = ?1 RETURNING 1")
HMI_QUERY(PART_ADD, "INSERT INTO page_upload_part (upload, arrived, bytes) VALUES (?1, ?2, ?3)"
                    " RETURNING 1")
HMI_QUERY(PART_GET, "SELECT bytes FROM page_upload_part WHERE upload = ?1 AND arrived = ?2")
HMI_QUERY(PART_DROP, "DELETE FROM page_upload_part WHERE upload = ?1 RETURNING 1")
