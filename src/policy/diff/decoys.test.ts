import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Decoys } from '#schema/decoys.ts'
import { decoyChanges } from './decoys.ts'

type Given = Record<string, unknown>
const pool: Given = {
  id: 'dark',
  zone: 'cell',
  approved: ['198.18.1.32/27'],
  personas: { 's7-1500': 4, 'modicon-m340': 'rest' },
  'approved-by': ['ops', 'it'],
}
const base: Given = {
  pools: [pool],
  deceive: [{ id: 'copy', to: 'plc', ports: ['tcp/102'], persona: 's7-1500' }],
  honeytokens: [{ id: 'vault', user: 'svc', password: 'hunter2' }],
  shuffle: { every: '1h' },
  'responder-key': 'KEY-1',
}
const whole =
  'zone cell; approved 198.18.1.32/27; s7-1500 4; modicon-m340 rest; contains whoever makes 8 exchanges; approved by ops, it'

const rows: readonly [name: string, before: Given | undefined, after: Given | undefined, says: readonly string[]][] = [
  ['nothing where nothing changed', base, structuredClone(base), []],
  ['nothing where there are none', undefined, undefined, []],
  [
    'all of it where there were none',
    undefined,
    { pools: [pool], shuffle: { on: ['contact', 'scan'] } },
    [`+ pool dark: ${whole}`, '+ shuffle: after contact, scan; share 25 %'],
  ],
  ['all of it where there are none any more', { pools: [pool] }, undefined, [`- pool dark: ${whole}`]],
  [
    'how many stand, and where',
    base,
    { ...base, pools: [{ ...pool, approved: ['198.18.1.40'], personas: { 's7-1500': 6, cj2: 1 } }] },
    ['~ pool dark: approved: 198.18.1.32/27 → 198.18.1.40; s7-1500: 4 → 6; modicon-m340: rest → none; cj2: none → 1'],
  ],
  [
    'the budget of a pool',
    base,
    { ...base, pools: [{ ...pool, budget: 'observe' }] },
    ['~ pool dark: contains: whoever makes 8 exchanges → nobody'],
  ],
  [
    'the budget of all, with the pools that it is for',
    base,
    { ...base, budget: 'first', pools: [pool, { ...pool, id: 'own', budget: { after: 1 } }] },
    [
      '~ pool dark: contains: whoever makes 8 exchanges → whoever completes a handshake',
      `+ pool own: ${whole.replace('8 exchanges', '1 exchange')}`,
      '~ settings: contains where a pool says nothing: whoever makes 8 exchanges → whoever completes a handshake',
    ],
  ],
  [
    'for whom a decoy answers',
    base,
    {
      ...base,
      deceive: [{ id: 'copy', from: 'office', to: 'plcs', ports: ['tcp/102', 'tcp/80'], persona: 's7-1500' }],
    },
    ['~ deceive copy: from: any → office; in the place of: plc → plcs; on: tcp/102 → tcp/102, tcp/80'],
  ],
  [
    'networks that are watched and do not answer',
    base,
    { ...base, 'sensor-only': ['198.18.2.0/24'] },
    ['~ settings: sensor-only networks: none → 198.18.2.0/24'],
  ],
  [
    'how often they move',
    base,
    { ...base, shuffle: { every: '2h', share: 50 } },
    ['~ shuffle: every: 1h → 2h; share: 25 % → 50 %'],
  ],
  [
    'who is asked about passwords',
    { ...base, verifier: { kind: 'list', file: '/etc/list' } },
    { ...base, verifier: { kind: 'ldap', url: 'ldaps://dc', dn: 'uid={user}' } },
    ['~ verifier: kind: list → ldap; file: /etc/list → none; url: none → ldaps://dc; dn: none → uid={user}'],
  ],
  [
    'that a password or a key is another, and nothing of either',
    base,
    { ...base, honeytokens: [{ id: 'vault', user: 'svc', password: 'hunter3' }], 'responder-key': 'KEY-2' },
    ['~ honeytoken vault: another secret', '~ responder-key: another secret'],
  ],
]

describe('a comparison of decoys tells', () => {
  const parsed = (given: Given | undefined) => (given === undefined ? undefined : Decoys.parse(given))
  const signs = { added: '+', removed: '-', changed: '~' } as const
  for (const [name, before, after, says] of rows)
    it(name, () => {
      const lines = decoyChanges(parsed(before), parsed(after)).map(
        (one) => `${signs[one.change]} ${one.name}${one.fields.length === 0 ? '' : `: ${one.fields.join('; ')}`}`,
      )
      assert.deepEqual(lines, says)
      assert.ok(!/hunter|KEY/.test(lines.join()))
      assert.equal(decoyChanges(parsed(after), parsed(before)).length, says.length, 'the way back has as many lines')
    })
})
