# SPDX-License-Identifier: MIT
# Of each register tile in a disassembly, a function whose name is like `frames`: the block between a backward branch and its target that has most dot products, the shortest of
# those that have as many; or, where `innermost` says so, each that has dot products and no block in it. Prints those where a line is like
# `stack`, or where more lines than dot products are like `reads`, and how many tiles there were; `least` must have been there.
function look(begin, end, most,    j, n) {
    n = 0
    if (reads != "") {
        for (j = begin; j <= end; ++j) n += text[j] ~ reads
        if (n > most) { print name ": " most " dot products, but " n " loads"; bad = 1 }
        n = 0
    }
    for (j = begin; j <= end; ++j) if (text[j] ~ stack) { if (n++ == 0) print name ": " most " dot products, but"; print "    " text[j] }
    if (n > 0) bad = 1
}
function report(    i, at, count, j, most, begin, end, last) {
    if (lines == 0) return
    most = last = 0
    for (i = 1; i <= lines; ++i) {
        if (text[i] !~ /^(j[a-z]+|b[.][a-z]+|cbn?z|tbn?z) / || !match(text[i], /[0-9a-f]+ </)) continue
        target = substr(text[i], RSTART, RLENGTH - 2)
        if (!(target in place) || place[target] > i) continue
        at = place[target]
        count = 0
        for (j = at; j <= i; ++j) count += text[j] ~ dots
        if (innermost) {
            if (count > 0 && at > last) { look(at, i, count); most = count }
            last = i
            continue
        }
        if (count > most || (count == most && most > 0 && i - at < end - begin)) { most = count; begin = at; end = i }
    }
    if (most == 0) return
    ++tiles
    if (!innermost) look(begin, end, most)
}
BEGIN { dots = "^(({vex} )?vpdpbusd|({vex} )?vpdpwssd|v?pmaddwd|vfmadd|mulps|s[mu]*dot|smlal|fmla)" }
/^[0-9a-f]+ <.*>:$/ { report(); lines = 0; delete place; name = $2; inside = name ~ frames; next }
inside && /^ *[0-9a-f]+:\t/ {
    split($0, field, "\t")
    address = field[1]; gsub(/[ :]/, "", address)
    text[++lines] = field[2] (field[3] != "" ? " " field[3] : "")
    sub(/ +$/, "", text[lines])
    place[address] = lines
}
END { report(); print tiles + 0 " register tiles"; exit tiles + 0 < least || bad }
