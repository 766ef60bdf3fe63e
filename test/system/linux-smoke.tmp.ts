import { Nft } from '#linux/nftables.ts'
import { loadInChild } from '#linux/nft-child.ts'
import { openNflog } from '#linux/nflog.ts'
import { openPacketSocket } from '#linux/packet-socket.ts'
import { createNamespace, inNamespace } from '#linux/namespace.ts'
import { createBridge, bridgeState } from '#linux/bridge.ts'
import { runIp } from '#linux/ip.ts'
import { links } from '#linux/rtnetlink.ts'
const nft = Nft.open()
console.log(nft.run('add table inet x\nadd chain inet x fwd'))
console.log(nft.run('add table inet x\nadd chain inet x c'), nft.run('list ruleset').ok, nft.json('list tables'))
console.log(nft.run('delete table inet nope'), nft.run('add table inet y', { check: true }), nft.run('list tables'))
console.log(await loadInChild(['add table inet z', 'add set inet z s { type ipv4_addr; }', 'bad', 'add table inet w']))
for (const n of ['a', 'b']) {
  await createNamespace(n)
  await runIp(['link', 'add', `p-${n}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', n])
  await runIp(['link', 'set', 'eth0', 'up'], { namespace: n })
}
console.log(await createBridge({ name: 'br0', ports: ['p-a', 'p-b'] }))
console.log(await createBridge({ name: 'br0', ports: ['p-a', 'p-b'] }))
console.log(JSON.stringify(await bridgeState('br0')))
await createBridge({ name: 'br0', ports: ['p-x'] }).catch((e) => console.log(e.message))
console.log(links().map((l) => l.name), inNamespace('a', () => 5), links({ namespace: 'a' }))
nft.run(`add table bridge g
add chain bridge g f { type filter hook forward priority 0; }
add rule bridge g f log prefix "hello" group 1`)
let n = 0, last
const log = openNflog({ group: 1, onRecord: (r) => { n++; last = r }, onOverflow: (l) => console.log('lost', l) })
try { openNflog({ group: 1, onRecord: () => {}, onOverflow: () => {} }) } catch (e) { console.log(String(e)) }
const A = openPacketSocket({ device: 'eth0', namespace: 'a', promiscuous: true })
const B = openPacketSocket({ device: 'eth0', namespace: 'b', promiscuous: true })
const frame = new Uint8Array(100); frame.fill(0xff, 0, 6); frame.set([2, 0, 0, 0, 0, 1], 6); frame.set([0x81, 0, 0x60, 20, 0x88, 0xb5], 12)
A.send(frame)
console.log(await B.wait(1000), Buffer.compare(B.receive()!, frame), B.drain().length, await B.wait(20))
await new Promise((r) => setTimeout(r, 50))
console.log(n, last)
log.close()
nft.run('flush ruleset')
const t = performance.now()
let got = 0
const plain = new Uint8Array(64); plain.set(frame.subarray(0, 12)); plain.set([0x88, 0xb5], 12)
for (let i = 0; i < 100000; i++) { A.send(plain); if (i % 32 === 31) got += B.drain().length }
const dt = performance.now() - t
console.log(got, 100000 / dt * 1000, 'pairs/s')
A.close(); B.close(); nft.close()
