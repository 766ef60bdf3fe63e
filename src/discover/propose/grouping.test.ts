import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Command, Conversation } from '../model.ts'
import { addresses, commandOf, conversationOf, start } from '../plant.ts'
import { asker } from './asking.ts'
import { allowed, ends, proposed, withParts } from './line.ts'
import { type Part } from './plant.ts'

describe('groups', () => {
  const others: readonly Part[] = [2, 3].map((n) => ({
    id: `hmi-${n}`,
    ips: [`198.18.2.${n}`],
    kind: 'hmi',
    level: 2,
  }))

  test('clients with the same profile are one conduit', () => {
    const proposal = proposed(
      [addresses.hmi, '198.18.2.2', '198.18.2.3'].map((client, n) => conversationOf({ id: `f${n}`, client })),
      { inventory: withParts(...others) },
    )
    assert.deepEqual(ends(proposal), ['hmis plc-a modbus'])
    assert.deepEqual(proposal.site.groups['hmis']?.assets, ['hmi-1', 'hmi-2', 'hmi-3'])
  })

  test('nobody gains a server by being in a group', () => {
    const proposal = proposed(
      [
        conversationOf({ id: 'f1' }),
        conversationOf({ id: 'f2', server: addresses.plcB }),
        conversationOf({ id: 'f3', client: '198.18.2.2' }),
      ],
      { inventory: withParts(...others) },
    )
    const ask = asker(proposal.site, start)
    assert.equal(ask('hmi-2', 'plc-a', 'modbus', 'read-holding-registers', { unit: 1, registers: 100 }), 'permit')
    assert.equal(ask('hmi-2', 'plc-b', 'modbus', 'read-holding-registers', { unit: 1, registers: 100 }), 'deny')
  })
})

describe('BACnet, in which both ends may ask', () => {
  const bacnet = (more: Partial<Conversation>): Conversation =>
    conversationOf({ protocol: 'bacnet', transport: 'udp', proto: 17, port: 47_808, ...more })
  const read = (id: string, from: Command['from']): Command =>
    commandOf({
      id,
      from,
      protocol: 'bacnet',
      op: 'read-property',
      spans: { instance: [[1, 1]] },
      texts: { 'object-type': ['analog-input'], property: ['present-value'] },
    })
  const report = (from: Command['from']): Command =>
    commandOf({ id: `r${from}`, from, protocol: 'bacnet', op: 'i-am', risk: 'discover', spans: { device: [[5, 5]] } })

  test('what a device only reports belongs to the conduit of who asks it', () => {
    const proposal = proposed([
      bacnet({ commands: [read('a', 'client')] }),
      bacnet({ id: 'f2', client: addresses.plcA, server: addresses.hmi, commands: [report('client')] }),
    ])
    assert.deepEqual(ends(proposal), ['hmi-1 plc-a bacnet'])
    assert.deepEqual(
      allowed(proposal).map((entry) => (typeof entry === 'string' ? entry : entry.op)),
      ['i-am', 'read-property'],
    )
  })

  test('two that ask each other are two conduits, also within one conversation', () => {
    const proposal = proposed([bacnet({ commands: [read('a', 'client'), read('b', 'server')] })])
    assert.deepEqual(ends(proposal), ['hmi-1 plc-a bacnet', 'plc-a hmi-1 bacnet'])
  })
})
