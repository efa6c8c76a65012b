#!/usr/bin/env python3
"""Tests of the world of rings, and of what judges pairs by them.

usage: test_rings.py GENERATE
"""
import csv
import os
import subprocess
import sys
import tempfile
import unittest

import score_rings

GENERATE = ""
LINES = 60000


def rows_of(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def generate(folder, *options):
    return subprocess.run([GENERATE, "--world", "rings", "--out", folder, *options], check=False, stderr=subprocess.PIPE)


class World(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = cls.temporary.name
        assert generate(cls.folder, "--lines", str(LINES), "--seed", "4").returncode == 0
        cls.claims = rows_of(cls.folder, "claims.csv")
        cls.patients = {row["patient_id"]: row for row in rows_of(cls.folder, "patients.csv")}
        cls.providers = {row["provider_id"]: row for row in rows_of(cls.folder, "providers.csv")}
        cls.rings = rows_of(cls.folder, "rings.csv")

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def members(self):
        rings = {}
        for row in self.rings:
            rings.setdefault(row["ring"], []).append(row["provider_id"])
        return rings

    def test_claims_name_who_is_there(self):
        self.assertEqual(len(self.claims), LINES)
        self.assertEqual(len({row["claim_id"] for row in self.claims}), LINES)
        self.assertEqual(len(self.patients), LINES // 6)
        self.assertEqual(sum(one.startswith("P") for one in self.providers), LINES // 150)
        for row in self.claims:
            self.assertIn(row["patient_id"], self.patients)
            self.assertIn(row["rendering_provider_id"], self.providers)
            self.assertIn(row["billing_provider_id"], self.providers)

    def test_most_stay_in_their_region(self):
        home = sum(self.patients[row["patient_id"]]["region"] == self.providers[row["rendering_provider_id"]]["provider_region"]
                   for row in self.claims)
        self.assertGreater(home, 0.92 * LINES)
        self.assertLess(home, 0.98 * LINES)     # there are two regions: half of those who go abroad come home

    def test_members_of_a_ring_share_its_patients(self):
        seen = {}
        for row in self.claims:
            seen.setdefault(row["rendering_provider_id"], set()).add(row["patient_id"])
        self.assertGreaterEqual(len(self.members()), 3)
        self.assertEqual(len({row["provider_id"] for row in self.rings}), len(self.rings))
        for ring, members in self.members().items():
            row = next(row for row in self.rings if row["ring"] == ring)
            self.assertTrue(3 <= len(members) <= 6)
            self.assertTrue(30 <= int(row["patients"]) <= 120)
            self.assertEqual({self.providers[one]["provider_region"] for one in members}, {row["region"]})
            expected = int(row["patients"]) * float(row["attendance"]) ** 2
            for a in members:
                for b in members:
                    self.assertGreater(len(seen[a] & seen[b]), 0.6 * expected)

    def test_same_seed_same_bytes(self):
        self.assertEqual(generate(self.folder, "--lines", str(LINES), "--seed", "4", "--check").returncode, 0)
        self.assertEqual(generate(self.folder, "--lines", str(LINES), "--seed", "5", "--check").returncode, 1)

    def test_usage(self):
        for options in (["--broken", "5"], ["--schemes", "no"], ["--rate", "20"], []):
            lines = ["--lines", "60000"] if options else []
            result = generate(self.folder, *lines, *options)
            self.assertEqual(result.returncode, 2, options)
            self.assertTrue(result.stderr.startswith(b"generate: "), options)
        self.assertEqual(generate(self.folder, "--lines", "600").returncode, 1)     # too few people


class Judge(unittest.TestCase):
    RINGS = [{"a", "b", "c"}, {"d", "e", "f", "g"}]

    def test_pairs_and_rings_are_counted(self):
        pairs = {frozenset(pair) for pair in ("ab", "bc", "de", "ef", "ax")}
        sums = score_rings.compare(self.RINGS, pairs, [{"a", "b", "c", "x"}, {"d", "e", "f"}])
        self.assertEqual(sums, {"true": 9, "pairs": 5, "right": 4, "rings": 2, "found": 2, "pure": 1, "hit": 1})

    def test_reads_what_is_printed(self):
        text = ("what,ring,first_kind,first,second_kind,second\npair,0,provider,a,provider,b\npair,-1,provider,c,provider,d\n"
                "ring,0,members 2,,pairs 1,\n")
        self.assertEqual(score_rings.found_pairs(text), ({frozenset("ab"), frozenset("cd")}, [{"a", "b"}]))


if __name__ == "__main__":
    GENERATE = os.path.abspath(sys.argv[1])
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
