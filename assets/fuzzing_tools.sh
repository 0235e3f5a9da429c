#!/bin/sh
# Makes sure that assets/fuzz_native.sh can build: clang and its sanitizers. On Debian, as root, it
# installs what is missing, unless FUZZ_INSTALL is no. Prints the compiler, or nothing where there is
# none. Never fails.

works() {
    [ -n "$1" ] && echo 'int LLVMFuzzerTestOneInput(const void *b, unsigned long s) { return !b && s; }' |
        "$1" -x c -fsanitize=fuzzer,address,undefined -o /dev/null - >/dev/null 2>&1
}

find_clang() {
    for name in "${CLANG:-}" clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14; do
        if works "$name"; then
            echo "$name"
            return 0
        fi
    done
    return 1
}

find_clang && exit 0
if [ "${FUZZ_INSTALL:-yes}" != no ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing clang to fuzz the decoders in C" >&2
    {
        apt-get update -qq
        version=$(apt-cache depends clang | sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p' | head -1)
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            "clang-$version" "libclang-rt-$version-dev"
    } >/dev/null 2>&1
    find_clang && exit 0
fi
echo "no clang with its sanitizers: the decoders in C are not fuzzed" >&2
exit 0
