#!/bin/sh
# Transfers Espalier with the CUDA build to a machine without a network, in parts, and runs everything there that needs a GPU.
#
#   sh scripts/gpu-machine.sh pack PARTS WHEELS [MEGABYTES]   here: this checkout with its packages, and the wheels, as parts (60 MB each)
#   sh scripts/gpu-machine.sh receive PART FOLDER             there, for each part as it comes: checks it and keeps it
#   sh scripts/gpu-machine.sh unpack FOLDER TARGET            there, once: says which parts are missing, or unpacks
#   sh scripts/gpu-machine.sh run TARGET RESULTS [DEVICE]     there: installs, then all checks; a log and a line in RESULTS/summary each
#
# DEVICE is gpu, or cpu to test the script itself on a machine without one. Checks that take longer than 9 minutes are ended.
set -eu
fail() { echo "gpu-machine: $*" >&2; exit 2; }

pack() {
  parts=$1 wheels=$2 size=${3:-60}
  [ -z "$(ls -A "$parts" 2>/dev/null)" ] || fail "$parts is not empty"
  mkdir -p "$parts"
  work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
  git ls-files --cached --others --exclude-standard > "$work/files"
  # Packages that the checks use, without those that only check the sources.
  tar -cf "$work/all.tar" -T "$work/files" dist
  tar -rf "$work/all.tar" --exclude='@biomejs' --exclude='knip' --exclude='playwright-core' --exclude='typescript-5.9' --exclude='.cache' node_modules
  gzip -1 < "$work/all.tar" > "$work/espalier.tar.gz" && rm "$work/all.tar"
  mkdir "$work/wheels" && ln -s "$(cd "$wheels" && pwd)"/*.whl "$work/wheels"
  # Wheels are compressed already.
  tar -ch -C "$work" espalier.tar.gz wheels | split -b "${size}MB" -d -a 3 - "$parts/part-"
  (cd "$parts" && sha256sum part-* > sums) && ls "$parts" | grep -c '^part-' > "$parts/count"
  for part in "$parts"/part-*; do
    name=$(basename "$part")
    { cat "$parts/count" && grep " $name\$" "$parts/sums"; } > "$part.sum"
  done
  rm "$parts/sums" "$parts/count"
  echo "$(ls "$parts" | grep -vc '\.sum$') parts in $parts"
}

receive() {
  part=$1 folder=$2
  mkdir -p "$folder"
  name=$(basename "$part")
  (cd "$(dirname "$part")" && tail -n +2 "$name.sum" | sha256sum -c --quiet -) || fail "$name did not come whole"
  cp "$part" "$part.sum" "$folder/"
  echo "$(ls "$folder" | grep -vc '\.sum$') of $(head -n 1 "$part.sum") parts"
}

unpack() {
  folder=$1 target=$2
  first=$(ls "$folder"/*.sum | head -n 1)
  count=$(head -n 1 "$first")
  missing=''
  for i in $(seq 0 $((count - 1))); do
    name=$(printf 'part-%03d' "$i")
    [ -f "$folder/$name" ] || missing="$missing $name"
  done
  [ -z "$missing" ] || fail "these parts have not come:$missing"
  mkdir -p "$target"
  # Each file is removed once it is read, so that the parts and what is unpacked from them need not fit on the disk together.
  for i in $(seq 0 $((count - 1))); do name=$(printf 'part-%03d' "$i"); cat "$folder/$name"; rm "$folder/$name"; done | tar -x -C "$target"
  tar -xzf "$target/espalier.tar.gz" -C "$target" && rm "$target/espalier.tar.gz"
}

run() {
  target=$1 results=$2 device=${3:-gpu}
  mkdir -p "$results"
  results=$(cd "$results" && pwd)
  cd "$target"
  PATH="$PWD/node_modules/.bin:$PATH"
  build=cpu; [ "$device" = gpu ] && build=cuda
  espalier="node dist/cli.js"
  check() {
    name=$1; shift
    began=$(date +%s)
    if timeout 540 sh -c "$*" > "$results/$name.log" 2>&1; then ended=passed; else ended="failed ($?)"; fi
    echo "$name: $ended, $(($(date +%s) - began)) s" | tee -a "$results/summary"
  }
  nvidia-smi > "$results/nvidia-smi.log" 2>&1 || echo 'nvidia-smi: fails' | tee -a "$results/summary"
  check install "$espalier engine install $build --if-missing --wheels wheels"
  check status "$espalier engine status --device $device --json"
  check parity "ESPALIER_TEST_DEVICE=$device vitest run tests/runtime/engine/parity tests/runtime/engine/kernels.test.ts tests/runtime/engine/step.test.ts tests/runtime/engine/training.test.ts"
  check xla "ESPALIER_TEST_DEVICE=$device vitest run tests/runtime/engine/xla.test.ts tests/runtime/engine/mixed.test.ts"
  job="examples/hybrid.pipeline.ts --device $device --no-check"
  check main-job "$espalier run $job --store $results/once && $espalier plan $job --store $results/once --json > $results/once.json"
  # Stopped after twenty seconds, then continued: the same digests.
  check resume "timeout -s INT 20 $espalier run $job --store $results/resumed --checkpoint-every 1; $espalier run $job --store $results/resumed && $espalier plan $job --store $results/resumed --json > $results/resumed.json"
  digests() { grep -o '"artifact": *"[^"]*"' "$1" | sort; }
  if [ -s "$results/once.json" ] && [ "$(digests "$results/once.json")" = "$(digests "$results/resumed.json")" ]; then same=passed; else same=failed; fi
  echo "same digests after resuming: $same" | tee -a "$results/summary"
  rm -rf "$results/once" "$results/resumed"
  python=$(command -v python3 || echo none)
  check benchmark "node bench/run.ts device --device $device --python $python"
  ! grep -q failed "$results/summary"
}

command=${1:-}
[ $# -gt 0 ] && shift
case "$command" in
  pack) [ $# -ge 2 ] || fail 'pack PARTS WHEELS [MEGABYTES]'; pack "$@" ;;
  receive) [ $# -eq 2 ] || fail 'receive PART FOLDER'; receive "$@" ;;
  unpack) [ $# -eq 2 ] || fail 'unpack FOLDER TARGET'; unpack "$@" ;;
  run) [ $# -ge 2 ] || fail 'run TARGET RESULTS [DEVICE]'; run "$@" ;;
  *) fail 'the first word is pack, receive, unpack or run' ;;
esac
