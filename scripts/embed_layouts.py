#!/usr/bin/env python3
"""embed_layouts.py OUT.c TABLE...: the layout tables as a C array {name, text}: see layout_priv.h."""
import pathlib
import sys


def quoted(line):
    return '"' + line.replace('\\', '\\\\').replace('"', '\\"') + '\\n"'


def main(out, tables):
    rows = []
    for table in map(pathlib.Path, tables):
        text = '\n     '.join(quoted(line) for line in table.read_text().splitlines())
        rows.append(f'    {{"{table.stem}",\n     {text}}},\n')
    pathlib.Path(out).write_text(
        '#include "inspector/target/otp/layout_priv.h"\n\n'
        'const struct otp_shipped otp_shipped[] = {\n' + ''.join(rows) + '};\n'
        f'const size_t otp_shipped_count = {len(rows)};\n')


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2:])
