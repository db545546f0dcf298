#!/bin/bash
# Ten songs ordered, spaced, levelled, heard and saved in the real window, with keys alone: Xvfb, xdotool, sox, and a built
# lacquer. Prints what it found and ends with 0, or with 1 and the first promise that does not hold.
#   tests/window/album.sh target/debug/lacquer [DISPLAY, :93] [seconds to wait for measuring, 20]
set -u
lacquer=$(realpath "$1"); screen=${2:-:93}; patience=${3:-20}
work=$(mktemp -d); trap 'kill $window $server 2>/dev/null; rm -rf "$work"' EXIT
for number in $(seq -w 1 10); do
  sox -n -r 44100 -b 16 -c 2 "$work/$number.wav" synth 4 pluck C gain -"$((10#$number + 6))" pad 0.5 1.5
done
XDG_CONFIG_HOME="$work/config" XDG_STATE_HOME="$work/state"; export XDG_CONFIG_HOME XDG_STATE_HOME
Xvfb "$screen" -screen 0 1920x1080x24 >/dev/null 2>&1 & server=$!
sleep 3; export DISPLAY="$screen"
ICED_BACKEND=tiny-skia "$lacquer" "$work"/*.wav --null-audio --size 1920x1080 --trace "$work/trace" >/dev/null 2>&1 & window=$!
sleep "$patience"
for one in $(xdotool search --onlyvisible --class "" 2>/dev/null); do xdotool windowfocus "$one" 2>/dev/null; done
keys=0
key() { for one in "$@"; do xdotool key "$one"; keys=$((keys + 1)); sleep 0.15; done; }
# The last song becomes the second.
key Down Down Down Down Down Down Down Down Down
key alt+Up alt+Up alt+Up alt+Up alt+Up alt+Up alt+Up alt+Up
# Heads, tails and pauses: found, then taken. Levels: worked out, then set.
key ctrl+shift+3 ctrl+Return; sleep "$patience"; key ctrl+Return
key ctrl+shift+4 ctrl+Return; sleep "$patience"; key ctrl+Return
# A transition is heard, and the original beside the master.
key t x x space
# Saved under a name: without a desktop portal it is typed.
key ctrl+shift+s; sleep 2; key ctrl+a
xdotool type --delay 20 "$work/album.lacquer"; key Return; sleep 2
[ -n "${SHOT:-}" ] && import -window root "$SHOT"
fail() { echo "does not hold: $1"; exit 1; }
[ -f "$work/album.lacquer" ] || fail "the album is saved"
"$lacquer" sequence "$work/album.lacquer" --pass streaming | sed -n 1,14p
second=$("$lacquer" --json sequence "$work/album.lacquer" --pass streaming | grep -o '"s[0-9]*"' | sed -n 2p)
[ "$second" = '"s10"' ] || fail "the last song is the second ($second)"
trims=$("$lacquer" show "$work/album.lacquer" song | grep -c '^in = [1-9]')
[ "$trims" = 10 ] || fail "every head is trimmed ($trims)"
gains=$("$lacquer" show "$work/album.lacquer" song | grep '^gain' | grep -vc '= 0.0$')
[ "$gains" -ge 9 ] || fail "songs are levelled ($gains)"
grep -q PlayTransition "$work/trace" || fail "a transition was played"
echo "holds: ten songs ordered, spaced, levelled, heard and saved with $keys keys"
