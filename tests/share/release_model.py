#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The release rules a second time, from docs/RELEASE.md alone, compared with the program.

usage: release_model.py DRIVER [DECISIONS [SEED]]

Random policies and sets of objects are given to both; every answer, rule and list of what went must agree.
Each set is then asked again without the objects that were held: the bundle must be the same bytes.
"""
import copy
import json
import random
import subprocess
import sys
import uuid

TLP = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "clear",
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "green",
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "amber",
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "red",
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": "clear",
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": "green",
    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": "amber",
    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": "amber+strict",
    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": "red",
}
ORDER = ["malformed", "no-marking", "unknown-marking", "tlp-red", "tlp-amber-strict", "tlp-amber", "tlp-green",
         "pap", "releasable", "statement", "too-open"]
CORE = {"type", "spec_version", "id", "created", "modified", "object_marking_refs", "granular_markings"}
DEFINITIONS = ("marking-definition", "extension-definition")
# What STIX 2.1 requires of the types that are generated here, beyond the core.
REQUIRED = {
    "tool": ["name"], "identity": ["name"], "report": ["name", "published", "object_refs"],
    "note": ["content", "object_refs"], "relationship": ["relationship_type", "source_ref", "target_ref"],
    "sighting": ["sighting_of_ref"], "language-content": ["object_ref", "contents"], "ipv4-addr": ["value"],
    "file": [], "directory": ["path"], "marking-definition": [],
    "indicator": ["pattern", "pattern_type", "valid_from"],
}
ONE_OF = {"file": ["hashes", "name"], "marking-definition": ["definition_type", "extensions"]}
NEEDS = {"marking-definition": [("definition_type", "definition"), ("definition", "definition_type")]}
CONTRIBUTE = {"file": ["hashes", "name", "extensions", "parent_directory_ref"], "ipv4-addr": ["value"],
              "directory": ["path"]}


class Policy:
    def __init__(self, text):
        self.partners, self.red, self.statement, self.releasable, self.known = {}, set(), {}, {}, set()
        self.unmarked = None
        for line in text.splitlines():
            words = line.split("#")[0].split()
            if not words:
                continue
            if words[0] == "partner":
                self.partners[words[1]] = {"id": words[2].lower(), "kind": words[3],
                                           "groups": [w.lower() for w in words[5:]]}
            elif words[0] == "red":
                self.red.add(words[1].lower())
            elif words[0] == "statement":
                self.statement[words[1].lower()] = words[2]
            elif words[0] == "releasable":
                self.releasable[words[1].lower()] = {w.lower() for w in words[2:]}
            elif words[0] == "unmarked":
                self.unmarked = words[1].lower()
            elif words[0] == "known":
                self.known.add(words[1].lower())


def meanings(objects):
    found = {}
    for o in objects:
        if not isinstance(o, dict) or o.get("type") != "marking-definition" or not good_id(o):
            continue
        if o["id"].lower() in TLP:
            continue
        m = ("unknown",)
        kind = o.get("definition_type")
        if kind == "statement":
            if isinstance(o.get("definition"), dict) and isinstance(o["definition"].get("statement"), str):
                m = ("statement",)
        else:
            pap = None
            if kind == "pap" and isinstance(o.get("definition"), dict):
                pap = o["definition"].get("pap")
            elif "definition_type" not in o and isinstance(o.get("extensions"), dict) and len(o["extensions"]) == 1:
                inner = list(o["extensions"].values())[0]
                pap = inner.get("pap") if isinstance(inner, dict) else None
            if pap in ("clear", "white", "green", "amber", "red"):
                m = ("pap", "clear" if pap == "white" else pap)
        key = o["id"].lower()
        found[key] = m if found.get(key, m) == m else ("unknown",)
    return found


def judge(markings, policy, partner, purpose, known, granular=False):
    no, opened = set(), False
    if not markings:
        no.add("no-marking")
    for m in (x.lower() for x in markings):
        if m in TLP:
            opened = True
            level = TLP[m]
            if level == "red" and partner["id"] not in policy.red:
                no.add("tlp-red")
            if level == "amber+strict" and partner["kind"] != "own":
                no.add("tlp-amber-strict")
            if level == "amber" and partner["kind"] not in ("own", "client"):
                no.add("tlp-amber")
            if level == "green" and partner["kind"] == "public":
                no.add("tlp-green")
        elif m in policy.releasable:
            opened = True
            if not policy.releasable[m] & set([partner["id"]] + partner["groups"]):
                no.add("releasable")
        elif known.get(m, ("unknown",))[0] == "pap":
            level = known[m][1]
            if level == "red" and purpose != "inform":
                no.add("pap")
            if level == "amber" and (purpose == "publish" or (purpose == "respond" and partner["kind"] != "own")):
                no.add("pap")
            if level == "green" and purpose == "publish":
                no.add("pap")
        elif known.get(m, ("unknown",))[0] == "statement" and m in policy.statement:
            if policy.statement[m] == "deny":
                no.add("statement")
        else:
            no.add("unknown-marking")
    if not opened and not granular:
        no.add("too-open")
    for rule in ORDER:
        if rule in no:
            return rule
    return "allowed"


def is_uuid(text):
    try:
        return len(text) == 36 and str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def is_id(text):
    return isinstance(text, str) and len(text) > 41 and text[-38:-36] == "--" and is_uuid(text[-36:])


def good_id(o):
    return is_id(o.get("id")) and isinstance(o.get("type"), str) and o["id"].lower()[:-38] == o["type"]


def select(o, selector):
    at = o
    for step in selector.split("."):
        if step.startswith("["):
            index = step[1:-1]
            if not isinstance(at, list) or not index.isdigit() or int(index) >= len(at):
                return False
            at = at[int(index)]
        elif not isinstance(at, dict) or step not in at:
            return False
        else:
            at = at[step]
    return True


def malformed(o):
    if not isinstance(o, dict) or not good_id(o):
        return True
    for g in o.get("granular_markings", []):
        for s in g["selectors"]:
            if not select(o, s):
                return True
    return False


def references(o):
    """(top-level property, element or None, target)"""
    found = []

    def inside(value, top, depth):
        items = value.items() if isinstance(value, dict) else [("", v) for v in value] if isinstance(value, list) else []
        for key, v in items:
            t = key if depth == 0 else top
            if depth == 0 and key in ("object_marking_refs", "granular_markings"):
                continue
            if key.endswith("_ref") and is_id(v):
                found.append((t, None, v.lower()))
            if key.endswith("_refs") and isinstance(v, list):
                for i, e in enumerate(v):
                    if is_id(e):
                        found.append((t, i if depth == 0 else None, e.lower()))
            inside(v, t, depth + 1)

    inside(o, None, 0)
    return found


def valid(o):
    kind = o["type"]
    if any(p not in o for p in REQUIRED[kind]):
        return False
    if kind in ONE_OF and not any(p in o for p in ONE_OF[kind]):
        return False
    return not any(a in o and b not in o for a, b in NEEDS.get(kind, []))


def redact(o, gone_by_marking, gone_refs):
    """None: cannot be done. Otherwise what is left, and the properties that changed, in the object's order."""
    whole = set(gone_by_marking)
    elements = {}
    for prop, element, _ in gone_refs:
        if element is None:
            whole.add(prop)
        else:
            elements.setdefault(prop, set()).add(element)
    left, changed, deep = {}, [], set()
    for g in o.get("granular_markings", []):
        deep |= {s.split(".")[0] for s in g["selectors"] if "." in s}
    lost = set(whole)
    for prop, value in o.items():
        if prop not in whole and prop in elements:
            if len(elements[prop]) == len(value):
                lost.add(prop)
    for prop, value in o.items():
        if prop in lost:
            if prop in CORE:
                return None
            changed.append(prop)
        elif prop in elements:
            if prop in deep:
                return None
            left[prop] = [v for i, v in enumerate(value) if i not in elements[prop]]
            changed.append(prop)
        elif prop == "granular_markings":
            kept = []
            for g in value:
                stay = [s for s in g["selectors"] if s.split(".")[0] not in lost]
                if stay:
                    kept.append({**g, "selectors": stay})
            if kept:
                left[prop] = kept
        else:
            left[prop] = value
    if not valid(left):
        return None
    if o["type"] in CONTRIBUTE and o["id"][-22] == "5":
        if any(p in CONTRIBUTE[o["type"]] for p in changed):
            return None
    return left, changed


def decide(policy, partner_name, purpose, objects):
    partner = policy.partners[partner_name]
    known = meanings(objects)
    n = len(objects)
    answers = [None] * n
    by_marking = [set() for _ in range(n)]
    state = ["leave"] * n
    for i, o in enumerate(objects):
        if malformed(o):
            state[i], answers[i] = "hold", ("hold", "malformed", [])
            continue
        own = o.get("object_marking_refs", [])
        if not own and policy.unmarked:
            own = [policy.unmarked]
        if own or o["type"] not in DEFINITIONS:
            rule = judge(own, policy, partner, purpose, known)
            if rule != "allowed":
                state[i], answers[i] = "hold", ("hold", rule, [])
                continue
        for g in o.get("granular_markings", []):
            if "marking_ref" in g:
                if judge([g["marking_ref"]], policy, partner, purpose, known, True) != "allowed":
                    by_marking[i] |= {s.split(".")[0] for s in g["selectors"]}
    outs = list(objects)
    while True:
        leaving = {objects[i]["id"].lower() for i in range(n) if state[i] == "leave"}
        redacted = set()
        changed = False
        for i, o in enumerate(objects):
            if state[i] != "leave":
                continue
            gone = [r for r in references(o) if r[2] not in leaving and r[2] not in policy.known]
            if not gone and not by_marking[i]:
                answers[i], outs[i] = ("release", "allowed", []), o
                continue
            rule = "redaction" if by_marking[i] else "reference"
            done = redact(o, by_marking[i], gone)
            if done is None:
                state[i], answers[i], changed = "hold", ("hold", rule, []), True
            else:
                outs[i], answers[i] = done[0], ("redact", rule, done[1])
                redacted.add(o["id"].lower())
        for i, o in enumerate(objects):
            if state[i] == "leave" and o["type"] == "language-content" and o["object_ref"].lower() in redacted:
                state[i], answers[i], changed = "hold", ("hold", "reference", []), True
        if not changed:
            break
    used = set()

    def use(o):
        more = set(m.lower() for m in o.get("object_marking_refs", []))
        more |= {g["marking_ref"].lower() for g in o.get("granular_markings", []) if "marking_ref" in g}
        more |= {k.lower() for k in o.get("extensions", {})}
        more |= {r[2] for r in references(o)}
        for m in more - used:
            used.add(m)
            for k in range(n):
                if state[k] == "leave" and objects[k]["type"] in DEFINITIONS and objects[k]["id"].lower() == m:
                    use(outs[k])

    for i in range(n):
        if state[i] == "leave" and objects[i]["type"] not in DEFINITIONS:
            use(outs[i])
    for i in range(n):
        if state[i] == "leave" and objects[i]["type"] in DEFINITIONS and objects[i]["id"].lower() not in used:
            answers[i] = ("hold", "unreferenced", [])
    return answers


# -- Random worlds.

def make_world(rng):
    def fresh(kind, version=4):
        u = list(str(uuid.UUID(int=rng.getrandbits(128), version=4)))
        u[14] = str(version)
        return kind + "--" + "".join(u)

    groups = [fresh("g")[3:] for _ in range(3)]
    lines, names = [], []
    for k in range(rng.randint(1, 4)):
        kind = rng.choice(["own", "client", "community", "public"])
        mine = rng.sample(groups, rng.randint(0, 2))
        pid = fresh("p")[3:]
        names.append(("partner%d" % k, pid))
        lines.append("partner partner%d %s %s%s" % (k, pid, kind, " group " + " ".join(mine) if mine else ""))
        if rng.random() < 0.3:
            lines.append("red " + (pid.upper() if rng.random() < 0.3 else pid))
    objects, markings = [], list(TLP)
    stamp = "2020-01-0%dT00:00:00.000Z"
    for _ in range(rng.randint(0, 5)):
        mid = fresh("marking-definition")
        o = {"type": "marking-definition", "spec_version": "2.1", "id": mid, "created": stamp % 1}
        what = rng.choice(["statement", "pap-ext", "pap", "odd", "releasable", "absent"])
        if what == "statement":
            o.update(definition_type="statement", definition={"statement": "Copyright"})
            if rng.random() < 0.8:
                lines.append("statement %s %s" % (mid, rng.choice(["allow", "allow", "deny"])))
        elif what == "pap-ext":
            o["extensions"] = {fresh("extension-definition"):
                               {"extension_type": "property-extension",
                                "pap": rng.choice(["clear", "white", "green", "amber", "red", "blue"])}}
        elif what == "pap":
            o.update(definition_type="pap", definition={"pap": rng.choice(["green", "amber", "red"])})
        elif what == "odd":
            o.update(definition_type="other", definition={"x": 1})
        elif what == "releasable":
            o["extensions"] = {fresh("extension-definition"): {"extension_type": "property-extension", "to": "list"}}
            listed = rng.sample(groups + [p for _, p in names], rng.randint(0, 3))
            lines.append("releasable %s %s" % (mid, " ".join(listed)))
        if what != "absent":
            if rng.random() < 0.2:
                o["object_marking_refs"] = [rng.choice(list(TLP))]
            objects.append(o)
        markings.append(mid)
    if rng.random() < 0.3:
        lines.append("unmarked " + rng.choice(markings))
    ids = []

    def pick():
        return rng.choice(ids) if ids and rng.random() < 0.9 else fresh("tool")

    def pick_sdo():
        good = [i for i in ids if i.split("--")[0] in ("tool", "identity", "indicator", "report", "note")]
        return rng.choice(good) if good and rng.random() < 0.9 else fresh("tool")

    for _ in range(rng.randint(1, 14)):
        kind = rng.choice(["tool", "identity", "report", "note", "relationship", "sighting", "language-content",
                           "ipv4-addr", "file", "directory", "indicator", "tool"])
        sco = kind in ("ipv4-addr", "file", "directory")
        o = {"type": kind, "id": fresh(kind, rng.choice([4, 5]) if sco else 4)}
        if not sco:
            o.update(spec_version="2.1", created=stamp % 1, modified=stamp % rng.randint(1, 3))
        if kind in ("tool", "identity"):
            o["name"] = "n"
            if rng.random() < 0.5:
                o["description"] = "d"
        elif kind == "report":
            o.update(name="r", published=stamp % 1, object_refs=[pick() for _ in range(rng.randint(1, 4))])
        elif kind == "note":
            o.update(content="c", object_refs=[pick() for _ in range(rng.randint(1, 3))])
        elif kind == "relationship":
            o.update(relationship_type="related-to", source_ref=pick_sdo(), target_ref=pick_sdo())
        elif kind == "sighting":
            o.update(sighting_of_ref=pick_sdo(), description="s")
        elif kind == "language-content":
            o.update(object_ref=pick(), contents={"ko": {"name": "x"}})
        elif kind == "ipv4-addr":
            o.update(value="198.51.100.%d" % rng.randint(0, 255))
        elif kind == "directory":
            o.update(path="/tmp")
        elif kind == "file":
            if rng.random() < 0.7:
                o["name"] = "f"
            if rng.random() < 0.5 or "name" not in o:
                o["hashes"] = {"MD5": "b365b9a80a06906fc9b400c06c33ff43"}
            o["size"] = 3
            folders = [i for i in ids if i.startswith("directory--")]
            if folders and rng.random() < 0.6:
                o["parent_directory_ref"] = rng.choice(folders)
            if folders and rng.random() < 0.3:
                o["extensions"] = {"archive-ext": {"contains_refs": [rng.choice(folders)]}}
        elif kind == "indicator":
            o.update(pattern="[url:value = 'http://a.example/']", pattern_type="stix", valid_from=stamp % 1,
                     name="i", labels=["a", "b", "c"])
        if not sco and kind != "identity" and rng.random() < 0.3:
            people = [i for i in ids if i.startswith("identity--")]
            if people:
                o["created_by_ref"] = rng.choice(people)
        if rng.random() < 0.9:
            o["object_marking_refs"] = [rng.choice(markings[:9] if rng.random() < 0.7 else markings)
                                        for _ in range(rng.choice([1, 1, 1, 2, 3]))]
            if rng.random() < 0.1:
                o["object_marking_refs"][0] = o["object_marking_refs"][0].upper().replace(
                    "MARKING-DEFINITION", "marking-definition")
        if rng.random() < 0.35:
            o["granular_markings"] = []
            for _ in range(rng.randint(1, 2)):
                props = [p for p in o if p != "granular_markings"]
                if rng.random() < 0.9:
                    props = [p for p in props if p not in CORE] or props
                selectors = []
                for p in rng.sample(props, rng.randint(1, min(2, len(props)))):
                    deep = isinstance(o[p], list) and rng.random() < 0.4
                    selectors.append(p + ".[%d]" % rng.randrange(len(o[p])) if deep else p)
                if rng.random() < 0.04:
                    selectors.append("nothing.here")
                if rng.random() < 0.15:
                    o["granular_markings"].append({"lang": "ko", "selectors": selectors})
                else:
                    o["granular_markings"].append({"marking_ref": rng.choice(markings), "selectors": selectors})
        if rng.random() < 0.02:
            o["id"] = rng.choice(["x", "tool--" + o["id"][-36:-1], "other--" + o["id"][-36:]])
        elif ids and rng.random() < 0.08:
            same = [i for i in ids if i.startswith(kind + "--")]
            o["id"] = rng.choice(same) if same else o["id"]
        if is_id(o["id"]) and o["id"].startswith(kind + "--"):
            ids.append(o["id"])
        objects.append(o)
    for i in ids:
        if rng.random() < 0.04:
            line = "known " + i
            if line not in lines:
                lines.append(line)
    rng.shuffle(objects)
    rng.shuffle(lines)
    return "\n".join(lines) + "\n", [n for n, _ in names], objects


def main():
    driver, want = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    rng = random.Random(seed)
    process = subprocess.Popen([driver], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(policy, partner, purpose, objects):
        process.stdin.write(json.dumps({"policy": policy, "partner": partner, "purpose": purpose,
                                        "objects": objects}) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    decisions = worlds = 0
    counted = {}
    while decisions < want:
        text, names, objects = make_world(rng)
        partner, purpose = rng.choice(names), rng.choice(["detect", "respond", "inform", "publish"])
        expected = [list(a) for a in decide(Policy(text), partner, purpose, copy.deepcopy(objects))]
        got = ask(text, partner, purpose, objects)
        for o, e, g in zip(objects, expected, got["answers"]):
            if e != g:
                print("seed", seed, "decision", decisions, "\n", text, partner, purpose)
                print(json.dumps(o), "\nexpected", e, "\ngot     ", g)
                print("world:", json.dumps(objects))
                return 1
            counted[g[0], g[1]] = counted.get((g[0], g[1]), 0) + 1
        decisions += len(objects)
        # Two worlds: without what was held, but for what says what a marking means.
        seen = [o for o, a in zip(objects, got["answers"]) if a[0] != "hold" or o.get("type") in DEFINITIONS]
        rng.shuffle(seen)
        other = ask(text, partner, purpose, seen)
        if other["bundle"] != got["bundle"]:
            print("seed", seed, "two worlds differ\n", text, partner, purpose, json.dumps(objects))
            return 1
        worlds += 1
    process.stdin.close()
    process.wait()
    print("%d decisions and %d two-world pairs agree" % (decisions, worlds))
    for key in sorted(counted):
        print("  %-8s %-18s %d" % (key + (counted[key],)))
    missing = [r for r in ORDER + ["redaction", "reference", "unreferenced"] if not any(k[1] == r for k in counted)]
    if missing:
        print("never seen:", missing)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
