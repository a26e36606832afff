#!/bin/sh
# Makes .venv hold exactly what requirements/dev.txt locks, and Pandus itself; Debian and Ubuntu.
# usage: requirements/install.sh STAMP     (STAMP is written when all is in place)
# What a machine lacks is installed by root and named in one sentence to everybody else.
set -eu
cd "$(dirname "$0")/.."
venv=.venv

say() { echo "pandus: $*" >&2; }

python=
for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$name
        break
    fi
done
if [ -z "$python" ]; then
    say "Python 3.11 or newer is missing; on Debian 12, Ubuntu 24.04 and later 'apt-get install python3' brings it."
    exit 1
fi

# Debian keeps the half of venv that brings pip in a package of its own.
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    # A python3.13 beside another python3 needs its own package.
    case $python in python3) package=python3-venv ;; *) package=$python-venv ;; esac
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        say "Python's venv module is missing; install it with 'sudo apt-get install $package' and try again."
        exit 1
    fi
    say "installing $package"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get -qq update && apt-get -qq install -y --no-install-recommends "$package"; } >/dev/null || {
        say "'apt-get install $package' failed (see above); without it no environment can be made."
        exit 1
    }
fi

# The commands in .venv/bin name the folder they were made in: a moved or half-made one is made anew.
if ! grep -qsF " $(pwd -P)/$venv" "$venv/pyvenv.cfg" || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi

say "installing the locked packages into $venv (the first time about a minute)"
rm -f "$venv"/ready-*
export PIP_DISABLE_PIP_VERSION_CHECK=1
pip() { "$venv/bin/python" -m pip --quiet --quiet "$@"; }
# Wheels only: a Python too new for the lock is told so, instead of compiling for an hour.
if ! pip install --require-hashes --no-deps --only-binary :all: -r requirements/dev.txt ||
    ! pip install --no-deps --no-build-isolation --editable .; then
    say "pip could not install the locked packages (see above); it needs a package index and Python 3.11 to 3.14."
    exit 1
fi
touch "$1"
