"""What all commands share: plain errors, notes, tables and progress.

Answers go to stdout, everything else to stderr; colours, boxes and moving things only to a terminal.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import typer

from ..errors import InvalidInputError, UnsupportedError

BAD_INPUT = 2
NOT_EQUAL = 1


@contextlib.contextmanager
def plain_errors() -> Iterator[None]:
    """Any error inside becomes one line ``error: ...`` on stderr and exit code 2, any warning a line ``note: ...``."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        notes: dict[str, None] = {}
        warnings.showwarning = lambda message, *_, **__: notes.setdefault(" ".join(str(message).split()))
        code, text = 0, ""
        try:
            yield
        except typer.Exit:
            raise
        except KeyboardInterrupt:
            code, text = 130, "interrupted; nothing was written"
        except Exception as error:
            if os.environ.get("EMLEARN_TRACEBACK"):
                raise
            code, text = BAD_INPUT, explain(error)
        finally:
            for line in notes:
                note(line)
    if code:
        typer.echo(f"error: {text}", err=True)
        raise typer.Exit(code)


def explain(error: Exception) -> str:
    """One line (a compiler's own words may follow) for people."""
    from sklearn.exceptions import NotFittedError

    from ..targets import errors as device

    said = (InvalidInputError, UnsupportedError, device.ToolMissingError, device.CompileError, device.TooLargeError, device.DeviceError)
    if isinstance(error, said):
        return str(error)
    if isinstance(error, NotFittedError):
        return f"{str(error).split('. ')[0]}: call its fit() before saving it"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}. Nothing was written; free the disk, get the permission, or choose another path"
    if isinstance(error, MemoryError):
        return "not enough memory: use a smaller model, or fewer rows"
    return (
        f"{type(error).__name__}: {' '.join(str(error).split())} (not foreseen: EMLEARN_TRACEBACK=1 shows where; "
        "please open an issue at https://github.com/emlearn/emlearn/issues)"
    )


def note(text: str) -> None:
    """A remark on stderr."""
    typer.echo(f"note: {text}", err=True)


def show(text: str) -> None:
    """An answer on stdout. A reader that has gone away (``| head``) changes neither the work nor the exit code."""
    try:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def show_json(data: Mapping[str, Any] | Sequence[Any]) -> None:
    """`data` as JSON on stdout; numbers that JSON does not have become null."""
    show(json.dumps(_jsonable(data), indent=2, ensure_ascii=False, allow_nan=False))


def show_table(rows: Sequence[Sequence[object]], header: Sequence[str] = ()) -> None:
    """Rows under a header: a table on a terminal, else plain columns, never cut."""
    cells = [[str(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(*header, show_header=bool(header))
        for _ in range(0 if header else len(cells[0])):
            table.add_column()
        for row in cells:
            table.add_row(*(Text(cell) for cell in row))
        Console().print(table)
        return
    lines = [list(header), *cells] if header else cells
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    show("\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines))


@contextlib.contextmanager
def working(what: str) -> Iterator[None]:
    """Shows on a terminal that something goes on, and for how long."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task(what, total=None)
        yield


def numbers(option: str, text: str) -> float | list[float]:
    """One number, or a list of them between commas."""
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        raise InvalidInputError(f"{option} {text!r} is neither a number nor numbers between commas, such as 0.5 or 0.5,0.25") from None
    return values[0] if len(values) == 1 else values


def _jsonable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(item) for item in value]
    if hasattr(value, "tolist"):
        return _jsonable(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
