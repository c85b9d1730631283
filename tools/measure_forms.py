"""What the code of each form of nodes takes beside that for words: the numbers of ``families/trees/encode/sizes.py``.

    python tools/measure_forms.py [--models 40] [--first 0]

Random small forests (``tests/device/small_forests.py``) are converted for ``size`` with their nodes in each form, and ``predict`` is
compiled for four chips. A line per kind and form: models, and for each chip the least and the most bytes of flash without tables, beside
those of words (of bits also of the stream); of code the bytes of each of its nodes.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import sys
from pathlib import Path
from typing import Any

import emlearn
from emlearn.families.trees.encode import nodes, sizes, words

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "device"))

from small_forests import CHIPS, small_forest

FORMS = ("words", "stream", "bits", "code")


def main(arguments: list[str]) -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--models", type=int, default=40)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    chosen = parser.parse_args(arguments)
    seen: dict[tuple[str, str], list[list[int]]] = collections.defaultdict(list)
    for seed in range(chosen.first, chosen.first + chosen.models):
        for key, extra in measured(seed).items():
            seen[key].append(extra)
    for (kind, form), found in sorted(seen.items()):
        ranges = [f"{chip} {min(column)} to {max(column)}" for chip, column in zip(CHIPS, zip(*found, strict=True), strict=True)]
        print(f"{kind}, {form}: {len(found)} models, {', '.join(ranges)}")


def measured(seed: int) -> dict[tuple[str, str], list[int]]:
    """Per kind and form, the bytes beside those of words on each chip; of code per node, tables included."""
    estimator, X, dtype = small_forest(seed)
    flash: dict[str, list[int]] = {}
    kind, n_nodes = "", 1
    for form in FORMS:
        taken: list[Any] = []
        model = in_form(form, estimator, dtype, taken)
        if not taken or taken[0].form != form:
            continue
        kind, n_nodes = kind_of(taken[0], model.record), model.record.n_nodes
        rows = model.bench(X[:1], CHIPS).rows
        flash[form] = [row.flash - (0 if form == "code" else row.tables) for row in rows]
    base = flash.pop("words", None)
    if base is None:
        return {}
    found = {(kind, form): _less(taken, base, n_nodes if form == "code" else 1) for form, taken in flash.items()}
    if "bits" in flash:
        found[kind, "bits over the stream"] = _less(flash["bits"], flash["stream"], 1)
    return found


def _less(flash: list[int], other: list[int], share: int) -> list[int]:
    return [(mine - its) // share for mine, its in zip(flash, other, strict=True)]


def kind_of(made: nodes.EncodedNodes, record: Any) -> str:
    """The name of the kind that the nodes are of."""
    kind = sizes.kind_of(record.n_trees, made.n_payloads, adds=not record.task.n_classes or record.n_trees > 1)
    return next(name for name, value in vars(sizes).items() if value is kind)


def in_form(form: str, estimator: Any, dtype: str, taken: list[Any]) -> emlearn.Model:
    """The model with its nodes in that form, where it applies; what was made of them goes to `taken`."""
    ordinary = nodes._formed

    def formed(trees: Any, made: Any, counts: Any, adds: bool) -> Any:
        by_words, by_bits = words.encode(trees, made.payload, made.key), nodes._in_bits(trees, made.payload, counts)
        if (form == "words" and by_words is None) or (form == "bits" and by_bits is None):
            return ordinary(trees, made, counts, adds)
        taken.append(dataclasses.replace(made, form=form, words=by_words if form in ("words", "code") else None,
                                         bits=by_bits if form == "bits" else None))  # fmt: skip
        return taken[-1]

    nodes._formed = formed
    try:
        return emlearn.convert(estimator, input=dtype, optimize="size")
    finally:
        nodes._formed = ordinary


if __name__ == "__main__":
    main(sys.argv[1:])
