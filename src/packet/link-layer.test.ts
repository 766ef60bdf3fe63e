import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LinkLayer, linkTypes } from './link-layer.ts'

const sll = (...type: readonly number[]) => Uint8Array.of(0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, ...type, 0x45)
const sll2 = (...type: readonly number[]) =>
  Uint8Array.of(...type, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 0x45)
const other = { content: 'other', offset: 0 }
const ip = (offset: number) => ({ content: 'ip', offset })

const rows: readonly (readonly [sentence: string, type: number, bytes: Uint8Array, expected: object])[] = [
  ['Ethernet', linkTypes.ethernet, new Uint8Array(14), { content: 'ethernet', offset: 0 }],
  ...[101, 12, 14, 228, 229].map((type) => [`raw IP as ${type}`, type, Uint8Array.of(0x45), ip(0)] as const),
  ['NULL, IPv4 of a little-endian machine', linkTypes.null, Uint8Array.of(2, 0, 0, 0, 0x45), ip(4)],
  ['NULL, IPv4 of a big-endian machine', linkTypes.null, Uint8Array.of(0, 0, 0, 2, 0x45), ip(4)],
  ...[24, 28, 30].map((family) => [`NULL, IPv6 as ${family}`, 0, Uint8Array.of(family, 0, 0, 0, 0x60), ip(4)] as const),
  ['NULL, another family', linkTypes.null, Uint8Array.of(7, 0, 0, 0, 0x45), other],
  ['NULL, cut short', linkTypes.null, Uint8Array.of(2, 0, 0), other],
  ['LOOP', linkTypes.loop, Uint8Array.of(0, 0, 0, 24, 0x60), ip(4)],
  ['LOOP has one byte order only', linkTypes.loop, Uint8Array.of(2, 0, 0, 0, 0x45), other],
  ['Linux cooked', linkTypes.linuxSll, sll(8, 0), ip(16)],
  ['Linux cooked, behind a tag', linkTypes.linuxSll, sll(0x81, 0, 0, 20, 0x86, 0xdd), ip(20)],
  ['Linux cooked, ARP', linkTypes.linuxSll, sll(8, 6), other],
  ['Linux cooked, version 2', linkTypes.linuxSll2, sll2(0x86, 0xdd), ip(20)],
  ['Linux cooked, cut short', linkTypes.linuxSll2, sll2(8, 0).slice(0, 19), other],
  ['IEEE 802.11', 105, new Uint8Array(30), other],
]

for (const [sentence, type, bytes, expected] of rows)
  test(`the link header is stepped over: ${sentence}`, () => {
    const { content, offset } = new LinkLayer().read(type, bytes)
    assert.deepEqual({ content, offset }, expected)
    const amid = new LinkLayer().read(type, Uint8Array.of(9, 9, ...bytes), 2)
    assert.deepEqual({ content: amid.content, offset: amid.offset - 2 }, expected)
  })
