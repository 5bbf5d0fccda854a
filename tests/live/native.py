#!/usr/bin/env python3
"""The threads of a node from outside: as many schedulers as the node says it has, and those that wait for their turn in the run queues.
"""
import argparse
import json
import subprocess
import sys

import node

SPINNERS = 40


def cryo(options, target, command):
    done = subprocess.run([options.cryo, "prompt", "--batch", "-nx", "--json", "-ex", command, str(target)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"native: {command}: {done.stderr}{done.stdout}")
    return json.loads(done.stdout)


def core_of(a_node):
    core = a_node.folder / "core"
    subprocess.run(["gcore", "-o", core, str(a_node.pid)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return f"{core}.{a_node.pid}"


def must(fact, text):
    if not fact:
        sys.exit(f"native: {text}")


def check_counts(threads, a_node):
    for kind, item in (("scheduler", "schedulers"), ("dirty cpu", "dirty_cpu_schedulers"), ("dirty io", "dirty_io_schedulers")):
        said = int(a_node.ask(f"erlang:system_info({item})"))
        numbers = [t["number"] for t in threads if t["kind"] == kind]
        must(numbers == list(range(1, said + 1)), f"{item}: {said}, seen {numbers}")
    tids = [t["tid"] for t in threads]
    must(all(tids) and len(set(tids)) == len(tids), f"not every thread has a tid of its own: {tids}")


def check_queues(threads, spinners):
    """Those that spin run or wait for it, whoever else may be there."""
    schedulers = [t for t in threads if t["kind"] == "scheduler"]
    busy = sum(t["normal"] + t["low"] for t in schedulers) + sum(t["pid"] is not None for t in schedulers)
    must(SPINNERS - 1 <= busy <= SPINNERS + 4, f"{SPINNERS} processes spin, {busy} run or wait for it: {schedulers}")
    low = sum(t["low"] for t in schedulers)
    must(SPINNERS // 2 - 2 <= low <= SPINNERS // 2, f"{SPINNERS // 2} of them are of low priority, seen {low}")
    must(any(t["pid"] in spinners for t in schedulers), f"none of {spinners} runs: {schedulers}")
    must(all(t["reductions"] for t in schedulers), f"schedulers have done nothing: {schedulers}")


def check_threads(options):
    with node.Node() as a_node:
        a_node.start()
        spinners = json.loads(a_node.ask(
            f"[begin P = spawn_opt(fun() -> F = fun(G) -> G(G) end, F(F) end, [{{priority, element(N rem 2 + 1, {{normal, low}})}}]),"
            f" list_to_binary(pid_to_list(P)) end || N <- lists:seq(1, {SPINNERS})]").replace("<<\"", "\"").replace("\">>", "\""))
        threads = cryo(options, a_node.pid, "threads")["threads"]
        check_counts(threads, a_node)
        check_queues(threads, spinners)
        names = {t["os_name"] for t in threads}
        must("1_scheduler" in names, f"threads have no names: {names}")
        threads = cryo(options, core_of(a_node), "threads")["threads"]
        check_counts(threads, a_node)
        check_queues(threads, spinners)
    print("ok   threads")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cryo", required=True)
    options = parser.parse_args()
    refusal = node.ptrace_refusal()
    if refusal:
        node.skip(refusal)
    check_threads(options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
