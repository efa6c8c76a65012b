#!/usr/bin/env python3
"""Tests of the worlds for the scorer: what their page promises.

usage: test_worlds.py SCORE_WORLDS REPOSITORY
"""
import csv
import math
import os
import subprocess
import sys
import tempfile
import unittest
from collections import Counter

PROGRAM, ROOT = "", ""
FILES = ("entities.csv", "features.csv", "labels.csv")


def make(folder, *options):
    os.makedirs(folder)
    subprocess.run([PROGRAM, "--out", folder, *options], check=True)
    return folder


def read(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def read_bytes(folder, name):
    with open(os.path.join(folder, name), "rb") as file:
        return file.read()


def transformed(row, feature):
    value, n = float(row[feature["name"]]), float(row[feature["name"] + ".n"])
    if feature["transform"] == "share":
        return math.asin(math.sqrt((value * n + 0.5) / (n + 1)))
    return math.log(value + 0.001)


def mean(values):
    return sum(values) / len(values)


def deviation(values):
    middle = mean(values)
    return math.sqrt(mean([(value - middle) ** 2 for value in values]))


def correlation(pairs):
    xs, ys = [x for x, _ in pairs], [y for _, y in pairs]
    return mean([(x - mean(xs)) * (y - mean(ys)) for x, y in pairs]) / (deviation(xs) * deviation(ys))


class Worlds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.work.cleanup)
        cls.world = make(os.path.join(cls.work.name, "world"), "--seed", "5")
        cls.null = make(os.path.join(cls.work.name, "null"), "--seed", "5", "--null")
        cls.rows = {row["id"]: row for row in read(cls.world, "entities.csv")}
        cls.honest = {row["id"]: row for row in read(cls.null, "entities.csv")}
        cls.features = {row["name"]: row for row in read(cls.world, "features.csv")}
        cls.labels = read(cls.world, "labels.csv")

    def test_same_seed_same_bytes(self):
        again = make(os.path.join(self.work.name, "again"), "--seed", "5")
        other = make(os.path.join(self.work.name, "other"), "--seed", "6")
        for name in FILES:
            self.assertEqual(read_bytes(self.world, name), read_bytes(again, name))
        self.assertNotEqual(read_bytes(self.world, "entities.csv"), read_bytes(other, "entities.csv"))

    def test_null_injects_nothing(self):
        self.assertEqual([], read(self.null, "labels.csv"))
        changed = {id for id, row in self.rows.items() if row != self.honest[id]}
        self.assertEqual({label["id"] for label in self.labels}, changed)

    def test_number_of_entities(self):
        self.assertEqual(12000, len(self.rows))
        small = make(os.path.join(self.work.name, "small"), "--entities", "3000")
        self.assertEqual(3000, len(read(small, "entities.csv")))
        self.assertEqual(225, len(read(small, "labels.csv")))

    def test_labels(self):
        self.assertEqual(225, len({label["id"] for label in self.labels}))
        self.assertEqual([25] * 9, list(Counter(label["scheme"] for label in self.labels).values()))
        self.assertEqual({"weak": 75, "middle": 75, "strong": 75}, Counter(label["strength"] for label in self.labels))
        for label in self.labels:
            self.assertEqual(label["scheme"] == "small_provider", int(self.rows[label["id"]]["claims"]) < 60)
            for name in label["manipulated"].split(";"):
                self.assertIn(self.features[name]["direction"], ("1", "-1"))

    def test_strengths_order_what_is_moved(self):
        moved = {}
        for label in self.labels:
            for name in label["manipulated"].split(";"):
                feature, id = self.features[name], label["id"]
                by = transformed(self.rows[id], feature) - transformed(self.honest[id], feature)
                moved.setdefault((label["scheme"], name), {}).setdefault(label["strength"], []).append(
                    by * int(feature["direction"]))
        for key, by in moved.items():
            self.assertGreater(mean(by["weak"]), 0, key)
            self.assertGreater(mean(by["strong"]), mean(by["weak"]), key)

    def test_a_fourth_are_small(self):
        share = mean([int(row["claims"]) < 60 for row in self.rows.values()])
        self.assertTrue(0.22 <= share <= 0.26, share)

    def test_cells_are_unequal(self):
        cells = sorted(Counter((row["specialty"], row["region"]) for row in self.rows.values()).values())
        self.assertEqual(40, len(cells))
        self.assertGreaterEqual(cells[0], 10)
        self.assertGreater(cells[-1], 20 * cells[0])

    def test_values_are_possible(self):
        for row in self.rows.values():
            for name, feature in self.features.items():
                n = int(row[name + ".n"])
                self.assertEqual(n == 0, row[name] == "")
                if n == 0:
                    continue
                value = float(row[name])
                self.assertGreaterEqual(value, 0)
                if feature["transform"] == "share":
                    self.assertLessEqual(value, 1)
                    self.assertAlmostEqual(value * n, round(value * n), delta=1e-4)
            self.assertAlmostEqual(float(row["paid_per_claim"]) * int(row["claims"]), float(row["paid"]),
                                   delta=0.01 + 1e-8 * float(row["paid"]))

    def cell(self, low, high=10 ** 9):
        """The honest providers of the largest cell with so many claims."""
        key, _ = Counter((row["specialty"], row["region"]) for row in self.rows.values()).most_common(1)[0]
        return [row for row in self.honest.values()
                if (row["specialty"], row["region"]) == key and low <= int(row["claims"]) < high]

    def test_case_mix_moves_together(self):
        rows = self.cell(200)

        def together(a, b):
            return correlation([(transformed(row, self.features[a]), transformed(row, self.features[b])) for row in rows])

        self.assertGreater(together("case_mix", "paid_per_claim"), 0.3)
        self.assertGreater(together("case_mix", "chronic_share"), 0.4)
        self.assertGreater(together("high_level_share", "visit_level"), 0.3)
        self.assertLess(abs(together("paper_share", "paid_per_claim")), 0.15)

    def test_small_volumes_are_noisy(self):
        feature = self.features["same_amount_share"]
        small, large = ([transformed(row, feature) for row in rows] for rows in (self.cell(0, 60), self.cell(600)))
        self.assertGreater(deviation(small), 1.15 * deviation(large))

    def test_context_and_noise_are_there(self):
        directions = Counter(feature["direction"] for feature in self.features.values())
        self.assertEqual({"1": 23, "-1": 1, "0": 10}, directions)
        self.assertTrue(all(len(feature) == 6 and None not in feature for feature in self.features.values()))

    def test_strengths_are_on_the_page(self):
        table = subprocess.run([PROGRAM, "--strengths"], check=True, capture_output=True, text=True).stdout
        with open(os.path.join(ROOT, "bench", "worlds", "README.md"), encoding="utf-8") as file:
            self.assertIn(table, file.read())

    def test_usage(self):
        for options in ([], ["--out"], ["--out", "x", "--seed", "-1"], ["--out", "x", "--entities", "10"], ["--else"]):
            done = subprocess.run([PROGRAM, *options], check=False, capture_output=True)
            self.assertEqual(2, done.returncode, options)
        done = subprocess.run([PROGRAM, "--out", os.path.join(self.work.name, "none")], check=False, capture_output=True)
        self.assertEqual(1, done.returncode)


if __name__ == "__main__":
    PROGRAM, ROOT = os.path.abspath(sys.argv[1]), sys.argv[2]
    unittest.main(argv=sys.argv[:1])
