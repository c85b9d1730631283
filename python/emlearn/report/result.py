"""What a model costs on its targets, for people and for machines.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import html
import json
import os
from collections.abc import Sequence
from typing import Any, ClassVar

#: What one row lacks where it failed.
_NONE = "-"


@dataclasses.dataclass(frozen=True)
class Row:
    """One operation on one target.

    Attributes
    ----------
    target, op : str
    optimize : str
        The mode that the model was converted with; "" where that is not known.
    flash, code, tables, library : int or None
        Bytes over the same firmware with an empty operation: all, and its three parts, see :class:`emlearn.targets.Flash`.
    library_parts : dict of str to int
        What `library` consists of.
    ram, stack : int or None
        Static bytes; bytes below the caller's stack pointer at the deepest.
    unit : str
        "cycles", "instructions", or "" where nothing counts.
    cost_min, cost_mean, cost_max : float or None
        Of one call, over the rows.
    microseconds : float or None
        The mean at the chip's usual clock.
    assumed : bool
        Whether time and energy take one cycle for each instruction, as cycles are not known.
    clock_hz : int
    energy_microjoule : float or None
        The mean, computed: cycles times the published energy of one; None where none is published.
    energy_source : str
        How it was computed.
    agreement : float or None
        The share of rows on which the target agrees with the estimator.
    agrees : bool or None
        Whether all rows do, and all numbers are within their bounds.
    ties : int or None
        As in :class:`emlearn.report.verify.Report`.
    disagreements : tuple of int
        The first rows that differ, at most 20.
    score, estimator_score : float or None
    fits : bool or None
        Whether flash, static RAM and stack fit the chip; None where it is not known.
    flash_free, ram_free : int or None
        What is left of the chip beside this firmware.
    not_counted : tuple of str
        Functions that the target's compiler comes without: their bytes are missing.
    error, kind : str
        What went wrong, and the name of its class; "" where nothing did.
    """

    target: str
    op: str
    optimize: str = ""
    flash: int | None = None
    code: int | None = None
    tables: int | None = None
    library: int | None = None
    library_parts: dict[str, int] = dataclasses.field(default_factory=dict)
    ram: int | None = None
    stack: int | None = None
    unit: str = ""
    cost_min: float | None = None
    cost_mean: float | None = None
    cost_max: float | None = None
    microseconds: float | None = None
    assumed: bool = False
    clock_hz: int = 0
    energy_microjoule: float | None = None
    energy_source: str = ""
    agreement: float | None = None
    agrees: bool | None = None
    ties: int | None = None
    disagreements: tuple[int, ...] = ()
    score: float | None = None
    estimator_score: float | None = None
    fits: bool | None = None
    flash_free: int | None = None
    ram_free: int | None = None
    not_counted: tuple[str, ...] = ()
    error: str = ""
    kind: str = ""

    @property
    def ok(self) -> bool:
        """Nothing failed: it fits, and agrees, as far as the target can tell."""
        return not self.error and self.agrees is not False and self.fits is not False

    @property
    def cycles(self) -> float | None:
        """The mean, where cycles are counted."""
        return self.cost_mean if self.unit == "cycles" else None

    @property
    def instructions(self) -> float | None:
        """The mean, where instructions are counted and cycles are not."""
        return self.cost_mean if self.unit == "instructions" else None

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {**dataclasses.asdict(self), "ok": self.ok, "cycles": self.cycles, "instructions": self.instructions}


@dataclasses.dataclass(frozen=True)
class Bench:
    """What :meth:`emlearn.Model.bench` returns.

    Attributes
    ----------
    rows : tuple of Row
        In the order of targets, modes and operations that were asked for.
    estimator : str
    n_rows : int
        Rows of X.
    """

    rows: tuple[Row, ...]
    estimator: str
    n_rows: int

    HEADER: ClassVar[tuple[str, ...]] = (
        *("target", "op", "optimize", "flash", "code", "tables", "library", "ram", "stack", "cost", "min", "mean", "max"),
        *("microseconds", "microjoule", "agreement", "fits"),
    )

    @property
    def ok(self) -> bool:
        """Every row is."""
        return all(row.ok for row in self.rows)

    def cells(self) -> list[list[str]]:
        """The table under :attr:`HEADER`; bytes in B."""
        return [_cells(row) for row in self.rows]

    def notes(self) -> list[str]:
        """What the table's cells cannot say, each once."""
        said = [f"{_name(row)}: {row.error}" for row in self.rows if row.error]
        for row in self.rows:
            if row.disagreements:
                said.append(f"{_name(row)}: rows that differ from the estimator: {', '.join(map(str, row.disagreements))}")
            if row.not_counted:
                said.append(f"{_name(row)}: not counted, as its compiler comes without them: {', '.join(row.not_counted)}")
            if row.energy_source:
                said.append(f"microjoule of {row.target}: computed, {row.energy_source}")
        if any(row.assumed for row in self.rows):
            said.append("~: instructions are counted, and one cycle is taken for each; flash wait states come on top")
        return list(dict.fromkeys(said))

    def to_dict(self) -> dict[str, Any]:
        return {"ok": self.ok, "estimator": self.estimator, "n_rows": self.n_rows, "rows": [row.to_dict() for row in self.rows]}

    def to_json(self) -> str:
        """The same text for the same results."""
        return json.dumps(self.to_dict(), indent=2, default=_plain)

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write one HTML file with the table and plots.

        Raises
        ------
        ToolMissingError
            Matplotlib is not installed.
        """
        from .page import page

        page(self, path)

    def table_html(self) -> str:
        """The table and its notes."""
        head = "".join(f"<th>{name}</th>" for name in self.HEADER)
        body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in line) + "</tr>" for line in self.cells())
        notes = "".join(f"<li><pre>{html.escape(note)}</pre></li>" for note in self.notes())
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><ul>{notes}</ul>"

    def __str__(self) -> str:
        lines = [list(self.HEADER), *self.cells()]
        widths = [max(len(line[k]) for line in lines) for k in range(len(self.HEADER))]
        text = [
            "  ".join(cell.rjust(width) if k > 2 else cell.ljust(width) for k, (cell, width) in enumerate(zip(line, widths)))
            for line in lines
        ]
        return "\n".join([*(line.rstrip() for line in text), *self.notes()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.table_html()


def _name(row: Row) -> str:
    return f"{row.target} {row.op}" + (f" ({row.optimize})" if row.optimize else "")


def _cells(row: Row) -> list[str]:
    counts: Sequence[object] = (row.flash, row.code, row.tables, row.library, row.ram, row.stack)
    sign = "~" if row.assumed else ""
    return [
        row.target,
        row.op,
        row.optimize or _NONE,
        *(_NONE if value is None else f"{value:,}" for value in counts),
        row.unit or _NONE,
        *(_NONE if value is None else f"{value:,.0f}" for value in (row.cost_min, row.cost_mean, row.cost_max)),
        _NONE if row.microseconds is None else f"{sign}{row.microseconds:,.1f} at {row.clock_hz / 1e6:g} MHz",
        _NONE if row.energy_microjoule is None else f"{sign}{row.energy_microjoule:.3g}",
        _NONE if row.agreement is None else f"{row.agreement:.6g}",
        "failed" if row.error and row.fits is None else {True: "yes", False: "NO", None: _NONE}[row.fits],
    ]


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)
