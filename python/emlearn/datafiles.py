"""Rows for verifying, from .csv and .npy files; whatever is wrong with them is told by line and column.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import io
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .errors import InvalidInputError

_MISSING = frozenset({"", "nan", "na", "n/a", "null", "none"})


@dataclasses.dataclass(frozen=True, eq=False)
class Rows:
    """What a file holds.

    Attributes
    ----------
    X : ndarray of shape (n_samples, n_features)
        float64 from text, else as stored; an empty cell is NaN.
    path : Path
    columns : tuple of int
        The columns of the file that X has.
    labels : tuple of ndarray of str or number, each of shape (n_samples,)
        The label columns that were asked for.
    lines : tuple of int
        The line of each row, from 1; empty where the file has none.
    titles : tuple of str
        The header; empty where there is none.
    """

    X: np.ndarray
    path: Path
    columns: tuple[int, ...]
    labels: tuple[np.ndarray, ...] = ()
    lines: tuple[int, ...] = ()
    titles: tuple[str, ...] = ()

    def place(self, row: int, column: int) -> str:
        """Where ``X[row, column]`` is in the file, for people."""
        line = f"line {self.lines[row]}" if self.lines else f"row {row + 1}"
        return _place(self.path, line, self.columns[column], self.titles)

    @property
    def missing(self) -> str:
        """Where the first missing value is; "" where there is none."""
        if self.X.dtype.kind != "f":
            return ""
        found = np.argwhere(np.isnan(self.X))[:1]
        return self.place(*map(int, found[0])) if len(found) else ""


def read_rows(
    path: str | os.PathLike[str],
    n_features: int,
    names: Sequence[str] = (),
    label_columns: Sequence[str] = (),
    header: bool | None = None,
    needs_labels: bool = True,
) -> Rows:
    """Rows of a CSV file (commas, decimal points, UTF-8, with or without a header) or a ``.npy`` file.

    Parameters
    ----------
    path : path
    n_features : int
        How many columns the model takes.
    names : sequence of str
        The feature names it was fitted with, where known: a header must have them, in this order.
    label_columns : sequence of str
        Columns that are labels, by name, or by number (from 1; -1 is the last).
    header : bool, optional
        Whether the first line of a CSV file has the columns' names; by default where it has no numbers.
    needs_labels : bool
        Whether a file must have the label columns: else one that has as many columns as the model takes has none.

    Raises
    ------
    InvalidInputError
        Names line and column, and the remedy.
    """
    path = Path(path)
    data = file_bytes(path)
    if data.startswith(b"\x93NUMPY"):
        return _of_array(path, load_array(path, data), n_features, label_columns, needs_labels)
    if data.startswith(b"PK"):
        raise InvalidInputError(f"{path} is a zip archive (.npz, .xlsx?): save the rows alone with numpy.save('rows.npy', X), or as CSV")
    return _of_text(path, decode_text(path, data), n_features, tuple(names), label_columns, header, needs_labels)


def file_bytes(path: Path) -> bytes:
    if not path.exists():
        raise InvalidInputError(f"{path} does not exist: check the path")
    if path.is_dir():
        raise InvalidInputError(f"{path} is a folder: give a .csv or .npy file")
    data = path.read_bytes()
    if not data.strip():
        raise InvalidInputError(f"{path} is empty: it must hold at least one row")
    return data


def load_array(path: Path, data: bytes) -> np.ndarray:
    try:
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OSError, MemoryError, SyntaxError) as error:
        if "allow_pickle" in str(error):
            raise InvalidInputError(f"{path} holds Python objects, not numbers: save it as numpy.asarray(X, dtype=float)") from None
        raise InvalidInputError(f"{path} is corrupt or cut off ({error}): save it again with numpy.save") from error
    if array.dtype.names:
        raise InvalidInputError(f"{path} is a table with named fields: save plain numbers, one column per feature")
    return array


def _of_array(path: Path, array: np.ndarray, n_features: int, label_columns: Sequence[str], needs_labels: bool) -> Rows:
    if array.ndim != 2:
        raise InvalidInputError(f"{path} has the shape {array.shape}: rows and columns are needed, (n_samples, {n_features})")
    if array.dtype.kind not in "fiub":
        raise InvalidInputError(f"{path} holds no numbers (dtype {array.dtype}): save it as numpy.asarray(X, dtype=float)")
    chosen = [_column(path, name, [], array.shape[1]) for name in label_columns if needs_labels or array.shape[1] != n_features]
    rest = [k for k in range(array.shape[1]) if k not in chosen]
    _check_count(path, len(rest), n_features, [])
    return Rows(array[:, rest] if chosen else array, path, tuple(rest), tuple(array[:, k] for k in chosen))


def decode_text(path: Path, data: bytes) -> str:
    try:
        text = data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidInputError(f"{path}, line {line}: this is not UTF-8 text: save it as CSV in UTF-8, or as .npy") from None
    if "\0" in text:
        raise InvalidInputError(f"{path}, line {text.count(chr(10), 0, text.index(chr(0))) + 1}: binary data: give a .csv or .npy file")
    return text


def _of_text(
    path: Path, text: str, n_features: int, names: tuple[str, ...], label_columns: Sequence[str], header: bool | None, needs_labels: bool
) -> Rows:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, lines = [], []
    try:
        for row in reader:
            if row:
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise InvalidInputError(f"{path}, line {reader.line_num}: {error}: close the quotes") from None
    _check_separators(path, rows[:2], lines)
    titles = [cell.strip() for cell in rows[0]] if _has_header(rows[0], names, label_columns, header) else []
    if titles:
        rows, lines = rows[1:], lines[1:]
        if not rows:
            raise InvalidInputError(f"{path} has a header and no rows: there is nothing to verify")
    width = len(titles or rows[0])
    chosen = [_column(path, name, titles, width) for name in label_columns if needs_labels or width != n_features]
    rest = [k for k in range(width) if k not in chosen]
    if titles and names:
        _check_names(path, [titles[k] for k in rest], names)
    _check_count(path, len(rest), n_features, [titles[k] for k in rest] if titles else [])
    for row, line in zip(rows, lines):
        if len(row) != width:
            raise InvalidInputError(
                f"{path}, line {line}: {len(row)} cells, but {width} are expected as in {'the header' if titles else f'line {lines[0]}'}: "
                "every row needs all of them"
            )
    X = _numbers(path, rows, lines, rest, titles)
    labels = tuple(np.array([row[k].strip() for row in rows]) for k in chosen)
    return Rows(X, path, tuple(rest), labels, tuple(lines), tuple(titles))


def _has_header(first: list[str], names: tuple[str, ...], label_columns: Sequence[str], header: bool | None) -> bool:
    """Whether the first line has names: no number, or all known names, or the numbers 0, 1, 2... that pandas writes."""
    if header is not None:
        return header
    cells = [cell.strip() for cell in first]
    if names and set(names) <= set(cells):
        return True
    if not any(is_number(cell) for cell in cells):
        return any(cell.lower() not in _MISSING for cell in cells)
    if len(cells) > 1 and cells == [str(k) for k in range(len(cells))]:
        return True
    return any(name in cells for name in label_columns)


def _column(path: Path, name: str, titles: Sequence[str], width: int) -> int:
    if name in titles:
        if titles.count(name) > 1:
            raise InvalidInputError(f"{path} has several columns named {name!r}: give the number of the label column, from 1")
        return titles.index(name)
    if not name.removeprefix("-").isdecimal():
        has = f"its columns are {some(titles)}" if titles else "it has no header: give the column's number, from 1 (-1 is the last)"
        raise InvalidInputError(f"{path} has no label column {name!r}: {has}")
    number = int(name)
    if number == 0 or abs(number) > width:
        raise InvalidInputError(f"{path} has no label column {number}: it has columns 1 to {width} (-1 is the last)")
    return number - 1 if number > 0 else width + number


def _check_names(path: Path, titles: list[str], names: tuple[str, ...]) -> None:
    if titles == list(names):
        return
    missing = [name for name in names if name not in titles]
    unknown = [title for title in titles if title not in names]
    if missing:
        also = f"; it has {some(unknown)} instead" if unknown else ""
        raise InvalidInputError(f"{path} lacks columns that the model was fitted with: {some(missing)}{also}")
    if unknown:
        raise InvalidInputError(_too_many(path, unknown))
    k = next(k for k, (title, name) in enumerate(zip(titles, names)) if title != name)
    raise InvalidInputError(
        f"{path} has the columns in another order than the model was fitted with: column {k + 1} is {titles[k]!r}, not {names[k]!r}; "
        f"the order is {some(names)}"
    )


def _check_separators(path: Path, rows: list[list[str]], lines: list[int]) -> None:
    for row, line in zip(rows, lines):
        for column, cell in enumerate(row):
            for mark, name in ((";", "semicolons"), ("\t", "tabs")):
                if mark in cell and (column == 0 or all(map(is_number, cell.split(mark)))):
                    raise InvalidInputError(
                        f"{path}, line {line}, column {column + 1}: cells are separated by {name}: "
                        "save it with commas between cells and points in numbers"
                    )


def _check_count(path: Path, found: int, n_features: int, titles: Sequence[str]) -> None:
    if found < n_features:
        raise InvalidInputError(f"{path} has {found} columns of features, but the model takes {n_features}: add those that are missing")
    if found > n_features:
        raise InvalidInputError(_too_many(path, titles[n_features:] or [f"number {k + 1}" for k in range(n_features, found)]))


def _too_many(path: Path, columns: Sequence[str]) -> str:
    hint = columns[-1] if not columns[-1].startswith("number ") else "-1"
    return (
        f"{path} has columns that the model does not take: {some([name or '(unnamed)' for name in columns])}. "
        f"If one has the labels, add --target-column {hint or 'NAME'}; leave out the others"
    )


def _numbers(path: Path, rows: list[list[str]], lines: list[int], columns: list[int], titles: list[str]) -> np.ndarray:
    """The cells as float64; the fast way where all are plain numbers, else cell by cell."""
    picked = rows if len(columns) == len(rows[0]) else [[row[k] for k in columns] for row in rows]
    with contextlib.suppress(ValueError):
        flat = [float(cell) for row in picked for cell in row]
        if not any("_" in cell for row in picked for cell in row):  # float() takes 1_000
            return np.array(flat, dtype=np.float64).reshape(len(rows), len(columns))
    X = np.empty((len(rows), len(columns)))
    for i, (row, line) in enumerate(zip(picked, lines)):
        for j, cell in enumerate(map(str.strip, row)):
            if cell.lower() in _MISSING:
                X[i, j] = np.nan
            elif is_number(cell):
                X[i, j] = float(cell)
            else:
                raise InvalidInputError(f"{_place(path, f'line {line}', columns[j], titles)}: {shown(cell)} is no number{_advice(cell)}")
    return X


def _place(path: Path, line: str, column: int, titles: Sequence[str]) -> str:
    return f"{path}, {line}, column {column + 1}" + (f" ({titles[column]})" if titles else "")


def _advice(cell: str) -> str:
    if is_number(cell.replace(",", ".")):
        return ": write it with a decimal point"
    if ";" in cell or "\t" in cell:
        return ": separate the cells with commas"
    return ": encode text as the numbers that the model was fitted with, or name the label column with --target-column"


def shown(cell: str) -> str:
    return repr(cell if len(cell) <= 40 else cell[:37] + "...")


def some(names: Sequence[str]) -> str:
    return ", ".join(map(str, names[:8])) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell
