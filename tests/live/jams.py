#!/usr/bin/env python3
"""Nodes that are stuck, each in its own way: everybody in the jam is found, who holds the others up does what it does, `waits` names
it for everybody who waits, `jams` gives the right verdict with both stacks, and a core file (and an image) says the same. Where process_info never
comes back from inside, that is shown first.
"""
import argparse
import os
import re
import subprocess
import sys

import node

# What the one that holds up the others is seen doing.
ROOT_STATUS = {"cycle": "waiting", "endless": None, "skipping": "waiting", "nif": "running", "dirty_nif": "running",
               "suspended": "suspended", "convoy": "waiting", "statem": "waiting", "plain": "waiting", "event": "waiting"}
# Functions that are on its stack.
ROOT_FUNCTION = {"endless": "jams:spin/1", "skipping": "jams:pick/1", "nif": "jams:handle_cast/2", "dirty_nif": "jams:handle_cast/2",
                 "statem": "jams_statem:idle/3", "event": "jams_event:handle_event/2"}
# process_info of it does not come back: it is asked, and a second later has not answered.
SILENT = ["nif"]
# What `jams` calls it. Who never ends may also be caught between two slices.
BETWEEN = {"running": "busy"}
LOOKS = 120
NOT_SEEN = "the stack is not where"
VERDICT = {"cycle": "cycle", "endless": "running", "skipping": "skipping", "nif": "nif", "dirty_nif": "nif", "suspended": "suspended",
           "convoy": "receiving", "statem": "receiving", "plain": "receiving", "event": "receiving"}


def cryo(options, target, command):
    return node.ask_cryo(options.cryo, target, command)[0]


def never_answers(a_node, name):
    """Does a process that asks about `name` still wait after a second?"""
    return a_node.ask(f"begin Asker = spawn(fun() -> process_info(whereis({name}), [status, messages, current_stacktrace]) end), "
                      f"timer:sleep(1000), is_process_alive(Asker) end") == "true"


def look(kind, take, jam, options):
    """What is wrong with what is seen of the jam. Of 1,000 looks six catch who spins in code that the JIT made for all modules, on its way to
    the scheduler, where nobody keeps which function it is in: one look of three has to see it."""
    for _ in range(3 if kind == "endless" else 1):
        wrong = look_once(kind, take(), jam, options)
        if not any(NOT_SEEN in text for text in wrong):
            break
    return wrong


def look_once(kind, target, jam, options):
    wrong = []
    procs = {p["name"]: p for p in cryo(options, target, "procs show pid,name,status,current,messages")["procs"] if p["name"]}
    waits = {w["name"]: w for w in cryo(options, target, "waits show name,for_name,why,root,depth,callers")["waits"] if w["name"]}
    status, root = ROOT_STATUS[kind], procs[jam["root"]]
    if status and root["status"] != status:
        wrong.append(f"{jam['root']} is {root['status']}, should be {status}")
    frames = [f["function"] for f in cryo(options, target, f"stack {jam['root']}")["frames"]]
    if kind in ROOT_FUNCTION and ROOT_FUNCTION[kind] not in frames:
        wrong.append(f"{NOT_SEEN} {ROOT_FUNCTION[kind]}: {frames}")
    for name, callee in jam["waiting"]:
        if name not in procs:
            wrong.append(f"{name} was not found")
        elif waits.get(name, {}).get("for_name") != callee:
            wrong.append(f"{name} waits for {callee}: {waits.get(name)}")
        elif kind != "cycle" and waits[name]["root"] != root["pid"]:
            wrong.append(f"{name} is held up by {jam['root']}: {waits[name]}")
    if kind == "cycle" and {w["why"] for n, w in waits.items() if n in ("alice", "bob")} != {"call, cycle"}:
        wrong.append("the cycle is not named")
    if kind == "skipping":
        queue = cryo(options, target, "mail to picker")["mail"]
        if len(queue) != jam["queue"] + len(jam["waiting"]) or {m["seen"] for m in queue} != {"skipped"}:
            wrong.append(f"of {len(queue)} messages are skipped {sum(m['seen'] == 'skipped' for m in queue)}")
    wrong += verdict(kind, target, jam, options)
    return [f"{kind}: {text}" for text in wrong]


def verdict(kind, target, jam, options):
    """What is wrong with what `jams` says."""
    found = [j for j in cryo(options, target, "waits jams")["jams"] if j["name"] == jam["root"]]
    if len(found) != 1:
        return [f"{len(found)} jams are {jam['root']}'s"]
    found, wrong = found[0], []
    in_cycle = 2 if kind == "cycle" else 0
    wanted = found["kind"] if found["kind"] == BETWEEN.get(VERDICT[kind]) else VERDICT[kind]
    if (found["kind"], found["waiting"]) != (wanted, len(jam["waiting"]) - in_cycle):
        wrong.append(f"the verdict is {found['kind']}, {found['waiting']} wait")
    if {(w["name"]) for w in found["waiters"]} != {name for name, _ in jam["waiting"]}:
        wrong.append(f"who waits: {found['waiters']}")
    if ROOT_FUNCTION.get(kind, "") not in [""] + [f["function"] for f in found["frames"]] or not found["first_frames"]:
        wrong.append(f"{NOT_SEEN} it should be: {found['frames']}, {found['first_frames']}")
    if kind == "suspended" and cryo(options, target, "jams show suspended_by.name")["jams"][0]["suspended_by.name"] != "jailer":
        wrong.append("who suspended it is not named")
    if kind == "skipping" and found["scanned"] != jam["queue"] + len(jam["waiting"]):
        wrong.append(f"scanned {found['scanned']}")
    if "nif" in kind and not found["current"].startswith("jams_nif:hang"):
        wrong.append(f"it is in {found['current']}")
    text = subprocess.run([options.cryo, "prompt", "--batch", "-nx", "-ex", "jams", str(target)], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=False).stdout
    if not re.search(rf"^({VERDICT[kind]}|{BETWEEN.get(VERDICT[kind], 'none')}): {jam['root']} <", text, re.M):
        wrong.append(f"as text: {text}")
    asserted = subprocess.run([options.cryo, "dump", "--assert", f"jams where kind in [{VERDICT[kind]}, {BETWEEN.get(VERDICT[kind], 'none')}]", str(target)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode
    if asserted != 1:
        wrong.append(f"an assertion ends with status {asserted}")
    return wrong


def never_native(options, target):
    """Who runs Erlang code without end is in no native code, whenever one looks: of 100 looks two or three catch its thread in the scheduler."""
    answers = node.ask_cryo(options.cryo, target, *["refresh", "waits jams"] * LOOKS)
    kinds = {j["kind"] for answer in answers for j in answer.get("jams", []) if j["name"] == "spinner"}
    return [] if {"running"} <= kinds <= {"running", "busy"} else [f"endless: seen as {kinds}"]


def saved(options, a_node):
    """An image of the node, in the middle of what it does: threads that are in native code are kept with it."""
    image = a_node.folder / "node.cryo"
    subprocess.run([options.cryo, "save", str(a_node.pid), "-o", image], check=True, stderr=subprocess.DEVNULL)
    return image


def said(text):
    """The map that jams:make gives."""
    jam = {"root": re.search(r"root => (\w+)", text).group(1), "waiting": re.findall(r"\{(\w+),(\w+)\}", text)}
    queue = re.search(r"queue => (\d+)", text)
    return {**jam, "queue": int(queue.group(1)) if queue else 0}


def check(kind, options):
    with node.Node() as a_node:
        a_node.compile("jams", "jams_nif", "jams_statem", "jams_event")
        a_node.start("jams", [kind], flags=["+sfwi", "50"], env={"JAMS_NIF": os.path.splitext(os.path.abspath(options.nif))[0]})
        jam = said(a_node.ask("ets:lookup_element(jams, jam, 2)"))
        wrong = []
        if kind in SILENT and not never_answers(a_node, jam["root"]):
            wrong.append(f"{kind}: process_info({jam['root']}) comes back")
        wrong += look(kind, lambda: a_node.pid, jam, options)
        wrong += never_native(options, a_node.pid) if kind == "endless" else []
        if VERDICT[kind] in ("running", "nif"):
            wrong += [f"image of {text}" for text in look(kind, lambda: saved(options, a_node), jam, options)]
        wrong += [f"core of {text}" for text in look(kind, a_node.core, jam, options)]
    print(f"{'FAIL' if wrong else 'ok  '} {kind}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cryo", required=True)
    parser.add_argument("--nif", required=True, help="the library jams_nif.so")
    parser.add_argument("kinds", nargs="*", default=list(ROOT_STATUS))
    options = node.parse(parser)
    wrong = [text for kind in options.kinds for text in check(kind, options)]
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
