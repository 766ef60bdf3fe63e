import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isPublic } from './public.ts'
import { networkOf, vetoOf } from './veto.ts'

const now = 1_000_000
const veto = (network: string, more: { site?: string; until?: number } = {}) => ({
  id: 'v',
  network,
  site: more.site ?? null,
  until: more.until ?? null,
})

describe('a veto', () => {
  const rows: readonly (readonly [name: string, ReturnType<typeof veto>, covers: boolean])[] = [
    ['covers its address', veto('198.18.1.7/32'), true],
    ['covers its network', veto('198.18.0.0/16'), true],
    ['covers no other', veto('198.18.1.8/32'), false],
    ['of its site covers it there', veto('198.18.1.7/32', { site: 'a' }), true],
    ['of another site does not', veto('198.18.1.7/32', { site: 'b' }), false],
    ['that has ended does not', veto('198.18.1.7/32', { until: now }), false],
    ['that has not ended does', veto('198.18.1.7/32', { until: now + 1 }), true],
    ['of the other IP version does not', veto('::/0'), false],
  ]
  for (const [name, given, covers] of rows)
    test(name, () => assert.equal(vetoOf([given], 'a', '198.18.1.7', now) !== undefined, covers))
})

test('an address or a network is a network, anything else is not', () => {
  assert.deepEqual(['198.18.1.7', '198.18.0.0/16', 'FD00::7', 'fd00::/8', 'plc', '198.18.1.7/99', ''].map(networkOf), [
    '198.18.1.7/32',
    '198.18.0.0/16',
    'fd00::7/128',
    'fd00::/8',
    undefined,
    undefined,
    undefined,
  ])
})

test('public is what means one host everywhere', () => {
  const all = [
    '203.0.113.7',
    '198.18.1.7',
    '2001:db8::1',
    '10.0.0.1',
    '100.64.0.1',
    '192.168.1.1',
    'fd00::1',
    'fe80::1',
  ]
  assert.deepEqual(all.map(isPublic), [true, true, true, false, false, false, false, false])
})
