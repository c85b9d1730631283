"""True labels or values for verifying, from files; as text they become the type of a classifier's classes.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import Any

import numpy as np

from .datafiles import decode_text, file_bytes, is_number, load_array, shown, some
from .errors import InvalidInputError


def read_labels(path: str | os.PathLike[str], n_rows: int) -> np.ndarray:
    """The labels of `n_rows` rows: a ``.npy`` file, or text with one row per line and perhaps a header.

    Raises
    ------
    InvalidInputError
        Not as many as rows, ragged, or unreadable.
    """
    path = Path(path)
    data = file_bytes(path)
    if data.startswith(b"\x93NUMPY"):
        labels = load_array(path, data)
    else:
        rows = [row for row in csv.reader(io.StringIO(decode_text(path, data), newline="")) if row]
        for number, row in enumerate(rows, 1):
            if len(row) != len(rows[0]):
                raise InvalidInputError(f"{path}, row {number}: {len(row)} cells, but the first has {len(rows[0])}: every row needs all")
        labels = np.array([[cell.strip() for cell in row] for row in rows])
        labels = labels[1:] if len(labels) == n_rows + 1 else labels
        labels = labels[:, 0] if labels.shape[1] == 1 else labels
    if labels.ndim == 0 or len(labels) != n_rows:
        raise InvalidInputError(f"{path} has {labels.size if labels.ndim == 0 else len(labels)} labels for {n_rows} rows: give one per row")
    return labels


def decode(labels: np.ndarray, classes: Any, source: str) -> np.ndarray:
    """Labels of one output as the model has them: text becomes the type of `classes`, numbers where those are None.

    Raises
    ------
    InvalidInputError
        A label that cannot be one of `classes`, or a value that is no number.
    """
    if labels.dtype.kind not in "US" or (classes is not None and np.asarray(classes).dtype.kind in "US"):
        return labels
    known = {} if classes is None else {str(label): label for label in np.asarray(classes).tolist()}
    textual = any(isinstance(label, str) for label in known.values())
    result: list[Any] = []
    for row, text in enumerate(labels.tolist(), 1):
        if text in known or textual:
            result.append(known.get(text, text))
        elif is_number(text):
            result.append(float(text))
        else:
            remedy = f"no label of this model, whose labels are {some(list(known))}" if known else "no number"
            raise InvalidInputError(f"{source}, row {row}: {shown(text)} is {remedy}")
    return np.array(result, dtype=object if textual else None)
