#!/usr/bin/env python3
"""`cryo rewrite --load` changes a module of a node that runs: its server goes on with the instrumented module, and back again. What is in the
way is said: old code that is still run, a sticky directory, on_load, another cookie, nobody there, no answer. The node has done only what it
was asked to do, and the cookie is in no argument of a program.
"""
import argparse
import os
import pathlib
import signal
import subprocess
import sys
import time

import matters
import node

NAME = "swap@localhost"
SECRET = "a-cookie-that-nobody-sees"


class Tester:
    def __init__(self, options, mapper, a_node):
        self.cryo, self.port, self.node = options.cryo, mapper.port, a_node
        self.wrong = matters.Wrong()
        (a_node.folder / "cookie").write_text("cryo\n", encoding="ascii")

    def start(self, *arguments, cookie=None, port=None, name=NAME):
        env = {**os.environ, "ERL_EPMD_PORT": str(port or self.port), "HOME": str(self.node.folder)}
        given = ["--cookie-file", str(self.node.folder / "cookie")]
        if cookie:
            env["CRYO_COOKIE"], given = cookie, []
        return subprocess.Popen([self.cryo, "rewrite", "--load", name, *given, *arguments], env=env, cwd=self.node.folder,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def load(self, status, said, *arguments, **how):
        """What is loaded ends with that status, and all the texts are said."""
        done = self.start(*arguments, **how)
        text = done.communicate()[0]
        missing = [part for part in said if part not in text]
        self.wrong.unless(done.returncode == status and not missing, f"{arguments} {how}: status {done.returncode}, not said {missing}: {text}")

    def ask(self, expected, expression):
        answer = self.node.ask(expression)
        self.wrong.unless(answer == expected, f"{expression} is {answer}, not {expected}")

    def there_and_back(self):
        file = str(self.node.folder / "swapped.beam")
        md5, which = self.node.ask("swapped:module_info(md5)"), self.node.ask("code:which(swapped)")
        self.ask("1", "swapped:ask(1)")
        self.load(0, ["lines counted", f"swapped: loaded in {NAME}"], "--pass", "cover", "swapped")
        self.load(1, ["not_purged", "--purge"], "--pass", "trace", file)
        self.ask("3", "swapped:ask(2)")  # still in the old loop
        self.ask("6", "swapped:ask(3)")
        self.ask("true", "swapped:counted() > 0")
        self.ask("false", f"swapped:module_info(md5) =:= {md5}")
        self.load(0, ["loaded"], "swapped")
        self.ask("10", "swapped:ask(4)")
        before = self.node.ask("swapped:counted()")
        self.ask("15", "swapped:ask(5)")
        self.ask(before, "swapped:counted()")
        self.ask(md5, "swapped:module_info(md5)")
        self.ask(which, "code:which(swapped)")

    def in_the_way(self):
        md5 = self.node.ask("lists:module_info(md5)")
        self.load(1, ["lists is in a sticky directory", "--unstick"], "--pass", "strip", "lists")
        self.load(1, ["on_load function of unwilling failed"], str(self.node.folder / "unwilling.beam"))
        self.ask("false", "erlang:module_loaded(unwilling)")
        self.load(0, ["lists: loaded"], "--unstick", "--purge", "--pass", "strip", "lists")
        self.ask("true", "code:is_sticky(lists)")
        self.ask(md5, "lists:module_info(md5)")

    def not_reached(self):
        self.load(3, ["the cookie is not its own"], "swapped", cookie="wrong")
        self.load(3, ["knows no nobody"], "swapped", name="nobody@localhost")
        self.load(3, ["(epmd) of localhost does not answer"], "swapped", port=matters.free_port())
        self.load(2, ["--timeout takes"], "--timeout", "0", "swapped")
        self.ask("[]", "nodes(connected)")

    def no_answer(self):
        os.kill(self.node.pid, signal.SIGSTOP)
        try:
            done = self.start("--timeout", "1", "swapped", cookie=SECRET)
            while done.poll() is None:
                seen = [path.parent.name for path in pathlib.Path("/proc").glob("[0-9]*/cmdline") if SECRET in arguments_of(path)]
                self.wrong.unless(not seen, f"the cookie is seen in the arguments of {seen}")
                time.sleep(0.1)
        finally:
            os.kill(self.node.pid, signal.SIGCONT)
        text = done.stdout.read()
        self.wrong.unless(done.returncode == 3 and "does not answer within 1 s" in text, f"frozen: status {done.returncode}: {text}")


def arguments_of(path):
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cryo", required=True)
    options = parser.parse_args()
    options.cryo = os.path.abspath(options.cryo)
    with matters.Mapper() as mapper, node.Node() as a_node:
        a_node.compile("unwilling")
        mapper.start(a_node, "swap", "swapped")
        tester = Tester(options, mapper, a_node)
        tester.there_and_back()
        tester.in_the_way()
        tester.not_reached()
        tester.no_answer()
    print("\n".join(tester.wrong) or "swap: there and back again")
    return 1 if tester.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
