#!/bin/bash
# Runs the C readers of OTLP and of remote write under sanitizers of addresses and undefined
# behaviour: hostile payloads, and the comparison with the Python reference.
#
#     assets/check_native.sh [ROUNDS]        (default: 20000 mutations)
#
# Builds from a copy; the tree keeps what it has. Needs gcc with its sanitizers. Ends with 1 at a
# finding.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
rounds=${1:-20000}
python=${PYTHON:-$([ -x .venv/bin/python ] && echo "$root/.venv/bin/python" || command -v python3)}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cp -r assets setup.py pyproject.toml README.md LICENSE "$scratch"
rm -f "$scratch"/assets/_native/*.so "$scratch"/assets/storage/*.so
(cd "$scratch" && CFLAGS="-O1 -g -fsanitize=address,undefined -fno-omit-frame-pointer \
-fno-sanitize-recover=undefined" "$python" setup.py -q build_ext --inplace)

library() { gcc -print-file-name="$1"; }

sanitized() {
    LD_PRELOAD="$(library libasan.so):$(library libubsan.so)" \
        ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1" \
        UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1" PYTHONMALLOC=malloc \
        PYTHONPATH="$scratch:$root:$root/sdk/src" "$python" "$@"
}

for seed in 1 2 3; do
    sanitized tests/assets/decode/otlp_native/hostile.py "$seed" "$rounds"
done
sanitized -P -c "from assets._native import otlp; assert otlp.__file__.startswith('$scratch')"
sanitized -P -m pytest -q -p no:cacheprovider -o "pythonpath=$scratch" --timeout=1200 \
    tests/assets/decode/otlp tests/assets/decode/otlp_native/test_differential.py \
    tests/assets/storage/tables/test_picking.py \
    tests/assets/otlp_wire/test_json_request.py tests/assets/otlp_wire/test_json_differential.py \
    tests/assets/prometheus_wire
echo "nothing found"
