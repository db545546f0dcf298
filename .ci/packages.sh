# Shared by ./run, ./check: finds which Debian packages are missing and installs only those.
# Sourced, not run.

# A compiler for Rust's linker, and the headers of the sound library.
BUILD_PACKAGES="gcc libc6-dev pkg-config libasound2-dev"
# Loaded by the window at run time.
WINDOW_PACKAGES="libxkbcommon-x11-0 libxcursor1 libxi6 libxrandr2 libx11-xcb1"
# Independent readers and a silent sound server: the tests compare Lacquer with somebody else.
TEST_PACKAGES="ffmpeg sox libsox-fmt-all flac lame vorbis-tools opus-tools cdrdao cdrskin libcdio-utils cuetools mediainfo python3-mutagen \
xvfb xauth pulseaudio pulseaudio-utils libasound2-plugins alsa-utils"

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

is_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# install_missing PACKAGE...
install_missing() {
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "this is not a Debian-like system; make sure that you have the equivalents of: $*"
        return 0
    fi
    missing=""
    for package in "$@"; do
        is_installed "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    as_root=""
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            say "these packages are missing and there is no sudo. As root, run:"
            say "    apt-get update && apt-get install -y --no-install-recommends$missing"
            return 1
        fi
        as_root="sudo"
    fi
    say "installing$missing"
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq || return 1
    # shellcheck disable=SC2086 — one word per package is meant
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2
}

# need_cargo: finds cargo, also where rustup puts it, and asks for the version that Cargo.toml names.
need_cargo() {
    if ! command -v cargo >/dev/null && [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
        PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
        export PATH
    fi
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    if ! command -v cargo >/dev/null; then
        say "Rust is missing: install Rust $wanted or newer from https://rustup.rs and run this again"
        return 1
    fi
    found=$(cargo --version | sed 's/^cargo \([0-9.]*\).*/\1/')
    if [ "$(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -n 1)" != "$wanted" ]; then
        say "Rust $wanted or newer is needed, this is $found: run 'rustup update stable' and try again"
        return 1
    fi
}
