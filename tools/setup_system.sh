#!/usr/bin/env bash
# Installs the compilers and emulators that are missing, where apt-get and the rights are there; names them where not.
# EMLEARN_APT=0 installs nothing. Usage: tools/setup_system.sh [PYTHON]. Fails only where the library itself could not be built.
# SPDX-License-Identifier: MIT
set -uo pipefail

python=${1:-python3}

has() { command -v "$1" >/dev/null 2>&1; }
includes() { has g++ && echo "#include <$1>" | g++ -E -x c++ - >/dev/null 2>&1; }
finds() { has "$1" && [ "$("$1" -print-file-name="$2")" != "$2" ]; }
any_clang() { has clang++ || compgen -c clang++- >/dev/null; }
avr_libc() { has avr-gcc && echo "#include <avr/io.h>" | avr-gcc -mmcu=atmega328p -E - >/dev/null 2>&1; }
catch2() { includes catch2/catch.hpp || includes catch2/catch_all.hpp; }
ensurepip() { "$python" -c 'import ensurepip' 2>/dev/null || "$python" -c 'import virtualenv' 2>/dev/null; }
python_headers() { includes "$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h"; }

# package | how to see that it is there | what goes without it
required=(
  "python3|has $python|everything"
  "python3-venv|ensurepip|the virtual environment"
  "g++|has g++|the extension modules and the C++ tests"
  "python3-dev|python_headers|the extension modules"
  "catch2|catch2|the C++ tests"
)
optional=(
  "git|has git|make lint"
  "clang-16|any_clang|checks with a second compiler"
  "gcc-avr|has avr-gcc|compiling for AVR"
  "avr-libc|avr_libc|compiling for AVR"
  "simavr|has simavr|running on an emulated AVR"
  "libsimavr-dev|includes simavr/sim_avr.h|counting cycles and stack on an emulated AVR"
  "gcc-arm-none-eabi|has arm-none-eabi-gcc|compiling for Cortex-M"
  "libnewlib-arm-none-eabi|finds arm-none-eabi-gcc libc.a|compiling for Cortex-M"
  "libstdc++-arm-none-eabi-newlib|finds arm-none-eabi-g++ libstdc++.a|compiling for Cortex-M"
  "qemu-system-arm|has qemu-system-arm|running on an emulated Cortex-M"
  "gcc-riscv64-unknown-elf|has riscv64-unknown-elf-gcc|compiling for RISC-V"
  "picolibc-riscv64-unknown-elf|finds riscv64-unknown-elf-gcc picolibc.specs|compiling for RISC-V"
  "qemu-system-misc|has qemu-system-riscv32|running on an emulated RISC-V"
  "gcc-xtensa-lx106|has xtensa-lx106-elf-gcc|compiling for ESP8266"
)

missing() {
  local line package probe
  for line in "$@"; do
    IFS='|' read -r package probe _ <<<"$line"
    # shellcheck disable=SC2086  # a probe is a function and its arguments
    $probe || echo "$package"
  done
}

wanted=$(missing "${required[@]}" "${optional[@]}")
[ -z "$wanted" ] && exit 0

as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo -n)
if [ "${EMLEARN_APT:-1}" != 0 ] && has apt-get && "${as_root[@]}" true 2>/dev/null; then
  echo "installing system packages: ${wanted//$'\n'/ }"
  "${as_root[@]}" apt-get -qq update || echo "apt-get update failed: trying with the lists that are here"
  known=()
  for package in $wanted; do
    [ "$package" = clang-16 ] && ! apt-cache show clang-16 >/dev/null 2>&1 && package=clang
    apt-cache show "$package" >/dev/null 2>&1 && known+=("$package")
  done
  install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends)
  log=$(mktemp)
  if [ ${#known[@]} -gt 0 ] && ! "${install[@]}" "${known[@]}" >"$log" 2>&1 </dev/null; then
    # One package that cannot be had must not keep the others away.
    for package in "${known[@]}"; do
      "${install[@]}" "$package" >"$log" 2>&1 </dev/null || { echo "apt-get could not install $package:"; tail -n 3 "$log"; }
    done
  fi
  rm -f "$log"
fi

failed=0
for group in required optional; do
  declare -n lines=$group
  for line in "${lines[@]}"; do
    IFS='|' read -r package probe purpose <<<"$line"
    # shellcheck disable=SC2086
    $probe && continue
    echo "missing: $package, needed for $purpose. To get it: apt-get install --no-install-recommends $package" >&2
    [ "$group" = required ] && failed=1
  done
done
exit $failed
