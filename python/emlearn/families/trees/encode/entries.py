"""Leaves of a classifier that hold counts, for speed: their shares in 16 bits.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from ..record import Forest
from .counts import Counts, lead

#: The more trees, the coarser are shares of 16 bits: with 128, probabilities would be off by more than 2^-16.
_MOST_TREES, _MOST_CLASSES = 127, 32

#: Pairs of sums that fit the registers of a Cortex-M0.
_MOST_DENSE = 10

_LAST = 0x80


def of(record: Forest, leaves: Counts) -> tuple[np.ndarray, Counts] | None:
    """Leaf ids and tables, as ``include/emlearn/trees/entries.hpp`` reads them; None where sums of 16 bits do not do."""
    if record.optimize != "speed" or not 2 <= record.n_trees <= _MOST_TREES or leaves.n_classes > _MOST_CLASSES:
        return None
    mixed = np.flatnonzero(np.count_nonzero(leaves.k, axis=1) > 1)
    whole = math.lcm(*map(int, np.unique(leaves.n[mixed])))
    first_bits, step, passes, slack = 0, 0, 1, 0
    if whole * record.n_trees >= 1 << 16:
        first_bits = 16 - record.n_trees.bit_length()
        whole, slack = 1 << first_bits, 2 * record.n_trees  # what is rounded away, and what halves of words carry over
        # Those in question differ by at most twice the slack, in finer units, and must tell their sign in 16 bits.
        step = 13 - slack.bit_length()
        passes = 1 - (-(53 - first_bits) // step)  # until rounding is below 2^-50 per tree, in which scikit-learn's own sums may differ
        if leaves.n[mixed].max() > whole:  # shares would not tell the counts
            return None
    ids, entries = _entries(leaves, mixed, whole, passes > 1)
    words, word_at = _words(leaves, mixed, whole, passes > 1) if leaves.n_classes <= _MOST_DENSE else (leaves.words, leaves.word_at)
    return ids, dataclasses.replace(
        leaves, bytes=entries, units=np.zeros(0, np.uint16), is_fast=True, words=words, word_at=word_at, sum="uint16", whole=whole,
        first_bits=first_bits, step=step, passes=passes, slack=slack, lead=lead(record, whole, "uint16"),
    )  # fmt: skip


def _entries(leaves: Counts, mixed: np.ndarray, whole: int, with_n: bool) -> tuple[np.ndarray, np.ndarray]:
    out, ids = bytearray(), np.argmax(leaves.k, axis=1)
    for leaf in mixed.tolist():
        n = int(leaves.n[leaf])
        out += n.to_bytes(2, "little") if with_n else b""
        ids[leaf] = leaves.n_classes + len(out)
        for c in np.flatnonzero(leaves.k[leaf]).tolist():
            out.append(2 * c)
            out += (int(leaves.k[leaf, c]) * whole // n).to_bytes(2, "little")
        out[-3] |= _LAST
    return ids, np.frombuffer(bytes(out), dtype=np.uint8)


def _words(leaves: Counts, mixed: np.ndarray, whole: int, with_n: bool) -> tuple[np.ndarray, np.ndarray]:
    """Two classes to a word."""
    n, k = leaves.n[mixed], leaves.k[mixed]
    shares = np.pad(k * whole // n[:, None], ((0, 0), (0, leaves.n_classes % 2)))
    words = shares[:, ::2] | shares[:, 1::2] << 16
    if with_n:
        words = np.column_stack([words, n])
    word_at = np.zeros(len(leaves.k), np.int64)
    word_at[mixed] = np.arange(len(mixed)) * words.shape[1]
    return words.reshape(-1).astype(np.uint32), word_at
