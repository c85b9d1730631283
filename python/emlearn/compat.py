"""The calls of emlearn 0.23, in terms of this one; docs/coming-from-0.23.md is the table of them.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import os
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from .errors import InvalidInputError, UnsupportedError
from .inputs import C_TYPES
from .paths import get_include
from .record import Record
from .registry import shortens
from .version import __version__

#: Keyword arguments of 0.23's convert.
CONVERT = ("kind", "method", "dtype", "return_type", "use_fixedpoint")

#: Keyword arguments of 0.23's save.
SAVE = ("format", "inference", "include_proba")

#: 0.23's inference strategies: "pymodule" is from versions before it.
METHODS = {"inline": "speed", "loadable": "balanced", "pymodule": "balanced"}

_DTYPES = {c_type: dtype for dtype, c_type in C_TYPES.items()}
#: What 0.23 took as leaf_bits= for every estimator, besides 0.
_LEAF_BITS = (*range(1, 9), 32)


class CompatibilityWarning(UserWarning):
    """A call of emlearn 0.23 was understood, and its answer differs from what 0.23 gave."""


class UnknownArgumentError(InvalidInputError, TypeError):
    """A keyword argument that nothing takes."""


def translate(estimator: Any, old: dict[str, Any], input: str, optimize: str, leaf_bits: Any = None) -> tuple[str, str, Any]:
    """What 0.23's keyword arguments of ``convert`` say, as `input`, `optimize` and `leaf_bits`.

    Parameters
    ----------
    estimator : object
        What is being converted.
    old : dict
        The keyword arguments that this version's ``convert`` does not have.
    input, optimize : str
        As given to ``convert``: another value than the default must not contradict the old argument.
    leaf_bits : int or "auto", optional
        0 asked 0.23 for a vote of the trees.

    Raises
    ------
    InvalidInputError
        An unknown argument, an impossible value, or two that contradict each other.
    UnsupportedError
        ``use_fixedpoint=True``.
    """
    from .convert import convert

    _refuse_unknown("convert", old, CONVERT, convert)
    given = {name: value for name, value in old.items() if value is not None}
    if leaf_bits == 0:
        given["leaf_bits"] = leaf_bits
        leaf_bits = None
    _check_kind(estimator, given.get("kind"))
    _check_return_type(estimator, given.get("return_type"))
    if given.get("use_fixedpoint"):
        raise UnsupportedError("use_fixedpoint=True: give numeric='int8' and calibration=X for integers, or leave it out for float32")
    if "dtype" in given:
        input = _agree("dtype", given["dtype"], "input", _input_of(given["dtype"]), input, "float32")
    if "method" in given:
        if given["method"] not in METHODS:
            raise InvalidInputError(f"method={given['method']!r} is unknown: use optimize='speed' ('inline') or 'balanced' ('loadable')")
        optimize = _agree("method", given["method"], "optimize", METHODS[given["method"]], optimize, "balanced")
    if notes := _differences(_last(estimator), given, input, leaf_bits):
        shorter = "" if leaf_bits is None else f", leaf_bits={leaf_bits!r}"
        warnings.warn(
            f"{'; '.join(notes)}. This model answers as scikit-learn does{shorter and ', but for what leaf_bits= takes'}. "
            f"The same without this warning: convert(..., input={input!r}, optimize={optimize!r}{shorter})",
            CompatibilityWarning,
            stacklevel=3,
        )
    return input, optimize, leaf_bits


def without_leaves(estimator: Any, record: Record, leaf_bits: Any) -> Any:
    """`leaf_bits`, or None where the model has no leaves to shorten and 0.23 took the value without a word."""
    if leaf_bits not in _LEAF_BITS or shortens(record):
        return leaf_bits
    warnings.warn(
        f"leaf_bits={leaf_bits} changes nothing: {type(_last(estimator)).__name__} has no leaves that hold probabilities or values",
        CompatibilityWarning,
        stacklevel=3,
    )
    return None


def check_save(old: dict[str, Any], save: Callable[..., Any]) -> None:
    """Accept 0.23's keyword arguments of ``save`` where they ask for what a header is anyway.

    Raises
    ------
    InvalidInputError
        An unknown argument or value.
    UnsupportedError
        ``format="csv"``.
    """
    _refuse_unknown("save", old, SAVE, save)
    if old.get("format", "c") == "csv":
        raise UnsupportedError("format='csv': there is no model file to load at run time yet; save a header, format='c' or nothing")
    if old.get("format", "c") != "c":
        raise InvalidInputError(f"format={old['format']!r} is unknown: a C++ header is written; leave format= out")
    inference = old.get("inference")
    strategies = [inference] if isinstance(inference, str) else list(inference or ())
    if unknown := [strategy for strategy in strategies if strategy not in METHODS]:
        raise InvalidInputError(
            f"inference={inference!r}: {unknown} is unknown; leave it out, and use convert(..., optimize='speed') or 'balanced'"
        )
    if strategies:
        warnings.warn(
            f"inference={inference!r} changes nothing in save: one predict is written, in the form that "
            f"convert(..., optimize={METHODS[strategies[0]]!r}) chose",
            CompatibilityWarning,
            stacklevel=3,
        )


def explain_file(file: str | os.PathLike[str], name: str | None) -> str:
    """The message for a file name without .h or .hpp, which may be 0.23's first argument of ``save``: the name."""
    stem = Path(file).stem or "model"
    if name is not None and Path(name).suffix in (".h", ".hpp"):
        remedy = f"the file comes first, then the name: save(file={name!r}, name={stem!r})"
    else:
        remedy = f"use save('{stem}.hpp') to write a file, or save(name={stem!r}) to name the model only"
    return f"file={str(file)!r} does not end in .h or .hpp: {remedy}"


class _Gone:
    """A method of 0.23's models that has no counterpart: an AttributeError that says what to use."""

    def __init__(self, remedy: str) -> None:
        self.remedy = remedy

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> NoReturn:
        raise AttributeError(f"a model has no {self.name}: {self.remedy}")


class OldNames:
    """What 0.23's models had besides ``predict``, ``predict_proba``, ``score_samples`` and ``save``."""

    predict_log_proba = _Gone(
        "use np.log(model.predict_proba(X)); emlearn 0.23 gave a mixture's joint log density under this name, which is "
        "np.log(model.predict_proba(X)) + model.score_samples(X)[:, None]"
    )
    forest_ = _Gone("use model.record for the tables, emlearn.evaluate.trees for counts, estimator.estimators_ for the trees")


_MODULES = ("arduino", "bayes", "cgen", "common", "distance", "fixedpoint", "mixture", "neighbors", "net", "signal", "tools", "trees")


def old_attribute(name: str) -> Any:
    """An attribute of the package that is made when asked for: 0.23's names, and subpackages that nothing else imports."""
    if name == "includedir":
        return get_include()
    if name == "get_version":
        return lambda: __version__
    if name in ("pareto", "plot_pareto"):
        return getattr(importlib.import_module("emlearn.evaluate.pareto"), name)
    if name == "compress":
        return importlib.import_module("emlearn.compression").compress
    if name in ("evaluate", "preprocessing", "scorers"):
        return importlib.import_module(f"emlearn.{name}")
    if name in _MODULES:
        raise AttributeError(f"emlearn.{name} was a module of emlearn 0.23: docs/coming-from-0.23.md says what takes its place")
    raise AttributeError(f"module 'emlearn' has no attribute {name!r}")


def _refuse_unknown(function: str, old: dict[str, Any], legacy: Iterable[str], owner: Callable[..., Any]) -> None:
    parameters = inspect.signature(owner).parameters.values()
    known = [p.name for p in parameters if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD) and p.name not in ("self", "estimator")]
    for name in old:
        if name not in legacy:
            close = difflib.get_close_matches(name, [*known, *legacy], n=1)
            hint = f"did you mean {close[0]}=? " if close else ""
            raise UnknownArgumentError(
                f"{function}() has no argument {name}=: {hint}It takes {', '.join(known)}; and from emlearn 0.23 {', '.join(legacy)}"
            )


def _agree(old: str, value: Any, new: str, meaning: str, given: str, default: str) -> str:
    """`meaning`, unless the new argument was given too and says otherwise."""
    if given not in (default, meaning):
        raise InvalidInputError(f"{old}={value!r} means {new}={meaning!r}, but {new}={given!r} was given too: leave {old}= out")
    return meaning


def _input_of(dtype: Any) -> str:
    if isinstance(dtype, (type, np.dtype)):
        dtype = np.dtype(dtype).name
    name = _DTYPES.get(dtype, dtype) if isinstance(dtype, str) else None
    if name not in C_TYPES:
        raise InvalidInputError(f"dtype={dtype!r} is not a type of raw features: choose one of {', '.join(_DTYPES)}")
    return str(name)


def _check_kind(estimator: Any, kind: str | None) -> None:
    names = [cls.__name__ for cls in type(estimator).__mro__]
    if kind is not None and kind not in names:
        raise InvalidInputError(
            f"kind={kind!r}, but {names[0]} does not derive from a class of that name: leave kind= out (subclasses are recognised), "
            "or give the estimator that is wrapped"
        )


def _check_return_type(estimator: Any, return_type: str | None) -> None:
    from sklearn.base import is_classifier, is_regressor

    if return_type not in (None, "classifier", "regressor"):
        raise InvalidInputError(f"return_type={return_type!r} is unknown: leave it out, the estimator tells")
    name = type(estimator).__name__
    if return_type == "classifier" and is_regressor(estimator):
        raise InvalidInputError(
            f"return_type='classifier', but {name} is a regressor: leave it out, and compare predict() with a threshold"
        )
    if return_type == "regressor" and is_classifier(estimator):
        raise InvalidInputError(f"return_type='regressor', but {name} is a classifier: leave it out, and use predict_proba()")


def _last(estimator: Any) -> Any:
    return _last(estimator.steps[-1][1]) if hasattr(estimator, "steps") else estimator


def _has_trees(estimator: Any) -> bool:
    members = np.ravel(getattr(estimator, "estimators_", [estimator]))
    return any(hasattr(member, "tree_") for member in members)


def _differences(estimator: Any, given: dict[str, Any], input: str, leaf_bits: Any) -> list[str]:
    """What 0.23 did otherwise when called with these arguments."""
    name = type(estimator).__name__
    if not {"method", "dtype", "leaf_bits"} & set(given):
        return []
    if _has_trees(estimator):
        return [_tree_comparison(given, input), *([] if leaf_bits is not None else _tree_leaves(estimator, given))]
    notes = []
    if hasattr(estimator, "theta_"):
        notes.append("emlearn 0.23 left out the class priors of GaussianNB and computed in 16.16 fixed point")
    if input != "float32":
        notes.append(f"emlearn 0.23 ignored dtype= for {name} and took float; this model takes {C_TYPES[input]}")
    if "leaf_bits" in given:
        notes.append(f"leaf_bits= changes nothing: {name} has no leaves")
    return notes


def _tree_comparison(given: dict[str, Any], input: str) -> str:
    if "dtype" not in given:
        return f"emlearn 0.23 cut features and thresholds to int16_t without dtype=, and compared with <; this model takes {C_TYPES[input]}"
    if input.startswith("float"):
        return "emlearn 0.23 rounded thresholds to six decimals and compared with <, so that rows on a threshold went the other way"
    return (
        f"emlearn 0.23 cut features and thresholds to {C_TYPES[input]} and compared with <, which sent many rows another way; "
        "this model takes whole raw values (input_scale= and input_offset= make features of them)"
    )


def _tree_leaves(estimator: Any, given: dict[str, Any]) -> list[str]:
    if not hasattr(estimator, "classes_"):
        return ["leaf_bits= changes nothing: leaves are kept exact"] if "leaf_bits" in given else []
    old = "each of its trees voted for one class" if hasattr(estimator, "estimators_") else "its predict_proba gave 0 or 1"
    return [f"{old} (leaf_bits=0); here leaves keep their exact probabilities, which are averaged"]
