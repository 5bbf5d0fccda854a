#!/usr/bin/env python3
"""An image answers every question as the node, and as a core file, that it was saved of: text and JSON, in one freeze. It opens when
the node is gone, keeps the receipt of the freeze, and saving that is interrupted leaves nothing.
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import time

import node

LISTS = ["procs", "flight", "waits", "tree", "ets", "modules", "regs", "timers", "ports", "threads"]
# Of these only the shape is looked at.
OTHERS = ["info", "jams", "oldcode", "channels", "mem", "atoms limit 3", "ets ac_tab", "native init", "find init in dict"]
OF_A_PROCESS = ["proc", "mail", "stack", "links", "dict"]


def run(options, *arguments):
    return subprocess.run([options.cryo, *[str(a) for a in arguments]], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)


def ask(options, target, commands, json_too):
    """What a session answers to commands; a command a target does not know is answered too."""
    command = [options.cryo, "prompt", "--batch", "-nx", *(["--json"] if json_too else []), str(target)]
    said = subprocess.run(command, input="\n".join(commands), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return said.stdout.splitlines()


def first_difference(name, before, after):
    if before == after:
        return []
    at = next((i for i, (a, b) in enumerate(zip(before, after)) if a != b), min(len(before), len(after)))
    return [f"{name}: line {at}: {before[at:at + 1]} and from the image {after[at:at + 1]}"]


def without_kind(lines):
    """Answers that say the target cannot name its kind."""
    return [line.replace("image (OTP node)", "OTP node") for line in lines]


def commands_about(pids):
    return LISTS + [f"{command} {pid}" for pid in pids for command in OF_A_PROCESS]


def living(options, a_node, folder):
    """One freeze is saved and asked; its image is asked the same."""
    wrong = []
    seen = json.loads(run(options, "dump", "--json", a_node.pid).stdout)
    commands = commands_about([p["pid"] for p in seen["processes"]])
    for json_too in (False, True):
        image = folder / f"node{json_too}.cryo"
        lines = ask(options, a_node.pid, [f"save {image}", *commands], json_too)
        if len(lines) < len(commands):
            wrong.append(f"only {len(lines)} lines are answered")
        wrong += node.schema_errors(lines + ask(options, image, OTHERS, True)) if json_too else []
        wrong += first_difference(f"pid, json {json_too}", lines[1:], without_kind(ask(options, image, commands, json_too)))
    return wrong


def core_file(options, core, folder):
    wrong, image = [], folder / "core.cryo"
    saved = run(options, "save", core, "-o", image)
    if saved.returncode:
        return [f"core: {saved.stderr}"]
    for flags in ([], ["--json"]):
        before, after = run(options, "dump", *flags, core).stdout, run(options, "dump", *flags, image).stdout
        if flags:
            before, after = [json.loads(text)["processes"] for text in (before, after)]
        else:
            before, after = before.splitlines(), after.splitlines()
        wrong += first_difference(f"core {flags}", before, after)
    os.truncate(image, image.stat().st_size - 1)
    if run(options, "dump", image).returncode != 5:
        wrong.append("a cut image is not said to be damaged")
    return wrong


def saved_after_death(options, image):
    said = run(options, "dump", image)
    wrong = [] if said.returncode == 0 and "paused " in said.stderr else [f"no receipt, or no answer: {said.stderr}"]
    if "image of: OTP node " not in run(options, "prompt", "--batch", "-nx", "-ex", "info", image).stdout:
        wrong.append("info does not say what it is an image of")
    again = image.with_suffix(".again")
    saved = run(options, "save", image, "-o", again)
    if saved.returncode:
        wrong.append(f"an image is not saved again: status {saved.returncode}: {saved.stderr}")
    elif image.read_bytes() != again.read_bytes():
        wrong.append("an image of an image is another")
    return wrong


def interrupted(options, target, folder):
    """At any moment: all of it is there, or nothing."""
    wrong, stopped = [], 0
    place = folder / "interrupted"
    place.mkdir()
    for i in range(16):
        image = place / f"{i}.cryo"
        with subprocess.Popen([options.cryo, "save", target, "-o", image], stderr=subprocess.DEVNULL) as saving:
            time.sleep(0.02 * i)
            saving.send_signal(signal.SIGINT)
            status = saving.wait()
        stopped += status == 130
        if status not in (0, 130, -signal.SIGINT) or image.exists() != (status == 0):
            wrong.append(f"interrupted: status {status}, image {image.exists()}")
        if status == 0:
            image.unlink()
    left = sorted(path.name for path in place.iterdir())
    return wrong + ([f"left behind: {left}"] if left else [])


def queue_of_victim(options, target):
    said = run(options, "dump", "--json", target, "victim")
    return json.loads(said.stdout)["processes"][0]["messages"]


def one_message(options, seconds=4):
    """A process gets a message from a timer between two images, and nothing else happens in the node: that is what is different."""
    with node.Node() as a_node:
        a_node.start()
        a_node.ask("register(victim, spawn(timer, sleep, [infinity]))")
        a_node.ask(f"erlang:send_after({1000 * seconds}, victim, {{hello, <<\"world\">>}})")
        before, after, again = [a_node.folder / f"{name}.cryo" for name in ("before", "after", "again")]
        run(options, "save", a_node.pid, "-o", before)
        if queue_of_victim(options, before) != 0:  # this machine is slow
            return one_message(options, 3 * seconds)
        while queue_of_victim(options, a_node.pid) == 0:
            time.sleep(0.2)
        for image in (after, again):
            run(options, "save", a_node.pid, "-o", image)
        said, same = run(options, "diff", "--json", before, after), run(options, "diff", "--reductions", after, again)
    different = json.loads(said.stdout)
    errors = node.schema_errors([said.stdout])
    changed = [(p["after"].get("messages"), [m["message"] for m in p["arrived"]], p["went"]) for p in different["procs"]["changed"]]
    wrong = []
    fired = [(t["name"], t["message"]) for t in different["timers"]["went"]]
    hello = '{hello,<<"world">>}'
    if said.returncode != 1 or changed != [(1, [hello], [])] or fired != [("victim", hello)] or different["differences"] != 2:
        wrong.append(f"one message: {said.returncode} {said.stdout}")
    if same.returncode != 0 or same.stdout:
        wrong.append(f"nothing happened: {same.returncode} {same.stdout}")
    return wrong + errors


def mangled(options, image):
    """Cut and damaged in many ways it is said to be damaged, or shows what can be read."""
    done = subprocess.run([options.mangle_image, "20", "8", "40", str(image)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return [] if done.returncode == 0 else [f"mangled: {done.stdout[-3000:]}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cryo", required=True)
    parser.add_argument("--mangle-image", required=True)
    options = node.parse(parser)
    with node.Node() as a_node:
        a_node.start("truth")
        wrong = living(options, a_node, a_node.folder)
        core = a_node.core()
        a_node.process.kill()
        a_node.process.wait()
        wrong += saved_after_death(options, a_node.folder / "nodeTrue.cryo")
        wrong += mangled(options, a_node.folder / "nodeTrue.cryo")
        wrong += core_file(options, core, a_node.folder)
        wrong += interrupted(options, core, a_node.folder)
    wrong += one_message(options)
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
