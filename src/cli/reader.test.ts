/** What becomes of a command when whoever reads its output goes away. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const output = fileURLToPath(new URL('output.ts', import.meta.url))

/** A command that writes to a pipe without a reader, then ends in order, with exit code 3. */
const ended = (before: string): number | null => {
  const script = `import { outliveReader, readerLost } from ${JSON.stringify(output)}
    for (const stream of [process.stdout, process.stderr]) stream.on('error', readerLost)
    ${before}
    setTimeout(() => console.log('nobody hears this'), 100)
    setTimeout(() => process.exit(3), 500)`
  const line = '"$0" --disable-warning=ExperimentalWarning --input-type=module -e "$1" | :; exit ${PIPESTATUS[0]}'
  return spawnSync('bash', ['-c', line, process.execPath, script], { timeout: 60_000 }).status
}

test('an ordinary command ends with it', () => assert.equal(ended(''), 0))
test('what has to be ended in order goes on without it', () => assert.equal(ended('outliveReader()'), 3))
