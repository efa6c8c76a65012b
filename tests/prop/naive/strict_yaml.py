"""Reads as much YAML as rule files need: every scalar is text, as in the engine."""

import re

KEY = re.compile(r"([A-Za-z_][\w.@-]*):(?:\s+(.*))?$")


def read(text):
    """The mapping that a file holds."""
    lines = text.splitlines()
    value, _ = block(lines, skip(lines, 0), 0)
    return value


def skip(lines, at):
    while at < len(lines) and (not lines[at].strip() or lines[at].lstrip().startswith("#")):
        at += 1
    return at


def indent_of(line):
    return len(line) - len(line.lstrip(" "))


def block(lines, at, indent):
    """What begins at a line of this indent; returns it and the line after it."""
    return (sequence if lines[at].lstrip().startswith("- ") else mapping)(lines, at, indent)


def sequence(lines, at, indent):
    items = []
    while at < len(lines) and indent_of(lines[at]) == indent and lines[at].lstrip().startswith("- "):
        rest = lines[at][indent + 2:]
        if KEY.match(rest.strip()) and not rest.lstrip().startswith("{"):
            lines[at] = " " * (indent + 2) + rest
            item, at = mapping(lines, at, indent + 2)
        else:
            item, at = flow(uncomment(rest)), at + 1
        items.append(item)
        at = skip(lines, at)
    return items, at


def mapping(lines, at, indent):
    found = {}
    at = skip(lines, at)
    while at < len(lines) and indent_of(lines[at]) == indent and not lines[at].lstrip().startswith("- "):
        name, rest = KEY.match(lines[at].strip()).groups()
        rest = uncomment(rest or "")
        if rest in (">", "|", ">-", "|-"):
            found[name], at = scalar_block(lines, at + 1, indent, rest[0])
        elif rest:
            value, at = flow_lines(lines, at, rest)
            found[name] = flow(value)
        else:
            at = skip(lines, at + 1)
            found[name], at = block(lines, at, indent_of(lines[at]))
        at = skip(lines, at)
    return found, at


def flow_lines(lines, at, rest):
    """A flow mapping or list may go on over several lines."""
    while rest[0] in "[{" and rest.count(rest[0]) > rest.count("]" if rest[0] == "[" else "}"):
        at += 1
        rest += " " + uncomment(lines[at].strip())
    return rest, at + 1


def scalar_block(lines, at, indent, style):
    taken = []
    while at < len(lines) and (not lines[at].strip() or indent_of(lines[at]) > indent):
        taken.append(lines[at])
        at += 1
    least = min((indent_of(line) for line in taken if line.strip()), default=0)
    taken = [line[least:] for line in taken]
    return ("\n" if style == "|" else " ").join(taken).strip("\n" if style == "|" else " \n"), at


def uncomment(text):
    """Without a comment behind it, which a space sets off, outside of quotes."""
    quote = None
    for i, c in enumerate(text):
        if quote:
            quote = None if c == quote else quote
        elif c in "\"'" and (i == 0 or text[i - 1] in " [{,(") :
            quote = c
        elif c == "#" and (i == 0 or text[i - 1] == " "):
            return text[:i].strip()
    return text.strip()


def flow(text):
    if text[:1] not in "[{\"'":
        return text
    value, _ = flow_at(text, 0, "")
    return value


def flow_at(text, at, ends):
    while text[at] == " ":
        at += 1
    if text[at] == "[":
        items, at = [], at + 1
        while text[at] != "]":
            item, at = flow_at(text, at, ",]")
            items.append(item)
            at = past_comma(text, at)
        return items, at + 1
    if text[at] == "{":
        found, at = {}, at + 1
        while text[at] != "}":
            name, at = flow_at(text, at, ":")
            found[name], at = flow_at(text, at + 1, ",}")
            at = past_comma(text, at)
        return found, at + 1
    if text[at] in "\"'":
        end = text.index(text[at], at + 1)
        return text[at + 1:end], end + 1
    end, depth = at, 0
    while end < len(text) and (depth or text[end] not in ends):
        depth += (text[end] == "(") - (text[end] == ")")
        end += 1
    return text[at:end].strip(), end


def past_comma(text, at):
    while text[at] in ", ":
        at += 1
    return at
