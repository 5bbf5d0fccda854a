#!/usr/bin/env python3
"""Terms of every kind, made at random in a node and kept wherever a node keeps terms, are read from outside as the node itself
says they are: the external format of both is compared, byte by byte. Of a living node and of a core file of it.

Large maps may come in another order: of those the node says whether what was read is the same term.
"""
import argparse
import struct
import subprocess
import sys

import node

PLACES = ["in_mailbox", "in_off_heap_mailbox", "on_stack", "in_dictionary", "in_set", "in_bag", "in_duplicate_bag", "in_ordered_set",
          "in_shared_tree", "in_shared_set"]
UNWRITABLE, END = 0xffffffff, 0xfffffffe


def numbered(term):
    """The number of {Number, Term} in the external format."""
    tag, small = term[3], 97
    return term[4] if tag == small else struct.unpack(">I", term[4:8])[0]


def said_by_node(path):
    """What the node wrote: {number: bytes}."""
    data, at, terms = path.read_bytes(), 0, {}
    while at < len(data):
        size = struct.unpack_from(">I", data, at)[0]
        term = data[at + 4:at + 4 + size]
        terms[numbered(term)] = term
        at += 4 + size
    return terms


def read_from(target, options):
    """What was read from outside: {place: [bytes or None]}."""
    done = subprocess.run([options.read_terms, str(target), *PLACES], stdout=subprocess.PIPE, check=True)
    data, at, places = done.stdout, 0, {}
    for place in PLACES:
        found = places.setdefault(place, [])
        while True:
            size = struct.unpack_from(">I", data, at)[0]
            at += 4
            if size == END:
                break
            if size == UNWRITABLE:
                found.append(None)
                continue
            found.append(data[at:at + size])
            at += size
    return places


def differing(place, found, said):
    """Numbers of terms that were not read byte by byte as they are, after all were found once."""
    whole = [term for term in found if term is not None and term[:3] == b"\x83h\x02"]
    seen = {numbered(term): term for term in whole}
    if len(whole) != len(said) or set(seen) != set(said):
        sys.exit(f"terms: {place}: {len(found)} terms found, {len(whole)} whole ones, {len(seen)} different; there are {len(said)}; "
                 f"missing {sorted(set(said) - set(seen))[:20]}")
    return {number: seen[number] for number in said if seen[number] != said[number]}


def compare(target, a_node, said, options):
    places = read_from(target, options)
    for place in PLACES:
        different = differing(place, places[place], said)
        file = a_node.folder / "read"
        file.write_bytes(b"".join(struct.pack(">II", number, len(term)) + term for number, term in different.items()))
        wrong = a_node.ask(f'terms:same("{file}")')
        print(f"{place}: {len(said)} terms, {len(said) - len(different)} the same byte by byte, {len(different)} in another order")
        if wrong != "[]":
            sys.exit(f"terms: {place}: read wrongly: {wrong}; see {said[eval(wrong)[0]]!r} and {different[eval(wrong)[0]]!r}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--read-terms", required=True, help="the program tests/live/read_terms")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--count", default="10000")
    options = node.parse(parser)
    with node.Node() as a_node:
        a_node.start("terms", [options.seed, options.count], flags=["+t", "4000000"])
        said = said_by_node(a_node.folder / "terms")
        compare(a_node.pid, a_node, said, options)
        compare(a_node.core(), a_node, said, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
