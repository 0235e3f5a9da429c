#!/bin/sh
# Makes sure that tests have a browser to look at the Dagster UI with. On Debian, as root, it installs
# Debian's Chromium where there is none, unless CHROMIUM_INSTALL is no. Prints where the binary is.
# Where there is none it says so on standard error, and the tests that need it are skipped. Never fails.

find_chromium() {
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
        if [ -n "$name" ] && command -v "$name" 2>/dev/null; then return 0; fi
    done
    return 1
}

find_chromium && exit 0
if [ "${CHROMIUM_INSTALL:-yes}" != no ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing chromium to look at the Dagster UI" >&2
    {
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            chromium fonts-dejavu-core
    } >/dev/null 2>&1
    find_chromium && exit 0
fi
echo "no chromium here and none to be had from apt: its tests are skipped" >&2
exit 0
