#!/usr/bin/env python3
"""Lists, for each crate, the other crates whose items its public API names.

Usage: external-types.py FOLDER CRATE...   (FOLDER holds CRATE.txt as cargo-public-api writes it)
"""

import re
import sys
from pathlib import Path

folder, crates = Path(sys.argv[1]), sys.argv[2:]
own = {crate.replace("-", "_") for crate in crates}
standard = {"std", "core", "alloc", "crate", "self", "i32", "u64", "str", "f64"}
for crate in crates:
    text = (folder / f"{crate}.txt").read_text(encoding="utf-8")
    roots = {root for root in re.findall(r"(?<![\w:>])([a-z_][a-z0-9_]*)::(?=\w)", text)}
    named = roots - standard - {crate.replace("-", "_")}
    below, outside = sorted(named & own), sorted(named - own)
    print(f"{crate}: {', '.join(outside) or 'none'} (workspace: {', '.join(below) or 'none'})")
