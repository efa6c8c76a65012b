#!/usr/bin/env python3
"""Tests of score-entities: what it says of each entity, and what it refuses.

usage: test_entities.py SCORE_WORLDS SCORE_ENTITIES
"""
import csv
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

WORLDS, ENTITIES = "", ""
COUNT, BUDGET = 2000, 60


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def read_lines(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return file.read().splitlines(keepends=True)


def score(folder, *options):
    return subprocess.run([ENTITIES, folder, *options], check=False, capture_output=True, text=True)


class Entities(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.work.cleanup)
        cls.world = os.path.join(cls.work.name, "world")
        os.makedirs(cls.world)
        subprocess.run([WORLDS, "--out", cls.world, "--entities", str(COUNT)], check=True)
        cls.out = os.path.join(cls.work.name, "scores.csv")
        cls.directed = os.path.join(cls.work.name, "directed.csv")
        done = score(cls.world, "--budget", str(BUDGET), "--out", cls.out, "--directed", cls.directed)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        cls.rows = read(cls.out)

    def changed(self, name, change):
        """A copy of the world with the lines of one file changed."""
        folder = tempfile.mkdtemp(dir=self.work.name)
        for file in ("entities.csv", "features.csv"):
            shutil.copy(os.path.join(self.world, file), folder)
        lines = read_lines(folder, name)
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.writelines(change(lines))
        return folder

    def refused(self, name, change, position):
        done = score(self.changed(name, change))
        self.assertEqual(3, done.returncode, done.stderr)
        self.assertIn(f"{name}:{position}: ", done.stderr)

    def test_kinds_of_processors_rank_alike(self):
        """Linear algebra differs between them in the last bits; scores within 2e-6 of each other count as tied."""
        first = {row["id"]: (float(row["score"]), int(row["rank"])) for row in self.rows if 0 < int(row["rank"]) <= 1000}
        for kind in ("Haswell", "Zen", "SkylakeX", "Prescott"):
            out = os.path.join(self.work.name, kind + ".csv")
            done = subprocess.run([ENTITIES, self.world, "--budget", str(BUDGET), "--out", out], check=False, capture_output=True,
                                  text=True, env={**os.environ, "OPENBLAS_CORETYPE": kind})
            if done.returncode < 0:
                continue    # this machine lacks what that one has
            self.assertEqual(0, done.returncode, done.stderr)
            other = {row["id"]: float(row["score"]) for row in read(out)}
            order = sorted(first, key=lambda entity: first[entity][1])
            for entity in order:
                self.assertLessEqual(abs(other[entity] - first[entity][0]), 2e-6)
            for above, below in zip(order, order[1:]):
                self.assertGreaterEqual(other[above], other[below] - 2e-6)

    def test_everybody_has_a_row(self):
        given = {row["id"] for row in read(os.path.join(self.world, "entities.csv"))}
        self.assertEqual(given, {row["id"] for row in self.rows})
        ranks = sorted(int(row["rank"]) for row in self.rows if row["rank"] != "0")
        self.assertEqual(list(range(1, len(ranks) + 1)), ranks)
        for row in self.rows:
            self.assertTrue(0 <= float(row["p"]) <= 1 and 0 <= float(row["q"]) <= 1 and float(row["score"]) >= 0)

    def test_ranks_follow_scores(self):
        scored = sorted((row for row in self.rows if row["rank"] != "0"), key=lambda row: int(row["rank"]))
        scores = [float(row["score"]) for row in scored]
        self.assertEqual(sorted(scores, reverse=True), scores)
        self.assertGreater(len(set(scores)), COUNT // 2)

    def test_leads_have_reasons(self):
        leads = [row for row in self.rows if row["lead"] == "yes"]
        self.assertTrue(0 < len(leads) <= BUDGET)
        names = {row["name"] for row in read(os.path.join(self.world, "features.csv")) if row["direction"] != "0"}
        for row in leads:
            reasons = row["reasons"].split(";")
            self.assertTrue(1 <= len(reasons) <= 3 and set(reasons) <= names, reasons)
        self.assertTrue(all(row["lead"] == "yes" for row in self.rows if row["small"] == "yes"))

    def test_directed_features(self):
        rows = read(self.directed)
        self.assertEqual(COUNT, len(rows))
        self.assertEqual(1 + 24, len(rows[0]))
        values = [float(row["paid_per_claim"]) for row in rows if row["paid_per_claim"]]
        self.assertGreater(len(values), COUNT // 2)
        self.assertTrue(all(math.isfinite(value) for value in values))
        self.assertLess(abs(sum(values) / len(values)), 0.5)

    def test_order_of_rows_does_not_matter(self):
        def shuffle(lines):
            rest = lines[1:]
            random.Random(1).shuffle(rest)
            return lines[:1] + rest

        again = score(self.changed("entities.csv", shuffle), "--budget", str(BUDGET))
        self.assertEqual(sorted(read_lines(self.work.name, "scores.csv")), sorted(again.stdout.splitlines(keepends=True)))

    def test_refuses(self):
        self.refused("entities.csv", lambda lines: lines[:3] + [lines[3].replace(",", ",x", 1)[:-1] + ",1\n"], "4:73")
        self.refused("entities.csv", lambda lines: lines[:2] + [lines[2].rsplit(",", 1)[0] + "\n"], "3:73")
        self.refused("entities.csv", lambda lines: lines[:2] + [lines[2].rsplit(",", 1)[0] + ",nan\n"], "3:73")
        self.refused("entities.csv", lambda lines: lines[:2] + [lines[2].rsplit(",", 1)[0] + ",1e999\n"], "3:73")
        self.refused("entities.csv", lambda lines: lines[:2] + [lines[2].rsplit(",", 1)[0] + ',"1"\n'], "0:0")
        self.refused("entities.csv", lambda lines: [lines[0].replace("region", "place")] + lines[1:], "1:3")
        self.refused("entities.csv", lambda lines: [lines[0].replace("modifier_share.n", "modifier_share")] + lines[1:], "1:25")
        self.refused("entities.csv", lambda lines: lines[:-1] + [lines[-1].rstrip("\n")], "0:0")
        self.refused("features.csv", lambda lines: lines[:1] + [lines[1].replace(",log,", ",root,")] + lines[2:], "2:2")
        self.refused("features.csv", lambda lines: lines[:1] + [lines[1].replace(",1,", ",3,", 1)] + lines[2:], "2:3")
        self.refused("features.csv", lambda lines: lines[:1] + [lines[1].replace(",no,", ",maybe,")] + lines[2:], "2:5")

    def test_an_entity_comes_once(self):
        done = score(self.changed("entities.csv", lambda lines: lines + lines[-1:]))
        self.assertEqual(3, done.returncode, done.stderr)

    def test_usage(self):
        for options in (["--budget"], ["--budget", "0"], ["--budget", "-3"], ["--what", "x"], ["second"]):
            self.assertEqual(2, score(self.world, *options).returncode, options)
        self.assertEqual(1, score(os.path.join(self.work.name, "none")).returncode)


if __name__ == "__main__":
    WORLDS, ENTITIES = (os.path.abspath(path) for path in sys.argv[1:3])
    unittest.main(argv=sys.argv[:1])
