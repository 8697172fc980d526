"""look.py HOW ...: what tests/tools.sh cannot see by itself.

  plain FILE...            no file has a character that a terminal or its reader could take for something else
  width COLUMNS FILE ...   no line of the file takes more columns; several pairs
  json FILE...             each line of a file is a JSON object, and there is one
  terminal COLUMNS COMMAND...  runs the command in a terminal of so many columns, and prints what it shows there
"""

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
import unicodedata


def lines(names):
    for name in names:
        with open(name, "rb") as file:
            for line in file.read().decode("utf-8").split("\n"):
                yield name, line


def plain(*names):
    for name, line in lines(names):
        for character in line:
            if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs"):
                sys.exit(f"{name}: {character!r} in {line!r}")


def columns(line):
    width = {"W": 2, "F": 2}
    return sum(0 if unicodedata.combining(c) else width.get(unicodedata.east_asian_width(c), 1) for c in line)


def width(*pairs):
    for most, name in zip(pairs[::2], pairs[1::2]):
        for _, line in lines([name]):
            if columns(line) > int(most):
                sys.exit(f"{name}: {columns(line)} columns: {line}")


def each_is_an_object(*names):
    for name in names:
        with open(name, "rb") as file:
            rows = [json.loads(line) for line in file.read().decode("utf-8").splitlines()]
        if not rows or not all(isinstance(row, dict) for row in rows):
            sys.exit(f"{name}: {rows}")


def terminal(most, *command):
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 25, int(most), 0, 0))
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave) as process:
        os.close(slave)
        while True:
            try:
                shown = os.read(master, 65536)
            except OSError:
                break
            if not shown:
                break
            sys.stdout.buffer.write(shown.replace(b"\r\n", b"\n"))
    sys.stdout.flush()
    sys.exit(process.returncode)


WAYS = {"plain": plain, "width": width, "json": each_is_an_object, "terminal": terminal}
WAYS[sys.argv[1]](*sys.argv[2:])
