#!/usr/bin/env python3
"""`cryo top --batch` sees what a node is busy with, while the node runs on: nobody traces a thread of it, at any moment."""
import argparse
import json
import pathlib
import subprocess
import sys
import threading
import time

import node

WAITING = 2000


def tracers(pid):
    """TracerPid of every thread of a process."""
    found = set()
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            lines = (task / "status").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        found |= {line.split()[1] for line in lines if line.startswith("TracerPid:")}
    return found


class Watch(threading.Thread):
    """Looks at TracerPid all the time until it is told to end."""

    def __init__(self, pid):
        super().__init__()
        self.pid, self.seen, self.looks, self.over = pid, set(), 0, False

    def run(self):
        while not self.over:
            self.seen |= tracers(self.pid)
            self.looks += 1
            time.sleep(0.005)


def require(truth, what):
    if not truth:
        sys.exit(f"top: {what}")


def samples_of(options, a_node, user=None):
    """What `cryo top --json` prints, two samples."""
    who = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    done = subprocess.run([options.cryo, "top", "--json", "-n", "2", "-d", "1.5", "--rows", "0", str(a_node.pid)], stdout=subprocess.PIPE,
                          text=True, check=True, **who)
    wrong = node.schema_errors(line for line in done.stdout.splitlines() if line)
    require(not wrong, "\n".join(wrong))
    return [json.loads(line) for line in done.stdout.splitlines() if line]


def check_sample(sample, a_node):
    rows = {row["name"]: row for row in sample["rows"] if row["name"]}
    require(sample["processes"] > WAITING and len(sample["rows"]) == sample["processes"], f"{sample['processes']} processes are seen")
    busy = rows["busy"]
    require(busy == max(sample["rows"], key=lambda row: row["reductions_per_second"]), f"who works is not busy, but so: {busy}")
    require(busy["reductions_per_second"] > 100_000, f"the busy one does {busy['reductions_per_second']} reductions a second")
    require(sample["rows"][0] == busy, "who works most is not the first")
    grows = rows["grows"]
    require(5 <= grows["messages_per_second"] <= 110, f"the queue grows by {grows['messages_per_second']} a second")
    require(rows["init"]["status"] == "waiting" and rows["init"]["reductions_per_second"] < busy["reductions_per_second"] / 10, "init works")
    require(sample["messages"] >= grows["messages"] > 0, "queued messages are not counted")
    require(a_node.alive(), "the node has ended")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cryo", required=True)
    options = parser.parse_args()
    with node.Node() as a_node:
        a_node.start("top", [WAITING])
        watch = Watch(a_node.pid)
        watch.start()
        try:
            samples = samples_of(options, a_node)
            text = subprocess.run([options.cryo, "top", "--batch", "-n", "1", "-d", "1", "--sort", "growth", "--rows", "3", str(a_node.pid)],
                                  stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
        finally:
            watch.over = True
            watch.join()
        require(len(samples) == 2, f"{len(samples)} samples instead of 2")
        for sample in samples:
            check_sample(sample, a_node)
        require(len(text) == 6 and text[1].startswith("PID") and " grows " in text[2], "as text: " + "\n".join(text))
        require(watch.looks > 20 and watch.seen == {"0"}, f"traced by {watch.seen} in {watch.looks} looks")
        told = int(a_node.ask("element(2, process_info(whereis(grows), message_queue_len))"))
        seen = next(row for row in samples[-1]["rows"] if row["name"] == "grows")["messages"]
        require(0 < seen <= told, f"{seen} messages are seen, then there are {told}")
        print(f"busy: {samples[-1]['rows'][0]['reductions_per_second']} reductions/s; {watch.looks} looks at TracerPid: 0")
    return 0


if __name__ == "__main__":
    sys.exit(main())
