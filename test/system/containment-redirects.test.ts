/** Redirects: a client that asks a controller reaches the portal instead, and the answer comes from the controller's address. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { bridgeSysctls, writeBridgeForwarding } from '#edge/enforce.ts'
import { hold, lift, listContained } from '#edge/kernel/containment.ts'
import { loadGeneration, unload } from '#edge/kernel/generations.ts'
import { setWindow } from '#edge/kernel/permits.ts'
import { connectIn, listenIn } from '#linux/namespace-sockets.ts'
import { chainsOf } from '#linux/nft-objects.ts'
import { Nft } from '#linux/nftables.ts'
import { readSysctl, writeSysctl } from '#linux/sysctl.ts'
import { ethernet, ipv4, tcp, udp } from '#packet/build.ts'
import { decodeFrame } from '#packet/decode.ts'
import { ipTable } from '#policy/nft/names.ts'
import { edgeName, planFrom } from './containment/plant.ts'
import type { Document } from './differential/policy.ts'
import { startDaemon } from './edge-process.ts'
import { until } from './until.ts'
import { createWorld, type World } from './world/world.ts'

const at = {
  plc: ['198.18.1.10', '02:00:00:00:00:10', 'cell'],
  drive: ['198.18.1.11', '02:00:00:00:00:11', 'cell'],
  hmi: ['198.18.1.70', '02:00:00:00:00:70', 'plant'],
  laptop: ['198.18.1.99', '02:00:00:00:00:99', 'plant'],
  portal: ['198.18.1.130', '02:00:00:00:00:a0', 'dmz'],
} as const
type Host = keyof typeof at

type Redirect = NonNullable<Document['redirects']>[number]
const policy = (redirects: readonly Redirect[], more: Partial<Document> = {}): Document => ({
  version: 1,
  site: 'redirects',
  edges: {
    [edgeName]: {
      bridge: 'br0',
      address: '198.18.1.254/24',
      ports: { plant: { zones: ['supervisory'] }, cell: { zones: ['cell'] }, dmz: { zones: ['dmz'] } },
    },
  },
  zones: {
    cell: { level: 1, networks: ['198.18.1.0/26', 'fd00:198:18::/123'], mode: 'contain' },
    supervisory: { level: 2, networks: ['198.18.1.64/26', 'fd00:198:18::40/122'], mode: 'contain' },
    dmz: { level: 3, networks: ['198.18.1.128/26', 'fd00:198:18::100/120'], mode: 'contain' },
  },
  assets: {
    plc: { ips: [at.plc[0]], macs: [at.plc[1]], zone: 'cell', kind: 'plc' },
    drive: { ips: [at.drive[0]], macs: [at.drive[1]], zone: 'cell', kind: 'drive' },
    hmi: { ips: [at.hmi[0]], macs: [at.hmi[1]], zone: 'supervisory', kind: 'hmi' },
    portal: { ips: [at.portal[0]], macs: [at.portal[1]], zone: 'dmz', kind: 'server' },
  },
  conduits: [{ id: 'operate', from: 'hmi', to: 'plc', service: 'modbus' }],
  redirects: [...redirects],
  ...more,
})

const ports = ['plant', 'cell', 'dmz']
const hosts = Object.fromEntries(
  Object.entries(at).map(([host, [ip, mac, port]]) => [host, { port, mac, ip4: `${ip}/24` }]),
)

let world: World
let nft: Nft
const servers: Server[] = []

/** Every server says who it is, and what it sees. */
const serve = (host: Host, address: string, port: number) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.end(`${host} sees ${socket.remoteAddress ?? ''}`)
  })
  servers.push(server.listen({ fd: listenIn(world.namespaceOf(host), { host: address, port }) }))
}

/** What a client hears, and from which address; `nothing` when no connection comes about. */
const ask = (from: Host, to: Host, port: number): Promise<string> => askAt(from, at[to][0], port)
const askAt = async (from: Host, host: string, port: number): Promise<string> => {
  try {
    const socket = await connectIn(world.namespaceOf(from), { host, port, timeoutMs: 700 })
    const { promise, resolve } = Promise.withResolvers<string>()
    let text = ''
    const { remoteAddress = '' } = socket
    socket.on('data', (bytes: Buffer) => (text += String(bytes)))
    socket.on('error', (error) => resolve(error.message))
    socket.on('close', () => resolve(`${text} at ${remoteAddress}`))
    return await promise
  } catch (error) {
    return error instanceof Error && /ETIMEDOUT|timed out/i.test(error.message) ? 'nothing' : String(error)
  }
}

const enforce = async (document: Document, islands: readonly string[] = []) => {
  const plan = planFrom(document, islands)
  unload(nft)
  for (const [name, value] of bridgeSysctls(plan, false)) writeSysctl(name, value, { namespace: world.edge })
  const { generation } = await loadGeneration(plan, new Map(), world.edge)
  writeBridgeForwarding(plan, world.edge)
  return { plan, generation }
}

before(async () => {
  world = await createWorld({ name: 'redirects', ports, address: '198.18.1.254/24', hosts })
  nft = Nft.open({ namespace: world.edge })
  for (const port of [80, 502]) serve('plc', at.plc[0], port)
  serve('drive', at.drive[0], 80)
  for (const port of [80, 8080, 502]) serve('portal', at.portal[0], port)
})
after(async () => {
  for (const server of servers) server.close()
  nft.close()
  await world.close()
})

describe('a redirect', () => {
  const base: Redirect = { id: 'portal', from: 'any', to: 'cell', ports: ['tcp/80'], target: 'portal' }

  for (const snat of [false, true])
    it(`takes a client's connection to a controller to the portal, ${snat ? 'in the name of the edge' : 'as the client'}`, async () => {
      await enforce(policy([{ ...base, snat }]))
      for (const to of ['plc', 'drive'] as const)
        assert.equal(await ask('laptop', to, 80), `portal sees ${snat ? '198.18.1.254' : at.laptop[0]} at ${at[to][0]}`)
      // What is permitted goes where it always went.
      assert.equal(await ask('hmi', 'plc', 502), `plc sees ${at.hmi[0]} at ${at.plc[0]}`)
    })

  const portal = `portal sees ${at.laptop[0]} at `
  const served = (host: 'plc' | 'drive') => `${host} sees ${at.hmi[0]} at ${at[host][0]}`

  it('goes by the source', async () => {
    await enforce(policy([{ ...base, from: 'hmi' }]))
    assert.equal(await ask('hmi', 'plc', 80), `portal sees ${at.hmi[0]} at ${at.plc[0]}`)
    assert.equal(await ask('laptop', 'plc', 80), 'nothing')
  })

  it('goes by the destination and its port, and may lead to another port', async () => {
    await enforce(policy([{ ...base, to: 'plc', target: `${at.portal[0]}:8080` }]))
    assert.equal(await ask('laptop', 'plc', 80), portal + at.plc[0])
    assert.equal(await ask('laptop', 'drive', 80), 'nothing')
    assert.equal(await ask('hmi', 'plc', 502), served('plc'))
  })

  it('leads to an asset behind the port that the client asked for', async () => {
    const conduits = [{ id: 'web', from: 'hmi', to: 'drive', service: 'tcp/80' }]
    await enforce(policy([{ ...base, to: 'plc', target: 'drive' }], { conduits }))
    assert.equal(await ask('laptop', 'plc', 80), `drive sees ${at.laptop[0]} at ${at.plc[0]}`)
    assert.equal(await ask('hmi', 'drive', 80), served('drive'))
  })

  it('goes by time: it acts while its window is open', async () => {
    const more = { groups: { night: { times: [{ from: '02:00', to: '04:00' }] } } }
    const { generation } = await enforce(policy([{ ...base, when: 'night' }], more))
    assert.equal(await ask('laptop', 'plc', 80), 'nothing')
    unload(nft)
    const again = await enforce(policy([{ ...base, when: 'night' }], more))
    assert.equal(again.generation, generation)
    setWindow(nft, 'bridge', generation, 0, 2, true)
    assert.equal(await ask('laptop', 'plc', 80), portal + at.plc[0])
    await sleep(2500)
    assert.equal(await ask('hmi', 'plc', 80), 'nothing', 'the kernel closed it')
  })

  it('goes by authentication: whoever has shown who he is goes on to the controller', async () => {
    const conduits = [{ id: 'web', from: 'hmi', to: 'plc', service: 'tcp/80' }]
    await enforce(policy([{ ...base, when: 'unauthenticated' }], { conduits }))
    assert.equal(await ask('hmi', 'plc', 80), `portal sees ${at.hmi[0]} at ${at.plc[0]}`)
    nft.run(`add element inet ${ipTable} authenticated4 { ${at.hmi[0]} timeout 60s }`)
    assert.equal(await ask('hmi', 'plc', 80), served('plc'))
    nft.run(`delete element inet ${ipTable} authenticated4 { ${at.hmi[0]} }`)
    assert.equal(await ask('hmi', 'plc', 80), `portal sees ${at.hmi[0]} at ${at.plc[0]}`)
  })

  it('never takes what is essential, and leaves a pair alone whose mode observes', async () => {
    const web = { id: 'web', from: 'hmi', to: 'plc', service: 'tcp/80' }
    for (const conduit of [
      { ...web, essential: true },
      { ...web, from: 'supervisory', essential: true },
      { id: 'other', from: 'hmi', to: 'plc', service: 'tcp/22', mode: 'observe' as const },
    ]) {
      await enforce(policy([base], { conduits: [conduit] }))
      assert.equal(await ask('hmi', 'plc', 80), served('plc'), JSON.stringify(conduit))
      assert.equal(await ask('hmi', 'drive', 80), `portal sees ${at.hmi[0]} at ${at.drive[0]}`)
    }
  })

  it('leaves connections alone that run when it begins', async () => {
    const conduits = [{ id: 'web', from: 'hmi', to: 'plc', service: 'tcp/8888' }]
    await enforce(policy([], { conduits }))
    const echo = createServer((socket) => void socket.on('error', () => undefined).pipe(socket))
    servers.push(echo.listen({ fd: listenIn(world.namespaceOf('plc'), { host: at.plc[0], port: 8888 }) }))
    const running = await connectIn(world.namespaceOf('hmi'), { host: at.plc[0], port: 8888, timeoutMs: 700 })
    const said = async (text: string): Promise<string> => {
      const { promise, resolve } = Promise.withResolvers<string>()
      running.once('data', (bytes: Buffer) => resolve(String(bytes)))
      running.once('error', (error) => resolve(error.message))
      running.once('close', () => resolve('closed'))
      running.write(text)
      return await Promise.race([promise, sleep(2000, 'nothing')])
    }
    after(() => void running.destroy())
    assert.equal(await said('before'), 'before')
    const plan = planFrom(policy([{ ...base, ports: ['tcp/8888'], target: `${at.portal[0]}:8080` }], { conduits }))
    await loadGeneration(plan, new Map(), world.edge)
    for (const [name, value] of bridgeSysctls(plan, false)) writeSysctl(name, value, { namespace: world.edge })
    writeBridgeForwarding(plan, world.edge)
    assert.equal(await said('after'), 'after')
    assert.equal(await ask('hmi', 'plc', 8888), `portal sees ${at.hmi[0]} at ${at.plc[0]}`)
  })

  it('contains nobody, and is nothing for who is contained', async () => {
    await enforce(policy([base]))
    assert.equal(await ask('laptop', 'plc', 80), portal + at.plc[0])
    assert.deepEqual(listContained(nft, 'bridge'), [])
    assert.equal(await ask('laptop', 'plc', 22), 'nothing')
    assert.deepEqual(
      listContained(nft, 'bridge').map(({ ip }) => ip),
      [at.laptop[0]],
    )
    assert.equal(await ask('laptop', 'plc', 80), 'nothing')
    lift(nft, 'bridge', at.laptop[0])
    assert.equal(await ask('laptop', 'plc', 80), portal + at.plc[0])
    hold(nft, 'bridge', { ip: at.hmi[0], vlans: [0], seconds: 60 })
    assert.equal(await ask('hmi', 'plc', 80), 'nothing')
  })

  it('leaves a zone in observe or shadow alone, also while others are enforced', async () => {
    for (const mode of ['observe', 'shadow'] as const) {
      const document = policy([{ ...base, to: 'any' }])
      const { cell, supervisory } = document.zones
      assert.ok(cell && supervisory)
      const zones = { ...document.zones, cell: { ...cell, mode }, supervisory: { ...supervisory, mode } }
      await enforce({ ...document, zones })
      assert.equal(await ask('laptop', 'plc', 80), `plc sees ${at.laptop[0]} at ${at.plc[0]}`, mode)
    }
  })

  it('leads nobody over the border of an isolated zone, and cuts a connection that led there', async () => {
    const echo = createServer((socket) => {
      // The other end cannot say that it is gone.
      after(() => void socket.destroy())
      socket.on('error', () => undefined).pipe(socket)
    })
    servers.push(echo.listen({ fd: listenIn(world.namespaceOf('portal'), { host: at.portal[0], port: 7 }) }))
    const all = [base, { ...base, id: 'echo', ports: ['tcp/7'] }]
    await enforce(policy(all))
    const running = await connectIn(world.namespaceOf('laptop'), { host: at.plc[0], port: 7, timeoutMs: 700 })
    after(() => void running.destroy())
    let heard = ''
    running.on('data', (bytes: Buffer) => (heard += String(bytes)))
    running.on('error', () => undefined)
    running.write('before')
    await until('the echo', () => heard === 'before')
    for (const island of ['dmz', 'supervisory']) {
      await loadGeneration(planFrom(policy(all), [island]), new Map(), world.edge)
      running.write('after')
      assert.equal(await ask('laptop', 'plc', 80), 'nothing', `${island} is isolated`)
      assert.equal(heard, 'before', `${island} is isolated`)
    }
    await enforce(policy(all), ['cell'])
    assert.equal(await ask('laptop', 'plc', 80), portal + at.plc[0], 'what asks for the island goes elsewhere')
    assert.deepEqual(listContained(nft, 'bridge'), [])
  })

  it('is gone with the policy that has none, and so is the forwarding of the bridge', async () => {
    await enforce(policy([base]))
    const earlier = new Set(chainsOf('inet', ipTable, world.edge))
    assert.ok(earlier.has('redirection'))
    for (const document of [policy([]), observed(policy([base]))]) {
      const plan = planFrom(document)
      await loadGeneration(plan, new Map(), world.edge)
      writeBridgeForwarding(plan, world.edge)
      assert.deepEqual(
        chainsOf('inet', ipTable, world.edge).filter((name) => name.startsWith('redirect')),
        [],
      )
      assert.ok(!chainsOf('bridge', 'bulkhead', world.edge).includes('input'))
      assert.equal(readSysctl('net.ipv4.conf.br0.forwarding', { namespace: world.edge }), '0')
    }
  })
})

const observed = (document: Document): Document => ({
  ...document,
  zones: Object.fromEntries(
    Object.entries(document.zones).map(([name, zone]) => [name, { ...zone, mode: 'observe' as const }]),
  ),
})

describe('a bridge with an address that redirects', () => {
  it('routes nothing that is sent to its own MAC', async () => {
    await enforce(policy([{ id: 'portal', from: 'any', to: 'cell', ports: ['tcp/80'], target: 'portal' }]))
    const shown = await world.exec('edge', 'ip', ['-j', 'link', 'show', 'br0'])
    const own = /"address":"([0-9a-f:]+)"/.exec(shown.stdout)?.[1] ?? ''
    assert.match(own, /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/)
    world.listen()
    const ends = { src: at.laptop[0], dst: at.plc[0] }
    // The kernel must know where the controller is, or it would ask and wait.
    await world.exec('edge', 'ip', ['neigh', 'replace', at.plc[0], 'lladdr', at.plc[1], 'dev', 'br0'])
    for (const dport of [22, 502, 80])
      world.send(
        'laptop',
        ethernet({
          dst: own,
          src: at.laptop[1],
          etherType: 0x0800,
          payload: ipv4({ ...ends, proto: 6, payload: tcp(ends, { sport: 40_000, dport }) }),
        }),
      )
    await sleep(200)
    const arrived = world
      .received('plc')
      .map(decodeFrame)
      .filter(({ proto, srcIp }) => proto === 6 && srcIp === at.laptop[0])
    assert.deepEqual(
      arrived.map(({ dport }) => dport),
      [],
    )
    // It still has an address of its own.
    assert.match(await askAt('hmi', '198.18.1.254', 9), /ECONNREFUSED|refused/)
  })
})

describe('a first packet that a redirect takes', () => {
  const conduits = [{ id: 'web', from: 'supervisory', to: 'plc', service: 'tcp/80' }]
  const redirect: Redirect = { id: 'portal', from: 'any', to: 'cell', ports: ['tcp/80'], target: 'portal' }
  before(async () => {
    await enforce(policy([{ ...redirect, when: 'unauthenticated' }], { conduits }))
    await world.exec('edge', 'ip', ['neigh', 'replace', at.portal[0], 'lladdr', at.portal[1], 'dev', 'br0'])
    world.listen()
  })
  let port = 41_000
  /** Who got it, of the controller and the portal. */
  const who = async (from: Host, src: string, tags: Parameters<typeof ethernet>[0]['tags'] = []): Promise<string[]> => {
    const ends = { src, dst: at.plc[0] }
    const sport = port++
    world.send(
      from,
      ethernet({
        dst: at.plc[1],
        src: at[from][1],
        tags,
        etherType: 0x0800,
        payload: ipv4({ ...ends, proto: 6, payload: tcp(ends, { sport, dport: 80 }) }),
      }),
    )
    await sleep(200)
    return (['plc', 'portal'] as const).filter((host) =>
      world
        .received(host)
        .map(decodeFrame)
        .some((frame) => frame.srcIp === src && frame.sport === sport),
    )
  }

  it('goes to the portal, also with a tag of VLAN 0, by which it could have come past it', async () => {
    assert.deepEqual(await who('hmi', at.hmi[0]), ['portal'])
    assert.deepEqual(await who('hmi', at.hmi[0], [{ id: 0, priority: 5 }]), ['portal'])
    assert.deepEqual(await who('laptop', at.laptop[0], [{ id: 0 }]), ['portal'])
  })

  it('goes nowhere from an address of somebody who is elsewhere, and on a VLAN that its port does not declare', async () => {
    for (const [from, src] of [
      ['laptop', at.hmi[0]],
      ['laptop', at.drive[0]],
    ] as const)
      assert.deepEqual(await who(from, src), [], `${src} from ${from}`)
    assert.deepEqual(await who('hmi', at.hmi[0], [{ id: 77 }]), [])
    assert.deepEqual(await who('hmi', at.hmi[0]), ['portal'])
  })
})

describe('an essential datagram', () => {
  it('is no new conversation to its client, whatever port that has', async () => {
    for (const from of ['hmi', 'supervisory']) {
      const conduits = [{ id: 'io', from, to: 'plc', service: 'udp/2222', essential: true }]
      await enforce(
        policy([{ id: 'portal', from: 'any', to: 'supervisory', ports: ['udp/5000'], target: 'portal' }], { conduits }),
      )
      await world.exec('edge', 'ip', ['neigh', 'replace', at.portal[0], 'lladdr', at.portal[1], 'dev', 'br0'])
      world.listen()
      for (const host of ['hmi', 'portal'] as const) world.received(host)
      const ends = { src: at.plc[0], dst: at.hmi[0] }
      const payload = ipv4({ ...ends, proto: 17, payload: udp(ends, { sport: 2222, dport: 5000 }) })
      world.send('plc', ethernet({ dst: at.hmi[1], src: at.plc[1], etherType: 0x0800, payload }))
      await sleep(200)
      const got = (['hmi', 'portal'] as const).filter((host) =>
        world
          .received(host)
          .map(decodeFrame)
          .some(({ proto, sport }) => proto === 17 && sport === 2222),
      )
      assert.deepEqual(got, ['hmi'], from)
    }
  })
})

describe('an edge daemon whose policy redirects', () => {
  it('prepares the bridge for it, and redirects go on without the daemon', async () => {
    const other = await createWorld({ name: 'redirected', ports, hosts, bridged: false })
    const first = world
    world = other
    const document = policy([{ id: 'portal', from: 'any', to: 'cell', ports: ['tcp/80'], target: 'portal' }])
    const daemon = await startDaemon(other, { policy: JSON.stringify(document), edge: edgeName })
    try {
      serve('portal', at.portal[0], 80)
      assert.equal(await ask('laptop', 'plc', 80), `portal sees ${at.laptop[0]} at ${at.plc[0]}`)
      await daemon.kill('SIGKILL')
      assert.equal(await ask('laptop', 'drive', 80), `portal sees ${at.laptop[0]} at ${at.drive[0]}`)
    } finally {
      await daemon.stop()
      world = first
      servers.pop()?.close()
      await other.close()
    }
  })
})
