import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parsePolicy } from '#policy/parse.ts'
import { conduitsAt, type Through } from './conduits.ts'

const site = parsePolicy(`
version: 1
site: north
edges: {}
zones: { cell: { level: 1, networks: [198.18.1.0/26] }, office: { level: 3, networks: [198.18.2.0/24] } }
assets:
  plc: { ips: [198.18.1.10], zone: cell, kind: plc }
  hmi: { ips: [198.18.2.7], zone: office, kind: hmi }
groups: { engineering: { networks: [198.18.2.64/26] } }
conduits:
  - { id: web, from: office, to: plc, service: tcp/any }
  - { id: control, from: hmi, to: plc, service: modbus, essential: true }
  - { id: files, from: engineering, to: plc, service: tcp/20-21 }
  - { id: echo, from: any, to: plc, service: icmp }
`).site!
const at = conduitsAt(site, '198.18.1.10')
const plc = '198.18.1.10'
const rows: readonly [name: string, through: Through, id: string | undefined][] = [
  [
    'an essential conduit comes first',
    { source: '198.18.2.7', destination: plc, protocol: 'tcp', port: 502 },
    'control',
  ],
  ['a zone stands for its networks', { source: '198.18.2.9', destination: plc, protocol: 'tcp', port: 502 }, 'web'],
  ['a number is a protocol as well', { source: '198.18.2.9', destination: plc, protocol: '6', port: 80 }, 'web'],
  ['an answer is not a question', { source: plc, destination: '198.18.2.9', protocol: 'tcp', port: 80 }, undefined],
  ['another protocol is another', { source: '198.18.2.9', destination: plc, protocol: 'udp', port: 80 }, undefined],
  ['a protocol without ports has none', { source: '198.18.9.9', destination: plc, protocol: 'icmp', port: 0 }, 'echo'],
  ['an EtherType is no IP', { source: '198.18.9.9', destination: plc, protocol: '0x8892', port: 0 }, undefined],
  ['who is in no end has no conduit', { source: '198.18.9.9', destination: plc, protocol: 'tcp', port: 80 }, undefined],
]
describe('the conduit of a conversation', () => {
  for (const [name, through, id] of rows) it(name, () => assert.equal(at(through)?.id, id))
})
