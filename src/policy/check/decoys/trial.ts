/** Policies with decoys, each with one fault or none: for tests of what finds them. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import type { Persona } from '#core/persona.ts'
import { parsePolicy } from '../../parse.ts'
import { sentence } from '../../report.ts'
import type { Check } from '../context.ts'
import { findsIn, type Row as RowOf } from '../finds.ts'
import { check } from '../index.ts'

const persona = (id: string, ports: readonly number[]): Persona => ({
  id,
  title: id,
  vendor: id,
  model: id,
  firmware: '1',
  kind: 'plc',
  ouis: ['00:1b:1b'],
  ttl: 64,
  window: 8192,
  timestamps: false,
  windowScaling: false,
  sack: false,
  serial: '######',
  name: 'plc-####',
  services: ports.map((port) => ({ service: 's', transport: 'tcp', port, profile: {} })),
})
export const personas = { 's7-1500': persona('s7-1500', [102, 80]), 'modicon-m340': persona('modicon-m340', [502]) }

export const sections = {
  edges: 'e: { bridge: br0, address: 198.18.1.2/24, ports: { a: { zones: [office] }, b: { zones: [cell, safe] } } }',
  zones: `office: { level: 3, networks: [198.18.0.0/24], mode: enforce }
  cell: { level: 1, networks: [198.18.1.0/24, 198.18.2.0/24], mode: contain }
  safe: { level: 1, networks: [198.18.3.0/24], mode: contain }`,
  assets: `ews: { ips: [198.18.0.11], macs: ["00:1b:1b:00:00:11"], zone: office, kind: engineering }
  plc: { ips: [198.18.1.10], macs: ["00:1b:1b:00:01:10"], zone: cell, kind: plc }
  sis: { ips: [198.18.3.12], macs: ["00:1b:1b:00:03:12"], zone: safe, kind: sis }`,
  groups: 'plcs: { kinds: [plc] }\n  nets: { networks: [198.18.1.48/29] }',
  conduits: '- { id: operate, from: ews, to: plc, service: modbus, allow: [read] }',
  redirects: '',
  responses: '',
  pools:
    '- { id: p, zone: cell, approved: [198.18.1.32/27], personas: { s7-1500: 4, modicon-m340: rest }, approved-by: [ops, it] }',
  others: '',
}
export type Sections = Partial<Record<keyof typeof sections, string>>

export const policy = (changes: Sections): string => {
  const { pools, others, ...rest } = { ...sections, ...changes }
  const lines = ['version: 1', 'site: test']
  for (const [name, text] of Object.entries(rest)) if (text !== '') lines.push(`${name}:\n  ${text}`)
  return [...lines, `decoys:\n  pools:\n    ${pools}`, ...(others === '' ? [] : [`  ${others}`])].join('\n')
}
export const problemsOf = (text: string) => {
  const { site, source, problems } = parsePolicy(text, 'site.yaml')
  assert.deepEqual(problems.map(sentence), [])
  return check(site!, source, Date.UTC(2026, 10, 21), personas)
}

export const pool = (approved: string, more = 'personas: { s7-1500: 1 }'): Sections => ({
  pools: `- { id: p, zone: cell, approved: [${approved}], ${more}, approved-by: [ops] }`,
})
export const second = (approved: string, more = ''): string =>
  `\n    - { id: q, zone: cell, approved: [${approved}], personas: { s7-1500: 1 }, approved-by: [ops]${more} }`
export const deceive = (text: string): Sections => ({ others: `deceive: [{ id: d, ${text} }]` })
export const verifier = (text: string): Sections => ({ others: `verifier: { ${text} }` })
export const pem = (type: 'x25519' | 'ed25519', half: 'publicKey' | 'privateKey'): string => {
  const pair = type === 'x25519' ? generateKeyPairSync('x25519') : generateKeyPairSync('ed25519')
  return JSON.stringify(pair[half].export({ format: 'pem', type: half === 'publicKey' ? 'spki' : 'pkcs8' }))
}

export type Row = RowOf<Sections>

/** @param its checks that the rows are about: each has a row */
export const finds = (what: string, its: readonly Check[], rows: readonly Row[]): void =>
  findsIn({ what, its, rows, text: (row) => policy(row.with), problemsOf })
