#!/usr/bin/env python3
"""Make the files ../bad_*.beam: each is a good one with one lie in it, of those that bring down other loaders."""
import pathlib
import struct

HERE = pathlib.Path(__file__).parent.parent


def chunks_of(data):
    at, found = 12, []
    while at < len(data):
        name, size = data[at:at + 4], struct.unpack('>I', data[at + 4:at + 8])[0]
        found.append([name, data[at + 8:at + 8 + size]])
        at += 8 + (size + 3) // 4 * 4
    return found


def file_of(chunks):
    body = b'BEAM'
    for name, data in chunks:
        body += name + struct.pack('>I', len(data)) + data + b'\0' * (-len(data) % 4)
    return b'FOR1' + struct.pack('>I', len(body)) + body


def lie(name, source, chunk, change):
    chunks = chunks_of((HERE / (source + '.beam')).read_bytes())
    for entry in chunks:
        if entry[0] == chunk:
            entry[1] = change(entry[1])
    (HERE / f'bad_{name}.beam').write_bytes(file_of(chunks))


def word(at, value):
    return lambda data: data[:at] + struct.pack('>I', value) + data[at + 4:]


def code(old, new):
    """Replace the first occurrence in the instructions."""
    def change(data):
        assert old in data[20:], (old, data)
        return data[:20] + data[20:].replace(old, new, 1)
    return change


lie('literals_size', 'data', b'LitT', word(0, 0xffffffff))
lie('fun_label', 'control', b'FunT', word(12, 0x7fffffff))
lie('fun_free', 'control', b'FunT', word(20, 255))
lie('export_label', 'hello', b'ExpT', word(12, 1000))
lie('export_undefined', 'hello', b'ExpT', word(12, 0))
lie('label_count', 'hello', b'Code', word(12, 0xffffffff))
lie('label_count_big', 'hello', b'Code', word(12, 0x7fffffff))
lie('function_count', 'hello', b'Code', word(16, 0xffffffff))
lie('highest_op', 'hello', b'Code', word(8, 10))
lie('line_count', 'hello', b'Line', word(12, 0x7fffffff))
lie('atom_count', 'hello', b'AtU8', word(0, 0x80000000))
lie('import_atom', 'hello', b'ImpT', word(4, 99))
# x9 was never set; a call instead of a tail call, without a frame; no such instruction; no such label
lie('unset', 'hello', b'Code', code(b'\x40\x03\x13', b'\x40\x93\x13'))
lie('frame', 'hello', b'Code', code(b'\x4e\x10\x00', b'\x07\x10\x00'))
lie('opcode', 'hello', b'Code', code(b'\x4e\x10\x00', b'\xff\x10\x00'))
lie('jump', 'hello', b'Code', code(b'\x40\x47\x00\x03', b'\x3d\x65\x13\x13'))
lie('number', 'hello', b'Code', code(b'\x40\x47\x00\x03', b'\x40\xf8\xf8\xf8'))
