#!/bin/bash
# Fuzzes what reads requests in C (OTLP of each signal as protobuf and JSON, Prometheus remote write)
# with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer.
#
#     assets/fuzz_native.sh [SECONDS] [DOOR...]     (default: 60 seconds for each of all doors)
#     FUZZ_CORPUS=~/corpus assets/fuzz_native.sh 600 json-logs
#
# Doors: logs points histograms spans json-logs json-metrics json-traces remote-write-1
# remote-write-2. Inputs that reach new code are kept in FUZZ_CORPUS, if that is set. Ends with 1 at a
# finding, whose input is kept in FUZZ_FINDINGS; with 3 where there is no clang.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
seconds=${1:-60}
shift || true
doors=${*:-logs points histograms spans json-logs json-metrics json-traces \
    remote-write-1 remote-write-2}
python=${PYTHON:-$([ -x .venv/bin/python ] && echo "$root/.venv/bin/python" || command -v python3)}
clang=$(sh assets/fuzzing_tools.sh)
[ -n "$clang" ] || exit 3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
corpus=${FUZZ_CORPUS:-$scratch/corpus}
findings=${FUZZ_FINDINGS:-${TMPDIR:-/tmp}/limnograph-fuzz-findings}

# What makes Python's objects is left out; everything that it calls does without.
sources=$(grep -L PyObject assets/_native/*.c)
"$clang" -std=gnu11 -O1 -g -Wall -Wextra -fsanitize=fuzzer,address,undefined \
    -fno-sanitize-recover=undefined -Iassets/_native/fuzz -Iassets/_native \
    $sources assets/_native/fuzz/*.c -lm -o "$scratch/fuzz"
PYTHONPATH="$root:$root/sdk/src" "$python" tests/assets/otlp_wire/fuzz_seeds.py "$scratch/seeds"

for door in $doors; do
    mkdir -p "$corpus/$door" "$findings"
    dictionary=()
    case $door in json-*) dictionary=("-dict=$scratch/seeds/json.dict") ;; esac
    if ! "$scratch/fuzz" "--door=$door" "${dictionary[@]}" -max_total_time="$seconds" -max_len=8192 \
        -timeout=20 -rss_limit_mb=2500 -verbosity=1 -artifact_prefix="$findings/$door-" \
        "$corpus/$door" "$scratch/seeds/$door" >"$scratch/$door.log" 2>&1; then
        tail -40 "$scratch/$door.log"
        echo "$door: found something; the input is in $findings" >&2
        exit 1
    fi
    edges=$(grep -o 'cov: [0-9]*' "$scratch/$door.log" | tail -1)
    echo "$door: $(grep '^Done' "$scratch/$door.log"), ${edges#cov: } edges"
done
echo "nothing found"
