# SPDX-License-Identifier: MIT
# pare_compile_for_archs(TARGET SOURCE ARCHS scalar sse4_1 avx2 avx_vnni avx512 avx512_vnni zen4), on AArch64 ARCHS scalar neon neon_dotprod
# neon_i8mm
#
# Compiles SOURCE once for each arch, with that arch's flags, and links the objects into TARGET. The source learns its arch from
# pare::arch::native and must give each build other symbols, which an overload on the tag does:
#
#   void classify(pare::arch::native, const image& in, scores& out) { ... }
#
# The caller chooses by pare::arch::available<...>(). TARGET's include directories and definitions reach the objects, its
# compile options do not: they could name another instruction set.
function(pare_compile_for_archs target source)
    cmake_parse_arguments(PARSE_ARGV 2 arg "" "" ARCHS)
    set(sse4_1 -msse4.1)
    set(avx2 -mavx2 -mfma -mf16c -mbmi -mbmi2 -mpopcnt -mlzcnt)
    set(avx_vnni ${avx2} -mavxvnni)
    set(avx512 ${avx2} -mavx512f -mavx512cd -mavx512bw -mavx512dq -mavx512vl)
    set(avx512_vnni ${avx512} -mavx512vnni -mavx512vbmi -mavx512vbmi2)
    set(zen4 -march=znver3 ${avx512_vnni} -mavx512vpopcntdq)  # g++ 12.2 has no name of its own for it
    set(neon -march=armv8-a)
    set(neon_dotprod -march=armv8.2-a+dotprod)
    set(neon_i8mm -march=armv8.2-a+dotprod+i8mm)
    cmake_path(ABSOLUTE_PATH source)
    foreach(arch IN LISTS arg_ARCHS)
        if(arch STREQUAL "scalar")
            set(library pare::scalar)
            set(flags "")
        elseif(arch MATCHES "^(sse4_1|avx2|avx_vnni|avx512|avx512_vnni|zen4|neon|neon_dotprod|neon_i8mm)$")
            set(library pare::pare)
            set(flags ${${arch}})
        else()
            message(FATAL_ERROR "pare_compile_for_archs: an arch must be known; got ${arch}; needs scalar, sse4_1, avx2, avx_vnni, avx512, avx512_vnni, zen4, neon, neon_dotprod or neon_i8mm")
        endif()
        if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$" AND NOT arch MATCHES "^neon")
            list(PREPEND flags -march=x86-64)
        elseif(arch MATCHES "^(sse|avx|zen)")
            message(FATAL_ERROR "pare_compile_for_archs: ${arch} needs an x86-64 target; got ${CMAKE_SYSTEM_PROCESSOR}")
        elseif(arch MATCHES "^neon" AND NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$")
            message(FATAL_ERROR "pare_compile_for_archs: ${arch} needs an AArch64 target; got ${CMAKE_SYSTEM_PROCESSOR}")
        endif()
        set(object ${target}.${arch})
        add_library(${object} OBJECT ${source})
        target_link_libraries(${object} PRIVATE ${library})
        target_compile_options(${object} PRIVATE ${flags})
        target_include_directories(${object} PRIVATE $<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>)
        target_compile_definitions(${object} PRIVATE $<TARGET_PROPERTY:${target},COMPILE_DEFINITIONS>)
        target_sources(${target} PRIVATE $<TARGET_OBJECTS:${object}>)
    endforeach()
endfunction()
