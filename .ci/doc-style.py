#!/usr/bin/env python3
"""Checks the language of doc comments.

Usage: doc-style.py [--list] [FOLDER ...]   (default: crates)

Fails if more than 1 % of the doc comments open with What, Who, How, Whether or "The same", or if
one holds "somebody", "nobody", "whoever" or "whatever". `--list` prints every finding.
"""

import re
import sys
from pathlib import Path

OPENING = re.compile(r"^(What|Who|Whom|Whose|How|Whether|The same)\b")
RIDDLE = re.compile(r"\b(somebody|nobody|whoever|whatever)\b", re.IGNORECASE)
LIMIT = 0.01


def doc_comments(path):
    """Yields (line number, lines) for each doc comment; code blocks in it are left out."""
    start, lines, kind, fenced = 0, [], None, False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = re.match(r"\s*(//[/!])(?!/) ?(.*)", line)
        if match and match[1] == kind:
            pass
        else:
            if lines:
                yield start, lines
            lines, fenced, kind = [], False, match[1] if match else None
        if not match:
            continue
        if match[2].startswith("```"):
            fenced = not fenced
        elif not fenced:
            if not lines:
                start = number
            lines.append(match[2])
    if lines:
        yield start, lines


def main(arguments):
    show = "--list" in arguments
    folders = [Path(argument) for argument in arguments if argument != "--list"] or [Path("crates")]
    files = sorted(
        file
        for folder in folders
        for file in folder.rglob("*.rs")
        if "target" not in file.parts
    )
    total, openings, riddles = 0, [], []
    for file in files:
        for start, lines in doc_comments(file):
            total += 1
            if OPENING.match(lines[0]):
                openings.append(f"{file}:{start}: {lines[0]}")
            for offset, line in enumerate(lines):
                if RIDDLE.search(line):
                    riddles.append(f"{file}:{start + offset}: {line}")
    if show:
        print("\n".join(openings + riddles))
    share = len(openings) / max(total, 1)
    print(
        f"{total} doc comments: {len(openings)} ({share:.1%}) open with What, Who, How, Whether or"
        f" The same (at most {LIMIT:.0%}); {len(riddles)} lines hold somebody, nobody, whoever or"
        " whatever (none)"
    )
    return 1 if share > LIMIT or riddles else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
