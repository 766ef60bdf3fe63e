import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addresses, commandOf, conversationOf } from '../plant.ts'
import { allowed, ends, parts, proposed, write } from './line.ts'
import { inventoryFrom } from './plant.ts'

describe('what is permitted', () => {
  test('exactly the commands seen, on what they touched', () => {
    const proposal = proposed([
      conversationOf({ commands: [commandOf({ op: 'read-coils', spans: { unit: [[1, 1]], coils: [[0, 7]] } })] }),
    ])
    assert.deepEqual(allowed(proposal), [{ op: 'read-coils', unit: 1, coils: '0-7' }])
  })

  test('one row for objects that differ in one field, and one each where values differ', () => {
    const proposal = proposed([
      conversationOf({
        commands: [
          write({ id: 'a', spans: { unit: [[1, 1]], registers: [[1, 1]] }, values: [0, 10] }),
          write({ id: 'b', spans: { unit: [[1, 1]], registers: [[2, 2]] }, values: [0, 10] }),
          write({ id: 'c', spans: { unit: [[1, 1]], registers: [[3, 3]] }, values: [0, 5000] }),
        ],
      }),
    ])
    assert.deepEqual(allowed(proposal), [
      { op: 'write-single-register', unit: 1, registers: '1-2', values: '0-10' },
      { op: 'write-single-register', unit: 1, registers: 3, values: '0-5000' },
    ])
  })

  test('a device that is asked at one address and only connected to at another allows what it was asked', () => {
    const [hmi, ews, plcA, plcB] = parts
    assert.ok(hmi && ews && plcA && plcB)
    const both = inventoryFrom([hmi, ews, { ...plcA, ips: [addresses.plcA, '198.18.1.60'] }, plcB])
    const { protocol: _protocol, ...connected } = conversationOf({ id: 'f2', server: '198.18.1.60', commands: [] })
    const proposal = proposed([conversationOf(), connected], { inventory: both })
    assert.deepEqual(ends(proposal), ['hmi-1 plc-a modbus'])
  })

  test('a gap of a dense range is closed, a scattered set stays as it is', () => {
    const dense = [write({ op: 'read-holding-registers', risk: 'read', spans: { registers: [[0, 49]] } })]
    const gap = commandOf({ id: 'g', op: 'read-holding-registers', spans: { registers: [[52, 99]] } })
    assert.deepEqual(allowed(proposed([conversationOf({ commands: [...dense, gap] })])), [
      { op: 'read-holding-registers', registers: '0-99' },
    ])
    const wide = commandOf({ id: 'g', op: 'read-holding-registers', spans: { registers: [[70, 99]] } })
    assert.deepEqual(allowed(proposed([conversationOf({ commands: [...dense, wide] })])), [
      { op: 'read-holding-registers', registers: '0-49,70-99' },
    ])
    const far = commandOf({ id: 'g', op: 'read-holding-registers', spans: { registers: [[500, 500]] } })
    assert.deepEqual(allowed(proposed([conversationOf({ commands: [...dense, far] })])), [
      { op: 'read-holding-registers', registers: '0-49,500' },
    ])
  })

  test('values written in many steps are widened by a tenth, a few are exact', () => {
    const many = proposed([conversationOf({ commands: [write({ count: 500, values: [100, 300], step: 5 })] })])
    assert.deepEqual(allowed(many), [{ op: 'write-single-register', unit: 1, registers: 100, values: '80-320' }])
    const few = proposed([conversationOf({ commands: [write({ count: 3, values: [100, 300], step: 200 })] })])
    assert.deepEqual(allowed(few), [{ op: 'write-single-register', unit: 1, registers: 100, values: '100-300' }])
  })

  test('a value that is not read as a number keeps no constraint', () => {
    const proposal = proposed([conversationOf({ commands: [write({ values: [1, 2], unreadable: true })] })])
    assert.deepEqual(allowed(proposal), [{ op: 'write-single-register', unit: 1, registers: 100 }])
  })

  test('a field of the message that varies says nothing, one that does not is kept', () => {
    const reads = (quantities: readonly number[]) =>
      conversationOf({
        commands: quantities.map((quantity, n) =>
          commandOf({ id: `c${n}`, op: 'read-coils', spans: { coils: [[n, n]], quantity: [[quantity, quantity]] } }),
        ),
      })
    assert.deepEqual(allowed(proposed([reads([1, 2, 3, 4, 5])])), [{ op: 'read-coils', coils: '0-4' }])
    assert.deepEqual(allowed(proposed([reads([8, 8])])), [{ op: 'read-coils', coils: '0-1', quantity: 8 }])
  })

  test('how a connection is made is written once, with the command that makes it', () => {
    const s7 = { protocol: 's7comm', count: 5 } as const
    const proposal = proposed([
      conversationOf({
        protocol: 's7comm',
        port: 102,
        commands: [
          commandOf({
            ...s7,
            id: 'x',
            op: 'connect-request',
            risk: 'session',
            spans: { rack: [[0, 0]], slot: [[2, 2]] },
            texts: { 'connection-type': ['op'] },
          }),
          commandOf({
            ...s7,
            id: 'y',
            op: 'read-var',
            spans: { db: [[1, 1]], bytes: [[0, 9]], rack: [[0, 0]], slot: [[2, 2]] },
            texts: { area: ['DB'], 'connection-type': ['op'] },
          }),
        ],
      }),
    ])
    assert.deepEqual(allowed(proposal), [
      { op: 'connect-request', 'connection-type': 'op', rack: 0, slot: 2 },
      { op: 'read-var', area: 'DB', db: 1, bytes: '0-9' },
    ])
  })

  test('a name that policy would read as a beginning is left out and told', () => {
    const proposal = proposed([
      conversationOf({
        protocol: 'enip',
        port: 44_818,
        commands: [
          commandOf({ protocol: 'enip', op: 'read-tag', spans: {}, texts: { tags: ['Speed'] } }),
          commandOf({ id: 'z', protocol: 'enip', op: 'read-tag', spans: {}, texts: { tags: ['*'] } }),
        ],
      }),
    ])
    assert.deepEqual(allowed(proposal), [{ op: 'read-tag', tags: 'Speed' }])
    assert.ok(proposal.excluded.some(({ why, commands }) => why === 'not-expressible' && commands.includes('z')))
  })

  test('what is not understood is its port, without commands', () => {
    const { protocol: _protocol, ...plain } = conversationOf({ port: 443, commands: [] })
    assert.deepEqual(ends(proposed([plain])), ['hmi-1 plc-a tcp/443'])
    const opaque = conversationOf({ commands: [], faults: { opaque: 500 } })
    assert.deepEqual(ends(proposed([opaque])), ['hmi-1 plc-a tcp/502'])
  })

  test('a protocol on a port of its own choice is that port', () => {
    assert.deepEqual(ends(proposed([conversationOf({ port: 5020 })])), ['hmi-1 plc-a tcp/5020'])
  })

  test('cyclic data that goes along with a service needs no conduit', () => {
    const enip = conversationOf({
      protocol: 'enip',
      port: 44_818,
      commands: [commandOf({ protocol: 'enip', op: 'get-attribute-single', spans: {} })],
    })
    const { protocol: _protocol, ...io } = conversationOf({
      id: 'f2',
      transport: 'udp',
      proto: 17,
      port: 2222,
      commands: [],
    })
    assert.deepEqual(ends(proposed([enip, io])), ['hmi-1 plc-a enip'])
    assert.deepEqual(ends(proposed([io])), ['hmi-1 plc-a udp/2222'])
  })
})
