"""``emlearn targets``.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from .shell import plain_errors, show_json, show_table
from .source import Json

EXAMPLES = """
\b
Example:
  emlearn targets
"""


def targets(json: Json = False) -> None:
    """List the chips that verify and bench know, and what is missing for them."""
    with plain_errors():
        from ..targets import TARGETS

        missing = {target.name: [tool.install for tool in target.missing] for target in TARGETS.values()}
        if json:
            show_json(
                [
                    {
                        "name": target.name,
                        "chip": target.title,
                        "core": target.core,
                        "clock_hz": target.clock_hz or None,
                        "flash": target.memory.flash_size if target.memory else None,
                        "ram": target.memory.ram_size if target.memory else None,
                        "compiler": target.compiler,
                        "emulators": [emulator.kind for emulator in target.emulators],
                        "counts": target.unit,
                        "installed": not missing[target.name],
                        "missing": list(dict.fromkeys(missing[target.name])),
                    }
                    for target in TARGETS.values()
                ]
            )
            return
        lines = [
            (
                target.name,
                target.title,
                target.core,
                f"{target.clock_hz / 1e6:g} MHz" if target.clock_hz else "-",
                target.unit or ("answers only" if target.emulators else "sizes only"),
                "yes" if not missing[target.name] else "no: " + _commands(missing[target.name]),
            )
            for target in TARGETS.values()
        ]
        show_table(lines, ("target", "chip", "core", "clock", "counts", "installed"))


def _commands(installs: list[str]) -> str:
    """One command for each installer."""
    known: dict[str, list[str]] = {}
    for install in dict.fromkeys(installs):
        tool, _, packages = install.partition(" install ")
        known.setdefault(tool, []).extend(packages.split())
    return "; ".join(f"{tool} install {' '.join(dict.fromkeys(packages))}" for tool, packages in known.items())
