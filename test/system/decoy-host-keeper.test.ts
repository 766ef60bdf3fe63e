/** The edge's view of a decoy host that somebody has taken over. */
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { it } from 'node:test'
import { HostKeeper } from '#edge/decoys/host-keeper.ts'

/** Says that it is well and small, whatever it takes. */
const greedy = `
const held = Buffer.alloc(160 << 20, 1)
const say = (report) => process.stdout.write(JSON.stringify(report) + '\\n')
say({ type: 'ready', pid: process.pid, uid: 65534 })
process.stdin.on('data', () =>
  say({ type: 'status', memory: 1, connections: held.length - held.length, accepted: 0, refused: 0, faults: 0 }))
process.stdin.on('end', () => process.exit(0))
`

it('a decoy host is ended for the memory that it has, not for what it says', async () => {
  const folder = mkdtempSync('/tmp/decoy-host-')
  // The host is nobody where this is root of the machine.
  chmodSync(folder, 0o755)
  const script = join(folder, 'host.mjs')
  writeFileSync(script, greedy)
  const down: string[] = []
  const keeper = new HostKeeper({
    script,
    log: join(folder, 'log'),
    mostMemory: 150 << 20,
    onReport: () => undefined,
    onDown: (how) => down.push(how),
  })
  keeper.start([], { type: 'begin', site: 'test', stations: [], honeytokens: [], verify: false })
  const limit = performance.now() + 30_000
  while (down.length === 0 && performance.now() < limit) {
    await sleep(100)
    keeper.tick()
  }
  await keeper.end()
  assert.deepEqual(down, ['took too much memory'])
})
