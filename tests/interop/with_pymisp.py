#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""with_pymisp.py HALLMARK - PyMISP (from PyPI) and Hallmark read each other's events.

Exit code 77 says that PyMISP is not installed.
"""
import json
import os
import subprocess
import sys
import tempfile

try:
    from pymisp import MISPEvent, MISPObject
except ImportError:
    print("PyMISP is not installed: left out")
    sys.exit(77)

SHA256 = "01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b"


def main(hallmark, house):
    env = dict(os.environ, HALLMARK_CASEBOOK=house + "/casebook", HALLMARK_STATE=house + "/state", NO_COLOR="1")

    def run(*words):
        return subprocess.run([hallmark, *words], env=env, check=True, capture_output=True, text=True).stdout

    event = MISPEvent()
    event.info = "from PyMISP"
    event.add_attribute("ip-dst", "45.77.9.9", to_ids=True)
    event.add_attribute("filename|md5", "a.exe|0123456789abcdef0123456789abcdef", to_ids=True)
    event.add_tag("tlp:green")
    thing = MISPObject("file")
    thing.add_attribute("sha256", SHA256)
    event.add_object(thing)
    with open(house + "/in.json", "w", encoding="utf-8") as file:
        file.write('{"Event":' + event.to_json() + "}")
    run("init")
    run("add", "theirs", house + "/in.json", "--allow-weak-jail")
    for class_name, value in (("address", "45.77.9.9"), ("sha256", SHA256), ("file-name", "a.exe"),
                              ("md5", "0123456789abcdef0123456789abcdef")):
        values = [trait["value"] for trait in json.loads(run("show", "theirs", "--class", class_name, "--json"))["traits"]]
        assert value in values, (class_name, values)

    run("export", "theirs", "--format", "misp-feed", "--tlp", "green", "-o", house + "/feed")
    with open(house + "/feed/manifest.json", encoding="utf-8") as file:
        (uuid,) = json.load(file)
    ours = MISPEvent()
    ours.load_file(f"{house}/feed/{uuid}.json")
    values = {(attribute.type, attribute.value): attribute for attribute in ours.attributes}
    assert values["ip-dst", "45.77.9.9"].to_ids is True
    assert ("sha256", SHA256) in values
    assert [tag.name for tag in ours.tags] == ["tlp:green"]

    assert uuid in ours.manifest
    print(f"PyMISP and Hallmark agree on {len(values)} attributes")


with tempfile.TemporaryDirectory() as folder:
    main(sys.argv[1], folder)
