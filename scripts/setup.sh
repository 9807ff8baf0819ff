# Sourced by scripts/start and scripts/test: what they need, made on first use and left alone after that.
# Usage: setup_environment EXTRA   (the virtual environment; EXTRA is empty, or "test")
#        setup_browser             (Chromium for the browser tests, where it may be installed; never fails)

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

find_browser() {
    local name
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" && return
    done
    return 1
}

# The font is for Chinese, Japanese and Korean; what comes along with Chromium has Arabic and Hebrew.
setup_browser() {
    local log
    find_browser >/dev/null && return
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "$(basename "$0"): no Chromium here, so the browser tests are skipped: on Debian, apt install chromium" >&2
        return
    fi
    echo "$(basename "$0"): installing Chromium for the browser tests (apt-get; once; about a minute)" >&2
    if ! log=$(apt_install chromium fonts-wqy-microhei 2>&1) || ! find_browser >/dev/null; then
        tail -n 3 <<<"$log" >&2
        echo "$(basename "$0"): Chromium could not be installed (see above), so the browser tests are skipped" >&2
    fi
}

apt_install() {
    local patient=(-qq -o Acquire::http::Timeout=20 -o Acquire::Retries=1 -o DPkg::Lock::Timeout=60)
    export DEBIAN_FRONTEND=noninteractive
    apt-get "${patient[@]}" update
    apt-get "${patient[@]}" install -y --no-install-recommends "$@" </dev/null
}
