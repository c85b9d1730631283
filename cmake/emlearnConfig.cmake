# find_package(emlearn): defines emlearn::emlearn. The same file serves an installation, a Python package and the source tree.
# SPDX-License-Identifier: MIT
include("${CMAKE_CURRENT_LIST_DIR}/emlearnVersion.cmake")

if(NOT TARGET emlearn::emlearn)
  add_library(emlearn::emlearn INTERFACE IMPORTED)
  set_target_properties(emlearn::emlearn PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${emlearn_INCLUDE_DIR}")
  if(CMAKE_CXX_COMPILER_LOADED)
    set_target_properties(emlearn::emlearn PROPERTIES INTERFACE_COMPILE_FEATURES cxx_std_11)
  endif()
endif()
