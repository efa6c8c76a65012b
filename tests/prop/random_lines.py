"""Random claims with many ties: few patients, few days, lines that lack something, repeat, replace or undo others."""

import datetime

HEADER = ("claim_id", "claim_type", "claim_part", "claim_status", "original_claim_id", "claim_version", "patient_id", "billing_provider_id",
          "facility_id", "admission_date", "discharge_date", "received_date", "paid_date", "claim_paid", "principal_diagnosis",
          "other_diagnoses", "from_date")
LINE = ("line_no", "service_date", "service_end_date", "procedure", "modifiers", "drug_class", "units", "unit_price", "charge", "paid",
        "rendering_provider_id", "prescriber_id", "pharmacy_id", "days_supply")
NOBODY = ["000", "UNKNOWN", "999"]
MISSING = 0.07
FIRST = datetime.date(2024, 1, 29)
AMOUNTS = ["0", "10.00", "20.00", "33.33", "33.34", "0.01", "50.00", "7.77", "-5.00"]
REVERSALS = (None, None, {"of": "claim"}, {"keys": ["claim_id", "procedure", "service_date"], "opposite": ["paid"]},
             {"keys": ["claim_id", "line_no"], "opposite": ["units"]})
ACROSS = ({"keys": ["patient_id", "procedure"], "opposite": ["units"]}, {"keys": ["pharmacy_id", "service_date"], "opposite": ["paid"]})


class World:
    """files: [(name, names of columns, rows)]; plus what the profile and the run are told."""

    def __init__(self, rng, lines=None):
        """`lines`: how many, more or less; without it a few, among few patients."""
        self.rng = rng
        self.days = sorted(FIRST + datetime.timedelta(rng.choice([0, 1, 2, 3, 30, 31, 32, 60, 61, 62, 63, 90, rng.randint(0, 120)]))
                           for _ in range(rng.randint(4, 16) if not lines else 60))
        self.patients = [f"P{n}" for n in range(1, rng.choice([2, 3, 4, 5, 15, 40]) if not lines else 2 + lines // 30)]
        self.reversal = rng.choice(REVERSALS + ACROSS)
        self.through = rng.choice(self.days) + datetime.timedelta(rng.choice([0, 10, 30, 60, 61, 120, 400]))
        self.since = rng.choice([None, FIRST - datetime.timedelta(400), FIRST + datetime.timedelta(rng.randint(0, 40))])
        self.since = self.since and min(self.since, self.through)
        self.benefit_year = rng.choice([None, (4, 1), (3, 15), (1, 1)])
        self.has_from = rng.random() < 0.7
        self.conflicts = rng.random() < 0.15
        self.rows, self.keys, self.headers = [], set(), {}
        self.make_claims(lines or rng.choice([30, 40, 60, 80, 120, 200]))
        self.cut_into_files()

    def pick(self, items):
        return self.rng.choice(items)

    def chance(self, share):
        return self.rng.random() < share

    def maybe(self, value, share=MISSING):
        return "" if self.chance(share) else value

    def day(self):
        return self.pick(self.days)

    def who(self, letter, most):
        return self.maybe(self.pick(NOBODY) if self.chance(0.04) else f"{letter}{self.rng.randint(1, most)}")

    # --- Claims ---

    def make_claims(self, most):
        number = 0
        while len(self.rows) < most:
            number += 1
            header = self.header(number)
            header = self.headers.setdefault((header["claim_type"], header["claim_id"]), header)    # one id may come again
            for line_no in range(1, self.pick([1, 1, 2, 2, 3, 5]) + 1):
                self.add_line(header, line_no)
        if self.chance(0.2):
            self.rows.append(dict(self.pick(self.rows), line_no=""))    # a reject: its claim is incomplete
        self.rng.shuffle(self.rows)

    def header(self, number):
        start = self.day()
        kind = self.pick(["professional", "professional", "inpatient", "pharmacy", "outpatient"])
        end = self.pick([start, start + datetime.timedelta(self.pick([1, 2, 5, 9])), self.day()])
        stay = kind == "inpatient" or self.chance(0.2)
        return {"claim_id": f"C{number}" if self.chance(0.9) else f"C{self.rng.randint(1, number)}", "claim_type": kind,
                "claim_part": "1" if self.chance(0.95) else "2", "claim_status": self.pick(["original"] * 9 + ["denied"]),
                "patient_id": self.maybe(self.pick(NOBODY) if self.chance(0.03) else self.pick(self.patients)),
                "billing_provider_id": self.who("B", 4), "facility_id": self.who("F", 2),
                "admission_date": self.maybe(start.isoformat()) if stay else "",
                "discharge_date": self.maybe(end.isoformat()) if stay else "",
                "received_date": self.maybe(self.day().isoformat()), "paid_date": self.maybe("2024-06-01"),
                "claim_paid": self.maybe(self.pick(AMOUNTS), 0.5), "from_date": self.maybe(start.isoformat()),
                "principal_diagnosis": self.maybe(self.pick(["I10", "E119", "O80"])),
                "other_diagnoses": self.pick(["", "I10", "E109;O80"]), "claim_version": ""}

    def add_line(self, header, line_no):
        near = self.pick([self.day(), datetime.date.fromisoformat(header["admission_date"] or self.day().isoformat())])
        row = dict(header, line_no=str(line_no), service_date=self.maybe(near.isoformat(), 0.05),
                   service_end_date=self.maybe((near + datetime.timedelta(self.pick([0, 0, 1, 3, -1]))).isoformat(), 0.3),
                   procedure=self.maybe(self.pick(["V0103", "V0104", "V0201", "V4001"])), modifiers=self.pick(["", "", "LT", "KX", "LT;KX", "KX;LT", "76"]),
                   drug_class=self.pick(["", "opioid", "other"]), units=self.maybe(self.pick(["0", "1", "1", "2", "2.5", "12"])),
                   unit_price=self.maybe("10.00"), charge=self.maybe(self.pick(AMOUNTS)), paid=self.maybe(self.pick(AMOUNTS), 0.05),
                   rendering_provider_id=self.who("D", 3), prescriber_id=self.who("D", 3), pharmacy_id=self.who("R", 3),
                   days_supply=self.maybe(self.pick(["1", "7", "30"]), 0.3))
        key = row["claim_type"], row["claim_id"], row["line_no"]
        if key in self.keys:
            return
        self.keys.add(key)
        if self.conflicts and self.chance(0.2):
            row["facility_id"] = self.who("F", 2)
        if self.conflicts and self.chance(0.15):
            row["patient_id"] = self.maybe(self.pick(self.patients), 0.3)
        self.rows.append(row)
        self.add_more(row)

    def add_more(self, row):
        """The same again, a newer version, or what takes it back."""
        if self.chance(0.05):
            self.rows.append(dict(row))
        if self.chance(0.05):
            self.rows.append(dict(row, claim_status=self.pick(["replacement", "original"]), claim_version="2",
                                  paid=self.pick(AMOUNTS), units=self.maybe("3")))
        if self.chance(0.12):
            later = self.pick(["2024-06-01", "2024-07-01", "2024-05-01"])
            back = dict(row, claim_status="reversal", paid_date=later, original_claim_id=row["claim_id"], claim_version="9",
                        line_no=str(int(row["line_no"]) + self.pick([0, 0, 20])))
            if self.reversal in ACROSS and self.chance(0.3):
                back["claim_id"] = "Z" + row["claim_id"]
            if self.reversal and "keys" in self.reversal:
                back.update((field, negative(row[field])) for field in ("paid", "units"))
            elif self.chance(0.5):
                back["claim_id"] = "Z" + row["claim_id"]
            self.rows.append(back)

        if self.chance(0.05):
            whole = self.chance(0.5)
            self.rows.append(dict(row, claim_status="void", paid_date=self.maybe(self.pick(["2024-06-01", "2024-05-01"])), paid="0", claim_version="7",
                                  original_claim_id=row["claim_id"] if whole else "",
                                  line_no="90" if whole else row["line_no"]))
        if self.chance(0.03):
            self.rows.append(dict(row, claim_status="replacement", claim_id="N" + row["claim_id"], original_claim_id=row["claim_id"],
                                  paid_date=self.maybe(self.pick(["2024-06-01", "2024-07-01", "2024-05-01"]))))

    def cut_into_files(self):
        names = [name for name in (*HEADER, *LINE) if name != "from_date" or self.has_from]
        cells = [[row.get(name, "") for name in names] for row in self.rows]
        cut = self.rng.randint(1, len(cells)) if self.chance(0.3) else len(cells)
        self.files = [("claims-1.csv", names, cells[:cut])]
        if cells[cut:]:
            self.files.append(("claims-2.csv", names, cells[cut:]))
        self.files.append(("patients.csv", ["patient_id", "sex", "birth_date", "eligibility", "region", "as_of"], [
            [name, self.maybe(self.pick("MF")), self.maybe(self.pick(["1950-02-28", "1990-06-15"])),
             self.maybe(f"{FIRST - datetime.timedelta(self.pick([-20, 0, 30, 500]))}..", 0.5), self.maybe(self.pick(["north", "south"])), "2024-01-01"]
            for name in self.patients]))
        self.files.append(("providers.csv", ["provider_id", "specialty", "provider_region", "as_of"], [
            [f"{letter}{number}", self.maybe(self.pick(["50", "50", "65"])), self.maybe(self.pick(["north", "south"])), "2024-01-01"]
            for letter in "BFDR" for number in range(1, 5)]))


def negative(cell):
    return cell[1:] if cell.startswith("-") else "-" + cell if cell and float(cell) else cell
