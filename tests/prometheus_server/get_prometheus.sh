#!/bin/sh
# Makes sure that tests have a Prometheus server to send with: the one that is installed, or Debian's,
# unpacked into the folder that is given (default .venv/prometheus). Nothing is installed and no
# service is started. Prints where the binary is. Where there is neither, it says so on standard
# error, and the tests that need it are skipped. Never fails.
folder=${1:-.venv/prometheus}
binary=$folder/usr/bin/prometheus

if command -v prometheus 2>/dev/null; then exit 0; fi
if [ ! -x "$binary" ] && command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1; then
    mkdir -p "$folder" && {
        cd "$folder" || exit 0
        # Lists may be absent or old; only root may refresh them.
        apt-get download -qq prometheus >&2 ||
            { [ "$(id -u)" = 0 ] && apt-get update -qq >&2 && apt-get download -qq prometheus >&2; }
        for package in prometheus_*.deb; do
            [ -f "$package" ] && dpkg-deb -x "$package" . && rm "$package"
        done
        cd - >/dev/null || exit 0
    }
fi
if [ -x "$binary" ]; then
    echo "$binary"
else
    echo "no prometheus here and none to be had from apt: its tests are skipped" >&2
fi
exit 0
