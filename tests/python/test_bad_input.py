"""What cannot be converted is refused in words, and converting leaves nothing behind and changes nothing else.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import copy
import errno
import hashlib
import inspect
import os
import pickle
import subprocess
import sys
import textwrap
import warnings

import emlearn
import numpy as np
import pytest
from emlearn import InvalidInputError, UnsupportedError, convert
from emlearn.cpp import KEYWORDS, MACROS
from emlearn.registry import readers
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.decomposition import KernelPCA
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor, VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.kernel_approximation import Nystroem
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, LocalOutlierFactor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.semi_supervised import LabelPropagation
from sklearn.svm import SVC, OneClassSVM
from sklearn.tree import DecisionTreeClassifier

X, y = load_iris(return_X_y=True)


def mlp(cls=MLPClassifier):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it need not converge
        return cls(hidden_layer_sizes=[5], max_iter=20, random_state=0).fit(X, y)


#: One of each way through the converter.
MODELS = {
    "tree": DecisionTreeClassifier(random_state=0).fit(X, y),
    "forest": RandomForestClassifier(5, random_state=0).fit(X, y),
    "forest regressor": RandomForestRegressor(3, random_state=0).fit(X, y),
    "mlp": mlp(),
    "naive bayes": GaussianNB().fit(X, y),
    "mixture": GaussianMixture(3, random_state=0).fit(X),
    "scaler": StandardScaler().fit(X),
    "linear": LogisticRegression(max_iter=1000).fit(X, y),
    "pipeline": make_pipeline(MinMaxScaler(), RandomForestClassifier(3, random_state=0)).fit(X, y),
    "vote": VotingClassifier([("a", GaussianNB()), ("b", DecisionTreeClassifier(random_state=0))], voting="soft").fit(X, y),
}
each_model = pytest.mark.parametrize("estimator", MODELS.values(), ids=MODELS)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


# ---- the estimator


#: What classes that are made of others must be given.
GIVEN = {
    "steps": [("a", StandardScaler()), ("b", DecisionTreeClassifier())],
    "estimators": [("a", GaussianNB())],
    "transformers": [("a", StandardScaler(), [0])],
    "transformer_list": [("a", StandardScaler())],
    "estimator": DecisionTreeClassifier(),
    "base_estimator": DecisionTreeClassifier(),
    "param_grid": {},
    "param_distributions": {},
}


def unfitted(cls):
    parameters = inspect.signature(cls).parameters.values()
    return cls(**{p.name: GIVEN[p.name] for p in parameters if p.default in (p.empty, None) and p.name in GIVEN})


#: Not emlearn's own, which are made of files, nor LightGBM's Booster, which is made by training, nor networks, which have weights from
#: the start.
UNFITTED = [
    c
    for c in readers()
    if c.__module__.split(".")[0] in ("sklearn", "xgboost", "lightgbm", "catboost") and c.__module__ != "lightgbm.basic"
]


@pytest.mark.filterwarnings("ignore:Class PassiveAggressive:FutureWarning")
@pytest.mark.parametrize("cls", sorted(UNFITTED, key=lambda cls: (cls.__name__, cls.__module__)))
def test_every_supported_class_unfitted(cls):
    with pytest.raises(NotFittedError, match=f"{cls.__name__}|This StandardScaler"):  # FeatureUnion speaks of its first part
        convert(unfitted(cls))


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (DecisionTreeClassifier, "estimator is the class DecisionTreeClassifier, not an object of it: fit one and pass it"),
        ({"model": MODELS["tree"]}, "dict cannot be converted: it is no estimator"),
        (None, "NoneType cannot be converted"),
        ("gesture.skops", "gesture.skops does not exist: check the path"),
        (X, "ndarray cannot be converted"),
        (MODELS["tree"].predict, "method cannot be converted"),
        (emlearn, "module cannot be converted"),
    ],
)
def test_no_estimator_at_all(estimator, message):
    with pytest.raises((InvalidInputError, UnsupportedError), match=message) as told:
        convert(estimator)
    assert len(str(told.value)) < 400, "a list of all classes helps nobody here"


def test_an_unsupported_class_inside_a_supported_one():
    inside = [
        make_pipeline(StandardScaler(), LabelPropagation()),
        VotingClassifier([("a", GaussianNB()), ("b", LabelPropagation())], voting="soft"),
    ]
    for estimator in inside:
        estimator.fit(X, y)
        with pytest.raises(
            UnsupportedError, match=r"LabelPropagation cannot be converted: .*supported: RandomForestClassifier.*open an issue"
        ):
            convert(estimator)


def test_a_users_subclass_is_read_as_its_base(tmp_path):
    class Mine(DecisionTreeClassifier):
        pass

    assert np.array_equal(convert(Mine(random_state=0).fit(X, y)).predict(X), MODELS["tree"].predict(X))


def test_a_users_own_class_with_the_name_of_a_supported_one():
    class RandomForestClassifier(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            self.classes_ = np.unique(y)
            return self

    with pytest.raises(UnsupportedError, match="cannot be converted: it is not a class that emlearn knows"):
        convert(RandomForestClassifier().fit(X, y))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"optimize": "tiny"}, InvalidInputError, "optimize='tiny' is unknown: choose one of size, balanced, speed"),
        ({"numeric": "int4"}, InvalidInputError, "numeric='int4' is unknown: choose one of exact"),
        ({"numeric": "int8"}, UnsupportedError, "numeric='int8': Forest models have 'exact'; choose one of these"),
        ({"calibration": X}, InvalidInputError, "calibration= goes with a quantised numeric="),
        ({"nonsense": 1}, (TypeError, InvalidInputError), "nonsense"),
    ],
)
def test_unsupported_options(options, error, message):
    with pytest.raises(error, match=message):
        convert(MODELS["tree"], **options)


@pytest.mark.parametrize(
    "estimator",
    [SVC(), OneClassSVM(), KernelRidge(), KernelPCA(2), Nystroem(n_components=5), KNeighborsClassifier(), LocalOutlierFactor(novelty=True)],
    ids=lambda estimator: type(estimator).__name__,
)
def test_models_that_keep_sparse_rows(estimator):
    rows = csr_matrix(np.where(X > 3, X, 0))
    with pytest.raises(UnsupportedError, match=f"{type(estimator).__name__} was fitted on a sparse matrix: fit it on X.toarray"):
        convert(estimator.fit(rows, y))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    ("estimator", "attribute"),
    [
        (mlp(), "coefs_"),
        (mlp(), "intercepts_"),
        (mlp(MLPRegressor), "coefs_"),
        (MODELS["naive bayes"], "theta_"),
        (MODELS["naive bayes"], "var_"),
        (MODELS["mixture"], "means_"),
        (MODELS["mixture"], "precisions_cholesky_"),
        (MODELS["scaler"], "mean_"),
        (MODELS["scaler"], "scale_"),
        (MinMaxScaler().fit(X), "min_"),
        (MaxAbsScaler().fit(X), "scale_"),
        (RobustScaler().fit(X), "center_"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_weights_that_are_not_finite(estimator, attribute, bad):
    broken = copy.deepcopy(estimator)
    values = getattr(broken, attribute)
    (values[0] if isinstance(values, list) else values).flat[0] = bad
    with pytest.raises(InvalidInputError, match=rf"{attribute}.* has 1 values that are not finite"):
        convert(broken)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_leaves_that_are_not_finite(bad):
    broken = copy.deepcopy(MODELS["forest regressor"])
    broken.estimators_[1].tree_.value[-1] = bad
    with pytest.raises(InvalidInputError, match=r"tree_\.value has 1 values that are not finite"):
        convert(broken)


# ---- the rows


@each_model
def test_the_wrong_number_of_features(estimator):
    model = convert(estimator)
    for call in [getattr(model, op) for op in model.record.ops] + [model.verify]:
        for width in (3, 5):
            with pytest.raises(InvalidInputError, match=rf"X has {width} features, but the model was fitted with 4"):
                call(np.zeros((2, width)))


@each_model
def test_rows_that_cannot_be_verified(estimator):
    model = convert(estimator)
    with pytest.raises(InvalidInputError, match="X has no rows: nothing would be verified"):
        model.verify(X[:0])
    with pytest.raises(InvalidInputError, match="y has 3 rows, X has 150"):
        model.verify(X, y[:3])
    if "predict" in model.record.ops:
        with pytest.raises(InvalidInputError, match=r"y has shape \(150, 2\), and the model 1 outputs: give one column for each"):
            model.verify(X, np.column_stack([y, y]))
    if model.record.task.kind == "classifier":
        with pytest.raises(
            InvalidInputError, match=r"y has none of the labels that the model was fitted with: '0', '1', '2' in place of 0, 1, 2"
        ):
            model.verify(X, y.astype(str))
    assert len(model.answer(model.record.ops[0], model.input.check(X[:0]))) == 0


# ---- the name and the file


def test_an_estimator_that_was_fitted_again() -> None:
    X, y = load_iris(return_X_y=True)
    estimator = RandomForestClassifier(3, random_state=0).fit(X, y)
    model = convert(estimator)
    for rows, labels, said in (
        (X[:, :3], y, "the RandomForestClassifier has 3 features now, and the model was made when it had 4: it was fitted again since"),
        (X, y == 0, "has 2 columns of predict_proba now, and the model was made when it had 3"),
        (X, np.column_stack([y, y]), "has 2 columns of predict now, and the model was made when it had 1"),
    ):
        estimator.fit(rows, labels)
        report = model.verify(X)
        assert not report.ok and report.agreement == 0 and said in str(report)
        with pytest.raises(InvalidInputError, match="convert it again"):
            model.save(name="m", self_test=X[:2])
    estimator.fit(X, y + 5)
    report = model.verify(X)
    assert not report.ok and report.agreement == 0 and len(report.disagreements) == 20


@pytest.mark.parametrize("name", ["", "1st", "my-model", "my model", "a.b", "a::b", "größe", "a\n", "a;", "x" * 3 + "\0"])
def test_names_that_are_no_identifiers(name, tmp_path):
    with pytest.raises(InvalidInputError, match="is no C\\+\\+ identifier: use letters, digits and _"):
        convert(MODELS["tree"]).save(tmp_path / "a.hpp", name)
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", sorted(KEYWORDS | MACROS | {"__x", "a__b", "_Upper", "EMLEARN_X"}))
def test_keywords_macros_and_reserved_names(name, tmp_path):
    assert {"class", "int", "co_await"} <= KEYWORDS and {"F", "B0", "min", "PI", "setup", "linux"} <= MACROS
    model = convert(MODELS["tree"])
    for call in (lambda: model.save(name=name), lambda: model.save(tmp_path / f"{name}.hpp")):
        with pytest.raises(InvalidInputError, match=rf"{name}'.*(is a C\+\+ keyword|is taken by a macro|is reserved).*choose"):
            call()
    assert names(tmp_path) == []


def test_names_of_the_c_library(tmp_path):
    """Each is refused in time where the compiler would refuse it."""
    model = convert(MODELS["tree"])
    for name in ("log", "gamma", "index", "y1", "expf", "memcpy", "select", "INT8_MAX", "SIZE_MAX", "M_PI_2", "uint_fast8_t"):
        with pytest.raises(InvalidInputError, match=rf"name='{name}' is taken by a macro or name of the C library.*choose"):
            model.save(name=name)
    free = ("logs", "strain", "memory", "MOTOR", "M1", "FPGA", "sensor_t", "y3", "sound", "INTENSITY")
    (tmp_path / "all.cpp").write_text("".join(model.save(name=name) for name in free))
    command = ["g++", "-std=c++11", "-fsyntax-only", f"-I{emlearn.get_include()}", "all.cpp"]
    subprocess.run(command, cwd=tmp_path, check=True)


@pytest.mark.parametrize("name", [3, b"gesture", True])
def test_names_that_are_no_text(name):
    with pytest.raises(InvalidInputError, match="is no C\\+\\+ identifier"):
        convert(MODELS["tree"]).save(name=name)


def test_feature_names_and_labels_of_every_kind_make_a_header_that_compiles(tmp_path):
    import pandas as pd

    columns = ["class", "F", "größe (cm)", "a b", "a-b", "", "1", "min", "predict", '"quoted"', "a\\", "b\nc", "*/ x", "??/", "detail"]
    labels = np.array(["it's", 'say "x"', "back\\slash", "new\nline", "größe", "??/", "%d", "1"])
    rng = np.random.default_rng(0)
    data = pd.DataFrame(rng.normal(size=(80, len(columns))), columns=columns)
    target = labels[np.arange(80) % len(labels)]
    model = convert(DecisionTreeClassifier(random_state=0).fit(data, target))
    assert model.verify(data, compile=True).ok
    text = model.save(tmp_path / "gesture.hpp")
    lines = "\n".join(line for line in text.splitlines() if line.startswith("//"))
    assert lines.isascii()


@pytest.mark.parametrize("file", ["model", "model.txt", "model.hpp.txt", "model.cpp", ".hpp"])
def test_files_that_are_no_headers(tmp_path, file):
    with pytest.raises(InvalidInputError):
        convert(MODELS["tree"]).save(tmp_path / file)
    assert names(tmp_path) == []


@each_model
def test_paths_that_cannot_be_written(tmp_path, estimator):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.hpp").mkdir()
    model = convert(estimator)
    for path, message in [
        ("none/a.hpp", "does not exist: make it first"),
        ("file/a.hpp", "does not exist"),
        ("folder.hpp", "is a folder"),
    ]:
        with pytest.raises(InvalidInputError, match=message):
            model.save(tmp_path / path)
    with pytest.raises(OSError, match="name"):
        model.save(tmp_path / ("n" * 300 + ".hpp"))
    assert names(tmp_path) == ["file", "folder.hpp"] and names(tmp_path / "folder.hpp") == []


# ---- nothing half done, nothing left


@each_model
def test_a_full_disk_leaves_the_old_header_and_nothing_else(tmp_path, monkeypatch, estimator):
    target = tmp_path / "a.hpp"
    target.write_text("old")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match=r"No space left on device: .*a\.hpp"):
        convert(estimator).save(target)
    monkeypatch.undo()
    assert target.read_text() == "old" and names(tmp_path) == ["a.hpp"]


def test_an_error_while_the_text_is_made_touches_no_file(tmp_path, monkeypatch):
    (tmp_path / "a.hpp").write_text("old")
    model = convert(MODELS["tree"])
    monkeypatch.setattr("emlearn.header.render", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        model.save(tmp_path / "a.hpp")
    assert (tmp_path / "a.hpp").read_text() == "old" and names(tmp_path) == ["a.hpp"]


#: Processes are forked from one that has imported everything, so that they spend their time on saving.
FORK = """
    import os, pickle, signal, sys, time
    import emlearn
    from emlearn import header

    def child(work):
        number = os.fork()
        if number:
            return number
        try:
            work()
            os._exit(0)
        except BaseException as error:
            print(repr(error), flush=True)
        os._exit(1)
"""
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork()")


def run_forking(code, folder):
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(FORK) + textwrap.dedent(code)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@forks
@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="nothing is left at any moment where files can be nameless")
def test_a_process_killed_while_saving_leaves_the_old_header_or_the_new_one(tmp_path):
    rng = np.random.default_rng(0)
    forest = RandomForestClassifier(20, random_state=0).fit(rng.normal(size=(2000, 5)), rng.integers(0, 2, 2000))
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(forest))
    (tmp_path / "out").mkdir()
    output = run_forking(
        """
        model = emlearn.convert(pickle.load(open("../model.pkl", "rb")))
        text = model.save(name="a")
        assert len(text) > 100_000
        header.render = lambda *_: text

        def work():
            while True:
                model.save("a.hpp")

        attempt, last = 0, ""
        while attempt < 40 or (last == "old" and attempt < 20000):  # a busy machine takes longer to write the first
            open("a.hpp", "w").write("old")
            number = child(work)
            time.sleep(0.0005 * attempt)
            os.kill(number, signal.SIGKILL)
            assert os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) == -signal.SIGKILL
            found = open("a.hpp").read()
            assert found in ("old", text), len(found)
            for name in set(os.listdir()) - {"a.hpp"}:  # between the two calls that replace a file: hidden, and whole
                assert name.startswith(".emlearn-") and open(name).read() == text, name
                os.unlink(name)
            last = "old" if found == "old" else "new"
            print(last)
            attempt += 1 if attempt < 40 else attempt // 4
        """,
        tmp_path / "out",
    )
    assert set(output.split()) == {"old", "new"}, "killed before the first was written, and after"


@forks
def test_sixteen_processes_converting_in_one_folder(tmp_path):
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(MODELS["forest"]))
    (tmp_path / "out").mkdir()
    run_forking(
        """
        def work(name):
            while not os.path.exists("../go"):
                time.sleep(0.001)
            model = emlearn.convert(pickle.load(open("../model.pkl", "rb")))
            for _ in range(5):
                model.save("shared.hpp", name="shared")
                model.save(name + ".hpp", name="shared")

        children = [child(lambda: work(f"own{k}")) for k in range(16)]
        open("../go", "w").close()
        assert [os.waitpid(number, 0)[1] for number in children] == [0] * 16
        """,
        tmp_path / "out",
    )
    out = tmp_path / "out"
    assert names(out) == sorted(["shared.hpp", *(f"own{k}.hpp" for k in range(16))])
    text = convert(MODELS["forest"]).save(name="shared")
    assert {path.read_text() for path in out.iterdir()} == {text}, "the same text from every process"


def test_threads_converting_at_once(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    def work(k):
        estimator = list(MODELS.values())[k % len(MODELS)]
        return convert(estimator).save(tmp_path / "a.hpp", name="a")

    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(work, range(4 * len(MODELS))))
    n = len(MODELS)
    assert texts[:n] == texts[n : 2 * n] == texts[2 * n : 3 * n] == texts[3 * n :]
    assert (tmp_path / "a.hpp").read_text() in texts and names(tmp_path) == ["a.hpp"]


# ---- nothing else changed


def digest(value):
    """Of all that a pickle keeps: parameters, arrays, random states."""
    return hashlib.sha256(pickle.dumps(value)).hexdigest()


@each_model
def test_inputs_are_unchanged(tmp_path, estimator):
    rows, labels = X.copy(), y.copy()
    before = digest(estimator), digest(vars(estimator)), digest(rows)
    model = convert(estimator)
    for op in model.record.ops:
        getattr(model, op)(rows)
    model.save(tmp_path / "a.hpp", bundle=True)
    model.report()
    model.verify(rows, None if model.record.task.kind in ("transformer", "mixture") else labels)
    assert (digest(estimator), digest(vars(estimator)), digest(rows)) == before


@each_model
def test_no_compiler_and_no_other_program_is_run(tmp_path, monkeypatch, estimator):
    def forbidden(*arguments, **_):
        raise AssertionError(f"started {arguments}")

    monkeypatch.setenv("PATH", "")
    for name in ("system", "posix_spawn", "execv", "fork"):
        if hasattr(os, name):
            monkeypatch.setattr(os, name, forbidden)
    monkeypatch.setattr(subprocess, "Popen", forbidden)
    model = convert(estimator)
    model.save(tmp_path / "a.hpp", bundle=True)
    model.save(tmp_path / "b.hpp")
    assert model.verify(X).ok and str(model.report())


GLOBAL_STATE = """
    import locale, logging, os, random, signal, sys, threading, warnings
    import numpy as np
    import sklearn, sklearn.ensemble, sklearn.naive_bayes, sklearn.pipeline, sklearn.preprocessing, sklearn.mixture

    def state():
        return {{
            "numpy's errors": np.geterr(),
            "numpy's printing": np.get_printoptions(),
            "numpy's random numbers": tuple(map(str, np.random.get_state())),
            "random numbers": random.getstate(),
            "warnings": (list(warnings.filters), warnings.showwarning),
            "locale": locale.setlocale(locale.LC_ALL),
            "sys.path": list(sys.path),
            "environment": dict(os.environ),
            "folder": os.getcwd(),
            "umask": [line for line in open("/proc/self/status") if line.startswith("Umask")] if os.path.exists("/proc/self/status") else 0,
            "recursion limit": sys.getrecursionlimit(),
            "logging": (logging.root.level, list(logging.root.handlers)),
            "scikit-learn's settings": sklearn.get_config(),
            "threads": threading.active_count(),
            "signals": [signal.getsignal(number) for number in signal.valid_signals()],
            "hooks": (sys.excepthook, sys.displayhook, sys.stdout, sys.stderr),
        }}

    np.random.seed(3)
    random.seed(3)
    np.seterr(under="warn")
    before = state()
    import emlearn
    import emlearn.cli
    after_import = state()
    import pickle
    models = pickle.load(open({models!r}, "rb"))
    X = np.load({rows!r})
    for name, estimator in models.items():
        model = emlearn.convert(estimator)
        model.save(name.replace(" ", "_") + "_model.hpp", bundle=True)
        assert model.verify(X).ok, name
    after = state()
    for moment, now in (("importing", after_import), ("converting", after)):
        changed = [key for key in before if now[key] != before[key]]
        assert not changed, (moment, {{key: (before[key], now[key]) for key in changed}})
    print("unchanged")
"""


def test_no_global_state_is_changed_by_importing_or_converting(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "models.pkl").write_bytes(pickle.dumps(MODELS))
    np.save(tmp_path / "X.npy", X)
    code = GLOBAL_STATE.format(models=str(tmp_path / "models.pkl"), rows=str(tmp_path / "X.npy"))
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, cwd=tmp_path / "out", capture_output=True, text=True, timeout=120)
    assert done.stdout == "unchanged\n", done.stderr
    assert names(tmp_path / "out") == sorted(f"{name.replace(' ', '_')}_model.hpp" for name in MODELS)


def test_converting_and_verifying_leave_no_folder_behind(tmp_path, monkeypatch):
    import tempfile

    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("TMPDIR", str(temporary))
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    for estimator in (MODELS["forest"], MODELS["mlp"]):
        model = convert(estimator)
        model.save("a.hpp")
        assert model.verify(X).ok and model.verify(X, compile=True).ok
    assert names(temporary) == [] and names(here) == ["a.hpp"]
