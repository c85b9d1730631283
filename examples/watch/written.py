"""The files that the demo leaves: every answer, and the table of figures that the README shows.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from chips import ChipRun, expected
from emlearn import targets
from models import Entry
from recordings import Windows

#: By (chip, name of the model).
Runs = Mapping[tuple[str, str], ChipRun]


def write_answers(file: Path, entries: Sequence[Entry], runs: Runs, windows: Windows, rows: np.ndarray) -> None:
    """One line per window and model: scikit-learn's answer, this machine's, each chip's."""
    chips = list(dict.fromkeys(name for name, _ in runs))
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["model", "window", "person", "exercise", "scikit-learn", "this machine", *chips])
        for entry in entries:
            given = entry.rows[rows]
            columns = [expected(entry, given), entry.model.predict(given), *(runs[name, entry.name].answers for name in chips)]
            for k, window in enumerate(rows):
                answers = [column[k] for column in columns]
                writer.writerow([entry.name, window, windows.subject[window], windows.labels[window], *answers])


def write_figures(file: Path, entries: Sequence[Entry], runs: Runs, windows: Windows, rows: np.ndarray) -> None:
    """A Markdown table, for tools/generate_tables.py --figures."""
    chips = list(dict.fromkeys(name for name, _ in runs))
    head = ["model", "bytes of tables", "accuracy on unseen people"]
    for name in chips:
        chip = targets.TARGETS[name].title.partition(" ")[0]
        head += [f"{chip}: equal", runs[name, entries[0].name].unit or "cycles", "flash", "RAM"]
    lines = [_line(head), "|---|" + "---:|" * (len(head) - 1)]
    for entry in entries:
        accuracy = entry.accuracy(windows)
        cells = [entry.title, f"{entry.model.report().total_bytes:,}", "" if accuracy is None else f"{accuracy:.3f}"]
        for name in chips:
            run = runs[name, entry.name]
            cells += [f"{run.equal}/{len(rows)}", _number(run.cost), _number(run.flash), _number(run.ram)]
        lines.append(_line(cells))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"
