"""Which form of nodes is the smallest: bytes of tables, and of the code that reads them.

A header is for any chip, so a form that is smaller on one and larger on another is not taken: ``optimize="size"`` is to be no larger than
``"balanced"`` anywhere.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Kind:
    """Bytes of code to read forms, beside those for words: ``python tools/measure_forms.py``.

    Attributes
    ----------
    stream, bits : (int, int)
        The mean on ATmega328P and Cortex-M0+; the most on these, Cortex-M4F and RV32IMC.
    bits_over_stream : int
        The most that bits take more than the stream.
    as_code : (int, int)
        Up to so many nodes statements are smaller than any table, on each chip: with keys of 8 or 16 bits, with wider ones.
    """

    stream: tuple[int, int]
    bits: tuple[int, int]
    bits_over_stream: int
    as_code: tuple[int, int]


_TREE_OF_CLASSES = Kind((0, 50), (35, 150), 150, (12, 9))
_TREE_OF_VALUES = Kind((65, 175), (75, 175), 150, (9, 7))
_SUMS = Kind((-55, 85), (10, 165), 225, (16, 10))
_WIDE_SUMS = Kind((135, 260), (25, 100), 75, (8, 6))


def kind_of(n_trees: int, n_payloads: int, adds: bool) -> Kind:
    """By what a walk ends in: one leaf, or the sum of many, of up to 16 bits or more."""
    if n_trees == 1:
        return _TREE_OF_VALUES if adds else _TREE_OF_CLASSES
    return _SUMS if n_payloads <= 1 << 16 else _WIDE_SUMS


def most_as_code(kind: Kind, key: str, adds: bool) -> int:
    """The number of nodes up to which code is smaller; -1 where it never is, because each leaf would have much of it."""
    return kind.as_code[np.dtype(key).itemsize > 2] if adds or kind is _TREE_OF_CLASSES else -1


def smallest(kind: Kind, n_bytes: dict[str, int], quick: str) -> tuple[str, int]:
    """The form that is smallest on the mean of those no larger than `quick` on any chip; with it the bytes of the tables that are worth it.

    Parameters
    ----------
    kind : Kind
    n_bytes : dict of str to int
        Of the tables of "stream", "bits" and "words", those that there are.
    quick : {"words", "stream"}
        What "balanced" takes.
    """
    mean = {"words": 0, "stream": kind.stream[0], "bits": kind.bits[0]}
    most = (
        {"words": 0, "stream": kind.stream[1], "bits": kind.bits[1]} if quick == "words" else {"stream": 0, "bits": kind.bits_over_stream}
    )
    fits = [form for form in n_bytes if form in most and n_bytes[form] + most[form] <= n_bytes[quick]]
    form = min(fits, key=lambda form: n_bytes[form] + mean[form])
    return form, n_bytes[form] + (mean["bits"] - mean["stream"] if form == "bits" else 0)
