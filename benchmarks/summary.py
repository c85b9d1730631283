"""From rows to what the tables say: the best faithful other, ours in each mode and with each opt-in, and the ratios.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from . import ours

#: The share of test rows that must agree with the estimator.
FAITHFUL = 0.99

Row = dict[str, Any]

#: The mode that is meant for a figure.
MODE_FOR = {"flash": "size", "cost": "speed"}


def entry_of(rows: Sequence[Row], case: str, target: str) -> dict[str, Any]:
    """One case on one target.

    ``ours`` has the best row of each mode, ``any`` the best of all our rows, opt-ins included; ``offered`` the best of what other
    tools offer, ``edited`` the best of that and of sources that the benchmark edited; ``ratios`` ours / other for ``flash`` and ``cost``:
    the best of each by the same rule (``best``; ``edited`` with the edited sources), and of the modes for them alone (``modes``).
    """
    here = [row for row in rows if row["case"] == case and row["target"] == target]
    others, mine = [row for row in here if row["tool"] != ours.NAME], [row for row in here if row["tool"] == ours.NAME]
    entry: dict[str, Any] = {
        "case": case,
        "target": target,
        "ours": {mode: chosen for mode in ours.MODES if (chosen := of_mode(mine, mode))},
        "any": both(mine),
        "offered": both(row for row in others if not row["edited"]),
        "edited": both(others),
        "unfaithful": nearest(others),
    }
    exact = {what: entry["ours"].get(mode) for what, mode in MODE_FOR.items()}
    pairs = {"best": (entry["any"], "offered"), "modes": (exact, "offered"), "edited": (entry["any"], "edited")}
    entry["ratios"] = {
        name: {what: ratio(own[what], entry[other][what], what) for what in MODE_FOR} for name, (own, other) in pairs.items()
    }
    return entry


def good(row: Row) -> bool:
    """Whether the row ran and is faithful."""
    return not row["failure"] and row["agreement"] >= FAITHFUL


def both(rows: Iterable[Row]) -> dict[str, Row | None]:
    """The faithful row with the least flash, and that with the least cost."""
    kept = list(rows)
    return {what: best(kept, what) for what in MODE_FOR}


def best(rows: Iterable[Row], what: str) -> Row | None:
    """The faithful row with the least flash or cost; the other figure settles ties."""
    other = "cost" if what == "flash" else "flash"
    return min((row for row in rows if good(row)), key=lambda row: (row[what], row[other]), default=None)


def nearest(rows: Iterable[Row]) -> Row | None:
    """Of rows that run, the one that agrees most."""
    ran = [row for row in rows if not row["failure"]]
    return max(ran, key=lambda row: (row["agreement"], -row["flash"]), default=None)


def of_mode(mine: Iterable[Row], mode: str) -> Row | None:
    """Our row in one mode, without opt-ins: of the types of rows, the one that serves the mode's purpose."""
    purpose = {"size": lambda row: row["flash"], "speed": lambda row: row["cost"]}.get(mode, lambda row: row["flash"] * row["cost"])
    return min((row for row in mine if row["variant"].startswith(f"{mode},") and not opt_in(row) and good(row)), key=purpose, default=None)


def behind(rows: Sequence[Row], case: str, target: str) -> list[dict[str, Any]]:
    """Where the mode that is meant for a figure is behind the best faithful other on rows of the same kind, floats or whole numbers.

    Each has ``rows`` and ``what``, ``exact`` (our row of that mode without opt-ins), ``any`` (our best with them) and ``other``; sources
    that the benchmark edited do not count.
    """
    found = []
    here = [row for row in rows if row["case"] == case and row["target"] == target and not row["edited"]]
    for kind, floats in (("float", True), ("whole", False)):
        alike = [row for row in here if row["rows"].startswith("float") == floats]
        mine = [row for row in alike if row["tool"] == ours.NAME]
        for what, mode in MODE_FOR.items():
            exact = best((row for row in mine if row["variant"].startswith(f"{mode},") and not opt_in(row)), what)
            other = best((row for row in alike if row["tool"] != ours.NAME), what)
            if other is not None and (exact is None or exact[what] > other[what]):
                found.append({"rows": kind, "what": what, "exact": exact, "any": best(mine, what), "other": other})
    return found


def opt_in(row: Row) -> str:
    """What a row of ours was asked for beyond a mode, or ""."""
    return row["variant"].partition(" rows")[2].removeprefix(", ")


def ratio(mine: Row | None, other: Row | None, what: str) -> float | None:
    """ours / other; None where one of them is not there."""
    return None if mine is None or other is None or other[what] <= 0 or mine[what] <= 0 else mine[what] / other[what]


def mean(values: Iterable[float | None]) -> float | None:
    """The geometric mean of those that are there."""
    known = [value for value in values if value is not None]
    return math.exp(sum(map(math.log, known)) / len(known)) if known else None
