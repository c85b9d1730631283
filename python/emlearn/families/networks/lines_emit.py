"""Layers that are computed line by line, to C++: what their views have besides, and the calls.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .strips import Lined, Strip

NAMESPACE = "::emlearn::networks::"


def members(strip: Strip, pad: tuple[str, str], answers: int) -> dict[str, tuple[str, str]]:
    """What is asked of a layer's view besides; `pad`: type and value of padding, `answers`: of a place."""
    found = {"lines": ("int", str(strip.lines)), "is_padded": ("bool", "true" if strip.is_padded else "false")}
    return found | {"pad": pad, "answers": ("int", str(answers))}


def line_of(record: Lined[Any]) -> int:
    """Values in a line of the raw row."""
    plane = record.strips()[0].window.plane
    return plane[1] * plane[2]


def calls(record: Lined[Any], take: str, positions: int, kinds: Sequence[str], buffer: str, element: str) -> list[str]:
    """Of intake and layers; the last of them answers its plane.

    Parameters
    ----------
    take : str
        The type that takes in a raw position, of which a line has `positions`.
    kinds : sequence of str
        For each layer the type that computes a line.
    buffer, element : str
        The working memory's name and the type of what lies there.
    """
    n, strips, memory = record.by_line, record.strips(), record.plan()
    text = [f"using lines0 = {NAMESPACE}raw_lines< {take}, {positions}, intake<>, X>;", "lines0 from0 = {x};"]
    for k, kind in enumerate(kinds):
        text.append(f"using lines{k + 1} = {NAMESPACE}strip< {kind}, layer{k}<>, lines{k}, {element}>;")
        held, patch = (f"{buffer} + {start}" for start in (memory.values[k], memory.patch[k]))
        start = f"from{k}, {held}, {patch}, {-strips[k].above}, {strips[k].window.plane[0]}"
        text.append(f"lines{k + 1} from{k + 1} = {{{start}}};")
    return [*text, f"from{n}.next({strips[n - 1].n}, {buffer} + {memory.values[n]});"]
