#!/bin/sh
# The least that a project needs: the compiler and -I. Usage: build.sh INCLUDE OUTPUT
# SPDX-License-Identifier: MIT
exec "${CXX:-g++}" -std=c++11 -Wall -Wextra -Wconversion -Wshadow -Werror -I "$1" "$(dirname "$0")/../main.cpp" -o "$2"
