#!/usr/bin/env python3
"""Checks the links of the documentation: links.py [PAGE ...]   (default: every page of the repository)

Every relative link must name a file of the repository, and every fragment a heading of its page. Pages of docs/
are a book as well: they are listed in docs/SUMMARY.md, and link to nothing outside docs/, where a book ends.
"""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "docs/*.md", "crates/*/README.md")
# [text](target), [text](target "title") and [label]: target
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(<?([^()\s<>]+(?:\([^()\s]*\))?)>?(?:\s+\"[^\"]*\")?\)")
REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s+<?([^\s>]+)>?", re.MULTILINE)


def prose(path):
    """The page without code."""
    text = re.sub(r"^([ \t]*)(```|~~~).*?^\1\2[ \t]*$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    return re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", lambda code: "x" * len(code[0]), text)


def anchors(path):
    """The fragments that a page has: its headings as GitHub and mdBook write them, and ids in HTML."""
    text = re.sub(r"^([ \t]*)(```|~~~).*?^\1\2[ \t]*$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    seen, found = Counter(), set(re.findall(r"\bid=\"([^\"]+)\"", text))
    for heading in re.findall(r"^#{1,6}\s+(.+?)\s*#*$", text, flags=re.M):
        heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found


def main(arguments):
    pages = sorted(
        {Path(page) for page in arguments} or {path for pattern in PAGES for path in Path().glob(pattern)}
    )
    known = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True, check=True)
    known = {Path(name).resolve() for name in known.stdout.splitlines()}
    folders = {folder for name in known for folder in name.parents}
    book = Path("docs").resolve()
    wrong, checked, listed = [], 0, set()
    for page in pages:
        text = prose(page)
        for target in LINK.findall(text) + REFERENCE.findall(text):
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            checked += 1
            name, _, fragment = target.partition("#")
            file = (page.parent / unquote(name)).resolve() if name else page.resolve()
            if page.name == "SUMMARY.md":
                listed.add(file)
            if page.parent.resolve() == book and not file.is_relative_to(book):
                wrong.append(f"{page}: {target} leaves the book")
            elif file not in known and file not in folders:
                wrong.append(f"{page}: there is no {target}")
            elif fragment and file.suffix == ".md" and unquote(fragment) not in anchors(file):
                wrong.append(f"{page}: {target} is no heading of {file.name}")
    if not arguments:
        for page in sorted(book.glob("*.md")):
            if page.name != "SUMMARY.md" and page not in listed:
                wrong.append(f"docs/{page.name} is not listed in docs/SUMMARY.md")
    print("\n".join(wrong) or f"{checked} links of {len(pages)} pages lead somewhere")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
