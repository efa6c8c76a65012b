"""Puts made-up scores, and the findings of their leads, into claimaudit.db as a scan would."""

import json
import sqlite3

PEERS = "cardiology, north, large"
MODEL = {"name": "us", "version": "2024-05-06.1", "digest": "aa" * 32, "from": "2024-01-01", "to": "2024-12-31"}
BESIDE = f"(higher than 99.9 % of 312 peers: {PEERS}; from 1,204 claims)"
PAID = {"feature": "provider-paid-per-patient", "title": "paid per patient", "unit": "money", "direction": "more", "value": 142.0,
        "peer_median": 10.0, "ratio": 14.2, "percentile": 0.9991, "exposure": 1204.0, "exposure_of": "claims", "z": 6.25,
        "p_value": 0.0009, "cell": PEERS, "cell_size": 312, "share": 0.75,
        "sentence": f"paid per patient 142.00, 14.2 times the peer median of 10.00 {BESIDE}"}
WEEKEND = PAID | {"feature": "provider-weekend-share", "title": "share of services on weekends", "unit": "share", "value": 0.5,
                  "peer_median": 0.0, "ratio": None, "share": 0.25, "expected": 0.125, "deviation": 6.3,
                  "sentence": f"share of services on weekends 50.0 %, where the peer median is 0.0 % {BESIDE}; given its other"
                              " features one would expect 12.5 %: off by 6.3 times the usual deviation"}
AGE = PAID | {"feature": "provider-age", "title": "mean age of patients", "unit": "number", "direction": "context", "value": 61.25,
              "peer_median": 58.0, "ratio": 1.056, "percentile": 0.61, "p_value": 1.0, "z": 0.3}

base = sqlite3.connect("claimaudit.db")
base.execute("PRAGMA foreign_keys = ON")
base.execute("UPDATE run SET model = ?, model_version = ?, model_digest = ?, period_from = ?, period_to = ? WHERE run_id = 1",
             (MODEL["name"], MODEL["version"], bytes.fromhex(MODEL["digest"]), MODEL["from"], MODEL["to"]))


def put(table, **row):
    names = ", ".join(row)
    return base.execute(f"INSERT INTO {table}({names}) VALUES({', '.join('?' * len(row))})", list(row.values())).lastrowid


def rule(number, name, kind, title, offered, hit, unknown):
    version = put("rule_version", rule_id=name, version=1, logic_hash=bytes(32), text_hash=bytes(32), title=title, category="peer",
                  severity="medium", severity_rank=1, grade="statistical", kind=kind, jurisdiction="core", source="")
    put("run_rule", run_id=1, rule_no=number, rule_version_id=version, status="active", offered=offered, hit=hit, excused=0,
        unknown=unknown, not_applicable=0, **{"pass": offered - hit - unknown}, findings=hit, stored=hit)


def finding(number, subject_kind, subject, message, exposure, lines=0, **evidence):
    said = {"rule": "", "version": 1, "logic": "00" * 32, "leaves": [], "model": MODEL} | evidence
    key = bytes([number, len(subject)]) * 8
    return put("finding", finding_key=key, run_id=1, rule_no=number, outcome="hit", live=1, subject_kind=subject_kind, claim_type="",
               claim_id="", claim_part=0, exposure=exposure, exposure_text=exposure and f"{exposure / 100:.2f}", message=message,
               reason="", evidence=json.dumps(said), window_from=MODEL["from"], window_to=MODEL["to"], entity_id=subject,
               exposure_scope="entity", lines=lines)


def features(table, number, rows, more=()):
    for place, row in enumerate(rows, 1):
        names = ("title", "unit", "direction", "value", "peer_median", "ratio", "percentile", "exposure", "exposure_of", "z",
                 "p_value", "cell", "cell_size") + more
        place_name = "reason_no" if table == "entity_reason" else "feature_no"
        put(table, entity_score_id=number, feature_id=row["feature"], **{place_name: place}, **{name: row.get(name) for name in names})


def score(kind, entity, rank, lead_of=None, excess=None, small=0, reasons=(), table=()):
    number = put("entity_score", run_id=1, entity_kind=kind, entity_id=entity, cell=PEERS, cell_size=312, volume=1204,
                 score=rank and 41.5 / rank, p_value=rank and 0.0001 * rank, q_value=rank and 0.0125 * rank, rank=rank,
                 lead=int(lead_of is not None), small=small, excess=excess, excess_text=excess and f"{excess / 100:.2f}",
                 finding_id=lead_of)
    features("entity_reason", number, reasons, ("share", "expected", "deviation", "sentence"))
    features("entity_feature", number, table)


first = base.execute("SELECT max(rule_no) + 1 FROM run_rule").fetchone()[0]
rule(first, "SCORE-PROVIDER", "score", "Provider unlike its peers", 20, 1, 1)
rule(first + 1, "PAIR-PHARMACY", "pair", "A pharmacy and a prescriber share unusually many patients", 7, 1, 0)
rule(first + 2, "RING", "ring", "Several that share unusually many patients with one another", 1, 1, 0)
lead = finding(first, "rendering_provider_id", "R1", PAID["sentence"], 123456, lines=1, reasons=[PAID, WEEKEND],
               score={"kind": "provider", "id": "R1", "score": 41.5, "q_value": 0.0125, "rank": 1})
put("finding_line", finding_id=lead, role="line", claim_id="A1", run_id=1, file_no=0, source_row=2, byte_offset=171,
    claim_type="professional", claim_part=1, line_no=1, service_date="2024-03-01", paid=10000)
members = [{"kind": "pharmacy", "id": "F1", "group": "", "patients": 1200, "shared": 24},
           {"kind": "prescriber", "id": "R1", "group": "cardiology", "patients": 85, "shared": 24}]
finding(first + 1, "pair", "F1 + R1", "pharmacy F1 and prescriber R1 share 24 patients of north, 9.4 times the 2.55 to be expected"
        " (of 40,000 patients there the one saw 1,200, the other 85; Jaccard 0.02)", 99900, members=members,
        pair={"rank": 1, "q_value": 1e-9, "shared": 24})
finding(first + 2, "ring", "F1 + R1 + R5", "3 entities hang together by 2 of 3 possible pairs that share more patients than is to be"
        " expected; patients seen by at least half of them: 31", None,
        members=members + [{"kind": "prescriber", "id": "R5", "group": "cardiology", "patients": 90, "shared": 20}],
        ring={"rank": 1, "q_value": 0.0025})
score("provider", "R1", 1, lead, 123456, reasons=[PAID, WEEKEND], table=[PAID, WEEKEND, AGE])
score("provider", "R2", 2, small=1, reasons=[PAID])
score("provider", "R9", None)
score("prescriber", "R1", 3, reasons=[WEEKEND])
base.commit()
