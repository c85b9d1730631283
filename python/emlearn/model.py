"""What :func:`emlearn.convert` returns: predicts on the host, writes the header, checks itself.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.metaestimators import available_if

from . import compat, cpp, header, selftest
from .errors import InvalidInputError
from .files import write_whole
from .head import Head
from .inputs import Input
from .novelty import Novelty, check_reject, functions, scores_of
from .record import Record
from .registry import bulk_of, family_of

if TYPE_CHECKING:
    from .fit import Fit
    from .report.estimate import Estimate
    from .report.result import Bench
    from .report.summary import Summary
    from .report.verify import Report


def _offers(op: str) -> Callable[[Any], bool]:
    def check(model: Model) -> bool:
        if op in model.record.ops:
            return True
        raise AttributeError(f"this {model.record.task.kind} has no {op}(): it offers {', '.join(model.record.ops)}")

    return check


class Model(compat.OldNames):
    """A converted model.

    Attributes
    ----------
    record : Record
        The tables, as the device has them.
    head : Head
        Labels and names.
    input : Input
        The raw values it takes.
    estimator : object
        The estimator that it was made from, for :meth:`verify`.
    arguments : dict
        Those of :func:`emlearn.convert` that made it, for :meth:`again`; empty where it was made otherwise.
    facts : dict
        What converting found, for :meth:`describe`.
    """

    def __init__(
        self,
        record: Record,
        head: Head,
        source: Input,
        estimator: Any = None,
        arguments: Mapping[str, Any] | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        self.record = record
        self.head = head
        self.input = source
        self.estimator = estimator
        self.arguments = dict(arguments or {})
        self.facts = dict(facts or {})

    @property
    def n_features_in_(self) -> int:
        return self.input.n_features

    @property
    def classes_(self) -> Any:
        """Labels, as the estimator has them."""
        if not self.head.classes:
            raise AttributeError(f"a {self.record.task.kind} has no classes_")
        return self.head.classes[0] if self.record.task.n_outputs == 1 else list(self.head.classes)

    @available_if(_offers("predict"))
    def predict(self, X: Any) -> np.ndarray:
        """The estimator's own labels, values or component indices.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Raw values of the input's type.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
        """
        task = self.record.task
        values = self._quick("predict", X)
        if task.kind == "classifier":
            return self.head.decode(values, task)
        return values[:, 0] if task.n_outputs == 1 and task.kind != "multilabel" and not task.is_column else values

    @available_if(_offers("predict_std"))
    def predict_std(self, X: Any) -> np.ndarray:
        """The standard deviation of each prediction, in its shape: scikit-learn's ``predict(X, return_std=True)``."""
        values = self._quick("predict_std", X)
        return values[:, 0] if values.shape[1] == 1 else values

    @available_if(_offers("predict_proba"))
    def predict_proba(self, X: Any) -> Any:
        """Probabilities, shape (n_samples, n_classes); a list of them for a classifier with several outputs."""
        task = self.record.task
        values = self._quick("predict_proba", X)
        if task.kind == "classifier" and task.n_outputs > 1:
            return np.split(values, np.cumsum(task.n_classes)[:-1], axis=1)
        return values

    @available_if(_offers("decision_function"))
    def decision_function(self, X: Any) -> np.ndarray:
        """Decision values in scikit-learn's shape."""
        values = self._quick("decision_function", X)
        return values[:, 0] if values.shape[1] == 1 else values

    @available_if(_offers("score_samples"))
    def score_samples(self, X: Any) -> np.ndarray:
        """The log-likelihood of each row, shape (n_samples,)."""
        return self._quick("score_samples", X)[:, 0]

    @available_if(_offers("mahalanobis"))
    def mahalanobis(self, X: Any) -> np.ndarray:
        """The squared Mahalanobis distance of each row, shape (n_samples,)."""
        return self._quick("mahalanobis", X)[:, 0]

    @available_if(_offers("transform"))
    def transform(self, X: Any) -> np.ndarray:
        """The transformed rows, float32 of shape (n_samples, n_outputs)."""
        return self._quick("transform", X)

    def is_novel(self, X: Any, novelty: Novelty) -> np.ndarray:
        """Which rows score below the threshold of :func:`emlearn.calibrate_threshold`, bool of shape (n_samples,)."""
        return scores_of(self, novelty.op, self.input.check(X)) < np.float32(novelty.threshold)

    def predict_or_reject(self, X: Any, reject: float) -> np.ndarray:
        """The index of the most probable class of each row, -1 where it has less than this probability; shape (n_samples,)."""
        check_reject(reject, self.record.task, self.record.ops)
        proba = self._quick("predict_proba", X)
        return np.where(proba.max(axis=1) < np.float32(reject), -1, proba.argmax(axis=1))

    def _quick(self, op: str, X: Any) -> np.ndarray:
        """What :meth:`answer` gives, by the fastest way that the host has."""
        raw = self.input.check(X)
        answers = self.__dict__.setdefault("_answers", {})
        try:
            if op not in answers:
                answers[op] = bulk_of(self.record, op)
            found: np.ndarray = answers[op](raw)
        except ImportError:  # no compiled extension
            return self.answer(op, raw)
        return found

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_answers"}

    def answer(self, op: str, raw: np.ndarray) -> np.ndarray:
        """What the device writes for `op`, shape (n_samples, width), by the portable kernels compiled for the host.

        Without the compiled extension the numpy reference answers, with a warning.
        """
        family = family_of(self.record)
        try:
            return family.run(self.record, op, raw)
        except ImportError:
            warnings.warn(
                "emlearn's compiled kernels are not installed: the slower numpy reference predicts instead "
                "(install a C++ compiler, then: pip install --force-reinstall --no-binary emlearn emlearn)",
                RuntimeWarning,
                stacklevel=4,
            )
            return family.reference(self.record, op, raw)

    def save(
        self,
        file: str | os.PathLike[str] | None = None,
        name: str | None = None,
        *,
        bundle: bool = False,
        self_test: Any = None,
        novelty: Novelty | None = None,
        reject: float | None = None,
        **old: Any,
    ) -> str:
        """The header's text; also written to `file`, whole or not at all.

        Parameters
        ----------
        file : path, optional
            Ends in .h or .hpp.
        name : str, optional
            The C++ namespace; by default the file's stem, or ``model``.
        bundle : bool
            Paste in the library's headers, so that the file needs no include path (Arduino).
        self_test : array-like of shape (n_rows, n_features), optional
            Raw rows that ``int self_test()`` of the header answers on the device and compares with the estimator's answers: -1 where
            all are right, else the index of the first wrong row. See :func:`emlearn.selftest.make`.
        novelty : Novelty, optional
            A threshold of :func:`emlearn.calibrate_threshold`: adds ``float score(features)`` and ``bool is_novel(features)``.
        reject : float, optional
            Adds ``int predict_or_reject(features)``, -1 where the most probable class has less than this probability.
        **old
            Arguments of emlearn 0.23, see :func:`emlearn.compat.check_save`.

        Returns
        -------
        str
        """
        if old:
            compat.check_save(old, self.save)
        if file is not None and Path(file).suffix not in (".h", ".hpp"):
            raise InvalidInputError(compat.explain_file(file, name))
        if name is None:
            name = cpp.check_identifier("name (from the file's stem)", Path(file).stem) if file is not None else "model"
        cpp.check_identifier("name", name)
        facts = [f"{key}: {value}" for key, value in self.describe().items()]
        golden = None if self_test is None else selftest.make(self, self_test)
        if golden is not None:
            facts.append(f"self_test(): {golden.n_rows} rows, {golden.n_bytes} B")
        needed = self.record.needed
        unread = None if len(needed) == self.input.n_features else needed
        extras = functions(novelty, reject, self.record.task, self.record.ops, self.input)
        text = header.render(self.part(), self.head, self.input, name, facts, bundle, golden, unread, extras)
        if file is not None:
            write_whole(file, text)
        return text

    def part(self) -> cpp.Part:
        """The C++ of the model, before it is put into a header."""
        return family_of(self.record).emit(self.record)

    def describe(self) -> dict[str, Any]:
        """Facts for people: the kind of model and how large it is."""
        return {**family_of(self.record).describe(self.record), **self.facts}

    def verify(self, X: Any, y: Any = None, *, compile: bool = False, target: str | None = None) -> Report:
        """Compare with the estimator on all rows of X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Raw values.
        y : array-like, optional
            True labels or values: adds both scores to the report.
        compile : bool
            Ask the emitted header, compiled with the host's compiler, instead of the portable kernels.
        target : str, optional
            Ask the emitted header on this emulated chip, such as ``"avr-atmega328p"``.

        Returns
        -------
        Report
            Its ``ok`` tells; a mismatch raises nothing.
        """
        from .report.verify import verify

        return verify(self, X, y, compile=compile, target=target)

    def bench(
        self,
        X: Any,
        targets: Sequence[str] | str,
        y: Any = None,
        *,
        ops: Sequence[str] | None = None,
        optimize: Sequence[str] | None = None,
    ) -> Bench:
        """Flash, RAM, stack, cost and agreement on each target, by emulators, for all rows of X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Raw values.
        targets : sequence of str
            Such as ``["avr-atmega328p", "cortex-m0plus"]``; ``emlearn targets`` lists them.
        y : array-like, optional
            True labels or values: adds scores.
        ops : sequence of str, optional
            What is measured; ``predict`` (or ``transform``) by default.
        optimize : sequence of str, optional
            Measure the model converted again with each of these modes, instead of as it is.

        Returns
        -------
        Bench
            Its ``rows`` tell, also what failed; prints as a table, shows as HTML in a notebook.
        """
        from .report.bench import bench

        return bench(self, X, targets, y, ops=ops, optimize=optimize)

    def fit_to(self, *, data: Any, target: str, flash: int | None = None, ram: int | None = None, cycles: int | None = None) -> Fit:
        """The model that meets a budget and loses least: other encodings first, then narrower numbers, fewer splits and trees.

        Encodings lose nothing. Of a forest the trees are kept that the data prefer, of boosted trees the first rounds; the model that comes
        out is made from an estimator with just these, and :meth:`verify` compares it with that.

        Parameters
        ----------
        data : (X, y)
            Raw rows and their labels or values, which score what is tried: take rows that the estimator was not trained on.
        target : str
            The chip, such as ``"cortex-m0plus"``; its compiler must be installed, for `ram` and `cycles` its emulator too.
        flash, ram, cycles : int, optional
            The budget for ``predict``, at least one of them: bytes over the same firmware without a model, bytes static and on the stack,
            cycles (instructions, where the emulator counts these) of the slowest of the first 100 rows.

        Returns
        -------
        Fit
            Its ``model``, ``ok``, and ``steps``: what each thing that was tried costs, and its score. Where the budget cannot be
            met, ``ok`` is False and ``model`` the one that exceeds it least.
        """
        from .fit import fit_to

        return fit_to(self, data=data, target=target, flash=flash, ram=ram, cycles=cycles)

    def estimate(self, target: str, op: str | None = None) -> Estimate:
        """Flash and RAM on a chip, by calibration: no compiler is needed. :meth:`bench` measures them.

        Parameters
        ----------
        target : str
            Such as ``"avr-atmega328p"``.
        op : str, optional
            The operation that the firmware uses, by default the model's first; ``"all"`` for all of them.

        Returns
        -------
        Estimate
            Its ``flash``, ``ram``, ``stack``, ``fits``, and in ``off`` how far off `flash` may be.
        """
        from .report.estimate import estimate

        return estimate(self, target, op)

    def again(self, **changes: Any) -> Model:
        """The same estimator, converted with other arguments, such as ``optimize="size"``."""
        from .convert import convert

        if self.estimator is None:
            raise InvalidInputError("the model has no estimator to convert again")
        return convert(self.estimator, **{**self.arguments, **changes})

    def report(self) -> Summary:
        """Sizes per table, facts and operations; prints as text, shows as HTML in a notebook."""
        from .report.summary import Summary

        return Summary.of(self)

    def __repr__(self) -> str:
        facts = ", ".join(f"{key}={value}" for key, value in self.describe().items())
        return f"<emlearn model: {facts}>"
