"""Puts a part and a head together: the text of one C++ header.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import jinja2
import numpy as np

from . import cpp, labels
from .head import Head
from .inputs import Input
from .paths import get_include
from .selftest import SelfTest
from .version import __version__

_DOCS: dict[str, str | dict[str, str]] = {
    "predict": {
        "classifier": "The index of the class; label_of() gives its label.",
        "multi": "The index of the class, per output.",
        "multilabel": "1 where a label applies, else 0, per label.",
        "regressor": "The predicted value (out: one per output).",
        "mixture": "The index of the most likely component.",
        "clusterer": "The index of the cluster.",
        "detector": "+1 for a row like those of the training, -1 for one that is not.",
    },
    "predict_proba": "The probability of each class (several outputs: one after the other); out has n_classes values.",
    "decision_function": "The decision values, as scikit-learn's decision_function; out has one per column.",
    "score_samples": "The score of the row (a mixture's: its log-likelihood); out has 1 value.",
    "predict_std": "The standard deviation of the prediction; out has one value per output.",
    "mahalanobis": "The squared Mahalanobis distance of the row; out has 1 value.",
    "transform": "The transformed row; out has one value per column.",
}


def render(
    part: cpp.Part,
    head: Head,
    source: Input,
    name: str,
    facts: Sequence[str] = (),
    bundle: bool = False,
    self_test: SelfTest | None = None,
    needed: np.ndarray | None = None,
    extras: str = "",
) -> str:
    """The header of a model.

    Parameters
    ----------
    part : Part
    head : Head
        Labels and feature names.
    source : Input
        The raw values that the public functions take.
    name : str
        The namespace; checked by the caller.
    facts : sequence of str
        Further lines of the preamble.
    bundle : bool
        Whether the library's own headers are pasted in, so that nothing else need be on the include path.
    self_test : SelfTest, optional
        Golden rows and the function that checks them on the device.
    needed : ndarray of int, optional
        The raw features that are read, where these are not all of them.
    extras : str
        Further functions, from :func:`emlearn.novelty.functions`.

    Returns
    -------
    str
        The text, the same for the same arguments.
    """
    members = {"n_features", "n_outputs", "n_classes", "feature", "needs", "detail", "label_of", "features", "out", name}
    members |= {"self_test", "golden", "golden_row", "golden_index", "golden_answer", "golden_right"}
    members |= {"score", "is_novel", "predict_or_reject"}
    members |= {function.op for function in part.functions}
    task, part = part.task, complete(part, head)
    tables = part.all_tables
    includes = part.all_includes + (["emlearn/selftest.hpp"] if self_test else [])
    includes += ["emlearn/join.hpp"] if extras and "emlearn/join.hpp" not in includes else []
    return _template().render(
        title=f"{name}: {cpp.comment_text(head.estimator)}",
        preamble=_preamble(tables, head, source, facts, needed),
        needs="" if needed is None else needs(needed, source.n_features),
        guard=f"EMLEARN_MODEL_{name}_HPP",
        includes=_bundled(includes) if bundle else [f"#include <{include}>" for include in includes],
        version=__version__,
        version_series=_series(__version__),
        name=name,
        n_features=source.n_features,
        n_outputs=task.n_outputs,
        n_classes=task.width("predict_proba") if task.kind == "multilabel" else sum(task.n_classes),
        feature_names=cpp.identifiers(head.feature_names, members),
        part=part,
        label_of=labels.function(head, task),
        total_bytes=sum(table.n_bytes for table in tables) + (self_test.n_bytes if self_test else 0),
        self_test=self_test.text if self_test else "",
        extras=extras,
        input_type=source.c_type,
        docs={function.op: _doc(function.op, part) for function in part.functions},
    )


def complete(part: cpp.Part, head: Head) -> cpp.Part:
    """A model's part with the tables of its labels."""
    found = labels.tables(head, part.task)
    if not found:
        return part
    return dataclasses.replace(part, children=(*part.children, ("labels", cpp.Part(part.task, functions=(), tables=found))))


def needs(needed: np.ndarray, n_features: int) -> str:
    """The body of ``needs``: whether a feature is among `needed`, 32 of them per word."""
    words = np.zeros(-(-n_features // 32), dtype=np.uint32)
    np.bitwise_or.at(words, needed // 32, np.uint32(1) << (needed % 32).astype(np.uint32))
    choice = "false"
    for k in range(len(words) - 1, -1, -1):
        bit = f"feature - {32 * k}" if k else "feature"
        word = f"((0x{words[k]:x}ul >> ({bit})) & 1ul) != 0" if words[k] else "false"
        choice = f"feature < {min(32 * (k + 1), n_features)} ? {word} : {choice}"
    return f"return feature >= 0 && ({choice});"


@functools.cache
def _template() -> jinja2.Template:
    text = resources.files("emlearn").joinpath("templates/model.hpp.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)
    environment.globals.update(
        signature=cpp.Signature.of,
        ctype=lambda values: cpp.SCALAR_TYPES[values.dtype.name],
        literals=cpp.array_literal,
    )
    return environment.from_string(text)


def _series(version: str) -> int:
    major, minor = re.match(r"(\d+)\.(\d+)", version).groups()  # type: ignore[union-attr]
    return int(major) * 100 + int(minor)


def _doc(op: str, part: cpp.Part) -> str:
    doc = _DOCS[op]
    if isinstance(doc, str):
        return doc
    kind = "multi" if part.task.kind == "classifier" and part.task.n_outputs > 1 else part.task.kind
    return doc[kind]


def _preamble(tables: Sequence[cpp.Table], head: Head, source: Input, facts: Sequence[str], needed: np.ndarray | None) -> list[str]:
    made = ", ".join(f"{library} {version}" for library, version in head.versions.items())
    lines = [f"Generated by emlearn {__version__} from {made}; do not edit, convert again.", ""]
    lines.append(f"Input: {source.n_features} features, raw type {source.c_type}" + _scaling(source))
    if head.feature_names:
        lines.append("Features: " + cpp.comment_text(", ".join(head.feature_names)))
    if needed is not None:
        which = ", ".join(head.feature_names[k] if head.feature_names else str(k) for k in needed)
        lines.append(cpp.comment_text(f"Needed: {len(needed)} of {source.n_features} features, the others are never read: {which}"))
    lines += [cpp.comment_text(fact) for fact in facts]
    lines.append("Tables: " + ", ".join(f"{t.name} {t.n_bytes} B" for t in tables) + f"; {sum(t.n_bytes for t in tables)} B in all")
    return [line if len(line) < 400 else line[:397] + "..." for line in lines]


def _scaling(source: Input) -> str:
    parts = []
    if not source.is_identity:
        parts.append(f"feature = raw * {_brief(source.scale)} + {_brief(source.offset)}")
    if source.missing is not None:
        parts.append(f"missing = {source.missing}")
    return "".join(f"; {part}" for part in parts)


def _brief(values: np.ndarray) -> str:
    return f"{float(values[0])!r}" if np.all(values == values[0]) else "(one value per feature)"


_INCLUDE = re.compile(r'#include "([^"]+)"\Z')


def _bundled(includes: Sequence[str]) -> list[str]:
    """The library headers behind `includes`, each once, a header after those that it needs.

    A header that another one includes under a condition (a core's own kernel) is pasted where it is included.
    """
    root = Path(get_include()).resolve()
    done: dict[Path, str] = {}

    def visit(path: Path) -> None:
        if path not in done:
            text = pasted(path)
            done.setdefault(path, text)

    def pasted(path: Path) -> str:
        kept, depth = [], 0  # the guard is the first level
        for line in path.read_text(encoding="utf-8").splitlines():
            depth += line.startswith("#if") - line.startswith("#endif")
            needed = _INCLUDE.match(line)
            if not needed:
                kept.append(line)
            elif depth > 1:
                kept.append(pasted((path.parent / needed[1]).resolve()))
            else:
                visit((path.parent / needed[1]).resolve())
        return "\n".join(kept)

    for include in includes:
        visit((root / include).resolve())
    return [f"// ---- {path.relative_to(root)}\n{text}\n" for path, text in done.items()]
