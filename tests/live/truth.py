#!/usr/bin/env python3
"""What is seen of a node's processes from outside is what the node says of itself, before and after: items of process_info, stacks
with lines, dictionaries, links and monitors, mailboxes. Of a living node, and the same text of a core file of it.
"""
import argparse
import json
import re
import subprocess
import sys

import node

SENT_TO_BUSY = [f"{{outer,{i}}}" for i in range(1, 31)]
SKIPPED = [f'{{item,{i},{{"text",<<"binary">>,1.5,#{{{i} => a}}}}}}' for i in range(1, 21)]


def said_by(a_node):
    """{pid: {item: text}}"""
    path = a_node.folder / "said"
    a_node.ask(f'truth:say("{path}")')
    said = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        pid, item, text = line.split("\t", 2)
        said.setdefault(pid, {})[item] = text
    return said


def cryo(options, *arguments):
    done = subprocess.run([options.cryo, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"truth: cryo {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def tied(process, tie):
    return " ".join(sorted(t["pid"] or "" for t in process["ties"] if t["tie"] == tie))


def places(process):
    """Equal places that follow each other are one in the node's own words."""
    found = []
    for frame in process["frames"]:
        line = f"@{frame['file'].rsplit('/', 1)[-1]}:{frame['line']}" if frame["line"] else ""
        place = frame["function"] + line
        if not found or found[-1] != place:
            found.append(place)
    return " ".join(found)


# Of process_info's items, the same from outside.
ITEMS = {
    "registered_name": lambda p: p["name"] or "",
    "current_function": lambda p: p["current"],
    "initial_call": lambda p: p["initial"],
    "status": lambda p: p["status"],
    "priority": lambda p: p["priority"],
    "message_queue_len": lambda p: str(p["messages"]),
    "total_heap_size": lambda p: str(p["heap"]),
    "stack_size": lambda p: str(p["stack_words"]),
    "reductions": lambda p: str(p["reductions"]),
    "links": lambda p: tied(p, "link"),
    "monitors": lambda p: tied(p, "monitors"),
    "monitored_by": lambda p: tied(p, "monitored by"),
    "group_leader": lambda p: p["group_leader"],
    "trap_exit": lambda p: "true" if p["trap_exit"] else "false",
    "parent": lambda p: p["parent"] or "undefined",
    "current_stacktrace": places,
}


def about_memory(items, process):
    """The node adds what its links, its dictionary and its messages take; the rest is the same."""
    return process["memory"] <= int(items["memory"]) <= process["memory"] * 1.2 + 10000


def differences(before, seen, after):
    """Items that did not change between before and after, and were seen otherwise."""
    wrong, compared = [], 0
    for pid, items in before.items():
        for item, of in ITEMS.items():
            if pid not in after or item not in items or after[pid].get(item) != items[item]:
                continue
            if item == "total_heap_size" and items["message_queue_len"] != "0":
                continue  # the node adds its queue
            compared += 1
            if pid not in seen:
                wrong.append(f"{pid} was not seen")
            elif item == "total_heap_size" and not about_memory(items, seen[pid]):
                wrong.append(f"{pid} memory: seen {seen[pid]['memory']}, is {items['memory']}")
            elif of(seen[pid]) != items[item]:
                wrong.append(f"{pid} {items['registered_name']} {item}: seen {of(seen[pid])}, is {items[item]}")
    return wrong, compared


def mailboxes(seen, wrong):
    named = {p["name"]: p for p in seen.values() if p["name"]}
    queue = named["busy"]["queue"]
    if [m["message"] for m in queue if m["kind"] == "message"] != SENT_TO_BUSY or {m["seen"] for m in queue} != {"outer"}:
        wrong.append(f"messages not fetched: {queue[:3]}")
    queue = named["selective"]["queue"]
    if [m["message"] for m in queue][:20] != SKIPPED or {m["seen"] for m in queue} != {"skipped"} or len(queue) != 23:
        wrong.append(f"skipped messages: {queue[:3]}")
    if [m["message"] for m in named["off_heap"]["queue"]] != [f"{{off,{i}}}" for i in range(1, 51)]:
        wrong.append(f"off-heap mailbox: {named['off_heap']['queue'][:3]}")
    senders = {m["from"] for name in ("busy", "selective", "off_heap") for m in named[name]["queue"]}
    if len(senders) != 1 or None in senders:
        wrong.append(f"senders: {senders}")
    catches = sum("term" not in s for f in named["catcher"]["frames"] for s in f["slots"])
    if catches != 5:
        wrong.append(f"{catches} handlers on the stack of catcher, 5 are there")
    return wrong


def secrets(options, target, wrong):
    """A sensitive process keeps its contents, unless asked twice."""
    look_at = ["dump", "--json", str(target), "secret"]
    hidden, shown = cryo(options, *look_at), cryo(options, *look_at[:1], "--show-sensitive", "--show-sensitive", *look_at[1:])
    secret = json.loads(hidden)["processes"][0]
    told = cryo(options, "prompt", "--batch", "-nx", "-ex", "find classified", "-ex", "procs where sensitive show name", str(target))
    if not secret["sensitive"] or secret["messages"] != 1 or "classified" in hidden or "classified" in told.replace("find classified", ""):
        wrong.append(f"a sensitive process: {secret} {told}")
    if shown.count("classified") < 2 or [line.strip() for line in told.splitlines() if "secret" in line] != ["secret"]:
        wrong.append(f"a sensitive process, asked for: {shown} {told}")


def children(options, target, a_node, wrong):
    """Supervisors have the children that they say they have, in that order (of many alike in any), and what they do not say."""
    path = a_node.folder / "children"
    a_node.ask(f'truth:children("{path}")')
    told = json.loads(cryo(options, "prompt", "--batch", "-nx", "--json", "-ex", "tree", str(target)))["tree"]
    for supervisor in {line.split("\t")[0] for line in path.read_text(encoding="utf-8").splitlines()}:
        said = [tuple(line.split("\t")[1:]) for line in path.read_text(encoding="utf-8").splitlines() if line.startswith(supervisor + "\t")]
        seen = [(row["id"], row["pid"] or "", row["type"]) for row in told if row["supervisor"] == supervisor]
        if {row[0] for row in said} == {"undefined"}:
            said, seen = sorted(said), sorted(("undefined", *row[1:]) for row in seen)
        if said != seen:
            wrong.append(f"children of {supervisor}: seen {seen}, are {said}")
    named = {row["name"].strip(): row for row in told}
    if named["truth_crowd"]["behaviour"] != "gen_server" or "simple_one_for_one" not in named["truth_crowd"]["state"] or \
            [row["restart"] for row in told if row["id"] == "stopped"] != ["permanent"]:
        wrong.append(f"supervisors: {named['truth_crowd']}")


def dictionary(options, target, before, wrong):
    """One of a hundred pairs and more, in any order."""
    text = cryo(options, "prompt", "--batch", "-nx", "-ex", "dict words", str(target))
    pid = next(p for p, items in before.items() if items["registered_name"] == "words")
    numbers = set(re.findall(r"\{key,(\d+)\}", before[pid]["dictionary"]))
    found = set(re.findall(r"\{key,(\d+)\}", text))
    if len(numbers) != 100 or found != numbers:
        wrong.append(f"dictionary of words: {len(found)} of {len(numbers)} keys")


def look(target, options):
    return {p["pid"]: p for p in json.loads(cryo(options, "dump", "--json", str(target)))["processes"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cryo", required=True)
    options = node.parse(parser)
    with node.Node() as a_node:
        a_node.start("truth")
        before = said_by(a_node)
        seen = look(a_node.pid, options)
        after = said_by(a_node)
        wrong, compared = differences(before, seen, after)
        mailboxes(seen, wrong)
        dictionary(options, a_node.pid, before, wrong)
        secrets(options, a_node.pid, wrong)
        children(options, a_node.pid, a_node, wrong)
        before = said_by(a_node)
        core = a_node.core()
        in_core = look(core, options)
        wrong_in_core, compared_in_core = differences(before, in_core, said_by(a_node))
        mailboxes(in_core, wrong_in_core)
        secrets(options, core, wrong_in_core)
        children(options, core, a_node, wrong_in_core)
    print(f"{len(seen)} processes, {compared} items compared; in the core {compared_in_core}")
    print("\n".join(wrong + wrong_in_core))
    return 1 if wrong or wrong_in_core or compared < 500 or compared_in_core < 500 else 0


if __name__ == "__main__":
    sys.exit(main())
