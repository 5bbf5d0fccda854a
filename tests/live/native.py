#!/usr/bin/env python3
"""The threads of a node from outside: as many schedulers as the node says it has, those that wait for their turn in the run queues, and
processes stuck in native code, with the frames and lines of that code above their own. Of a living node and of its core file.
"""
import argparse
import json
import os
import sys

import node

SPINNERS = 40
DEPTH = 20  # of the calls in native_busy.erl
ROUNDS = 8


def cryo(options, target, command):
    return node.ask_cryo(options.cryo, target, command)[0]


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
    """Those that spin run or wait for it, whoever else may be there. Does one of them run?"""
    schedulers = [t for t in threads if t["kind"] == "scheduler"]
    busy = sum(t["normal"] + t["low"] for t in schedulers) + sum(t["pid"] is not None for t in schedulers)
    must(SPINNERS - 1 <= busy <= SPINNERS + 4, f"{SPINNERS} processes spin, {busy} run or wait for it: {schedulers}")
    low = sum(t["low"] for t in schedulers)
    must(SPINNERS // 2 - 2 <= low <= SPINNERS // 2, f"{SPINNERS // 2} of them are of low priority, seen {low}")
    must(all(t["reductions"] for t in schedulers), f"schedulers have done nothing: {schedulers}")
    return any(t["pid"] in spinners for t in schedulers)


def check_threads(options):
    with node.Node() as a_node:
        a_node.start()
        spinners = json.loads(a_node.ask(
            f"[begin P = spawn_opt(fun() -> F = fun(G) -> G(G) end, F(F) end, [{{priority, element(N rem 2 + 1, {{normal, low}})}}]),"
            f" list_to_binary(pid_to_list(P)) end || N <- lists:seq(1, {SPINNERS})]").replace("<<\"", "\"").replace("\">>", "\""))
        # A scheduler may be caught between two processes, all of them by chance.
        looks = [cryo(options, a_node.pid, "threads")["threads"] for _ in range(5)]
        threads = looks[0]
        check_counts(threads, a_node)
        must(any([check_queues(look, spinners) for look in looks]), f"none of {spinners} ever runs: {looks}")
        names = {t["os_name"] for t in threads}
        must("1_scheduler" in names, f"threads have no names: {names}")
    print("ok   threads")


def check_whole(options):
    """Processes that were caught in functions of the runtime have all their frames, every time: the stack pointer is in none of their own
    fields then."""
    caught = set()
    with node.Node() as a_node:
        a_node.compile("native_busy")
        a_node.start(flags=["-pa", str(a_node.folder)])
        names = a_node.ask("native_busy:start([])").strip("[]").split(",")
        commands = [f"stack {name}" for name in names]
        for _ in range(ROUNDS):
            for name, stack in zip(names, node.ask_cryo(options.cryo, a_node.pid, *commands)):
                functions = [f["function"] for f in stack["frames"]]
                if any("garbage_collect" in frame["symbol"] for frame in stack.get("native", [])):
                    continue  # its stack may be on its way to another heap
                must(functions.count("native_busy:deep/2") == DEPTH, f"{name}: frames are missing: {functions[:8]} {stack.get('native')}")
                caught |= {name} if stack.get("native") else set()
    must(caught, "no process was ever caught in native code")
    print(f"ok   whole stacks, of native code in {len(caught)} of {len(names)}")


# What stands below the function that never returns: from the C library to the Erlang function that called it.
NATIVE = {"nif": ["wait_for_nothing", "hang", "beam_jit_call_nif"], "dirty_nif": ["wait_for_nothing", "hang", "erts_call_dirty_nif"]}
THREAD = {"nif": "scheduler", "dirty_nif": "dirty io"}
FUNCTION = {"nif": "jams_nif:hang/1", "dirty_nif": "jams_nif:hang_dirty/1"}


def in_order(wanted, found):
    rest = iter(found)
    return all(name in rest for name in wanted)


def check_stack(kind, target, options):
    stack = cryo(options, target, "stack stuck")
    symbols = [frame["symbol"] for frame in stack["native"]]
    must(in_order(NATIVE[kind], symbols), f"{kind}: {NATIVE[kind]} are not in {symbols}")
    frame = stack["native"][symbols.index("wait_for_nothing")]
    must(os.path.basename(frame["object"]) == os.path.basename(options.nif), f"{kind}: {frame}")
    if options.lines:
        must(frame["file"].endswith("jams_nif.c") and frame["line"] == line_of("pause();"), f"{kind}: {frame}")
    code = cryo(options, target, "native stuck")
    here = [line["address"] for line in code["machine"] if line["here"]]
    must(code["native"] == stack["native"] and len(code["machine"]) > 5 and here == [stack["native"][0]["address"]], f"{kind}: machine code: {code}")
    by_tid, after = node.ask_cryo(options.cryo, target, f"native {code['tid']}", "stack")
    must(by_tid["machine"] == code["machine"] and by_tid["frames"] == code["frames"], f"{kind}: by thread: {by_tid}")
    must(after["frames"] == stack["frames"], f"{kind}: whom the thread runs is not the current process: {after}")
    functions = [f["function"] for f in stack["frames"]]
    wanted = [FUNCTION[kind], "jams:handle_cast/2", "gen_server:try_dispatch/4", "gen_server:handle_msg/6", "proc_lib:init_p_do_apply/3"]
    must(functions == wanted, f"{kind}: the stack is {functions}")


def line_of(text):
    with open(node.HERE / "jams_nif.c", encoding="utf-8") as source:
        return next(number for number, line in enumerate(source, 1) if text in line)


def check_stuck(kind, options):
    with node.Node() as a_node:
        a_node.compile("jams", "jams_nif")
        a_node.start(flags=["+sfwi", "50"], env={"JAMS_NIF": os.path.splitext(os.path.abspath(options.nif))[0]})
        a_node.ask(f"jams:make({kind})")
        for target in (a_node.pid, a_node.core()):
            check_stack(kind, target, options)
            check_counts(cryo(options, target, "threads")["threads"], a_node)
            threads = cryo(options, target, "threads where native ~ \"wait_for_nothing\"")["threads"]
            must([t["kind"] for t in threads] == [THREAD[kind]] and threads[0]["name"] == "stuck", f"{kind}: who hangs is {threads}")
    print(f"ok   {kind}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cryo", required=True)
    parser.add_argument("--nif", required=True, help="the library jams_nif.so")
    parser.add_argument("--lines", action="store_true", help="this cryo knows lines")
    options = node.parse(parser)
    check_threads(options)
    check_whole(options)
    for kind in NATIVE:
        check_stuck(kind, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
