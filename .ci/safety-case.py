#!/usr/bin/env python3
"""Holds docs/clinical-safety.md and docs/data-protection.md to the tests: safety-case.py [LOG OF CARGO TEST ...]

Without a log it checks that every named test exists and is not ignored; with logs, that each ran and passed. Tests that
docs/booking.md and docs/comparison.md name must exist, too."""
import re
import subprocess
import sys

FIELDS = ("Cause", "Effect", "Initial risk", "Control", "Held by", "Residual risk", "With")
LIKELIHOOD = ("very low", "low", "medium", "high", "very high")
SEVERITY = ("minor", "significant", "considerable", "major", "catastrophic")

page = open("docs/clinical-safety.md", encoding="utf-8").read()
wrong = []

matrix = {}
for line in page.splitlines():
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    if cells[0] in LIKELIHOOD and len(cells) == 6:
        matrix |= {(cells[0], severity): int(cell) for severity, cell in zip(SEVERITY, cells[1:])}
if len(matrix) != 25:
    wrong.append("the table of risks is not complete")

hazards = re.split(r"^### (?=H-\d)", page, flags=re.M)[1:]
for number, hazard in enumerate(hazards, 1):
    name = hazard.split(maxsplit=1)[0]
    if name != f"H-{number:02}":
        wrong.append(f"{name} stands in the place of H-{number:02}")
    fields = dict(re.findall(r"^- \*\*([^:*]+):\*\* (.+)$", hazard, flags=re.M))
    wrong += [f"{name} lacks {field}" for field in FIELDS if field not in fields]
    for field in ("Initial risk", "Residual risk"):
        risk = re.fullmatch(r"(.+) likelihood, (.+) severity: (\d)", fields.get(field, ""))
        if not risk or matrix.get((risk[1], risk[2])) != int(risk[3]):
            wrong.append(f"{name}: {field} is not what the table gives")
    if not re.search(r"`\w+`", fields.get("Held by", "")):
        wrong.append(f"{name} is held by no test")
if len(hazards) < 30:
    wrong.append(f"only {len(hazards)} hazards")

sources = subprocess.run(["git", "ls-files", "*.rs"], capture_output=True, text=True, check=True).stdout.split()
tests, ignored = set(), set()
for source in sources:
    text = open(source, encoding="utf-8").read()
    if source.startswith("crates/emis-store/src/contract/"):
        # Run for each store under its own name.
        tests |= set(re.findall(r"^pub async fn (\w+)", text, flags=re.M))
    for attributes, name in re.findall(r"((?:^[ \t]*#\[[^\n]*\]\n)+)[ \t]*(?:async )?fn (\w+)\(", text, flags=re.M):
        if re.search(r"#\[(\w+::)*test\b", attributes):
            (ignored if "#[ignore" in attributes else tests).add(name)

# A test's name has an underscore at least twice; calls, fields and files are not taken for one.
evidence = page + open("docs/data-protection.md", encoding="utf-8").read()
named = sorted({name for name in re.findall(r"`([a-z0-9_]+)`", evidence) if name.count("_") > 2})
for name in named:
    if name in ignored and name not in tests:
        wrong.append(f"{name} is ignored")
    elif name not in tests:
        wrong.append(f"there is no test {name}")

# Other pages name tests, too.
for other in ("docs/booking.md", "docs/comparison.md"):
    text = open(other, encoding="utf-8").read()
    elsewhere = {name for name in re.findall(r"`([a-z0-9_]+)`", text) if name.count("_") > 2}
    wrong += [f"{other}: there is no test {name}" for name in sorted(elsewhere - tests)]

if sys.argv[1:]:
    logs = "\n".join(open(log, encoding="utf-8", errors="replace").read() for log in sys.argv[1:])
    ran = {path.split("::")[-1] for path in re.findall(r"^test (\S+)(?: - should panic)? \.\.\. ok$", logs, flags=re.M)}
    wrong += [f"{name} did not run, or failed" for name in named if name in tests and name not in ran]

print("\n".join(wrong) or f"{len(hazards)} hazards are held by {len(named)} tests")
sys.exit(1 if wrong else 0)
