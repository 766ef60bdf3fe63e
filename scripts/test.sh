#!/bin/sh
# Runs the tests and ends with one line: "N passed, N failed, N skipped".
#   sh scripts/test.sh                 check, unit tests, then every system test
#   sh scripts/test.sh unit            unit tests alone
#   sh scripts/test.sh system [FILE…]  system tests, all or those named, each file in namespaces of its own
# BULKHEAD_TEST=long runs the full counts.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/node_modules/.bin:$PATH
export PATH
what=${1:-all}
[ $# -eq 0 ] || shift

results=$(mktemp)
parts=$(mktemp -d)
child=''
# Every run leads a process group, so that one signal ends all of it. unshare ignores a polite end; without it, its whole process
# namespace is gone.
finish() {
  [ -z "$child" ] || kill -KILL -- "-$child" 2>/dev/null || true
  rm -rf "$results" "$results.part" "$parts"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# A file that hangs is ended by its limit, in seconds, and counts as failed.
limit=240
[ "${BULKHEAD_TEST:-}" != long ] || limit=3600

lanes=2
[ "${BULKHEAD_TEST:-}" != long ] || lanes=1

# run TITLE COMMAND…: in the background, so that a signal is acted on at once
run() {
  title=$1
  shift
  setsid "$@" &
  child=$!
  status=0
  wait "$child" || status=$?
  child=''
  [ "$status" -eq 0 ] || echo "ended $status $title" >>"$results"
}

quiet=--disable-warning=ExperimentalWarning
reporters="--test-reporter=spec --test-reporter-destination=stdout
  --test-reporter=./test/reporter.ts --test-reporter-destination=$results.part"

# collect TITLE: adds what the run reported; a run that could not even report counts as one failure
collect() {
  if [ -s "$results.part" ] && grep -q '^count ' "$results.part"; then
    cat "$results.part" >>"$results"
    # A run that fails without a failed test has failed outside of them.
    if grep -q "^ended .* $1\$" "$results" && ! grep -q '^failed ' "$results.part"; then
      echo "failed $1: ended with an error outside its tests" >>"$results"
      echo 'count 0 1 0' >>"$results"
    fi
  else
    echo "failed $1: ended before its report (a crash, or the limit of $limit s)" >>"$results"
    echo 'count 0 1 0' >>"$results"
  fi
  rm -f "$results.part"
}

if [ "$what" = all ]; then
  echo '== check: types, lint, format'
  run check npm run --silent check
  if grep -q '^ended .* check$' "$results"; then
    echo 'failed npm run check: see the messages above; `npm run fix` repairs what can be repaired by itself' >>"$results"
    echo 'count 0 1 0' >>"$results"
  else
    echo 'count 1 0 0' >>"$results"
  fi
fi

if [ "$what" = all ] || [ "$what" = unit ]; then
  echo '== unit tests'
  # shellcheck disable=SC2086 # $reporters is a list of options
  run 'unit tests' timeout --foreground "$limit" node $quiet --test --test-isolation=none $reporters 'src/**/*.test.ts' 'lab/**/*.test.ts'
  collect 'unit tests'
fi

if [ "$what" = all ] || [ "$what" = system ]; then
  [ $# -gt 0 ] || set -- $(find test/system -name '*.test.ts' | LC_ALL=C sort)
  # Two side by side: most of them wait most of the time, and each has a network of its own.
  printf '%s\n' "$@" >"$parts/files"
  run 'system tests' xargs -a "$parts/files" -P "$lanes" -n 1 sh scripts/test-file.sh "$parts" "$limit"
  for file in "$@"; do
    part=$parts/$(echo "$file" | tr / _).part
    [ -s "$part" ] || printf 'failed %s: did not run\ncount 0 1 0\n' "$file" >"$part"
    cat "$part" >>"$results"
  done
fi

echo
grep '^failed ' "$results" || true
awk '/^count / { p += $2; f += $3; s += $4 }
  END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 }' "$results"
