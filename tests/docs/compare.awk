# SPDX-License-Identifier: MIT
# compare.awk EXPECTED OUTPUT: the blocks of EXPECTED stand in OUTPUT, in order. A block begins with a line `%% prints`, or with
# `%% prints about`, in which numbers may differ by 2 %, and spaces by any number.
function same(expected, got, about, count, i, e, g, x, y) {
    if (expected == got) return 1
    if (!about) return 0
    count = split(expected, e, " ")
    if (split(got, g, " ") != count) return 0
    for (i = 1; i <= count; ++i) {
        if (e[i] == g[i]) continue
        if (e[i] !~ /^-?[0-9.]+[%x,;:)]*$/ || g[i] !~ /^-?[0-9.]+[%x,;:)]*$/) return 0
        x = e[i] + 0
        y = g[i] + 0
        if ((x - y) * (x - y) > 0.0004 * x * x) return 0
    }
    return 1
}
FNR == NR && /^%% / {
    kind[++blocks] = $0
    next
}
FNR == NR {
    line[blocks, ++size[blocks]] = $0
    next
}
{ output[++lines] = $0 }
END {
    if (blocks == 0) {
        print "docs: nothing is expected; this proves nothing"
        exit 1
    }
    from = 1
    for (b = 1; b <= blocks; ++b) {
        if (size[b] == 0) {
            print "docs: a block has no lines; this proves nothing"
            exit 1
        }
        for (at = from; at + size[b] - 1 <= lines; ++at) {
            for (i = 1; i <= size[b] && same(line[b, i], output[at + i - 1], kind[b] ~ /about/); ++i) {
            }
            if (i > size[b]) break
        }
        if (at + size[b] - 1 > lines) {
            print "docs: the page shows"
            for (i = 1; i <= size[b]; ++i) print "  " line[b, i]
            print "docs: the program printed, from where the block before ended,"
            for (i = from; i <= lines; ++i) print "  " output[i]
            exit 1
        }
        from = at + size[b]
    }
    print blocks " blocks are as the program printed them"
}
