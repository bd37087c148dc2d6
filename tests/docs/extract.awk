# SPDX-License-Identifier: MIT
# extract.awk -v page=NAME -v out=FOLDER FILE.md: the C++ of a page as sources, and what they must print. A block says how it is
# tested in an HTML comment on the line above it:
#
#   ```cpp  <!-- file scope -->, <!-- in main -->   pieces of the page's one program, NAME.cpp: all of the first kind, then main
#           <!-- program X -->                      a program of its own, NAME-X.cpp
#           <!-- firmware X -->                     the same for a board, NAME-X.firmware
#           <!-- header X -->                       X.hpp, which programs may include
#           <!-- refused X -->                      must not compile, NAME-X.refused
#           <!-- not compiled: REASON -->
#   ```text <!-- prints -->, <!-- prints about -->  what the program before it prints; in the second kind numbers may differ by 2 %
#           <!-- says -->                           what the compiler says of the refused block before it
#           <!-- not checked: REASON -->
#
# Blocks of other languages say nothing.
function fail(rule) {
    printf "%s:%d: docs: %s\n", FILENAME, FNR, rule > "/dev/stderr"
    failed = 1
    exit 1
}
# The word after `key` in a mark.
function word(key) {
    if (mark !~ "^" key " [a-z0-9_]+$") fail("a mark has one name; got <!-- " mark " -->; needs <!-- " key " name -->")
    return substr(mark, length(key) + 2)
}
function put(text) { printf "%s\n", text > (out "/" target) }

/^<!-- .* -->$/ && !open {
    mark = substr($0, 6, length($0) - 9)
    marked = FNR
    next
}
/^```/ && !open {
    open = FNR
    language = substr($0, 4)
    if (marked != FNR - 1) mark = ""
    target = ""
    place = ""
    if (language == "cpp") {
        if (mark == "file scope" || mark == "in main") {
            place = mark
            subject = page
        } else if (mark ~ /^program /) {
            subject = page "-" word("program")
            target = subject ".cpp"
        } else if (mark ~ /^firmware /) {
            subject = page "-" word("firmware")
            target = subject ".firmware"
        } else if (mark ~ /^header /) {
            target = word("header") ".hpp"
        } else if (mark ~ /^refused /) {
            subject = page "-" word("refused")
            target = subject ".refused"
            put("#include <pare/pare.hpp>")
        } else if (mark !~ /^not compiled: ./) {
            fail("a block of C++ says how it is tested; got " (mark == "" ? "no mark" : "<!-- " mark " -->") "; needs one of extract.awk")
        }
        if (target != "") put("#line " FNR + 1 " \"" FILENAME "\"")
        if (place == "file scope") outside = outside "#line " FNR + 1 " \"" FILENAME "\"\n"
        if (place == "in main") inside = inside "#line " FNR + 1 " \"" FILENAME "\"\n"
    } else if (language == "text") {
        if (mark ~ /^prints( about)?$|^says$/) {
            if (subject == "") fail("what a program prints stands below it; got no program; needs one")
            target = subject ".expected"
            put("%% " mark)
        } else if (mark !~ /^not checked: ./) {
            fail("a block of text says how it is tested; got " (mark == "" ? "no mark" : "<!-- " mark " -->") "; needs one of extract.awk")
        }
    }
    next
}
/^```$/ && open {
    open = 0
    next
}
open && target != "" { put($0) }
open && place == "file scope" { outside = outside $0 "\n" }
open && place == "in main" { inside = inside $0 "\n" }

END {
    if (failed) exit 1
    if (open) {
        FNR = open
        fail("a block ends; got no closing fence; needs one")
    }
    if (outside inside == "") exit
    target = page ".cpp"
    put(outside "#include <cstdio>\n#include <exception>\nint main() try {\n" inside "\n} catch (const std::exception& e) {")
    put("    std::fprintf(stderr, \"%s\\n\", e.what());\n    return 1;\n}")
}
