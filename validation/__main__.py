"""Try every promise and write the scoreboard.

usage: python -m validation [--quick | --long] [NUMBER...]      all promises, or those numbered

--quick: the sizes of the tests; --long: with what takes an hour more, where a check has it
"""

from __future__ import annotations

import sys

from validation.promises import CHECKS
from validation.scoreboard import SCOREBOARD, write


def main(arguments: list[str]) -> int:
    """Run the checks asked for; 1 if a promise was broken, 2 if the question makes no sense."""
    size = {"--quick": "SMALL", "--long": "LONG"}.get(next(iter(arguments), ""), "FULL")
    asked = [word for word in arguments if word not in ("--quick", "--long")]
    known = {str(check.ID): check for check in CHECKS}
    unknown = [word for word in asked if word not in known]
    if unknown:
        print(
            f"no promise {unknown[0]} - validation - expected one of {', '.join(known)} - type a number",
            file=sys.stderr,
        )
        return 2
    failed = 0
    for number in asked or known:
        row = known[number].check(getattr(known[number], size, known[number].FULL))
        print(row.line, flush=True)
        write([row])  # as each is done: the checks take long
        failed += row.failed > 0
    print(f"written to {SCOREBOARD}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
