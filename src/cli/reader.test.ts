/** What becomes of a command when whoever reads its output goes away, or the disk has no room for it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const output = fileURLToPath(new URL('output.ts', import.meta.url))

/** A pipe without a reader, and a device on which there is never room (full(4)). */
const noReader = '| :; exit ${PIPESTATUS[0]}'
const noRoom = '> /dev/full 2>&1'

/** A command that writes there, then ends in order, with exit code 3. */
const ended = (before: string, where = noReader): number | null => {
  const script = `import { outliveReader, readerLost } from ${JSON.stringify(output)}
    for (const stream of [process.stdout, process.stderr]) stream.on('error', readerLost)
    ${before}
    setTimeout(() => process.stdout.write('nobody hears this'), 100)
    setTimeout(() => process.exit(3), 500)`
  const line = '"$0" --disable-warning=ExperimentalWarning --input-type=module -e "$1" ' + where
  return spawnSync('bash', ['-c', line, process.execPath, script], { timeout: 60_000 }).status
}

test('an ordinary command ends with it', () => assert.equal(ended(''), 0))
test('what has to be ended in order goes on without it', () => assert.equal(ended('outliveReader()'), 3))
test('an ordinary command fails where there is no room for its output', () => assert.equal(ended('', noRoom), 1))
test('what has to be ended in order goes on where there is none', () =>
  assert.equal(ended('outliveReader()', noRoom), 3))
