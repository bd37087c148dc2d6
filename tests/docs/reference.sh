#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# reference.sh ROOT SCRATCH: every public name in include/pare is documented, as doxygen sees it (.doxyfile says what is public).
set -euo pipefail
root=$1 scratch=$2
command -v doxygen >/dev/null || { echo "skipped: doxygen is not here"; exit 77; }
rm -rf "$scratch"
mkdir -p "$scratch"
cd "$root"
{
    cat .doxyfile
    echo "OUTPUT_DIRECTORY = $scratch"
    echo "WARN_LOGFILE = $scratch/warnings"
    echo "GENERATE_HTML = NO"
    echo "GENERATE_XML = YES"
} >"$scratch/doxyfile"
doxygen "$scratch/doxyfile" >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
status=0
if [ -s "$scratch/warnings" ]; then
    sed "s|^$(pwd)/||" "$scratch/warnings"
    status=1
fi

# doxygen leaves out concepts, empty types and namespaces that are not documented, without a word.
find include -name '*.hpp' -exec awk '
    FNR == 1 { inside = documented = hidden = 0 }
    /^namespace (.*::)?(detail[0-9]*|kernels) \{/ { inside = 1 }
    /^\}  \/\/ namespace (.*::)?(detail[0-9]*|kernels)$/ { inside = 0 }
    /^\/\/\/ @cond/ { hidden = 1 }
    /^\/\/\/ @endcond/ { hidden = 0 }
    /^(concept|struct|class|enum) [^;]*[={]/ && !documented && !inside && !hidden && !/\/\/\/</ {
        printf "%s:%d: %s %s is not documented\n", FILENAME, FNR, $1, $2
        failed = 1
    }
    /^\/\/\// { documented = 1; next }
    !/^(template|    requires|     )/ { documented = 0 }
    END { exit failed }' {} + || status=1
for file in "$scratch"/xml/namespace*.xml; do
    name=$(sed -n 's|^    <compoundname>\(.*\)</compoundname>|\1|p' "$file")
    [[ $name == pare* ]] || continue
    grep -A1 '^    <briefdescription>' "$file" | grep -q '<para>' || { echo "namespace $name is not documented"; status=1; }
done

names=$(grep -cE '^ *<(member|compound) refid="[^"]*" kind="(class|struct|concept|namespace|define|enum|enumvalue|friend|function|typedef|variable)"' \
    "$scratch/xml/index.xml" || true)
[ "$names" -gt 0 ] || { echo "doxygen saw no name; this proves nothing"; exit 1; }
[ $status -ne 0 ] || echo "$names names documented"
exit $status
