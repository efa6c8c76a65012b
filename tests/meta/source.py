"""What the checks share: the files of the tree, C without comments and strings, self-tests."""

import argparse
import os
import shutil
import sys
import tempfile

SKIPPED = 77    # meson: the test was not run


def files_under(root, *folders, ends=(".c", ".h")):
    """Paths relative to root, sorted."""
    found = []
    for folder in folders:
        for at, names, files in os.walk(os.path.join(root, folder)):
            names.sort()
            for name in sorted(files):
                if name.endswith(tuple(ends)):
                    found.append(os.path.relpath(os.path.join(at, name), root))
    return sorted(found)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def blank(text):
    return "".join(char if char == "\n" else " " for char in text)


def code_only(text, keep_strings=False):
    """C text of the same shape, with comments (and the insides of strings) blanked."""
    out = []
    i = 0
    while i < len(text):
        two = text[i:i + 2]
        if two == "/*" or two == "//":
            end = text.find("*/" if two == "/*" else "\n", i + 2)
            end = len(text) if end < 0 else end + (2 if two == "/*" else 0)
            out.append(blank(text[i:end]))
        elif text[i] in "\"'":
            end = i + 1
            while end < len(text) and text[end] != text[i] and text[end] != "\n":
                end += 2 if text[end] == "\\" else 1
            end = min(end + 1, len(text))
            inside = text[i + 1:end - 1]
            out.append(text[i] + (inside if keep_strings else blank(inside)) + text[end - 1:end])
        else:
            out.append(text[i])
            end = i + 1
        i = end
    return "".join(out)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def planted(root, check, path, text, expected, needs):
    """Runs `check` on a small copy of the tree (the folders it needs, and the file itself) before and after `text`
    was added to `path`: the new messages must contain `expected`, or there must be none when that is None."""
    with tempfile.TemporaryDirectory() as copy:
        target = os.path.join(copy, path)
        for folder in needs:
            shutil.copytree(os.path.join(root, folder), os.path.join(copy, folder))
        if os.path.exists(os.path.join(root, path)):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(os.path.join(root, path), target)
        before = set(check(copy))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "a", encoding="utf-8") as file:
            file.write(text)
        new = [message for message in check(copy) if message not in before]
    if expected is None:
        return [f"self-test: {text!r} in {path} is fine, yet: {message}" for message in new]
    if not any(expected in message for message in new):
        return [f"self-test: {text!r} planted in {path} was not found ({expected}); new messages: {new}"]
    return []


def main(check, plants=(), needs=("tests/meta",)):
    """A check is a function of the root that gives messages; plants are (path, text, expected words), with None
    for text that must pass."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    parser.add_argument("--self-test", action="store_true", help="plant mistakes in a copy; each must be found")
    options = parser.parse_args()
    root = os.path.abspath(options.root)
    messages = []
    if options.self_test:
        for path, text, expected in plants:
            messages += planted(root, check, path, text, expected, needs)
    else:
        messages = check(root)
    for message in messages:
        print(message)
    print(f"{len(messages)} found")
    sys.exit(1 if messages else 0)
