#!/usr/bin/env python3
"""Add up what meson's test logs in these build folders say, name the failed tests, and print "N passed, N failed"."""
import json
import pathlib
import sys

PASSED = {"OK", "EXPECTEDFAIL"}
SKIPPED = {"SKIP"}


def results(folder):
    log = pathlib.Path(folder, "meson-logs/testlog.json")
    if not log.is_file():
        sys.exit(f"count_tests: {log} is missing: did meson test run?")
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if line]


def main(folders):
    passed = failed = skipped = 0
    for folder in folders:
        for test in results(folder):
            if test["result"] in PASSED:
                passed += 1
            elif test["result"] in SKIPPED:
                skipped += 1
            else:
                failed += 1
                print(f"{test['result']}: {test['name']} ({folder})")
    if skipped:
        print(f"{skipped} skipped")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
