#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# floors_self_test.sh CHECK SCRATCH: plants one violation at a time in a small tree; the check must name it.
set -euo pipefail
check=$1 scratch=$2
status=0 count=0

rm -rf "$scratch"
pare=$scratch/include/pare
for floor in core format arch kernel layer model compress io metrics; do
    mkdir -p "$pare/$floor"
    printf '// SPDX-License-Identifier: MIT\n// Nothing.\n#pragma once\n' >"$pare/$floor/a.hpp"
done
printf '// SPDX-License-Identifier: MIT\n// All.\n#pragma once\n#include <array>\n#include <pare/model/a.hpp>\n' >"$pare/pare.hpp"
printf '// SPDX-License-Identifier: MIT\n// Nothing.\n#pragma once\n#include <pare/core/a.hpp>\n' >"$pare/core/b.hpp"
printf '#include <pare/core/a.hpp>\n' >>"$pare/model/a.hpp"
printf '#include <pare/pare.hpp>\n#include <vector>\n' >>"$pare/io/a.hpp"

# plant EXPECTED FILE LINE...: appends the lines to FILE, which may be new, asks the check, and takes them away again.
plant() {
    local expected=$1 file=$pare/$2 before='' message
    shift 2
    [ ! -e "$file" ] || before=$(<"$file")$'\n'
    { printf '%s' "$before" && printf '%s\n' "$@"; } >"$file"
    count=$((count + 1))
    if message=$("$check" "$scratch" 2>&1); then
        [ -z "$expected" ] || { echo "not seen in $file: $* (should say: $expected)"; status=1; }
    elif [ -z "$expected" ] || [[ $message != *"$expected"* ]]; then
        printf '%s\nwrong words for %s: %s (should say: %s)\n' "$message" "$file" "$*" "$expected"
        status=1
    fi
    if [ -n "$before" ]; then printf '%s' "$before" >"$file"; else rm "$file"; fi
}

plant '' core/a.hpp '// #define in a comment, #include <vector>'
plant '' arch/a.hpp '#include <immintrin.h>' '#include <sys/auxv.h>' '#include <xsimd/xsimd.hpp>'
plant '' compress/a.hpp '#include <Eigen/Dense>' '#include <pare/io/a.hpp>' '#include <pare/arch/a.hpp>'
plant 'core/a.hpp:4: floors: includes only its own floor or below' core/a.hpp '#include <pare/format/a.hpp>'
plant 'floors: includes only its own floor or below' layer/a.hpp '#include <pare/model/a.hpp>'
plant 'floors: includes only its own floor or below' model/a.hpp '#include <pare/pare.hpp>'
plant 'floors: arch and format do not see one another' arch/a.hpp '#include <pare/format/a.hpp>'
plant 'floors: arch and format do not see one another' format/a.hpp '#include <pare/arch/a.hpp>'
plant 'floors: nothing on floors 0-5 includes the host wing' model/a.hpp '#include <pare/metrics/a.hpp>'
plant 'floors: nothing on floors 0-5 includes the host wing' pare.hpp '#include <pare/io/a.hpp>'
plant 'includes: there is a cycle' core/a.hpp '#include <pare/core/b.hpp>'
plant 'includes: no such header' kernel/a.hpp '#include <pare/core/missing.hpp>'
plant 'includes: angle brackets' kernel/a.hpp '#include "a.hpp"'
for header in vector string iostream memory functional map fstream Eigen/Dense nlohmann/json.hpp; do
    plant "firmware: floors 0-5 do without this header; got $header" kernel/a.hpp "#include <$header>"
    plant "firmware: floors 0-5 do without this header; got $header" pare.hpp "  #  include <$header>"
done
for header in immintrin.h arm_neon.h arm_mve.h emmintrin.h x86intrin.h sys/auxv.h xsimd/xsimd.hpp; do
    plant 'arch: the only place for intrinsics' kernel/a.hpp "#include <$header>"
    plant 'arch: the only place for intrinsics' compress/a.hpp "#include <$header>"
done
plant 'macros: only core/config.hpp' io/a.hpp '#define X'
plant 'names: no using namespace' io/a.hpp 'using namespace std;'
plant 'firmware: floors 0-5 neither throw' model/a.hpp 'inline void f() { throw 1; }'
plant 'head: the second line' core/c.hpp '// SPDX-License-Identifier: MIT' '#pragma once'
plant 'head: the first line' core/c.hpp '// Something.' '// Something.' '#pragma once'
plant 'head: #pragma once' core/c.hpp '// SPDX-License-Identifier: MIT' '// Something.' '#include <array>'

plant 'floors: a header lives on a known floor; got extra.hpp' extra.hpp '// SPDX-License-Identifier: MIT' '// Nothing.' '#pragma once'

echo "$count trees planted"
exit $status
