#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hunt.sh - past records asked by their index: the same hits as a full pass, under the same ids.
. "$(dirname "$0")/lib.sh"

cat >list.txt <<'END'
45.77.10.20
*.badhost.net
45.80.0.0/16
http://files.otherbad.org/kit/gate.php
END
mkdir logs
python3 - <<'PY'
import random
random.seed(7)
rare = ["45.77.10.20", "www.badhost.net", "http://files.otherbad.org/kit/gate.php", "45.80.3.4"]
for name in ("a.log", "b.log"):
    with open("logs/" + name, "w") as out:
        for i in range(20000):
            x = random.choice(rare) if name == "a.log" and i % 5000 == 77 else "-"
            out.write(f"10.{random.randrange(9)}.{i % 250}.7 - - \"GET /p/{i}.html\" 200 \"{x}\" host{i % 99}.good.net\n")
PY
gzip -c logs/a.log >logs/c.log.gz
echo nothing >.hidden

expect 4 "$HALLMARK" hunt --index idx -i list.txt
has "hallmark hunt index PATH..."
expect 0 "$HALLMARK" hunt index --index idx logs
has "3 files: 60000 new lines"
expect 0 "$HALLMARK" hunt index --index idx logs
has "0 new lines"
expect 0 "$HALLMARK" --json hunt index --index idx logs
python3 -c 'import json; v=json.load(open(".out")); assert 0 < v["index_bytes"] < v["covered_bytes"] / 10, v' || fail "size of the index"

ids() { python3 -c 'import json,sys; print(sorted(json.loads(l)["event"]["id"] for l in open(sys.argv[1])))' "$1"; }
expect 0 "$HALLMARK" watch --once --json -i list.txt "$PWD/logs"
cp .out watched.json
expect 0 "$HALLMARK" hunt --json --index idx -i list.txt
cp .out hunted.json
same "$(ids hunted.json)" "$(ids watched.json)" "ids of a hunt and of a full pass"
same "$(wc -l <hunted.json)" 8 "hits"
has "2 of 3 segments read again"

# An indicator that is nowhere: nothing is read again. What grew since is read, and indexed next time.
echo 46.1.2.3 >new.txt
expect 1 "$HALLMARK" hunt --index idx -i new.txt
has "0 of 3 segments read again (0 bytes"
echo "from 46.1.2.3" >>logs/b.log
expect 0 "$HALLMARK" hunt --index idx -i new.txt
has "logs/b.log:20001: 46.1.2.3"
expect 0 "$HALLMARK" hunt index --index idx logs
has "1 new lines"
expect 0 "$HALLMARK" hunt --index idx -i new.txt
has "1 of 4 segments read again"
expect 0 "$HALLMARK" hunt --index idx -i new.txt logs/b.log
expect 1 "$HALLMARK" hunt --index idx -i new.txt logs/a.log

# A renamed file is known again; a removed one is told, with what the index knows of it.
mv logs/b.log logs/b.log.1
expect 3 "$HALLMARK" hunt --index idx -i new.txt
has "cannot be read again"
expect 0 "$HALLMARK" hunt --index idx -i new.txt logs/b.log.1
has "1 of 4 segments"

# A damaged index loses no hit: it says so, and what it covered is read.
for part in idx/*.hunt; do
    chmod u+w "$part"
    printf 'XXXXXXXX' | dd of="$part" bs=1 seek=100 conv=notrunc 2>/dev/null
done
expect 3 "$HALLMARK" hunt --json --index idx -i list.txt "$PWD/logs"
has "the index is cut or damaged"
same "$(ids .out)" "$(ids watched.json)" "ids with a damaged index"
expect 0 "$HALLMARK" hunt index --index idx logs
has "60001 new lines"
expect 0 "$HALLMARK" hunt --index idx -i new.txt
# Names of files are hostile too.
printf 'x 45.77.10.20\n' >"logs/$(printf 'e\033[2Jvil')"
expect 0 "$HALLMARK" hunt index --index idx logs
expect 0 "$HALLMARK" hunt --index idx -i list.txt
safe_output
done_testing
