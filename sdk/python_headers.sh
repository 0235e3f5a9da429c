#!/bin/sh
# Makes sure that `make test` can build the C recorder: a compiler, and the headers of the Python
# that is given (default python3). On Debian, as root, it installs what is missing; elsewhere it says
# so, and the recorder in Python is what gets tested. Never fails.
python=${1:-python3}

missing() {
    command -v "${CC:-cc}" >/dev/null 2>&1 || command -v gcc >/dev/null 2>&1 || echo gcc libc6-dev
    "$python" -c 'import os, sys, sysconfig
header = os.path.join(sysconfig.get_path("include"), "Python.h")
if not os.path.exists(header):
    print("libpython%d.%d-dev" % sys.version_info[:2])'
}

# Only the Python that Debian ships has its headers in a package.
debians_own() {
    case $("$python" -c 'import sys; print(sys.base_prefix)') in /usr) ;; *) return 1 ;; esac
}

wanted=$(missing)
[ -n "$wanted" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && debians_own; then
    echo "installing $(echo $wanted) to build the C recorder"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends $wanted; } >/dev/null 2>&1
    wanted=$(missing)
    [ -n "$wanted" ] || exit 0
fi
echo "missing $(echo $wanted): the C recorder is not built, the one in Python is used" >&2
exit 0
