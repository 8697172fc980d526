"""The version, which only the header says. All else is in pyproject.toml."""
import pathlib
import re

from setuptools import setup

header = pathlib.Path(__file__).resolve().parent / "../../nangolite.h"
setup(version=re.search(r'NANGOLITE_VERSION "(.*)"', header.read_text()).group(1))
