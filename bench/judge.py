"""The definitions of the rules that see more than one line, judged slowly and plainly over generated claims.

A finding is (rule id, frozenset of (role, claim_type, claim_id, line_no)); line_no is '' for a whole claim; a finding
about a pharmacy is (rule id, frozenset of ('entity', 'pharmacy_id/ID', period)).
"""
from collections import Counter, defaultdict
from datetime import date, timedelta
from fractions import Fraction
from itertools import permutations

OPEN = "9999-99-99"
CONTROLLED = {f"9998{number:07}" for number in range(1, 21)}
MUE = [("V6101", 3, 3, "2020-01-01", OPEN), ("V6102", 1, 2, "2020-01-01", OPEN), ("V6103", 2, 1, "2020-01-01", OPEN),
       ("J2405", 10, 3, "2020-01-01", OPEN), ("V6104", 4, 3, "2023-01-01", "2023-12-31"),
       ("V6104", 2, 3, "2024-01-01", OPEN)]
PTP = [("V6201", "V6202", 0, "2020-01-01", OPEN), ("V6203", "V6204", 1, "2020-01-01", OPEN),
       ("V6205", "V6206", 9, "2020-01-01", OPEN), ("V6207", "V6208", 1, "2023-01-01", "2023-12-31"),
       ("V6202", "V6209", 0, "2020-01-01", OPEN)]
ADDON = {"V6301": {"V6302", "V6303"}, "V6304": {"V6305"}}
TIMED = {"local:V6401": 60, "local:V6402": 30, "local:V6403": 15}
FREQUENCY = {"local:V6501": ("day", 2), "local:V6502": ("month", 4), "local:V6503": ("year", 6),
             "local:V6504": ("quarter", 3)}
FREQUENCY_RULE = "CORE-0402"
ONCE = {"local:V6601": "appendix", "local:V6602": "uterus", "local:V6603": "gallbladder"}
DOUBLE = [("local:V6701", "local:V6702", "day"), ("local:V6703", "local:V6704", "stay"),
          ("local:V6705", "local:V6706", "day")]
DAILY = {"local:V6001", "local:V6002"}
GROUPS = {"E10": "diabetes", "E11": "diabetes", "E13": "diabetes", "I110": "heart failure", "I50": "heart failure",
          "J12": "pneumonia", "J13": "pneumonia", "J14": "pneumonia", "J15": "pneumonia", "J16": "pneumonia",
          "J18": "pneumonia", "J43": "copd", "J44": "copd", "N17": "kidney", "N18": "kidney", "I63": "stroke",
          "I21": "infarction", "I22": "infarction"}
NCCI = set("E1 E2 E3 E4 FA F1 F2 F3 F4 F5 F6 F7 F8 F9 TA T1 T2 T3 T4 T5 T6 T7 T8 T9 LT RT LC LD LM RC RI "
           "24 25 57 58 78 79 27 59 91 XE XP XS XU".split())
DATA_FROM, DATA_THROUGH = date(2023, 1, 1), date(2024, 12, 31)
SETTLE = 60


def day(text):
    return date.fromisoformat(text)


def cents(text):
    sign = -1 if text.startswith("-") else 1
    whole, part = text.lstrip("-").split(".")
    return sign * (int(whole) * 100 + int(part))


def codes(text):
    return frozenset(code for code in text.split(";") if code)


def live_rows(rows):
    """Without voids, the claims that they name or share their id with, and versions that have a newer one."""
    undone = {(row["claim_type"], row["original_claim_id"] or row["claim_id"]) for row in rows if row["claim_status"] == "void"}
    newest = {}
    for row in rows:
        key = (row["claim_type"], row["claim_id"], row["line_no"])
        if row["claim_status"] == "void" or key[:2] in undone:
            continue
        if key not in newest or newest[key]["paid_date"] < row["paid_date"]:
            newest[key] = row
    return list(newest.values())


def line(role, row):
    return (role, row["claim_type"], row["claim_id"], row["line_no"])


def claim(role, row):
    return (role, row["claim_type"], row["claim_id"], "")


def grouped(rows, key):
    """Rows by key; a missing value joins nothing. Lists of codes agree as sets."""
    groups = defaultdict(list)
    for row in rows:
        values = tuple(codes(row[name]) if name == "modifiers" else row[name] for name in key)
        if all(value != "" for value in values):
            groups[values].append(row)
    return groups.values()


def paid(rows):
    return [row for row in rows if cents(row["paid"]) > 0]


def duplicates(rule, rows, key):
    for group in grouped(paid(rows), key):
        order = sorted(group, key=lambda row: (row["received_date"], row["paid_date"], row["claim_id"], int(row["line_no"])))
        for copy in order[1:]:
            if not codes(copy["modifiers"]) & {"76", "77", "91"}:
                yield rule, frozenset({line("copy", copy), line("original", order[0])})


def exact_duplicates(rows):
    professional = [row for row in rows if row["claim_type"] == "professional"]
    yield from duplicates("CORE-0201", professional, (
        "patient_id", "billing_provider_id", "rendering_provider_id", "service_date", "procedure", "modifiers",
        "place_of_service", "charge"))
    institutional = [row for row in rows if row["claim_type"] in ("inpatient", "outpatient")]
    yield from duplicates("CORE-0202", institutional, (
        "patient_id", "billing_provider_id", "claim_type", "from_date", "through_date", "service_date", "revenue_code",
        "procedure", "modifiers", "charge"))


def near_duplicates(rows):
    """The later one is b; on one day the one that was paid less."""
    professional = [row for row in paid(rows) if row["claim_type"] == "professional"]
    for group in grouped(professional, ("patient_id", "billing_provider_id", "procedure")):
        for a, b in permutations(group, 2):
            days = (day(b["service_date"]) - day(a["service_date"])).days if a["service_date"] and b["service_date"] else -1
            first, second = cents(a["paid"]), cents(b["paid"])
            near = abs(first - second) * 100 <= max(first, second)
            if (a["claim_id"] != b["claim_id"] and near and (days == 1 or (days == 0 and first > second))
                    and b["procedure"] not in DAILY and not codes(b["modifiers"]) & {"76", "77", "91"}):
                yield "CORE-0203", frozenset({line("a", a), line("b", b)})


def heads(rows, *types):
    found = {}
    for row in rows:
        if row["claim_type"] in types:
            found.setdefault((row["claim_type"], row["claim_id"]), row)
    return list(found.values())


def is_stay(row):
    return row["admission_date"] and row["discharge_date"] and row["admission_date"] <= row["discharge_date"]


def stays(rows):
    for group in grouped(heads(rows, "inpatient"), ("patient_id",)):
        for a, b in permutations([row for row in group if is_stay(row)], 2):
            if (a["admission_date"], a["claim_id"]) < (b["admission_date"], b["claim_id"]) and \
                    b["admission_date"] < a["discharge_date"] and a["facility_id"] != b["facility_id"]:
                yield "CORE-0301", frozenset({claim("a", a), claim("b", b)})
    for group in grouped(heads(rows, "inpatient", "outpatient"), ("patient_id",)):
        for a, b in permutations(group, 2):
            if a["claim_type"] == "inpatient" and b["claim_type"] == "outpatient" and is_stay(a) and \
                    a["admission_date"] < b["from_date"] < a["discharge_date"]:
                yield "CORE-0302", frozenset({claim("a", a), claim("b", b)})
    for group in grouped(heads(rows, "inpatient"), ("patient_id", "facility_id")):
        order = sorted(group, key=lambda row: row["admission_date"])
        for a, b in zip(order, order[1:]):
            illness = {GROUPS.get(row["principal_diagnosis"][:3]) or GROUPS.get(row["principal_diagnosis"][:4]) for row in (a, b)}
            if len(illness) == 1 and None not in illness and is_stay(a) and is_stay(b) and \
                    0 <= (day(b["admission_date"]) - day(a["discharge_date"])).days <= 15:
                yield "CORE-0303", frozenset({claim("a", a), claim("b", b)})


def windows(rule, rows, key, amount, most):
    for group in grouped(rows, key):
        if sum(amount(row) for row in group) > most(group[0]):
            yield rule, frozenset(line("line", row) for row in group)


def period(row, kind):
    year, month, _ = row["service_date"].split("-")
    return {"day": row["service_date"], "month": f"{year}-{month}", "year": year,
            "quarter": f"{year} {(int(month) + 2) // 3}"}[kind]


def volumes(rows):
    counted = [row for row in paid(rows) if int(row["units"]) > 0]
    timed = [row for row in counted if row["claim_type"] == "professional" and row["procedure"] in TIMED]
    yield from windows("CORE-0401", timed, ("rendering_provider_id", "service_date"),
                       lambda row: int(row["units"]) * TIMED[row["procedure"]], lambda row: 960)
    for code, (kind, most) in FREQUENCY.items():
        chosen = [{**row, "period": period(row, kind)} for row in counted if row["procedure"] == code]
        yield from windows(FREQUENCY_RULE, chosen, ("patient_id", "period"),
                           lambda row: int(row["units"]), lambda row, most=most: most)


def pairs(rows):
    for group in grouped([row for row in paid(rows) if row["procedure"] in ONCE], ("patient_id",)):
        for a, b in permutations(group, 2):
            if ONCE[a["procedure"]] == ONCE[b["procedure"]] and a["service_date"] < b["service_date"]:
                yield "CORE-0406", frozenset({line("a", a), line("b", b)})
    coded = [row for row in paid(rows) if row["procedure"]]
    stay_lines = [row for row in coded if row["claim_type"] == "inpatient"]
    for rule, scope, chosen, key in (("CORE-0407", "day", coded, ("patient_id", "service_date")),
                                     ("CORE-0408", "stay", stay_lines, ("patient_id", "claim_id"))):
        for group in grouped(chosen, key):
            for a, b in permutations(group, 2):
                if (a["procedure"], b["procedure"], scope) in DOUBLE:
                    yield rule, frozenset({line("a", a), line("b", b)})


def refills(rows):
    fills = [row for row in rows if row["claim_type"] == "pharmacy" and row["days_supply"] and int(row["days_supply"]) >= 7]
    for group in grouped(fills, ("patient_id", "drug")):
        days = sorted({row["service_date"] for row in group})
        following = dict(zip(days, days[1:]))
        for a, b in permutations(group, 2):
            if b["service_date"] in (a["service_date"], following.get(a["service_date"])) and \
                    (day(b["service_date"]) - day(a["service_date"])).days * 4 < 3 * int(a["days_supply"]):
                yield "CORE-0501", frozenset({line("a", a), line("b", b)})


def shopping(rows):
    fills = [row for row in rows if row["claim_type"] == "pharmacy" and row["drug"] in CONTROLLED]
    for group in grouped(fills, ("patient_id",)):
        episodes = []
        for last in sorted({day(row["service_date"]) for row in group}):
            window = [row for row in group if last - timedelta(89) <= day(row["service_date"]) <= last]
            cancer = any(code[0] == "C" for row in window
                         for code in codes(row["other_diagnoses"]) | codes(row["principal_diagnosis"]))
            if len({row["prescriber_id"] for row in window} - {""}) >= 4 and not cancer and \
                    len({row["pharmacy_id"] for row in window} - {""}) >= 4:
                lines = {line("line", row) for row in window}
                for other in [one for one in episodes if one & lines]:
                    episodes.remove(other)
                    lines |= other
                episodes.append(lines)
        yield from (("CORE-0502", frozenset(lines)) for lines in episodes)


def absences(rows, patients):
    visits = defaultdict(list)
    for row in rows:
        if row["claim_type"] in ("professional", "outpatient"):
            visits[row["patient_id"]].append(row)
    for row in rows:
        if row["claim_type"] != "pharmacy" or row["drug"] not in CONTROLLED or not row["prescriber_id"]:
            continue
        event = day(row["service_date"])
        start = max(DATA_FROM, day(patients[row["patient_id"]]["eligibility"].split(";")[-1].split("..")[0]))
        if event - timedelta(180) < start or event + timedelta(3 + SETTLE) > DATA_THROUGH:
            continue
        seen = any(row["prescriber_id"] in (visit["rendering_provider_id"], visit["billing_provider_id"])
                   and -180 <= (day(visit["service_date"]) - event).days <= 3
                   for visit in visits[row["patient_id"]] if visit["service_date"])
        if not seen:
            yield "CORE-0503", frozenset({line("event", row)})


def mills(rows, providers):
    fills = defaultdict(list)
    for row in rows:
        if row["claim_type"] == "pharmacy" and row["pharmacy_id"]:
            fills[(row["pharmacy_id"], row["service_date"][:4])].append(row)
    regions = defaultdict(dict)
    for (pharmacy, year), group in fills.items():
        if len(group) >= 20 and date(int(year), 12, 31) + timedelta(SETTLE) <= DATA_THROUGH:
            controlled = Counter(row["prescriber_id"] for row in group if row["drug"] in CONTROLLED and row["prescriber_id"])
            regions[(providers[pharmacy]["provider_region"], year)][pharmacy] = controlled
    for (_, year), members in regions.items():
        shares = {name: Fraction(max(found.values()), sum(found.values())) for name, found in members.items() if found}
        if len(members) < 30 or not shares:
            continue
        order = sorted(shares.values())
        limit = order[-(-95 * len(order) // 100) - 1]
        for name, share in shares.items():
            if share > limit and share >= Fraction(4, 5) and sum(members[name].values()) >= 5:
                yield "CORE-0504", frozenset({("entity", "pharmacy_id/" + name, f"{year}-01-01..{year}-12-31")})


def limit_on(row):
    """(max_units, mai) of the row that is valid on the day."""
    for code, units, mai, first, last in MUE:
        if code == row["procedure"] and first <= row["service_date"] <= last:
            return units, mai
    return None


def edits(rows):
    professional = [row for row in paid(rows) if row["claim_type"] == "professional"]
    edited = [row for row in professional if int(row["units"]) > 0 and limit_on(row)]
    for row in edited:
        most, mai = limit_on(row)
        if mai == 1 and int(row["units"]) > most:
            yield "US-0201", frozenset({line("line", row)})
    yield from windows("US-0202", [row for row in edited if limit_on(row)[1] != 1],
                       ("patient_id", "billing_provider_id", "procedure", "service_date"),
                       lambda row: int(row["units"]), lambda row: limit_on(row)[0])
    billed = [row for row in rows if row["claim_type"] == "professional"]
    for group in grouped(billed, ("patient_id", "billing_provider_id", "service_date")):
        present = {row["procedure"] for row in group}
        group = paid(group)
        for a, b in permutations(group, 2):
            for column1, column2, indicator, first, last in PTP:
                if (a["procedure"], b["procedure"]) == (column1, column2) and first <= a["service_date"] <= last and \
                        (indicator == 0 or (indicator == 1 and not NCCI & (codes(a["modifiers"]) | codes(b["modifiers"])))):
                    yield "US-0203", frozenset({line("a", a), line("b", b)})
        for row in group:
            if row["procedure"] in ADDON and not ADDON[row["procedure"]] & present:
                yield "US-0204", frozenset({line("event", row)})


def judge_many(rows, patients, providers):
    """All findings, of which none may come twice."""
    found = []
    for rule in (exact_duplicates, near_duplicates, stays, volumes, pairs, refills, shopping, edits):
        found.extend(rule(rows))
    found.extend(absences(rows, patients))
    found.extend(mills(rows, providers))
    assert len(found) == len(set(found)), "a finding came twice"
    return set(found)
