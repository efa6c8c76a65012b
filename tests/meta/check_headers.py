#!/usr/bin/env python3
"""Every header compiles alone, with warnings as errors, and is guarded by its own name."""

import os
import re
import shlex
import subprocess

import source

COMPILER = shlex.split(os.environ.get("CC", "cc"))
FLAGS = ["-std=c17", "-Wall", "-Wextra", "-Werror", "-D_POSIX_C_SOURCE=200809L", "-D_FILE_OFFSET_BITS=64", "-Isrc",
         "-Iinclude", "-Itests", "-fsyntax-only", "-x", "c"]


def check_guard(root, path):
    folders = ["tests"] if path.startswith("tests/") else path.split("/")[1:-1]
    name = os.path.basename(path)[:-2]
    words = [name, "H"] if path.startswith("include/") else ["CA"] + folders + [name, "H"]
    guard = "_".join(words).upper().replace("-", "_")
    found = re.findall(r"^#\s*(?:ifndef|define)\s+(\w+)", source.code_only(source.read(root, path)), re.M)[:2]
    if found != [guard, guard]:
        return [f"{path}: its guard should be {guard}"]
    return []


def check(root):
    messages = []
    headers = source.files_under(root, "src", "include", "tests/support", ends=(".h",))
    for path in headers:
        messages += check_guard(root, path)
    # One call for all: the compiler goes on to the next file after an error.
    done = subprocess.run(COMPILER + FLAGS + headers, cwd=root, capture_output=True, text=True, check=False,
                          env={**os.environ, "LC_ALL": "C"})
    errors = [line for line in done.stderr.splitlines() if re.search(r"(?:error|warning):", line)]
    messages += errors
    if done.returncode and not errors:
        messages.append(done.stderr.strip() or f"the compiler ended with {done.returncode}")
    return messages


source.main(check, [
    ("src/base/new.h", "#ifndef CA_BASE_NEW_H\n#define CA_BASE_NEW_H\nsize_t ca_new(void);\n#endif\n", "size_t"),
    ("src/base/new.h", "#ifndef CA_NEW_H\n#define CA_NEW_H\n#endif\n", "CA_BASE_NEW_H"),
    ("src/base/new.h", "static int ca_new(void);\n", "ca_new"),
    ("src/base/new.h", "#ifndef CA_BASE_NEW_H\n#define CA_BASE_NEW_H\n#include <stddef.h>\n"
                       "size_t ca_new(void);\n#endif\n", None),
])
