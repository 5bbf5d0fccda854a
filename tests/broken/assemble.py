"""The text of corpus/broken/cases.txt as .beam files: its README has the notation."""
import pathlib
import re
import struct

ROOT = pathlib.Path(__file__).resolve().parents[2]
OPS = {name: (int(number), operands) for number, name, operands in
       re.findall(r'^OP\((\d+), (\w+), "([^"]*)"', (ROOT / "core-vm/format/opcodes.def").read_text(encoding="utf-8"), re.M)}
TAGS = {"u": 0, "i": 1, "a": 2, "x": 3, "y": 4, "f": 5, "h": 6, "z": 7}
IMPORTS = [("erlang", "hd", 1), ("erlang", "error", 1), ("erlang", "+", 2), ("lists", "reverse", 2), ("erlang", "self", 0),
           ("erlang", "length", 1), ("erlang", "setelement", 3), ("erlang", "spawn", 1), ("erlang", "tuple_size", 1), ("erlang", "byte_size", 1),
           ("erlang", "max", 2), ("erlang", "element", 2)]
# ok, {ok,1}, <<"abc">>, #{a => 1}, 1.5, [1,2], fun lists:reverse/2
LITERALS = [b"\x83w\x02ok", b"\x83h\x02w\x02oka\x01", b"\x83m\0\0\0\x03abc", b"\x83t\0\0\0\x01w\x01aa\x01", b"\x83F" + struct.pack(">d", 1.5),
            b"\x83l\0\0\0\x02a\x01a\x02j", b"\x83qw\x05listsw\x07reversea\x02"]


def number(tag, value):
    """A compact number: a tag of three bits and a value, as short as it can be."""
    if 0 <= value < 16:
        return bytes([value << 4 | TAGS[tag]])
    if 0 <= value < 2048:
        return bytes([value >> 3 & 0xE0 | 8 | TAGS[tag], value & 0xFF])
    size = max(2, (value.bit_length() + 8) // 8)
    data = value.to_bytes(size, "big", signed=True)
    if size <= 8:
        return bytes([(size - 2) << 5 | 0x18 | TAGS[tag]]) + data
    return bytes([0xF8 | TAGS[tag]]) + number("u", size - 9) + data


class Module:
    """One case: its code and tables, as they will stand in the file."""

    def __init__(self, name):
        self.atoms, self.imports, self.literals = [name, "f"], list(IMPORTS), list(LITERALS)
        self.exports, self.locals, self.funs, self.types, self.lines, self.said = [], [], [], [], 0, {}
        self.code, self.labels, self.functions, self.highest, self.ended, self.strings = b"", 1, 0, 0, True, b"abcdefgh"
        self.line_instructions, self.bare = 0, False

    def atom(self, text):
        if text not in self.atoms:
            self.atoms.append(text)
        return self.atoms.index(text) + 1

    def operand(self, token):
        found = re.fullmatch(r"(x|y|fr|lit|atom|@|=|#)(-?\d+)(?::(\d+))?", token)
        if found is None:
            return number("a", 0) if token == "[]" else number("u", int(token)) if token.isdigit() else number("a", self.atom(token))
        kind, value = found[1], int(found[2])
        if found[3] is not None:
            return number("z", 5) + number(kind, value) + number("u", int(found[3]))
        if kind in ("fr", "lit"):
            return number("z", 2 if kind == "fr" else 4) + number("u", value)
        return number({"@": "f", "=": "i", "#": "h", "atom": "a"}.get(kind, kind), value)

    def operands(self, tokens):
        out = b""
        while tokens:
            token = tokens.pop(0)
            if token == "[":
                end = tokens.index("]")
                out += number("z", 1) + number("u", end) + b"".join(self.operand(t) for t in tokens[:end])
                del tokens[:end + 1]
            elif token.startswith("{"):
                pairs = re.findall(r"([wfn])(\d+)", token)
                out += number("z", 3) + number("u", len(pairs))
                out += b"".join(number("u", "wfn".index(kind)) + number("u", int(count)) for kind, count in pairs)
            else:
                out += self.operand(token)
        return out

    def instruction(self, line):
        tokens = line.split()
        op, _ = OPS[tokens[0]]
        self.highest = max(self.highest, op)
        self.code += bytes([op]) + self.operands(tokens[1:])
        if tokens[0] == "label":
            self.labels = max(self.labels, int(tokens[1]) + 1)
        self.line_instructions += tokens[0] == "line"

    def function(self, name, arity, info, entry):
        self.functions += 1
        self.instruction(f"label {info}")
        self.instruction(f"func_info {self.atoms[0]} {name} {arity}")
        self.instruction(f"label {entry}")

    def say(self, key, words):
        """A directive: tables, and numbers of the file that are not those of the code."""
        if key == "function":
            self.function(words[0], int(words[1]), int(words[2]), int(words[3]))
        elif key in ("export", "local", "fun"):
            numbers = [int(word) for word in words[1:]]
            {"export": self.exports, "local": self.locals, "fun": self.funs}[key].append([self.atom(words[0]), *numbers])
        elif key == "type":
            self.types.append([int(word, 0) for word in words])
        elif key in ("noend", "bare"):
            self.ended, self.bare = self.ended and key != "noend", self.bare or key == "bare"
        else:
            self.said[key] = int(words[0])

    def chunks(self):
        said = self.said.get
        imports = b"".join(struct.pack(">III", self.atom(m), self.atom(f), a) for m, f, a in self.imports)
        code = self.code + (b"\x03" if self.ended else b"")
        head = struct.pack(">IIIII", 16, 0, said("highest", max(self.highest, 172)), said("labels", self.labels), said("functions", self.functions))
        literals = struct.pack(">I", len(self.literals)) + b"".join(struct.pack(">I", len(e)) + e for e in self.literals)
        yield b"AtU8", struct.pack(">I", len(self.atoms)) + b"".join(bytes([len(a)]) + a.encode() for a in self.atoms)
        yield b"Code", head + code
        yield b"StrT", self.strings
        yield b"ImpT", struct.pack(">I", len(self.imports)) + imports
        yield b"ExpT", struct.pack(">I", len(self.exports)) + b"".join(struct.pack(">III", *e) for e in self.exports)
        if self.locals:
            yield b"LocT", struct.pack(">I", len(self.locals)) + b"".join(struct.pack(">III", *e) for e in self.locals)
        if self.funs:
            yield b"FunT", struct.pack(">I", len(self.funs)) + b"".join(
                struct.pack(">IIIIII", f, arity, label, i, free, 0) for i, (f, arity, label, free) in enumerate(self.funs))
        yield b"LitT", struct.pack(">I", len(literals)) + zlib_of(literals)
        lines = said("lines", self.line_instructions)
        yield b"Line", struct.pack(">IIIII", 0, 0, lines, 1, 0) + number("i", 7)
        if self.types:
            yield b"Type", struct.pack(">II", 1, len(self.types)) + b"".join(
                struct.pack(">Hqq", t[0], *(t[1:] if len(t) > 1 else (0, -1))) for t in self.types)

    def file(self):
        body = b"BEAM" + b"".join(n + struct.pack(">I", len(d)) + d + bytes(-len(d) % 4) for n, d in self.chunks())
        return b"FOR1" + struct.pack(">I", len(body)) + body


def zlib_of(data):
    import zlib
    return zlib.compress(data)


def assemble(name, lines):
    module = Module(name)
    begun = any(line == ".bare" for line in lines)
    if not begun:
        module.function("f", 2, 1, 2)
        module.exports.append([module.atom("f"), 2, 2])
    for line in lines:
        if line.startswith("."):
            words = line[1:].split()
            module.say(words[0], words[1:])
        else:
            module.instruction(line)
    return module.file()


shown = {}


def cases(name="cases"):
    """(name, rule, lines) of each case of a list; what must be shown of it is in `shown`."""
    path, found, seen = ROOT / f"corpus/broken/{name}.txt", [], set()
    for line in path.read_text(encoding="utf-8").splitlines():
        line, _, comment = (part.strip() for part in line.partition("%"))
        if line.startswith("case ") and comment.startswith("="):
            shown[line.split()[1]] = comment[1:].strip()
        if line.startswith("case "):
            _, name, rule = line.split()
            if name in seen:
                raise ValueError(f"{path}: {name} is there twice")
            seen.add(name)
            found.append((name, rule, []))
        elif line:
            found[-1][2].append(line)
    return found
