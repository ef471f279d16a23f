#!/usr/bin/env bash
# Install PyTorch for the Python given as $1, without gigabytes of GPU libraries where it can be.
# PyPI's build for Linux x86-64 brings them; builds without are on an index of PyTorch's own, with
# "+cpu" in their version. pip takes one where PIP_EXTRA_INDEX_URL or pip.conf names that index;
# uv knows where it is.
set -euo pipefail
python=$1
torch=torch==2.13.0

if "$python" -c 'import torch' 2>/dev/null; then exit; fi
if [ "$(uname -sm)" = "Linux x86_64" ]; then
    if "$python" -m pip install "$torch+cpu"; then exit; fi
    if "$python" -m pip install uv &&
        "$python" -m uv pip install --python "$python" --torch-backend cpu "$torch"; then exit; fi
    echo "Found no PyTorch without GPU libraries: installing PyPI's, several gigabytes." >&2
fi
"$python" -m pip install "$torch"
