"""Us and the other tools, side by side, in one run: ``python benchmarks/run.py`` or ``make benchmark``.

Trains every case, has every tool convert it with its best options, compiles and runs the results on each target, and writes
``results/benchmark.json``, ``.md`` and ``.html``. Everything that is made lies in build/benchmarks and is used again while its
contents stay the same. A tool that cannot be installed, or does not support, compile or fit, is an entry with the reason.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "benchmarks"
RESULTS = ROOT / "benchmarks" / "results"
os.environ["XDG_CACHE_HOME"] = str(BUILD / "cache")  # where the lab keeps its builds
sys.path[:1] = [str(ROOT), str(ROOT / "python")]

from benchmarks import measurements, ours, progress, report, stages, summary  # noqa: E402
from benchmarks.cases import CASES  # noqa: E402
from benchmarks.measurements import TARGETS, Job  # noqa: E402
from benchmarks.tools import TOOLS  # noqa: E402

#: What the quick run leaves out takes long to install or to compile.
QUICK_TOOLS = ("emlearn 0.23", "m2cgen", "micromlgen")
QUICK_TARGETS = ("avr-atmega328p", "cortex-m0plus")


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    began = time.monotonic()
    BUILD.mkdir(parents=True, exist_ok=True)
    chosen = [case for case in CASES.values() if case.name in options.case]
    missing = {name: why for name in options.target if (why := measurements.missing(name))}
    for name, why in missing.items():
        progress.say(f"{name} is left out: {why}")
    targets = [name for name in options.target if name not in missing]

    stage = stages.Stages(BUILD, options.tool)
    cached = measurements.Cached(BUILD)
    jobs: list[Job] = []
    with progress.bar("converting", [1] * len(chosen)) as step:
        for number, case in enumerate(chosen):
            for tool, attempts in stage.attempts(case):
                jobs += [Job(case.name, stage.folder(case), tool, attempt, name) for attempt in attempts for name in targets]
            step(number, case.name)
    until = began + 60 * options.minutes if options.minutes else None
    jobs_by_size = sorted(jobs, key=lambda job: job.size)  # what compiles quickly comes first
    with progress.bar("measuring", [1 + job.size for job in jobs_by_size]) as step, ThreadPoolExecutor(options.jobs) as pool:
        done = {pool.submit(cached, job, until): number for number, job in enumerate(jobs_by_size)}
        for future in as_completed(done):
            future.result()
            job = jobs_by_size[done[future]]
            step(done[future], f"{job.case}, {job.tool}, {job.target}")
    found = {jobs_by_size[number]: future.result() for future, number in done.items()}
    rows = [found[job] for job in jobs]
    throughput = stage.throughput(chosen) if options.throughput else []
    command = " ".join(["python benchmarks/run.py", *(sys.argv[1:] if arguments is None else arguments)])
    table = report.Report(rows, throughput, chosen, targets, missing, stage.versions(), command)
    table.write(options.out)
    if options.out == RESULTS:
        report.quote(ROOT / "docs" / "benchmarks.md", report.quoted(table.markdown()))
        report.quote(ROOT / "README.md", table.compact())
    print(table.markdown())
    progress.say(f"written to {options.out}/ ({time.monotonic() - began:.0f} s)")
    exact = [row for row in rows if row["tool"] == ours.NAME and not row["failure"] and not summary.opt_in(row)]
    return 0 if all(map(summary.good, exact)) else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    known = {"case": tuple(CASES), "tool": (ours.NAME, *TOOLS), "target": TARGETS}
    for name, values in known.items():
        parser.add_argument(f"--{name}", nargs="*", choices=values, metavar=name.upper(), help=f"some of: {', '.join(values)}")
    parser.add_argument("--quick", action="store_true", help="a few cases, tools and targets, in two minutes")
    parser.add_argument("--no-throughput", dest="throughput", action="store_false", help="leave out the host's rows per second")
    parser.add_argument("--minutes", type=float, help="leave out what is not measured by then; the tables say so (default: no limit)")
    parser.add_argument("--jobs", type=int, default=2, help="measurements at a time (default: %(default)s)")
    parser.add_argument(
        "--out", type=Path, help="folder for the tables (default: benchmarks/results for a whole run, else build/benchmarks/out)"
    )
    options = parser.parse_args(arguments)
    whole = not options.quick and not any(getattr(options, name) for name in known)
    if options.quick:
        known = {
            "case": tuple(case.name for case in CASES.values() if case.quick),
            "tool": (ours.NAME, *QUICK_TOOLS),
            "target": QUICK_TARGETS,
        }
        options.throughput = False
    for name, values in known.items():
        setattr(options, name, getattr(options, name) or values)
    options.out = options.out or (RESULTS if whole else BUILD / "out")
    return options


if __name__ == "__main__":
    sys.exit(main())
