"""What :func:`emlearn.convert` returns: predicts on the host, writes the header, checks itself.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import compat, cpp, header, selftest
from .answers import Answers
from .errors import InvalidInputError
from .files import write_whole
from .head import Head
from .inputs import Input
from .novelty import Novelty, functions
from .record import Record
from .registry import family_of

if TYPE_CHECKING:
    from .fit import Fit
    from .report.estimate import Estimate
    from .report.result import Bench
    from .report.summary import Summary
    from .report.verify import Report


class Model(Answers, compat.OldNames):
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
