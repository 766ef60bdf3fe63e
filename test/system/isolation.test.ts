/** An isolated zone: nothing but what is essential crosses its border, and everything else goes on as it did. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { loadGeneration, unload } from '#edge/kernel/generations.ts'
import { connectIn, listenIn } from '#linux/namespace-sockets.ts'
import { Nft } from '#linux/nftables.ts'
import { edgeName, planFrom } from './containment/plant.ts'
import type { Document } from './differential/policy.ts'
import { createWorld, type World } from './world/world.ts'

const at = {
  scada: ['198.18.0.10', '02:00:00:00:00:10', 'plant'],
  plc1: ['198.18.1.10', '02:00:00:00:01:10', 'cell-1'],
  /** No asset, and permitted to ask controllers. */
  tool: ['198.18.0.77', '02:00:00:00:00:77', 'plant'],
  /** In no zone, behind the port of the first cell. */
  laptop: ['198.19.0.9', '02:00:00:00:09:09', 'cell-1'],
  plc2: ['198.18.2.10', '02:00:00:00:02:10', 'cell-2'],
  vendor: ['198.19.0.8', '02:00:00:00:09:08', 'plant'],
} as const
type Host = keyof typeof at

const policy = (mode: 'observe' | 'shadow' | 'enforce' | 'contain'): Document => ({
  version: 1,
  site: 'isolation',
  edges: {
    [edgeName]: {
      bridge: 'br0',
      ports: { plant: { zones: ['plant'] }, 'cell-1': { zones: ['cell-1'] }, 'cell-2': { zones: ['cell-2'] } },
    },
  },
  zones: {
    plant: { level: 3, networks: ['198.18.0.0/24'], mode },
    'cell-1': { level: 1, networks: ['198.18.1.0/24'], mode },
    'cell-2': { level: 1, networks: ['198.18.2.0/24'], mode },
  },
  assets: {
    scada: { ips: [at.scada[0]], macs: [at.scada[1]], zone: 'plant', kind: 'scada' },
    plc1: { ips: [at.plc1[0]], macs: [at.plc1[1]], zone: 'cell-1', kind: 'plc' },
    plc2: { ips: [at.plc2[0]], macs: [at.plc2[1]], zone: 'cell-2', kind: 'plc' },
  },
  groups: { plcs: { kinds: ['plc'] } },
  conduits: [
    { id: 'polls', from: 'scada', to: 'plcs', service: 'tcp/502' },
    { id: 'remote', from: at.vendor[0], to: 'plcs', service: 'tcp/80' },
    { id: 'tools', from: '198.18.0.64/27', to: 'plcs', service: 'tcp/80' },
    { id: 'web', from: 'any', to: 'scada', service: 'tcp/80' },
    { id: 'vital', from: 'scada', to: 'plc1', service: 'tcp/503', essential: true },
  ],
})

const all: readonly [Host, Host, number][] = [
  ['scada', 'plc1', 502],
  ['scada', 'plc1', 503],
  ['scada', 'plc2', 502],
  ['vendor', 'plc1', 80],
  ['vendor', 'plc2', 80],
  ['tool', 'plc1', 80],
  ['tool', 'plc2', 80],
  ['vendor', 'scada', 80],
  ['plc2', 'scada', 80],
  ['plc1', 'scada', 80],
  ['laptop', 'scada', 80],
]
const isolated = [
  'scada > plc1 503',
  'scada > plc2 502',
  'vendor > plc2 80',
  'tool > plc2 80',
  'vendor > scada 80',
  'plc2 > scada 80',
]

let world: World
let nft: Nft
const servers: Server[] = []

before(async () => {
  const hosts = Object.fromEntries(
    Object.entries(at).map(([host, [ip, mac, port]]) => [host, { port, mac, ip4: `${ip}/15` }]),
  )
  world = await createWorld({ name: 'isolation', ports: ['plant', 'cell-1', 'cell-2'], hosts })
  nft = Nft.open({ namespace: world.edge })
  for (const host of ['scada', 'plc1', 'plc2'] as const)
    for (const port of [80, 502, 503]) {
      const server = createServer((socket) => socket.on('error', () => undefined).end(host))
      servers.push(server.listen({ fd: listenIn(world.namespaceOf(host), { host: at[host][0], port }) }))
    }
})
after(async () => {
  for (const server of servers) server.close()
  nft.close()
  await world.close()
})

const passing = async (): Promise<string[]> => {
  const tried = all.map(async ([from, to, port]) => {
    try {
      const socket = await connectIn(world.namespaceOf(from), { host: at[to][0], port, timeoutMs: 900 })
      socket.on('error', () => undefined).destroy()
      return [`${from} > ${to} ${port}`]
    } catch {
      return []
    }
  })
  return (await Promise.all(tried)).flat()
}

describe('an isolated zone', () => {
  for (const mode of ['observe', 'shadow', 'enforce', 'contain'] as const)
    it(`in mode ${mode} is cut off from everybody, at whatever address, and nobody else is`, async () => {
      unload(nft)
      await loadGeneration(planFrom(policy(mode), []), new Map(), world.edge)
      assert.equal((await passing()).length, all.length)
      await loadGeneration(planFrom(policy(mode), ['cell-1']), new Map(), world.edge)
      assert.deepEqual(await passing(), isolated)
      // Nobody has become an intruder by going on with what was permitted.
      assert.deepEqual(await passing(), isolated)
    })
  it('makes nobody a scanner who goes on with what was permitted', async () => {
    const sensors = [{ id: 'sweep', counts: 'distinct-destinations' as const, over: 0, in: '1m', zone: 'cell-1' }]
    const agreed = ['security', 'operations']
    const responses = [
      { zone: 'cell-1', event: 'scan' as const, stranger: 'contain 1h', known: 'contain 1h', 'agreed-by': agreed },
    ]
    unload(nft)
    await loadGeneration(planFrom({ ...policy('contain'), sensors, responses }, ['cell-1']), new Map(), world.edge)
    assert.deepEqual(await passing(), isolated)
    assert.deepEqual(await passing(), isolated)
  })
  it('contains who tries over its border what nothing ever permitted', async () => {
    unload(nft)
    await loadGeneration(planFrom(policy('contain'), ['cell-1']), new Map(), world.edge)
    const refused = connectIn(world.namespaceOf('tool'), { host: at.plc1[0], port: 503, timeoutMs: 900 })
    await assert.rejects(refused)
    assert.deepEqual(
      await passing(),
      isolated.filter((one) => !one.startsWith('tool')),
    )
  })
})
