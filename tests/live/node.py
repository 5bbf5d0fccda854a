"""A real OTP node for a test: started with a module compiled from this folder, asked by Erlang
expressions over a pipe, always stopped.

    with Node() as node:
        node.start("load", ["100"])       # compiles load.erl, calls load:start(["100"])
        assert node.ask("length(processes())") != "0"
        ... node.pid ...                  # of beam.smp

No distribution, no cookie, no ports. The node dies with the test, however that ends.
"""
import ctypes
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SKIP = 77  # what meson takes for "skipped"
PR_SET_PDEATHSIG = 1
# Tests compare all there is, however busy the machine: those about the bound give their own.
os.environ.setdefault("CRYO_MAX_PAUSE", "0")


class NodeError(Exception):
    """The node ended, or an expression failed in it."""


def skip(reason):
    """End the test as skipped."""
    print(f"skipped: {reason}")
    sys.exit(SKIP)


def ptrace_refusal():
    """Why processes cannot be traced here; None: they can. Asked of a child of another child."""
    sleeper = subprocess.Popen(["sleep", "60"])
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        seize, detach = 0x4206, 17
        libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        if libc.ptrace(seize, sleeper.pid, None, None) != 0:
            return f"ptrace is refused here: {os.strerror(ctypes.get_errno())}"
        libc.ptrace(detach, sleeper.pid, None, None)
        return None
    finally:
        sleeper.kill()
        sleeper.wait()


def parse(parser):
    """The options of the command line; the test is skipped where nothing can be traced."""
    options = parser.parse_args()
    refusal = ptrace_refusal()
    if refusal:
        skip(refusal)
    return options


def ask_cryo(cryo, target, *commands):
    """What a session of cryo answers as JSON, an object a command; the test ends where one of them fails."""
    said = [word for command in commands for word in ("-ex", command)]
    done = subprocess.run([cryo, "prompt", "--batch", "-nx", "--json", *said, str(target)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode or len(answers) != len(commands) or any("error" in answer for answer in answers):
        sys.exit(f"cryo {commands} {target}: status {done.returncode}: {done.stderr}{done.stdout[-1000:]}")
    return answers


def schema_errors(answers):
    """What docs/cryo.schema.json has against answers of cryo, which are texts of JSON: also lists and objects that it does not name."""
    from jsonschema import Draft202012Validator  # pylint: disable=import-outside-toplevel
    validator = Draft202012Validator(json.loads((HERE.parents[1] / "docs/cryo.schema.json").read_text(encoding="utf-8")))
    wrong = []
    for text in answers:
        answer = json.loads(text)
        wrong += [f"schema: {answer.get('command')}: at {list(e.absolute_path)}: {e.message[:300]}" for e in validator.iter_errors(answer)]
        wrong += [f"schema: {answer.get('command')}: {key} is not in it" for key, value in answer.items()
                  if isinstance(value, (list, dict)) and key not in validator.schema["properties"]]
    return wrong


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Node:
    """One node. Its module's `start(Args)` gets the arguments as strings and runs in the process that
    answers; what it prints on standard output is in `said`."""

    def __init__(self):
        self.process = None
        self.pid = None
        self.said = []
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cryo-live-"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def compile(self, *modules):
        """Compile modules of this folder for the node."""
        sources = [str(HERE / f"{module}.erl") for module in modules]
        subprocess.run(["erlc", "+debug_info", "-o", str(self.folder), *sources], check=True)

    def start(self, module=None, args=(), flags=(), user=None, env=None):
        """Start it: `flags` are erl's own, `user` (a number) whom it runs as."""
        modules = [module] if module else []
        self.compile("talk", *modules)
        self.folder.chmod(0o755)
        command = ["erl", "+S", "2", "-noshell", *flags, "-pa", str(self.folder),
                   "-run", "talk", "main", *modules, *[str(arg) for arg in args]]
        who = {} if user is None else {"user": user, "group": user, "extra_groups": []}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
            cwd=self.folder, preexec_fn=_die_with_parent,
            env={**os.environ, "HOME": str(self.folder), "ERL_CRASH_DUMP_SECONDS": "0", **(env or {})}, **who)
        if self._answer() != "ready":
            raise NodeError("the node did not start")
        self.pid = int(self.ask("list_to_integer(os:getpid())"))
        return self

    def send(self, expression):
        """Give it an expression to evaluate without waiting: `answer` takes what it says."""
        self.process.stdin.write(" ".join(expression.split("\n")) + "\n")
        self.process.stdin.flush()

    def answer(self):
        """The value of the expression sent earliest and not answered yet."""
        return self._answer()

    def ask(self, expression):
        """The value of an expression, as `~0tp` prints it."""
        self.send(expression)
        return self._answer()

    def core(self):
        """Path of a core file of it as it is now, in its folder."""
        path = self.folder / "core"
        subprocess.run(["gcore", "-o", path, str(self.pid)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        return f"{path}.{self.pid}"

    def alive(self):
        """Is the operating system's process still there?"""
        return self.process is not None and self.process.poll() is None

    def stop(self):
        """End it and take away what it needed. May be called twice."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                try:
                    pipe.close()
                except BrokenPipeError:
                    pass
            self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answer(self):
        for line in self.process.stdout:
            if line.startswith("=> "):
                return line[3:].rstrip("\n")
            if line.startswith("!! "):
                raise NodeError(line[3:].rstrip("\n"))
            self.said.append(line)
        raise NodeError(f"the node ended with status {self.process.wait()}")
