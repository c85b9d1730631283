"""Estimators from files: known by content, read safely, and refused in words when corrupt, foreign or without an estimator.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import sys
import zipfile
import zlib

import joblib
import numpy as np
import pytest
import skops.io
from emlearn import InvalidInputError, UnsupportedError, convert
from emlearn.modelfiles import SKLEARN_TYPES, load_estimator
from sklearn.base import BaseEstimator
from sklearn.cluster import DBSCAN
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

X, y = load_iris(return_X_y=True)
TREE = DecisionTreeClassifier(max_depth=3, random_state=0).fit(X, y)
PICKLE = pickle.dumps(TREE)


class Homemade(BaseEstimator):
    """A user's own class, which skops cannot know."""

    def fit(self, X, y=None):
        self.fitted_ = True
        return self


def double(X):
    return 2 * X


@pytest.fixture(scope="module")
def skops_bytes():
    return skops.io.dumps(TREE)


def save(path, data):
    path.write_bytes(data)
    return path


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "estimator",
    [
        TREE,
        RandomForestClassifier(3, random_state=np.random.RandomState(0)),
        GaussianNB(),
        MLPClassifier([4], max_iter=3, random_state=0),
        MLPClassifier([4], max_iter=3, solver="sgd", early_stopping=True, random_state=0),
        make_pipeline(StandardScaler(), MLPClassifier([4], max_iter=3, random_state=0)),
        VotingClassifier([("a", GaussianNB()), ("b", DecisionTreeClassifier(random_state=0))], voting="soft"),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_skops_files_of_supported_estimators_need_no_trust(tmp_path, estimator):
    estimator.fit(X, y)
    skops.io.dump(estimator, tmp_path / "model.skops")
    loaded = load_estimator(tmp_path / "model.skops")
    assert loaded.kind == "skops" and loaded.notes == ()
    assert np.array_equal(loaded.estimator.predict(X), estimator.predict(X))
    assert convert(loaded.estimator).save() == convert(estimator).save()


def test_every_type_trusted_beforehand_exists_and_is_scikit_learns():
    import importlib

    for name in SKLEARN_TYPES:
        module, _, attribute = name.rpartition(".")
        found = getattr(importlib.import_module(module), attribute)
        assert callable(found) and found.__module__.split(".")[0] in ("sklearn", "scipy", "numpy")


def compressed(name):
    stream = io.BytesIO()
    joblib.dump(TREE, stream, compress=(name, 3))
    return stream.getvalue()


@pytest.mark.parametrize(
    "data",
    [pickle.dumps(TREE, k) for k in range(6)] + [compressed(name) for name in ("zlib", "gzip", "bz2", "xz", "lzma")],
    ids=[f"protocol{k}" for k in range(6)] + ["zlib", "gzip", "bz2", "xz", "lzma"],
)
@pytest.mark.parametrize("name", ["model.pkl", "model.joblib", "model.skops", "model"])
def test_a_pickle_is_known_by_its_content_and_needs_trust(tmp_path, data, name):
    path = save(tmp_path / name, data)
    with pytest.raises(InvalidInputError, match=r"is a pickle, and loading one runs any code that it holds: add --trust if"):
        load_estimator(path)
    loaded = load_estimator(path, trust=True)
    assert loaded.kind == "pickle" and np.array_equal(loaded.estimator.predict(X), TREE.predict(X))


def test_a_skops_file_under_another_name(tmp_path, skops_bytes):
    assert load_estimator(save(tmp_path / "model.pkl", skops_bytes)).kind == "skops"


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


@pytest.mark.parametrize("pack", [bytes, zlib.compress, gzip.compress, bz2.compress, lzma.compress])
def test_nothing_of_an_untrusted_pickle_is_run(tmp_path, pack):
    data = pack(pickle.dumps(Evil(str(tmp_path / "ran"))))
    with pytest.raises(InvalidInputError, match="add --trust"):
        load_estimator(save(tmp_path / "model.pkl", data))
    assert not (tmp_path / "ran").exists()


def test_unknown_types_in_a_skops_file_are_listed_and_need_trust(tmp_path):
    skops.io.dump(Homemade().fit(X), tmp_path / "a.skops")
    skops.io.dump(make_pipeline(FunctionTransformer(double), TREE).fit(X, y), tmp_path / "b.skops")
    for name, unknown in (("a", rf"{Homemade.__module__}\.Homemade"), ("b", rf"{double.__module__}\.double")):
        with pytest.raises(InvalidInputError, match=rf"neither scikit-learn's nor numpy's.*: {unknown}\. Add --trust"):
            load_estimator(tmp_path / f"{name}.skops")
    assert isinstance(load_estimator(tmp_path / "a.skops", trust=True).estimator, Homemade)


def test_an_unsupported_estimator_is_named_instead_of_asking_for_trust(tmp_path):
    skops.io.dump(DBSCAN(metric=np.vdot).fit(X), tmp_path / "a.skops")
    with pytest.raises(UnsupportedError, match=r"a DBSCAN, which cannot be converted: .*Nearest"):
        load_estimator(tmp_path / "a.skops")


def zipped(**files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("_json", ".json").replace("_pkl", ".pkl").replace("_npy", ".npy"), text)
    return stream.getvalue()


def saved_array():
    stream = io.BytesIO()
    np.save(stream, np.zeros(3))
    return stream.getvalue()


@pytest.mark.parametrize("trust", [False, True])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty: save the estimator again"),
        (b"x", "holds no scikit-learn estimator that can be recognised; load the estimator in Python and save it with skops"),
        (b"hello, world\n", "that can be recognised"),
        (b"a,b,c\n1,2,3\n", "that can be recognised"),
        (b"\x00" * 100, "that can be recognised"),
        (b"\x80\x63\x00\x00", "that can be recognised"),
        (b"\x89HDF\r\n\x1a\n" + b"0" * 50, "looks like an HDF5 file"),
        (b"\x1c\x00\x00\x00TFL3" + b"0" * 50, "the TFLite file is damaged or cut off"),
        (b"\x7fELF\x02", "looks like a compiled program"),
        (saved_array(), "looks like a numpy array"),
        (zipped(a="text"), "it is a zip archive"),
        (zipped(a_npy="x"), "it is a numpy archive"),
        (zipped(metadata_json="{}", b="x"), "it is a Keras model"),
        (zipped(data_pkl="x"), "it is a PyTorch model"),
        (b"PK\x03\x04" + b"\x00" * 60, "is corrupt or cut off"),
        (zipped(schema_json="{}"), "is corrupt or cut off"),
        (zipped(schema_json="no json"), "is corrupt or cut off"),
        (zipped(schema_json='{"__class__": "X", "__module__": "y", "__loader__": "NoSuchNode"}'), "is corrupt or cut off"),
    ],
)
def test_corrupt_and_foreign_files(tmp_path, data, message, trust):
    path = save(tmp_path / "model.skops", data)
    with pytest.raises(InvalidInputError, match=message) as caught:
        load_estimator(path, trust)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("kind", ["pickle", "zlib", "gzip", "bz2", "xz", "skops"])
def test_files_that_were_cut_off(tmp_path, skops_bytes, kind, share):
    data = PICKLE if kind == "pickle" else skops_bytes if kind == "skops" else compressed(kind)
    path = save(tmp_path / "model", data[: int(len(data) * share)])
    with pytest.raises(InvalidInputError, match="is corrupt or cut off"):
        load_estimator(path, trust=True)


@pytest.mark.parametrize("kind", ["pickle", "zlib", "gzip", "bz2", "xz", "skops"])
def test_files_whose_last_byte_is_lost(tmp_path, skops_bytes, kind):
    """It may be a mere checksum: then the whole estimator is there."""
    data = PICKLE if kind == "pickle" else skops_bytes if kind == "skops" else compressed(kind)
    try:
        loaded = load_estimator(save(tmp_path / "model", data[:-1]), trust=True)
    except InvalidInputError as error:
        assert "is corrupt or cut off" in str(error)
    else:
        assert convert(loaded.estimator).save() == convert(TREE).save()


@pytest.mark.parametrize("position", [0.1, 0.35, 0.6, 0.85])
def test_skops_files_with_broken_bytes_never_give_another_error(tmp_path, skops_bytes, position):
    """Checksums of the zip catch broken contents; what they do not cover must fail in words, or not matter."""
    start = int(len(skops_bytes) * position)
    for offset in range(start, start + 40):
        broken = bytearray(skops_bytes)
        broken[offset] ^= 0xFF
        path = save(tmp_path / "model.skops", bytes(broken))
        try:
            loaded = load_estimator(path)
        except (InvalidInputError, UnsupportedError) as error:
            assert str(path) in str(error)
        else:
            assert np.array_equal(loaded.estimator.predict(X), TREE.predict(X))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"model": TREE, "labels": ["a"]}, r"no estimator but a dict with the keys 'model', 'labels': save the fitted estimator"),
        ([TREE, GaussianNB()], r"but a list of 2: DecisionTreeClassifier, GaussianNB"),
        ((), r"but a tuple of 0"),
        (np.zeros(3), r"but a ndarray"),
        (None, r"but a NoneType"),
        ("path/to/model", r"but a str"),
        (DecisionTreeClassifier, r"holds the class DecisionTreeClassifier, not a fitted object"),
    ],
)
@pytest.mark.parametrize("kind", ["pickle", "skops"])
def test_files_without_an_estimator(tmp_path, content, message, kind):
    if kind == "pickle":
        save(tmp_path / "model", pickle.dumps(content))
    else:
        skops.io.dump(content, tmp_path / "model")
    with pytest.raises(InvalidInputError, match=message):
        load_estimator(tmp_path / "model", trust=True)


def test_missing_files_folders_and_pipes(tmp_path):
    (tmp_path / "gesture.skops").touch()
    cases = [
        (tmp_path / "none.skops", "does not exist: check the path"),
        (tmp_path / "gesture.pkl", r"does not exist: did you mean gesture\.skops"),
        (tmp_path / "no" / "model.skops", "does not exist"),
        (tmp_path, "is a folder: give the file"),
    ]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        cases.append((tmp_path / "pipe", "no ordinary file"))
    for path, message in cases:
        with pytest.raises(InvalidInputError, match=message):
            load_estimator(path, trust=True)


@pytest.mark.parametrize("module", ["__main__", "no_such_module_anywhere", "sklearn.tree"])
def test_a_pickle_whose_code_is_not_here(tmp_path, module):
    data = pickle.dumps(Homemade(), protocol=2).replace(Homemade.__module__.encode(), module.encode())
    with pytest.raises(InvalidInputError, match=r"needs code that is not here.*must live in a module"):
        load_estimator(save(tmp_path / "model.pkl", data), trust=True)


def test_another_version_of_scikit_learn_becomes_a_note(tmp_path, monkeypatch):
    state = TREE.__getstate__() | {"_sklearn_version": "1.0.2"}
    monkeypatch.setattr(DecisionTreeClassifier, "__getstate__", lambda self: state)
    save(tmp_path / "model.pkl", pickle.dumps(TREE))
    skops.io.dump(TREE, tmp_path / "model.skops")
    monkeypatch.undo()
    for name in ("model.pkl", "model.skops"):
        loaded = load_estimator(tmp_path / name, trust=True)
        assert len(loaded.notes) == 1
        assert loaded.notes[0].startswith("DecisionTreeClassifier was saved by scikit-learn 1.0.2, this is ")
        assert np.array_equal(loaded.estimator.predict(X), TREE.predict(X))


def test_without_skops_the_remedy_is_to_install_it(tmp_path, skops_bytes, monkeypatch):
    monkeypatch.setitem(sys.modules, "skops.io", None)
    with pytest.raises(InvalidInputError, match="skops is not installed: pip install skops"):
        load_estimator(save(tmp_path / "model.skops", skops_bytes))


def test_a_hostile_tree_is_refused_by_the_converter(tmp_path):
    """Tree is trusted in .skops files because the reader checks what it holds: children out of range must not be walked."""
    skops.io.dump(TREE, tmp_path / "model.skops")
    hostile = io.BytesIO()
    nodes = TREE.tree_.__getstate__()["nodes"]
    stream = io.BytesIO()
    broken = nodes.copy()
    broken["left_child"][0] = 1_000_000
    np.save(stream, broken, allow_pickle=False)
    with zipfile.ZipFile(tmp_path / "model.skops") as old, zipfile.ZipFile(hostile, "w") as new:
        replaced = 0
        for name in old.namelist():
            data = old.read(name)
            if name.endswith(".npy") and np.array_equal(_array(data), nodes):
                data, replaced = stream.getvalue(), replaced + 1
            new.writestr(name, data)
    assert replaced == 1 and json.loads(zipfile.ZipFile(tmp_path / "model.skops").read("schema.json"))
    loaded = load_estimator(save(tmp_path / "hostile.skops", hostile.getvalue()))
    with pytest.raises(InvalidInputError):
        convert(loaded.estimator)


def _array(data):
    array = np.load(io.BytesIO(data))
    return array if array.dtype.names else np.zeros(0)
