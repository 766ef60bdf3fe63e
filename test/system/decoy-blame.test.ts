/** Who is contained for what is done at a decoy, when the one who does it would rather that it were somebody else. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, before, describe, it } from 'node:test'
import { listSet } from '#edge/kernel/elements.ts'
import { connectIn } from '#linux/namespace-sockets.ts'
import { Nft } from '#linux/nftables.ts'
import { arp, ethernet } from '#packet/build.ts'
import { etherTypes } from '#packet/numbers.ts'
import { table } from '#policy/nft/names.ts'
import { port, Segment } from './decoy-scan/segment.ts'

let segment: Segment
let nft: Nft
before(async () => {
  segment = await Segment.open()
  nft = Nft.open({ namespace: segment.world.edge })
})
after(async () => {
  nft.close()
  await segment.close()
})

/** A drive that speaks PROFINET alone, so that nobody knows it by an address. */
const drive = '02:55:00:00:00:01'
const frameOf = (src: string): Uint8Array =>
  ethernet({ dst: '01:0e:cf:00:00:00', src, etherType: 0x8892, payload: new Uint8Array(46) })
const contained = (): string[] => listSet(nft, 'bridge', table, 'stranger_macs').map(({ key }) => key[2] ?? '')
const containedFrom = (device: string): string[] =>
  listSet(nft, 'bridge', table, 'stranger_macs').flatMap(({ key: [at, , mac] }) => (at === device ? (mac ?? []) : []))

const decoy = async () => {
  const [row] = await segment.standing()
  assert.ok(row)
  return row
}

describe('whoever spoke to a decoy is contained with all of his frames', () => {
  it('and with the place from which they came', async () => {
    const who = await segment.visit()
    await segment.connects((await decoy()).address)
    await segment.contained(who.ip, 1)
    await sleep(200)
    assert.deepEqual(containedFrom('visitors'), [who.mac])
  })

  it('and not with the place of another that he names by ARP', async () => {
    const who = await segment.visit()
    const { address, mac } = await decoy()
    segment.world.wire('cell').send(frameOf(drive))
    const socket = await connectIn(segment.world.namespaceOf('scanner'), { host: address, port, timeoutMs: 1000 })
    socket.on('error', () => undefined)
    // Linux believes another Ethernet address after a second (locktime).
    await sleep(1300)
    const forged = arp({ operation: 2, senderMac: drive, senderIp: who.ip, targetIp: address })
    segment.world.send('scanner', ethernet({ dst: mac, src: who.mac, etherType: etherTypes.arp, payload: forged }))
    await sleep(100)
    socket.write('x')
    await segment.contained(who.ip, 1)
    await sleep(300)
    socket.destroy()
    assert.ok(!contained().includes(drive), 'the drive')
    assert.ok(containedFrom('visitors').includes(who.mac))
  })

  it('also where he filled the memory of who was here with the names of others', async () => {
    const { address, mac } = await decoy()
    const last = Array.from({ length: 256 }, (_, at) => at)
    const put = (some: readonly string[]) =>
      nft.run(`add element bridge ${table} decoy_peers { ${some.join(', ')} }`).ok
    for (const block of last.slice(1)) assert.ok(put(last.map((at) => `100.64.${block}.${at}`)))
    // Others are in it already.
    assert.ok(last.some((at) => !put([`100.64.0.${at}`])))
    const who = await segment.visit()
    assert.ok(await segment.connects(address), mac)
    await segment.contained(who.ip, 1)
  })
})
