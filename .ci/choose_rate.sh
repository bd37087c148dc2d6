#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# choose_rate.sh FOLDER: the programs in FOLDER give the same bytes again, from where they were interrupted, and on four processes; a
# process that fails says so.
set -euo pipefail
programs=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$(dirname "${BASH_SOURCE[0]}")/.."
small=(--network lenet300 --criteria "magnitude,entropy,error" --images 300 --folds 3 --calibration 100 --grid "50,80,90" --bisections 2)
processes() { OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun --oversubscribe --mca mpi_yield_when_idle 1 --mca btl_vader_single_copy_mechanism none "$@"; }
same() { cmp "$scratch/once.json" "$scratch/$1.json" && echo "$1: the same bytes"; }

"$programs/choose_rate" "${small[@]}" --journal "$scratch/journal" --json "$scratch/once.json"
"$programs/choose_rate" "${small[@]}" --threads 1 --json "$scratch/again.json" >/dev/null 2>&1
same again
head -c -40 "$scratch/journal" | head -c 700 >"$scratch/cut"
"$programs/choose_rate" "${small[@]}" --journal "$scratch/cut" --json "$scratch/resumed.json" 2>&1 | grep 'going on, [0-9]* scores are there'
same resumed
! "$programs/choose_rate" "${small[@]}" --seed 2 --journal "$scratch/cut" --json "$scratch/other.json" >"$scratch/log" 2>&1
grep 'scores of other settings' "$scratch/log"

[ -x "$programs/choose_rate_mpi" ] || { echo "choose_rate_mpi: not built"; exit 1; }
processes -np 4 "$programs/choose_rate_mpi" "${small[@]}" --json "$scratch/processes.json" >/dev/null 2>&1
same processes
mkdir "$scratch/empty"
! processes -np 2 "$programs/choose_rate_mpi" "${small[@]}" --json "$scratch/failed.json" : \
    -np 1 "$programs/choose_rate_mpi" "${small[@]}" --data "$scratch/empty" >"$scratch/log" 2>&1
grep 'choose_rate: process 2 of 3: .*lenet300.safetensors' "$scratch/log"
[ ! -e "$scratch/failed.json" ]
echo "choose_rate: 4 passed, 0 failed"
