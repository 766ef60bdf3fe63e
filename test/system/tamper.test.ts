/** Somebody else changes what an edge enforces: noticed, put right once, then left to a person. Our own acts are not that. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { structureDigest } from '#linux/nft-objects.ts'
import { readSysctl, sysctls, writeSysctl } from '#linux/sysctl.ts'
import { ethernet, ipv4, udp } from '#packet/build.ts'
import { decodeFrame } from '#packet/decode.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import { given } from '../fixtures/given.ts'
import { type Daemon, startDaemon } from './edge-process.ts'
import { until } from './until.ts'
import { createWorld, type World } from './world/world.ts'

const macs = { hmi: '02:00:00:00:00:70', plc: '02:00:00:00:00:10', laptop: '02:00:00:00:00:66' } as const
const ips = { hmi: '198.18.1.70', plc: '198.18.1.10', laptop: '198.18.1.80' } as const
const policyWith = (more = '') => `version: 1
site: riverside
timezone: UTC
edges:
  cell-edge:
    bridge: br0
    ports:
      plant: { zones: [supervisory] }
      cell: { zones: [cell] }
zones:
  cell: { level: 1, networks: [198.18.1.0/26], mode: enforce }
  supervisory: { level: 2, networks: [198.18.1.64/26], mode: enforce }
assets:
  plc: { ips: [${ips.plc}], macs: ['${macs.plc}'], zone: cell, kind: plc }
  hmi: { ips: [${ips.hmi}], macs: ['${macs.hmi}'], zone: supervisory, kind: hmi }
groups:
  always: { times: [{ days: [mon, tue, wed, thu, fri, sat, sun], from: '00:00', to: '24:00' }] }
conduits:
  - { id: status, from: hmi, to: plc, service: udp/2222, reason: operators, owner: line }
  - { id: windowed, from: hmi, to: plc, service: udp/3333, when: always, reason: operators, owner: line }
${more}`

/** The UDP ports on which the controller hears the HMI. */
const heard = async (world: World, from: 'hmi' | 'laptop', ports: readonly number[]): Promise<number[]> => {
  world.received('plc')
  for (const dport of ports) {
    const ends = { src: ips[from], dst: ips.plc }
    const payload = ipv4({ ...ends, proto: ipProtocols.udp, payload: udp(ends, { sport: 40_000, dport }) })
    world.send(from, ethernet({ dst: macs.plc, src: macs[from], etherType: etherTypes.ipv4, payload }))
  }
  await sleep(50)
  return world.received('plc').flatMap((frame) => {
    const { dport, srcIp } = decodeFrame(frame)
    return srcIp === ips[from] ? [dport] : []
  })
}

interface Scene {
  readonly world: World
  readonly daemon: Daemon
}
const open = async (name: string): Promise<Scene> => {
  const world = await createWorld({
    name,
    ports: ['plant', 'cell'],
    hosts: {
      hmi: { port: 'plant', mac: macs.hmi, ip4: `${ips.hmi}/24` },
      laptop: { port: 'plant', mac: macs.laptop, ip4: `${ips.laptop}/24` },
      plc: { port: 'cell', mac: macs.plc, ip4: `${ips.plc}/24` },
    },
  })
  world.listen()
  return { world, daemon: await startDaemon(world, { policy: policyWith(), edge: 'cell-edge' }) }
}
const close = async ({ world, daemon }: Scene): Promise<void> => {
  await daemon.stop()
  await world.close()
}
const nft = async (world: World, text: string): Promise<void> => {
  const { code, stderr } = await world.exec('edge', 'nft', [text])
  assert.equal(code, 0, stderr)
}
const countOf = async (daemon: Daemon, kind: 'tamper' | 'reapply') => (await daemon.events({ kind: [kind] })).length
const patience = { everyMs: 50, limitMs: 12_000 }
/** One look of the watch, with some room. */
const looked = () => sleep(2700)

interface Row {
  readonly name: string
  readonly short: string
  readonly change: (world: World, generation: number) => Promise<void> | void
  readonly says: RegExp
}
const rows: readonly Row[] = [
  {
    name: 'flushes our table',
    short: 'flush',
    change: (world) => nft(world, 'flush table bridge bulkhead'),
    says: /our table or its base chain is gone/,
  },
  {
    name: 'deletes our table',
    short: 'delete',
    change: (world) => nft(world, 'delete table bridge bulkhead'),
    says: /our table or its base chain is gone/,
  },
  {
    name: 'flushes the whole ruleset',
    short: 'all',
    change: (world) => nft(world, 'flush ruleset'),
    says: /our table or its base chain is gone/,
  },
  {
    name: 'adds a rule',
    short: 'rule',
    change: (world) => nft(world, 'insert rule bridge bulkhead forward accept'),
    says: /rules, sets or chains of ours were changed/,
  },
  {
    name: 'adds an element to a permit map',
    short: 'element',
    change: (world, generation) =>
      nft(
        world,
        `add element bridge bulkhead g${generation}_permit_4 { 0 . ${ips.hmi} . ${ips.plc} . 17 . 9 : "c-status" }`,
      ),
    says: /elements of our sets were changed/,
  },
  {
    name: 'gives bridged packets to the IP hooks',
    short: 'sysctl',
    change: (world) => void writeSysctl(sysctls.bridgeCallIptables, 1, { namespace: world.edge }),
    says: /net\.bridge\.bridge-nf-call-iptables was changed/,
  },
]

describe('somebody else', { concurrency: true }, () => {
  for (const { name, short, change, says } of rows)
    it(`${name}: told, put right once with all orders, the second time left alone with an alarm`, async () => {
      const scene = await open(`t${short}`)
      const { world, daemon } = scene
      await daemon.call('contain', { ip: ips.laptop, for: '1h', reason: 'unknown', by: 'test' })
      await daemon.call('permit', {
        from: ips.hmi,
        to: ips.plc,
        service: 'udp/4444',
        for: '1h',
        reason: 'vendor',
        by: 'test',
      })
      // The watch has to have seen its own rules before it can tell a change.
      await looked()
      const asOrdered = async () => {
        assert.deepEqual(await heard(world, 'hmi', [9, 2222, 3333, 4444]), [2222, 3333, 4444])
        assert.deepEqual(await heard(world, 'laptop', [2222]), [])
        const { containments, permits } = await daemon.call('status', {})
        assert.ok(containments.some(({ ip, kind }) => ip === ips.laptop && kind === 'ordered'))
        assert.equal(permits.length, 1)
      }
      await asOrdered()
      assert.equal(await countOf(daemon, 'tamper'), 0)

      await change(world, (await daemon.call('status', {})).plan.generation)
      await until('put right', async () => (await countOf(daemon, 'reapply')) === 1, patience)
      const [told] = await daemon.events({ kind: ['tamper'] })
      assert.match(told?.text ?? '', says)
      const { alarms, state, plan } = await daemon.call('status', {})
      assert.ok(alarms.some((text) => says.test(text) && text.includes('put right once')))
      assert.equal(state, 'enforcing')
      assert.equal(readSysctl(sysctls.bridgeCallIptables, { namespace: world.edge }), '0')
      await asOrdered()
      // Putting it right is no tampering.
      await looked()
      assert.equal(await countOf(daemon, 'tamper'), 1)

      await change(world, plan.generation)
      await until('told again', async () => (await countOf(daemon, 'tamper')) === 2, patience)
      const left = structureDigest('bridge', 'bulkhead', world.edge)
      await looked()
      assert.deepEqual([await countOf(daemon, 'tamper'), await countOf(daemon, 'reapply')], [2, 1])
      assert.equal(structureDigest('bridge', 'bulkhead', world.edge), left)
      const later = await daemon.call('status', {})
      assert.equal(later.state, 'altered')
      assert.ok(later.alarms.some((text) => text.includes('again; it was not re-applied a second time')))
      await close(scene)
    })

  it('takes the rules away during a bypass: they come back, and so does the bypass', async () => {
    const scene = await open('tbypass')
    const { world, daemon } = scene
    await daemon.call('bypass', { for: '1h', reason: 'line 1 stopped', by: 'test' })
    await looked()
    await nft(world, 'flush ruleset')
    await until('put right', async () => (await countOf(daemon, 'reapply')) === 1, patience)
    assert.deepEqual(await heard(world, 'hmi', [9]), [9])
    assert.equal((await daemon.call('status', {})).state, 'bypassed')
    await daemon.call('bypass-end', { by: 'test' })
    assert.deepEqual(await heard(world, 'hmi', [9, 2222]), [2222])
    await close(scene)
  })

  it('changes rules while no daemon runs: the next daemon notices', async () => {
    const scene = await open('tdead')
    const { world, daemon } = scene
    await looked()
    await daemon.kill('SIGKILL')
    await nft(world, 'insert rule bridge bulkhead forward accept')
    const { policyFile, state, socket } = daemon
    const next = await startDaemon(world, { policyFile, edge: 'cell-edge', state, socket })
    await until('put right', async () => (await countOf(next, 'reapply')) === 1, patience)
    assert.deepEqual(await heard(world, 'hmi', [9, 2222]), [2222])
    await close({ world, daemon: next })
  })

  it('is not us: orders, bypass, windows, applying, rolling back with the daemon stopped, restarts', async () => {
    const scene = await open('tself')
    const { world, daemon } = scene
    const by = 'test'
    await daemon.call('contain', { ip: ips.laptop, for: '1h', reason: 'unknown', by })
    await daemon.call('release', { ip: ips.laptop, reason: 'known now', by })
    const permit = { from: ips.hmi, to: ips.plc, service: 'udp/4444', for: '2s', reason: 'vendor', by }
    await daemon.call('permit', permit)
    const { id } = await daemon.call('permit', { ...permit, for: '1h' })
    await daemon.call('revoke', { id, by })
    await daemon.call('bypass', { for: '1h', reason: 'test', by })
    await looked()
    assert.deepEqual(await heard(world, 'hmi', [9]), [9])
    await daemon.call('bypass-end', { by })
    const more = `${daemon.state}.more.yaml`
    writeFileSync(
      more,
      policyWith('  - { id: more, from: hmi, to: plc, service: udp/9, reason: operators, owner: line }\n'),
    )
    await daemon.call('apply', { ...given(more), by })
    await daemon.call('rollback', { by, reason: 'test' })
    await looked()
    await daemon.call('apply', { ...given(more), by, confirm: '2s' })
    await daemon.kill('SIGSTOP')
    await until('rolled back without the daemon', async () => (await heard(world, 'hmi', [9])).length === 0, patience)
    await daemon.kill('SIGCONT')
    await looked()
    assert.deepEqual(await heard(world, 'hmi', [9, 2222, 3333]), [2222, 3333])
    await daemon.kill('SIGKILL')
    const { policyFile, state, socket } = daemon
    const next = await startDaemon(world, { policyFile, edge: 'cell-edge', state, socket })
    await looked()
    assert.deepEqual(await heard(world, 'hmi', [9, 2222, 3333]), [2222, 3333])
    assert.deepEqual([await countOf(next, 'tamper'), await countOf(next, 'reapply')], [0, 0])
    assert.deepEqual((await next.call('status', {})).alarms, [])
    await close({ world, daemon: next })
  })
})
