/** An edge with decoys under the capabilities that its unit gives it: they suffice, and none of the drop-in's is too many. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isWholeMachine } from '#edge/decoys/host-command.ts'
import { startDaemon, type Daemon } from './edge-process.ts'
import { createPlant, edgeName, policyText } from './production/production.ts'
import type { World } from './world/world.ts'

const packaging = fileURLToPath(new URL('../../packaging/systemd/', import.meta.url))
const capabilitiesOf = (file: string): string[] =>
  /^CapabilityBoundingSet=(.*)$/m.exec(readFileSync(`${packaging}${file}`, 'utf8'))?.[1]?.split(' ') ?? []
const ordinary = capabilitiesOf('bulkhead-edge@.service')
const added = capabilitiesOf('../decoys.conf')
const allBut = (missing: string): string[] => [...ordinary, ...added.filter((one) => one !== missing)]

const policy = `${policyText()}decoys:
  listen-for: 0s
  pools:
    - { id: dark, zone: cell-1, approved: [198.18.1.20-198.18.1.29], personas: { modicon-m340: 2 }, approved-by: [ops] }
`
const isRoot = isWholeMachine(readFileSync('/proc/self/uid_map', 'utf8'))
const skip = isRoot ? false : 'ids of a user namespace are not those of the machine'

let world: World
before(async () => {
  world = await createPlant('privileges')
})
after(() => world.close())

/** Each of these starts a daemon of its own; one of a kind is enough in the short tier. */
const inLong = { skip: process.env['BULKHEAD_TEST'] === 'long' ? false : 'in the long tier' } as const

const start = (capabilities: readonly string[]): Promise<Daemon> =>
  startDaemon(world, { policy, edge: edgeName, capabilities })

const until = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (const limit = performance.now() + 25_000; !(await holds()); await sleep(100))
    assert.ok(performance.now() < limit, what)
}
const answers = async (daemon: Daemon): Promise<boolean> => (await daemon.call('status', {})).decoys?.host === 'running'

interface Host {
  readonly pid: number
  readonly status: string
}
const hostOf = async (daemon: Daemon): Promise<Host> => {
  await until('decoys answer', () => answers(daemon))
  const { pid = 0 } = (await daemon.call('decoys', {})).host
  return { pid, status: readFileSync(`/proc/${pid}/status`, 'utf8') }
}
/** Nobody may be there to collect it: then it is a zombie (proc(5)). */
const isGone = (pid: number): boolean => {
  try {
    return /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return true
  }
}
const capabilitySet = ({ status }: Host, set: string): bigint =>
  BigInt(`0x${new RegExp(`^Cap${set}:\\s+([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? 'f'}`)

/** Findings of doctor about decoys, beside alarms. */
const found = async (daemon: Daemon): Promise<string[]> =>
  (await daemon.call('doctor', {})).flatMap(({ id, level }) => (id.startsWith('decoy') ? [`${level} ${id}`] : []))

describe('the daemon of an edge with decoys', { skip }, () => {
  it('lets decoys stand with what its unit and the drop-in give it, and their host has none of it', async () => {
    await using daemon = await start([...ordinary, ...added])
    const host = await hostOf(daemon)
    assert.match(host.status, /^Uid:\s+65534\s+65534\s+65534\s+65534$/m)
    assert.match(host.status, /^Groups:\s*$/m)
    for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb']) assert.equal(capabilitySet(host, set), 0n, set)
    assert.deepEqual(await found(daemon), ['ok decoys', 'ok decoy-host', 'note decoy-macs'])
  })

  it('ends a host that hangs', async () => {
    const daemon = await start([...ordinary, ...added])
    const { pid } = await hostOf(daemon)
    process.kill(pid, 'SIGSTOP')
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null })
    assert.ok(isGone(pid))
  })

  it('takes a host that hangs along when it is killed', inLong, async () => {
    const daemon = await start([...ordinary, ...added])
    const { pid } = await hostOf(daemon)
    process.kill(pid, 'SIGSTOP')
    await daemon.kill('SIGKILL')
    await until('the host is gone', () => isGone(pid))
  })

  it('does neither without CAP_KILL: the host is of another user', inLong, async () => {
    const daemon = await start(allBut('CAP_KILL'))
    const { pid } = await hostOf(daemon)
    process.kill(pid, 'SIGSTOP')
    try {
      assert.deepEqual(await daemon.stop(), { code: null, signal: 'SIGKILL' })
      await sleep(500)
      assert.ok(!isGone(pid))
    } finally {
      process.kill(pid, 'SIGKILL')
    }
  })

  it('leaves capabilities within reach of the host without CAP_SETPCAP', inLong, async () => {
    await using daemon = await start(allBut('CAP_SETPCAP'))
    assert.notEqual(capabilitySet(await hostOf(daemon), 'Bnd'), 0n)
    assert.deepEqual(
      (await found(daemon)).filter((one) => one.startsWith('broken')),
      ['broken decoy-privileges', 'broken decoy-host'],
    )
  })

  for (const missing of ['CAP_SYS_ADMIN', 'CAP_SETUID', 'CAP_SETGID'])
    it(
      `lets none stand without ${missing}, says so, and enforces all the same`,
      missing === 'CAP_SYS_ADMIN' ? {} : inLong,
      async () => {
        assert.ok(added.includes(missing))
        await using daemon = await start(allBut(missing))
        await until('an alarm says so', async () =>
          (await daemon.call('status', {})).alarms.some((text) => /decoy|namespace/i.test(text)),
        )
        assert.ok(!(await answers(daemon)))
        assert.ok((await found(daemon)).includes('broken decoy-privileges'))
      },
    )

  it('needs none of it without decoys', async () => {
    await using daemon = await startDaemon(world, { policy: policyText(), edge: edgeName, capabilities: ordinary })
    assert.deepEqual((await daemon.call('status', {})).alarms, [])
  })
})
