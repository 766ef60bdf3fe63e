import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { attribute, nested, toBe16, toBe32 } from './netlink.ts'
import { parseRecord } from './nflog-record.ts'

const message = (family: number, ...attributes: Uint8Array[]) =>
  Buffer.concat([Uint8Array.of(family, 0, 0, 1), ...attributes])
const head = attribute(1, Uint8Array.of(0x08, 0x00, 2, 0))
const ethernet = Buffer.from('0211111111110222222222220800', 'hex')
const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex')

suite('NFLOG records', () => {
  test('every field has its place', () => {
    const stamp = new Uint8Array(16)
    new DataView(stamp.buffer).setBigUint64(0, 1_795_258_336n)
    new DataView(stamp.buffer).setBigUint64(8, 508_789n)
    const record = parseRecord(
      message(
        7,
        head,
        attribute(2, toBe32(0x1234)),
        attribute(3, stamp),
        attribute(4, toBe32(4)),
        attribute(5, toBe32(5)),
        attribute(6, toBe32(6)),
        attribute(7, toBe32(7)),
        attribute(9, Uint8Array.of(0x45, 0)),
        attribute(10, Buffer.from('contain\0')),
        attribute(12, toBe32(99)),
        attribute(21, ethernet),
      ),
    )
    assert.deepEqual(record, {
      family: 7,
      prefix: 'contain',
      mark: 0x1234,
      hook: 2,
      hwProtocol: 0x0800,
      hwHeader: new Uint8Array(ethernet),
      payload: Uint8Array.of(0x45, 0),
      timestampNs: 1_795_258_336_508_789_000n,
      inIndex: 4,
      outIndex: 5,
      physInIndex: 6,
      physOutIndex: 7,
      seq: 99,
    })
  })

  for (const [name, tpid, tci, id, priority, wire] of [
    ['an 802.1Q tag goes back between the addresses and the EtherType', 0x8100, 0x6014, 20, 3, '81006014'],
    ['an 802.1ad tag keeps its own EtherType', 0x88a8, 0xefff, 4095, 7, '88a8efff'],
    ['a priority tag has VLAN 0', 0x8100, 0xa000, 0, 5, '8100a000'],
  ] as const)
    test(name, () => {
      const vlan = nested(20, attribute(1, toBe16(tpid)), attribute(2, toBe16(tci)))
      const record = parseRecord(message(7, head, vlan, attribute(21, ethernet)))
      assert.deepEqual(record?.vlan, { tpid, tci, id, priority })
      assert.equal(hex(record?.hwHeader), '021111111111022222222222' + wire + '0800')
    })

  test('a record of the inet family has its header in another attribute', () =>
    assert.equal(hex(parseRecord(message(2, head, attribute(16, ethernet)))?.hwHeader), hex(ethernet)))

  test('a record owns its memory, because the buffer it came from is used again', () => {
    const bytes = message(7, head, attribute(9, Uint8Array.of(1, 2, 3)), attribute(21, ethernet))
    const record = parseRecord(bytes)
    bytes.fill(0xff)
    assert.equal(hex(record?.payload), '010203')
    assert.equal(hex(record?.hwHeader), hex(ethernet))
  })

  test('without a packet header it is no record', () => assert.equal(parseRecord(message(7)), undefined))
})
