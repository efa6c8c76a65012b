#!/usr/bin/env python3
"""Functions of at most 60 lines and files of at most 400 (tests 600), or an exception in sizes.txt with its reason."""

import re

import source

FUNCTION_LINES = 60
FILE_LINES = 400
TEST_LINES = 600
EXCEPTIONS_MAX = 10


def exceptions(root):
    """`src/x.c 450 reason` or `src/x.c:function 80 reason`."""
    found = {}
    for line in source.read(root, "tests/meta/sizes.txt").splitlines():
        if line.strip() and not line.startswith("#"):
            where, limit, reason = line.split(None, 2)
            found[where] = (int(limit), reason)
    return found


def functions(text):
    """Name, first line and number of lines of each function: a brace alone at the left margin opens one."""
    code = source.code_only(text).split("\n")
    start = None
    for number, line in enumerate(code):
        if line.rstrip() == "{":
            first = number
            while first > 0 and code[first - 1].strip() and not re.match(r"[}#/]|.*;\s*$", code[first - 1]):
                first -= 1
            start = first
        elif line.rstrip() == "}" and start is not None:
            name = re.search(r"(\w+)\s*\(", " ".join(code[start:number + 1]))
            yield (name.group(1) if name else "?"), start + 1, number - start + 1
            start = None


def measure(root):
    """(where, line, lines, limit, what)"""
    for path in source.files_under(root, "src", "bench", "tests"):
        text = source.read(root, path)
        limit = TEST_LINES if path.startswith("tests/") else FILE_LINES
        yield path, 1, text.count("\n"), limit, "lines in a file"
        for name, line, count in functions(text):
            yield f"{path}:{name}", line, count, FUNCTION_LINES, "lines in a function"


def check(root):
    messages = []
    allowed = exceptions(root)
    if len(allowed) > EXCEPTIONS_MAX:
        messages.append(f"tests/meta/sizes.txt: {len(allowed)} exceptions, {EXCEPTIONS_MAX} are allowed")
    unused = set(allowed)
    for where, line, count, limit, what in measure(root):
        if count > limit and where in allowed:
            unused.discard(where)
            limit = allowed[where][0]
        if count > limit:
            messages.append(f"{where} (line {line}): {count} {what}, {limit} are allowed")
    return messages + [f"tests/meta/sizes.txt: {where} needs no exception" for where in sorted(unused)]


BODY = "    x++;\n"
source.main(check, [
    ("src/base/text.c", "\nvoid a(int x)\n{\n" + BODY * 58 + "}\n", "60 are allowed"),
    ("src/base/new.c", "\nvoid a(int x,\n       int y)\n{\n" + BODY * 56 + "}\n", None),
    ("src/base/new.c", "\nvoid a(int x,\n       int y)\n{\n" + BODY * 57 + "}\n", "new.c:a (line 2): 61"),
    ("src/base/new.c", "int a;\n" * 401, "400 are allowed"),
    ("src/base/new.c", "int a;\n" * 400, None),
    ("tests/meta/sizes.txt", "src/base/none.c 500 because\n", "needs no exception"),
    ("tests/meta/sizes.txt", "".join(f"src/base/none{i}.c 500 because\n" for i in range(11)), "exceptions"),
])
