"""Prints the figures that docs/decisions.md cites, each with the decision's name. Takes half a minute.

    python tools/measure_decisions.py [votes] [scaling] [shares] [stream] [subtrees]

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import emlearn
import numpy as np
from emlearn.families.trees import keys
from emlearn.families.trees.encode import distributions, encoded
from emlearn.families.trees.reference import leaves
from emlearn.front import Front
from emlearn.inputs import Input
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.cases import CASES
from benchmarks.cases import load as load_case

SETS = {"iris": load_iris, "wine": load_wine, "breast_cancer": load_breast_cancer, "digits": load_digits}


def votes() -> None:
    """Rows whose class differs from that of sums of fractions: as converted, and with shares rounded to fit 32-bit sums."""
    counts: dict[str, int] = {}
    wrong = changed = rows = 0
    for load in SETS.values():
        X, y = load(return_X_y=True)
        for n_trees in (2, 3, 5, 10):
            for limit in ({}, {"min_samples_leaf": 2}, {"min_samples_leaf": 5}, {"max_leaf_nodes": 8}, {"max_leaf_nodes": 64}):
                forest = RandomForestClassifier(n_trees, random_state=0, **limit).fit(X, y)
                model = emlearn.convert(forest)
                record = model.record
                leaves_of = encoded(record).leaves
                sums = f"{leaves_of.sum}, {getattr(leaves_of, 'passes', 1)} pass(es)"
                counts[sums] = counts.get(sums, 0) + 1
                answers = model.answer("predict", X.astype(np.float32))[:, 0]
                exact = [[Fraction(share).limit_denominator(4096) for share in leaf] for leaf in record.leaves.tolist()]
                rounded = np.floor(record.leaves * 2.0**28).astype(np.int64)
                for reached, answer in zip(leaves(record, X.astype(np.float32)), answers, strict=True):
                    sums = [sum(column) for column in zip(*(exact[leaf] for leaf in reached), strict=True)]
                    truth = sums.index(max(sums))
                    wrong += truth != int(answer)
                    changed += truth != int(np.argmax(rounded[reached].sum(axis=0)))
                    rows += 1
    print(f"votes: {sum(counts.values())} forests: {', '.join(f'{n} with {sums}' for sums, n in sorted(counts.items()))}; "
          f"of {rows} rows {wrong} have another class than the sums of fractions, {changed} with shares rounded to 2^-28")  # fmt: skip


def scaling() -> None:
    """Thresholds behind a StandardScaler that inverting its formula gets wrong."""
    wrong = nodes = 0
    for load in SETS.values():
        X, y = load(return_X_y=True)
        X = X.astype(np.float32)
        scaler = StandardScaler().fit(X)
        forest = RandomForestClassifier(20, random_state=0).fit(scaler.transform(X), y)
        trees = [tree.tree_ for tree in forest.estimators_]
        feature = np.concatenate([tree.feature[tree.feature >= 0] for tree in trees])
        threshold = np.concatenate([tree.threshold[tree.feature >= 0] for tree in trees])
        steps = emlearn.registry.read(scaler).steps
        found, _ = keys.thresholds(Front(Input.make("float32", n_features=X.shape[1]), steps), feature, threshold)
        inverse = threshold * scaler.scale_[feature] + scaler.mean_[feature]
        down = inverse.astype(np.float32)
        down = np.where(down > inverse, np.nextafter(down, np.float32(-np.inf)), down)
        wrong += int(np.count_nonzero(keys.to_keys(down) != found))
        nodes += len(found)
    print(f"scaling: threshold * scale_ + mean_, rounded down, is another float32 than the boundary in {wrong} of {nodes} nodes")


def shares() -> None:
    """Bytes of class distributions with a dictionary of shares, and with each share in its entry."""
    for name, load in SETS.items():
        X, y = load(return_X_y=True)
        forest = RandomForestClassifier(50, min_samples_leaf=3, random_state=0).fit(X, y)
        tables = distributions.encode(emlearn.convert(forest).record)[1]
        entries = tables.entries.size // tables.entry_bytes
        word = 4 if tables.sum == "uint32" else 8
        both = tables.entries.size + word * tables.n_shares
        print(f"shares: {name}, 50 trees: {entries} entries, {tables.n_shares} shares of {word} bytes: {both} bytes; "
              f"{entries * (1 + word)} without a dictionary")  # fmt: skip


def stream() -> None:
    """Bytes of the nodes: the stream, and a struct of (int16 feature, threshold, two int16 children)."""
    X, y = load_digits(return_X_y=True)
    forest = RandomForestClassifier(10, random_state=0).fit(X, y)
    for dtype, size in (("float32", 4), ("int16", 2)):
        texts = {mode: emlearn.convert(forest, input=dtype, optimize=mode).save() for mode in ("size", "balanced", "speed")}
        record = emlearn.convert(forest, input=dtype).record
        same = "the same header for every optimize=" if len(set(texts.values())) == 1 else "headers differ"
        print(f"stream: digits, 10 trees, {dtype}: {encoded(record).nodes.stream.size} bytes for {record.n_nodes} nodes and their leaves, "
              f"{record.n_nodes * (6 + size)} as structs; {same}")  # fmt: skip


def subtrees() -> None:
    """Inner nodes of subtrees that stand elsewhere in the ensemble, too, in the benchmark's cases of scikit-learn's trees."""
    for name in ("cancer_rf10", "digits_rf10", "digits_rf50", "digits_et20", "diabetes_rfr10", "digits_gb20"):
        data = load_case(CASES[name].data)
        estimator = CASES[name].make().fit(data.train, data.train_y)
        record = emlearn.convert(estimator, input="int16", input_scale=data.unit, optimize="size").record
        numbers: dict[tuple[int, ...], int] = {}
        number, size, again, largest = [0] * record.n_nodes, [1] * record.n_nodes, 0, 0
        for node in range(record.n_nodes - 1, -1, -1):  # children come behind their parents
            children = [int(record.left[node]), int(record.right[node])]
            size[node] += sum(size[child] for child in children if child >= 0)
            content = (int(record.feature[node]), int(record.threshold[node]), int(record.missing_left[node]))
            key = (*content, *(number[child] if child >= 0 else child for child in children))
            if key in numbers:
                again, largest = again + 1, max(largest, size[node])
            number[node] = numbers.setdefault(key, len(numbers))
        print(f"subtrees: {name}: {again} of {record.n_nodes} inner nodes stand elsewhere with all that is below, at most {largest} in one")


MEASURES = {"votes": votes, "scaling": scaling, "shares": shares, "stream": stream, "subtrees": subtrees}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in MEASURES]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; choose from {', '.join(MEASURES)}", file=sys.stderr)
        return 2
    for name in names or MEASURES:
        MEASURES[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
