# Sets emlearn_INCLUDE_DIR and emlearn_VERSION, read from version.hpp: the only place where the version is written.
# SPDX-License-Identifier: MIT

# <root>/cmake in the source tree, <prefix>/share/cmake/emlearn once installed.
get_filename_component(emlearn_INCLUDE_DIR "${CMAKE_CURRENT_LIST_DIR}/../include" ABSOLUTE)
if(NOT EXISTS "${emlearn_INCLUDE_DIR}/emlearn/version.hpp")
  get_filename_component(emlearn_INCLUDE_DIR "${CMAKE_CURRENT_LIST_DIR}/../../../include" ABSOLUTE)
endif()

file(STRINGS "${emlearn_INCLUDE_DIR}/emlearn/version.hpp" _emlearn_lines REGEX "#define EMLEARN_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
string(REGEX REPLACE "#define EMLEARN_VERSION_[A-Z]+ " "" _emlearn_lines "${_emlearn_lines}")
string(REPLACE ";" "." emlearn_VERSION "${_emlearn_lines}")
unset(_emlearn_lines)
