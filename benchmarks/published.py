"""An earlier measurement of the same tools but those that run networks in integers, by another harness: do its figures come out again?

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

#: Flash and cost of the best faithful row of all other tools; None where there was none.
_TARGETS = ("avr-atmega328p", "cortex-m0plus", "cortex-m4f")
_FIGURES: dict[str, tuple[tuple[int, int] | None, ...]] = {
    "iris_dt": ((252, 178), (280, 132), (108, 13)),
    "cancer_rf10": ((1964, 787), (1764, 414), (1404, 177)),
    "digits_rf10": (None, (13184, 17127), (10980, 1408)),
    "digits_rf50": (None, (58856, 3885), (56652, 1784)),
    "digits_et20": (None, (45940, 35323), (43736, 2762)),
    "diabetes_rfr10": ((9866, 2034), (6716, 1637), (5024, 194)),
    "digits_gb20": (None, (53804, 84374), (53732, 31315)),
    "digits_xgb20": (None, (35564, 55026), (32744, 3493)),
    "digits_mlp32": (None, (16772, 599114), (12544, 19434)),
    "digits_mlp16_16": (None, (13104, 395449), (8884, 13385)),
    "wine_gnb": (None, (2280, 34291), (1604, 4078)),
    "digits_gnb": (None, None, None),
    "wine_logreg": ((1656, 10744), (3776, 10073), (652, 128)),
    "digits_linsvc": ((28624, 141266), (17120, 129869), (9372, 1849)),
    "iris_svc": ((5894, 134074), (13004, 253128), (5176, 34630)),
}

_WHOLE = "rows of whole numbers for everywhereml were not tried"
_ATTINY = "micromlgen's form for ATtiny was not tried"
_SEARCH = "m2cgen's function has 115; a search for the largest score that begins below all of them makes it 127.8, ours 125.3"
_TOO_LARGE = "m2cgen's float form, 35,296 where flash is larger, needs 308 kB of 262: what does not fit does not count here"
_VOTE = "m2cgen leaves the vote over pairs of classes to its user: here the benchmark adds one, and m2cgen is faithful"

#: Why a figure comes out otherwise, by case and figure, or by case, target and figure.
_WHY = {
    ("iris_dt", "flash"): _WHOLE,
    ("iris_dt", "cost"): _WHOLE,
    ("iris_dt", "cortex-m4f", "cost"): "13.4 now, rounded to 13 there",
    ("wine_logreg", "flash"): _ATTINY,
    ("wine_logreg", "cost"): _SEARCH,
    ("iris_svc", "flash"): f"{_ATTINY}, nor its float literals",
    ("iris_svc", "cost"): _VOTE,
    ("digits_et20", "cortex-m0plus", "cost"): _TOO_LARGE,
}

#: The tools that it did not measure.
NOT_THERE = ("CMSIS-NN", "TFLite Micro")

#: How far apart the two may be.
TOLERANCE = 0.02

INTRODUCTION = """\
The best faithful other in figures published earlier, made by another harness without CMSIS-NN and TFLite Micro, against that of this run:
what differs by more than 2 %, and why.

"""


def compare(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """One per case, target and figure that both know: ``earlier``, ``now`` (None: no faithful other), ``change`` (a share, or None)."""
    found = []
    for entry in entries:
        if entry["case"] not in _FIGURES or entry["target"] not in _TARGETS:
            continue
        earlier = _FIGURES[entry["case"]][_TARGETS.index(entry["target"])]
        for position, what in enumerate(("flash", "cost")):
            row = entry["offered"][what]
            old, now = earlier and earlier[position], row and row[what]
            change = now / old - 1 if old and now else None
            found.append({"case": entry["case"], "target": entry["target"], "what": what, "earlier": old, "now": now, "change": change})
    return found


def differs(one: dict[str, Any]) -> bool:
    """Whether the figure did not come out again."""
    return abs(one["change"]) > TOLERANCE if one["change"] is not None else one["earlier"] is not None or one["now"] is not None


def why(one: dict[str, Any]) -> str:
    """The reason, where it is known."""
    return _WHY.get((one["case"], one["target"], one["what"])) or _WHY.get((one["case"], one["what"])) or ""


def lines(entries: Iterable[dict[str, Any]]) -> tuple[str, list[Sequence[str]]]:
    """How many came out again ("" where nothing can be compared), and a table of those that did not."""
    kept = list(entries)
    compared = [one for one in compare(kept) if one["earlier"] is not None or one["now"] is not None]
    apart = [one for one in compared if differs(one)]
    rows = {(entry["case"], entry["target"], what): entry["offered"][what] for entry in kept for what in ("flash", "cost")}
    table: list[Sequence[str]] = [["case", "target", "figure", "earlier", "now", "difference", "now by", "why"]]
    for one in apart:
        row = rows[one["case"], one["target"], one["what"]]
        figures = ["none" if one[key] is None else f"{one[key]:,.0f}" for key in ("earlier", "now")]
        by = f"{row['tool']}: {row['variant']}" if row else ""
        change = "" if one["change"] is None else f"{one['change']:+.1%}"
        table.append([one["case"], one["target"], one["what"], *figures, change, by, why(one)])
    return f"{len(compared) - len(apart)} of {len(compared)} figures came out again." if compared else "", table
