/** A routed edge needs no place in the connection table, from before its rules come until after they are gone. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadGeneration } from '#edge/kernel/generations.ts'
import { planOf, policyFromText } from '#edge/policy-source.ts'
import { flushConntrack } from '#linux/conntrack.ts'
import { chainsOf } from '#linux/nft-objects.ts'
import { Nft } from '#linux/nftables.ts'
import { sysctls, writeSysctl } from '#linux/sysctl.ts'
import { ipTable, table } from '#policy/nft/names.ts'
import { fillConntrack, untrackable } from './production/conntrack-fill.ts'
import { Program } from './world/program.ts'
import { createWorld } from './world/world.ts'

const rounds = process.env['BULKHEAD_TEST'] === 'long' ? 100 : 3

const planIn = (mode: 'observe' | 'contain') => {
  const { site } = policyFromText(`version: 1
site: line
timezone: UTC
edges:
  border:
    ports:
      plant: { zones: [supervisory] }
      cell: { zones: [cell] }
zones:
  cell: { level: 1, networks: [198.18.1.0/24], mode: ${mode} }
  supervisory: { level: 2, networks: [198.18.2.0/24], mode: ${mode} }
assets:
  plc: { ips: [198.18.1.10], zone: cell, kind: plc }
  hmi: { ips: [198.18.2.70], zone: supervisory, kind: hmi }
conduits:
  - { id: modbus, from: hmi, to: plc, service: modbus, reason: operation }
  - { id: status, from: hmi, to: plc, service: udp/2222, reason: operation }
`)
  return planOf(site, 'border', { bindings: new Map(), islands: [] })
}

test('a routed edge with a full connection table goes live, observes, and drops nothing that is permitted', async () => {
  await using world = await createWorld({
    name: 'full',
    ports: ['plant', 'cell'],
    bridged: false,
    hosts: {
      hmi: { port: 'plant', mac: '02:00:00:00:02:70', ip4: '198.18.2.70/24', gateway4: '198.18.2.1' },
      plc: { port: 'cell', mac: '02:00:00:00:01:10', ip4: '198.18.1.10/24', gateway4: '198.18.1.1' },
    },
  })
  await world.exec('edge', 'ip', ['address', 'add', '198.18.2.1/24', 'dev', 'plant'])
  await world.exec('edge', 'ip', ['address', 'add', '198.18.1.1/24', 'dev', 'cell'])
  writeSysctl(sysctls.ipForward, 1, { namespace: world.edge })
  const device = new Program(world, 'plc', 'test/system/production/device.ts', [
    '--host',
    '198.18.1.10',
    '--delay',
    '2',
  ])
  await device.line()
  // More often than a processor is taken away: a gap of a few ms must not fall between two polls.
  const operator = new Program(world, 'hmi', 'test/system/production/operator.ts', [
    '--hosts',
    '198.18.1.10',
    '--rate',
    '500',
  ])
  try {
    await operator.line()
    await fillConntrack(world.edge)
    const before = await operator.ask('settled')
    for (let round = 0; round < rounds; round++)
      for (const mode of ['contain', 'observe'] as const) {
        await loadGeneration(planIn(mode), new Map(), world.edge)
        await sleep(50)
        assert.equal(untrackable(world.edge), 0, `packets that could not be tracked in ${mode} of round ${round}`)
      }
    const after = await operator.ask('settled')
    assert.notDeepEqual(after, before)
    assert.partialDeepStrictEqual(after, { lost: 0, broken: 0 })
  } finally {
    await operator.end()
    await device.end()
    flushConntrack({ namespace: world.edge })
  }
})

test('a plan that the kernel refuses leaves connection tracking as it was', async () => {
  await using world = await createWorld({ name: 'refused', ports: ['plant', 'cell'], bridged: false })
  using nft = Nft.open({ namespace: world.edge })
  assert.ok(nft.run(`add table inet ${table}; add set inet ${table} strangers4 { type ipv4_addr; }`).ok)
  await assert.rejects(loadGeneration(planIn('contain'), new Map(), world.edge), { code: 'kernel-rejected' })
  assert.deepEqual(chainsOf('inet', ipTable, world.edge), [])
})
