#!/bin/bash
# How long an album takes to streaming and CD, verified, beside the same job scripted with sox and ffmpeg: limit at four
# times the rate, convert, dither, measure, checksum; two processes at once. Both sides limit 3 dB to -1 dBTP.
#
#   tests/speed.sh LACQUER FOLDER        LACQUER: a release build; FOLDER: WAV files in the order of the album
#
# The two jobs take turns, twice, so that whatever else the machine does weighs on both. Prints seconds.
set -eu
lacquer=$(realpath "$1")
songs=$(realpath "$2")
work=$(mktemp -d "${TMPDIR:-/tmp}/lacquer-speed-XXXXXX")
trap 'rm -rf "$work"' EXIT
limit='aresample=%d:resampler=soxr:precision=28,volume=3dB,alimiter=limit=0.891:attack=5:release=50:level=disabled,aresample=%d:resampler=soxr:precision=28'

measured() {
    ffmpeg -hide_banner -nostdin -nostats -i "$1" -af ebur128=peak=true -f null - 2>"$1.txt"
    sha256sum "$1" >"$1.sha256"
    md5sum "$1" >"$1.md5"
}

peer() {
    local pass=$1 song=$2 name rate chain
    name=$(basename "$song" .wav)
    rate=$(soxi -r "$song")
    case $pass in
    streaming)
        # shellcheck disable=SC2059
        chain=$(printf "$limit" $((rate * 4)) "$rate")
        ffmpeg -v error -nostdin -y -i "$song" -af "$chain" -c:a pcm_s24le "$work/peer/$name.24.wav"
        measured "$work/peer/$name.24.wav"
        ;;
    cd)
        # shellcheck disable=SC2059
        chain=$(printf "$limit" $((rate * 4)) 44100)
        ffmpeg -v error -nostdin -y -i "$song" -af "$chain" -c:a pcm_f32le "$work/peer/$name.f.wav"
        sox -V1 "$work/peer/$name.f.wav" -b 16 -e signed "$work/peer/$name.16.wav" dither -s
        rm "$work/peer/$name.f.wav"
        measured "$work/peer/$name.16.wav"
        ;;
    esac
}

peers() {
    rm -rf "$work/peer"
    mkdir "$work/peer"
    export -f peer measured
    export work limit
    for pass in streaming cd; do printf "$pass\0%s\0" "$songs"/*.wav; done | xargs -0 -n 2 -P 2 bash -c 'peer "$1" "$2"' peer
    sox -V1 "$work"/peer/*.16.wav "$work/peer/programme.wav"
    measured "$work/peer/programme.wav"
}

ours() {
    rm -rf "$work/out"
    "$lacquer" render "$work/album.lacquer" --out "$work/out" --pass streaming --pass cd >"$work/told.txt" 2>"$work/said.txt" || [ $? -eq 1 ]
}

timed() {
    local start end
    start=$(date +%s.%N)
    "$1"
    end=$(date +%s.%N)
    echo "$1 $(echo "$end - $start" | bc) s"
}

"$lacquer" new "$work/album.lacquer" --from "$songs"/*.wav >/dev/null 2>&1
"$lacquer" edit "$work/album.lacquer" "pass.main.chain.stage+=limiter gain=3 ceiling=-1" >/dev/null
seconds=$(soxi -D "$songs"/*.wav | paste -sd+ | bc)
echo "album of $seconds s; load $(cut -d' ' -f1 /proc/loadavg)"
for _ in 1 2; do
    timed ours
    timed peers
done
