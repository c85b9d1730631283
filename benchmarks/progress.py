"""How far the measurements are: a bar on a terminal, else a line now and then.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

#: Without a terminal, a line after so many.
EVERY = 100


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def bar(what: str, sizes: Sequence[int]) -> Iterator[Callable[[int, str], None]]:
    """Gives a function that is told of each step that is done: its number and name.

    The time that is left follows the steps' `sizes`, as most of them take little of it.
    """
    if not sys.stderr.isatty():
        yield _lines(what, len(sizes))
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn(what),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[done]} of {task.fields[count]}, since"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=sum(sizes), done=0, count=len(sizes))
        done = 0

        def step(number: int, name: str) -> None:
            nonlocal done
            done += 1
            progress.update(task, advance=sizes[number], description=name, done=done)

        yield step


def _lines(what: str, count: int) -> Callable[[int, str], None]:
    began, done = time.monotonic(), 0

    def step(number: int, name: str) -> None:
        nonlocal done
        done += 1
        if done % EVERY == 0 or done == count:
            say(f"{what}: {done} of {count} ({time.monotonic() - began:.0f} s; {name})")

    return step
