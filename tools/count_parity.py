"""Counts parity per class: random estimators on random data, all rows, the worst error as a share of its bound; writes docs/parity.md.

    python tools/count_parity.py [--fits 50] [--family svm] [--class SVC] [--numeric int16 | auto]

Estimators, hyper-parameters, data, units and types of raw values come from ``tests/parity/recipes``, one seed for each fit. A
line per scikit-learn class: fits, how many of them took integers, rows, rows that another class is allowed for and got it (ties), fits
that failed, and the largest |device - scikit-learn| in units of the bound of its row and column. Lines of classes that were not asked
for stay as they are in the page. ``--numeric``: in that arithmetic, with the rows of the fit as calibration; lines of their own.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import sys
import warnings
import zlib
from collections.abc import Mapping
from pathlib import Path

import emlearn
import numpy as np
import sklearn
from emlearn.registry import family_of
from emlearn.report.verify import Report, compare, expected_answers

_ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(_ROOT / "tests"))

from parity.recipes import KINDS, RECIPES, Recipe, fitted  # noqa: E402

PAGE = _ROOT / "docs" / "parity.md"

#: Family -> what has lines: its classes, and kinds of them.
_COUNTED = {family: {**recipes, **KINDS.get(family, {})} for family, recipes in RECIPES.items()}

#: What a line of integers has behind the name of its class.
_NUMERIC = ("exact", "int8", "int16", "int32", "auto")

_HEAD = """# Parity, counted

Random estimators of each class, on random data: shapes, units, offsets, hyper-parameters, and raw values of float32 or of five integer
types (`tests/parity/recipes`). Every row is compared with scikit-learn's own answer, in every operation that the model has. *Worst* is
the largest |device - scikit-learn| over the derived bound of its own row and column: 1 would be at the bound. *Ties* are rows in which
scikit-learn's own best two scores are closer than the stated margin and the device took the other. A fit *fails* where one row has another
class or one number is beyond its bound. *Refused* are draws that cannot be converted, with an error that says why; they are drawn again.
Behind the name of a class stands its arithmetic (`numeric=`), if it is not the exact one, with the rows of the fit as calibration.

*Pipeline with a projection* is a scaler, PCA, TruncatedSVD or LinearDiscriminantAnalysis, and a linear model, Gaussians, neighbours or SVC.

Trees, boosted trees and networks are equal or bounded by campaigns of their own (`make campaign`).

"""


@dataclasses.dataclass
class Count:
    """What was seen of one class."""

    fits: int = 0
    integers: int = 0
    rows: int = 0
    ties: int = 0
    failed: int = 0
    refused: int = 0
    worst: float = 0.0

    def line(self, family: str, name: str) -> str:
        cells = [family, name, self.fits, self.integers, f"{self.rows:,}", self.ties, self.failed, self.refused, f"{self.worst:.3f}"]
        return f"| {' | '.join(map(str, cells))} |"


def main(arguments: list[str]) -> int:
    """Count, and write the page; 1 where a fit failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--fits", type=int, default=50)
    parser.add_argument("--family", choices=_COUNTED, action="append")
    parser.add_argument("--class", dest="name", default="", help="this class alone")
    parser.add_argument("--numeric", choices=_NUMERIC, default="exact")
    chosen = parser.parse_args(arguments)
    failed, lines = 0, {}
    for family in chosen.family or _COUNTED:
        for name, recipe in _COUNTED[family].items():
            if chosen.name in ("", name):
                count, label = count_class(name, recipe, chosen.fits, chosen.numeric), _label(name, chosen.numeric)
                line = count.line(family, label)
                print(line, flush=True)
                if count.fits or chosen.numeric == "exact":  # not each class has each arithmetic
                    lines[family, label] = line
                failed += count.failed
    write(lines, chosen.fits)
    return int(failed > 0)


def _label(name: str, numeric: str) -> str:
    return name if numeric == "exact" else f"{name}, {numeric}"


def count_class(name: str, recipe: Recipe, fits: int, numeric: str = "exact") -> Count:
    """So many fits of one class, each of a seed of its own."""
    count, seed = Count(), zlib.crc32(name.encode())
    while count.fits < fits and count.refused < fits:
        seed += 1
        count_fit(count, recipe, name, seed, numeric)
    return count


def count_fit(count: Count, recipe: Recipe, name: str, seed: int, numeric: str = "exact") -> bool:
    """Fit, convert, compare all rows; whether they agree."""
    estimator, data = fitted(recipe, seed)
    more = {} if numeric == "exact" else {"numeric": numeric, "calibration": data.raw[: len(data.X)]}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            model = emlearn.convert(estimator, **data.arguments, **more)
        except (emlearn.UnsupportedError, emlearn.InvalidInputError) as error:
            count.refused += 1
            print(f"refused {name}, seed {seed}: {error}", flush=True)
            return True
        raw = model.input.check(data.raw)
        report, share = compared(model, raw, expected_answers(model, model.input.features(raw, model.record.fed)), name)
    count.fits, count.integers, count.rows = count.fits + 1, count.integers + model.input.is_integer, count.rows + len(raw)
    count.ties, count.failed, count.worst = count.ties + report.ties, count.failed + (not report.ok), max(count.worst, share)
    if not report.ok:
        print(f"FAILED {name}, seed {seed}: {estimator} on {data.arguments['input']}\n{report}", flush=True)
    return report.ok


def compared(model: emlearn.Model, raw: np.ndarray, expected: Mapping[str, np.ndarray], how: str) -> tuple[Report, float]:
    """Every operation of the kernels beside what is expected, and the worst error in units of its bound."""
    answers = {op: model.answer(op, raw) for op in model.record.ops}
    return compare(model, raw, answers, expected, how), worst_share(model, raw, answers, expected)


def worst_share(model: emlearn.Model, raw: np.ndarray, answers: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> float:
    """The largest error of a number, in units of the bound of its row and column."""
    return max((_share(model, op, raw, answers[op], expected[op]) for op in answers if _is_number(model, op)), default=0.0)


def _is_number(model: emlearn.Model, op: str) -> bool:
    return op != "predict" or not model.record.task.is_discrete


def _share(model: emlearn.Model, op: str, raw: np.ndarray, got: np.ndarray, want: np.ndarray) -> float:
    """The largest error over its bound, where there is one."""
    bound = family_of(model.record).bound(model.record, op, raw)
    with np.errstate(all="ignore"):
        error = np.abs(np.asarray(got, np.float64).reshape(want.shape) - want)
        return float(np.nanmax(np.where((error > 0) & np.isfinite(bound), error / bound, 0.0), initial=0.0))


def write(lines: dict[tuple[str, str], str], fits: int) -> None:
    """The page with these lines, and the others that it had."""
    old = [line.split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| ")] if PAGE.exists() else []
    kept = {(cells[0][2:], cells[1]): " | ".join(cells) for cells in old}
    kept |= lines
    table = ["| family | class | fits | of integers | rows | ties | failed | refused | worst |", "|---|---|--:|--:|--:|--:|--:|--:|--:|"]
    labels = [(family, _label(name, numeric)) for family, recipes in _COUNTED.items() for name in recipes for numeric in _NUMERIC]
    table += [kept[label] for label in labels if label in kept]
    versions = f"scikit-learn {sklearn.__version__}, emlearn {emlearn.__version__}"
    made = f"`python tools/count_parity.py --fits {fits}`, {datetime.date.today()}, {versions}."
    PAGE.write_text("\n".join([_HEAD + made, "", *table, ""]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
