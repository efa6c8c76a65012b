#!/usr/bin/env python3
"""Enforces tests/meta/layers.txt: which room includes which, and where third-party headers appear."""

import fnmatch
import re

import source

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]*)[>"]', re.M)


def read_table(root):
    table = {"room": {}, "header": {}, "file": {}, "private": []}
    for line in source.read(root, "tests/meta/layers.txt").splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("private "):
            table["private"] += line.split()[1:]
        elif line:
            name, _, values = line.partition(":")
            kind, name = name.split()
            table[kind][name] = values.split()
    return table


def check_own(path, room, name, table, root):
    """An include in quotes: one of our headers."""
    parts = name.split("/")
    if name == "claimaudit.h" and room == "run":    # the public header, which run/public.c implements
        return None
    if len(parts) != 2:
        return f'"{name}" must be written with its room: "room/file.h"'
    other, header = parts
    if other not in table["room"]:
        return f'"{name}": there is no room {other} in layers.txt'
    if other == room:
        return None
    if other not in table["room"][room]:
        return f'"{name}": {room} may not include {other}'
    if any(fnmatch.fnmatchcase(header, pattern) for pattern in table["private"]):
        return f'"{name}" is private to {other}'
    return None


def check_foreign(path, room, name, table):
    if name in table["file"].get(path, []):
        return None
    for pattern, rooms in table["header"].items():
        if fnmatch.fnmatchcase(name, pattern):
            return None if room in rooms or "*" in rooms else f"<{name}> may appear in {' '.join(rooms) or 'no room'} only"
    return f"<{name}> is not in layers.txt"


def check(root):
    table = read_table(root)
    messages = []
    for path in source.files_under(root, "src"):
        room = path.split("/")[1]
        if room not in table["room"]:
            messages.append(f"{path}: the room {room} is not in layers.txt")
            continue
        text = source.code_only(source.read(root, path), keep_strings=True)
        for match in INCLUDE.finditer(text):
            quote, name = match.groups()
            wrong = check_own(path, room, name, table, root) if quote == '"' else check_foreign(path, room, name, table)
            if wrong:
                messages.append(f"{path}:{source.line_of(text, match.start())}: {wrong}")
    return messages


source.main(check, [
    ("src/base/text.c", '\n#include "claim/field.h"\n', "base may not include claim"),
    ("src/rules/eval.c", '\n  #  include   "store/spool.h"\n', "rules may not include store"),
    ("src/rules/eval.c", '\n#include "eval.h"\n', "with its room"),
    ("src/cli/main.c", '\n#include "../run/scan.h"\n', "with its room"),
    ("src/cli/main.c", '\n#include "run/state.h"\n', "private to run"),
    ("src/cli/main.c", '\n#include <sqlite3.h>\n', "may appear in report only"),
    ("src/store/pack.c", '\n#include <unistd.h>\n', "may appear in base only"),
    ("src/map/match.c", '\n#include <locale.h>\n', "not in layers.txt"),
    ("src/attic/new.c", '#include <stdio.h>\n', "the room attic"),
    ("src/base/text.c", '\n/* #include "claim/field.h" */\n// #include <csv.h>\n', None),
    ("src/report/new.c", '#include <sqlite3.h>\n#include "claim/finding.h"\n', None),
])
