#!/bin/sh
# Makes .venv with exactly what is locked. `setup.sh run` for the product alone, `setup.sh dev` for
# its tests and checks as well. A second run does nothing.
set -eu
cd "$(dirname "$0")/.."
what=${1:-run}
python=${PYTHON:-python3}

say() { printf '%s\n' "$*" >&2; }

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    say "Ringback needs Python 3.11 or newer as $python. Install it, or name another: make PYTHON=python3.12 ..."
    exit 1
}

locks=requirements.lock
[ "$what" = dev ] && locks=requirements-dev.lock
wanted=$(cat "$locks" requirements-build.lock pyproject.toml hatch_build.py frontend/package-lock.json | sha256sum)
stamp=.venv/.installed
if [ -f "$stamp" ] && grep -qxF "dev $wanted" "$stamp"; then exit 0; fi
if [ -f "$stamp" ] && grep -qxF "$what $wanted" "$stamp"; then exit 0; fi

make_venv() { "$python" -m venv .venv >/dev/null 2>&1; }

if [ ! -x .venv/bin/pip ]; then
    say "Making a virtual environment in .venv ..."
    if ! make_venv; then # Debian keeps venv in a package of its own
        rm -rf .venv
        as_root=
        [ "$(id -u)" = 0 ] || as_root=sudo
        say "Installing python3-venv ..."
        { $as_root apt-get -qq update && $as_root apt-get -qq install -y python3-venv >/dev/null; } || {
            say "Python's venv is missing. Install it first: sudo apt install python3-venv"
            exit 1
        }
        make_venv || { say "No virtual environment could be made with $python."; exit 1; }
    fi
fi

say "Installing what Ringback needs (a minute or so, once) ..."
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
    -r "$locks" -r requirements-build.lock
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
    --no-build-isolation --editable .
printf '%s %s\n' "$what" "$wanted" >"$stamp"
