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
    """List the chips that verify knows, and what is missing for them."""
    with plain_errors():
        from ..targets import TARGETS

        rows: list[dict[str, str | list[str]]] = [
            {
                "name": target.name,
                "chip": target.title,
                "compiler": target.compiler,
                "emulators": [emulator.kind for emulator in target.emulators],
                "counts": next((emulator.unit for emulator in target.emulators if emulator.unit), ""),
                "missing": [tool.install for tool in target.missing],
            }
            for target in TARGETS.values()
        ]
        if json:
            show_json(rows)
            return
        header = ("target", "chip", "compiler", "runs on", "counts", "missing (get it with)")
        columns = ("name", "chip", "compiler", "emulators", "counts", "missing")
        show_table([[_cell(row[column]) for column in columns] for row in rows], header)


def _cell(value: str | list[str]) -> str:
    return (", ".join(value) if isinstance(value, list) else value) or "-"
