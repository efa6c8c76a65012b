#!/usr/bin/env python3
"""Tests of score-table: what it measures against plain Python, which column is the label, cells that are no numbers, tables that
are none, and any bytes.

usage: test_score_table.py SCORE_TABLE
"""
import gzip
import os
import random
import re
import subprocess
import sys
import tempfile
import unittest

PROGRAM = []


def plain_measures(scores, labels):
    """AUROC by pairs, average precision and precision@n by going down the different scores."""
    yes = [score for score, label in zip(scores, labels) if label]
    no = [score for score, label in zip(scores, labels) if not label]
    pairs = sum(1.0 if a > b else .5 if a == b else 0 for a in yes for b in no)
    average = found = seen = at_n = 0
    for score in sorted(set(scores), reverse=True):
        rows, hits = scores.count(score), yes.count(score)
        at_n += hits * max(0, min(rows, len(yes) - seen)) / rows
        seen += rows
        found += hits
        average += hits * found / seen
    return pairs / (len(yes) * len(no)), average / len(yes), at_n / len(yes)


def made_table(rows=300, columns=4, seed=1, decimals=3):
    """Rows of numbers as text, the last column the label: 1 in 15 rows lies elsewhere."""
    chance = random.Random(seed)
    table = []
    for i in range(rows):
        odd = i % 15 == 0
        table.append([f"{chance.gauss(2 if odd else 0, 1):.{decimals}f}" for _ in range(columns)] + [str(int(odd))])
    return table


class ScoreTable(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_bytes(self, content, *options, name="t.csv"):
        with open(self.path(name), "wb") as file:
            file.write(content)
        return subprocess.run([PROGRAM[0], self.path(name), "--work", self.folder, *options], capture_output=True, timeout=60,
                              check=False)

    def score(self, table, *options, header=None):
        header = header or [f"c{i}" for i in range(len(table[0]) - 1)] + ["label"]
        text = "\n".join(",".join(row) for row in [header] + table) + "\n"
        done = self.run_bytes(text.encode(), "--scores", self.path("scores"), *options)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(done.stdout.count(b"\n"), 1)
        return done.stdout.decode()

    def scores(self):
        with open(self.path("scores"), encoding="utf-8") as file:
            self.assertEqual(file.readline(), "score\n")
            return [float(line) for line in file]

    def value(self, said, name):
        return float(re.search(rf"{name}=([\d.]+)", said).group(1))

    def test_measures_are_those_of_plain_loops(self):
        for decimals in (3, 0):     # without decimals many rows are equal, and so are their scores
            table = made_table(columns=2, decimals=decimals)
            said = self.score(table)
            scores = self.scores()
            self.assertEqual(len(scores), 300)
            self.assertEqual(len(set(scores)) < 100, decimals == 0)
            expected = plain_measures(scores, [row[-1] == "1" for row in table])
            for name, figure in zip(("AUROC", "AUPRC", "P@n"), expected):
                self.assertAlmostEqual(self.value(said, name), figure, places=5)
            self.assertGreater(self.value(said, "AUROC"), .8)

    def test_same_bytes_for_a_seed_whatever_the_order(self):
        table = made_table()
        said = self.score(table, "--seed", "7")
        scores = self.scores()
        self.assertEqual(self.score(table, "--seed", "7"), said)
        self.assertEqual(self.score(table[::-1], "--seed", "7"), said)
        self.assertEqual(self.scores(), scores[::-1])
        self.assertNotEqual(self.score(table, "--seed", "8"), said.replace("seed=7", "seed=8"))

    def test_large_tables_whatever_the_order(self):
        chance = random.Random(4)
        table = [[str(chance.randrange(5)), str(chance.randrange(300) ** 2), str(int(i % 100 == 0))] for i in range(70000)]
        for i in range(0, 70000, 100):
            table[i][0] = "9"
        said = self.score(table)
        scores = self.scores()
        self.assertIn(" sample=65536 ", said)
        self.assertGreater(self.value(said, "AUROC"), .99)
        order = list(range(70000))
        chance.shuffle(order)
        self.assertEqual(self.score([table[i] for i in order]), said)
        self.assertEqual(self.scores(), [scores[i] for i in order])

    def test_plain_loops_say_nearly_the_same(self):
        table = made_table()
        fast, plain = self.score(table), self.score(table, "--plain")
        for name in ("AUROC", "AUPRC"):
            self.assertAlmostEqual(self.value(fast, name), self.value(plain, name), delta=.01)

    def test_label_by_name_and_place(self):
        table = made_table()
        said = self.score(table)
        for name in ("y", "Outlier", "CLASS"):
            self.assertEqual(self.score(table, header=["a", "b", "c", "d", name]), said)
        self.assertIn("no label column", self.score(table, header=["y", "b", "c", "d", "e"]))
        self.assertIn("columns=5", self.score(table, "--no-label"))
        front = [[row[-1]] + row[:-1] for row in table]
        self.assertEqual(self.score(front, "--label", "y", header=["y", "b", "c", "d", "e"]), said)
        done = self.run_bytes(b"a,b\n1,2\n", "--label", "x")
        self.assertEqual((done.returncode, done.stderr), (2, b"score-table: there is no column named x\n"))

    def test_words_as_labels(self):
        table = made_table()
        said = self.score(table)
        words = [row[:-1] + [("Outlier" if i % 2 else "yes") if row[-1] == "1" else "-1" if i % 2 else "normal"]
                 for i, row in enumerate(table)]
        self.assertEqual(self.score(words), said)
        words[0][-1] = "perhaps"        # scored, not judged
        self.assertIn("anomalies=19 ", self.score(words))
        self.assertEqual(len(self.scores()), 300)
        self.assertIn("anomalies=0 of 300, nothing to measure", self.score([row[:-1] + ["0"] for row in table]))

    def test_cells_that_are_no_numbers(self):
        table = made_table()
        for i, cell in enumerate(["", "NA", "nan", "inf", "1,5", "0x10", "1e", "--1", ".", "1 2"]):
            table[20 + i][i % 4] = f'"{cell}"'
        said = self.score(table)
        self.assertEqual(self.value(said, "missing"), 10)
        for i, cell in enumerate(["1e999", "-1e999", "1e-999", "+1.5E+2", "0.1234567890123456789012345", "1.", ".5", "-0"]):
            table[40 + i][i % 4] = cell
        self.assertEqual(self.value(self.score(table), "missing"), 10)
        self.assertTrue(all(0 <= score < 64 for score in self.scores()))

    def test_short_and_broken_rows(self):
        table = made_table()
        table[3] = table[3][:2]
        table[4] = table[4] + ["9", "9"]
        table[5] = ['"a"b', "1"]
        said = self.score(table)
        self.assertEqual(self.value(said, "rejected"), 1)
        self.assertEqual(self.value(said, "missing"), 2)
        self.assertEqual(len(self.scores()), 299)

    def test_packed(self):
        content = "\n".join(",".join(row) for row in [["a", "b", "c", "d", "y"]] + made_table()).encode()
        plain = self.run_bytes(content)
        self.assertEqual(self.run_bytes(gzip.compress(content), name="t.csv").stdout, plain.stdout)

    def test_insufficient_data(self):
        for content in (b"", b"\n", b"a,b\n", b"a,b\n1,2\n", b"a\n1\n2\n", b"label\n" + b"1\n" * 50, b"a,b\n" + b"1,2\n" * 50,
                        b"a,b\n" + b"x,\n" * 50, b"a,b\n" + b"nan,inf\n" * 50, b"a,a\n" + b"3,\n" * 50 + b"3,4\n"):
            done = self.run_bytes(content)
            self.assertEqual((done.returncode, done.stderr), (0, b""), content)
            self.assertIn(b"insufficient data", done.stdout, content)
        self.assertIn(b"no label", self.run_bytes(b"a\n" + b"".join(b"%d\n" % i for i in range(20))).stdout)

    def test_failures(self):
        done = subprocess.run([PROGRAM[0], self.path("none.csv")], capture_output=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"none.csv", done.stderr)
        wide = self.run_bytes(b",".join(b"c%d" % i for i in range(3000)) + b"\n" + b"1\n" * 20)
        self.assertEqual((wide.returncode, wide.stdout), (1, b""))
        self.assertIn(b"3000 columns, at most 2048", wide.stderr)
        self.assertEqual(self.run_bytes(b"a\n1\n", "--work", self.path("nowhere")).returncode, 1)
        for words in ([], ["--seed"], ["--seed", "x", "t.csv"], ["a", "b"], ["--wombat", "a"]):
            done = subprocess.run([PROGRAM[0], *words], capture_output=True, check=False)
            self.assertEqual(done.returncode, 2)
            self.assertIn(b"usage", done.stderr)

    def test_any_bytes(self):
        chance = random.Random(3)
        for case in range(150):
            size = chance.randrange(3000)
            alphabet = (bytes(range(256)), b"0123456789.,-e\n", b',"\n1', b"\x00\xff,1\n")[case % 4]
            done = self.run_bytes(bytes(chance.choice(alphabet) for _ in range(size)))
            self.assertIn(done.returncode, (0, 1), (case, done.stderr))
            self.assertEqual(done.returncode == 1, done.stderr != b"")
            self.assertNotIn(b"nan", done.stdout)


if __name__ == "__main__":
    PROGRAM.append(os.path.abspath(sys.argv.pop(1)))
    unittest.main()
