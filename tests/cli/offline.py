#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""offline.py HALLMARK - no command but those meant for it makes a socket that leads anywhere: the kernel ends a process that tries.

A seccomp filter, inherited by every process that the command starts, kills at socket() of any family but AF_UNIX."""
import ctypes
import os
import platform
import re
import signal
import struct
import subprocess
import sys

HALLMARK = sys.argv[1]
ARCH = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}.get(platform.machine())
if ARCH is None:
    print("left out: the number of socket() on this machine is not known here")
    sys.exit(77)
ALLOW, KILL = 0x7FFF0000, 0x80000000


def filter_sockets():
    """Loads: architecture, number of the call, its first argument."""
    program = b"".join(struct.pack("<HBBI", *row) for row in (
        (0x20, 0, 0, 4), (0x15, 0, 4, ARCH[0]), (0x20, 0, 0, 0), (0x15, 0, 2, ARCH[1]),
        (0x20, 0, 0, 16), (0x15, 0, 1, 1), (0x06, 0, 0, ALLOW), (0x06, 0, 0, KILL)))
    held = ctypes.create_string_buffer(program, len(program))
    libc = ctypes.CDLL(None, use_errno=True)
    fprog = struct.pack("<HxxxxxxQ", len(program) // 8, ctypes.addressof(held))
    if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, ctypes.c_char_p(fprog), 0, 0) != 0:
        os._exit(99)


def run(line):
    done = subprocess.run([HALLMARK, *line.split(" ")], capture_output=True, stdin=subprocess.DEVNULL, preexec_fn=filter_sockets, timeout=60)
    return done.returncode, done.stderr.decode("utf-8", "replace")


QUIET = """init|add one one|add two two|show|show one|timeline one|compare one|attribute one|claim add one --by A --on 2014-12-19 --actor B
claim list one|claim withdraw nothing|export one --format csv -o one.csv|report one -o one.md --format markdown|rule one --against harmless
diff program program|search program|baseline learn harmless|baseline show|model show|model fit garbage|model evaluate garbage|model pairs garbage
watch -i feed --once one/list|hunt index one/list|hunt -i feed|detect --rules rule.yml events.json|rules check rule.yml
pattern match [ipv4-addr:value='1.2.3.4'] events.json|verify|user add ann --role admin|user add bob --role reader|user list|user token bob|user password bob|user remove bob
partner add us-cert --url https://203.0.113.1/api/ --collection x --token-file feed|partner list|partner trust us-cert --pin sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
partner admit us-cert --token|partner remove us-cert|share one --to us-cert --policy policy --preview|share one --to us-cert --policy policy --tlp green --output out.json
release explain out.json --to us-cert --policy policy|audit list|audit verify|recall tool--x --reason y|recall list
recall send 1 --to us-cert --policy policy --identity identity--0c7b5b88-8ff7-4a4d-aa9d-feb398cd0099 -o notice.json
recall answer 1 11111111-1111-4111-8111-111111111111|overlap key|overlap offer one --to them --policy policy --tlp green -o 1.msg
overlap answer 1.msg one --to them --policy policy --tlp green -o 2.msg|overlap finish 2.msg --to them --policy policy|overlap result 2.msg --to them --policy policy|casebook move casebook copy
stix validate out.json|stix lift out.json|completion bash|version|help""".replace("\n", "|").split("|")
# These are meant to: each must be stopped, which shows that the filter does what it is for.
MEANT = ["serve --page 127.0.0.1:0", "pull them", "push them out.json --policy policy", "sync them out.json --policy policy",
         "taxii check https://127.0.0.1:1/api/", "watch -i feed --once --send http://127.0.0.1:1/ one/list"]
failures, covered = 0, set()
listed = re.findall(r"^  ([a-z]+(?: [a-z]+)?)  ", subprocess.run([HALLMARK, "help"], capture_output=True, text=True).stdout, re.M)
for line in QUIET:
    code, said = run(line)
    covered |= {name for name in listed if line == name or line.startswith(name + " ")}
    if code < 0 or code == 99 or "internal error" in said:
        failures += 1
        print(f"FAILED: hallmark {line}: ended by {code}: it wanted a socket? {said}")
subprocess.run([HALLMARK, *"partner add them --url https://203.0.113.1/api/ --collection x --token-file feed".split()], check=True, capture_output=True)
subprocess.run([HALLMARK, *"partner trust them --pin sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".split()], capture_output=True)
for line in MEANT:
    code, said = run(line)
    covered |= {name for name in listed if line == name or line.startswith(name + " ")}
    if code != -signal.SIGSYS:
        failures += 1
        print(f"FAILED: hallmark {line}: ended with {code}, but it should have wanted a socket: {said}")
for name in sorted(set(listed) - covered):
    failures += 1
    print(f"FAILED: {name} is tried by nobody here")
print(f"{len(QUIET)} command lines without a socket, {len(MEANT)} that are meant to have one; {failures} failures")
sys.exit(bool(failures))
