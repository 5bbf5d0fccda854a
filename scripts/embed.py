#!/usr/bin/env python3
"""Make files part of a program: embed.py OUT.c FILE... writes C with their bytes as a table `vm_library`;
embed.py --as NAME OUT.c FILE the bytes of one file as `const struct wb_bytes NAME`."""
import pathlib
import sys


def lines_of(data):
    for at in range(0, len(data), 24):
        yield '    ' + ','.join(map(str, data[at:at + 24])) + ','


def main(out, *files):
    text = ['#include "core-vm/vm/library.h"', '']
    rows = []
    for number, file in enumerate(sorted(map(pathlib.Path, files), key=lambda f: f.stem)):
        data = file.read_bytes()
        text += [f'static const uint8_t file{number}[] = {{', *lines_of(data), '};']
        rows.append(f'    {{"{file.stem}", {{file{number}, sizeof file{number}}}}},')
    text += ['const struct vm_library_file vm_library[] = {', *rows, '    {0},', '};', '']
    pathlib.Path(out).write_text('\n'.join(text), encoding='ascii')


def one(name, out, file):
    text = ['#include "core-vm/base/bytes.h"', '', f'extern const struct wb_bytes {name};',
            'static const uint8_t bytes[] = {', *lines_of(pathlib.Path(file).read_bytes()), '};',
            f'const struct wb_bytes {name} = {{bytes, sizeof bytes}};', '']
    pathlib.Path(out).write_text('\n'.join(text), encoding='ascii')


if __name__ == '__main__':
    if sys.argv[1] == '--as':
        one(*sys.argv[2:])
    else:
        main(*sys.argv[1:])
