#!/usr/bin/env python3
"""How a node is frozen and let go: what is said, and with which status cryo ends, when it cannot be; nodes in other states than
running, of other users, in other mount namespaces; nodes that end meanwhile.
"""
import argparse
import ctypes
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import time

import node

NOBODY = 65534
SEIZE, DETACH = 0x4206, 17
FINE, ATTACH, UNSUPPORTED = 0, 3, 4


class Missing(Exception):
    """This machine cannot run the case."""


def run(options, *arguments, user=None, seconds=240):
    """(exit status, standard output, standard error) of cryo."""
    who = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    done = subprocess.run([options.cryo, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                          timeout=seconds, **who)
    return done.returncode, done.stdout, done.stderr


def expect(got, status, pattern):
    """[] or what is wrong with a run: its status, and what it said on standard error."""
    wrong = [] if got[0] == status else [f"status {got[0]}, expected {status}: {got[2].strip()}"]
    return wrong if re.search(pattern, got[2]) else [*wrong, f"said {got[2].strip()!r}, expected {pattern!r}"]


def need_root():
    if os.geteuid() != 0:
        raise Missing("only root can try this")


def no_process(options):
    """A pid that nobody has."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    return expect(run(options, "dump", ended.pid), ATTACH, rf"there is no process {ended.pid}$")


def no_node(options):
    """A process that is no node."""
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        wrong = expect(run(options, "dump", sleeper.pid), UNSUPPORTED, rf"process {sleeper.pid} is not an Erlang/OTP node: it runs \S+")
        sleeper.kill()
    return wrong


def zombie(options):
    """One that has ended and was not waited for."""
    with subprocess.Popen(["true"]) as ended:
        path = pathlib.Path(f"/proc/{ended.pid}/stat")
        while ") Z " not in path.read_text(encoding="utf-8"):
            time.sleep(0.01)
        return expect(run(options, "dump", ended.pid), ATTACH, rf"process {ended.pid} \(\S+\) has ended")


def traced(options):
    """Another tracer has it; afterwards it can be looked at."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    with node.Node() as a_node:
        a_node.start()
        if libc.ptrace(SEIZE, a_node.pid, None, None) != 0:
            return ["the test could not trace the node"]
        name = pathlib.Path("/proc/self/comm").read_text(encoding="utf-8").strip()
        wrong = expect(run(options, "dump", a_node.pid), ATTACH, rf"traced already, by {re.escape(name)} \(pid {os.getpid()}\)")
        # Detaching wants it stopped: the kernel stops it for the signal that it then gets.
        os.kill(a_node.pid, signal.SIGCONT)
        os.waitpid(a_node.pid, 0x40000000)
        libc.ptrace(DETACH, a_node.pid, None, None)
        return wrong + expect(run(options, "dump", a_node.pid), FINE, "paused")


def stopped(options):
    """A node that job control has stopped is looked at, and stays stopped."""
    with node.Node() as a_node:
        a_node.start()
        os.kill(a_node.pid, signal.SIGSTOP)
        path = pathlib.Path(f"/proc/{a_node.pid}/status")
        while not re.search(r"^State:\s+T", path.read_text(encoding="utf-8"), re.M):
            time.sleep(0.01)
        wrong = expect(run(options, "dump", a_node.pid), FINE, "paused")
        state = re.search(r"^State:\s+(\S)", path.read_text(encoding="utf-8"), re.M)[1]
        os.kill(a_node.pid, signal.SIGCONT)
        if state != "T":
            wrong.append(f"it is in state {state} afterwards")
        return wrong if a_node.ask("1 + 1") == "2" else [*wrong, "it does not answer"]


def others(options):
    """A user who is not root: not allowed to look at root's node, told the command; allowed to look at one's own."""
    need_root()
    cryo = run(options, "--version", user=NOBODY)
    if cryo[0] != FINE:
        raise Missing(f"user {NOBODY} cannot start {options.cryo}: {cryo[2].strip()}")
    with node.Node() as of_root, node.Node() as own:
        of_root.start()
        os.chown(own.folder, NOBODY, NOBODY)
        own.start(user=NOBODY)
        wrong = expect(run(options, "dump", of_root.pid, user=NOBODY), ATTACH,
                       r"not allowed to look at process \d+ of user root.*sudo -u 'root' cryo")
        try:
            scope = int(pathlib.Path("/proc/sys/kernel/yama/ptrace_scope").read_text(encoding="utf-8"))
        except OSError:
            scope = 0
        got = run(options, "dump", own.pid, "user", user=NOBODY)
        if scope > 0:
            return wrong + expect(got, ATTACH, r"ptrace_scope is \d.*sysctl")
        wrong += expect(got, FINE, "paused")
        return wrong if "user" in got[1] else [*wrong, "the process user was not shown"]


def capability(options):
    """Root in a container without SYS_PTRACE."""
    need_root()
    with node.Node() as a_node:
        os.chown(a_node.folder, NOBODY, NOBODY)
        a_node.start(user=NOBODY)
        command = ["setpriv", "--bounding-set", "-sys_ptrace", "--inh-caps", "-sys_ptrace", options.cryo, "dump", str(a_node.pid)]
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        except FileNotFoundError as error:
            raise Missing("there is no setpriv") from error
        return expect((done.returncode, done.stdout, done.stderr), ATTACH, "CAP_SYS_PTRACE.*--cap-add=SYS_PTRACE")


IN_CONTAINER = """
mount -t tmpfs none /mnt && cp -r {bin} /mnt/bin &&
BINDIR=/mnt/bin ROOTDIR={root} EMU=beam PROGNAME=erl exec /mnt/bin/erlexec -noshell -noinput -eval 'receive never -> ok end.'
"""


def container(options):
    """A node whose program is in a file system that only it sees."""
    need_root()
    root = subprocess.run(["erl", "-noshell", "-eval", "io:put_chars(code:root_dir()), halt()."], stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    folder = next(pathlib.Path(root).glob("erts-*/bin"))
    script = IN_CONTAINER.format(bin=folder, root=root)
    with subprocess.Popen(["unshare", "-m", "sh", "-c", script], stderr=subprocess.DEVNULL) as started:
        try:
            exe = pathlib.Path(f"/proc/{started.pid}/exe")
            while started.poll() is None and not os.readlink(exe).endswith("beam.smp"):
                time.sleep(0.05)
            if started.poll() is not None:
                raise Missing("mount namespaces are not allowed here")
            wrong = [] if not pathlib.Path(os.readlink(exe)).exists() else ["the program can be seen from here"]
            end = time.monotonic() + 30
            got = run(options, "dump", started.pid, "init")
            while got[0] != FINE and time.monotonic() < end:  # it is still starting
                time.sleep(0.2)
                got = run(options, "dump", started.pid, "init")
            return wrong + expect(got, FINE, "paused")
        finally:
            started.kill()


def ends_meanwhile(options):
    """Killed while cryo looks: no crash, no hang, and if it was too late, that is said."""
    wrong = []
    for _ in range(3):
        with node.Node() as a_node:
            a_node.start()
            looker = subprocess.Popen([options.cryo, "dump", str(a_node.pid)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            time.sleep(random.uniform(0, 0.05))
            a_node.process.kill()
            said = looker.communicate(timeout=60)[1]
            if looker.returncode not in (FINE, ATTACH):
                wrong.append(f"status {looker.returncode}: {said.strip()}")
            elif looker.returncode == ATTACH and not re.search(r"ended|there is no process", said):
                wrong.append(f"said {said.strip()!r}")
    return wrong


RECEIPT = re.compile(r"paused ([\d.]+) ms: (\d+)/(\d+) processes, (\d+)% queues, (\d+)% stacks, (\d+)% heaps")
MANY = """[spawn(fun() -> L = lists:seq(1, 300), receive never -> L end end) || _ <- lists:seq(1, 4000)],
[P ! {job, P, lists:seq(1, 20)} || P <- processes()], length(processes())"""


def max_pause(options):
    """A small bound: the list of processes is whole, the rest is not, and both are said; a large one: everything."""
    wrong = []
    with node.Node() as a_node:
        a_node.start()
        count = int(a_node.ask(MANY)) - 5  # some may be about to end
        status, said, receipt = run(options, "dump", "--json", "--max-pause", 1, a_node.pid)
        got = RECEIPT.search(receipt)
        if status != FINE or not got:
            return [f"status {status}: {receipt.strip()}"]
        read, slots, queues, stacks, heaps = map(int, got.groups()[1:])
        if read != slots or read < count:
            wrong.append(f"{read}/{slots} processes were read of {count}")
        listed = json.loads(said)["processes"]
        if len(listed) < count or not all(process["pid"] and process["status"] and process["initial"] for process in listed):
            wrong.append(f"the list of processes is not whole: {len(listed)} of {count}")
        if queues == 100 and stacks == 100 and heaps == 100:
            wrong.append(f"1 ms was enough: {receipt.strip()}")
        if not any("there was no time to copy" in (process["caveat"] or "") for process in listed):
            wrong.append("nothing is said of what is missing of a process")
        got = RECEIPT.search(run(options, "dump", "--max-pause", 60000, a_node.pid, "user")[2])
        if not got or got.groups()[3:] != ("100", "100", "100"):
            wrong.append(f"a minute was not enough: {got and got[0]}")
        seen = run(options, "prompt", "--batch", "-nx", "-ex", "mail user", "-ex", "bt user", "--max-pause", 60000, a_node.pid)[1]
        whole = run(options, "prompt", "--batch", "-nx", "-ex", "mail user", "-ex", "bt user", "--max-pause", 0, a_node.pid)[1]
        if seen != whole:
            wrong.append(f"in the order of worth is seen {seen!r}, at once {whole!r}")
        wrong += expect(run(options, "dump", "--max-pause", "soon", a_node.pid), 2, "--max-pause is milliseconds")
    return wrong


def is_frozen(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return re.search(r"^State:\s+t", text, re.M) is not None and not re.search(r"^TracerPid:\s+0$", text, re.M)


def becomes(frozen, pid, seconds=30):
    """Is it so soon, and still a little later? A look that does not hold is over by then."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_frozen(pid) == frozen:
            time.sleep(0.2)
            if is_frozen(pid) == frozen:
                return True
        time.sleep(0.01)
    return False


class Prompt:
    """cryo at a prompt that waits for what is said."""

    def __init__(self, options, *arguments):
        self.process = subprocess.Popen([options.cryo, "prompt", "--batch", "-nx", *map(str, arguments)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self):
        return self.process.communicate(timeout=60)[0]


def hold(options):
    """Held until it is released, again until the prompt ends, and until cryo is killed; refreshed, what is new is seen."""
    wrong = []
    with node.Node() as a_node:
        a_node.start()
        prompt = Prompt(options, "--hold", a_node.pid)
        wrong += [] if becomes(True, a_node.pid) else ["--hold does not hold"]
        time.sleep(0.3)
        wrong += [] if is_frozen(a_node.pid) else ["it goes on while it is held"]
        prompt.say("release")
        wrong += [] if becomes(False, a_node.pid) else ["release does not let it go"]
        a_node.ask("register(newcomer, spawn(fun() -> receive never -> ok end end))")
        prompt.say("refresh")
        prompt.say("mail newcomer")
        prompt.say("hold")
        wrong += [] if becomes(True, a_node.pid) else ["hold does not hold, see below"]
        said = prompt.end()
        wrong += [] if becomes(False, a_node.pid) else ["at the end it is not let go"]
        for pattern in (r"held: \d+/\d+ processes", r"let go after [\d.]+ s", r"paused [\d.]+ ms", r"newcomer: 0 messages"):
            if not re.search(pattern, said):
                wrong.append(f"said {said!r}, expected {pattern!r}")
        wrong += [f"said {said!r}"] if wrong else []
        prompt = Prompt(options, "--hold", a_node.pid)
        wrong += [] if becomes(True, a_node.pid) else ["it is not held a second time"]
        prompt.process.kill()
        prompt.end()
        wrong += [] if becomes(False, a_node.pid) else ["when cryo is killed it is not let go"]
        return wrong if a_node.ask("1 + 1") == "2" else [*wrong, "it does not answer"]


def watchdog(options):
    """Held for a second at most, though nothing is said; what is shown then is the copy."""
    with node.Node() as a_node:
        a_node.start()
        prompt = Prompt(options, "--hold", "--max-pause", 1000, a_node.pid)
        wrong = [] if becomes(True, a_node.pid) else ["it is not held"]
        begin = time.monotonic()
        wrong += [] if becomes(False, a_node.pid) else ["the watchdog does not let it go"]
        if time.monotonic() - begin > 10:
            wrong.append(f"it was held {time.monotonic() - begin:.1f} s")
        if a_node.ask("1 + 1") != "2":
            wrong.append("it does not answer")
        prompt.say("mail user")
        said = prompt.end()
        for pattern in (r"let go after 1\.\d s, as --max-pause says", r"user: 0 messages"):
            if not re.search(pattern, said):
                wrong.append(f"said {said!r}, expected {pattern!r}")
        return wrong


CASES = [hold, watchdog, max_pause, no_process, no_node, zombie, traced, stopped, others, capability, container, ends_meanwhile]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cryo", required=True)
    parser.add_argument("cases", nargs="*")
    options = node.parse(parser)
    failed = 0
    for case in CASES:
        if options.cases and case.__name__ not in options.cases:
            continue
        try:
            wrong = case(options)
        except Missing as missing:
            print(f"skip {case.__name__}: {missing}")
            continue
        failed += bool(wrong)
        print(f"{'FAIL' if wrong else 'ok  '} {case.__name__}{''.join(f'{chr(10)}     {text}' for text in wrong)}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
