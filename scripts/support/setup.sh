# Sourced by the scripts: Debian packages, virtual environment and pinned requirements, each done only when it is missing.
# shellcheck shell=bash
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
venv=${WENYAM_VENV:-$repository/.venv}
export PATH="$PATH:/usr/sbin:/sbin"

say() { printf '%s\n' "$*" >&2; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; return; fi
    if ! command -v sudo >/dev/null; then say "needs root for '$1 …' and there is no sudo; run it as root"; return 1; fi
    sudo -n "$@"
}

# install_packages FILE...: every package named in the files that is not installed yet; none of their services is started.
install_packages() {
    local missing=() package
    while read -r package; do
        dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done < <(sed 's/#.*//' "$@" | awk 'NF {print $1}')
    [ ${#missing[@]} -eq 0 ] && return 0
    say "installing Debian packages: ${missing[*]}"
    local policy=/usr/sbin/policy-rc.d made=no
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 0755 "$policy"
        made=yes
    fi
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    if [ "$made" = yes ]; then as_root rm -f "$policy"; fi
}

# make_venv KIND: KIND is runtime or development; rebuilt only when its requirements changed.
make_venv() {
    local wanted="$repository/requirements/$1.txt" stamp="$venv/.wenyam-requirements"
    local digest
    digest=$(cat "$wanted" "$repository/pyproject.toml" | sha256sum | cut -d' ' -f1)
    if [ -x "$venv/bin/wenyam" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$1 $digest" ]; then return 0; fi
    # A development environment serves the runtime as well.
    if [ "$1" = runtime ] && [ -x "$venv/bin/wenyam" ]; then
        digest=$(cat "$repository/requirements/development.txt" "$repository/pyproject.toml" | sha256sum | cut -d' ' -f1)
        if [ "$(cat "$stamp" 2>/dev/null)" = "development $digest" ]; then return 0; fi
    fi
    say "preparing the Python environment in $venv (a minute or two, this once)"
    if [ ! -x "$venv/bin/python" ]; then "${PYTHON:-python3}" -m venv "$venv"; fi
    "$venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r "$wanted"
    # setuptools warns of every editable installation; that is what this one is meant to be.
    PYTHONWARNINGS=ignore "$venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e "$repository"
    printf '%s %s\n' "$1" "$digest" >"$stamp"
}
