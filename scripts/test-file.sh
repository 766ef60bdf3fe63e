#!/bin/sh
# One system test file in namespaces of its own; scripts/test.sh runs several of these side by side.
#   sh scripts/test-file.sh FOLDER LIMIT FILE
# Prints the file's output in one piece when it is done, and leaves what it reported in FOLDER.
set -eu
folder=$1
limit=$2
file=$3
name=$(echo "$file" | tr / _)
part=$folder/$name.part
log=$folder/$name.log
status=0
started=$(date +%s)
# A file is a program that runs its own tests: `node --test` would start a second process to watch it. One that ends early or has no
# test leaves no count. It finds our modules as the product's processes do, which spares it a tenth of a second of processor.
BULKHEAD_REPORT=$part.raw sh scripts/isolate.sh timeout --foreground --kill-after=10 "$limit" \
  node --disable-warning=ExperimentalWarning --import=./src/schema/imports-first.ts \
  --import=./test/reporter.ts --test-reporter=spec --test-reporter-destination=stdout \
  --test-reporter=./test/reporter.ts --test-reporter-destination=stdout "$file" >"$log" 2>&1 || status=$?

times >"$log.times"
if ! { [ -s "$part.raw" ] && grep -q '^count ' "$part.raw"; }; then
  printf 'failed %s: ended before its report (a crash, or the limit of %s s)\ncount 0 1 0\n' "$file" "$limit" >"$part.raw"
elif [ "$status" -ne 0 ] && ! grep -q '^failed ' "$part.raw"; then
  # A run that fails without a failed test has failed outside of them.
  printf 'failed %s: ended with an error outside its tests\ncount 0 1 0\n' "$file" >>"$part.raw"
fi
mv "$part.raw" "$part"
# One writer at a time: a line lock by the folder's own name.
until mkdir "$folder/printing" 2>/dev/null; do sleep 0.05; done
echo "== $file ($(($(date +%s) - started)) s, processors $(tail -1 "$log.times"))"
cat "$log"
rmdir "$folder/printing"
