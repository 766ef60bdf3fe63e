#!/bin/sh
# What needs no namespaces: types, lint and format (unless only the unit tests are asked for), and the unit tests.
#   sh scripts/test-unit.sh FOLDER LIMIT all|unit
# Leaves what it found in FOLDER/unit.part.
set -eu
folder=$1
limit=$2
what=$3
part=$folder/unit.part
: >"$part.new"

if [ "$what" = all ]; then
  echo '== check: types, lint, format'
  # Both are Go programs: beside the system tests several threads win no time, and they and a collector cost a third more. What
  # they ask for in all is 1.6 GB.
  if GOMAXPROCS=1 GOGC=off GOMEMLIMIT=3GiB npm run --silent check; then
    echo 'count 1 0 0' >>"$part.new"
  else
    echo 'failed npm run check: see the messages above; `npm run fix` repairs what can be repaired by itself' >>"$part.new"
    echo 'count 0 1 0' >>"$part.new"
  fi
fi

echo '== unit tests'
status=0
# All of them are one run, beside others.
limit=$((limit * 3))
BULKHEAD_REPORT=$part.raw timeout --foreground --kill-after=10 "$limit" \
  node --disable-warning=ExperimentalWarning --test --test-isolation=none --test-reporter=spec --test-reporter-destination=stdout \
  --test-reporter=./test/reporter.ts --test-reporter-destination=stdout test/unit.ts || status=$?
if ! { [ -s "$part.raw" ] && grep -q '^count ' "$part.raw"; }; then
  printf 'failed unit tests: ended before their report (a crash, or the limit of %s s)\ncount 0 1 0\n' "$limit" >"$part.raw"
elif [ "$status" -ne 0 ] && ! grep -q '^failed ' "$part.raw"; then
  # A run that fails without a failed test has failed outside of them.
  printf 'failed unit tests: ended with an error outside the tests\ncount 0 1 0\n' >>"$part.raw"
fi
cat "$part.raw" >>"$part.new"
mv "$part.new" "$part"
