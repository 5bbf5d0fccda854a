#!/usr/bin/env python3
"""A node under load is none the worse for being looked at: cryo attaches and detaches again and again, and is killed at random moments
while the node stands frozen. Afterwards no message was lost or came twice, all sums agree, and no thread is stopped or traced.
"""
import argparse
import os
import pathlib
import random
import re
import subprocess
import sys
import time

import node

TAIL = "the node does not go on"


def threads(pid):
    """[(state, tracer)] of all threads."""
    found = []
    for path in pathlib.Path(f"/proc/{pid}/task").glob("*/status"):
        try:
            text = path.read_text(encoding="utf-8")
        except OSError:
            continue  # the thread ended
        found.append((re.search(r"^State:\s+(\S)", text, re.M)[1], int(re.search(r"^TracerPid:\s+(\d+)", text, re.M)[1])))
    return found


def held(pid):
    return [thread for thread in threads(pid) if thread[0] in "tT" or thread[1] != 0]


def let_go(pid, seconds=10):
    """Do all threads run on, soon? The kernel lets go of them a moment after a tracer has died."""
    end = time.monotonic() + seconds
    while held(pid) and time.monotonic() < end:
        time.sleep(0.002)
    return not held(pid)


def traced(pid):
    try:
        return re.search(r"^TracerPid:\s+([1-9])", pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8"), re.M) is not None
    except OSError:
        return False


def progress(a_node):
    return [int(word) for word in re.findall(r"\d+", a_node.ask("unharmed:progress()"))]


def goes_on(a_node, before, seconds=20):
    """Does everything the node counts grow?"""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if all(b > a for a, b in zip(before, progress(a_node))):
            return True
        time.sleep(0.01)
    return False


def look(a_node, options, wrong):
    """Attach, copy, detach, as often as asked; the pauses in ms."""
    pauses = []
    for i in range(options.looks):
        before = progress(a_node)
        done = subprocess.run([options.cryo, "dump", str(a_node.pid), "user"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              check=False)
        receipt = re.search(r"paused ([\d.]+) ms", done.stderr)
        if done.returncode or not receipt:
            wrong.append(f"look {i}: status {done.returncode}: {done.stderr}")
            return pauses
        pauses.append(float(receipt[1]))
        if held(a_node.pid):
            wrong.append(f"look {i}: threads are held: {held(a_node.pid)}")
        if not goes_on(a_node, before):
            wrong.append(f"look {i}: {TAIL}")
    return pauses


def hurry(priority):
    """Run before others (0: as others): cryo does so during the freeze, and we want to come in between."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR if priority else os.SCHED_OTHER, os.sched_param(priority))
    except PermissionError:
        pass  # then cryo may not either


def kill(a_node, options, wrong):
    """Kill cryo at a random moment of the freeze, as often as asked; how often the node was traced at that moment."""
    in_freeze = 0
    for i in range(options.kills):
        before = progress(a_node)
        looker = subprocess.Popen([options.cryo, "dump", str(a_node.pid), "user"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        hurry(2)
        while looker.poll() is None and not traced(a_node.pid):
            pass
        time.sleep(random.choice([0, 0, random.uniform(0, 0.005), random.uniform(0, 0.03)]))
        in_freeze += traced(a_node.pid)
        looker.kill()
        hurry(0)
        looker.wait()
        if not let_go(a_node.pid):
            wrong.append(f"kill {i}: threads are held: {held(a_node.pid)}")
        if not goes_on(a_node, before):
            wrong.append(f"kill {i}: {TAIL}")
    return in_freeze


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cryo", required=True)
    parser.add_argument("--looks", type=int, default=30)
    parser.add_argument("--kills", type=int, default=15)
    parser.add_argument("--seed", type=int, default=None)
    options = node.parse(parser)
    seed = options.seed if options.seed is not None else random.randrange(1 << 32)
    random.seed(seed)
    wrong = []
    with node.Node() as a_node:
        a_node.start("unharmed")
        pauses = sorted(look(a_node, options, wrong))
        in_freeze = kill(a_node, options, wrong)
        told = a_node.ask("unharmed:finish()")
    said = re.fullmatch(r"\{\[\],(\d+)\}", told)
    if not said:
        wrong.append(f"the node's books: {told}")
    print(f"{len(pauses)} looks, pause median {pauses[len(pauses) // 2] if pauses else 0} ms, longest {pauses[-1] if pauses else 0} ms; "
          f"{options.kills} kills, {in_freeze} of them while it was traced; {said[1] if said else '?'} messages; seed {seed}")
    if wrong:
        print("\n".join(wrong))
    return 1 if wrong or (options.kills and not in_freeze) or int(said[1]) < 1000 else 0


if __name__ == "__main__":
    sys.exit(main())
