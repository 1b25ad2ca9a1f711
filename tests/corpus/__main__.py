"""`make corpus`: the figures of the whole corpus by source and kind, the slowest mails, and everything that fails."""

from __future__ import annotations

import sys

from tests.corpus import checks, figures, material, parents, speed
from tests.corpus.differences import is_known


def main() -> int:
    reason = material.missing()
    if reason:
        print(reason)
        return 1
    cases = material.cases()
    stated = [check for case in cases for check in checks.of(case.path, case.mail, case.expect)]
    stated += parents.checks(cases)
    wanted = sys.argv[1:]
    for check in stated:
        if not check.ok and (not wanted or check.kind in wanted or check.source in wanted):
            listed = " (a listed difference)" if is_known(check.path, check.kind) else ""
            print(f"{check.path}: {check.kind}{listed}: {check.told}")
    print()
    print("\n".join(figures.table(stated, is_known)))
    print("\nListed differences stand in tests/corpus/differences.py, each with its reason.")
    print(f"\n{len(cases)} mails in {sum(case.seconds for case in cases):.2f} s; the slowest:")
    for case in sorted(cases, key=lambda one: -one.seconds)[:5]:
        print(f"  {case.seconds * 1000:7.1f} ms  {case.path} ({len(case.raw)} octets)")
    print(f"\nOur rate is {speed.ratio(cases):.2f} times mail-parser's over the same mails.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
