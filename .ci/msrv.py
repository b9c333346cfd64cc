#!/usr/bin/env python3
"""Checks that no dependency needs a newer Rust than the workspace promises (`rust-version`).

One toolchain can't build with an older one. What it can do: compare each dependency's own promise with
ours, here, and refuse newer standard library items by clippy's `incompatible_msrv`.
"""

import json
import subprocess
import sys


def version(text):
    return tuple(int(part) for part in text.split(".")[:2])


metadata = json.loads(
    subprocess.check_output(
        ["cargo", "metadata", "--locked", "--format-version", "1", "--all-features"]
    )
)
ours = {p["id"] for p in metadata["packages"] if p["source"] is None}
promised = {p["rust_version"] for p in metadata["packages"] if p["id"] in ours}
if len(promised) != 1 or None in promised:
    sys.exit(f"the crates promise different Rust versions: {sorted(map(str, promised))}")
(promise,) = promised
newer = [
    f"{p['name']} {p['version']} needs Rust {p['rust_version']}"
    for p in metadata["packages"]
    if p["rust_version"] and version(p["rust_version"]) > version(promise)
]
if newer:
    sys.exit(f"the workspace promises Rust {promise}, but:\n" + "\n".join(newer))
print(f"all {len(metadata['packages'])} packages build with Rust {promise} by their own word")
