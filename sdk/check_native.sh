#!/bin/bash
# Runs the C recorder under tools that see what tests cannot: memory errors, undefined behaviour,
# races of the side that works without the GIL, leaks.
#
#     sdk/check_native.sh [address] [thread] [valgrind] [leaks]     (default: all)
#     PYTHON=... TESTS="tests/sdk/test_spans.py" sdk/check_native.sh address
#
# Each builds the extension from a copy of sdk/ of its own; the tree keeps what it has. Needs gcc
# with its sanitizers; valgrind is left out where it is not installed. Ends with 1 at a finding.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
python=${PYTHON:-$([ -x .venv/bin/python ] && echo "$root/.venv/bin/python" || command -v python3)}
tests=${TESTS:-tests/sdk --ignore=tests/sdk/cli --ignore=tests/sdk/client --ignore=tests/sdk/wire
    --ignore=tests/sdk/packaging --ignore=tests/sdk/test_other_recorder.py}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

# $1: folder below $scratch, $2: compiler flags. Builds there; its packages are in $scratch/$1/src.
build() {
    mkdir "$scratch/$1"
    cp -r sdk/csrc sdk/src sdk/setup.py sdk/pyproject.toml sdk/README.md sdk/LICENSE "$scratch/$1"
    rm -f "$scratch/$1"/src/limnograph/*.so
    (cd "$scratch/$1" && LIMNO_BUILD_RECORDER=c LIMNO_BUILD_FLAGS="$2" \
        "$python" setup.py -q build_ext --inplace)
}

library() { gcc -print-file-name="$1"; }

# $1: folder, then a command; runs it with that build's package and nothing of the tree's.
with_build() {
    local from=$scratch/$1/src
    shift
    LIMNO_RECORDER=c PYTHONMALLOC=malloc PYTHONPATH="$from:$root" "$@"
}

# pytest with the package that PYTHONPATH names; what a sanitizer says of any process is in $scratch.
run_tests() {
    # shellcheck disable=SC2086 - a list of words
    "$python" -m pytest -q -p no:cacheprovider -o "pythonpath=." --timeout=1200 $tests "$@"
}

found() {
    if ls "$scratch"/"$1".* >/dev/null 2>&1; then
        cat "$scratch"/"$1".*
        failed=1
    fi
}

address() {
    build address "-O1 -g -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined"
    # handle_segv=0: tests end processes by that signal on purpose; a real one fails its test.
    local options="detect_leaks=0:handle_segv=0:abort_on_error=0:allocator_may_return_null=1"
    with_build address env LD_PRELOAD="$(library libasan.so):$(library libubsan.so)" \
        ASAN_OPTIONS="$options:log_path=$scratch/asan" \
        UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1:log_path=$scratch/ubsan" \
        bash -c "$(declare -f run_tests); python='$python' tests='$tests' run_tests" || failed=1
    found asan
    found ubsan
}

# Only what the extension itself does is watched; the interpreter's locks are known to the tool.
thread() {
    build thread "-O1 -g -fsanitize=thread -Wno-tsan"
    with_build thread env LD_PRELOAD="$(library libtsan.so)" \
        TSAN_OPTIONS="log_path=$scratch/tsan:halt_on_error=0:report_signal_unsafe=0:die_after_fork=0" \
        setarch -R "$python" -m tests.sdk.native.exercise --seconds 20 || failed=1
    found tsan
}

valgrind_() {
    command -v valgrind >/dev/null || { echo "valgrind is not installed, left out"; return; }
    build valgrind "-O1 -g"
    with_build valgrind valgrind --quiet --leak-check=no --num-callers=30 \
        --log-file="$scratch/valgrind.log" \
        "$python" -m tests.sdk.native.exercise --rounds 2 || failed=1
    if grep -q "_recorder" "$scratch/valgrind.log"; then
        cat "$scratch/valgrind.log"
        failed=1
    fi
}

leaks() {
    build leaks ""
    with_build leaks "$python" -m tests.sdk.native.leaks || failed=1
}

for what in "${@:-address thread valgrind leaks}"; do
    for one in $what; do
        echo "== $one"
        case $one in
        valgrind) valgrind_ ;;
        address | thread | leaks) "$one" ;;
        *) echo "unknown: $one" >&2; exit 2 ;;
        esac
    done
done
[ "$failed" = 0 ] && echo "nothing found"
exit "$failed"
