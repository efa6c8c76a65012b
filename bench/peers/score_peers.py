#!/usr/bin/python3
"""What scikit-learn finds in the worlds of score-worlds: isolation forest and k nearest neighbours, on the values as they are
and on the directed features, transformed as scoring transforms them. Prints a table, with --json one object a line.

usage: score_peers.py [--json] [--features FILE] FOLDER...

FOLDER holds entities.csv, features.csv and labels.csv. --features also judges the columns of a file that score-entities
wrote (peer z in the direction of each feature). Needs scikit-learn: apt-get install python3-sklearn (Debian's python is
/usr/bin/python3).
"""
import argparse
import csv
import json
import os
import sys

try:
    import numpy
    from sklearn.ensemble import IsolationForest
    from sklearn.neighbors import NearestNeighbors
except ImportError:
    sys.exit("score_peers.py: scikit-learn is absent; apt-get install python3-sklearn and run with /usr/bin/python3")

BUDGET = 0.02
NEIGHBOURS = 5          # PyOD's default, as is the distance to the farthest of them
TREES = 100


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def column(rows, name):
    return numpy.array([float(row[name]) if row[name] else numpy.nan for row in rows])


def standard(values):
    """Median 0, robust scale 1; what is missing is 0. A constant column becomes 0."""
    present = values[~numpy.isnan(values)]
    low, middle, high = numpy.quantile(present, [0.05, 0.5, 0.95])
    deviation = 1.4826 * numpy.median(numpy.abs(present - middle))
    wide = (high - low) / 3.29
    scale = deviation if deviation > 0.3 * wide else wide if wide > 0 else present.std()
    return numpy.nan_to_num((values - middle) / scale) if scale > 0 else numpy.zeros(len(values))


def raw(rows, features):
    """Each value as it is, scaled by its standard deviation; what is missing is the mean."""
    columns = [column(rows, feature["name"]) for feature in features]
    return numpy.column_stack([numpy.nan_to_num((c - numpy.nanmean(c)) / (numpy.nanstd(c) or 1)) for c in columns])


def transformed(rows, feature):
    value, exposure = column(rows, feature["name"]), column(rows, feature["name"] + ".n")
    value[exposure < float(feature["min_exposure"])] = numpy.nan
    if feature["transform"] == "share":
        value = numpy.arcsin(numpy.sqrt((value * exposure + 0.5) / (exposure + 1)))
    elif feature["transform"] == "log":
        value = numpy.log(value + numpy.nanquantile(value, 0.05))
    return value


def directed(rows, features):
    used = [feature for feature in features if feature["direction"] != "0"]
    columns = [standard(transformed(rows, f)) * (1 if f["direction"] == "2" else float(f["direction"])) for f in used]
    return numpy.column_stack([numpy.abs(c) if f["direction"] == "2" else c for c, f in zip(columns, used)])


def forest(table, seed):
    return -IsolationForest(n_estimators=TREES, random_state=seed).fit(table).score_samples(table)


def neighbours(table, _):
    distances, _ = NearestNeighbors(n_neighbors=NEIGHBOURS + 1).fit(table).kneighbors(table)
    return distances[:, NEIGHBOURS]


def figures(scores, labels):
    """Recall within the budget, by scheme too; precision among 100; average precision."""
    order = numpy.argsort(-scores, kind="stable")
    hits = numpy.array([labels[i] is not None for i in order])
    budget = round(BUDGET * len(scores))
    precision = numpy.cumsum(hits) / numpy.arange(1, len(hits) + 1)
    found = [labels[i] for i in order[:budget] if labels[i] is not None]
    by_scheme = {scheme: found.count(scheme) / labels.count(scheme) for scheme in sorted(set(labels) - {None})}
    return {"recall": hits[:budget].sum() / max(1, hits.sum()), "p100": hits[:100].mean(),
            "ap": (precision * hits).sum() / max(1, hits.sum()), "schemes": by_scheme}


def tables(folder, extra):
    rows, features = read(os.path.join(folder, "entities.csv")), read(os.path.join(folder, "features.csv"))
    yield "raw", raw(rows, features)
    table = directed(rows, features)
    yield "directed", table
    yield "directed, one side", numpy.maximum(table, 0)
    if extra:
        given = {row["id"]: row for row in read(extra)}
        ordered = [given[row["id"]] for row in rows]
        yield "peer z", numpy.column_stack([numpy.nan_to_num(column(ordered, name)) for name in ordered[0] if name != "id"])


def judge(folder, extra, seed):
    marked = {row["id"]: row["scheme"] for row in read(os.path.join(folder, "labels.csv"))}
    labels = [marked.get(row["id"]) for row in read(os.path.join(folder, "entities.csv"))]
    for name, table in tables(folder, extra):
        for method, function in (("isolation forest", forest), ("kNN", neighbours)):
            yield {"folder": folder, "method": f"{method}, {name}", **figures(function(table, seed), labels)}


def mean_table(results):
    schemes = list(results[0]["schemes"])
    print("| method | " + " | ".join(schemes) + " | all | P@100 | AP |")
    print("|---" * (len(schemes) + 4) + "|")
    for method in dict.fromkeys(result["method"] for result in results):
        mine = [result for result in results if result["method"] == method]
        cells = [sum(r["schemes"][s] for r in mine) / len(mine) for s in schemes]
        cells += [sum(r[key] for r in mine) / len(mine) for key in ("recall", "p100", "ap")]
        print(f"| {method} | " + " | ".join(f"{cell:.2f}" for cell in cells[:-3]) + " | " +
              " | ".join(f"{cell:.3f}" for cell in cells[-3:]) + " |")


def main():
    parser = argparse.ArgumentParser(description="isolation forest and kNN on the worlds of score-worlds")
    parser.add_argument("folders", nargs="+", metavar="FOLDER")
    parser.add_argument("--features", metavar="FILE", help="with one FOLDER: features that score-entities wrote")
    parser.add_argument("--json", action="store_true", help="print one object for each method and folder")
    options = parser.parse_args()
    if options.features and len(options.folders) != 1:
        parser.error("--features goes with one folder")
    results = []
    for seed, folder in enumerate(options.folders, 1):
        for result in judge(folder, options.features, seed):
            results.append(result)
            if options.json:
                print(json.dumps(result), flush=True)
    if not options.json:
        mean_table(results)


if __name__ == "__main__":
    main()
