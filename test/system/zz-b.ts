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
// T5
nft.run('flush ruleset')
nft.run('add table inet filter\nadd chain inet filter forward { type filter hook forward priority 0; policy drop; }')
const g = await startDaemon(world, { policyFile: d.policyFile, state: d.state, socket: d.socket, edge: 'edge-1' })
console.log('T5 poll with foreign forward policy drop', await poll(), (await g.call('status', {})).alarms)
await sleep(2500); console.log((await g.call('status', {})).alarms); nft.run('delete table inet filter'); await sleep(2500); console.log((await g.call('status', {})).alarms, (await import('#linux/sysctl.ts')).readSysctl('net.bridge.bridge-nf-call-iptables', { namespace: world.edge })); console.log(nft.run('add table inet filter\nadd chain inet filter forward { type filter hook forward priority 0; policy drop; }').ok); await sleep(2500); console.log('T5 while running', await poll())
console.log('T5 without', await poll())
await g.stop(); nft.close(); await world.close(); process.exit(0)
