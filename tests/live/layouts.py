#!/usr/bin/env python3
"""A layout with one field a word off is refused, with the reason: every field of a real node's layout is shifted, each way.

What cannot be proved on a node at rest (a lock that nobody holds, a kind of table that it does not have) is counted and printed. Of
a living node and of a core file of it.
"""
import argparse
import subprocess
import sys

import node

# Of the fields of the layout that the decoder reads, so many must be refused when shifted: both ways, and at least one way.
BOTH_WAYS, ONE_WAY = 125, 160

# Large maps with inner nodes of one branch, and binaries whose size looks like the header of another node's pid: a sound node has them.
LARGE_MAPS = '''[spawn(fun() -> M = maps:from_list([{I * 1000 + J, <<I:384>>} || J <- lists:seq(1, 36)]), erlang:garbage_collect(),
                            receive M -> ok end end) || I <- lists:seq(1, 150)]'''


def shifted(target, options):
    """{field: {shift: reason or "-"}} and the lines that the checks of the true layout gave."""
    done = subprocess.run([options.shift_layout, str(target)], stdout=subprocess.PIPE, text=True, check=True)
    fields, checks = {}, []
    for line in done.stdout.splitlines():
        first, rest = line.split(" ", 1)
        if first in ("check", "checks"):
            checks.append(line)
        else:
            shift, reason = rest.split(" ", 1)
            fields.setdefault(first, {})[shift] = reason
    return fields, checks


def check(target, options):
    fields, checks = shifted(target, options)
    noticed = {name: sum(reason != "-" for reason in shifts.values()) for name, shifts in fields.items()}
    both = sum(count == 2 for count in noticed.values())
    once = sum(count >= 1 for count in noticed.values())
    print("\n".join(checks))
    print(f"{len(fields)} fields: refused both ways {both}, at least one way {once}")
    print("not noticed: " + " ".join(sorted(name for name, count in noticed.items() if count == 0)))
    reasons = [reason for shifts in fields.values() for reason in shifts.values() if reason != "-"]
    if any("does not fit" not in r and "not found" not in r and "not in memory" not in r and "older than" not in r and "cannot be read" not in r for r in reasons):
        sys.exit(f"layouts: refused without a reason: {[r for r in reasons if 'fit' not in r][:5]}")
    if both < BOTH_WAYS or once < ONE_WAY:
        sys.exit(f"layouts: {both} fields are refused both ways, {BOTH_WAYS} must be; {once} one way, {ONE_WAY} must be")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shift-layout", required=True, help="the program tests/live/shift_layout")
    options = node.parse(parser)
    with node.Node() as a_node:
        a_node.start("terms", ["1", "300"])
        # Some timers in a tree, and ports that carried something.
        a_node.ask("[erlang:send_after(1000000 + N, self(), {N}) || N <- lists:seq(1, 30)]")
        a_node.ask("[erlang:start_timer(1000000000 + N, init, {N}) || N <- lists:seq(1, 30)]")
        a_node.ask('begin P = open_port({spawn, "cat"}, [binary]), P ! {self(), {command, <<"text">>}}, receive {P, _} -> ok end end')
        a_node.ask(LARGE_MAPS)
        check(a_node.pid, options)
        check(a_node.core(), options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
