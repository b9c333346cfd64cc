#!/usr/bin/env python3
"""Checks that every published crate's manifest has what a registry shows, and that versions agree."""

import json
import subprocess
import sys
from pathlib import Path

# Limits of crates.io.
MOST_KEYWORDS, LONGEST_KEYWORD, MOST_CATEGORIES = 5, 20, 5

command = ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"]
metadata = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
packages = [package for package in metadata["packages"] if package["publish"] is None]
versions = {package["name"]: package["version"] for package in packages}
wrong = []
for package in packages:
    name, folder = package["name"], Path(package["manifest_path"]).parent
    for field in ("description", "license", "rust_version", "readme", "documentation", "authors", "keywords", "categories"):
        if not package[field]:
            wrong.append(f"{name} has no {field.replace('_', '-')}")
    if package["documentation"] != f"https://docs.rs/{name}":
        wrong.append(f"{name}: the documentation is not at https://docs.rs/{name}")
    if len(package["keywords"]) > MOST_KEYWORDS or any(len(word) > LONGEST_KEYWORD for word in package["keywords"]):
        wrong.append(f"{name}: too many keywords, or too long a one")
    if len(package["categories"]) > MOST_CATEGORIES:
        wrong.append(f"{name}: too many categories")
    for file in (package["readme"] or "README.md", "LICENSE-MIT", "LICENSE-APACHE"):
        if not (folder / file).is_file():
            wrong.append(f"{name} has no file {file}")
    for needed in package["dependencies"]:
        own = needed["name"].startswith("emis-") and needed["kind"] != "dev"
        if own and needed["req"] != f"={versions.get(needed['name'])}":
            wrong.append(f"{name} does not need {needed['name']} of this version exactly")
if len(set(versions.values())) != 1:
    wrong.append(f"the crates have several versions: {sorted(set(versions.values()))}")
print("\n".join(wrong) or f"{len(packages)} crates are ready for a registry at version {versions[packages[0]['name']]}")
sys.exit(1 if wrong else 0)
