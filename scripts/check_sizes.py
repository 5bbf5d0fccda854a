#!/usr/bin/env python3
"""Hold files and functions against limits near the budgets of STYLE.md (800 lines a file, 60 a function, 5
parameters): what is clearer a little longer may be, what has outgrown its place may not."""
import pathlib
import re
import sys

FILE_LINES = 800
FUNCTION_LINES = 60
PARAMETERS = 6
# A function's body begins with a line "{" of its own or a signature that ends in one, and ends with a "}" in column one.
SIGNATURE = re.compile(r"^(?!(?:struct|enum|union|typedef|#|//|static const|const)\b)[a-z_].*?\b(\w+)\(([^;{}]*)\)\s*\{$", re.S)


def functions(lines):
    """(name, parameters, first line, length) of each function: code is formatted, so column one tells."""
    head = None
    for number, line in enumerate(lines):
        if line.startswith("}"):
            yield from one_function(lines, head, number)
            head = None
        elif line and not line[0].isspace() and line[0] not in "#/{" and head is None:
            head = number
        elif not line:
            head = head if head is not None and is_open(lines, head, number) else None


def is_open(lines, head, number):
    text = "\n".join(lines[head:number])
    return text.count("{") > text.count("}")


def one_function(lines, head, end):
    if head is None:
        return
    for stop in range(head, end):
        found = SIGNATURE.match("\n".join(lines[head:stop + 1]))
        if found:
            parameters = [p for p in found[2].split(",") if p.strip() not in ("", "void")]
            yield found[1], len(parameters), head + 1, end - head + 1
            return


def complaints(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    if len(lines) > FILE_LINES:
        yield f"{path}: {len(lines)} lines, {FILE_LINES} is the limit"
    for name, parameters, line, length in functions(lines):
        if length > FUNCTION_LINES:
            yield f"{path}:{line}: {name} has {length} lines, {FUNCTION_LINES} is the limit"
        if parameters > PARAMETERS and not name.startswith("op_"):
            yield f"{path}:{line}: {name} has {parameters} parameters, {PARAMETERS} is the limit"


def main(paths):
    found = [text for path in paths for text in complaints(pathlib.Path(path))]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
