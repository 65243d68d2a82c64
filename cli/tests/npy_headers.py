"""Compares the program with numpy.load over variants of .npy headers: what is read, and the values.

    python cli/tests/npy_headers.py target/release/gausstack

The program filters with sigma 0, which changes no value. Whatever numpy.load reads of an element type that can be filtered must
come out as numpy.load reads it; whatever it refuses, or reads as another type, must be refused in one line that names the file.
"""

import itertools
import os
import struct
import subprocess
import sys
import tempfile
import warnings

import numpy as np

SHAPE = (2, 3)
TYPES = [np.dtype(name) for name in "f4 f8 u1 i1 u2 i2 u4 i4 u8 i8 ?".split()]
LONG_NAMES = sorted(str(name) for name in np._core.numerictypes.sctypeDict)
CODES = list("?bBhHiIlLqQpPnNfdegFDGOSUVMmac") + "f2 f4 f8 f16 b1 i1 i2 i4 i8 u1 u2 u4 u8 c8 c16 S1 U1 V2 M8[s] m8[s]".split()
MARKS = ["", "<", ">", "=", "|"]


def header(descr="'<f4'", fortran="False", shape="(2, 3)"):
    return f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}"


def file(text, data, version=1, minor=0):
    text = text.encode("utf-8" if version > 2 else "latin-1")
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, minor]) + length + text + data


def data(dtype, count=6):
    """Values that differ in every byte order, and after the array bytes that belong to nothing."""
    if dtype.kind == "b":
        values = np.arange(count) % 3 == 0
    elif dtype.kind == "f":
        values = np.linspace(-1.5, 700.25, count)
    else:
        values = np.arange(count) * 37 + 5
    return values.astype(dtype).tobytes()


def dtypes():
    """Every name of every type, with every mark."""
    for mark, name in itertools.product(MARKS, CODES + LONG_NAMES):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                dtype = np.dtype(mark + name)
        except (TypeError, ValueError):
            dtype = None
        known = dtype is not None and dtype.newbyteorder("=") in TYPES
        content = data(dtype) if known else bytes(range(200))
        for fortran in "False", "True":
            yield f"{mark}{name} {fortran}", file(header(repr(mark + name), fortran), content)


def forms():
    """The same array, put in different ways, in every version of the format."""
    plain = header()
    texts = [
        plain,
        plain + "\n",
        plain + " " * 60 + "\n",
        " " + plain,
        "\t" + plain,
        "\n" + plain,
        plain.replace(" ", ""),
        plain.replace(" ", "    "),
        plain.replace(" ", "\t"),
        plain.replace(", ", ",\n "),
        plain.replace(", ", ",\r\n"),
        plain.replace(", ", ",\r"),
        plain.replace(": ", "\n:\n"),
        plain.replace("{", "{\n").replace("}", "\n}\n"),
        plain.replace(", ", ", # it's a comment\n"),
        plain + " # 'comment",
        "# comment\n" + plain,
        plain.replace(", ", ", \\\n"),
        plain.replace(", ", ", \f"),
        plain.replace("'", '"'),
        plain.replace("'<f4'", "u'<f4'"),
        plain.replace("'", "u'", 1).replace("'shape'", "U'shape'"),
        plain.replace("'<f4'", "r'<f4'"),
        plain.replace("'<f4'", "b'<f4'"),
        plain.replace("'<f4'", "f'<f4'"),
        plain.replace("'<f4'", "'''<f4'''").replace("'shape'", '"""shape"""'),
        plain.replace("'<f4'", "'\\x3cf4'"),
        plain.replace("'<f4'", "'\\074\\u0066\\U00000034'"),
        plain.replace("'<f4'", "'<\\\nf4'"),
        plain.replace("'<f4'", "'\\<f4'"),
        plain.replace("'<f4'", "r'\\x3cf4'"),
        plain.replace("'<f4'", "'\\x3'"),
        plain.replace("'<f4'", "'<f4\n'"),
        plain.replace("'<f4'", "'<' u'f' r'4'"),
        plain.replace("'<f4'", "'<'\"f\" # comment\n '''4'''"),
        plain.replace("'<f4'", "'<f' b'4'"),
        plain.replace("'<f4'", "br'<f4'"),
        plain.replace("'<f4'", "'<f\u00e9'"),
        plain.replace("'<f4'", "(('<f4'))"),
        plain.replace("(2, 3)", "(2L, 3L)"),
        plain.replace("(2, 3)", "(2 L, 3)"),
        plain.replace("(2, 3)", "(2l, 3)"),
        plain.replace("(2, 3)", "(2,3,)"),
        plain.replace("(2, 3)", "( 2 ,\n 3 )"),
        plain.replace("(2, 3)", "(0x2, 0b11)"),
        plain.replace("(2, 3)", "(0B1_0, 0o3)"),
        plain.replace("(2, 3)", "(0X_2, 3)"),
        plain.replace("(2, 3)", "(2, 1__0)"),
        plain.replace("(2, 3)", "(2, 3_)"),
        plain.replace("(2, 3)", "(02, 3)"),
        plain.replace("(2, 3)", "(1+1, 3)"),
        plain.replace("(2, 3)", "(6, 00)"),
        plain.replace("(2, 3)", "(-0, 3)"),
        plain.replace("(2, 3)", "(--2, 3)"),
        plain.replace("(2, 3)", "(- 2, 3)"),
        plain.replace("(2, 3)", "(+ 2, 3)"),
        plain.replace("(2, 3)", "(2e0, 3)"),
        plain.replace("(2, 3)", "(2j, 3)"),
        plain.replace("(2, 3)", "(2, 3,,)"),
        plain.replace("(2, 3)", "(2 3)"),
        plain.replace("(2, 3)", "{2, 3}"),
        plain.replace("(2, 3)", "((2), (3))"),
        plain.replace("(2, 3)", "(" * 50 + "2, 3" + ")" * 50),
        plain.replace("(2, 3)", "(" * 201 + "2, 3" + ")" * 201),
        plain.replace("(2, 3)", "(+2, 3)"),
        plain.replace("(2, 3)", "(2_0, 0)"),
        plain.replace("(2, 3)", "[2, 3]"),
        plain.replace("(2, 3)", "(2)"),
        plain.replace("(2, 3)", "(2.0, 3)"),
        plain.replace("(2, 3)", "(True, 3)"),
        plain.replace("(2, 3)", "(None, 3)"),
        plain.replace("(2, 3)", "('2', 3)"),
        plain.replace("(2, 3)", "(-2, 3)"),
        plain.replace("(2, 3)", "(-1,)"),
        plain.replace("(2, 3)", "(99999999999999999999L,)"),
        plain.replace("(2, 3)", "(1 << 1, 3)"),
        plain.replace("False", "0"),
        plain.replace("False", "None"),
        plain.replace("False", "'False'"),
        plain.replace("False", "false"),
        plain.replace("}", "'more': 1}"),
        plain.replace("}", "'descr': '>f4'}"),
        plain.replace("'shape'", "'shapes'"),
        plain.replace("'shape': (2, 3), ", ""),
        plain.replace("'<f4'", "[('a', '<f4')]"),
        plain.replace("'<f4'", "('<f4', (1,))"),
        plain.replace("'<f4'", "('<f4', ())"),
        plain.replace("'<f4'", "('<f4', 1)"),
        plain.replace("'<f4'", "None"),
        plain.replace("'<f4'", "''"),
        plain.replace("}", ""),
        plain + ";",
        plain + "\0",
        plain + " # \0",
        "dict(descr='<f4')",
        "[1, 2]",
        "",
        " ",
        plain + " " * (9_990 - len(plain)),
        plain + " " * (10_010 - len(plain)),
        "(" * 5000,
    ]
    keys = ["'descr': '<f4'", "'fortran_order': False", "'shape': (2, 3)"]
    texts += ["{" + ", ".join(order) + end for order in itertools.permutations(keys) for end in ("}", ", }")]
    content = data(np.dtype("<f4"))
    for version, text in itertools.product([1, 2, 3], texts):
        yield f"version {version}, {text[:100]!r}", file(text, content, version)
    for version, minor in [(0, 0), (1, 1), (2, 1), (3, 1), (4, 0), (255, 255)]:
        yield f"version {version}.{minor}", file(plain, content, version, minor)


def extents():
    """Shapes, data that are too short and data with something behind them."""
    for shape in [(), (0,), (0, 3), (1,), (6,), (3, 2), (1, 2, 3), (6, 1, 1, 1), (1,) * 32]:
        for fortran, descr in itertools.product(["False", "True"], ["<f4", ">i2", "|b1"]):
            content = data(np.dtype(descr), int(np.prod(shape)))
            text = header(repr(descr), fortran, repr(shape))
            yield f"{shape} {descr} {fortran}", file(text, content)
            yield f"{shape} {descr} {fortran} and more", file(text, content + b"more")
            yield f"{shape} {descr} {fortran}, cut", file(text, content[:-1])
            yield f"{shape} {descr}, two arrays", 2 * file(text, content)
    whole = file(header(), data(np.dtype("<f4")))
    for length in range(len(whole)):
        yield f"{length} bytes of a file", whole[:length]


def loaded(path):
    """What numpy reads, if it is an array that can be filtered."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            array = np.load(path)
    except Exception:
        return None
    return array if array.dtype.newbyteorder("=") in TYPES else None


def check(program, folder, name, content):
    """Nothing, or what is wrong; and whether numpy reads the file."""
    source, result = (os.path.join(folder, end) for end in ("in.npy", "out.npy"))
    with open(source, "wb") as out:
        out.write(content)
    if os.path.exists(result):
        os.remove(result)
    expected = loaded(source)
    run = subprocess.run([program, "filter", source, result, "--sigma", "0"], capture_output=True, text=True)
    told = run.stderr.strip()
    if expected is None:
        right = run.returncode == 1 and source in told and told.count("\n") == 0 and not os.path.exists(result)
        return None if right else f"numpy refuses it; status {run.returncode}, {told!r}", False
    if run.returncode != 0:
        return f"numpy reads {expected.dtype.str} {expected.shape}; status {run.returncode}, {told!r}", True
    found = np.load(result)
    if found.dtype != expected.dtype.newbyteorder("="):
        return f"{found.dtype} for {expected.dtype}", True
    if found.shape != expected.shape or not np.array_equal(found, expected):
        return f"{found} for {expected}", True
    order = "f_contiguous" if expected.flags.fnc else "c_contiguous"
    return None if getattr(found.flags, order) else f"not {order}", True


def main():
    program = os.path.abspath(sys.argv[1])
    read = refused = 0
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        for name, content in itertools.chain(dtypes(), forms(), extents()):
            fault, is_read = check(program, folder, name, content)
            read += is_read
            refused += not is_read
            if fault:
                faults.append(f"{name}: {fault}")
    for fault in faults:
        print(fault)
    print(f"numpy {np.__version__}: {read} files read and {refused} refused, {len(faults)} otherwise than numpy.load")
    # A generator that makes nothing, or nothing that can be refused, would find nothing.
    if faults or read < 500 or refused < 300:
        sys.exit(1)


if __name__ == "__main__":
    main()
