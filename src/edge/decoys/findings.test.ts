import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PlanDecoys } from '#policy/plan.ts'
import type { DecoyList, DecoyRow } from '#schema/decoys-control.ts'
import { decoyFindings, type DecoyState } from './findings.ts'

const row = (last: number, more: Partial<DecoyRow> = {}): DecoyRow => ({
  address: `198.18.1.${last}`,
  mac: `00:1b:1b:00:00:${last}`,
  name: 'PLC',
  serial: 'S 1',
  persona: 'p',
  pool: 'dark',
  station: 's',
  state: 'standing',
  since: '2026-11-21T10:00:00Z',
  contacts: 0,
  exchanges: 0,
  ...more,
})
const running: DecoyList['host'] = {
  state: 'running',
  pid: 7,
  memory: 0,
  connections: 0,
  refused: 0,
  faults: 0,
  restarts: 0,
}
const decoys: PlanDecoys = {
  device: 'bh-decoy',
  pools: [{ id: 'dark', zone: 'cell', addresses: [], real: [], prefix: 24, personas: [], budget: 'observe' }],
  dark: [],
  deceive: [],
  maxMacs: 16,
  withdrawFor: 1,
  honeytokens: [],
  keepSessions: 1,
}
const port = { name: 'cell', device: 'eth1', zones: [], vlans: [], routers: [] }
const good: DecoyState = {
  plan: { decoys, ports: [{ ...port, name: 'plant' }, port] },
  machine: { missingCommands: [], missingCapabilities: [], macvlan: true, host: { uid: 65_534, capabilities: 0n } },
  list: { host: running, decoys: [row(40), row(41), row(42, { mac: '00:1b:1b:00:00:41' })] },
  alarm: undefined,
}
const machine = (more: Partial<DecoyState['machine']>): DecoyState => ({
  ...good,
  machine: { ...good.machine, ...more },
})

const rows: readonly [name: string, state: DecoyState, says: readonly RegExp[]][] = [
  ['nothing of an edge without decoys', { ...good, plan: { ports: [] } }, []],
  [
    'what stands, who answers and what a switch must allow',
    good,
    [
      /^ok decoys 3 decoys stand$/,
      /^ok decoy-host .* user 65534 without a capability$/,
      /^note decoy-macs a switch at port plant or cell sees 2 Ethernet addresses of decoys \(`max-macs` 16\)$/,
    ],
  ],
  [
    'why none stand',
    { ...good, list: undefined, alarm: '`ip netns add` was refused', machine: { ...good.machine, host: undefined } },
    [/^broken decoys no decoys stand: `ip netns add` was refused$/],
  ],
  [
    'that nobody answers',
    { ...machine({ host: undefined }), list: { host: { ...running, state: 'down' }, decoys: [row(40)] } },
    [/^degraded decoys 1 decoy stands, and nobody answers .* down$/, /^note decoy-macs .* sees 1 Ethernet address of/],
  ],
  [
    'missing commands, capabilities and macvlan',
    machine({ missingCommands: ['setpriv', 'prlimit'], missingCapabilities: ['CAP_SYS_ADMIN'], macvlan: false }),
    [
      /^ok decoys/,
      /^broken decoy-commands .*setpriv, prlimit, which are not here$/,
      /^broken decoy-privileges .*CAP_SYS_ADMIN/,
      /^broken decoy-macvlan/,
      /^ok decoy-host/,
      /^note decoy-macs/,
    ],
  ],
  [
    'a host that could get capabilities',
    machine({ host: { uid: 65_534, capabilities: 1n << 21n } }),
    [/^ok decoys/, /^broken decoy-host .*has capabilities/, /^note decoy-macs/],
  ],
  [
    'a host that is root of a user namespace',
    machine({ host: { uid: 0, capabilities: 0n } }),
    [/^ok decoys/, /^note decoy-host .*is root here/, /^note decoy-macs/],
  ],
  [
    'addresses that somebody else has, the first of many by name',
    {
      ...good,
      list: {
        host: running,
        decoys: [row(40), ...Array.from({ length: 10 }, (_, at) => row(50 + at, { state: 'withdrawn' }))],
      },
    },
    [
      /^ok decoys 1 decoy stands$/,
      /^ok decoy-host/,
      /^note decoy-macs/,
      /^note decoy-addresses somebody else claimed 198\.18\.1\.50, .*198\.18\.1\.57 and 2 more: no decoys stand there$/,
    ],
  ],
]

describe('doctor tells of decoys', () => {
  for (const [name, state, says] of rows)
    it(name, () => {
      const found = decoyFindings(state)
      assert.equal(found.length, says.length, JSON.stringify(found))
      for (const [at, pattern] of says.entries()) {
        const { level, id, found: text = '', advice } = found[at] ?? {}
        assert.match(`${level} ${id} ${text}`, pattern)
        if (level === 'broken' || level === 'degraded') assert.ok(advice !== undefined)
      }
    })
})
