"""The package as others get it: sdist, wheel, CMake package, a bare include path; with and without a C++ compiler.

SPDX-License-Identifier: MIT
"""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import emlearn
import pytest

ROOT = Path(__file__).resolve().parents[2]
CONSUMERS = ROOT / "tests" / "consumers"
FAMILIES_COMPILED = sorted(path.stem for path in (ROOT / "python" / "bindings").glob("*.cpp"))
VERSION = ".".join(
    re.findall(r"#define EMLEARN_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", (ROOT / "include" / "emlearn" / "version.hpp").read_text())
)

# One worker builds the wheel once, for all tests of this file.
pytestmark = pytest.mark.xdist_group("packaging")


def run(*command: object, cwd: Path | None = None, fails: bool = False) -> str:
    """What the command printed; it has to succeed, or to fail where `fails`."""
    outcome = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, cwd=cwd)
    said = outcome.stdout + outcome.stderr
    assert (outcome.returncode != 0) == fails, f"{command}\n{said}"
    return said


def build_consumer(name: str, build: Path, *options: str) -> str:
    """What the consumer's program prints."""
    run("cmake", "-S", CONSUMERS / name, "-B", build, *options)
    run("cmake", "--build", build)
    return run(build / "consumer").strip()


def make_environment(folder: Path, wheel: Path) -> Path:
    """The Python of a fresh environment that has the wheel, and everything but emlearn from this one."""
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    python = folder / "bin" / "python"
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", "--quiet", wheel)
    (site / "outer.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    code = f"import scikit_build_core.build as build; print(build.build_sdist({str(folder)!r}))"
    run(sys.executable, "-c", code, cwd=ROOT)
    (made,) = folder.glob("*.tar.gz")
    return made


@pytest.fixture(scope="session")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder)
    return folder / sdist.name.removesuffix(".tar.gz")


def build_wheel(source: Path, folder: Path, *options: str) -> Path:
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, *options, source)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="session")
def wheel(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(unpacked, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_environment(tmp_path_factory.mktemp("installed"), wheel)


@pytest.fixture(scope="session")
def plain_python(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment whose emlearn was installed without its extension modules."""
    wheel = build_wheel(unpacked, tmp_path_factory.mktemp("plain_wheel"), "--config-settings=cmake.define.EMLEARN_BINDINGS=OFF")
    return make_environment(tmp_path_factory.mktemp("plain"), wheel)


def test_version_is_the_same_everywhere(sdist: Path, wheel: Path, python: Path) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)
    assert emlearn.__version__ == VERSION
    assert sdist.name == f"emlearn-{VERSION}.tar.gz"
    assert wheel.name.startswith(f"emlearn-{VERSION}-")
    code = "import emlearn, importlib.metadata as m; print(emlearn.__version__, m.version('emlearn'))"
    assert run(python, "-I", "-c", code).split() == [VERSION, VERSION]


def test_wheel_holds_headers_cmake_package_and_kernels(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    headers = {f"emlearn/include/{path.relative_to(ROOT / 'include').as_posix()}" for path in (ROOT / "include").rglob("*.hpp")}
    assert headers <= names
    assert {name for name in names if name.endswith(".cmake")} == {
        f"emlearn/share/cmake/emlearn/{path.name}" for path in (ROOT / "cmake").glob("*.cmake")
    }
    assert {name for name in names if name.endswith(".so")} == {f"emlearn/_kernels/{family}{suffix}" for family in FAMILIES_COMPILED}
    sources = {path.relative_to(ROOT / "python").as_posix() for path in (ROOT / "python" / "emlearn").rglob("*.py")}
    assert sources <= names
    assert all(name.startswith(("emlearn/", f"emlearn-{VERSION}.dist-info/")) for name in names)


def test_installed_package_tells_where_its_files_are(python: Path) -> None:
    code = "import emlearn; print(emlearn.__file__, emlearn.get_include(), emlearn.get_cmake_dir(), sep='\\n')"
    package, include, cmake = map(Path, run(python, "-I", "-c", code).splitlines())
    assert ROOT not in package.parents
    assert include == package.parent / "include"
    assert (include / "emlearn" / "flash.hpp").is_file()
    assert cmake == package.parent / "share" / "cmake" / "emlearn"
    assert (cmake / "emlearnConfig.cmake").is_file()


def test_source_tree_tells_where_its_files_are() -> None:
    if not Path(emlearn.__file__).is_relative_to(ROOT):
        pytest.skip("the tests run on an installed package, not on the source tree")
    assert Path(emlearn.get_include()) == ROOT / "include"
    assert Path(emlearn.get_cmake_dir()) == ROOT / "cmake"


def test_cmake_finds_the_python_package(python: Path, tmp_path: Path) -> None:
    folder = run(python, "-I", "-c", "import emlearn; print(emlearn.get_cmake_dir())").strip()
    assert build_consumer("find_package", tmp_path, f"-Demlearn_DIR={folder}") == VERSION


def test_cmake_finds_the_source_tree(tmp_path: Path) -> None:
    assert build_consumer("find_package", tmp_path, f"-Demlearn_DIR={ROOT / 'cmake'}") == VERSION


@pytest.fixture(scope="session")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `cmake --install` has put the library."""
    build, prefix = tmp_path_factory.mktemp("build"), tmp_path_factory.mktemp("prefix")
    run("cmake", "-S", ROOT, "-B", build, "-DEMLEARN_TESTS=OFF")
    run("cmake", "--install", build, "--prefix", prefix)
    return prefix


def test_cmake_finds_an_installed_library(prefix: Path, tmp_path: Path) -> None:
    assert build_consumer("find_package", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={prefix}") == VERSION
    moved = shutil.copytree(prefix, tmp_path / "moved")
    assert build_consumer("find_package", tmp_path / "other", f"-DCMAKE_PREFIX_PATH={moved}") == VERSION


def test_cmake_gives_the_version_asked_for(prefix: Path, tmp_path: Path) -> None:
    major, minor, patch = map(int, VERSION.split("."))
    fits = ["", f"{major}", f"{major}.{minor}", f"{VERSION}", f"{VERSION} EXACT", f"{major}.{minor}...{major}.{minor + 1}"]
    wrong = [f"{major + 1}", f"{major}.{minor + 1}", f"{major}.{minor}.{patch + 1}", f"{major}.{minor}.{patch + 1} EXACT"]
    wrong += [f"{major}.{minor + 1}...{major}.{minor + 2}", f"0.0.1...<{VERSION}"]
    for number, wanted in enumerate(fits + wrong):
        options = [f"-DCMAKE_PREFIX_PATH={prefix}", f"-DEMLEARN_WANTED={wanted}"]
        command = ["cmake", "-S", CONSUMERS / "find_package", "-B", tmp_path / str(number), *options]
        said = run(*command, fails=wanted in wrong)
        assert (f"emlearn_VERSION={VERSION}" in said) == (wanted in fits)


def test_cmake_takes_the_library_as_a_subdirectory(tmp_path: Path) -> None:
    assert build_consumer("add_subdirectory", tmp_path) == VERSION


def test_an_include_path_is_enough(tmp_path: Path) -> None:
    run(CONSUMERS / "include_only" / "build.sh", ROOT / "include", tmp_path / "consumer")
    assert run(tmp_path / "consumer").strip() == VERSION


FIT = """
import warnings
import numpy as np, sklearn.tree, emlearn
X = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
estimator = sklearn.tree.DecisionTreeClassifier(max_depth=4, random_state=0).fit(X, X[:, 0] * X[:, 1] > 0)
model = emlearn.convert(estimator)
text = model.save(name="tree")
assert "namespace tree" in text
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    assert (model.predict(X) == estimator.predict(X)).all()
print([str(warning.message) for warning in caught])
"""


def test_installed_package_converts_and_predicts(python: Path) -> None:
    assert run(python, "-I", "-c", FIT).strip() == "[]"


def test_without_kernels_converting_works_and_predict_says_so(plain_python: Path) -> None:
    code = "import emlearn._kernels.trees"
    assert "ModuleNotFoundError" in run(plain_python, "-I", "-c", code, fails=True)
    assert "numpy" in run(plain_python, "-I", "-c", FIT)


def test_without_a_compiler_the_package_installs(unpacked: Path, tmp_path: Path) -> None:
    said = run("cmake", "-S", unpacked, "-B", tmp_path, "-DEMLEARN_BINDINGS=ON", "-DEMLEARN_TESTS=OFF", "-DCMAKE_CXX_COMPILER=NOTFOUND")
    assert "no C++ compiler found" in said


def test_shell_command_is_installed(python: Path) -> None:
    said = run(python.parent / "emlearn", "--help")
    assert "convert" in said


def test_incumbent_is_not_installed_beside(python: Path) -> None:
    """One distribution of the name: ours."""
    found = [d for d in importlib.metadata.distributions() if d.metadata["Name"] == "emlearn"]
    assert {d.version for d in found} <= {VERSION}
