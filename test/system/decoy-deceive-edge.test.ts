/** A real daemon with decoys in the place of real controllers: what nothing permits is answered by a copy, what is permitted is untouched. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectIn } from '#linux/namespace-sockets.ts'
import { pinnedNeighbours } from '#linux/pinned-neighbours.ts'
import { Nft } from '#linux/nftables.ts'
import { arp, ethernet } from '#packet/build.ts'
import { decodeFrame } from '#packet/decode.ts'
import { etherTypes } from '#packet/numbers.ts'
import { ipTable } from '#policy/nft/names.ts'
import { personas } from '#protocols/personas/index.ts'
import type { Event } from '#schema/event.ts'
import { listMap, listSet } from '#edge/kernel/elements.ts'
import { dumpConntrack } from '#linux/conntrack.ts'
import { given } from '../fixtures/given.ts'
import { bulkheadAtEdge, startDaemon, type Daemon } from './edge-process.ts'
import {
  addresses,
  createPlant,
  edgeName,
  macs,
  policyText,
  startProduction,
  type Production,
} from './production/production.ts'
import type { World } from './world/world.ts'

const persona = personas['modicon-m340']
const budget = 3
const edgeAddress = '198.18.1.254'
const decoys = `decoys:
  listen-for: 0s
  pools:
    - id: copies
      zone: cell-1
      approved: [198.18.1.20-198.18.1.29]
      personas: { modicon-m340: 4 }
      budget: { after: ${budget} }
      approved-by: [operations]
  deceive:
    - { id: copy, to: plcs, ports: [tcp/502], persona: modicon-m340, reason: whoever asks gets a copy }
  shuffle: { share: 100 }
`
const policy =
  policyText({ known: 'deny' })
    .replace('bridge: br0\n', `bridge: br0\n    address: ${edgeAddress}/24\n`)
    .replace('stranger: contain 1h site\n    known: deny', 'stranger: deceive\n    known: deceive') + decoys
const withoutDeceive = policy
  .replace(/ {2}deceive:\n.*\n/, '')
  .replace('stranger: deceive\n    known: deceive', 'stranger: contain 1h site\n    known: deny')

let world: World
let daemon: Daemon
let production: Production
let nft: Nft

const until = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
  const limit = performance.now() + 30_000
  while (!(await holds())) {
    assert.ok(performance.now() < limit, `${what}: ${daemon.log()}`)
    await sleep(50)
  }
}
const lines = (map: string): string[] => listMap(nft, 'inet', ipTable, map).map(({ key }) => key.join(' '))
const standing = async (): Promise<string[]> => {
  const { decoys: all } = await daemon.call('decoys', {})
  return all.flatMap(({ address, state }) => (state === 'standing' ? [address] : [])).toSorted()
}
const events = (kind: Event['kind']): Promise<Event[]> => daemon.events({ kind: [kind] })

/** Reading device identification (Modbus, 6.21), basic, from the first object on. */
const identify = Uint8Array.of(0, 1, 0, 0, 0, 5, 1, 0x2b, 0x0e, 1, 0)
/** A holding register. */
const read = Uint8Array.of(0, 2, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1)

const opened: Socket[] = []
const open = async (who: string, ip: string): Promise<Socket> => {
  const socket = await connectIn(world.namespaceOf(who), { host: ip, port: 502, timeoutMs: 3000 })
  opened.push(socket.on('error', () => undefined))
  return socket
}
/** What comes back, or nothing within a second. */
const ask = async (socket: Socket, request: Uint8Array): Promise<string> => {
  socket.write(request)
  const [bytes] = await once(socket, 'data', { signal: AbortSignal.timeout(1000) }).catch(() => [''])
  return String(bytes)
}
const identityOf = async (who: string, ip: string): Promise<string> => {
  const socket = await open(who, ip)
  try {
    return await ask(socket, identify)
  } finally {
    socket.destroy()
  }
}
const isCopy = (identity: string): boolean =>
  persona !== undefined && identity.includes(persona.vendor) && identity.includes(persona.model)
/** Somebody asks whether an address is free (RFC 5227, 2.1.1). */
const probe = (target: string): void => {
  const [src, nobody] = [macs.stranger, '00:00:00:00:00:00']
  const payload = arp({ operation: 1, senderMac: src, senderIp: '0.0.0.0', targetMac: nobody, targetIp: target })
  world.send('stranger', ethernet({ dst: 'ff:ff:ff:ff:ff:ff', src, etherType: etherTypes.arp, payload }))
}

before(async () => {
  world = await createPlant('deceive')
  nft = Nft.open({ namespace: world.edge })
  world.wire('plant')
  production = await startProduction(world)
  daemon = await startDaemon(world, { policy, edge: edgeName })
  await until('decoys stand', async () => (await daemon.call('status', {})).decoys?.host === 'running')
  assert.equal((await standing()).length, 4)
  assert.equal(lines('deceive').length, 2)
})
after(async () => {
  for (const socket of opened) socket.destroy()
  await production.stop()
  await daemon.stop()
  nft.close()
  await world.close()
})

describe('decoys in the place of controllers', () => {
  it('answer at the address of the controller what nothing permits', async () => {
    for (const ip of [addresses['plc-a'], addresses['plc-b']]) {
      const said = await identityOf('historian', ip)
      assert.ok(isCopy(said), JSON.stringify(said))
    }
  })

  it('are named in events with the controller that was meant', async () => {
    const meant = async () => (await events('decoy-contact')).map(({ details }) => details?.['meant'])
    await until('both are told', async () => new Set(await meant()).size === 2)
    const [event] = await events('decoy-contact')
    assert.match(
      event?.text ?? '',
      /historian spoke to the decoy .* in the place of plc-a \(198\.18\.1\.10\) with modbus/,
    )
    assert.equal(event?.details?.['asset'], 'plc-a')
    assert.equal(event?.reason, 'deceived')
    assert.ok((await standing()).includes(event?.destination?.ip ?? ''))
  })

  it('are meant themselves by who comes to their own address', async () => {
    const [decoy = ''] = await standing()
    const told = (await events('decoy-contact')).length
    assert.ok(isCopy(await identityOf('historian', decoy)))
    await until('it is told', async () => (await events('decoy-contact')).length > told)
    const event = (await events('decoy-contact')).at(-1)
    assert.equal(event?.destination?.ip, decoy)
    assert.equal(event?.details?.['meant'], undefined)
    assert.equal(event?.reason, undefined)
  })

  it('are found by the edge without asking for them on the wire', async () => {
    const pinned = await pinnedNeighbours({ device: 'br0', namespace: world.edge })
    const standIns = listSet(nft, 'inet', ipTable, 'deceivers').map(({ key }) => String(key[0]))
    assert.deepEqual(pinned.map(({ ip }) => ip).toSorted(), standIns.toSorted())
    const list = await daemon.call('decoys', {})
    for (const { ip, mac } of pinned) assert.equal(list.decoys.find(({ address }) => address === ip)?.mac, mac)
    const asked = world
      .wire('plant')
      .drain()
      .filter((bytes) => {
        const frame = decodeFrame(bytes)
        return frame.arpOperation >= 0 && frame.arp.senderIp === edgeAddress
      })
    assert.deepEqual(asked, [])
  })

  it('leave what is permitted alone, untracked', async () => {
    const counts = await production.settled()
    assert.equal(counts.lost, 0)
    assert.equal(counts.broken, 0)
    assert.ok(counts.answered > 100, `${counts.answered} polls`)
    await identityOf('historian', addresses['plc-a'])
    const tracked = dumpConntrack({ namespace: world.edge })
    assert.ok(tracked.some(({ original }) => original.source === addresses.historian))
    assert.ok(tracked.every(({ original }) => original.source !== addresses.hmi))
  })

  it('go on after a movement, from where they stand then', async () => {
    const old = await standing()
    await daemon.call('decoys-shuffle', { force: true, reason: 'drill', by: 'ana' }, { timeoutMs: 30_000 })
    const now = await standing()
    assert.notDeepEqual(now, old)
    for (const ip of [addresses['plc-a'], addresses['plc-b']]) assert.ok(isCopy(await identityOf('historian', ip)))
    const pinned = await pinnedNeighbours({ device: 'br0', namespace: world.edge })
    assert.ok(pinned.every(({ ip }) => now.includes(ip)))
  })

  it('break what still runs to one that left, so that nothing of it reaches who comes there', async () => {
    const socket = await open('historian', addresses['plc-a'])
    assert.ok(isCopy(await ask(socket, identify)))
    const [own] = dumpConntrack({ namespace: world.edge }).filter(
      ({ original }) => original.sourcePort === socket.localPort,
    )
    const decoy = own?.reply?.source ?? ''
    assert.ok((await standing()).includes(decoy))
    probe(decoy)
    await until('it has left', async () => !(await standing()).includes(decoy))
    await until('another stands in', () => lines('deceive').length === 2)
    const left = dumpConntrack({ namespace: world.edge }).filter(({ reply }) => reply?.source === decoy)
    assert.deepEqual(left, [])
    assert.equal(await ask(socket, identify), '')
    assert.ok(isCopy(await identityOf('historian', addresses['plc-a'])))
    socket.destroy()
  })

  it('contain a stranger when its budget is spent, and it reaches nothing any more', async () => {
    const socket = await open('stranger', addresses['plc-a'])
    for (let at = 0; at < budget + 2 && !socket.destroyed; at++) await ask(socket, read)
    await until('it is contained', async () =>
      (await events('containment')).some(({ source }) => source?.ip === addresses.stranger),
    )
    const containment = (await events('containment')).find(({ source }) => source?.ip === addresses.stranger)
    assert.match(containment?.text ?? '', /in the place of plc-a/)
    await assert.rejects(open('stranger', addresses['plc-a']))
    await assert.rejects(open('stranger', addresses['plc-b']))
    socket.destroy()
  })

  it('are taken away with their rule, and the zone denies again', async () => {
    writeFileSync(`${daemon.policyFile}.new`, withoutDeceive)
    await daemon.call('apply', { ...given(`${daemon.policyFile}.new`), by: 'ana' }, { timeoutMs: 30_000 })
    await until('nothing is left', async () => {
      const pinned = await pinnedNeighbours({ device: 'br0', namespace: world.edge })
      return pinned.length === 0
    })
    assert.equal((await standing()).length, 3)
    await assert.rejects(open('historian', addresses['plc-a']))
  })

  it('lost no poll of what is permitted all the time', async () => {
    const counts = await production.settled()
    assert.deepEqual([counts.lost, counts.broken], [0, 0])
    const { stdout } = await bulkheadAtEdge(world, ['edge', 'doctor', '--json', '--socket', daemon.socket])
    assert.ok(Array.isArray(JSON.parse(stdout)))
  })
})
