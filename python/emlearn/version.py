"""The version, read from where it is written: the C++ library's version.hpp.

SPDX-License-Identifier: MIT
"""

import re
from pathlib import Path

from .paths import get_include

_text = (Path(get_include()) / "emlearn" / "version.hpp").read_text(encoding="utf-8")
__version__ = ".".join(re.findall(r"#define EMLEARN_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", _text))
