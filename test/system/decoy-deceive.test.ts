/** Connections out of scope to a real controller end at a decoy of its kind; permitted ones never do, and need no entry of conntrack. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { bridgeSysctls, writeBridgeForwarding } from '#edge/enforce.ts'
import { loadGeneration, unload } from '#edge/kernel/generations.ts'
import { dumpConntrack } from '#linux/conntrack.ts'
import { connectIn, listenIn } from '#linux/namespace-sockets.ts'
import { Nft } from '#linux/nftables.ts'
import { writeSysctl } from '#linux/sysctl.ts'
import { evaluate } from '#policy/evaluate.ts'
import { ipTable, table } from '#policy/nft/names.ts'
import type { Plan } from '#policy/plan.ts'
import { initialState } from '#policy/state.ts'
import type { Mode } from '#schema/site.ts'
import { edgeName, planFrom } from './containment/plant.ts'
import { createWorld, type World } from './world/world.ts'

const device = 'bh-decoy'
const at = {
  plc: ['198.18.1.10', '02:00:00:00:00:10', 'cell'],
  hmi: ['198.18.1.70', '02:00:00:00:00:70', 'plant'],
  laptop: ['198.18.1.99', '02:00:00:00:00:99', 'plant'],
  /** Of the zone of the controller, behind the other port. */
  member: ['198.18.1.30', '02:00:00:00:00:30', 'plant'],
  /** Of the other zone; what it does at the controller is observed as yet. */
  newcomer: ['198.18.1.71', '02:00:00:00:00:71', 'plant'],
  decoy: ['198.18.1.20', '00:1b:1b:00:00:20', device],
} as const
type Host = keyof typeof at

const planIn = (mode: Mode): Plan => ({
  ...planFrom({
    version: 1,
    site: 'deceive',
    edges: {
      [edgeName]: {
        bridge: 'br0',
        address: '198.18.1.254/24',
        ports: { plant: { zones: ['supervisory', 'cell'] }, cell: { zones: ['cell'] } },
      },
    },
    zones: {
      cell: { level: 1, networks: ['198.18.1.0/26'], mode },
      supervisory: { level: 2, networks: ['198.18.1.64/26'], mode },
    },
    assets: {
      plc: { ips: [at.plc[0]], macs: [at.plc[1]], zone: 'cell', kind: 'plc' },
      hmi: { ips: [at.hmi[0]], macs: [at.hmi[1]], zone: 'supervisory', kind: 'hmi' },
      member: { ips: [at.member[0]], macs: [at.member[1]], zone: 'cell', kind: 'hmi' },
      newcomer: { ips: [at.newcomer[0]], macs: [at.newcomer[1]], zone: 'supervisory', kind: 'hmi' },
    },
    conduits: [
      { id: 'operate', from: 'hmi', to: 'plc', service: 'modbus' },
      { id: 'commission', from: 'newcomer', to: 'plc', service: 'tcp/80', mode: 'observe' },
    ],
  }),
  decoys: {
    device,
    pools: [],
    dark: [],
    deceive: [
      { id: 'stand-in', dst: [at.plc[0]], proto: 6, port: 502, persona: 'modicon-m340' },
      { id: 'strangers', who: 'stranger', dst: [at.plc[0]], proto: 6, port: 8080, persona: 'modicon-m340' },
    ],
    maxMacs: 16,
    withdrawFor: 86_400,
    honeytokens: [],
    keepSessions: 1,
  },
})

let world: World
let nft: Nft
const servers: Server[] = []
const run = (text: string) => {
  const result = nft.run(text)
  assert.ok(result.ok, JSON.stringify(result))
}

const serve = (host: Host, port: number) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.end(`${host} sees ${socket.remoteAddress ?? ''}`)
  })
  servers.push(server.listen({ fd: listenIn(world.namespaceOf(host), { host: at[host][0], port }) }))
}

const ask = async (from: Host, to: Host, port: number): Promise<string> => {
  try {
    const socket = await connectIn(world.namespaceOf(from), { host: at[to][0], port, timeoutMs: 700 })
    const { promise, resolve } = Promise.withResolvers<string>()
    let text = ''
    socket.on('data', (bytes: Buffer) => (text += String(bytes)))
    socket.on('error', (error) => resolve(error.message))
    socket.on('close', () => resolve(text))
    return await promise
  } catch {
    return 'nothing'
  }
}

const enforce = async (plan: Plan) => {
  unload(nft)
  for (const [name, value] of bridgeSysctls(plan, false)) writeSysctl(name, value, { namespace: world.edge })
  await loadGeneration(plan, new Map(), world.edge)
  writeBridgeForwarding(plan, world.edge)
  run(`add element bridge ${table} decoys { ${at.decoy[0]} }
add element bridge ${table} decoy_macs { ${at.decoy[1]} }
add element bridge ${table} decoy_ports { tcp . 502, tcp . 8080 }
add element inet ${ipTable} deceive { ${at.plc[0]} . tcp . 502 : ${at.decoy[0]}, ${at.plc[0]} . tcp . 8080 : ${at.decoy[0]} }
add element inet ${ipTable} deceivers { ${at.decoy[0]} . tcp . 502, ${at.decoy[0]} . tcp . 8080 }`)
}

const hosts = Object.fromEntries(
  Object.entries(at).map(([host, [ip, mac, port]]) => [host, { port, mac, ip4: `${ip}/24` }]),
)
before(async () => {
  world = await createWorld({ name: 'deceive', ports: ['plant', 'cell', device], address: '198.18.1.254/24', hosts })
  nft = Nft.open({ namespace: world.edge })
  for (const port of [80, 502]) serve('plc', port)
  for (const port of [502, 8080]) serve('decoy', port)
})
after(async () => {
  for (const server of servers) server.close()
  nft.close()
  await world.close()
})

const syn = (from: Host, to: Host, dport: number) => ({
  in: at[from][2],
  out: at[to][2],
  srcMac: at[from][1],
  dstMac: at[to][1],
  etherType: 0x0800,
  ip: { family: 4 as const, src: at[from][0], dst: at[to][0], proto: 6, sport: 40_000, dport, tcpFlags: 2 },
})

describe('a deceive rule', () => {
  before(() => enforce(planIn('contain')))

  it('sends what nothing permits to the decoy, in the name of the controller', async () => {
    assert.equal(await ask('laptop', 'plc', 502), `decoy sees ${at.laptop[0]}`)
    assert.equal(evaluate(planIn('contain'), initialState(), syn('laptop', 'plc', 502)).reason, 'deceived')
  })

  it('leaves what a conduit permits alone, untracked', async () => {
    assert.equal(await ask('hmi', 'plc', 502), `plc sees ${at.hmi[0]}`)
    const tracked = dumpConntrack({ namespace: world.edge }).filter((entry) =>
      JSON.stringify(entry).includes(at.hmi[0]),
    )
    assert.deepEqual(tracked, [])
    assert.equal(evaluate(planIn('contain'), initialState(), syn('hmi', 'plc', 502)).reason, 'permitted')
  })

  it('takes those alone of whom it was agreed on', async () => {
    assert.equal(await ask('hmi', 'plc', 8080), 'nothing')
    assert.equal(await ask('laptop', 'plc', 8080), `decoy sees ${at.laptop[0]}`)
    for (const [from, reason] of [
      ['hmi', 'out-of-scope'],
      ['laptop', 'deceived'],
    ] as const)
      assert.equal(evaluate(planIn('contain'), initialState(), syn(from, 'plc', 8080)).reason, reason)
  })

  it('leaves the members of a zone to each other', async () => {
    assert.equal(await ask('member', 'plc', 502), `plc sees ${at.member[0]}`)
    assert.equal(evaluate(planIn('contain'), initialState(), syn('member', 'plc', 502)).reason, 'intra-zone')
  })

  it('leaves a pair alone that is observed as yet', async () => {
    assert.equal(await ask('newcomer', 'plc', 502), `plc sees ${at.newcomer[0]}`)
    assert.equal(evaluate(planIn('contain'), initialState(), syn('newcomer', 'plc', 502)).reason, 'observed')
  })

  it('leaves other ports to their zone', async () => {
    assert.equal(await ask('hmi', 'plc', 80), 'nothing')
    assert.equal(evaluate(planIn('contain'), initialState(), syn('hmi', 'plc', 80)).reason, 'out-of-scope')
  })

  it('leaves a temporary permit alone', async () => {
    run(
      `add element bridge ${table} temporary4 { 0 . ${at.laptop[0]} . ${at.plc[0]} . tcp . 502 timeout 1m : "temporary" }`,
    )
    assert.equal(await ask('laptop', 'plc', 502), `plc sees ${at.laptop[0]}`)
    run(`delete element bridge ${table} temporary4 { 0 . ${at.laptop[0]} . ${at.plc[0]} . tcp . 502 }`)
  })

  it('does not send on who is contained', async () => {
    run(`add element bridge ${table} held4 { 0 . ${at.laptop[0]} timeout 1m }`)
    assert.equal(await ask('laptop', 'plc', 502), 'nothing')
  })

  for (const mode of ['observe', 'shadow'] as const)
    it(`rewrites nothing towards a zone in ${mode}`, async () => {
      await enforce(planIn(mode))
      assert.equal(await ask('laptop', 'plc', 502), `plc sees ${at.laptop[0]}`)
    })
})
