"""Writes the table of supported estimators into README.md and docs/index.md, from the registry.

    python tools/generate_tables.py           # rewrite what stands between the marks
    python tools/generate_tables.py --check   # exit code 1 where a file is out of date
    python tools/generate_tables.py --figures out/watch/figures.md   # and what `make demo` measured, into README.md

Each class is fitted and converted once, so that the table says what its header offers.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import argparse
import importlib
import sys
import warnings
from pathlib import Path
from typing import Any

import emlearn
import numpy as np
from emlearn import registry
from emlearn.head import LIBRARIES
from emlearn.record import Record
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_iris
from sklearn.ensemble import StackingClassifier, StackingRegressor, VotingClassifier, VotingRegressor
from sklearn.feature_selection import RFE, RFECV, SelectFromModel, SequentialFeatureSelector
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.impute import MissingIndicator
from sklearn.linear_model import LogisticRegressionCV, SGDClassifier
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor, RegressorChain
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import LocalOutlierFactor, RadiusNeighborsClassifier
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

ROOT = Path(__file__).resolve().parents[1]
SUPPORTED = "<!-- supported estimators: tools/generate_tables.py -->", "<!-- end of supported estimators -->"
FIGURES = "<!-- figures: make demo, tools/generate_tables.py -->", "<!-- end of figures -->"

#: The files, and what leads from each to docs/models/.
FILES = {"README.md": "docs/models/", "docs/index.md": "models/"}

#: Classes that cannot be made without arguments, or say more with some.
EXAMPLES = {
    Pipeline: lambda: Pipeline([("scale", StandardScaler()), ("tree", DecisionTreeClassifier())]),
    GaussianProcessRegressor: lambda: GaussianProcessRegressor(alpha=0.1),
    VotingClassifier: lambda: VotingClassifier([("tree", DecisionTreeClassifier()), ("bayes", GaussianNB())], voting="soft"),
    ColumnTransformer: lambda: ColumnTransformer([("scale", StandardScaler(), [0, 1])]),
    FeatureUnion: lambda: FeatureUnion([("scale", StandardScaler())]),
    GridSearchCV: lambda: GridSearchCV(DecisionTreeClassifier(), {"max_depth": [2]}),
    RandomizedSearchCV: lambda: RandomizedSearchCV(DecisionTreeClassifier(), {"max_depth": [2]}, n_iter=1),
    SelectFromModel: lambda: SelectFromModel(DecisionTreeClassifier()),
    LocalOutlierFactor: lambda: LocalOutlierFactor(novelty=True),
    RadiusNeighborsClassifier: lambda: RadiusNeighborsClassifier(outlier_label="most_frequent"),
    MissingIndicator: lambda: MissingIndicator(features="all"),
    RFE: lambda: RFE(DecisionTreeClassifier()),
    RFECV: lambda: RFECV(DecisionTreeClassifier()),
    StackingClassifier: lambda: StackingClassifier([("bayes", GaussianNB())], GaussianNB(), cv=2),
    StackingRegressor: lambda: StackingRegressor([("tree", DecisionTreeRegressor())], DecisionTreeRegressor(), cv=2),
    VotingRegressor: lambda: VotingRegressor([("tree", DecisionTreeRegressor())]),
    OneVsOneClassifier: lambda: OneVsOneClassifier(GaussianNB()),
    OneVsRestClassifier: lambda: OneVsRestClassifier(GaussianNB()),
    OutputCodeClassifier: lambda: OutputCodeClassifier(GaussianNB()),
    CalibratedClassifierCV: lambda: CalibratedClassifierCV(GaussianNB(), cv=2),
    TransformedTargetRegressor: lambda: TransformedTargetRegressor(DecisionTreeRegressor(), transformer=StandardScaler()),
    ClassifierChain: lambda: ClassifierChain(GaussianNB()),
    RegressorChain: lambda: RegressorChain(DecisionTreeRegressor()),
    MultiOutputClassifier: lambda: MultiOutputClassifier(GaussianNB()),
    MultiOutputRegressor: lambda: MultiOutputRegressor(DecisionTreeRegressor()),
    SelfTrainingClassifier: lambda: SelfTrainingClassifier(GaussianNB()),
    SequentialFeatureSelector: lambda: SequentialFeatureSelector(DecisionTreeClassifier(), n_features_to_select=1),
    SGDClassifier: lambda: SGDClassifier(loss="log_loss"),
    **{cls: lambda cls=cls: cls(2) for cls in (GaussianRandomProjection, SparseRandomProjection)},
    LogisticRegressionCV: lambda: LogisticRegressionCV(Cs=2, cv=2),  # soon fitted
}

#: The same by name, for classes that not every version of scikit-learn has.
EXAMPLES_BY_NAME = {
    "HalvingGridSearchCV": lambda cls: cls(DecisionTreeClassifier(), {"max_depth": [2]}),
    "HalvingRandomSearchCV": lambda cls: cls(DecisionTreeClassifier(), {"max_depth": [2, 3]}, n_candidates=2),
    "FrozenEstimator": lambda cls: cls(DecisionTreeClassifier().fit(*load_iris(return_X_y=True))),
    "FixedThresholdClassifier": lambda cls: cls(GaussianNB()),
    "TunedThresholdClassifierCV": lambda cls: cls(GaussianNB()),
}

#: What is fitted on two classes, or on several outputs, by the name of the class.
TARGETS = {
    "FixedThresholdClassifier": lambda y: y == 1,
    "TunedThresholdClassifierCV": lambda y: (y == 1).astype(int),
    **dict.fromkeys(
        ("ClassifierChain", "RegressorChain", "MultiOutputClassifier", "MultiOutputRegressor"), lambda y: np.eye(3, dtype=int)[y][:, :2]
    ),
}


#: What a class that is made of others is for.
NOTES = {
    Pipeline: "transformers, then an estimator of this table",
    VotingClassifier: "soft or hard votes of classifiers of this table",
    ColumnTransformer: "transformers of this table, each on its columns",
    FeatureUnion: "transformers of this table side by side",
}
NOTES |= {cls: "its `best_estimator_`" for cls in registry.readers() if cls.__name__.endswith("SearchCV")}


#: Boosting libraries that are read too, by their module.
BOOSTERS = ("xgboost", "lightgbm", "catboost")


def table(pages: str) -> str:
    """The table in Markdown; `pages` leads to docs/models/."""
    lines = ["| estimator | functions of the header | compared with scikit-learn | page |", "|---|---|---|---|"]
    rows: dict[tuple[str, str], list[str]] = {}  # what classes of a family have in common, and their names
    for family in registry.FAMILIES:
        for cls in registry._readers_of(family, "sklearn"):
            if cls.__name__.startswith("_"):
                continue  # what a public class of this table is made of
            record = _record(cls)
            functions = ", ".join(f"`{op}`" for op in record.ops)
            note = f": {NOTES[cls]}" if cls in NOTES else ""
            rest = f"{functions} | {_promise(record, cls)} | [{family}]({pages}{family}.md) |"
            rows.setdefault((rest, note), []).append(f"`{cls.__name__}`")
    lines += [f"| {', '.join(names)}{note} | {rest}" for (rest, note), names in rows.items()]
    lines += [_library(name, pages) for name in BOOSTERS]
    lines.append(
        "| Keras 3: `Sequential` and functional models of one path; PyTorch: `nn.Sequential` | `predict`; "
        "with softmax or sigmoid also `predict_proba` | "
        f"class equal, outside a stated margin; numbers within a stated bound | [networks]({pages}networks.md) |"
    )
    lines.append(
        "| TensorFlow Lite: files in int8 of one path | `predict`; with softmax or logistic also `predict_proba` | "
        f"equal to the interpreter's reference kernels to the bit | [tflite]({pages}tflite.md) |"
    )
    return "\n".join(lines)


def _library(name: str, pages: str) -> str:
    """The row of a boosting library: its classes, which its reader names."""
    importlib.import_module(name)
    names = sorted({f"`{cls.__name__}`" for cls in registry._readers_of("ensembles", name)})
    functions = "`predict`; classifiers also `predict_proba`, `decision_function` (margins)"
    promise = "class equal, ties apart; numbers within a stated bound"
    return f"| {LIBRARIES[name]}: {', '.join(names)}, and its model files | {functions} | {promise} | [ensembles]({pages}ensembles.md) |"


def _record(cls: type) -> Record:
    X, y = load_iris(return_X_y=True)
    X = np.rint(10 * X) if cls.__name__ in ("OneHotEncoder", "OrdinalEncoder", "TargetEncoder") else X
    X = X[:, :1] if cls.__name__ == "IsotonicRegression" else X
    y = TARGETS.get(cls.__name__, lambda y: y + 1)(y)  # some regressors take no zero
    by_name = EXAMPLES_BY_NAME.get(cls.__name__)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # networks that stop early, selectors that have too few features to drop, deprecated classes
        estimator: Any = by_name(cls) if by_name else EXAMPLES.get(cls, cls)()
        several = cls.__name__.startswith("MultiTask") or cls.__name__ in ("CCA", "PLSCanonical", "PLSSVD")
        return emlearn.convert(estimator.fit(X, np.column_stack([y, X[:, 0]]) if several else y)).record


def _promise(record: Record, cls: type) -> str:
    if cls in NOTES:
        return "as its members"
    if not record.task.is_discrete or "predict" not in record.ops:
        return "numbers within a stated bound"
    word = "component" if record.task.kind == "mixture" else "class"
    return f"{word} equal, {'ties apart' if record.exact else 'outside a stated margin'}; numbers within a stated bound"


def updated(text: str, marks: tuple[str, str], new: str) -> str:
    """`text` with what stands between the marks replaced."""
    before, found, rest = text.partition(marks[0])
    _, closed, after = rest.partition(marks[1])
    if not found or not closed:
        raise SystemExit(f"the marks are missing: {marks[0]} and {marks[1]}")
    return f"{before}{marks[0]}\n{new}\n{marks[1]}{after}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 where a file is out of date")
    parser.add_argument("--figures", type=Path, help="figures.md of the demo")
    options = parser.parse_args(arguments)
    stale = []
    for name, pages in FILES.items():
        file = ROOT / name
        text = file.read_text(encoding="utf-8")
        new = updated(text, SUPPORTED, table(pages))
        if options.figures and FIGURES[0] in text:
            new = updated(new, FIGURES, options.figures.read_text(encoding="utf-8").strip())
        if new != text:
            stale.append(name)
            if not options.check:
                file.write_text(new, encoding="utf-8")
    if stale:
        print(f"{'out of date' if options.check else 'rewritten'}: {', '.join(stale)}")
    return int(bool(stale) and options.check)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
