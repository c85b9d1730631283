"""What networks cost for each multiply-accumulate, beside what its instructions alone take.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from . import ours
from .cases import Case

#: Cycles (instructions on Cortex-M4F) of the innermost loop of an int8 layer for each product: AVR's LPM, LD and MULS with a sum of 16
#: bits, two products to a multiplication on Cortex-M0+, SMLAD with what it takes to unpack on Cortex-M4F.
FLOORS = {"avr-atmega328p": 7.0, "cortex-m0plus": 3.05, "cortex-m4f": 1.25}

#: The chip's clock over the published rate, of the autoencoder of MLPerf Tiny, which pages_autoencoder has the shape of.
PUBLISHED = {"cortex-m0plus": "HALE 9.9", "cortex-m4f": "microTVM with CMSIS-NN 3.9, X-CUBE-AI 2.39, HALE 2.15"}

#: The tools that run networks in integers.
OTHERS = ("CMSIS-NN", "TFLite Micro")

INTRODUCTION = """\
Flash / RAM with stack / cost for each multiply-accumulate of the networks, and the share of test rows on which it agrees with the network
in float: of each tool and arithmetic what costs least, faithful or not. *Floor*: what loading, multiplying and adding alone take in int8.
*Published*: cycles for each, of other frameworks on real boards, not measured here.

"""


def table(rows: Sequence[dict[str, Any]], cases: Iterable[Case], targets: Sequence[str]) -> list[Sequence[str]]:
    """One line per network and chip; the head alone where there is none."""
    lines: list[Sequence[str]] = [["network", "products", "target", "floor", *OTHERS, "ours, int8", "int16", "exact", "published"]]
    for case in cases:
        for target in (name for name in targets if case.macs and name != "host"):
            here = [row for row in rows if (row["case"], row["target"]) == (case.name, target)]
            mine = [row for row in here if row["tool"] == ours.NAME]
            forms = [
                *([row for row in here if row["tool"] == other] for other in OTHERS),
                *([row for row in mine if row["variant"].endswith(f"quantised to {numeric}")] for numeric in ("int8", "int16")),
                [row for row in mine if row["variant"].endswith(" rows")],
            ]
            published = PUBLISHED.get(target, "-") if case.name == "pages_autoencoder" else "-"
            figures = [_cell(form, case.macs) for form in forms]
            lines.append([case.title, f"{case.macs:,}", target, f"{FLOORS[target]:g}" if target in FLOORS else "-", *figures, published])
    return lines


def _cell(form: Iterable[dict[str, Any]], macs: int) -> str:
    best = min((row for row in form if not row["failure"]), key=lambda row: (row["cost"], row["flash"]), default=None)
    if best is None:
        return "-"
    ram = "-" if best["stack"] is None else f"{best['ram'] + best['stack']:,}"
    return f"{best['flash']:,} / {ram} / {best['cost'] / macs:.2f} ({best['agreement']:.1%})"
