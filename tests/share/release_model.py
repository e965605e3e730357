#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""release_model.py - the release rules a second time, written from docs/RELEASE.md alone, and a judge.

usage: release_model.py DRIVER DECISIONS SEED [SESSIONS]

Random policies and random sets of objects go to the program (release_driver.c) and to the model below until
DECISIONS objects were decided about; every answer, rule, set of properties taken out and every byte that leaves is
compared. Then SESSIONS two-world sessions: a collection grows and is asked for by several partners, once with the
objects they may not have and once without; what leaves must be the same bytes.

The model knows the parts of STIX 2.1 that the generator uses (REQUIRED below), from the specification. Where the text
does not decide a case, the case is left out and counted ("undecided").
"""
import json
import random
import re
import subprocess
import sys
import uuid

UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", re.I)
ID = re.compile(r"^([a-z0-9-]{3,250})--([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$", re.I)
CLEAR, GREEN, AMBER, STRICT, RED = range(5)
TLP = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": CLEAR,
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": GREEN,
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": AMBER,
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": RED,
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": CLEAR,
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": GREEN,
    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": AMBER,
    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": STRICT,
    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": RED,
}
PAP_LEVELS = {"clear": CLEAR, "white": CLEAR, "green": GREEN, "amber": AMBER, "red": RED}
DEFINITIONS = ("marking-definition", "extension-definition")
ORDER = ["no-marking", "unknown-marking", "tlp-red", "tlp-amber-strict", "tlp-amber", "tlp-green", "pap", "releasable",
         "statement", "too-open"]
NEVER_GO = {"type", "spec_version", "id", "created", "modified", "object_marking_refs", "granular_markings"}


class Undecided(Exception):
    """The text of the rules says nothing about this."""


# ---------------------------------------------------------------- what of STIX 2.1 is needed

REQUIRED = {
    "tool": ["name"], "identity": ["name"], "campaign": ["name"], "malware": ["is_family"],
    "indicator": ["pattern", "pattern_type", "valid_from"],
    "relationship": ["relationship_type", "source_ref", "target_ref"],
    "sighting": ["sighting_of_ref"], "note": ["content", "object_refs"],
    "opinion": ["opinion", "object_refs"], "report": ["name", "published", "object_refs"],
    "grouping": ["context", "object_refs"], "language-content": ["object_ref", "contents"],
    "marking-definition": [], "extension-definition": ["created_by_ref", "name", "schema", "version",
                                                       "extension_types"],
    "domain-name": ["value"], "file": [], "network-traffic": ["protocols"], "email-message": ["is_multipart"],
    "process": [],
}
OBSERVABLE = {"domain-name": ["value"], "file": ["hashes", "name", "parent_directory_ref", "extensions"],
              "network-traffic": ["start", "end", "src_ref", "dst_ref", "src_port", "dst_port", "protocols",
                                  "extensions"],
              "email-message": ["from_ref", "subject", "body"], "process": []}


def is_valid(thing):
    """Is what is left of an object that was valid, still valid?"""
    kind = thing["type"]
    if any(name not in thing for name in REQUIRED[kind]) or any(value == [] or value == {} for value in thing.values()):
        return False
    if kind == "file" and "hashes" not in thing and "name" not in thing:
        return False
    if kind == "network-traffic" and "src_ref" not in thing and "dst_ref" not in thing:
        return False
    if kind == "process" and not set(thing) - {"type", "id", "spec_version", "object_marking_refs",
                                               "granular_markings", "defanged"}:
        return False
    if kind == "marking-definition" and "extensions" not in thing and "definition" not in thing:
        return False
    if kind == "email-message" and not thing["is_multipart"] and "body_multipart" in thing:
        return False
    return True


def steps(selector):
    return selector.split(".")


def selects(thing, selector):
    at = thing
    for step in steps(selector):
        element = re.match(r"^\[(\d+)\]$", step)
        if element:
            if not isinstance(at, list) or int(element.group(1)) >= len(at):
                return False
            at = at[int(element.group(1))]
        elif isinstance(at, dict) and step in at:
            at = at[step]
        else:
            return False
    return True


# ---------------------------------------------------------------- the rules

class Policy:
    def __init__(self):
        self.partners = {}      # name -> (id, kind, groups)
        self.red, self.known = set(), set()
        self.statement, self.releasable = {}, {}
        self.unmarked = None


class Model:
    """Decides about one set of objects for one partner and purpose."""

    def __init__(self, policy, partner, purpose, objects):
        self.policy, self.purpose, self.objects = policy, purpose, objects
        self.id, self.kind, self.groups = policy.partners[partner]
        self.meanings = {}
        self.own = {}
        for thing in objects:
            if isinstance(thing, dict) and thing.get("type") == "marking-definition" and isinstance(thing.get("id"), str):
                self.meanings.setdefault(thing["id"].lower(), []).append(self.read_definition(thing))

    @staticmethod
    def read_definition(thing):
        if "definition_type" not in thing:
            extensions = thing.get("extensions")
            if isinstance(extensions, dict) and len(extensions) == 1:
                inside = next(iter(extensions.values()))
                if isinstance(inside, dict) and inside.get("pap") in PAP_LEVELS:
                    return ("pap", PAP_LEVELS[inside["pap"]])
            return None
        definition = thing.get("definition")
        if thing["definition_type"] == "statement" and isinstance(definition, dict) \
                and isinstance(definition.get("statement"), str):
            return ("statement", None)
        if thing["definition_type"] == "pap" and isinstance(definition, dict) and definition.get("pap") in PAP_LEVELS:
            return ("pap", PAP_LEVELS[definition["pap"]])
        return None

    def understand(self, marking):
        """(kind, value) or None for an unknown marking."""
        marking = marking.lower()
        if marking in self.policy.releasable:
            return ("releasable", self.policy.releasable[marking])
        if marking in TLP:
            return ("tlp", TLP[marking])
        said = self.meanings.get(marking, [])
        if not said or any(one != said[0] for one in said):
            return None
        if said[0] is not None and said[0][0] == "statement":
            allowed = self.policy.statement.get(marking)
            return None if allowed is None else ("statement", allowed)
        return said[0]

    def judge_one(self, marking):
        """The names of the rules that say no to this marking, and whether it opens."""
        meaning = self.understand(marking)
        if meaning is None:
            return {"unknown-marking"}, False
        kind, value = meaning
        no = set()
        if kind == "tlp":
            if value == RED and self.id not in self.policy.red:
                no.add("tlp-red")
            if value == STRICT and self.kind != "own":
                no.add("tlp-amber-strict")
            if value == AMBER and self.kind not in ("own", "client"):
                no.add("tlp-amber")
            if value == GREEN and self.kind == "public":
                no.add("tlp-green")
        if kind == "pap":
            if value == RED and self.purpose != "inform":
                no.add("pap")
            if value == AMBER and (self.purpose == "publish" or (self.purpose == "respond" and self.kind != "own")):
                no.add("pap")
            if value == GREEN and self.purpose == "publish":
                no.add("pap")
        if kind == "releasable" and self.id not in value and not (value & self.groups):
            no.add("releasable")
        if kind == "statement" and not value:
            no.add("statement")
        return no, kind in ("tlp", "releasable")

    def judge(self, markings, granular=False):
        """None when the set allows, else the rule."""
        no, opens = set(), False
        if not markings:
            no.add("no-marking")
        for marking in markings:
            says, one_opens = self.judge_one(marking)
            no |= says
            opens |= one_opens
        if not granular and not opens:
            no.add("too-open")
        return next((rule for rule in ORDER if rule in no), None)

    def malformed(self, thing):
        if not isinstance(thing, dict) or not isinstance(thing.get("id"), str) or not isinstance(thing.get("type"), str):
            return True
        form = ID.match(thing["id"])
        if not form or form.group(1) != thing["type"]:
            return True
        return any(not selects(thing, selector)
                   for granular in thing.get("granular_markings", []) for selector in granular["selectors"])

    def first_look(self, thing):
        """(rule that holds, or None; properties that must go because of granular markings)"""
        if self.malformed(thing):
            return "malformed", set()
        markings = thing.get("object_marking_refs", [])
        if not markings and self.policy.unmarked:
            markings = [self.policy.unmarked]
        if markings or thing["type"] not in DEFINITIONS:
            rule = self.judge(markings)
            if rule:
                return rule, set()
        go = set()
        for granular in thing.get("granular_markings", []):
            if "marking_ref" in granular and self.judge([granular["marking_ref"]], granular=True):
                go |= {steps(selector)[0] for selector in granular["selectors"]}
        return None, go

    def dangles(self, target, leaving):
        return ID.match(target) and target.lower() not in leaving and target.lower() not in self.policy.known

    def nested_dangles(self, value, leaving):
        if isinstance(value, dict):
            for name, inner in value.items():
                if name.endswith("_ref") and isinstance(inner, str) and self.dangles(inner, leaving):
                    return True
                if name.endswith("_refs") and isinstance(inner, list) and any(
                        isinstance(one, str) and self.dangles(one, leaving) for one in inner):
                    return True
                if self.nested_dangles(inner, leaving):
                    return True
        if isinstance(value, list):
            return any(self.nested_dangles(inner, leaving) for inner in value)
        return False

    def what_goes(self, thing, leaving):
        """(whole properties, {property: elements} of top-level lists) that must go for references."""
        whole, parts = set(), {}
        for name, value in thing.items():
            if name in ("object_marking_refs", "granular_markings"):
                continue
            if name.endswith("_ref") and isinstance(value, str) and self.dangles(value, leaving):
                whole.add(name)
            elif name.endswith("_refs") and isinstance(value, list):
                gone = [at for at, one in enumerate(value) if isinstance(one, str) and self.dangles(one, leaving)]
                if gone:
                    parts[name] = gone
            elif self.nested_dangles(value, leaving):
                whole.add(name)
        return whole, parts

    def decide_one(self, at, leaving, redacted_ids, used):
        """(answer, rule, properties that went, what leaves)"""
        thing = self.objects[at]
        rule, by_marking = self.own[at]
        if rule:
            return "hold", rule, set(), None
        whole, parts = self.what_goes(thing, leaving)
        because = "redaction" if by_marking else "reference"
        parts = {name: gone for name, gone in parts.items() if name not in by_marking}
        whole |= by_marking
        if thing["type"] == "language-content" and thing.get("object_ref", "").lower() in redacted_ids:
            if by_marking and (whole or parts):
                raise Undecided
            return "hold", "reference", set(), None
        if whole or parts:
            changed = self.redact(thing, whole, parts)
            if changed is None:
                return "hold", because, set(), None
            answer = ("redact", because, whole | set(parts), changed)
        else:
            answer = ("release", "allowed", set(), thing)
        if thing["type"] in DEFINITIONS and not used(at):
            return "hold", "unreferenced", set(), None
        return answer

    def redact(self, thing, whole, parts):
        """What is left, or None when the object must be held instead."""
        if whole & NEVER_GO:
            return None
        left = {}
        gone = set(whole)
        for name, value in thing.items():
            if name in whole:
                continue
            if name in parts:
                value = [one for at, one in enumerate(value) if at not in parts[name]]
                for granular in thing.get("granular_markings", []):
                    if any(steps(s)[0] == name and len(steps(s)) > 1 for s in granular["selectors"]):
                        return None
                if not value:
                    gone.add(name)
                    continue
            left[name] = value
        if "granular_markings" in left:
            kept = []
            for granular in left["granular_markings"]:
                selectors = [s for s in granular["selectors"] if steps(s)[0] not in gone]
                if selectors:
                    kept.append(dict(granular, selectors=selectors))
            left["granular_markings"] = kept
            if not kept:
                del left["granular_markings"]
        if not is_valid(left):
            return None
        if thing["type"] in OBSERVABLE and thing["id"][-22] == "5" and \
                any(name in whole or name in parts for name in OBSERVABLE[thing["type"]]):
            return None
        return left

    @staticmethod
    def names_in(thing):
        """Every id that an object, as it leaves, uses."""
        names = set(one.lower() for one in thing.get("object_marking_refs", []))
        names |= {g["marking_ref"].lower() for g in thing.get("granular_markings", []) if "marking_ref" in g}

        def walk(value, top):
            if isinstance(value, dict):
                for name, inner in value.items():
                    if top and name in ("object_marking_refs", "granular_markings"):
                        continue
                    if name.endswith("_ref") and isinstance(inner, str):
                        names.add(inner.lower())
                    if name.endswith("_refs") and isinstance(inner, list):
                        names.update(one.lower() for one in inner if isinstance(one, str))
                    if name == "extensions" and top and isinstance(inner, dict):
                        names.update(key.lower() for key in inner)
                    walk(inner, False)
            elif isinstance(value, list):
                for inner in value:
                    walk(inner, False)
        walk(thing, True)
        return names

    def decide(self):
        count = len(self.objects)
        self.own = [self.first_look(thing) for thing in self.objects]
        answers = [("hold", rule, set(), None) if rule else ("release", "allowed", set(), self.objects[at])
                   for at, (rule, _) in enumerate(self.own)]
        while True:
            leaving, redacted = set(), set()
            definitions, reached = [], set()
            for at, answer in enumerate(answers):
                if answer[0] == "hold":
                    continue
                name = self.objects[at]["id"].lower()
                leaving.add(name)
                if answer[0] == "redact":
                    redacted.add(name)
                if self.objects[at]["type"] in DEFINITIONS:
                    definitions.append((name, self.names_in(answer[3]) - {name}))
                else:
                    reached |= self.names_in(answer[3])
            grown = True
            while grown:  # use by definitions counts when they are used themselves
                before = len(reached)
                for name, names in definitions:
                    if name in reached:
                        reached |= names
                grown = len(reached) > before

            def used(at):
                return self.objects[at]["id"].lower() in reached

            fresh = [answers[at] if answers[at][0] == "hold" else self.decide_one(at, leaving, redacted, used)
                     for at in range(count)]
            if [one[:3] for one in fresh] == [one[:3] for one in answers] and \
                    [one[3] for one in fresh] == [one[3] for one in answers]:
                return fresh
            answers = fresh


# ---------------------------------------------------------------- random cases

class Case:
    KINDS = ["own", "client", "community", "public"]

    def __init__(self, rng):
        self.rng = rng
        self.policy = Policy()
        self.markings = list(TLP)
        self.objects = []
        self.text = self.make_policy()
        self.make_definitions()
        self.make_objects()

    def uuid(self, version="4"):
        digits = "%032x" % self.rng.getrandbits(128)
        return f"{digits[:8]}-{digits[8:12]}-{version}{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"

    def case(self, text):
        return text if self.rng.random() < 0.85 else text[:text.rindex("--") + 2] + text[text.rindex("--") + 2:].upper() \
            if "--" in text else text.upper()

    def make_policy(self):
        rng, policy = self.rng, self.policy
        groups = [self.uuid() for _ in range(3)]
        lines = ["# a policy"]
        for number in range(4):
            name, uuid, kind = f"p{number}", self.uuid(), rng.choice(self.KINDS)
            mine = rng.sample(groups, rng.randrange(3))
            policy.partners[name] = (uuid, kind, set(mine))
            lines.append(f"partner {name} {self.case(uuid)} {kind}" +
                         (" group " + " ".join(map(self.case, mine)) if mine else ""))
            if rng.random() < 0.3:
                policy.red.add(uuid)
                lines.append(f"red {self.case(uuid)}")
        everybody = groups + [one[0] for one in policy.partners.values()]
        self.statements = ["marking-definition--" + self.uuid() for _ in range(3)]
        for marking in self.statements:
            if rng.random() < 0.8:
                policy.statement[marking] = rng.random() < 0.6
                lines.append(f"statement {self.case(marking)} {'allow' if policy.statement[marking] else 'deny'}")
        self.lists = ["marking-definition--" + self.uuid() for _ in range(2)]
        for marking in self.lists:
            if rng.random() < 0.85:
                who = rng.sample(everybody, rng.randrange(5))
                policy.releasable[marking] = set(who)
                lines.append(f"releasable {self.case(marking)} " + " ".join(map(self.case, who)))
        self.paps = ["marking-definition--" + self.uuid() for _ in range(2)]
        self.unknown = ["marking-definition--" + self.uuid() for _ in range(2)]
        if rng.random() < 0.2:
            policy.unmarked = rng.choice(list(TLP) + self.statements + self.lists + self.paps)
            lines.append(f"unmarked {self.case(policy.unmarked)}")
        self.strangers = [f"tool--{self.uuid()}" for _ in range(2)] + [f"identity--{self.uuid()}"]
        for stranger in self.strangers:
            if rng.random() < 0.4:
                policy.known.add(stranger)
                lines.append(f"known {self.case(stranger)}")
        rng.shuffle(lines)
        return "\n".join(lines) + "\n"

    def some_markings(self, rate_bad):
        rng = self.rng
        marks = []
        if rng.random() > rate_bad:
            marks.append(rng.choice([m for m, level in TLP.items() if level <= rng.choice([0, 1, 1, 2, 4])]))
        if rng.random() < 0.25:
            marks.append(rng.choice(self.statements + self.lists + self.paps))
        if rng.random() < 0.1:
            marks.append(rng.choice(self.unknown + list(TLP)))
        return list(dict.fromkeys(marks))

    def mark(self, thing):
        marks = self.some_markings(0.12)
        if marks or self.rng.random() < 0.05:
            thing["object_marking_refs"] = marks

    def make_definitions(self):
        rng = self.rng
        for marking in self.statements + self.paps + self.lists + self.unknown:
            if rng.random() < (0.2 if marking in self.statements + self.paps else 0.7):
                continue
            for _ in range(2 if rng.random() < 0.08 else 1):
                thing = {"type": "marking-definition", "spec_version": "2.1", "id": marking,
                         "created": "2020-01-01T00:00:00.000Z"}
                kind = "statement" if marking in self.statements else "pap" if marking in self.paps else \
                    rng.choice(["statement", "other"])
                if rng.random() < 0.05:
                    kind = rng.choice(["statement", "pap", "other"])
                if kind == "statement":
                    thing["definition_type"] = "statement"
                    thing["definition"] = {"statement": "Copyright"}
                elif kind == "pap":
                    extension = "extension-definition--" + self.uuid()
                    thing["extensions"] = {extension: {"extension_type": "property-extension",
                                                       "pap": rng.choice(sorted(PAP_LEVELS) + ["purple"])}}
                    if rng.random() < 0.1:
                        thing["extensions"]["extension-definition--" + self.uuid()] = \
                            {"extension_type": "property-extension", "pap": "clear"}
                else:
                    thing["extensions"] = {"extension-definition--" + self.uuid():
                                           {"extension_type": "property-extension", "colour": "blue"}}
                if rng.random() < 0.3:
                    marks = [one for one in self.some_markings(0.1) if one != marking]
                    thing["object_marking_refs"] = marks or [next(iter(TLP))]
                if rng.random() < 0.1:
                    thing["created_by_ref"] = rng.choice(self.strangers)
                self.objects.append(thing)

    def make_objects(self):
        rng = self.rng
        self.ids = [one["id"] for one in self.objects] + self.strangers
        self.extensions = []
        for _ in range(rng.randrange(2)):
            thing = {"type": "extension-definition", "spec_version": "2.1", "id": "extension-definition--" + self.uuid(),
                     "created": "2020-01-01T00:00:00.000Z", "modified": "2020-01-01T00:00:00.000Z",
                     "created_by_ref": rng.choice(self.strangers), "name": "e", "schema": "https://example.com/e",
                     "version": "1", "extension_types": ["property-extension"]}
            self.extensions.append(thing["id"])
            self.objects.append(thing)
            self.ids.append(thing["id"])
        plan = [rng.choice(list(REQUIRED)) for _ in range(rng.randrange(2, 12))]
        plan = [kind for kind in plan if kind not in DEFINITIONS]
        self.contents = {}
        names = [self.name(kind) for kind in plan]
        self.ids += names
        made = []
        for kind, name in zip(plan, names):
            for version in range(2 if kind not in OBSERVABLE and rng.random() < 0.08 else 1):
                made.append(self.make(kind, name, version))
        for thing in made:
            if rng.random() < 0.03:
                made.append(thing)
                break
        if rng.random() < 0.06:
            made.append(rng.choice([7, "text", [], None, {"type": "tool"}, {"id": "tool--x", "type": "tool"},
                                    {"id": "tool--" + self.uuid(), "type": "note"}]))
        self.objects += made
        rng.shuffle(self.objects)

    def name(self, kind):
        """Observables get an id of version 5, made from what they will hold, or one of version 4."""
        rng = self.rng
        word = "%08x" % rng.getrandbits(32)
        holds = {"domain-name": {"value": word + ".example"}, "email-message": {"subject": word},
                 "file": rng.choice([{"name": word}, {"hashes": {"MD5": word * 4}},
                                     {"name": word, "hashes": {"MD5": word * 4}}])}.get(kind)
        if holds is None or rng.random() < 0.4:
            return f"{kind}--{self.uuid()}"
        canonical = json.dumps(holds, sort_keys=True, separators=(",", ":"))
        name = f"{kind}--{uuid.uuid5(uuid.UUID('00abedb4-aa42-466c-9c01-fed23315a9b7'), canonical)}"
        self.contents[name] = holds
        return name

    def target(self):
        return self.rng.choice(self.ids)

    def targets(self):
        return list(dict.fromkeys(self.target() for _ in range(self.rng.randrange(1, 4))))

    def make(self, kind, name, version):
        rng = self.rng
        thing = {"type": kind, "spec_version": "2.1", "id": name}
        if kind not in OBSERVABLE:
            thing["created"] = "2020-01-01T00:00:00.000Z"
            thing["modified"] = f"2020-01-0{1 + version}T00:00:00.000Z"
            if rng.random() < 0.2:
                thing["created_by_ref"] = rng.choice([i for i in self.ids if i.startswith("identity--")])
            if rng.random() < 0.3:
                thing["labels"] = [f"l{n}" for n in range(rng.randrange(1, 4))]
            if rng.random() < 0.2:
                thing["external_references"] = [{"source_name": "s", "description": "d"}]
        getattr(self, "make_" + kind.replace("-", "_"), self.make_named)(thing)
        if name in self.contents:
            for one in OBSERVABLE[kind]:
                thing.pop(one, None)
            thing.update(self.contents[name])
        if rng.random() < 0.15 and not (name in self.contents and kind == "file"):
            key = rng.choice(self.extensions) if self.extensions and rng.random() < 0.8 else \
                "extension-definition--" + self.uuid()
            inside = {"extension_type": "property-extension", "rank": 5}
            if rng.random() < 0.4:
                inside["deep"] = [{"friend_ref": self.target()}]
            if rng.random() < 0.3:
                inside["other_refs"] = self.targets()
            thing["extensions"] = {key: inside}
        self.mark(thing)
        self.mark_granular(thing)
        return thing

    def make_named(self, thing):
        thing["name"] = "n"
        if thing["type"] == "malware":
            thing["is_family"] = False
        if self.rng.random() < 0.4:
            thing["description"] = "d"
        if thing["type"] == "malware" and self.rng.random() < 0.3:
            found = [i for i in self.ids if i.startswith("file--")]
            if found:
                thing["sample_refs"] = found[:2]

    def make_indicator(self, thing):
        thing.update(pattern="[domain-name:value = 'a.example']", pattern_type="stix",
                     valid_from="2020-01-01T00:00:00Z")

    def make_relationship(self, thing):
        thing.update(relationship_type="related-to", source_ref=self.pick_domain(), target_ref=self.pick_domain())

    def make_sighting(self, thing):
        thing["sighting_of_ref"] = self.pick_domain()
        found = [i for i in self.ids if i.startswith("identity--")]
        if self.rng.random() < 0.5:
            thing["where_sighted_refs"] = found[:2]

    def pick_domain(self):
        return self.rng.choice([i for i in self.ids if i.split("--")[0] in
                                ("tool", "identity", "campaign", "malware", "indicator", "note")])

    def make_note(self, thing):
        thing.update(content="c", object_refs=self.targets())

    def make_opinion(self, thing):
        thing.update(opinion="agree", object_refs=self.targets())

    def make_report(self, thing):
        thing.update(name="r", published="2020-01-01T00:00:00Z", object_refs=self.targets())

    def make_grouping(self, thing):
        thing.update(context="unspecified", object_refs=self.targets())

    def make_language_content(self, thing):
        thing.update(object_ref=self.pick_domain(), contents={"de": {"name": "N"}})

    def make_domain_name(self, thing):
        thing["value"] = "a.example"

    def make_process(self, thing):
        thing["pid"] = 7
        if self.rng.random() < 0.5:
            found = [i for i in self.ids if i.startswith("network-traffic--")]
            if found:
                thing["opened_connection_refs"] = found[:2]
        if self.rng.random() < 0.3:
            del thing["pid"]
            thing["command_line"] = "a b"

    def make_file(self, thing):
        if self.rng.random() < 0.6:
            thing["name"] = "f"
        if "name" not in thing or self.rng.random() < 0.6:
            thing["hashes"] = {"MD5": "d41d8cd98f00b204e9800998ecf8427e"}
        if self.rng.random() < 0.4:
            thing["contains_refs"] = [i for i in self.ids if i.split("--")[0] in ("file", "domain-name")][:3] or \
                [thing["id"]]

    def make_network_traffic(self, thing):
        thing["protocols"] = ["tcp"]
        found = [i for i in self.ids if i.startswith("domain-name--")]
        thing["src_ref" if self.rng.random() < 0.7 else "dst_ref"] = self.rng.choice(found or
                                                                                    ["domain-name--" + self.uuid()])
        if self.rng.random() < 0.4:
            thing["dst_port"] = 80

    def make_email_message(self, thing):
        thing["is_multipart"] = False
        if self.rng.random() < 0.5:
            thing["subject"] = "s"
        if self.rng.random() < 0.3:
            thing["is_multipart"] = True
            found = [i for i in self.ids if i.startswith("file--")]
            thing["body_multipart"] = [{"content_type": "a/b", "body_raw_ref": found[0]} if found else
                                       {"content_type": "a/b", "body": "x"}]

    def mark_granular(self, thing):
        rng = self.rng
        if rng.random() > 0.35:
            return
        found = [name for name in thing if name not in ("object_marking_refs",)]
        if rng.random() < 0.9:
            found = [name for name in found if name not in NEVER_GO]
        paths = []
        for name in found:
            paths.append(name)
            if isinstance(thing[name], list):
                paths.append(f"{name}.[{rng.randrange(len(thing[name]))}]")
                if name == "external_references":
                    paths.append("external_references.[0].source_name")
        if not paths:
            return
        granular = []
        for _ in range(rng.randrange(1, 3)):
            selectors = rng.sample(paths, min(len(paths), rng.randrange(1, 3)))
            if rng.random() < 0.04:
                selectors.append(rng.choice(["nothing", "labels.[9]", "id.name", "labels.name"]))
            if rng.random() < 0.2:
                granular.append({"lang": "de", "selectors": selectors})
            else:
                marks = self.some_markings(0.2) or [rng.choice(self.statements)]
                granular.append({"marking_ref": rng.choice(marks), "selectors": selectors})
        thing["granular_markings"] = granular


# ---------------------------------------------------------------- the program

class Driver:
    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, policy, partner, purpose, texts):
        head = json.dumps({"policy": policy, "partner": partner, "purpose": purpose})
        self.process.stdin.write(head[:-1] + ',"objects":[' + ",".join(texts) + "]}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit("the driver ended")
        return json.loads(line)


def in_order(thing, text):
    return (thing["id"].lower(), thing.get("modified", thing.get("created", "")), text)


def compare(case, partner, purpose, texts, answer, expected):
    """A sentence about the first difference, or None."""
    for at, (said, want) in enumerate(zip(answer["answers"], expected)):
        if said[0] != want[0] or said[1] != want[1]:
            return f"object {at}: program {said[:2]}, model {list(want[:2])}"
        if said[0] == "redact" and set(said[2]) - {"granular_markings"} != want[2] - {"granular_markings"}:
            return f"object {at}: program takes out {sorted(said[2])}, model {sorted(want[2])}"
    bundle = json.loads(answer["bundle"])
    leaves = bundle.get("objects", [])
    want = {}
    for at, one in enumerate(expected):
        if one[0] != "hold":
            want[texts[at]] = json.dumps(one[3], sort_keys=True)
            if one[0] == "release" and texts[at] not in answer["bundle"]:
                return f"object {at} does not leave as the sender's bytes"
    if {json.dumps(one, sort_keys=True) for one in leaves} != set(want.values()):
        return "other objects leave than the model says"
    if len(leaves) > len(want):
        return "something leaves twice"
    ids = [one["id"].lower() for one in leaves]
    if ids != sorted(ids):
        return "what leaves is not in order"
    return None


PURPOSES = ["detect", "respond", "inform", "publish"]


def write(rng, objects):
    """The sender's bytes: any spacing, but an object that comes twice comes as the same bytes."""
    style = {}
    return [style.setdefault(id(thing), json.dumps(thing, separators=rng.choice([(",", ":"), (", ", ": ")])))
            for thing in objects]


def decisions(driver, rng, wanted):
    done = undecided = cases = 0
    tally = {}
    while done < wanted:
        case = Case(rng)
        texts = write(rng, case.objects)
        partner, purpose = rng.choice(sorted(case.policy.partners)), rng.choice(PURPOSES)
        cases += 1
        try:
            expected = Model(case.policy, partner, purpose, case.objects).decide()
        except Undecided:
            undecided += 1
            continue
        answer = driver.ask(case.text, partner, purpose, texts)
        wrong = compare(case, partner, purpose, texts, answer, expected)
        if wrong:
            print(case.text)
            print(json.dumps(case.objects))
            for at, (said, want) in enumerate(zip(answer["answers"], expected)):
                print(at, said, list(want[:2]), sorted(want[2]), texts[at])
            sys.exit(f"case {cases}: to {partner} for {purpose}: {wrong}")
        for one in expected:
            tally[one[1]] = tally.get(one[1], 0) + 1
        done += len(expected)
    print(f"{done} decisions in {cases} cases agree, {undecided} undecided by the text")
    print("  " + ", ".join(f"{rule} {count}" for rule, count in sorted(tally.items())))
    return tally


def sessions(driver, rng, wanted):
    """What is held, definitions apart, is left out: everything that leaves must be the same bytes."""
    asked = hidden = 0
    for number in range(wanted):
        case = Case(rng)
        texts = write(rng, case.objects)
        for step in range(1, 4):
            some = texts[:max(1, len(texts) * step // 3)]
            partner, purpose = rng.choice(sorted(case.policy.partners)), rng.choice(PURPOSES)
            first = driver.ask(case.text, partner, purpose, some)
            without = [text for at, text in enumerate(some) if first["answers"][at][0] != "hold" or
                       '-definition"' in text[:40]]
            rng.shuffle(without)
            second = driver.ask(case.text, partner, purpose, without)
            asked += 1
            hidden += len(some) - len(without)
            if first["bundle"] != second["bundle"]:
                print(case.text)
                print(some)
                sys.exit(f"session {number}: what is hidden shows")
    print(f"{wanted} two-world sessions, {asked} questions, {hidden} hidden objects: the same bytes")


def main():
    driver = Driver(sys.argv[1])
    rng = random.Random(int(sys.argv[3]))
    tally = decisions(driver, rng, int(sys.argv[2]))
    missing = [rule for rule in ORDER + ["malformed", "redaction", "reference", "unreferenced", "allowed"]
               if rule not in tally]
    if int(sys.argv[2]) >= 10000 and missing:
        sys.exit(f"never happened: {missing}")
    if len(sys.argv) > 4:
        sessions(driver, rng, int(sys.argv[4]))


main()
