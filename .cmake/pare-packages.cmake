# SPDX-License-Identifier: MIT
# Which optional packages are here, for the build tree and for the installed config alike. Sets
#   PARE_XSIMD_INCLUDE    the include directories of xsimd, or nothing
#   PARE_IO_TARGETS       what pare::io links beside pare::pare, or nothing when a package is missing
#   PARE_COMPRESS_TARGETS the same for pare::compress
# GLOBAL as its argument lets a project above this directory link the targets too.
macro(pare_find_packages)
    set(PARE_XSIMD_INCLUDE "")
    set(PARE_IO_TARGETS "")
    set(PARE_COMPRESS_TARGETS "")
    find_package(xsimd CONFIG QUIET ${ARGN})
    if(TARGET xsimd)
        # Not the target itself: Debian's links xtl, which its package does not bring and its headers do not use.
        get_target_property(PARE_XSIMD_INCLUDE xsimd INTERFACE_INCLUDE_DIRECTORIES)
    else()
        message(STATUS "pare: xsimd is not here; pare::pare does without it")
    endif()
    find_package(nlohmann_json CONFIG QUIET ${ARGN})
    find_package(ZLIB QUIET ${ARGN})
    find_package(Eigen3 CONFIG QUIET ${ARGN})
    if(TARGET nlohmann_json::nlohmann_json AND TARGET ZLIB::ZLIB)
        set(PARE_IO_TARGETS nlohmann_json::nlohmann_json ZLIB::ZLIB)
        if(TARGET Eigen3::Eigen)
            set(PARE_COMPRESS_TARGETS Eigen3::Eigen ${PARE_IO_TARGETS})
        else()
            message(STATUS "pare: no target pare::compress, it needs Eigen 3 (libeigen3-dev)")
        endif()
    else()
        message(STATUS "pare: no targets pare::io and pare::compress, they need nlohmann_json and zlib (nlohmann-json3-dev, zlib1g-dev)")
    endif()
endmacro()
