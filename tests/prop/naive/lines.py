"""Claim files to the lines that count: cells to values, facts joined, repeated and superseded lines dropped, reversals netted.

A line is a dict of fields; what a file does not have, and empty cells, are None. Keys that begin with '_' are ours.
"""

import collections
import datetime
from fractions import Fraction

TYPES = ("professional", "inpatient", "outpatient", "pharmacy", "dental", "other")
NUMBERS = {"claim_part", "claim_version", "line_no", "service_minute", "units", "minutes", "unit_price", "price_cap", "charge",
           "allowed", "paid", "claim_charge", "claim_allowed", "claim_paid", "fill_number", "days_supply", "quantity"}
DATES = {"from_date", "through_date", "admission_date", "discharge_date", "received_date", "paid_date", "service_date",
         "service_end_date", "birth_date", "death_date", "as_of"}
LISTS = {"modifiers", "diagnoses", "other_diagnoses", "claim_procedures", "condition_codes", "line_diagnoses"}
IDS = {"claim_id", "patient_id", "billing_provider_id", "facility_id", "attending_provider_id", "rendering_provider_id",
       "referring_provider_id", "prescriber_id", "pharmacy_id", "prescription_number", "trace_code", "original_claim_id"}
SYSTEMS = {"procedure": "hcpcs", "drug": "ndc", "principal_diagnosis": "icd10cm", "other_diagnoses": "icd10cm",
           "admitting_diagnosis": "icd10cm", "diagnoses": "icd10cm", "line_diagnoses": "icd10cm", "claim_procedures": "icd10pcs"}
LINE_FIELDS = {"line_no", "service_date", "service_end_date", "service_minute", "procedure", "modifiers", "revenue_code", "drug",
               "drug_class", "units", "minutes", "unit_price", "price_cap", "charge", "allowed", "paid", "place_of_service",
               "rendering_provider_id", "referring_provider_id", "prescriber_id", "pharmacy_id", "prescription_number",
               "fill_number", "days_supply", "quantity", "trace_code", "line_diagnoses"}
PATIENT_FACTS = ("sex", "birth_date", "death_date", "eligibility", "region")
PROVIDER_FACTS = ("specialty", "provider_region", "provider_level", "organisation_id")
ROLES = {"billing": "billing_provider_id", "facility": "facility_id", "attending": "attending_provider_id",
         "rendering": "rendering_provider_id", "referring": "referring_provider_id", "prescriber": "prescriber_id",
         "pharmacy": "pharmacy_id"}


def is_nobody(text):
    """An identifier that never joins."""
    text = text.strip()
    return not text.strip("0") or not text.strip("9") or text.upper() in ("UNKNOWN", "NA", "N/A", "NONE", "NULL")


def value_of(field, cell):
    """What a cell means; None when it is missing."""
    if field in LISTS:
        return tuple(coded(field, part) for part in cell.split(";") if part)
    if not cell:
        return None
    if field in NUMBERS:
        return Fraction(cell)
    if field in DATES:
        return datetime.date.fromisoformat(cell)
    if field == "eligibility":
        return tuple(tuple(datetime.date.fromisoformat(day) if day else None for day in part.split(".."))
                     for part in cell.split(";"))
    return coded(field, cell)


def coded(field, text):
    return f"{SYSTEMS[field]}:{text}" if field in SYSTEMS and ":" not in text else text


def line_of(names, cells):
    line = dict.fromkeys(NUMBERS | DATES | LISTS | IDS)
    line.update((name, value_of(name, cell)) for name, cell in zip(names, cells))
    line["claim_part"] = line["claim_part"] or Fraction(1)
    line["claim_status"] = line.get("claim_status") or "original"
    line["line_no"] = Fraction(1) if "line_no" not in names else line["line_no"]
    line["_has_from"] = "from_date" in names
    add_diagnoses(line)
    return line


def add_diagnoses(line):
    """Principal and others; missing when neither is in the file."""
    principal, others = line.get("principal_diagnosis"), line.get("other_diagnoses")
    line["diagnoses"] = None if principal is None and others is None else \
        ((principal,) if principal else ()) + tuple(code for code in others or () if code != principal)


# --- Which lines count ----------------------------------------------------------------------------------

def key_of(line):
    """What findings name a line by; in tests of rule files that is its id."""
    return line.get("_key") or (line["claim_type"], line["claim_id"], line["line_no"])


def claim_of(line):
    return line["claim_type"], line["claim_id"]


def time_of(line):
    """Version order; what is missing is older than any. Worlds have no two versions of one time."""
    return (line["paid_date"] or datetime.date.min, line["claim_version"] if line["claim_version"] is not None else Fraction(-1),
            line["received_date"] or datetime.date.min)


def is_live(line):
    return line["claim_status"] not in ("void", "reversal")


def total_order(line):
    return (line["service_date"] or datetime.date.max, type_order(line["claim_type"]), line["claim_id"] or "", line["line_no"] or 0)


def type_order(claim_type):
    return TYPES.index(claim_type) if claim_type in TYPES else len(TYPES)


def drop(lines):
    """Without repeated lines, and of several versions of a line without all but the newest."""
    once, versions = [], collections.defaultdict(list)
    for line in lines:
        if line not in once:
            once.append(line)
    for line in once:
        if is_live(line):
            versions[key_of(line)].append(line)
    newest = {key: max(same, key=time_of) for key, same in versions.items()}
    return [line for line in once if not is_live(line) or newest[key_of(line)] is line]


def paid_of(line):
    return line["paid_date"] or datetime.date.min


def names_claim(row, line):
    return (line["claim_type"], line["claim_id"]) == (row["claim_type"], row["original_claim_id"])


def replace(lines, rows):
    """Without lines of a claim that a replacement of another id names; `rows` are all that came."""
    naming = [row for row in rows if row["claim_status"] == "replacement" and row["original_claim_id"] not in (None, row["claim_id"])]
    return [line for line in lines if not is_live(line)
            or not any(names_claim(row, line) and paid_of(line) <= paid_of(row) for row in naming)]


def undo(lines, reversal):
    """Marks what voids and reversals take back. `reversal`: None, {'of': 'claim'}, or {'keys': [...], 'opposite': [...]}."""
    for line in lines:
        line["_undone"] = False
    for row in (row for row in lines if row["claim_status"] == "void"):
        for line in lines:
            named = names_claim(row, line) if row["original_claim_id"] else key_of(line) == key_of(row)
            line["_undone"] |= named and is_live(line) and paid_of(line) <= paid_of(row)
    reversals = sorted((line for line in lines if reversal and line["claim_status"] == "reversal"), key=time_of)
    if reversal and "of" in reversal:
        for row in reversals:
            for line in lines:
                line["_undone"] |= names_claim(row, line) and is_live(line) and time_of(line) <= time_of(row)
        return
    for row in reversals:
        found = [line for line in lines if is_live(line) and not line["_undone"] and time_of(line) <= time_of(row)
                 and agrees(line, row, reversal)]
        if found:
            max(found, key=lambda line: (time_of(line), line["service_date"] or datetime.date.min, line["claim_id"],
                                         line["line_no"]))["_undone"] = True


def agrees(line, back, reversal):
    if line["claim_type"] != back["claim_type"]:
        return False
    same = all(line[field] is not None and line[field] == back[field] for field in reversal["keys"])
    return same and all(line[field] is not None and back[field] is not None and line[field] == -back[field]
                        for field in reversal.get("opposite", []))


# --- Facts ------------------------------------------------------------------------------------------------

def facts_of(rows, key):
    """{id: record}: the newest source date wins as a whole. Worlds have no two of one date."""
    facts = {}
    for names, cells in rows:
        fact = {name: value_of(name, cell) for name, cell in zip(names, cells)}
        known = facts.get(fact[key])
        if known is None or (known["as_of"] or datetime.date.min) < (fact["as_of"] or datetime.date.min):
            facts[fact[key]] = fact
    return facts


def join(lines, patients, providers):
    for line in lines:
        patient = patients.get(line["patient_id"], {}) if line["patient_id"] and not is_nobody(line["patient_id"]) else {}
        for fact in PATIENT_FACTS:
            line[fact] = line.get(fact) if line.get(fact) is not None else patient.get(fact)
        for role, column in ROLES.items():
            name = line[column]
            provider = providers.get(name, {}) if name and not is_nobody(name) else {}
            for fact in PROVIDER_FACTS:
                line[f"{role}.{fact}"] = provider.get(fact)


class Night:
    """The lines of some files, each (names, rows of cells), that rules see."""

    def __init__(self, files, reversal=None):
        read = {"claim_id": [], "patient_id": [], "provider_id": []}
        for names, rows in files:
            key = next(key for key in read if key in names)
            read[key] += [(names, cells) for cells in rows]
        rows = [line_of(names, cells) for names, cells in read["claim_id"]]
        rejected = [row for row in rows if row["line_no"] is None]
        rows = [row for row in rows if row["line_no"] is not None]
        self.incomplete_claims = {claim_of(row) for row in rejected}
        self.incomplete_patients = {row["patient_id"] for row in rejected if row["patient_id"] and not is_nobody(row["patient_id"])}
        lines = replace(drop(rows), rows)
        undo(lines, reversal)
        join(lines, facts_of(read["patient_id"], "patient_id"), facts_of(read["provider_id"], "provider_id"))
        self.all = sorted(lines, key=total_order)
        self.lines = [line for line in self.all if is_live(line) and not line["_undone"]]


# --- Claims --------------------------------------------------------------------------------------------------

def claims_of(lines):
    """[(header, its lines by number)]: one for every (type, id, part) of the lines given."""
    units = collections.defaultdict(list)
    for line in lines:
        units[claim_of(line) + (line["claim_part"],)].append(line)
    claims = []
    for key in sorted(units, key=lambda key: (type_order(key[0]), key[1] or "", key[2])):
        of_claim = sorted(units[key], key=lambda line: line["line_no"] or 0)
        claims.append((header_of(of_claim), of_claim))
    return claims


def header_of(lines):
    """What all lines say alike; where the files have no from_date, the first service."""
    header = {name: lines[0][name] if all(line.get(name) == lines[0][name] for line in lines) else None for name in lines[0]
              if name not in LINE_FIELDS and not is_of_line_role(name)}
    if not lines[0]["_has_from"]:
        header["from_date"] = min((line["service_date"] for line in lines if line["service_date"]), default=None)
    return header


def is_of_line_role(name):
    role, _, fact = name.partition(".")
    return bool(fact) and ROLES.get(role) in LINE_FIELDS
