import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'

/** A process of its own: what other tests leave on the heap is not counted, and nothing is collected meanwhile. */
const { stdout } = await promisify(execFile)(process.execPath, [
  '--disable-warning=ExperimentalWarning',
  '--expose-gc',
  '--min-semi-space-size=64',
  '--max-semi-space-size=64',
  new URL('steady-polls.ts', import.meta.url).pathname,
])
const figures = Object.entries<{ perPacket: number; flows: number }>(JSON.parse(stdout))

for (const [name, { perPacket, flows }] of figures) {
  test(`polls of ${name} that go on need no memory, packet by packet`, (t) => {
    t.diagnostic(`${perPacket.toFixed(2)} bytes a packet`)
    assert.ok(perPacket < 2, `${perPacket} bytes a packet`)
  })

  test(`10,000 conversations of ${name} need at most 100 MB`, (t) => {
    t.diagnostic(`${(flows / 1e6).toFixed(1)} MB`)
    assert.ok(flows <= 100e6, `${flows} bytes`)
  })
}
