#!/usr/bin/env python3
"""Man pages against the program and the docs. NAME, SYNOPSIS and OPTIONS of a command's page are those of its help, exit
statuses those of docs/commands.md, keys and views those of their pages in docs/; mandoc finds nothing to warn of. With
--update, NAME, SYNOPSIS and OPTIONS are rewritten from the help, and a page that is missing is begun."""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

import source

DATE = "November 22, 2026"
# Pages of section 5: the page of docs/ that says more, and the headings whose tables hold what the man page must name.
FORMATS = {
    "claimaudit-rule.5": ("docs/rule-language.md", ["Keys"]),
    "claimaudit-profile.5": ("docs/profiles.md", ["The top", "How cells are written", "A layout", "A field"]),
    "claimaudit-report.5": ("docs/report-db.md", ["Views"]),
    "claimaudit-site.5": ("docs/configuration.md", ["Keys"]),
}


def page_of(name):
    return f"man/claimaudit-{name}.1"


def commands(root):
    names = re.findall(r"&ca_cmd_(\w+)", source.read(root, "src/cli/commands.c"))
    return sorted(set(names))


def sections(text):
    """Text of each section by its name."""
    parts = re.split(r"^\.Sh (.*)\n", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


class Help:
    """What the program says of a command."""

    def __init__(self, program, name):
        done = subprocess.run([program, "help", name], capture_output=True, text=True, check=True)
        self.name = name
        self.text = done.stdout
        # A synopsis may go over several lines, each of which begins anew; an empty line ends it.
        lines = self.text.split("\n\n")[0].removeprefix("Usage: ").split("\n")
        self.synopsis = [" ".join(line.split()).removeprefix(f"claimaudit {name}").strip() for line in lines]
        body = self.text.split("\n\n", 1)[1]
        self.description, _, options = body.partition("\nOptions:\n")
        self.options = re.findall(r"^  --([a-z-]+)(?: (\S+))?  +(\S.*)$", options, re.M)

    def synopsis_lines(self):
        """One line for each way to begin: lint | test [ID] are two."""
        return [line for whole in self.synopsis for line in split_outside(whole)]


def split_outside(text):
    """At bars with a space on both sides that stand in no brackets."""
    lines, depth, line = [], 0, []
    for word in text.split():
        if word == "|" and depth == 0:
            lines.append(" ".join(line))
            line = []
            continue
        depth += word.count("[") - word.count("]")
        line.append(word)
    return lines + [" ".join(line)]


def escape(text):
    text = text.replace("\\", "\\e").replace("…", "...")
    return "\\&" + text if text[:1] in (".", "'") else text


def macros(words):
    """A line of a synopsis as calls of macros."""
    calls = []
    for token in re.findall(r"\[|\]|[^\s\[\]]+", words):
        if token in "[]":
            calls.append("Oo" if token == "[" else "Oc")
        elif token == "|":
            calls.append("|")
        elif token.startswith("--"):
            calls.append("Fl -" + token[2:])
        elif re.fullmatch(r"[a-z-]{2,}", token) and token != "options":
            calls.append("Cm " + token)
        else:
            calls.append("Ar " + escape(token))
    return " ".join(calls)


def made_sections(told, summary):
    """NAME, SYNOPSIS and OPTIONS as the help has them."""
    name = f".Nm claimaudit-{told.name}\n.Nd {escape(summary)}\n"
    synopsis = ""
    for line in told.synopsis_lines():
        synopsis += f".Nm claimaudit\n.Cm {told.name}\n" + (f"{as_macro(macros(line))}\n" if line else "")
    options = ".Bl -tag -width Ds\n"
    for option, argument, text in told.options:
        options += f".It Fl -{option}" + (f" Ar {escape(argument)}" if argument else "") + f"\n{escape(text)}\n"
    return {"NAME": name, "SYNOPSIS": synopsis, "OPTIONS": options + ".El\n"} if told.options \
        else {"NAME": name, "SYNOPSIS": synopsis}


def as_macro(calls):
    """The first call makes the line."""
    return "." + calls


def summaries(program):
    done = subprocess.run([program, "help"], capture_output=True, text=True, check=True)
    return dict(re.findall(r"^  (\w+) +(\S.*)$", done.stdout.split("Commands:")[1].split("\n\n")[0], re.M))


def listed_statuses(text):
    """`.It 0`, `.It 75` of EXIT STATUS."""
    return re.findall(r"^\.It (\d+)$", sections(text).get("EXIT STATUS", ""), re.M)


def documented_statuses(root, name):
    page = source.read(root, "docs/commands.md")
    part = page.split(f"\n## claimaudit {name}\n", 1)
    found = re.search(r"^Exit codes: (.*?)(?:\.\s|\.$|\n\n)", part[1].split("\n## ")[0], re.M | re.S) if len(part) > 1 else None
    return re.findall(r"\b\d+\b", re.sub(r"\([^)]*\)", "", found.group(1))) if found else None


def check_command(root, program, name, summary):
    path = page_of(name)
    if not os.path.exists(os.path.join(root, path)):
        yield f"{path}: is missing; tests/meta/check_man.py --update begins it"
        return
    text = source.read(root, path)
    there = sections(text)
    for section, wanted in made_sections(Help(program, name), summary).items():
        if there.get(section, "").strip() != wanted.strip():
            yield f"{path}: {section} is not that of claimaudit help {name}; tests/meta/check_man.py --update renews it"
    for section in ("DESCRIPTION", "EXIT STATUS", "EXAMPLES", "SEE ALSO"):
        if not there.get(section, "").strip():
            yield f"{path}: has no {section}"
    statuses = documented_statuses(root, name)
    if statuses is None:
        yield f"docs/commands.md: has no line 'Exit codes: …' for {name}"
    elif listed_statuses(text) != statuses:
        yield f"{path}: EXIT STATUS has {' '.join(listed_statuses(text))}, docs/commands.md {' '.join(statuses)}"


OVERVIEW = "man/claimaudit.1"


def made_overview(summary):
    """COMMANDS of claimaudit(1), in the order of the help."""
    items = "".join(f".It Xr claimaudit-{name} 1\n{escape(text)}\n" for name, text in summary.items())
    return {"COMMANDS": f".Bl -tag -width Ds\n{items}.El\n"}


def check_overview(root, summary):
    path = OVERVIEW
    text = source.read(root, path)
    if sections(text).get("COMMANDS") != made_overview(summary)["COMMANDS"]:
        yield f"{path}: COMMANDS is not that of claimaudit help; tests/meta/check_man.py --update renews it"
    read = set()
    for file in source.files_under(root, "src/cli", ends=(".c",)):
        read |= set(re.findall(r'\bgetenv\("(\w+)"\)', source.read(root, file)))
    for name in sorted(read ^ set(re.findall(r"^\.It Ev (\w+)$", text, re.M))):
        yield f"{path}: ENVIRONMENT and what src/cli reads differ in {name}"
    table = source.read(root, "docs/commands.md").split("## Exit codes")[1].split("\n## ")[0]
    codes = re.findall(r"^\| (\d+) \|", table, re.M)
    if listed_statuses(text) != codes:
        yield f"{path}: EXIT STATUS has {' '.join(listed_statuses(text))}, docs/commands.md {' '.join(codes)}"


def documented_words(text, headings):
    """What stands in the first cells of the tables below the headings, or the third-level headings themselves."""
    words = []
    for heading in headings:
        part = re.split(rf"^## {re.escape(heading)}\n", text, flags=re.M)
        body = part[1].split("\n## ")[0] if len(part) > 1 else ""
        words += re.findall(r"^### (v_\w+)$", body, re.M)
        if not body.count("### v_"):
            for cell in re.findall(r"^\| ((?:`[^`|]+`[ ,]*)+)", body, re.M):
                words += [word for word in re.findall(r"`([^`]+)`", cell) if re.fullmatch(r"[a-z_]+", word)]
    return words


def check_format(root, page, docs, headings):
    path = f"man/{page}"
    there = [os.path.exists(os.path.join(root, name)) for name in (path, docs)]
    if not any(there):
        return
    if not all(there):
        yield f"{path}: {path if there[1] else docs} is missing"
        return
    text = source.read(root, path)
    words = documented_words(source.read(root, docs), headings)
    if not words:
        yield f"{docs}: check_man.py finds no keys below {', '.join(headings)}"
    named = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"^\.(?:It )?(?:Ic|Va|Cm) (.*)$", text, re.M))))
    for word in words:
        if word not in named:
            yield f"{path}: does not name {word}, which {docs} does"


def pages(root):
    return sorted(name for name in os.listdir(os.path.join(root, "man")) if re.search(r"\.[15]$", name))


def check_references(root):
    have = set(pages(root))
    for name in sorted(have):
        text = source.read(root, f"man/{name}")
        for other, section in re.findall(r"\bXr (claimaudit[\w-]*) (\d)", text):
            if f"{other}.{section}" not in have:
                yield f"man/{name}: refers to {other}({section}), which is not there"
        for path in re.findall(r"\.Pa (docs/\S+\.md)", text):
            if not os.path.exists(os.path.join(root, path)):
                yield f"man/{name}: names {path}, which is not there"


def example(root, page):
    """What stands in the first display of a page."""
    found = re.search(r"^\.Bd -literal.*\n((?:(?!\.Ed).*\n)*)", sections(source.read(root, f"man/{page}"))["EXAMPLES"], re.M)
    return found.group(1).replace("\\e", "\\")


def check_examples(root, program):
    """The rule and the profile that the pages show are good ones."""
    with tempfile.TemporaryDirectory() as folder:
        for page, name, words in (("claimaudit-rule.5", "SITE-0001.yaml", ["rules", "test", "--only-rules", "--rules", folder]),
                                  ("claimaudit-profile.5", "x.yaml", ["profile", "check", os.path.join(folder, "x.yaml")]),
                                  ("claimaudit-site.5", "site.yaml",
                                   ["config", "--check", "--config", os.path.join(folder, "site.yaml")])):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(example(root, page))
            done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
            os.remove(os.path.join(folder, name))
            if done.returncode != 0:
                yield f"man/{page}: its example is refused: {done.stderr.splitlines()[0]}"


def check_lint(root):
    mandoc = shutil.which("mandoc")
    if not mandoc:
        print("skipped: mandoc is not installed, pages are not linted")
        return
    for name in pages(root):
        done = subprocess.run([mandoc, "-T", "lint", "-W", "warning", os.path.join(root, "man", name)], capture_output=True,
                              text=True, check=False)
        # Pages that are not installed yet are no mistake.
        for line in (done.stdout + done.stderr).splitlines():
            yield f"man/{name}: {line.rpartition(name + ':')[2]}"


def check(root):
    program = os.environ.get("CLAIMAUDIT")
    messages = []
    names = commands(root)
    summary = summaries(program)
    for name in names:
        if name in summary:
            messages += check_command(root, program, name, summary[name])
    for name in set(names) ^ set(summary):
        messages.append(f"src/cli/commands.c and claimaudit help differ in {name}")
    messages += check_overview(root, summary)
    for page, (docs, headings) in FORMATS.items():
        messages += check_format(root, page, docs, headings)
    messages += check_references(root)
    messages += check_examples(root, program)
    messages += check_lint(root)
    return messages


def begun(name):
    """A page to be completed by hand."""
    return f""".Dd {DATE}
.Dt CLAIMAUDIT-{name.upper()} 1
.Os
.Sh NAME
.Sh SYNOPSIS
.Sh DESCRIPTION
.Sh OPTIONS
.Sh EXIT STATUS
.Bl -tag -width Ds
.It 0
.El
.Sh EXAMPLES
.Sh SEE ALSO
.Xr claimaudit 1
"""


def renewed(text, made, drop_options=False):
    if "OPTIONS" in made and not re.search(r"^\.Sh OPTIONS$", text, re.M):
        text = text.replace(".Sh EXIT STATUS\n", ".Sh OPTIONS\n.Sh EXIT STATUS\n")
    for section, content in made.items():
        text = re.sub(rf"^\.Sh {section}\n(?:(?!\.Sh ).*\n)*", lambda _, s=section, c=content: f".Sh {s}\n{c}", text,
                      flags=re.M)
    return text if not drop_options else re.sub(r"^\.Sh OPTIONS\n(?:(?!\.Sh ).*\n)*", "", text, flags=re.M)


def write(root, path, new):
    if not os.path.exists(os.path.join(root, path)) or source.read(root, path) != new:
        print(f"{path} renewed")
        with open(os.path.join(root, path), "w", encoding="utf-8") as file:
            file.write(new)


def update(root):
    program = os.environ["CLAIMAUDIT"]
    summary = summaries(program)
    for name in commands(root):
        path = page_of(name)
        text = source.read(root, path) if os.path.exists(os.path.join(root, path)) else begun(name)
        told = Help(program, name)
        write(root, path, renewed(text, made_sections(told, summary[name]), not told.options))
    write(root, OVERVIEW, renewed(source.read(root, OVERVIEW), made_overview(summary)))


if __name__ == "__main__":
    if "--update" in sys.argv[1:]:
        parser = argparse.ArgumentParser(description="renews man pages from the help of $CLAIMAUDIT")
        parser.add_argument("--root", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
        parser.add_argument("--update", action="store_true")
        update(os.path.abspath(parser.parse_args().root))
        sys.exit(0)
    source.main(check, [
        ("man/claimaudit-show.1", ".Sh OPTIONS\n.Bl -tag -width Ds\n.It Fl -wombat\nx\n.El\n", "OPTIONS is not that"),
        ("man/claimaudit-runs.1", ".Sh EXIT STATUS\n.Bl -tag -width Ds\n.It 99\nx\n.El\n", "EXIT STATUS has 99"),
        ("man/claimaudit-runs.1", ".Sh SYNOPSIS\n.Nm claimaudit\n", "SYNOPSIS is not that"),
        ("man/claimaudit-rule.5", ".Sh EXAMPLES\n.Bd -literal\nrule: x\n.Ed\n", "its example is refused"),
        ("man/claimaudit.1", ".Sh COMMANDS\n.Bl -tag -width Ds\n.It Xr claimaudit-runs 1\nx\n.El\n", "COMMANDS is not that"),
        ("man/claimaudit-runs.1", "See\n.Xr claimaudit-wombat 5 .\n", "refers to claimaudit-wombat(5)"),
        ("docs/rule-language.md", "\n## Keys\n\n| `wombats` | x |\n", None),
        ("docs/report-db.md", "\n### v_wombats\n", None),
        ("src/cli/new.c", 'x = getenv("WOMBAT");\n', "differ in WOMBAT"),
        ("src/cli/commands.c", "&ca_cmd_wombat,\n", "wombat"),
    ] + ([("man/claimaudit-runs.1", ".Bl -tag\n", "WARNING")] if shutil.which("mandoc") else []),
        needs=("man", "docs", "src/cli"))
