"""The scikit-learn estimators that are not supported, each with the reason and the nearest class that is.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

from typing import NamedTuple


class Unsupported(NamedTuple):
    """Why a class is not supported, and what to use instead."""

    reason: str
    nearest: str


_KEEPS_ROWS = "it keeps every training row: too large for a device"
_NO_PREDICT = "it has no predict for new rows: it labels only the rows it was fitted on"
_NO_TRANSFORM = "it has no transform for new rows: it embeds only the rows it was fitted on"
_ITERATES = "transform solves an optimisation for each row: no fixed time on a device"
_TEXT = "it takes text, a device reads numbers: compute the features first"
_LABELS = "it encodes labels, not features: classifiers here keep their own labels"

#: By class name, of sklearn.utils.all_estimators(); `nearest` is a class that can be converted.
UNSUPPORTED: dict[str, Unsupported] = {
    # Neighbours
    "NearestNeighbors": Unsupported("it answers with training rows, not with a prediction", "ExtraTreesClassifier"),
    "KNeighborsTransformer": Unsupported("its output is a sparse graph over the training rows", "ExtraTreesRegressor"),
    "RadiusNeighborsTransformer": Unsupported("its output is a sparse graph over the training rows", "ExtraTreesRegressor"),
    # Clustering
    "AgglomerativeClustering": Unsupported(_NO_PREDICT, "GaussianMixture"),
    "DBSCAN": Unsupported(_NO_PREDICT, "GaussianMixture"),
    "HDBSCAN": Unsupported(_NO_PREDICT, "GaussianMixture"),
    "OPTICS": Unsupported(_NO_PREDICT, "GaussianMixture"),
    "SpectralClustering": Unsupported(_NO_PREDICT, "GaussianMixture"),
    "SpectralBiclustering": Unsupported("it clusters the rows and columns of one matrix and has no predict", "GaussianMixture"),
    "SpectralCoclustering": Unsupported("it clusters the rows and columns of one matrix and has no predict", "GaussianMixture"),
    # Decomposition, projection and manifolds
    "DictionaryLearning": Unsupported(_ITERATES, "MLPClassifier"),
    "LatentDirichletAllocation": Unsupported(_ITERATES, "MLPClassifier"),
    "MiniBatchDictionaryLearning": Unsupported(_ITERATES, "MLPClassifier"),
    "MiniBatchNMF": Unsupported(_ITERATES, "MLPClassifier"),
    "MiniBatchSparsePCA": Unsupported(_ITERATES, "MLPClassifier"),
    "NMF": Unsupported(_ITERATES, "MLPClassifier"),
    "SparseCoder": Unsupported(_ITERATES, "MLPClassifier"),
    "SparsePCA": Unsupported(_ITERATES, "MLPClassifier"),
    "Isomap": Unsupported(_KEEPS_ROWS, "MLPClassifier"),
    "LocallyLinearEmbedding": Unsupported(_KEEPS_ROWS, "MLPClassifier"),
    "ClassicalMDS": Unsupported(_NO_TRANSFORM, "MLPClassifier"),
    "MDS": Unsupported(_NO_TRANSFORM, "MLPClassifier"),
    "SpectralEmbedding": Unsupported(_NO_TRANSFORM, "MLPClassifier"),
    "TSNE": Unsupported(_NO_TRANSFORM, "MLPClassifier"),
    # Kernel approximation
    "PolynomialCountSketch": Unsupported("needs a Fourier transform of hashed features", "MLPClassifier"),
    # Preprocessing and missing values
    "KernelCenterer": Unsupported(
        "it centres rows of a kernel matrix that is computed elsewhere: KernelPCA and Nystroem take features", "StandardScaler"
    ),
    "LabelBinarizer": Unsupported(_LABELS, "RandomForestClassifier"),
    "LabelEncoder": Unsupported(_LABELS, "RandomForestClassifier"),
    "MultiLabelBinarizer": Unsupported("it encodes labels, not features: fit on its output", "MLPClassifier"),
    "KNNImputer": Unsupported(
        "each missing value is a search through every training row; trees take missing values themselves", "RandomForestClassifier"
    ),
    # Feature extraction
    "CountVectorizer": Unsupported(_TEXT, "StandardScaler"),
    "HashingVectorizer": Unsupported(_TEXT, "StandardScaler"),
    "TfidfVectorizer": Unsupported(_TEXT, "StandardScaler"),
    "TfidfTransformer": Unsupported("it weighs sparse word counts: made for text", "StandardScaler"),
    "DictVectorizer": Unsupported("it takes Python dicts, a device reads numbers: compute the features first", "StandardScaler"),
    "FeatureHasher": Unsupported("it takes Python objects, a device reads numbers: compute the features first", "StandardScaler"),
    "PatchExtractor": Unsupported("it cuts images into random patches: made for training, not for prediction", "StandardScaler"),
    # Others
    "LabelPropagation": Unsupported(_KEEPS_ROWS, "RandomForestClassifier"),
    "LabelSpreading": Unsupported(_KEEPS_ROWS, "RandomForestClassifier"),
}


def explain(cls: type) -> str | None:
    """The message for a scikit-learn class that is known not to be supported; None for all others."""
    entry = UNSUPPORTED.get(cls.__name__) if cls.__module__.split(".")[0] == "sklearn" else None
    if entry is None:
        return None
    return (
        f"{cls.__name__} cannot be converted: {entry.reason}. Nearest supported: {entry.nearest}. "
        "To ask for it, open an issue at https://github.com/emlearn/emlearn/issues"
    )
