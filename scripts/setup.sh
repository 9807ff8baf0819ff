# Sourced by scripts/start and scripts/test: the virtual environment, made on first use and left alone after that.
# Usage: setup_environment EXTRA   (EXTRA is empty, or "test")

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

find_python() {
    local name
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    fail "needs Python 3.11 or later, found $(python3 --version 2>/dev/null || echo none): install one, or name it with PYTHON=/path/to/python"
}

check_space() {
    local free
    free=$(df -Pk . | awk 'NR == 2 { print int($4 / 1024) }')
    [ "$free" -ge "$1" ] || fail "needs about $1 MB of free disk space here, there are $free MB: make room and run it again"
}

setup_environment() {
    local extra=$1 python wanted
    wanted=$({ pwd && cat pyproject.toml constraints.txt; } | cksum)
    for stamp in ".venv/.ready-$extra" .venv/.ready-test; do
        if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null; then
            return
        fi
    done
    python=$(find_python) || exit 1
    check_space 4000
    if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "making a virtual environment in .venv with $("$python" --version)"
        "$python" -m venv --clear .venv || fail "could not make .venv: on Debian and Ubuntu, apt install python3-venv"
    fi
    echo "installing what Dragoman needs into .venv (once; some minutes)"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
        --editable ".${extra:+[$extra]}" ||
        fail "the installation did not finish (see above): check the network and run it again, it goes on where it stopped"
    echo "$wanted" >".venv/.ready-$extra"
}
