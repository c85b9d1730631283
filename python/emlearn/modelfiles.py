"""Reads an estimator from a file: .skops, boosters' and TensorFlow Lite's safely, pickle and joblib only when told to trust their source.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import dataclasses
import json
import os
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import InvalidInputError, UnsupportedError
from .nativefiles import NATIVE, load_native, recognise
from .unsupported import UNSUPPORTED

#: Types of scikit-learn's estimators that skops leaves to its caller, none of which runs code of the file; the readers check what they
#: hold.
SKLEARN_TYPES = frozenset(
    """
    numpy.dtype
    numpy.mean
    numpy.sum
    scipy._lib.array_api_compat.numpy._aliases.asarray
    scipy.interpolate._bsplines.BSpline
    scipy.sparse._csr.csr_matrix
    sklearn._loss.loss.HalfTweedieLoss
    sklearn._loss.loss.HalfTweedieLossIdentity
    sklearn.calibration._CalibratedClassifier
    sklearn.calibration._SigmoidCalibration
    sklearn.cluster._bisect_k_means._BisectingTree
    sklearn.cluster._kmeans._kmeans_single_lloyd
    sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor
    sklearn.feature_selection._univariate_selection.f_classif
    sklearn.feature_selection._univariate_selection.f_regression
    sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace
    sklearn.gaussian_process.kernels.ConstantKernel
    sklearn.gaussian_process.kernels.DotProduct
    sklearn.gaussian_process.kernels.ExpSineSquared
    sklearn.gaussian_process.kernels.Exponentiation
    sklearn.gaussian_process.kernels.Matern
    sklearn.gaussian_process.kernels.Product
    sklearn.gaussian_process.kernels.RBF
    sklearn.gaussian_process.kernels.RationalQuadratic
    sklearn.gaussian_process.kernels.Sum
    sklearn.gaussian_process.kernels.WhiteKernel
    sklearn.metrics._classification.balanced_accuracy_score
    sklearn.metrics._dist_metrics.ChebyshevDistance64
    sklearn.metrics._dist_metrics.EuclideanDistance64
    sklearn.metrics._dist_metrics.ManhattanDistance64
    sklearn.metrics._dist_metrics.MinkowskiDistance64
    sklearn.metrics._scorer._CurveScorer
    sklearn.metrics._scorer._PassthroughScorer
    sklearn.metrics._scorer._Scorer
    sklearn.model_selection._search_successive_halving.HalvingGridSearchCV
    sklearn.model_selection._search_successive_halving.HalvingRandomSearchCV
    sklearn.model_selection._split.KFold
    sklearn.model_selection._split.StratifiedKFold
    sklearn.multiclass._ConstantPredictor
    sklearn.neighbors._ball_tree.BallTree
    sklearn.neighbors._kd_tree.KDTree
    sklearn.neural_network._stochastic_optimizers.AdamOptimizer
    sklearn.neural_network._stochastic_optimizers.SGDOptimizer
    sklearn.tree._tree.Tree
    sklearn.utils._bunch.Bunch
    sklearn.utils._metadata_requests.MetadataRequest
    sklearn.utils._metadata_requests.MethodMetadataRequest
    """.split()
)

_SAVE = "save it with skops.io.dump(estimator, 'model.skops')"

#: How other files begin: (offset, bytes, what it is).
_FOREIGN = (
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras?)"),
    (0, b"\x93NUMPY", "a numpy array"),
    (0, b"%PDF", "a PDF document"),
    (0, b"\x7fELF", "a compiled program"),
    (0, b"\x08", "perhaps an ONNX model"),
    (0, b"CBM1", "a CatBoost model in its binary format: load it in CatBoost and save it with format='json'"),
    (0, b"binf", "an XGBoost model in the old binary format: load it in XGBoost and save it as .json or .ubj"),
)

#: How joblib's compressed files begin: zlib, gzip, bz2, xz, lzma, lz4.
_COMPRESSED = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x5d\x00\x00", b"\x04\x22\x4d\x18")


@dataclasses.dataclass(frozen=True)
class Loaded:
    """An estimator from a file.

    Attributes
    ----------
    estimator : object
    kind : {"skops", "pickle", "xgboost", "lightgbm", "catboost", "tflite"}
    notes : tuple of str
        What the libraries warned about, such as another version of scikit-learn.
    """

    estimator: Any
    kind: str
    notes: tuple[str, ...] = ()


def load_estimator(path: str | os.PathLike[str], trust: bool = False) -> Loaded:
    """The estimator in a file; the file's content decides how it is read, not its name.

    Parameters
    ----------
    path : path
        A ``.skops`` file, XGBoost's ``.json`` or ``.ubj``, LightGBM's text, CatBoost's ``.json``, TensorFlow Lite's
        ``.tflite``, or a pickle (also joblib's, compressed or not).
    trust : bool
        Whether the file's source is trusted: a pickle runs whatever code it holds, and so may unknown types in a ``.skops`` file.

    Raises
    ------
    InvalidInputError
        Not there, no ordinary file, empty, corrupt, foreign, not trusted, or without an estimator.
    UnsupportedError
        An estimator of scikit-learn that cannot be converted, and whose types would have to be trusted only to learn that.
    OSError
        The system refused to read it.
    """
    path = Path(path)
    kind = _kind(path)
    if kind in NATIVE:
        return Loaded(load_native(path, kind), kind)
    if kind == "pickle" and not trust:
        raise InvalidInputError(
            f"{path} is a pickle, and loading one runs any code that it holds: add --trust if you trust where it comes from, "
            f"or load it where it was made and {_SAVE}"
        )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = _load_skops(path, trust) if kind == "skops" else _load_pickle(path)
    _check_estimator(path, found)
    return Loaded(found, kind, tuple(dict.fromkeys(_note(warning) for warning in caught if _matters(warning))))


def opened(estimator: Any) -> Any:
    """The model of a file that is given by its path, or by its bytes; anything else as it is.

    Raises
    ------
    InvalidInputError, UnsupportedError
        As :func:`load_estimator`, which does not trust it here.
    """
    if isinstance(estimator, (str, os.PathLike)):
        return load_estimator(estimator).estimator
    if isinstance(estimator, (bytes, bytearray)):
        data = bytes(estimator)
        kind = recognise(data[:64])
        if kind is None:
            raise InvalidInputError(
                f"these {len(data)} bytes are no model file that can be recognised: give TFLite's, or those of a booster"
            )
        return NATIVE[kind](data)
    return estimator


def _kind(path: Path) -> str:
    if not path.exists():
        near = sorted(other.name for other in path.parent.glob(path.stem + ".*"))[:3] if path.parent.is_dir() and path.stem else []
        raise InvalidInputError(f"{path} does not exist" + (f": did you mean {', '.join(near)}?" if near else ": check the path"))
    if path.is_dir():
        raise InvalidInputError(f"{path} is a folder: give the file with the estimator, such as {path / 'model.skops'}")
    if not path.is_file():
        raise InvalidInputError(f"{path} is no ordinary file (a device or a pipe): copy it to one first")
    with open(path, "rb") as stream:
        start = stream.read(64)
    if not start:
        raise InvalidInputError(f"{path} is empty: save the estimator again")
    if start.startswith(b"PK"):
        return _zip_kind(path)
    if (library := recognise(start)) is not None:
        return library
    if start.startswith(_COMPRESSED) or _is_pickle(start):
        return "pickle"
    what = next((what for offset, magic, what in _FOREIGN if start[offset:].startswith(magic)), "")
    raise InvalidInputError(
        f"{path} holds no scikit-learn estimator{f': it looks like {what}' if what else ' that can be recognised'}; "
        f"load the estimator in Python and {_SAVE}"
    )


def _is_pickle(start: bytes) -> bool:
    """Protocols 2 to 5 begin with their number; 0 and 1 with the opcode of an object: of a class, tuple, list or dict."""
    opcodes = (b"ccopy_reg\n", b"c__builtin__\n", b"(dp", b"(lp", b"}q", b"]q")
    return (start[0] == 0x80 and len(start) > 1 and start[1] <= 5) or start.startswith(opcodes)


def _zip_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _corrupt(path, error) from error
    if "schema.json" in names:
        return "skops"
    what = next(
        (what for inside, what in (("metadata.json", "a Keras model"), ("[Content_Types].xml", "an Office document")) if inside in names),
        "a PyTorch model" if any(name.endswith("data.pkl") for name in names) else "a zip archive",
    )
    if names and all(name.endswith(".npy") for name in names):
        what = "a numpy archive (.npz)"
    raise InvalidInputError(f"{path} holds no scikit-learn estimator: it is {what}; load the estimator in Python and {_SAVE}")


def _load_skops(path: Path, trust: bool) -> Any:
    try:
        import skops.io
    except ImportError:
        raise InvalidInputError(f"{path} is a skops file, and skops is not installed: pip install skops") from None
    types = _guarded(path, lambda: skops.io.get_untrusted_types(file=path))
    unknown = sorted(set(types) - SKLEARN_TYPES)
    if unknown and not trust:
        name = _class_name(path)
        if (known := UNSUPPORTED.get(name)) is not None:
            raise UnsupportedError(f"{path} holds a {name}, which cannot be converted: {known.reason}. Nearest supported: {known.nearest}")
        raise InvalidInputError(
            f"{path} holds types that are neither scikit-learn's nor numpy's, and loading them runs their code: {', '.join(unknown)}. "
            "Add --trust if you trust where the file comes from"
        )
    return _guarded(path, lambda: skops.io.load(path, trusted=types))


def _class_name(path: Path) -> str:
    """The class of a skops file's object, read without making it; "" where it is not scikit-learn's."""
    with zipfile.ZipFile(path) as archive:
        schema = json.loads(archive.read("schema.json"))
    own = str(schema.get("__module__", "")).split(".")[0] == "sklearn"
    return str(schema.get("__class__", "")) if own else ""


def _load_pickle(path: Path) -> Any:
    import joblib

    return _guarded(path, lambda: joblib.load(path))


def _guarded(path: Path, load: Callable[[], Any]) -> Any:
    """What `load` gives; whatever a bad file makes it raise becomes one clear error."""
    try:
        return load()
    except (ImportError, AttributeError) as error:
        raise InvalidInputError(
            f"{path} needs code that is not here ({error}): install the packages it was made with, in the same versions; "
            "classes of a script or notebook must live in a module; if neither helps, the file is corrupt"
        ) from error
    except PermissionError:
        raise
    except Exception as error:
        raise _corrupt(path, error) from error


def _corrupt(path: Path, error: BaseException) -> InvalidInputError:
    detail = " ".join(str(error).split())
    return InvalidInputError(
        f"{path} is corrupt or cut off ({type(error).__name__}{': ' + detail[:200] if detail else ''}): copy it again, or save it again"
    )


def _check_estimator(path: Path, found: Any) -> None:
    if isinstance(found, type):
        raise InvalidInputError(f"{path} holds the class {found.__name__}, not a fitted object of it: fit one and save that")
    if hasattr(found, "fit"):
        return
    inside = ""
    if isinstance(found, dict):
        inside = f" with the keys {', '.join(repr(key) for key in list(found)[:8])}"
    elif isinstance(found, (list, tuple)):
        inside = f" of {len(found)}: {', '.join(type(item).__name__ for item in found[:8])}"
    raise InvalidInputError(f"{path} holds no estimator but a {type(found).__name__}{inside}: save the fitted estimator itself")


def _matters(warning: warnings.WarningMessage) -> bool:
    return not issubclass(warning.category, (DeprecationWarning, PendingDeprecationWarning, ResourceWarning))


def _note(warning: warnings.WarningMessage) -> str:
    from sklearn.exceptions import InconsistentVersionWarning

    message = warning.message
    if isinstance(message, InconsistentVersionWarning):
        return (
            f"{message.estimator_name} was saved by scikit-learn {message.original_sklearn_version}, this is "
            f"{message.current_sklearn_version}: verify the answers, or convert with the version that trained it"
        )
    return " ".join(str(message).split())
