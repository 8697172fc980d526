"""Draws what a program has printed to a terminal as an SVG: script -qc PROGRAM /dev/null | python3 docs/picture.py TITLE > picture.svg

It needs rich (Debian: python3-rich). `make demo-picture` draws docs/demo.svg.
"""
import io
import re
import sys

from rich.console import Console
from rich.text import Text

console = Console(record=True, width=80, file=io.StringIO(), force_terminal=True)
for line in sys.stdin.read().replace("\r", "").splitlines():
    console.print(Text.from_ansi(line), no_wrap=True)
svg = console.export_svg(title=sys.argv[1], unique_id="picture")
# A picture loads nothing from elsewhere: the reader's own monospaced font will do.
svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.S).replace("Fira Code, monospace", "monospace")
sys.stdout.write("\n".join(line.rstrip() for line in svg.splitlines()) + "\n")
