#!/usr/bin/env python3
"""What else a node holds is what it says of itself: timers (who gets what, when), ports, connections to other nodes and what waits in
their buffers, atoms, memory, its clock. Of a living node, and of a core file of it.

The second node and the port mapper both need are started here, on a port of our own, and end with the test.
"""
import argparse
import os
import signal
import socket
import subprocess
import sys
import time

import node

MS = 1_000_000
FLOOD = 100_000  # more bytes than this wait in a channel that is flooded


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Mapper:
    """epmd, for the nodes of this test only."""

    def __init__(self):
        self.port = free_port()
        self.process = subprocess.Popen(["epmd", "-port", str(self.port), "-address", "127.0.0.1"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=node._die_with_parent)
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        sys.exit("matters: epmd does not answer")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def start(self, a_node, name, module=None, args=()):
        flags = ["-sname", f"{name}@localhost", "-setcookie", "cryo", "-start_epmd", "false", "-kernel", "inet_dist_use_interface", "{127,0,0,1}",
                 "-kernel", "net_ticktime", "3600"]  # who is stopped is not missed
        return a_node.start(module, args, flags=flags, env={"ERL_EPMD_PORT": str(self.port)})


def said_by(a_node):
    """What it says now: lists of words by their first word."""
    path = a_node.folder / "said"
    a_node.ask(f'matters:say("{path}")')
    said = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        kind, *rest = line.split("\t")
        said.setdefault(kind, []).append(rest)
    return said


class Wrong(list):
    def unless(self, right, text):
        if not right:
            self.append(text)


def timers(seen, before, after, slack, wrong):
    """`slack` ms: how much older the target's clock may be than what is said before."""
    by_ref = {t["ref"]: t for t in seen if t["ref"]}
    waits = {t["to"]: t for t in seen if t["kind"] == "receive after"}
    for (ref, most), (_, least) in zip(before["timer"], after["timer"]):
        timer = by_ref.get(ref)
        wrong.unless(timer and int(least) - 2 <= timer["in"] / MS <= int(most) + 2 + slack, f"timer {ref} in {least} to {most} ms: seen {timer}")
    for (pid, most), (_, least) in zip(before["wait"], after["wait"]):
        timer = waits.get(pid)
        # The clock of the test was read before the process was made.
        wrong.unless(timer and int(least) - 2 <= timer["in"] / MS <= int(most) + 500 + slack, f"{pid} waits {least} to {most} ms: seen {timer}")
    for ms in (30000, 3000000, 4000000000, 16000):
        wrong.unless(any(t["message"] == f'{{in,{ms},"text",<<"binary">>}}' and t["name"] == "target" and t["to"] for t in seen), f"message in {ms} to a pid")
        wrong.unless(any(t["message"] == f"{{timeout,{t['ref']},{{named,{ms}}}}}" and t["name"] == "target" and not t["to"] for t in seen),
                     f"timeout in {ms} to a name")
    wrong.unless(not any(t["message"] == "cancelled" for t in seen), "a cancelled timer is seen")


def ports(seen, before, after, wrong):
    found = {p["port"]: p for p in seen}
    for said, later in zip(before["port"], after["port"]):
        number, name, registered, owner, links, read, written, queued, os_pid = said
        p = found.get(number)
        if p is None or said != later:
            wrong.unless(said != later, f"port {number} was not seen")
            continue
        mine = [p["name"], p["registered"] or "", p["owner"], " ".join(sorted((p["links"] or "").split())), str(p["in"]), str(p["out"]),
                str(p["queued"]), str(p["os_pid"] or "undefined")]
        wrong.unless(mine == said[1:], f"port {number}: seen {mine}, is {said[1:]}")
    status = {p["name"]: p["status"] for p in seen}
    wrong.unless(status.get("sleep 120") == "busy" and status.get("cat") == "open", f"status of ports: {status}")
    wrong.unless({p["driver"] for p in seen} >= {"spawn", "tcp_inet", "fd"}, "drivers of ports")


def flood(a_node, options):
    """How many processes wait for room to send when a channel is flooded. A full port may have taken all but the last piece of what the first
    one sent; whoever comes then has one more piece wait in the channel.
    """
    for _ in range(10):
        senders = int(a_node.ask("matters:flood(hd(nodes(connected)))"))
        found = node.ask_cryo(options.cryo, a_node.pid, "channels where state = connected")[0]["channels"]
        if len(found) == 1 and found[0]["queued"] > FLOOD:
            return senders
    sys.exit(f"matters: {senders} processes do not flood {found}")


def channels(seen, said, wrong, senders):
    """`senders`: how many processes wait for room to send; then the channel is flooded."""
    connected = {c["node"]: c for c in seen if c["state"] == "connected"}
    wrong.unless(set(connected) == {n for n, _ in said.get("node", [])}, f"connected: seen {list(connected)}, are {said.get('node')}")
    for name, how in said.get("node", []):
        channel = connected.get(name)
        wrong.unless(channel and channel["hidden"] == (how == "hidden") and channel["port"] and channel["limit"] == 1 << 20, f"channel {channel}")
        wrong.unless(channel and channel["suspended"] == senders and (channel["queued"] > FLOOD) == (senders > 0), f"{senders} flood: {channel}")
    known = {n for n, in said["known"]}
    wrong.unless({c["node"] for c in seen} <= known, f"nodes seen {[c['node'] for c in seen]}, known {known}")


def atoms(answer, before, after, wrong):
    (least, limit), (most, _) = before["atoms"][0], after["atoms"][0]
    wrong.unless(int(least) <= answer["count"] <= int(most) and answer["limit"] == int(limit), f"atoms {answer['count']} of {answer['limit']}")
    wrong.unless([a["name"] for a in answer["atoms"]] == ["matters"], f"atoms named matters: {answer['atoms']}")


def memory(seen, before, after, wrong):
    seen = {m["name"]: m["bytes"] for m in seen if m["group"] == "memory"}
    said = [{of: int(n) for of, n in words["memory"]} for words in (before, after)]
    for of in ("binary", "ets"):
        least, most = min(s[of] for s in said), max(s[of] for s in said)
        slack = 0 if least == most and of == "ets" else most // 5 + 200_000
        wrong.unless(least - slack <= seen[of] <= most + slack, f"memory of {of}: seen {seen[of]}, is {least} to {most}")
    wrong.unless(0 < seen["process heaps"] < said[1]["processes"] + 1_000_000, f"heaps {seen['process heaps']}, processes {said}")


def old_code(seen, said, wrong):
    found = {(u["module"], u["pid"]) for u in seen}
    are = {(module, pid) for module, pid in said.get("oldcode", [])}
    wrong.unless(found == are and len(are) == 2, f"in old code: seen {found}, are {are}")
    wrong.unless({u["function"] for u in seen} == {"stale:wait/0", "stale:call/0"}, f"in old code: {seen}")


def look(target, options, before, slack):
    answers = node.ask_cryo(options.cryo, target, "timers", "ports", "channels", "atoms where name = matters", "mem", "oldcode")
    return {"timers": answers[0]["timers"], "ports": answers[1]["ports"], "channels": answers[2]["channels"], "atoms": answers[3],
            "mem": answers[4]["mem"], "oldcode": answers[5]["oldcode"], "before": before, "slack": slack}


def compare(seen, after, senders):
    wrong = Wrong()
    before = seen["before"]
    timers(seen["timers"], before, after, seen["slack"], wrong)
    ports(seen["ports"], before, after, wrong)
    channels(seen["channels"], after, wrong, senders)
    atoms(seen["atoms"], before, after, wrong)
    memory(seen["mem"], before, after, wrong)
    old_code(seen["oldcode"], after, wrong)
    return wrong


def check(a_node, other, options):
    seen = look(a_node.pid, options, said_by(a_node), 0)
    wrong = compare(seen, said_by(a_node), 0)
    os.kill(other.pid, signal.SIGSTOP)
    try:
        senders = flood(a_node, options)
        before = said_by(a_node)
        seen = look(a_node.pid, options, before, 0)
        flooded = compare(seen, said_by(a_node), senders)
        before = said_by(a_node)
        core = a_node.core()
        after = said_by(a_node)
        in_core = compare(look(core, options, before, 2000), after, senders)
    finally:
        os.kill(other.pid, signal.SIGCONT)
    print(f"{len(seen['timers'])} timers, {len(seen['ports'])} ports, {len(seen['channels'])} nodes, {seen['atoms']['count']} atoms")
    return wrong + ["flooded: " + w for w in flooded] + ["core: " + w for w in in_core]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cryo", required=True)
    options = node.parse(parser)
    with Mapper() as mapper, node.Node() as other, node.Node() as a_node:
        mapper.start(other, "b")
        mapper.start(a_node, "a", "matters", ["b@localhost"])
        programs = [int(p["os_pid"]) for p in node.ask_cryo(options.cryo, a_node.pid, "ports where name = \"sleep 120\"")[0]["ports"]]
        try:
            wrong = check(a_node, other, options)
        finally:
            for program in programs:
                os.kill(program, signal.SIGKILL)
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
