"""From recordings of a smartwatch to models on emulated chips, compared row by row with scikit-learn.

    python examples/watch/demo.py [--out out/watch] [--rows N] [--targets avr-atmega328p cortex-m0plus]

Ends with exit code 0 where every answer that could be asked for agrees, 1 where one does not.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import chips
import firmware
import models
import numpy as np
import recordings
import written
from chips import expected
from emlearn import targets
from emlearn.report.verify import Report
from models import Entry
from recordings import Windows
from rich.console import Console
from rich.table import Table
from written import Runs

CHIPS = ("avr-atmega328p", "cortex-m0plus")
SHOWN_ROWS = 6


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=140)
    began = time.monotonic()

    windows = recordings.load()
    n_test = int(np.count_nonzero(windows.is_test))
    seconds, strangers = recordings.WINDOW / recordings.SAMPLE_RATE, ", ".join(map(str, recordings.TEST_SUBJECTS))
    console.print(
        f"{len(windows.labels)} windows of {seconds:.2f} s: {len(set(windows.subject))} people, {len(set(windows.labels))} exercises. "
        f"{n_test} windows are of people {strangers}, whom no model has seen."
    )
    entries = models.train(windows)
    for entry in entries:
        entry.model.save(options.out / f"{entry.name}.hpp")
    console.print(f"{len(entries)} headers written to {options.out}/\n")

    agreed = _on_this_machine(console, entries, windows)
    agreed &= _whole_program(console, options.out, entries, windows)

    rows = np.flatnonzero(windows.is_test)[: options.rows]
    missing = chips.missing_tools(options.targets)
    for name, what in missing.items():
        console.print(f"[bold]{name} is left out:[/bold] {what}\n")
    runs = _on_chips(console, [name for name in options.targets if name not in missing], entries, rows)
    if runs:
        _show_chips(console, entries, runs, len(rows))
        _show_rows(console, entries[0], runs, windows, rows)
        written.write_answers(options.out / "answers.csv", entries, runs, windows, rows)
        written.write_figures(options.out / "figures.md", entries, runs, windows, rows)
        console.print(f"every row: {options.out / 'answers.csv'}; the figures as a table: {options.out / 'figures.md'}\n")
    agreed &= all(run.ok for run in runs.values())

    verdict = "everything agrees with scikit-learn" if agreed else "NOT everything agrees with scikit-learn"
    left_out = f"; not run: {', '.join(missing)}" if missing else ""
    console.print(f"[bold]{verdict}[/bold]{left_out} ({time.monotonic() - began:.0f} s)")
    return 0 if agreed else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out/watch"), help="where headers, programs and answers go: %(default)s")
    parser.add_argument("--rows", type=int, help="windows that each chip answers (default: all of the held-out people)")
    known = [name for name, target in targets.TARGETS.items() if target.memory is not None and target.emulators]
    parser.add_argument("--targets", nargs="*", default=CHIPS, choices=known, metavar="CHIP", help="emulated chips: %(choices)s")
    return parser.parse_args(arguments)


def _on_this_machine(console: Console, entries: Sequence[Entry], windows: Windows) -> bool:
    """All windows, by the device's kernels behind Python, and by the compiled headers."""
    table = Table("model", title="on this machine, every window", title_justify="left")
    for column in ("table bytes", "accuracy", "kernels", "compiled header", "ties", "largest difference", "bound"):
        table.add_column(column, justify="right")
    agreed = True
    no_compiler = ""
    for entry in entries:
        report = entry.model.verify(entry.rows)
        reports = [report]
        try:
            reports.append(entry.model.verify(entry.rows, compile=True))
        except targets.ToolMissingError as error:
            no_compiler = str(error)
        agreed &= all(report.ok for report in reports)
        accuracy = entry.accuracy(windows)
        table.add_row(
            entry.title,
            f"{entry.model.report().total_bytes:,}",
            "-" if accuracy is None else f"{accuracy:.3f}",
            _share(report),
            _share(reports[1]) if len(reports) > 1 else "no compiler",
            str(max(report.ties for report in reports)),
            f"{max(report.max_error for report in reports):.2g}",
            f"{report.bound:.2g}",
        )
    console.print(table)
    console.print(
        "accuracy: on the people whom no model has seen. kernels, compiled header: rows that agree with scikit-learn, in class and, "
        "within the bound, in every probability."
    )
    if no_compiler:
        console.print(f"[bold]not compiled here:[/bold] {no_compiler}")
    console.print()
    return agreed


def _share(report: Report) -> str:
    return f"{round(report.agreement * report.rows)}/{report.rows}" + ("" if report.ok else " NOT equal")


def _whole_program(console: Console, folder: Path, entries: Sequence[Entry], windows: Windows) -> bool:
    """Raw samples to exercise in C++: features and labels against numpy and scikit-learn."""
    entry = next(entry for entry in entries if entry.name == "forest16")
    agreed = True
    found = firmware.run_here(folder, windows)
    if found is None:
        console.print("[bold]the watch's program was not compiled here:[/bold] g++ is missing: apt-get install g++")
    else:
        features, labels = found
        same = np.all(features == windows.features, axis=1) & (labels == expected(entry, entry.rows))
        agreed = bool(np.all(same))
        share = f"{np.count_nonzero(same)}/{len(same)}"
        console.print(f"from raw samples to the exercise in C++ (firmware/main.cpp): {share} windows equal numpy and scikit-learn")
    size = firmware.uno_size(folder)
    if size is None:
        console.print("[bold]its size on an Arduino Uno is not known:[/bold] avr-g++ is missing: apt-get install gcc-avr avr-libc")
    else:
        console.print(f"the same program for an Arduino Uno: flash {size[0]:,} of 32,768 bytes, RAM {size[1]:,} of 2,048 (and a stack)")
    console.print()
    return agreed


def _on_chips(console: Console, names: Sequence[str], entries: Sequence[Entry], rows: np.ndarray) -> Runs:
    jobs = [(name, entry) for name in names for entry in entries]
    if not jobs:
        return {}
    with console.status(f"{len(rows)} windows on {' and '.join(names)} ..."), ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda job: chips.run(*job, rows), jobs))
    return {(name, entry.name): run for (name, entry), run in zip(jobs, found, strict=True)}


def _show_chips(console: Console, entries: Sequence[Entry], runs: Runs, n_rows: int) -> None:
    table = Table("chip", "model", title=f"on emulated chips, {n_rows} windows of the held-out people", title_justify="left")
    for column in ("equal to scikit-learn", "ties", "per prediction", "most", "ms", "flash", "RAM"):
        table.add_column(column, justify="right")
    for (name, model), run in runs.items():
        table.add_row(
            name,
            next(entry.title for entry in entries if entry.name == model),
            f"{run.equal}/{n_rows}" + ("" if run.ok else " NOT equal"),
            str(run.ties),
            "-" if run.cost is None else f"{run.cost:,.0f} {run.unit}",
            "-" if run.most is None else f"{run.most:,.0f}",
            f"{run.cost / targets.TARGETS[name].clock_hz * 1e3:.2f}" if run.unit == "cycles" else "-",
            f"{run.flash:,}",
            "-" if run.ram is None else f"{run.ram:,}",
        )
    console.print(table)
    described = []
    for name in dict.fromkeys(name for name, _ in runs):
        target = targets.TARGETS[name]
        counts = [f"{emulator.unit} from {emulator.kind}" for emulator in target.emulators if emulator.unit][:1]
        sources = ", ".join([f"answers from {target.emulators[0].kind}", *counts])
        described.append(f"{name}: {target.title}, {target.clock_hz // 1_000_000} MHz, {sources}")
    console.print(
        f"{'; '.join(described)}. flash: bytes that predict adds to a program, tables and libm included. RAM: static and stack. "
        f"Counted: up to {chips.COUNTED_ROWS} of the windows.\n"
    )


def _show_rows(console: Console, entry: Entry, runs: Runs, windows: Windows, rows: np.ndarray) -> None:
    """A few rows in full, spread over the held-out people."""
    names = [name for name, model in runs if model == entry.name]
    table = Table("window", "person", "exercise", "scikit-learn", "this machine", *names,
                  title=f"{entry.title}: some rows", title_justify="left")  # fmt: skip
    truth, here = expected(entry, entry.rows[rows]), entry.model.predict(entry.rows[rows])
    for k in np.unique(np.linspace(0, len(rows) - 1, SHOWN_ROWS).astype(int)):
        on_chips = [str(runs[name, entry.name].answers[k]) for name in names]
        table.add_row(str(rows[k]), str(windows.subject[rows[k]]), windows.labels[rows[k]], str(truth[k]), str(here[k]), *on_chips)
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
