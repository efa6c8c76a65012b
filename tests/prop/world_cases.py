"""What the naive twin says of a world, written as the test of a rule: `rules test` must agree, for it judges by itself.

A test tells of hits, excused and unknown units by the ids of lines; money and reasons are left to worlds.py's scan.
"""

import datetime
import os
import shutil
from fractions import Fraction

from naive import judge
from naive.lines import key_of

COLUMNS = ("claim_id", "claim_type", "claim_part", "line_no", "patient_id", "billing_provider_id", "facility_id", "admission_date",
           "discharge_date", "received_date", "paid_date", "claim_paid", "principal_diagnosis", "from_date", "service_date",
           "service_end_date", "procedure", "modifiers", "drug_class", "units", "unit_price", "charge", "paid", "rendering_provider_id",
           "prescriber_id", "pharmacy_id", "days_supply", "sex", "birth_date", "region", "eligibility", "billing.specialty",
           "billing.provider_region", "rendering.specialty", "rendering.provider_region", "pharmacy.specialty",
           "pharmacy.provider_region")
WAITING = ("window", "absence", "peer")     # take `horizon`
ROLES = {"a": 0, "copy": 0, "b": 1, "original": 1}


def cell_of(value):
    if value is None:
        return "-"
    if isinstance(value, tuple):
        parts = ["..".join(day.isoformat() if day else "" for day in part) if isinstance(part, tuple) else part for part in value]
        return ";".join(parts) or "''"
    if isinstance(value, Fraction):
        return str(value.numerator) if value.denominator == 1 else f"{float(value):.4f}"
    return value.isoformat() if isinstance(value, datetime.date) else value


def is_comparable(case, rule):
    """Tests read a claim's header otherwise where its lines disagree, and know no benefit year of a profile."""
    return rule.kind not in ("line", "claim") and not rule.of_claims and not case.world.conflicts and \
        (rule.keys.get("within") != "benefit_year" or case.world.benefit_year in (None, (1, 1)))


def told(rule, result, ids, outcome):
    """Units as tests name them."""
    for finding in result.findings:
        if finding.outcome != outcome:
            continue
        named = [ids[line[1:4]] for line in sorted(finding.lines, key=lambda line: ROLES.get(line[0], 0))]
        if rule.kind in ("duplicate", "absence") or outcome == "unknown" and len(named) == 1:
            yield named[0]
        elif named:
            yield "[" + ", ".join(named) + "]"


def case_of(text, rule, result, night, setting):
    """The rule with its test."""
    ids = {key_of(line): str(number) for number, line in enumerate(night.lines, 1)}
    rows = [["id", *COLUMNS], *([ids[key_of(line)], *(cell_of(line.get(name)) for name in COLUMNS)] for line in night.lines)]
    lists = {name: ", ".join(told(rule, result, ids, outcome)) for name, outcome in
             (("hits", "hit"), ("excused", "excused"), ("unknown", "unknown"))}
    horizon = f"    horizon: {setting.since} .. {setting.through}\n" if rule.kind in WAITING else ""
    table = "".join("      " + " ".join(row) + "\n" for row in rows)
    return text.replace("status: active", "status: draft") + f"tests:\n  - name: as the twin says\n{horizon}    lines: |\n{table}" + \
        "".join(f"    {name}: [{items}]\n" for name, items in lists.items())


def differences(case, folder, program):
    """(rule, words): the program reads each rule with a test made of what the twin says."""
    folder = os.path.join(folder, "cases")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    case.write_tables(folder)
    night, setting = case.night(), case.setting()
    night.incomplete_patients = set()    # a test has no rejects
    setting.through = case.world.through
    setting.since = min(case.world.since or datetime.date(2000, 1, 1), case.world.through)
    setting.benefit_year = (1, 1)
    written = {}
    for text in case.rules:
        rule = case.rule(text)
        if is_comparable(case, rule) and night.lines:
            result = judge.judge(rule, night, setting)
            if not all(finding.lines for finding in result.findings):
                continue    # `lines` chose none: a test cannot name the finding
            written[rule.id] = case_of(text, rule, result, night, setting)
            with open(os.path.join(folder, rule.id + ".yaml"), "w", encoding="utf-8") as file:
                file.write(written[rule.id])
    if not written:
        return
    try:
        program.run("rules", "test", "--only-rules", "--rules", "cases", cwd=os.path.dirname(folder))
    except RuntimeError as error:
        said = str(error)
        for rule in written:
            words = [line for line in said.splitlines() if rule + ".yaml" in line]
            if words:
                yield rule, "rules test: " + "\n".join(words[:3])
