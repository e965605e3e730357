# SPDX-License-Identifier: Apache-2.0
"""The package from outside: real evidence, a real casebook, the library as it was built."""
import ast
import gc
import inspect
import io
import json
import os
import pathlib
import tempfile
import threading
import unittest

import hallmark

ONE = "# what was seen\nrare-hallmark-host.net\n5.188.10.77\n6f8e1a2b3c4d5e6f708192a3b4c5d6e7\n"
TWO = "rare-hallmark-host.net\n5.188.10.77\nanother-host-of-b.org\n"


class House(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="hallmark-python-")
        self.addCleanup(self.folder.cleanup)
        self.house = pathlib.Path(self.folder.name)

    def file(self, name, content):
        path = self.house / name
        path.write_text(content)
        return path

    def two(self):
        casebook = hallmark.Casebook.create(self.house / "casebook")
        self.addCleanup(casebook.close)
        casebook.add("one", self.file("one.txt", ONE))
        casebook.add("two", self.file("two.txt", TWO))
        return casebook


class Everyday(House):
    def test_what_two_incidents_share_is_told_with_its_bits(self):
        casebook = self.two()
        finding = casebook.compare("one")
        self.assertEqual([m.incident for m in finding.matches], ["two"])
        match = finding.matches[0]
        self.assertGreater(match.bits, 4)
        shared = {h.value: h for h in match.hallmarks}
        self.assertEqual(shared["rare-hallmark-host.net"].trait_class, "domain")
        self.assertEqual(shared["rare-hallmark-host.net"].incidents, 2)
        self.assertEqual(shared["rare-hallmark-host.net"].here[0]["evidence"], "one.txt")
        self.assertEqual(finding.raw["incident"], "one")

    def test_totals_incidents_and_traits(self):
        casebook = self.two()
        again = casebook.add("one", self.house / "one.txt")
        self.assertEqual((again.files, again.known, again.bad), (1, 1, 0))
        self.assertEqual([i.name for i in casebook.incidents()], ["one", "two"])
        self.assertIn("another-host-of-b.org", [t.value for t in casebook.traits("two", "domain")])
        self.assertIn("md5", {t.trait_class for t in casebook.traits("one")})
        self.assertEqual(casebook.learn(self.file("harmless", "5.188.10.77\n")).read, 1)

    def test_search_understands_defanged_values(self):
        casebook = self.two()
        casebook.learn(self.file("harmless", "5.188.10.77\n"))
        found = casebook.search("5[.]188[.]10[.]77")
        self.assertEqual([(f.trait_class, f.value, f.incidents) for f in found if f.trait_class == "address"],
                         [("address", "5.188.10.77", 2)])
        address = next(f for f in found if f.trait_class == "address")
        self.assertEqual((address.baseline, address.baseline_all), (1, 1))
        self.assertEqual({h["incident"] for h in address.holders}, {"one", "two"})
        self.assertEqual(casebook.search("nobody-has-this.org"), [])

    def test_attribution_says_none_that_i_know(self):
        casebook = self.two()
        unknown = casebook.attribute("two")
        self.assertEqual((unknown.none, unknown.suspects), (1.0, []))
        says = self.file("says.tsv", "one\tKestrel\t2013-03-20\n")
        known = casebook.attribute("two", statements=says, uniform_prior=True)
        self.assertEqual([s.actor for s in known.suspects], ["Kestrel"])
        self.assertAlmostEqual(known.none + known.suspects[0].posterior, 1.0, places=3)

    def test_stix_goes_out_valid_and_comes_back_as_evidence(self):
        casebook = self.two()
        bundle = casebook.stix("one", tlp="green")
        self.assertEqual(bundle["type"], "bundle")
        report = hallmark.stix_validate(bundle)
        self.assertTrue(report["valid"], report["faults"])
        self.assertEqual(casebook.add_stix("back", bundle).read, 1)
        self.assertEqual(casebook.compare("back").matches[0].incident, "one")
        self.assertIn(b"rare-hallmark-host.net\n", casebook.export("one", "list"))

    def test_stix_2_0_is_lifted(self):
        old = {"type": "indicator", "id": "indicator--11111111-1111-4111-8111-111111111111",
               "created": "2014-12-19T00:00:00.000Z", "modified": "2014-12-19T00:00:00.000Z",
               "labels": ["malicious-activity"], "pattern": "[domain-name:value = 'a.example']",
               "valid_from": "2014-12-19T00:00:00Z"}
        self.assertIn("stix-2.0", [f["check"] for f in hallmark.stix_validate(old)["faults"]])
        lifted = hallmark.stix_lift(old)
        self.assertEqual((lifted["spec_version"], lifted["pattern_type"]), ("2.1", "stix"))
        self.assertEqual([f for f in hallmark.stix_validate(lifted)["faults"] if f["severity"] == "error"], [])


class Matching(House):
    def test_hits_know_line_record_and_meaning(self):
        with hallmark.Matcher([hallmark.Indicator("malice.test.co.kr", kind="domain", below=True, id="i-1"),
                               "45.77.1.9"]) as matcher:
            self.assertEqual(len(matcher), 2)
            hits = list(matcher.scan(b"nothing\nGET http://www.Malice.test.co.kr/ x\n45.77.1.91\n45.77.1.9\n"))
        self.assertEqual([(h.line, h.semantic, h.value) for h in hits],
                         [(2, "subdomain", "malice.test.co.kr"), (4, "address", "45.77.1.9")])
        self.assertEqual((hits[0].id, hits[0].record), ("i-1", b"GET http://www.Malice.test.co.kr/ x"))

    def test_a_file_in_pieces_gives_the_same_hits(self):
        lines = b"".join(b"%d nothing at all\n" % n + (b"x 45.77.1.9 y\n" if n % 1000 == 0 else b"") for n in range(90000))
        with hallmark.Matcher(["45.77.1.9"]) as matcher:
            whole, pieces = list(matcher.scan(lines)), list(matcher.scan(io.BytesIO(lines)))
        self.assertEqual(len(whole), 90)
        self.assertEqual(whole, pieces)

    def test_what_would_match_the_harmless_world_is_left_out_and_said(self):
        with hallmark.Matcher(["0.0.0.0/0", "co.kr", "45.77.1.9", "45.77.1.9", "\ud800"]) as matcher:
            self.assertEqual(len(matcher), 1)
            self.assertEqual([o.code for o in matcher.left_out][:3], ["denied", "denied", "exists"])
            self.assertTrue(all(o.text for o in matcher.left_out))

    def test_saved_opened_and_used_by_many_threads(self):
        path = self.house / "set"
        with hallmark.Matcher(["45.77.1.9"]) as matcher:
            matcher.save(path)
        opened, counts = hallmark.Matcher.open(path), []
        threads = [threading.Thread(target=lambda: counts.append(len(list(opened.scan(b"45.77.1.9\n" * 500)))))
                   for _ in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(counts, [500] * 4)
        opened.close()
        damaged = bytearray(path.read_bytes())
        damaged[len(damaged) // 2] ^= 1
        path.write_bytes(damaged)
        with self.assertRaises(hallmark.Error) as caught:
            hallmark.Matcher.open(path)
        self.assertEqual(caught.exception.code, "corrupt")


class Trouble(House):
    def test_failures_have_a_code_and_a_sentence(self):
        casebook = self.two()
        for wrong, code in ((lambda: casebook.compare("nobody"), "not-found"),
                            (lambda: casebook.traits("one", "colour"), "misuse"),
                            (lambda: casebook.export("one", "parchment"), "misuse"),
                            (lambda: casebook.export("one", "suricata-datasets"), "unsupported"),
                            (lambda: casebook.search("a\0b"), "misuse"),
                            (lambda: casebook.search("\ud800"), "misuse"),
                            (lambda: casebook.attribute("one", statements=self.house / "nowhere"), "not-found"),
                            (lambda: hallmark.Casebook(self.house / "nowhere"), "not-found"),
                            (lambda: hallmark.Casebook.create(self.house / "casebook"), "exists"),
                            (lambda: hallmark.stix_lift(b"{"), "truncated")):
            with self.assertRaises(hallmark.Error) as caught:
                wrong()
            self.assertEqual(caught.exception.code, code, str(caught.exception))
            self.assertTrue(caught.exception.text)
        self.assertTrue(issubclass(hallmark.NotFound, hallmark.Error))

    def test_closed_things_answer_and_do_not_crash(self):
        casebook = self.two()
        casebook.close()
        casebook.close()
        with self.assertRaises(hallmark.Misuse):
            casebook.incidents()
        matcher = hallmark.Matcher(["45.77.1.9"])
        hits = matcher.scan(io.BytesIO(b"45.77.1.9\n" * 300000))
        next(hits)
        matcher.close()
        with self.assertRaises(hallmark.Misuse):
            list(hits)
        with self.assertRaises(hallmark.Misuse):
            len(matcher)
        with self.assertRaises(TypeError):
            list(hallmark.Matcher(["45.77.1.9"]).scan(io.StringIO("text")))
        gc.collect()

    def test_hostile_documents_are_reported_never_fatal(self):
        for content in (b"", b"{", b"\xff\xfe", b"[" * 5000, b'{"type":"bundle"}', json.dumps([{}] * 100).encode()):
            self.assertFalse(hallmark.stix_validate(content)["valid"])


class Promise(unittest.TestCase):
    """The typed stub and the code say the same."""

    def test_stub_and_code_agree(self):
        stub = ast.parse((pathlib.Path(hallmark.__file__).parent / "__init__.pyi").read_text())
        said = {node.name: node for node in stub.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
        self.assertEqual(set(said), set(hallmark.__all__))
        for name, node in said.items():
            real = getattr(hallmark, name)
            if isinstance(node, ast.FunctionDef):
                self.same_arguments(node, real)
                continue
            fields = [n.target.id for n in node.body if isinstance(n, ast.AnnAssign)]
            if hasattr(real, "__dataclass_fields__"):
                self.assertEqual(fields, list(real.__dataclass_fields__), name)
            methods = {n.name: n for n in node.body if isinstance(n, ast.FunctionDef)}
            public = {n for n, v in vars(real).items() if callable(getattr(real, n)) and not n.startswith("_")}
            self.assertEqual({m for m in methods if not m.startswith("_")}, public, name)
            for method, one in methods.items():
                self.same_arguments(one, getattr(real, method))

    def same_arguments(self, node, real):
        said = [a.arg for a in node.args.args if a.arg not in ("self", "cls")]
        told = [p.name for p in inspect.signature(real).parameters.values()
                if p.name != "self" and p.kind == p.POSITIONAL_OR_KEYWORD]
        self.assertEqual(said, told, node.name)

    def test_version_is_the_packages_own(self):
        project = pathlib.Path(__file__).parent.parent / "pyproject.toml"
        self.assertIn(f'version = "{hallmark.version()}"', project.read_text())


if __name__ == "__main__":
    unittest.main(verbosity=int(os.environ.get("VERBOSITY", "1")))
