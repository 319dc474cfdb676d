#!/bin/sh
# Writes the locks: names, versions and hashes, no addresses.
set -eu
cd "$(dirname "$0")/.."
.venv/bin/pip install --quiet uv
compile() {
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-emit-index-url --no-emit-find-links "$@"
}
compile pyproject.toml --output-file requirements.lock
compile --constraint requirements.lock pyproject.toml --group dev --output-file requirements-dev.lock
compile --constraint requirements-dev.lock --group build --output-file requirements-build.lock
(cd frontend && npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts)
