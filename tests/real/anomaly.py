#!/usr/bin/env python3
"""The generic ensemble on some small labelled tables, one seed: what it reached when it was written, less a little. The whole
table with its limits is an item of tests/full/run.py. Speaks TAP; skips where ../shared/data/anomaly is absent.

usage: anomaly.py --program SCORE_TABLE --source REPOSITORY [--data FOLDER]
"""
import argparse
import os
import sys

TABLES = {    # at least: AUROC, AUPRC
    "breastw": (.97, .93), "cardio": (.82, .45), "glass": (.77, .09), "Ionosphere": (.81, .75), "Lymphography": (.98, .85),
    "vowels": (.87, .30), "WBC": (.98, .85), "WDBC": (.95, .45),
}


def main():
    parser = argparse.ArgumentParser(description="the generic ensemble on labelled tables")
    parser.add_argument("--program", required=True, type=os.path.abspath)
    parser.add_argument("--source", required=True, type=os.path.abspath)
    parser.add_argument("--data", type=os.path.abspath)
    options = parser.parse_args()
    data = options.data or os.path.join(os.path.dirname(options.source), "shared", "data", "anomaly")
    if not os.path.isdir(data):
        print("1..0 # SKIP there is no ../shared/data/anomaly beside the repository")
        return 0
    sys.path.insert(0, os.path.join(options.source, "bench"))
    import score_table
    found = score_table.measure(options.program, data, 1, ",".join(TABLES))
    failed = 0
    for number, (name, _, (auroc, auprc, _)) in enumerate(found, 1):
        good = auroc >= TABLES[name][0] and auprc >= TABLES[name][1]
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {name}: AUROC {auroc:.3f}, AUPRC {auprc:.3f}")
    print(f"1..{len(found)}")
    return 1 if failed or len(found) != len(TABLES) else 0


if __name__ == "__main__":
    sys.exit(main())
