"""Prints what newman found."""

import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    run = json.load(file)["run"]
for failure in run["failures"]:
    print(f"{failure['source'].get('name')}: {failure['error']['message']}")
stats = run["stats"]
passed = stats["assertions"]["total"] - stats["assertions"]["failed"]
print(f"newman: {stats['requests']['total']} requests, {passed} of {stats['assertions']['total']} assertions passed")
