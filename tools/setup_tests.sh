#!/usr/bin/env bash
# Install all that `make check`, `make test` and `make bench` need, for the Python given as $1:
# the frontend's tools, the package with its test tools, PyTorch, a browser.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$1

node=$("$python" tools/frontend.py requires)
[ -z "$node" ] || "$python" -m pip install "$node"
"$python" tools/frontend.py npm ci --ignore-scripts
"$python" -m pip install -e '.[demo,test]'
tools/install_torch.sh "$python"
tools/install_browser.sh "$python"
