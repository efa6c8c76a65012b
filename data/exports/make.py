#!/usr/bin/env python3
"""Writes the two made-up exports beside it, the same bytes each time: de/ as a German billing program would, cn/ as a
Chinese settlement system would. With --check it compares instead. Persons, numbers, prices and service codes are
invented; only the diagnoses are real ICD-10 codes. README.md lists what is planted."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

# --- Germany --------------------------------------------------------------------------------------

MEMBERS = [  # number, sex, birth, death
    (1204, "w", "14.03.1958", ""),
    (12345, "m", "02.11.1949", ""),
    (30077, "w", "23.07.1986", ""),
    (41903, "m", "30.01.1971", "11.02.2024"),
    (120450, "d", "09.05.1999", ""),
    (500812, "w", "19.02.2024", ""),
    (7730215, "m", "05.12.1964", ""),
    (104400128, "w", "28.08.1975", ""),
]
PRICES = {"V1001": 1072, "V1002": 2145, "V1003": 1608, "V1050": 3510, "V1060": 4120, "V2001": 2890, "V2002": 5844,
          "V2003": 1206, "V2090": 123450}
LEVEL = {"Arzt": "999100417", "Zahnarzt": "999200853", "Klinik": "999300266"}

# Invoice, kind, member as the billing program writes it, due, diagnoses, lines: day, code, tooth, count, and what is odd:
# "storno" undoes the named line; a number is a payment in cents that differs from the charge.
INVOICES = [
    ("R-2024-0001", "Arzt", "12345", "15.02.2024", "E11.90G, I10.90G", [
        ("08.01.2024", "V1001", "", 1, None), ("08.01.2024", "V1003", "", 2, None), ("22.01.2024", "V1001", "", 1, None)]),
    ("R-2024-0002", "Arzt", "1204", "15.02.2024", "J06.9G", [
        ("09.01.2024", "V1002", "", 1, None), ("09.01.2024", "V1003", "", 1, None)]),
    ("R-2024-0003", "Zahnarzt", "30077", "20.02.2024", "K02.1G", [
        ("10.01.2024", "V1001", "", 1, None), ("10.01.2024", "V2003", "26", 1, None), ("10.01.2024", "V2002", "26", 1, None),
        ("17.01.2024", "V2002", "36", 1, None), ("17.01.2024", "V2002", "36", -1, ("storno", 4))]),
    ("R-2024-0004", "Arzt", "7730215", "20.02.2024", "O26.9G, I10.90G", [
        ("11.01.2024", "V1001", "", 1, None), ("11.01.2024", "V1050", "", 1, None)]),
    ("R-2024-0005", "Arzt", "41903", "20.02.2024", "I25.19G, J44.99V", [
        ("15.01.2024", "V1002", "", 1, None), ("07.02.2024", "V1001", "", 1, None), ("14.02.2024", "V1001", "", 1, None)]),
    ("R-2024-0006", "Zahnarzt", "12345", "29.02.2024", "K04.0G", [
        ("24.01.2024", "V1001", "", 1, None), ("24.01.2024", "V2003", "47", 1, None), ("24.01.2024", "V2001", "47", 1, None),
        ("31.01.2024", "V2003", "47", 1, None), ("31.01.2024", "V2001", "47", 1, None)]),
    ("R-2024-0007", "Arzt", "120450", "29.02.2024", "F41.1V", [
        ("25.01.2024", "V1001", "", 1, None), ("25.01.2024", "V1060", "", 1, None)]),
    ("R-2024-0008", "Arzt", "500812", "15.03.2024", "Z00.1G", [
        ("12.02.2024", "V1001", "", 1, None), ("26.02.2024", "V1001", "", 1, None)]),
    ("R-2024-0009", "Klinik", "104400128", "15.03.2024", "K80.20G, E11.90Z, Z90.4A", [
        ("05.02.2024", "V2090", "", 1, None), ("05.02.2024", "V1060", "", 3, None), ("06.02.2024", "V1060", "", 1, None),
        ("05.02.2024", "V2090", "", -1, ("storno", 1)), ("05.02.2024", "V2090", "", 1, 118400)]),
    ("R-2024-0010", "Zahnarzt", "7730215", "15.03.2024", "K08.1G", [
        ("08.02.2024", "V1001", "", 1, None), ("08.02.2024", "V2003", "14", 1, None), ("08.02.2024", "V2001", "14", 1, None),
        ("08.02.2024", "V2001", "15", 1, None)]),
    ("R-2024-0011", "Arzt", "30077", "15.03.2024", "O09.2G, J45.9A", [
        ("12.02.2024", "V1002", "", 1, None), ("12.02.2024", "V1050", "", 1, None)]),
    ("R-2024-0012", "Arzt", "1204", "29.03.2024", "E11.90G, N18.3G, I10.90G", [
        ("19.02.2024", "V1001", "", 1, None), ("19.02.2024", "V1003", "", 4, 6930), ("26.02.2024", "V1001", "", 1, None)]),
    ("R-2024-0013", "Zahnarzt", "12345", "29.03.2024", "K08.1G", [
        ("04.03.2024", "V1001", "", 1, None), ("04.03.2024", "V2001", "47", 1, None)]),
    ("R-2024-0014", "Arzt", "104400128", "29.03.2024", "M54.5G", [
        ("06.03.2024", "V1001", "", 1, None), ("06.03.2024", "V1003", "", 2, None), ("13.03.2024", "V1003", "", 2, None),
        ("20.03.2024", "V1003", "", 2, None)]),
    ("R-2024-0015", "Arzt", "7730215", "29.03.2024", "C61G", [
        ("11.03.2024", "V1002", "", 1, None), ("11.03.2024", "V1050", "", 1, None), ("11.03.2024", "V1050", "", -1, ("storno", 2)),
        ("18.03.2024", "V1001", "", 1, None)]),
]
WRONG_SUM = {"R-2024-0014": 1000}  # cents that the invoice's own sum is too high


def euro(cents):
    sign, cents = ("-", -cents) if cents < 0 else ("", cents)
    whole = f"{cents // 100:,}".replace(",", ".")
    return f"{sign}{whole},{cents % 100:02d} €"


def german_lines():
    rows = []
    for number, kind, member, due, diagnoses, lines in INVOICES:
        made = []
        for place, (day, code, tooth, count, odd) in enumerate(lines, 1):
            charge = PRICES[code] * count
            paid = odd if isinstance(odd, int) else charge
            made.append((place, day, code, tooth, count, charge, paid, "J" if isinstance(odd, tuple) else ""))
        total = sum(line[6] for line in made) + WRONG_SUM.get(number, 0)
        for place, day, code, tooth, count, charge, paid, storno in made:
            rows.append(([number, str(place), kind, member, LEVEL[kind], day, code, tooth, str(count), euro(charge), euro(paid),
                          euro(total), due, diagnoses, storno], charge, paid))
    return rows


def german_claims():
    header = ["Rechnungsnummer", "Position", "Leistungserbringer", "Versichertennr", "Arztnummer", "Behandlungsdatum", "Ziffer",
              "Zahn", "Anzahl", "Forderung", "Betrag", "Rechnungssumme", "Fälligkeit", "Diagnosen", "Storno"]
    rows = german_lines()
    total = ["Summe", str(len(rows))] + [""] * 7
    total += [euro(sum(row[1] for row in rows)), euro(sum(row[2] for row in rows))] + [""] * 4
    text = ["Abrechnungsexport – Einzelleistungen, 1. Quartal 2024",
            "Erstellt für:;Musterkasse Süd, Prüfstelle;;Währung:;Euro (€)",
            "Zeitraum:;01.01.2024;31.03.2024"]
    return "".join(line + "\r\n" for line in text + [";".join(line) for line in [header] + [row[0] for row in rows] + [total]])


def german_members():
    rows = [["Versichertennummer", "Geschlecht", "Geburtsdatum", "Sterbedatum", "Straße"]]
    for place, (number, sex, birth, death) in enumerate(MEMBERS, 1):
        rows.append([f"{number:09d}", sex, birth, death, f"Übungsweg {place}"])
    return "".join(";".join(row) + "\r\n" for row in rows)


# --- China ----------------------------------------------------------------------------------------

PEOPLE = {  # name, sex, birth; the region 000000 of the number is nowhere
    "a": ("测试甲", "女", "1961/5/9"), "b": ("测试乙", "男", "1948/12/30"), "c": ("测试𠮷", "女", "1990/7/18"),
    "d": ("测试丁", "男", "2024/3/4"), "e": ("测试戊", "女", "1979/10/2"), "f": ("测试己", "男", "1985/1/25"),
}
ITEMS = {  # code of our own: name, price, price cap, in fen
    "ZZ110100001": ("普通门诊诊查", 1500, 1500), "ZZ120400006": ("静脉输液", 900, 1000), "ZZ210300018": ("胸部计算机断层", 23500, 24000),
    "ZZ220800010": ("胎儿超声", 16000, 16000), "ZZ250100131": ("血细胞分析", 1850, 2000), "ZZ310603001": ("呼吸机辅助", 3200, 3500),
    "ZZ330701045": ("阑尾切除", 123450, 125000), "ZZ110900001": ("普通床位", 5200, 5200),
}

# Bill, kind, person, hospital, principal and other diagnoses, lines: time, item, count, odd; odd: (price, fund payment) in
# fen. A bill with `undoes` gives back all lines of another.
BILLS = [
    ("S240301000101", "门诊", "a", "H0000000001", "I10.x00", "E11.900", None, [
        ("2024/3/1 10:22:33", "ZZ110100001", 1, None), ("2024/3/1 10:41:07", "ZZ250100131", 1, None)]),
    ("S240301000102", "门诊", "b", "H0000000001", "J44.101", "", None, [
        ("2024/3/1 9:05:10", "ZZ110100001", 1, None), ("2024/3/1 9:30:00", "ZZ210300018", 1, None),
        ("2024/3/1 11:15:42", "ZZ120400006", 2, None)]),
    ("S240304000103", "门诊", "c", "H0000000002", "O26.900", "", None, [
        ("2024/3/4 8:02:59", "ZZ110100001", 1, None), ("2024/3/4 8:45:00", "ZZ220800010", 1, None)]),
    ("S240305000104", "门诊", "f", "H0000000002", "O26.900", "", None, [
        ("2024/3/5 14:10:21", "ZZ110100001", 1, None), ("2024/3/5 14:36:08", "ZZ220800010", 1, None)]),
    ("S240302000105", "门诊", "d", "H0000000001", "P59.900", "", None, [
        ("2024/3/2 7:59:59", "ZZ110100001", 1, None), ("2024/3/6 16:20:00", "ZZ250100131", 1, None)]),
    ("S240307000106", "住院", "e", "H0000000002", "K35.900", "E11.900;I10.x00", None, [
        ("2024/3/7 0:15:00", "ZZ330701045", 1, None), ("2024/3/7 0:00:00", "ZZ110900001", 1, None),
        ("2024/3/8 0:00:00", "ZZ110900001", 1, None), ("2024/3/9 0:00:00", "ZZ110900001", 1, None),
        ("2024/3/8 6:30:00", "ZZ120400006", 3, None), ("2024/3/9 6:30:00", "ZZ120400006", 3, None)]),
    ("S240311000107", "门诊", "a", "H0000000001", "I10.x00", "", None, [
        ("2024/3/11 10:01:01", "ZZ110100001", 1, None), ("2024/3/11 10:20:00", "ZZ210300018", 1, None)]),
    ("T240312000001", "门诊", "a", "H0000000001", "I10.x00", "", "S240311000107", [
        ("2024/3/12 9:00:00", "ZZ110100001", 1, None), ("2024/3/12 9:00:00", "ZZ210300018", 1, None)]),
    ("S240312000108", "门诊", "a", "H0000000001", "I10.x00", "", None, [
        ("2024/3/12 9:30:12", "ZZ110100001", 1, None), ("2024/3/12 9:52:44", "ZZ250100131", 1, None)]),
    ("S240313000109", "门诊", "b", "H0000000002", "J44.101", "I25.103", None, [
        ("2024/3/13 15:45:30", "ZZ110100001", 1, None), ("2024/3/13 16:05:00", "ZZ310603001", 6, (3900, 23400)),
        ("2024/3/13 16:40:00", "ZZ120400006", 1, None)]),
    ("S240318000110", "住院", "f", "H0000000002", "K35.900", "", None, [
        ("2024/3/18 22:41:19", "ZZ330701045", 1, None), ("2024/3/18 12:00:00", "ZZ110900001", 1, None),
        ("2024/3/19 12:00:00", "ZZ110900001", 1, None), ("2024/3/19 8:00:00", "ZZ250100131", 1, None)]),
    ("S240320000111", "门诊", "c", "H0000000002", "Z34.900", "", None, [
        ("2024/3/20 8:12:00", "ZZ110100001", 1, None), ("2024/3/20 8:40:00", "ZZ220800010", 1, (16000, 19200))]),
    ("S240325000112", "门诊", "e", "H0000000001", "E11.900", "", None, [
        ("2024/3/25 13:14:15", "ZZ110100001", 1, None), ("2024/3/25 13:50:00", "ZZ250100131", 2, None)]),
    ("T240326000002", "门诊", "e", "H0000000001", "E11.900", "", "S240325000112", [
        ("2024/3/26 8:00:00", "ZZ110100001", 1, None), ("2024/3/26 8:00:00", "ZZ250100131", 2, None)]),
]


def yuan(fen):
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f'"{sign}¥{fen // 100:,}.{fen % 100:02d}"'


def person_number(key):
    name, sex, birth = PEOPLE[key]
    year, month, day = birth.split("/")
    return f"000000{year}{int(month):02d}{int(day):02d}{900 + 'abcdef'.index(key):03d}" + ("X" if key == "c" else "0")


def chinese_bills():
    rows = ["结算单号,明细序号,就诊类型,人员编号,姓名,性别,出生日期,医疗机构编号,费用发生时间,项目编码,项目名称,数量,单价,限价,金额,基金支付,"
            "主要诊断编码,其他诊断编码,退费标志,原结算单号"]
    for bill, kind, key, hospital, principal, others, undoes, lines in BILLS:
        name, sex, birth = PEOPLE[key]
        for place, (time, item, count, odd) in enumerate(lines, 1):
            title, price, cap = ITEMS[item]
            sign = -1 if undoes else 1
            price, fund = odd or (price, price * count * 7 // 10)
            rows.append(",".join([bill, str(place), kind, person_number(key), name, sex, birth, hospital, time, item, title,
                                  str(sign * count), yuan(price), yuan(cap), yuan(sign * price * count), yuan(sign * fund),
                                  principal, others, "是" if undoes else "否", undoes or ""]))
    return "".join(row + "\r\n" for row in rows)


# --- Both -----------------------------------------------------------------------------------------

FILES = [("de/Rechnungspositionen.csv", "cp1252", german_claims), ("de/Versicherte.csv", "cp1252", german_members),
         ("cn/结算明细.csv", "gb18030", chinese_bills)]


def main():
    wrong = []
    for name, encoding, make in FILES:
        path = os.path.join(HERE, name)
        made = make().encode(encoding)
        if sys.argv[1:] == ["--check"]:
            with open(path, "rb") as file:
                wrong += [name] if file.read() != made else []
        else:
            with open(path, "wb") as file:
                file.write(made)
    for name in wrong:
        print(f"data/exports/{name}: differs from what make.py writes; run make.py, or change it too")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
