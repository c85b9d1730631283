#!/usr/bin/env bash
# Makes .venv and installs this checkout in it, editable. Usage: tools/setup_venv.sh dependencies|package|lint [PYTHON]
# SPDX-License-Identifier: MIT
set -euo pipefail
cd "$(dirname "$0")/.."

step=$1
python=${2:-python3}
venv=.venv
pip=("$venv/bin/python" -m pip --disable-pip-version-check --quiet)

make_venv() {
  "$venv/bin/python" -m pip --version >/dev/null 2>&1 && return
  if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
    echo "emlearn needs Python 3.10 or later, and '$python' is $("$python" --version 2>&1 || echo missing): make PYTHON=/path/to/python3.x" >&2
    exit 1
  fi
  echo "making $venv with $("$python" --version)"
  rm -rf "$venv"
  "$python" -m venv "$venv" && return
  rm -rf "$venv"
  "$python" -m virtualenv "$venv" && return
  echo "'$python' can make no virtual environment: apt-get install python3-venv, or $python -m pip install virtualenv" >&2
  exit 1
}

# The build runs in .venv itself, so that an unchanged extension module is not built again.
install_package() {
  "${pip[@]}" install --no-build-isolation --config-settings=build-dir='build/python/{wheel_tag}' "$@"
}

case $step in
  dependencies)
    make_venv
    echo "installing the dependencies into $venv"
    "${pip[@]}" install "scikit-build-core>=1.1" "pybind11>=2.13" cmake ninja
    install_package --editable '.[test,plots,demo]'
    ;;
  package)
    echo "installing emlearn, editable, into $venv"
    install_package --no-deps --editable .
    ;;
  lint)
    echo "installing the checkers into $venv"
    install_package --editable '.[lint]'
    ;;
  *)
    echo "unknown step '$step': dependencies, package or lint" >&2
    exit 2
    ;;
esac
