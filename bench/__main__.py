"""Everything that is measured, or the parts that are named: ``make bench ARGS="deciding serving"``."""

import sys

from bench import deciding, serving, verification

PARTS = {"deciding": deciding.lines, "serving": serving.lines, "verification": verification.lines}

for name in sys.argv[1:] or PARTS:
    if name not in PARTS:
        sys.exit(f"There is no part '{name}'. Known: {', '.join(PARTS)}")
    for line in PARTS[name]():
        print(line, flush=True)
    print()
