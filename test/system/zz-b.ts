import { createWorld } from './world/world.ts'
import { startDaemon } from './edge-process.ts'
import { running } from '#edge/kernel/generations.ts'
import { readCounters } from '#edge/kernel/counters.ts'
import { Nft } from '#linux/nftables.ts'
import { listContained } from '#edge/kernel/containment.ts'
import { listTemporary } from '#edge/kernel/permits.ts'
import { tcpTo, plc } from './containment/frames.ts'
import { macs, addresses, mac } from './containment/plant.ts'
import { writeFileSync } from 'node:fs'
const sleep = (ms: number) => new Promise(r => setTimeout(r, ms))
const policy = (site: string, ports = ['plant', 'cell']) => `
version: 1
site: ${site}
edges: { edge-1: { bridge: br0, ports: { ${ports[0]}: { zones: [sup] }, ${ports[1]}: { zones: [cell-1] } } } }
zones:
  cell-1: { level: 1, networks: [198.18.1.0/26, "fd00:198:18:1::/64"], mode: contain }
  sup: { level: 2, networks: [198.18.64.0/18, "fd00:198:18:2::/64"], mode: contain }
assets:
  plc: { ips: [198.18.1.10], macs: ["${macs.plc}"], zone: cell-1, kind: plc }
  hmi: { ips: [198.18.64.70], macs: ["${macs.hmi}"], zone: sup, kind: hmi }
conduits: [{ id: operate, from: hmi, to: plc, service: modbus }]
`
const world = await createWorld({ name: 'b', ports: ['plant', 'cell'] })
world.listen()
const hmi = { mac: macs.hmi, ip: addresses.hmi[0] }
const poll = async () => { world.wire('cell').drain(); world.wire('plant').send(tcpTo(hmi, plc(false), 502)); await sleep(60); return world.wire('cell').drain().filter(f => f.length > 60 && f[12] === 8 && f[23] === 6).length }
const nft = Nft.open({ namespace: world.edge })
const d = await startDaemon(world, { policy: policy('one'), edge: 'edge-1' })
console.log('poll', await poll())
await d.stop()
const g = await startDaemon(world, { policyFile: d.policyFile, state: d.state, socket: d.socket, edge: 'edge-1' })
let n = 0
const flood = async (count: number) => { for (let i = 0; i < count; i++) { n++; world.wire('plant').send(tcpTo({ mac: mac(0x700000 + n), ip: `198.18.${70 + ((n >> 8) & 31)}.${n & 255}` }, plc(false), 22)); if (i % 200 === 199) await sleep(0) } }
const lat: number[] = []
let over = false
const meter = (async () => { while (!over) { const s = performance.now(); await g.call('permits', {}, { timeoutMs: 60000 }).catch(() => undefined); lat.push(performance.now() - s); await sleep(50) } })()
for (let s = 0; s < 20; s++) { await flood(3000); await sleep(200) }
await sleep(31000)
over = true; await meter
const rss = (await import('node:fs')).readFileSync('/proc/' + g.pid + '/status', 'utf8').match(/VmRSS.*/)?.[0]
console.log('T6 control latency max', Math.round(Math.max(...lat)), 'n', lat.length, 'rss', rss)
const s = performance.now(); const st = await g.call('status', {}, { timeoutMs: 60000 }); console.log('T6 status ms', Math.round(performance.now() - s), st.containments.length, st.alarms, JSON.stringify(st.containments[5]))
console.log('poll', await poll())
await g.stop(); nft.close(); await world.close(); process.exit(0)
