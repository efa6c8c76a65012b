#!/usr/bin/env python3
"""Tests of the world of Harbin: what bench/README.md promises of it.

usage: test_harbin.py GENERATE
"""
import csv
import datetime
import os
import subprocess
import sys
import tempfile
import unittest
from collections import Counter, defaultdict

GENERATE = ""
FILES = ("claims.csv", "patients.csv", "providers.csv", "diagnosis_codes.csv", "labels.csv")
DRUG = "99970000001"


def generate(folder, *options):
    os.makedirs(folder)
    subprocess.run([GENERATE, "--out", folder, "--world", "harbin", *options], check=True)
    return folder


def read(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


class Harbin(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.work.cleanup)
        cls.folder = generate(os.path.join(cls.work.name, "world"), "--seed", "3")
        cls.rows = read(cls.folder, "claims.csv")
        cls.sales = [row for row in cls.rows if row["claim_type"] == "pharmacy"]
        cls.visits = defaultdict(list)
        for row in cls.rows:
            if row["claim_type"] == "professional" and row["rendering_provider_id"]:
                cls.visits[row["patient_id"], row["rendering_provider_id"]].append(row["service_date"])
        cls.labels = defaultdict(set)
        for row in read(cls.folder, "labels.csv"):
            cls.labels[row["kind"], row["role"]].add(row["id"])
        cls.forged = [row for row in cls.sales if row["drug"] == DRUG and row["quantity"] == "160"]

    def test_same_seed_same_bytes(self):
        subprocess.run([GENERATE, "--out", self.folder, "--world", "harbin", "--seed", "3", "--check"], check=True)
        self.assertEqual(set(FILES), set(os.listdir(self.folder)))
        done = subprocess.run([GENERATE, "--out", self.folder, "--world", "harbin", "--seed", "4", "--check"], check=False,
                              capture_output=True)
        self.assertEqual(1, done.returncode)

    def test_labels(self):
        self.assertEqual({("pharmacy", "forger"): 4, ("patient", "buyer"): 96, ("prescriber", "named"): 5},
                         {key: len(ids) for key, ids in self.labels.items()})

    def test_forged_sales(self):
        self.assertEqual(self.labels["pharmacy", "forger"], {row["pharmacy_id"] for row in self.forged})
        self.assertEqual(self.labels["patient", "buyer"], {row["patient_id"] for row in self.forged})
        self.assertEqual(self.labels["prescriber", "named"], {row["prescriber_id"] for row in self.forged})
        times = Counter(row["patient_id"] for row in self.forged)
        self.assertEqual({2, 3, 4}, set(times.values()))
        self.assertEqual({"5"}, {row["days_supply"] for row in self.forged})

    def test_buyers_never_saw_the_doctors(self):
        for buyer in self.labels["patient", "buyer"]:
            for doctor in self.labels["prescriber", "named"]:
                self.assertNotIn((buyer, doctor), self.visits)
        others = self.labels["patient", "buyer"] & {patient for patient, _ in self.visits}
        self.assertGreater(len(others), 80)     # they see doctors, but not these

    def test_named_doctors_have_a_practice(self):
        for doctor in self.labels["prescriber", "named"]:
            self.assertGreater(sum(1 for _, other in self.visits if other == doctor), 5)

    def test_buyers_spend_most(self):
        paid = Counter()
        for row in self.rows:
            paid[row["patient_id"]] += float(row["paid"])
        first = {patient for patient, _ in paid.most_common(96)}
        self.assertGreater(len(first & self.labels["patient", "buyer"]), 85)

    def test_ordinary_pharmacies(self):
        sold = Counter(row["pharmacy_id"] for row in self.sales)
        self.assertEqual(1004, len(sold))
        small = [row for row in self.sales if row["drug"] == DRUG and row["quantity"] != "160"]
        self.assertTrue(all(int(row["quantity"]) <= 3 for row in small))
        self.assertGreater(len({row["pharmacy_id"] for row in small}), 200)
        volume = sorted(sold.values())
        self.assertGreater(volume[-50], 8 * volume[50])
        for pharmacy in self.labels["pharmacy", "forger"]:
            self.assertTrue(volume[100] < sold[pharmacy] < volume[-1], sold[pharmacy])

    def test_ordinary_prescriptions_follow_visits(self):
        seen = total = 0
        for row in self.sales:
            if row["prescriber_id"] and row["quantity"] != "160":
                day = datetime.date.fromisoformat(row["service_date"])
                days = [datetime.date.fromisoformat(d) for d in self.visits.get((row["patient_id"], row["prescriber_id"]), [])]
                seen += any(0 <= (day - visit).days <= 200 for visit in days)
                total += 1
        self.assertTrue(0.9 < seen / total < 0.99, seen / total)

    def test_people_and_places_are_known(self):
        patients = {row["patient_id"] for row in read(self.folder, "patients.csv")}
        providers = {row["provider_id"]: row for row in read(self.folder, "providers.csv")}
        self.assertEqual(len(providers), 1200 + 160 + 1004)
        for row in self.rows:
            self.assertIn(row["patient_id"], patients)
            for name in ("billing_provider_id", "rendering_provider_id", "prescriber_id", "pharmacy_id"):
                self.assertTrue(row[name] == "" or row[name] in providers, name)
        regions = Counter(row["provider_region"] for row in providers.values() if row["specialty"] == "A5")
        self.assertEqual(8, len(regions))
        self.assertEqual({"R01"}, {providers[id]["provider_region"] for id in self.labels["pharmacy", "forger"]})

    def test_usage(self):
        for options in (["--world", "other"], ["--world", "harbin", "--lines", "10"], ["--world", "harbin", "--schemes", "no"]):
            done = subprocess.run([GENERATE, "--out", self.work.name, *options], check=False, capture_output=True)
            self.assertEqual(2, done.returncode, options)


if __name__ == "__main__":
    GENERATE = os.path.abspath(sys.argv[1])
    unittest.main(argv=sys.argv[:1])
