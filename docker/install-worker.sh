#!/bin/sh
# Installs the worker into PREFIX: the steps of docker/Dockerfile, which also run, and are tested, without Docker.
#   docker/install-worker.sh PREFIX [EXTRAS]      EXTRAS: tensorflow,postgres (the default), or "" for the core alone
set -eu
prefix=${1:?usage: install-worker.sh PREFIX [EXTRAS]}
extras=${2-tensorflow,postgres}
source=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)

python3 -m venv "$prefix"
"$prefix/bin/pip" install --quiet --no-cache-dir -c "$source/constraints.txt" "$source${extras:+[$extras]}"
# Compiled now, so that no worker compiles at its first start, as whoever may not write here.
"$prefix/bin/python" -m compileall -q "$prefix"/lib/python*/site-packages/penstock
"$prefix/bin/penstock" --version
