import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addresses, conversationOf, macs, start } from '../plant.ts'
import { parts, proposed } from './line.ts'
import { inventoryFrom } from './plant.ts'
import type { Proposal } from './proposal.ts'
import { verify } from './verify.ts'

/** What is tested of others than the clients. */
const asked = ({ site }: Proposal) =>
  site.tests
    .filter(({ expect, op }) => expect === 'deny' && op === undefined)
    .map(({ from, to, service }) => `${from} ${to} ${service}`)

const toA = conversationOf()
const toB = conversationOf({ id: 'f2', server: addresses.plcB })

describe('that a conduit is for its clients alone', () => {
  test('is tested with an asset of their zone that was not seen to ask', () => {
    assert.deepEqual(asked(proposed([toA])), ['ews-1 plc-a modbus'])
  })

  test('is found out when somebody permits everybody', () => {
    const { text } = proposed([toA])
    for (const end of ['any', 'supervisory', 'ews-1']) {
      const opened = text.replace('    from: hmi-1\n', `    from: ${end}\n`)
      assert.notEqual(opened, text)
      assert.match(
        verify(opened, start)
          .defects.map((defect) => defect.text)
          .join('\n'),
        /ews-1 to plc-a.*expected deny/,
      )
    }
  })

  test('is not tested with whom a person may yet permit', () => {
    const own = conversationOf({ id: 'f8', client: addresses.ews, protocol: 's7comm', port: 102, commands: [] })
    const refused = conversationOf({ id: 'f9', client: addresses.ews, commands: [], accepted: 0 })
    const { protocol: _protocol, ...unread } = refused
    assert.deepEqual(asked(proposed([toA, own])).toSorted(), ['ews-1 plc-a modbus', 'hmi-1 plc-a tcp/102'])
    for (const same of [refused, unread]) assert.deepEqual(asked(proposed([toA, own, same])), ['hmi-1 plc-a tcp/102'])
  })

  test('of a group is tested for all of it', () => {
    assert.deepEqual(asked(proposed([toA, toB])), ['ews-1 plcs modbus'])
    const own = conversationOf({ id: 'f8', client: addresses.ews, protocol: 's7comm', port: 102, commands: [] })
    const refused = conversationOf({
      id: 'f9',
      client: addresses.ews,
      server: addresses.plcB,
      commands: [],
      accepted: 0,
    })
    assert.deepEqual(asked(proposed([toA, toB, own, refused])), ['hmi-1 plc-a tcp/102'])
  })

  test('inside one zone is tested as well', () => {
    const flat = inventoryFrom([...parts.slice(2), { id: 'plc-c', ips: ['198.18.1.12'], kind: 'plc', level: 1 }])
    assert.deepEqual(asked(proposed([conversationOf({ client: addresses.plcB })], { inventory: flat })), [
      'plc-c plc-a modbus',
    ])
  })

  test('of frames is tested with a stranger, which is dropped and no more', () => {
    const { proto: _proto, transport: _transport, port: _port, protocol: _protocol, ...frame } = toA
    const proposal = proposed([{ ...frame, etherType: 0x8892, commands: [], client: macs.hmi, server: macs.plcA }])
    assert.deepEqual(asked(proposal), ['any plc-a profinet'])
    const contain = proposal.text.replaceAll('mode: observe', 'mode: contain')
    assert.deepEqual(verify(contain, start).defects, [])
  })
})
