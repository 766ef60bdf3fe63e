#!/bin/sh
# Runs the tests and ends with one line: "N passed, N failed, N skipped".
#   sh scripts/test.sh [promises]      check and unit tests, and beside them the system tests of test/promises.txt
#   sh scripts/test.sh all [FILE…]     the same with every system test, or with those named
#   sh scripts/test.sh unit            unit tests alone
#   sh scripts/test.sh system [FILE…]  system tests, all or those named, each file in namespaces of its own
# BULKHEAD_TEST=long runs the full counts.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/node_modules/.bin:$PATH
# As the launcher has it: halves the time to start of every process that a test starts.
NODE_COMPILE_CACHE=$PWD/node_modules/.cache/node
export PATH NODE_COMPILE_CACHE
what=${1:-promises}
[ $# -eq 0 ] || shift

results=$(mktemp)
parts=$(mktemp -d)
child=''
beside=''
# Every run leads a process group, so that one signal ends all of it. unshare ignores a polite end; without it, its whole process
# namespace is gone.
finish() {
  for group in $child $beside; do kill -s KILL -- "-$group" 2>/dev/null || true; done
  rm -rf "$results" "$parts"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# What test-file.sh leaves of a file.
part_of() { echo "$parts/$(echo "$1" | tr / _).part"; }

# A file that hangs is ended by its limit, in seconds, and counts as failed.
limit=600
[ "${BULKHEAD_TEST:-}" != long ] || limit=3600

lanes=2
[ "${BULKHEAD_TEST:-}" != long ] || lanes=1

# start COMMAND…, and finished: in the background, so that a signal is acted on at once
start() {
  setsid "$@" &
  child=$!
}
finished() {
  wait "$child" || true
  child=''
}

# Those that take longest first, whether they compute or wait: none of them is left alone at the end.
long='going-live alive lab fabric-kill inspection-failure differential oracle life-cycle brownfield inspection-protocols
  inspection-processes orders scale-out discover-captures bad-input containment-flood manager-kill evasion inspection-evasion
  store-crash manager-backup edge-bypass tamper manager-policies-cli manager-stick inspection-joined inspection decoy-login
  manager inspection-midstream decoy-host-hostile'
in_order() {
  names=$(cat)
  for name in $long; do echo "$names" | grep -x "$name" || true; done
  echo "$names" | grep -vxE "$(echo $long | tr ' ' '|')" || true
}
file_of() { for name in "$@"; do echo "test/system/$name.test.ts"; done; }

case $what in
  unit) ;;
  promises)
    what=all
    set -- $(file_of $(grep -v -e '^#' -e '^$' test/promises.txt | in_order))
    ;;
  all | system)
    [ $# -gt 0 ] || set -- $(file_of $(find test/system -name '*.test.ts' -exec basename {} .test.ts \; | LC_ALL=C sort | in_order))
    ;;
  *)
    echo "There are no tests called $what: name promises, all, unit or system." >&2
    exit 64
    ;;
esac

if [ "$what" = unit ]; then
  start sh scripts/test-unit.sh "$parts" "$limit" unit
  finished
else
  # Types, lint, format and unit tests need a processor, system tests mostly wait: they run beside each other.
  # Two side by side: most of them wait most of the time, and each has a network of its own.
  printf '%s\n' "$@" >"$parts/files"
  start xargs -a "$parts/files" -P "$lanes" -n 1 sh scripts/test-file.sh "$parts" "$limit"
  if [ "$what" = all ]; then
    more=$child
    [ "$lanes" -gt 1 ] || more=none
    # Once it is done, two more files may run in its place (xargs takes SIGUSR1 for one more).
    setsid sh -c 'sh scripts/test-unit.sh "$1" "$2" all
      for one in 1 2; do if grep -q xargs "/proc/$3/comm" 2>/dev/null; then kill -USR1 "$3"; sleep 1; fi; done' sh "$parts" "$limit" "$more" \
      >"$parts/unit.log" 2>&1 &
    beside=$!
  fi
  finished
fi

if [ -n "$beside" ]; then
  wait "$beside" || true
  beside=''
  cat "$parts/unit.log"
fi

# A test that fails beside others and passes alone was pressed for time: it is told as unsteady, a fault of the test. What ended
# without its report is none of these, and more than three files are no accident.
if [ "$what" = all ]; then
  pressed=''
  for file in "$@"; do
    part=$(part_of "$file")
    if grep -qs '^failed ' "$part" && ! grep -q '^failed [^:]*: ended ' "$part"; then pressed="$pressed $file"; fi
  done
  [ "$(echo "$pressed" | wc -w)" -le 3 ] || pressed=''
  for file in $pressed; do
    echo "== once more, alone: $file"
    part=$(part_of "$file")
    mv "$part" "$part.first"
    start sh scripts/test-file.sh "$parts" "$limit" "$file"
    finished
    if [ -s "$part" ] && ! grep -q '^failed ' "$part"; then
      sed -n 's/^failed \(.*\)/unsteady \1 (passed alone)/p; /^  /p' "$part.first" >>"$part"
    else
      mv "$part.first" "$part"
    fi
  done
fi

for file in "$@"; do
  part=$(part_of "$file")
  [ -s "$part" ] || printf 'failed %s: did not run\ncount 0 1 0\n' "$file" >"$part"
  cat "$part" >>"$results"
done
if [ "$what" != system ]; then
  cat "$parts/unit.part" >>"$results" || printf 'failed unit tests: did not run\ncount 0 1 0\n' >>"$results"
fi

echo
grep -E '^(failed |unsteady |  )' "$results" || true
awk '/^count / { p += $2; f += $3; s += $4 }
  END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 }' "$results"
