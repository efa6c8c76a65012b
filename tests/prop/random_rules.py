"""Random rules of every kind, as the text of rule files. Codes are invented; limits are such that rules hit now and then."""

CATEGORY = "volume"
CODES = ["V0103", "V0104", "V0201", "V4001"]
NUMBERS = ["units", "paid", "charge", "days_supply"]
LINE_IDS = ["rendering_provider_id", "prescriber_id", "pharmacy_id"]
HEADER_IDS = ["patient_id", "billing_provider_id", "facility_id", "claim_id"]
HEADER_DATES = ["from_date", "received_date", "admission_date", "discharge_date"]
SIGNS = ["<", "<=", ">", ">=", "=", "!="]
DAYS = ["2024-02-29", "2024-03-31", "2024-04-01", "2024-05-05"]
PREFIXES = ["V0", "V01", "V4", "V"]
PERIODS = ["day", "week", "month", "quarter", "year", "life"]
SETS = """tables:
  caps:
    file: caps.csv
    keys: [sex text, code hcpcs]
    columns: {most: int, rate: decimal, days: int, period: text, other: code:hcpcs}
    valid: [from, to]
    prefix: yes
  couples: {file: couples.csv, keys: [first hcpcs, second hcpcs], columns: {least: decimal, days: int}, prefix: yes}
"""


class Writer:
    """Conditions and rules by one source of chance."""

    def __init__(self, rng):
        self.rng = rng

    def pick(self, items):
        return self.rng.choice(items)

    def chance(self, share):
        return self.rng.random() < share

    # --- Conditions ---

    def joined(self, leaf, depth):
        if depth and self.chance(0.5):
            parts = [self.joined(leaf, depth - 1) for _ in range(self.rng.randint(2, 3))]
            return "(" + self.pick([" and ", " or "]).join(parts) + ")"
        return f"not ({self.joined(leaf, depth)})" if self.chance(0.1) else leaf()

    def of_line(self, p="", facts=True):
        """A test of one line; p is the prefix of its columns."""
        pick, limit = self.pick, self.pick(["0", "1", "2.5", "20", "33.33"])
        number, day, who = pick(NUMBERS), pick(["service_date", "paid_date", *HEADER_DATES]), pick(LINE_IDS + HEADER_IDS)
        tests = [f"{p}{number} {pick(SIGNS)} {limit}", f"{p}{number} {pick(SIGNS)} {p}{pick(NUMBERS)}",
                 f"{p}{number} between 1 and {limit}", f"{p}paid - {p}charge > {pick(['-10', '0', '5'])}",
                 f"{p}{day} {pick(SIGNS)} {pick(DAYS)}", f"days_between({p}service_date, {p}{day}) >= {pick(['-3', '0', '4'])}",
                 f"{p}procedure = 'hcpcs:{pick(CODES)}'", f"{p}procedure in codes('hcpcs:V01'..'hcpcs:V02')",
                 f"{p}procedure not in ('hcpcs:{pick(CODES)}', 'hcpcs:{pick(CODES)}')", f"{p}procedure starts with 'hcpcs:V0'",
                 f"{p}modifiers has '{pick(['LT', 'KX'])}'", f"{p}modifiers overlaps ('KX', '76')", f"{p}modifiers within ('KX', 'LT')",
                 f"size({p}modifiers) > 0", f"{p}drug_class = 'opioid'", f"{p}principal_diagnosis in codes('icd10cm:E10'..'icd10cm:E14')",
                 f"{p}{who} {pick(['=', '!='])} '{pick(['P1', 'B1', 'D1', 'F1', 'R1', 'C3', '000'])}'",
                 f"{p}{pick(LINE_IDS)} = {p}billing_provider_id",
                 f"{p}{pick([*NUMBERS, who, day, 'procedure'])} is {pick(['missing', 'present'])}",
                 f"{p}claim_type {pick(['=', '!='])} '{pick(['professional', 'inpatient', 'pharmacy'])}'",
                 f"{p}claim_type in ('professional', 'pharmacy')", f"coalesce({p}paid, {p}charge, 0) > {limit}",
                 f"is_weekend({p}service_date)", f"{p}units / {p}days_supply > 1"]
        if facts and not p:
            tests += ["sex = 'M'", "age_at(birth_date, service_date) > 40", "billing.specialty = '50'",
                      "rendering.provider_region != 'north'", "region = 'south'"]
        return pick(tests)

    def lines(self, depth=1, p=""):
        return self.joined(lambda: self.of_line(p), depth)

    def where(self):
        """A condition that takes most lines."""
        pick = self.pick
        return pick([lambda: self.of_line(), lambda: f"({self.of_line()} or {self.of_line()})", lambda: "paid > 0",
                     lambda: "claim_type != 'inpatient'", lambda: "units >= 1", lambda: "paid >= 0 and units is present",
                     lambda: f"not ({self.of_line()})", lambda: f"{self.of_line()} or {self.of_line()} or {self.of_line()}"])()

    def of_two(self):
        """A test of a and b."""
        pick, number = self.pick, self.pick(NUMBERS)
        return pick([
            lambda: f"a.{number} {pick(SIGNS)} b.{number}", lambda: f"a.{number} + b.{pick(NUMBERS)} > {pick(['5', '40', '60'])}",
            lambda: f"a.procedure {pick(['=', '!='])} b.procedure", lambda: f"a.claim_id {pick(['=', '!='])} b.claim_id",
            lambda: "a.line_no < b.line_no", lambda: f"a.{pick(LINE_IDS)} {pick(['=', '!='])} b.{pick(LINE_IDS)}",
            lambda: f"days_between(a.service_date, b.service_date) between {pick(['-3', '0', '1'])} and {pick(['0', '5', '30'])}",
            lambda: "a.received_date < b.received_date", lambda: "a.service_date <= b.service_date",
            lambda: f"(a.procedure = 'hcpcs:{pick(CODES)}' and b.procedure = 'hcpcs:{pick(CODES)}')",
            lambda: self.of_line("a."), lambda: self.of_line("b.")])()

    def of_two_claims(self):
        pick, side = self.pick, self.pick(["a", "b"])
        return pick([
            lambda: f"a.{pick(['facility_id', 'billing_provider_id', 'patient_id', 'claim_type'])} {pick(['=', '!='])} b."
            + "SAME", lambda: f"a.paid {pick(SIGNS)} b.paid", lambda: f"{side}.claim_paid > {pick(['20', '60'])}",
            lambda: f"days_between(a.{pick(HEADER_DATES)}, b.{pick(HEADER_DATES)}) between {pick(['-3', '0'])} and {pick(['1', '15'])}",
            lambda: "a.claim_id != b.claim_id", lambda: f"sum({side}.paid where {self.of_line(side + '.')}) > {pick(['0', '30'])}",
            lambda: f"any({self.of_line(side + '.')})", lambda: f"distinct({side}.procedure) > 1",
            lambda: f"count(where {self.of_line(side + '.')}) > 1", lambda: "a.from_date <= b.from_date"])()

    def same_column(self, text):
        """a.X = b.SAME compares a column with its like."""
        parts = text.split("b.SAME")
        while len(parts) > 1:
            column = parts[0].rsplit("a.", 1)[1].split()[0]
            parts = [parts[0] + "b." + column + parts[1], *parts[2:]]
        return parts[0]

    def counted(self, alone=()):
        """A test of aggregates over a unit's lines; `alone` are tests that may stand without one."""
        pick, filtered = self.pick, f" where {self.of_line()}" if self.chance(0.35) else ""
        return pick([
            lambda: f"count({filtered.strip()}) {pick(SIGNS[2:5])} {pick(['1', '2', '3', '5'])}",
            lambda: f"sum({pick(NUMBERS)}{filtered}) {pick(SIGNS[:4])} {pick(['3', '40', '100', '250.5'])}",
            lambda: f"distinct({pick([*LINE_IDS, 'procedure', 'service_date', 'claim_id'])}{filtered}) {pick(['>', '>=', '='])} "
            f"{pick(['1', '2', '3'])}", lambda: f"max({pick(NUMBERS)}{filtered}) > {pick(['5', '30', '60'])}",
            lambda: f"min({pick(NUMBERS)}) < {pick(['1', '10'])}", lambda: f"any({self.of_line()})",
            lambda: f"(all({self.of_line()}) and count() > 0)", lambda: f"top_share({pick([*LINE_IDS, 'procedure'])}) > 0.5",
            lambda: f"sum(units * unit_price{filtered}) > 100", lambda: f"min(service_date) < {pick(DAYS)}",
            lambda: f"sum(paid) / count() > {pick(['10', '30'])}", *((lambda one=one: one) for one in alone)])()

    # --- Tables ---

    def code_cell(self):
        """A code, a prefix, or any."""
        return self.pick(["=" + self.pick(CODES), "=" + self.pick(CODES), self.pick(PREFIXES), ""])

    def tables(self):
        """CSV by file name: few rows of every form, of which several match at once."""
        caps, couples = {}, {}
        for _ in range(self.rng.randint(3, 9)):
            key = self.pick(["", "", "M", "F"]), self.code_cell()
            first = self.pick(["", "", "2024-03-01"])
            cells = [self.pick(["", "1", "2", "5"]), self.pick(["", "10", "20.5", "33.33"]), self.pick(["1", "3", "30"]),
                     self.pick(PERIODS), self.pick(["", *CODES]), first, self.pick(["", "2024-04-15"])]
            caps[key] = ",".join([*key, *cells])
        for _ in range(self.rng.randint(2, 6)):
            key = self.pick(["", *CODES]), self.code_cell()
            couples[key] = ",".join([*key, self.pick(["", "5", "20"]), self.pick(["0", "3", "30"])])
        return {"sets.yaml": SETS,
                "caps.csv": "\n".join(["sex,code,most,rate,days,period,other,from,to", *caps.values(), ""]),
                "couples.csv": "\n".join(["first,second,least,days", *couples.values(), ""])}

    def by_table(self, kind, keys):
        """Makes a rule of lines one with `each`."""
        pick = self.pick
        if kind in ("pair", "overlap", "sequence"):
            keys["each"], keys["max_group"] = "couples(a.procedure, b.procedure)", None
            leaf = pick(["a.paid > row.least", "days_between(a.service_date, b.service_date) <= row.days", "row.least is missing",
                         "a.units * row.days >= b.paid"])
            keys["message"] += " {row.first} {row.second} {row.days}"
        else:
            side = "a." if kind == "absence" else ""
            keys["each"] = f"caps(sex, {side}procedure{pick(['', '', f' on {side}paid_date'])})"
            leaf = pick(["units > row.most", "paid > row.rate", "procedure = row.other", "row.rate is missing", "row.days < 5"])
            keys["message"] += " {row.code} {row.days} {row.sex}"
        if kind in ("window", "peer"):
            leaf = pick(["sum(units) > row.most", "count(where units >= row.most) > 1", "sum(paid) >= row.rate", "row.most is missing",
                         "any(procedure = row.other)"])
            if keys["within"] not in ("claim", "stay"):
                keys["within"] = pick(["row.period", keys["within"], *(["rolling row.days days"] if kind == "window" else [])])
            keys["settle"] = pick([keys["settle"], "row.days days"])
        if kind == "window":
            keys["message"] = "{count()} {row.code} {row.days}"
            keys["lines"] = pick([keys["lines"], "units > row.most"])
        if kind == "sequence":
            keys["within"] = pick([keys["within"], "row.days days"])
        if kind == "absence":
            keys["look"] = pick([keys["look"], "row.days days before to 0 days after", "1 days before to row.days days after"])
        condition = {"absence": "without", "duplicate": None}.get(kind, "when")
        if condition:
            joined = keys.get(condition)
            keys[condition] = f"{joined} {pick(['and', 'or'])} {leaf}" if joined and self.chance(0.8) else leaf
        if keys.get("unless") and kind not in ("absence", "overlap", "pair", "sequence"):
            keys["unless"].append(leaf)

    # --- Rules ---

    def rule(self, name, kind):
        text = f"rule: {name}\nversion: 1\ntitle: T\nstatus: active\nseverity: low\ncategory: {CATEGORY}\nkind: {kind}\n"
        keys = getattr(self, kind)()
        if kind != "claim" and not keys.get("level") and self.chance(0.3):
            self.by_table(kind, keys)
        if self.chance(0.25):
            keys["effective"] = f"2024-02-15 .. {self.pick(['open', '2024-04-30'])}"
        if "where" not in keys and self.chance(0.75):
            keys["where"] = self.where()
        for key, value in keys.items():
            if value is None:
                continue
            if key == "unless":
                for number, condition in enumerate(value):
                    text += ("unless:\n" if not number else "") + f"  - name: except-{number + 1}\n    when: >\n      {condition}\n" \
                        "    reason: why not\n"
            elif key in ("when", "where", "event", "without", "minimum", "lines"):
                text += f"{key}: >\n  {value}\n"
            elif key == "message":
                text += f"message: \"{value}\"\n"
            else:
                text += f"{key}: {value}\n"
        return text

    def exceptions(self, leaf):
        return [leaf() for _ in range(self.rng.randint(1, 2))] if self.chance(0.35) else None

    def some(self, share, *values):
        return self.pick(values) if self.chance(share) else None

    def line(self):
        return {"when": self.lines(2), "unless": self.exceptions(self.lines), "rows": self.some(0.15, "all"),
                "exposure": self.some(0.4, "charge - paid", "units * 3", "paid / 3"), "message": "{claim_id} {service_date}"}

    def claim(self):
        alone = ["paid > 50", "from_date < 2024-04-01", "sex = 'F'", "claim_type = 'professional'", "claim_paid is missing"]
        leaf = lambda: self.counted(alone)    # noqa: E731
        return {"when": self.joined(leaf, 1), "unless": self.exceptions(leaf),
                "exposure": self.some(0.4, "sum(paid) - max(paid)", "sum(charge)", "paid / 2", "sum(paid) / 3"),
                "message": "{claim_id} {count()}"}

    def on_sides(self, condition):
        """What a or b must be keeps some from being either."""
        sides = [f"{side}.claim_type {self.pick(['=', '!='])} '{self.pick(['inpatient', 'professional', 'outpatient'])}'"
                 for side in self.pick(["a", "b", "ab", "ab"])]
        return f"({' and '.join([*sides, condition])})" if self.chance(0.4) else condition

    def keys_of_two(self, group, level):
        """What pair, overlap and sequence share."""
        one = (lambda: self.same_column(self.of_two_claims())) if level else self.of_two
        columns = ["[patient_id]", "[patient_id, billing_provider_id]", "[billing_provider_id]", "[patient_id, claim_type]"]
        columns += [] if level else ["[patient_id, service_date]", "[patient_id, procedure]", "[rendering_provider_id, modifiers]",
                                     "[pharmacy_id]", "[patient_id, rendering_provider_id, service_date]"]
        return {"level": "claim" if level else None, group: self.pick(columns),
                "when": self.on_sides(self.joined(one, 1)), "unless": self.exceptions(one), "report": self.some(0.6, "a", "b", "both"),
                "exposure": self.some(0.5, "b.paid", "least(a.paid, b.paid)", "a.paid / 3 + b.paid"),
                "max_group": self.some(0.1, "4", "9"), "message": "{a.claim_id} {b.claim_id}"}

    def pair(self):
        return self.keys_of_two("same", self.chance(0.3))

    def overlap(self):
        level = self.chance(0.6)
        keys = self.keys_of_two("per", level)
        keys["interval"] = "admission_date to discharge_date" if level else self.pick(
            ["service_date to service_end_date", "service_date to coalesce(service_end_date, service_date)",
             "service_date to add_days(service_date, days_supply)", "admission_date to discharge_date"])
        keys["touching"] = self.some(0.5, "allowed")
        keys["when"] = keys["when"] if self.chance(0.7) else None
        keys["message"] = "{a.claim_id} {b.claim_id} {overlap_days}"
        return keys

    def sequence(self):
        level = self.chance(0.4)
        keys = self.keys_of_two("per", level)
        keys["order"] = self.pick(["admission_date", "from_date", "discharge_date"] if level else
                                  ["service_date", "received_date", "admission_date", "coalesce(service_end_date, service_date)"])
        keys["adjacent"] = self.some(0.6, "yes")
        keys["within"] = self.some(0.5, "0 days", "3 days", "30 days")
        return keys

    def duplicate(self):
        level = self.chance(0.3)
        columns = ["patient_id, billing_provider_id", "patient_id, claim_type", "patient_id, from_date", "claim_id"]
        columns += [] if level else ["patient_id, procedure, service_date", "patient_id, rendering_provider_id, modifiers",
                                     "patient_id, drug_class", "patient_id, procedure, service_date, modifiers"]
        leaf = self.of_line if not level else lambda: self.pick(
            ["claim_paid > 30", "facility_id = original.facility_id", "any(units > 1)", "paid > 20", "claim_type = 'inpatient'"])
        if not level:
            leaf = lambda: self.pick([self.of_line(), "original.paid != paid", "original.claim_id = claim_id"])    # noqa: E731
        first = self.pick(["", "received_date, ", "paid, ", "facility_id, "]) if not level else self.pick(
            ["", "received_date, ", "from_date, "])
        return {"level": "claim" if level else None, "same": f"[{self.pick(columns)}]",
                "original": f"first by {first}claim_id" + ("" if level else ", line_no"),
                "unless": self.exceptions(leaf), "exposure": self.some(0.3, "paid / 3", "least(paid, original.paid)"),
                "message": "{claim_id} {original.claim_id}"}

    def window(self):
        within = self.pick(["day", "week", "month", "quarter", "year", "benefit_year", "life", "claim", "stay", "rolling 1 days",
                            "rolling 3 days", "rolling 7 days", "rolling 30 days", "rolling 90 days"])
        columns = ["[patient_id]", "[billing_provider_id]", "[patient_id, procedure]", "[rendering_provider_id]",
                   "[patient_id, billing_provider_id]", "[pharmacy_id, drug_class]", "[patient_id, modifiers]", "[modifiers]"]
        per = None if within in ("claim", "stay") and self.chance(0.5) else self.pick(columns)
        dates = within not in ("life", "claim", "stay")
        return {"within": within, "per": per, "when": self.joined(self.counted, 1), "unless": self.exceptions(self.counted),
                "lines": self.of_line() if self.chance(0.2) else None, "settle": self.some(0.5, "0 days", "10 days", "30 days"),
                "judge": self.some(0.25, "open"), "exposure": self.some(0.4, "sum(paid) - max(paid)", "sum(paid) * 0.35", "sum(charge)"),
                "message": "{window_start} {window_end} {count()}" if dates else "{count()} {distinct(procedure)}"}

    def absence(self):
        columns = ["[patient_id]", "[patient_id, billing_provider_id]", "[rendering_provider_id]", "[patient_id, procedure]"]
        both = lambda: self.pick([self.of_line(), "rendering_provider_id = a.prescriber_id", "procedure = a.procedure",    # noqa: E731
                                  "claim_id != a.claim_id", "paid > a.paid", "b.service_date > a.service_date"])
        return {"per": self.pick(columns), "event": self.lines(1), "without": self.joined(both, 1),
                "look": f"{self.pick([0, 1, 10, 40])} days before to {self.pick([0, 1, 3, 30])} days after",
                "history": self.some(0.4, "10 days", "60 days"), "settle": self.some(0.6, "0 days", "10 days"),
                "unless": self.exceptions(lambda: self.of_line("a.")), "exposure": self.some(0.3, "a.paid / 3", "a.charge"),
                "message": "{a.claim_id} {a.service_date}"}

    def peer(self):
        entity, facts = self.pick([("billing_provider_id", "billing"), ("rendering_provider_id", "rendering"),
                                   ("pharmacy_id", "pharmacy"), ("patient_id", None)])
        peers = f"[{facts}.{self.pick(['specialty', 'provider_region'])}]" if facts else self.pick(["[sex]", "[region]"])
        dates = self.chance(0.9)
        metric = self.pick(["count()", "sum(paid)", "sum(paid) / count()", "distinct(procedure)", "top_share(prescriber_id)",
                            "max(units)", f"count(where {self.of_line()})"])
        leaf = lambda: self.pick([f"metric {self.pick(['>', '>='])} percentile({self.pick(['25', '50', '66.6', '75', '100'])})",    # noqa: E731
                                  "metric >= median()", "metric > 1.5 * median()", "peer_count > 2", self.counted()])
        return {"entity": entity, "peers": peers, "within": self.pick(["month", "quarter", "year", "week"]) if dates else "life",
                "minimum": self.some(0.6, "count() >= 2", "sum(paid) > 20", "count() > 3"), "min_peers": self.pick(["2", "3"]),
                "metric": metric, "when": self.joined(leaf, 1), "unless": self.exceptions(self.counted),
                "settle": self.some(0.6, "0 days", "10 days"), "judge": "open" if not dates else self.some(0.6, "open"),
                "exposure": self.some(0.4, "sum(paid) / 2", "sum(charge)"), "message": f"{{{entity}}} {{peer_count}}"}


KINDS = ("line", "claim", "pair", "duplicate", "window", "overlap", "sequence", "absence", "peer")
