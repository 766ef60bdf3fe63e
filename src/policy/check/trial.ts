/** Policies without decoys, each with one fault or none: for tests of what finds them. */
import assert from 'node:assert/strict'
import { parsePolicy } from '../parse.ts'
import { sentence } from '../report.ts'
import type { Check } from './context.ts'
import { findsIn, type Row } from './finds.ts'
import { check } from './index.ts'

/** 2026-11-21, noon in UTC. */
export const now = Date.UTC(2026, 10, 21, 12)

export const sections = {
  edges:
    'e: { bridge: br0, address: 198.18.0.250/24, ports: { a: { zones: [office], vlans: [untagged, 20] }, b: { zones: [cell], vlans: [untagged, 20] } } }',
  zones: `office: { level: 3, networks: [198.18.0.0/24], mode: enforce }
  cell: { level: 1, networks: [198.18.1.0/24], mode: contain }`,
  assets: `hmi: { ips: [198.18.0.10], macs: ["00:1b:1b:00:00:10"], zone: office, kind: hmi }
  ews: { ips: [198.18.0.11], macs: ["00:1b:1b:00:00:11"], zone: office, kind: engineering }
  plc: { ips: [198.18.1.10], macs: ["00:1b:1b:00:01:10"], zone: cell, kind: plc }
  sis: { ips: [198.18.1.12], macs: ["00:1b:1b:00:01:12"], zone: cell, kind: sis }`,
  groups: `tools: { kinds: [engineering] }
  web: { ports: [tcp/80, tcp/443] }
  nights: { times: [{ from: "22:00", to: "06:00" }] }`,
  conduits: `- { id: operate, from: hmi, to: plc, service: modbus, allow: [read] }`,
  denies: '',
  broadcast: '',
  layer2: '',
  sensors: '',
  responses: '',
  redirects: '',
  exceptions: '',
  tests: '',
}
export type Sections = Partial<Record<keyof typeof sections, string>>

export const policy = (changes: Sections = {}, timezone = 'Europe/Berlin') => {
  const lines = ['version: 1', 'site: test', `timezone: ${timezone}`]
  for (const [name, text] of Object.entries({ ...sections, ...changes }))
    if (text !== '') lines.push(`${name}:\n  ${text}`)
  return lines.join('\n')
}

export const problemsOf = (text: string) => {
  const { site, source, problems } = parsePolicy(text, 'site.yaml')
  assert.deepEqual(problems.map(sentence), [])
  return check(site!, source, now)
}

/** Two cells that are copies of each other. */
export const copies: Sections = {
  edges: `e: { bridge: br0, address: 198.18.0.250/24, ports: { a: { zones: [office], vlans: [untagged, 10, 20] }, b: { zones: [cell, copy-1, copy-2], vlans: [untagged, 10, 20] } } }`,
  zones: `${sections.zones}
  copy-1: { level: 1, networks: [198.18.2.0/24], mode: contain, vlan: 10 }
  copy-2: { level: 1, networks: [198.18.2.0/24], mode: contain, vlan: 20 }`,
  assets: `${sections.assets}
  one: { ips: [198.18.2.10], macs: ["00:1b:1b:00:02:10"], zone: copy-1, kind: sis }
  two: { ips: [198.18.2.10], macs: ["00:1b:1b:00:02:20"], zone: copy-2, kind: plc }`,
}

export const conduit = (text: string): Sections => ({ conduits: `${sections.conduits}\n  - { id: other, ${text} }` })
export const asset = (text: string): Sections => ({ assets: `${sections.assets}\n  ${text}` })

/** @param its checks that the rows are about: each has a row */
export const finds = (
  what: string,
  its: readonly Check[],
  rows: readonly (Row<Sections> & { readonly timezone?: string })[],
): void => findsIn({ what, its, rows, text: (row) => policy(row.with, row.timezone), problemsOf })
