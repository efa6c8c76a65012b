#!/usr/bin/env python3
"""What people read: short room pages, no forbidden words, no foreign code lists, docs that know every option."""

import glob
import os
import re
import subprocess

import source

README_LINES = 12
ARCHITECTURE_LINES = 300

# Words that no text of the project may hold, with the reason.
WORDS = [
    (re.compile(r"fraudster", re.I), "a finding is a lead, nobody is called that"),
    (re.compile(r"/home/|/root/|/tmp/build-"), "a path of somebody's machine"),
    (re.compile(r"\b(?:TODO|FIXME|XXX)[:(]"), "open ends belong into an issue"),
]
TEXTS = (".c", ".h", ".def", ".md", ".py", ".yaml", ".txt", ".build", ".sh", ".csv")

# CPT and CDT codes are not ours to ship: five digits, or four and a letter, or D and four digits, in quotes or alone in
# a cell. Years, amounts and identifiers do not stand in quotes by themselves in rule files.
# A code that names its system (icd9cm:29411) is none.
LICENSED = re.compile(r"""(?:^|(?<!icd9cm):|['"\s,;\[(])(\d{5}|\d{4}[FTU]|D\d{4})(?=$|['"\s,;:\])])""")


def check_rooms(root):
    for room in sorted(os.listdir(os.path.join(root, "src"))):
        if not os.path.isdir(os.path.join(root, "src", room)):
            continue
        path = f"src/{room}/README.md"
        if not os.path.exists(os.path.join(root, path)):
            yield f"{path}: is missing; say in 3 to 10 lines what the room does and where to add things"
        elif source.read(root, path).count("\n") > README_LINES:
            yield f"{path}: longer than {README_LINES} lines"


def check_architecture(root):
    if not os.path.exists(os.path.join(root, "ARCHITECTURE.md")):
        print("skipped: there is no ARCHITECTURE.md yet")
        return
    text = source.read(root, "ARCHITECTURE.md")
    if text.count("\n") >= ARCHITECTURE_LINES:
        yield f"ARCHITECTURE.md: {text.count(chr(10))} lines, fewer than {ARCHITECTURE_LINES} are promised"
    for path in re.findall(r"`([a-z]+/[\w./-]*\w)`", text):
        # Rooms may be named without src/; `tests/prop/eval` stands for files that begin so.
        places = [os.path.join(root, path), os.path.join(root, "src", path)]
        if "NAME" not in path and not any(glob.glob(glob.escape(place) + "*") for place in places):
            yield f"ARCHITECTURE.md: there is no {path}"


def check_contributing(root):
    """The files that its steps name are there; NAME, PACK and ID stand for others."""
    page = "CONTRIBUTING.md"
    if not os.path.exists(os.path.join(root, page)):
        print(f"skipped: there is no {page} yet")
        return
    for path in re.findall(r"`((?:src|tests|docs|data|man|script|bench)/[\w./-]+)`", source.read(root, page)):
        if not re.search(r"NAME|PACK|ID", path) and not os.path.exists(os.path.join(root, path)):
            yield f"{page}: there is no {path}"


def check_words(root):
    paths = source.files_under(root, "src", "tests", "bench", "docs", "rules", "data", "script", "include", ends=TEXTS)
    top = [name for name in sorted(os.listdir(root)) if name.endswith(TEXTS)]
    for path in top + [path for path in paths if not path.startswith(("tests/meta/check_", "tests/fuzz/corpus"))]:
        text = source.read(root, path)
        for pattern, why in WORDS:
            match = pattern.search(text)
            if match:
                yield f"{path}:{source.line_of(text, match.start())}: {match.group(0)}: {why}"


def check_codes(root):
    for path in source.files_under(root, "rules", ends=(".yaml", ".csv")):
        for number, line in enumerate(source.read(root, path).split("\n"), 1):
            line = re.sub(r"\s#.*", "", line)
            match = LICENSED.search(line)
            if match:
                yield f"{path}:{number}: {match.group(1)} looks like a licensed procedure code; use HCPCS level II or " \
                      "an invented V0103"


def shown_by(program, *words):
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    return done.stdout


def check_commands(root):
    """docs/commands.md names every subcommand and every option that help shows."""
    program = os.environ.get("CLAIMAUDIT")
    page = "docs/commands.md"
    if not os.path.exists(os.path.join(root, page)):
        print(f"skipped: there is no {page} yet")
        return
    text = source.read(root, page)
    names = re.findall(r"&ca_cmd_(\w+)", source.read(root, "src/cli/commands.c"))
    if not names:
        yield "src/cli/commands.c: no subcommands found; check_texts.py must learn its new form"
    for name in names:
        if f"claimaudit {name}" not in text:
            yield f"{page}: says nothing of claimaudit {name}"
        for option in re.findall(r"^  (--[a-z-]+)", shown_by(program, "help", name), re.M) if program else []:
            if not re.search(re.escape(option) + r"(?![a-z-])", text):
                yield f"{page}: says nothing of {option} of claimaudit {name}"


def check(root):
    messages = []
    for part in (check_rooms, check_architecture, check_contributing, check_words, check_codes, check_commands):
        messages += part(root)
    return messages


if __name__ == "__main__":
    source.main(check, [
        ("src/attic/new.c", "int a;\n", "src/attic/README.md: is missing"),
        ("src/base/README.md", "a\n" * 20, "longer than"),
        ("ARCHITECTURE.md", "a\n" * 300, "fewer than"),
        ("ARCHITECTURE.md", "see `src/base/nothing.c`\n", "there is no src/base/nothing.c"),
        ("ARCHITECTURE.md", "see `src/base/text.c` and `src/base`\n", None),
        ("CONTRIBUTING.md", "see `src/base/nothing.c`\n", "CONTRIBUTING.md: there is no src/base/nothing.c"),
        ("docs/new.md", "He is a Fraudster.\n", "Fraudster"),
        ("rules/us/US-9999.yaml", "when: procedure = '99" + "213'\n", "licensed"),
        ("rules/us/new.csv", "code,name\n99" + "213,visit\n", "licensed"),
        ("rules/us/new.csv", "code,name\nD0" + "120,exam\n", "licensed"),
        ("rules/us/new.yaml", "when: procedure = 'V0103' and paid > 1000.00 # since 20200\neffective: 2015-10-01 .. open\n",
         None),
        ("src/cli/commands.c", "&ca_cmd_wombat,\n", "says nothing of claimaudit wombat"),
    ], needs=("src/base", "src/cli", "docs"))
