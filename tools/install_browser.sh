#!/usr/bin/env bash
# Make sure that the browser tests find a Chromium: the one that CHROME names, one on PATH, the
# distribution's (Debian and Ubuntu, as root), or Playwright's own, for the Python given as $1.
set -euo pipefail

if [ -n "${CHROME:-}" ]; then
    [ -x "$CHROME" ] && exit
    echo "CHROME must name an executable. Received: CHROME=$CHROME" >&2
    exit 1
fi
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then exit; fi
done
if [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ] && ! grep -qs Ubuntu /etc/os-release; then
    apt-get update && apt-get install -y --no-install-recommends chromium && exit
fi
deps=$([ "$(id -u)" != 0 ] || echo --with-deps)
if "$1" -m playwright install $deps chromium; then exit; fi
echo "The browser tests need Chromium: install chromium or google-chrome, or set CHROME to one." >&2
exit 1
