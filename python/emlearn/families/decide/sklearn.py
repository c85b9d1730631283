"""scikit-learn's estimators that make one answer of several models' answers.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import is_classifier, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.feature_selection import RFE
from sklearn.isotonic import IsotonicRegression
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier, _ConstantPredictor
from sklearn.preprocessing import FunctionTransformer, MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

from ...errors import UnsupportedError
from ...fitted import check_finite
from ...functions import KNOWN, name_of
from ...record import Answers, Chain, Parallel, Record, Task, mean_dtype
from ...registry import read
from ..linear.rest import joined
from .record import Decide

Ask = tuple[int, str, tuple[int, ...]]


def decide(rule: str, task: Task, offers: tuple[str, ...], n_inputs: int, table: Any = (), **fields: Any) -> Decide:
    """A rule with its table in both precisions."""
    exact = np.asarray(table, dtype=np.float64).ravel()
    with np.errstate(over="ignore"):
        return Decide("float32", n_inputs, task, rule, exact.astype(np.float32), offers, exact, **fields)


def _knots(owner: str, curves: Sequence[Any], remedy: str) -> dict[str, np.ndarray]:
    """X_thresholds_, y_thresholds_ of IsotonicRegressions, one curve after the other."""
    starts = np.cumsum([0] + [len(curve.X_thresholds_) for curve in curves])
    if starts[-1] >= 1 << 16:
        raise UnsupportedError(f"the {owner} has {starts[-1]} knots, and 65535 fit: {remedy}")
    with np.errstate(over="ignore"):
        knots = np.hstack([[curve.X_thresholds_, curve.y_thresholds_] for curve in curves]).astype(np.float32)
    return {"knots": knots, "starts": starts.astype(np.uint16)}


def read_curve(estimator: IsotonicRegression) -> Decide:
    """X_thresholds_, y_thresholds_ (n_knots,); outside of them ``out_of_bounds``."""
    beyond = estimator.out_of_bounds
    if beyond == "raise":
        raise UnsupportedError("IsotonicRegression(out_of_bounds='raise'): a device cannot raise errors; fit with 'clip' or 'nan'")
    knots = _knots("IsotonicRegression", [estimator], "fit on rounded values")
    x = np.asarray(estimator.X_thresholds_, dtype=np.float64)
    check_finite("IsotonicRegression", X_thresholds_=x, y_thresholds_=estimator.y_thresholds_)
    # A curve of one knot is level everywhere. The limits are the outermost floats within.
    with np.errstate(over="ignore"):  # told by finish
        limits = [least_float(x[0], strict=False), -least_float(-x[-1], strict=False)] if beyond == "nan" and len(x) > 1 else []
    task = Task("regressor", answers=str(np.asarray(estimator.X_thresholds_).dtype))
    return decide("curve", task, ("predict", "transform"), 1, limits, **knots)


def least_float(threshold: float, strict: bool) -> float:
    """The least float32 that is at least (strict: above) `threshold`."""
    near = np.float32(threshold)
    if float(near) < threshold or (strict and float(near) <= threshold):
        near = np.nextafter(near, np.float32(np.inf))
    return float(near)


def member_of(owner: str, estimator: Any) -> Record:
    """The record of a model inside another; the message of a refusal says in which."""
    from ..compose.columns import behind  # which itself puts rules of this family behind others

    if isinstance(estimator, _ConstantPredictor):
        return read_constant_predictor(estimator)
    try:
        if isinstance(estimator, RFE):  # it predicts, too: by a model of the features that it chose
            record = behind(read(estimator.estimator_), estimator.get_support(indices=True), int(estimator.n_features_in_))
        else:
            record = read(estimator)
    except UnsupportedError as error:
        raise UnsupportedError(f"a model of the {owner}: {error}") from None
    if record.task.kind == "transformer":
        raise UnsupportedError(
            f"a model of the {owner} is a {type(estimator).__name__}, of which only transform is read, not predict: "
            "put what predicts behind it, in a Pipeline"
        )
    if record.task.kind == "classifier" and record.task.n_outputs == 1 and record.task.width("predict_proba") < record.task.n_classes[0]:
        raise UnsupportedError(f"a model of the {owner} has an outlier_label that is no class: fit it with outlier_label='most_frequent'")
    return record


def ask(owner: str, record: Record, number: int, op: str, columns: tuple[int, ...] | None = None) -> Ask:
    """An ask of a member, all its values unless `columns` says which; refused where it has no kernel for that."""
    if op not in record.ops:
        model = getattr(record, "estimator", type(record).__name__)
        raise UnsupportedError(f"the {owner} needs {op} of its {model} models, which offer {', '.join(record.ops)}: fit it with others")
    return number, op, tuple(range(record.task.width(op))) if columns is None else columns


def _score(owner: str, estimator: Any, record: Record, number: int) -> Ask:
    """What scikit-learn's ``_predict_binary`` takes of a binary model."""
    if isinstance(estimator, _ConstantPredictor) or is_regressor(estimator):
        return number, "predict", (0,)
    if hasattr(estimator, "decision_function"):
        return ask(owner, record, number, "decision_function", (0,))
    return ask(owner, record, number, "predict_proba", (1,))


def _limit(estimator: Any) -> float:
    """scikit-learn's ``_threshold_for_binary_predict``; a label that all rows had is told by no classifier."""
    return 0.0 if hasattr(estimator, "decision_function") and is_classifier(estimator) else 0.5


def read_rest(estimator: OneVsRestClassifier) -> Record:
    """One model per class, or per label; of two classes one. Linear ones are one model of all classes."""
    owner, models = "OneVsRestClassifier", estimator.estimators_
    members = tuple(member_of(owner, model) for model in models)
    if not estimator.multilabel_ and (whole := joined(owner, members, estimator.classes_)) is not None:
        return whole
    n = len(models)
    scores = [_score(owner, model, member, k) for k, (model, member) in enumerate(zip(models, members, strict=True))]
    asks = {"predict": scores}
    first = next((model for model in models if not isinstance(model, _ConstantPredictor)), models[0])
    if hasattr(first, "predict_proba"):
        asks["predict_proba"] = [ask(owner, member, k, "predict_proba", (1,)) for k, member in enumerate(members)]
    if hasattr(first, "decision_function"):
        asks["decision_function"] = scores
    limit = least_float(_limit(models[0]), strict=True)  # of all labels, also where that of the first is a constant's
    if estimator.multilabel_:
        last = decide("labels", Task("multilabel", n), tuple(asks), n, [limit])
    elif n == 1:
        last = decide("rest", Task("classifier", 1, (2,)), tuple(asks), 1, [limit])
    else:
        last = decide("rest", Task("classifier", 1, (n,), widths=(("decision_function", n),)), tuple(asks), n)
    return Chain.of(Answers.of(members, asks), last)


def read_constant_predictor(estimator: Any) -> Decide:
    """The label that all rows had."""
    label = float(np.ravel(estimator.y_)[0])
    return _constant(estimator, Task("classifier", 1, (2,)), np.array([1 - label, label]), ("predict", "predict_proba"))


def _constant(estimator: Any, task: Task, table: np.ndarray, offers: tuple[str, ...]) -> Decide:
    check_finite(type(estimator).__name__, constant=table)
    return decide("constant", task, offers, int(getattr(estimator, "n_features_in_", 1)), table)


def read_pairs(estimator: OneVsOneClassifier) -> Record:
    """One model per pair of classes: its vote, and its confidence to part equals."""
    owner, models, n = "OneVsOneClassifier", estimator.estimators_, len(estimator.classes_)
    if is_regressor(models[0]):
        raise UnsupportedError("OneVsOneClassifier of regressors: their values are no votes; use classifiers")
    if getattr(estimator, "pairwise_indices_", None) is not None:
        raise UnsupportedError("OneVsOneClassifier on a precomputed kernel takes rows of that kernel: fit on the features")
    members = tuple(member_of(owner, model) for model in models)
    asks = [ask(owner, member, k, "predict", (0,)) for k, member in enumerate(members)]
    asks += [_score(owner, model, member, k) for k, (model, member) in enumerate(zip(models, members, strict=True))]
    task = Task("classifier", 1, (n,), widths=(("decision_function", n if n > 2 else 1),))
    offers = ("predict", "decision_function")
    last = decide("pairs", task, offers, len(asks), [least_float(_limit(models[0]), strict=True)])
    return Chain.of(Answers.of(members, dict.fromkeys(offers, asks)), last)


def read_code(estimator: OutputCodeClassifier) -> Record:
    """The class whose code word is nearest to the models' scores."""
    owner, models = "OutputCodeClassifier", estimator.estimators_
    members = tuple(member_of(owner, model) for model in models)
    asks = [_score(owner, model, member, k) for k, (model, member) in enumerate(zip(models, members, strict=True))]
    task = Task("classifier", 1, (len(estimator.classes_),))
    return Chain.of(Answers.of(members, {"predict": asks}), decide("code", task, ("predict",), len(models), estimator.code_book_))


def read_threshold(estimator: Any) -> Record:
    """A score of the positive class against a threshold; the probabilities stay as they are."""
    owner = type(estimator).__name__
    model, classes = estimator.estimator_, estimator.classes_
    member = member_of(owner, model)
    method = estimator.response_method
    if method == "auto":
        method = "predict_proba" if hasattr(model, "predict_proba") else "decision_function"
    label = estimator._curve_scorer._get_pos_label() if hasattr(estimator, "_curve_scorer") else estimator.pos_label
    positive = 1 if label is None else int(np.flatnonzero(classes == label)[0])
    limit = estimator.best_threshold_ if hasattr(estimator, "best_threshold_") else estimator.threshold
    limit = (0.5 if method == "predict_proba" else 0.0) if isinstance(limit, str) else float(limit)
    sign = -1.0 if method == "decision_function" and positive == 0 else 1.0
    asks = {"predict": [ask(owner, member, 0, method, (positive,) if method == "predict_proba" else (0,))]}
    for op in ("predict_proba", "decision_function"):
        if hasattr(model, op) and op in member.ops:
            asks[op] = [ask(owner, member, 0, op)]
    task, order = Task("classifier", 1, (2,)), (1 - positive, positive)
    last = decide("threshold", task, tuple(asks), 1, [least_float(limit, strict=False)], order=order, sign=sign)
    return Chain.of(Answers.of((member,), asks), last)


def read_calibrated(estimator: CalibratedClassifierCV) -> Record:
    """The mean over its calibrated classifiers."""
    members = tuple(_calibrated(one, len(estimator.classes_)) for one in estimator.calibrated_classifiers_)
    if len(members) == 1:
        return members[0]
    weights = np.full(len(members), 1 / len(members), dtype=np.float32)
    return Parallel("float32", members[0].n_features, members[0].task, members, "mean", weights)


def _calibrated(one: Any, n: int) -> Record:
    owner, model, curves = "CalibratedClassifierCV", one.estimator, one.calibrators
    if one.method not in ("sigmoid", "isotonic"):
        raise UnsupportedError(f"CalibratedClassifierCV(method={one.method!r}) has no kernel: fit with 'sigmoid' or 'isotonic'")
    if len(model.classes_) != n:
        raise UnsupportedError("a fold of the CalibratedClassifierCV lacks a class: fit with more rows of it, or with fewer folds")
    member = member_of(owner, model)
    if hasattr(model, "decision_function"):
        asks = ask(owner, member, 0, "decision_function")
    else:
        asks = ask(owner, member, 0, "predict_proba", (1,) if n == 2 else None)
    task, offers = Task("classifier", 1, (n,)), ("predict", "predict_proba")
    if one.method == "sigmoid":
        table = [curve.a_ for curve in curves] + [curve.b_ for curve in curves]
        last = decide("sigmoid", task, offers, len(curves), table)
    else:
        last = decide("isotonic", task, offers, len(curves), (), **_knots("isotonic calibration", curves, "calibrate with 'sigmoid'"))
    return Chain.of(Answers.of((member,), {op: [asks] for op in offers}), last)


def read_target(estimator: TransformedTargetRegressor) -> Record:
    """The regressor, then the inverse of what was done to the target: an affine scaler, or a known function."""
    record, transformer = member_of("TransformedTargetRegressor", estimator.regressor_), estimator.transformer_
    if record.task.n_outputs != 1:
        raise UnsupportedError("TransformedTargetRegressor of several targets: fit one for each")
    scale, offset, function = _inverse(transformer)
    check_finite("TransformedTargetRegressor.transformer_", scale=np.array(scale), offset=np.array(offset))
    task = Task("regressor", answers=mean_dtype(record), is_column=getattr(estimator, "_training_dim", 1) == 2)
    last = decide("target", task, ("predict",), 1, [scale, offset], function=function)
    return Chain.of(Answers.of((record,), {"predict": [(0, "predict", (0,))]}), last)


def _inverse(transformer: Any) -> tuple[float, float, str]:
    """(scale, offset, function) of the inverse transform."""
    if isinstance(transformer, FunctionTransformer):
        name = name_of(transformer.inverse_func)
        if name is None:
            raise UnsupportedError(f"the target's inverse function {transformer.inverse_func!r} has no kernel; these have: {KNOWN}")
        return 1.0, 0.0, name
    scalers: dict[type, tuple[str, str]] = {
        StandardScaler: ("scale_", "mean_"),
        RobustScaler: ("scale_", "center_"),
        MaxAbsScaler: ("scale_", ""),
    }
    for cls, (scale, offset) in scalers.items():
        if isinstance(transformer, cls):
            factor, shift = getattr(transformer, scale), getattr(transformer, offset, None)
            return float(np.ravel(1.0 if factor is None else factor)[0]), float(np.ravel(0.0 if shift is None else shift)[0]), "identity"
    if isinstance(transformer, MinMaxScaler):
        factor = 1 / float(transformer.scale_[0])
        return factor, -float(transformer.min_[0]) * factor, "identity"
    raise UnsupportedError(f"the target's transformer {type(transformer).__name__} has no inverse here: use a scaler or a numpy function")


def read_dummy_classifier(estimator: DummyClassifier) -> Decide:
    """The commonest class, the priors, or a given class."""
    if estimator.n_outputs_ != 1:
        raise UnsupportedError("DummyClassifier of several outputs: fit one for each")
    if estimator.strategy not in ("most_frequent", "prior", "constant"):
        raise UnsupportedError(f"DummyClassifier(strategy={estimator.strategy!r}) draws random numbers: use 'prior' or 'constant'")
    prior = np.asarray(estimator.class_prior_, dtype=np.float64)
    chosen = (
        np.argmax(prior) if estimator.strategy != "constant" else np.flatnonzero(estimator.classes_ == np.ravel(estimator.constant)[0])[0]
    )
    table = prior if estimator.strategy == "prior" else np.eye(len(prior))[chosen]
    label = estimator.constant if estimator.strategy == "constant" else [estimator.classes_[chosen]]
    task = Task("classifier", 1, (len(prior),), answers=np.asarray(label).dtype.str)  # texts are as wide as this label
    return _constant(estimator, task, table, ("predict", "predict_proba"))


def read_dummy_regressor(estimator: DummyRegressor) -> Decide:
    """The constant."""
    table = np.ravel(np.asarray(estimator.constant_, dtype=np.float64))
    return _constant(estimator, Task("regressor", len(table), answers=str(np.asarray(estimator.constant_).dtype)), table, ("predict",))


READERS: dict[type, Any] = {
    OneVsRestClassifier: read_rest,
    OneVsOneClassifier: read_pairs,
    OutputCodeClassifier: read_code,
    CalibratedClassifierCV: read_calibrated,
    TransformedTargetRegressor: read_target,
    IsotonicRegression: read_curve,
    DummyClassifier: read_dummy_classifier,
    DummyRegressor: read_dummy_regressor,
}
_selection = importlib.import_module("sklearn.model_selection")
for _name in ("FixedThresholdClassifier", "TunedThresholdClassifierCV"):  # since scikit-learn 1.5
    if hasattr(_selection, _name):
        READERS[getattr(_selection, _name)] = read_threshold
