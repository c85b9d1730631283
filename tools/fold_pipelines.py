"""What Pipelines fold to on the device, and the bytes and cycles that this saves; writes the table of docs/models/compose.md.

    python tools/fold_pipelines.py [--target cortex-m0plus] [--check]

Each Pipeline is fitted on wine's 13 features, converted as users do, and a second time with every step as a stage of its own, float
buffers between them; both are compiled and run on the emulated chip, and compared with scikit-learn. ``--check``: only converts, and
fails where the stages are not those that the page says.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
from emlearn.families.compose import absorb_or_chain
from emlearn.families.compose.columns import flat
from emlearn.families.compose.fold import as_transformer
from emlearn.families.linear.record import Linear
from emlearn.families.preprocess.record import Preprocess
from emlearn.front import Front
from emlearn.inputs import Input
from emlearn.options import Options
from emlearn.record import Chain, Parallel, Record
from emlearn.registry import finish, read
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures, PowerTransformer, RobustScaler, StandardScaler
from sklearn.svm import SVC, LinearSVC

PAGE = Path(__file__).resolve().parents[1] / "docs" / "models" / "compose.md"
#: What measures, on a chip, the cells behind the beginning of a line.
Figures = Callable[[str], str]

MARKS = "<!-- folded Pipelines: tools/fold_pipelines.py -->", "<!-- end of folded Pipelines -->"

HEAD = """| steps | on the device | flash, B | each step alone, B | saved, B | cycles | each step alone |
|---|---|--:|--:|--:|--:|--:|"""


def _network() -> MLPClassifier:
    return MLPClassifier((8,), max_iter=200, random_state=0)


def _forest() -> RandomForestClassifier:
    return RandomForestClassifier(5, max_depth=4, random_state=0)


def _columns() -> ColumnTransformer:
    filled = make_pipeline(SimpleImputer(), StandardScaler())
    median = make_pipeline(SimpleImputer(strategy="median"), MinMaxScaler())
    return ColumnTransformer([("a", filled, [0, 2, 6, 9]), ("b", median, [11, 12])])


def _union() -> FeatureUnion:
    return FeatureUnion([("all", StandardScaler()), ("some", SelectKBest(k=2))])


#: As a reader would write them, and how they are made.
PIPELINES: dict[str, Callable[[], list[Any]]] = {
    "StandardScaler, LogisticRegression": lambda: [StandardScaler(), LogisticRegression(max_iter=500)],
    "RobustScaler, MinMaxScaler, LinearSVC": lambda: [RobustScaler(), MinMaxScaler(), LinearSVC(max_iter=5000)],
    "StandardScaler, SVC(linear)": lambda: [StandardScaler(), SVC(kernel="linear")],
    "StandardScaler, SVC(rbf)": lambda: [StandardScaler(), SVC()],
    "StandardScaler, GaussianNB": lambda: [StandardScaler(), GaussianNB()],
    "StandardScaler, MLPClassifier(8)": lambda: [StandardScaler(), _network()],
    "StandardScaler, PCA(4), LogisticRegression": lambda: [StandardScaler(), PCA(4), LogisticRegression(max_iter=500)],
    "StandardScaler, PCA(6), LinearDiscriminantAnalysis": lambda: [StandardScaler(), PCA(6), LinearDiscriminantAnalysis()],
    "StandardScaler, PCA(6), MLPClassifier(8)": lambda: [StandardScaler(), PCA(6), _network()],
    "StandardScaler, LinearDiscriminantAnalysis, SVC(rbf)": lambda: [StandardScaler(), LinearDiscriminantAnalysis(), SVC()],
    "MinMaxScaler, RandomForestClassifier(5)": lambda: [MinMaxScaler(), _forest()],
    "SelectKBest(5), RandomForestClassifier(5)": lambda: [SelectKBest(k=5), _forest()],
    "StandardScaler, PolynomialFeatures(2), LogisticRegression": lambda: [
        StandardScaler(), PolynomialFeatures(2, include_bias=False), LogisticRegression(max_iter=500),
    ],
    "PolynomialFeatures(2), SelectKBest(8), StandardScaler, LogisticRegression": lambda: [
        PolynomialFeatures(2, include_bias=False), SelectKBest(k=8), StandardScaler(), LogisticRegression(max_iter=500),
    ],
    "PowerTransformer, SelectKBest(4), LogisticRegression": lambda: [
        PowerTransformer(), SelectKBest(k=4), LogisticRegression(max_iter=500),
    ],
    "ColumnTransformer(imputers and scalers), RandomForestClassifier(5)": lambda: [_columns(), _forest()],
    "ColumnTransformer(imputers and scalers), LogisticRegression": lambda: [_columns(), LogisticRegression(max_iter=500)],
    "FeatureUnion(StandardScaler, SelectKBest(2)), LogisticRegression": lambda: [_union(), LogisticRegression(max_iter=500)],
    "FeatureUnion(StandardScaler, SelectKBest(2)), GaussianNB": lambda: [_union(), GaussianNB()],
}  # fmt: skip


def fitted(name: str) -> tuple[Any, np.ndarray]:
    """The Pipeline and all rows of wine."""
    X, y = load_wine(return_X_y=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # networks that stop early
        return make_pipeline(*PIPELINES[name]()).fit(X, y), X


def apart(estimator: Any, folded: emlearn.Model) -> emlearn.Model:
    """The same with a stage for each step, nothing folded, on float32."""
    records = [read(step) for _, step in estimator.steps]
    stages = [stage for record in records[:-1] if (stage := as_transformer(record)) is not None] + records[-1:]
    alone = [finish(absorb_or_chain(stage, Front(Input.make(n_features=stage.n_features))), Options.make()) for stage in stages]
    return emlearn.Model(Chain.of(*(stage for each in alone for stage in flat(each))), folded.head, folded.input, estimator)


def stages_of(record: Record) -> str:
    """What is left of the Pipeline, by name."""
    return ", ".join(_name(stage) for stage in flat(record))


def _name(stage: Record) -> str:
    if isinstance(stage, Linear):
        return f"linear map of {len(stage.needed)}"
    if isinstance(stage, Preprocess):
        return stage.kind
    return f"columns side by side ({stages_of_members(stage)})" if isinstance(stage, Parallel) else type(stage).__name__.lower()


def stages_of_members(record: Parallel) -> str:
    return "; ".join(stages_of(member) for member in record.members)


@dataclasses.dataclass(frozen=True)
class Cost:
    flash: int
    cycles: float


def cost(model: emlearn.Model, X: np.ndarray, target: str) -> Cost:
    """Of ``predict`` on the chip, for all rows, which must agree."""
    row = model.bench(X, [target]).rows[0]
    if not row.agrees or row.flash is None or row.cost_mean is None:
        raise SystemExit(f"{model.describe()}: {row}")
    return Cost(row.flash, row.cost_mean)


def rewritten(text: str, marks: tuple[str, str], lines: list[str]) -> str:
    """A page with these lines between the marks."""
    before, _, rest = text.partition(marks[0])
    _, _, after = rest.partition(marks[1])
    return "\n".join([f"{before}{marks[0]}", *lines, f"{marks[1]}{after}"])


def table(
    arguments: list[str], title: str, marks: tuple[str, str], head: str, names: Iterable[str], row: Callable[[str], tuple[str, Figures]]
) -> int:
    """Write the page's table between the marks; with ``--check`` in the arguments, tell whether it says what is now.

    Parameters
    ----------
    row : callable
        Of a name: how its line begins, and what gives the figures behind that on a chip, which takes long.
    """
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--target", default="cortex-m0plus")
    parser.add_argument("--check", action="store_true")
    chosen = parser.parse_args(arguments)
    text, lines = PAGE.read_text(), [head]
    for name in names:
        begins, figures = row(name)
        if chosen.check:
            if begins not in text:
                print(f"not in {PAGE.name}: {begins}")
                return 1
            continue
        lines.append(f"{begins} {figures(chosen.target)} |")
        print(lines[-1], flush=True)
    if not chosen.check:
        PAGE.write_text(rewritten(text, marks, lines))
    return 0


def _row(name: str) -> tuple[str, Figures]:
    estimator, X = fitted(name)
    model = emlearn.convert(estimator)

    def figures(target: str) -> str:
        one, two = cost(model, X, target), cost(apart(estimator, model), X, target)
        return f"{one.flash:,} | {two.flash:,} | {two.flash - one.flash:,} | {one.cycles:,.0f} | {two.cycles:,.0f}"

    return f"| {name} | {stages_of(model.record)} |", figures


def main(arguments: list[str]) -> int:
    return table(arguments, (__doc__ or "").splitlines()[0], MARKS, HEAD, PIPELINES, _row)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
