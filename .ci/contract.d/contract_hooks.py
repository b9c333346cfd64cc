"""Counts how each operation answered, so that a run in which a call never worked is no success."""

import json
import os
import sys
from collections import Counter, defaultdict

FILE = os.environ["STATUSES"]

if __name__ == "__main__":
    with open(FILE, encoding="utf-8") as file:
        seen = json.load(file)
    for operation, statuses in sorted(seen.items()):
        print(f"{operation:30} {'  '.join(f'{k}: {v}' for k, v in sorted(statuses.items()))}")
    idle = [name for name, statuses in seen.items() if not any(k.startswith("2") for k in statuses)]
    if idle or len(seen) < 39:
        sys.exit(f"{len(seen)} operations were called; these never worked: {', '.join(idle) or 'none'}")
else:
    import atexit

    import schemathesis

    statuses: defaultdict[str, Counter[str]] = defaultdict(Counter)

    @schemathesis.hook
    def after_call(context, case, response):
        name = case.operation.definition.raw.get("operationId", case.operation.label)
        if case.method.upper() == case.operation.method.upper():
            statuses[name][str(response.status_code)] += 1

    @atexit.register
    def write():
        with open(FILE, "w", encoding="utf-8") as file:
            json.dump(statuses, file)
