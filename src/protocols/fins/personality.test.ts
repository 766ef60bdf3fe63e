import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { joined } from '#core/bytes.ts'
import { talkWith } from '../fuzz/talk.ts'
import { spoiltRequests, testCuts, testHostile } from '../fuzz/talk-trials.ts'
import { omronCj2 } from '../personas/omron-cj2.ts'
import { bytesOf, hexOf } from '../reading.ts'
import { fins } from './personality.ts'

const header = '80000200280000630017'
const frame = (command: string): Uint8Array => bytesOf(header + command)
const udp = () => talkWith(fins, omronCj2, 'udp')
/** End code and data of the answer to a command. */
const answered = (command: string, talk = udp()): string => hexOf(talk.take(frame(command)).send[0]).slice(24)

describe('FINS over UDP', () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ['an unknown command is undefined', '0999', '0401'],
    ['RUN is refused: another device holds the right', '0401ffff04', '3001'],
    ['STOP is refused', '0402ffff', '3001'],
    ['a program is not written', '0307ffff000000008002abcd', '3001'],
    ['a program is not read', '0306ffff000000000002', '2002'],
    ['the clock is not set', '070226112608000004', '3001'],
    ['the clock is read', '0701', '0000 26112612000004'],
    ['the controller runs without errors', '0601', `0000 0104 ${'00'.repeat(8)} ${'20'.repeat(16)}`],
    ['the loop-back test gives back', '0801c0ffee', '0000 c0ffee'],
    ['a word of data memory is read', '0101 82 0000 00 0001', '0000 03e8'],
    ['inputs are read as bits', '0101 30 0000 00 0004', '0000 01000100'],
    ['a missing area is told', '0101 7f 0000 00 0001', '1101'],
    ['a second bank of extended memory is missing', '0101 a1 0000 00 0001', '1101'],
    ['an address beyond the area is told', '0101 82 8000 00 0001', '1103'],
    ['a range beyond the area is told', '0101 82 7fff 00 0002', '1104'],
    ['a datagram that may be forged gets no long answer', '0101 82 0000 00 03e7', '110b'],
    ['a read that is too short is told', '0101 82 0000', '1002'],
    ['a write without its data is told', '0102 82 0000 00 0002 1234', '1002'],
    ['a write with more than its data is told', '0102 82 0000 00 0001 12345678', '1001'],
  ]
  for (const [name, command, expected] of rows)
    test(name, () => assert.equal(answered(command), expected.replaceAll(' ', '')))

  test('answers go back to where the command came from, with its number', () => {
    assert.equal(hexOf(udp().take(frame('0701')).send[0]).slice(0, 24), 'c00002006300002800170701')
  })
  test('nothing answers a response, or a command that wants none', () => {
    assert.deepEqual(udp().take(bytesOf('c00002002800006300170701')).send, [])
    assert.deepEqual(udp().take(bytesOf('81000200280000630017 0701')).send, [])
  })
  test('the level moves', () => {
    const at = (now: number) => answered('0101 82 0001 00 0001', talkWith(fins, omronCj2, 'udp', { at: now }))
    assert.notEqual(at(0), at(10_000))
  })
  testHostile(udp, spoiltRequests([...rows.map(([, command]) => frame(command)), frame('050100')]), {
    most: 2012,
    times: 10,
  })
})

describe('FINS over TCP', () => {
  const tcp = () => talkWith(fins, omronCj2, 'tcp')
  const unit = (command: number, data: Uint8Array): Uint8Array => {
    const head = Buffer.alloc(16)
    head.write('FINS')
    head.writeUInt32BE(8 + data.length, 4)
    head.writeUInt32BE(command, 8)
    return joined(head, data)
  }
  const hello = unit(0, new Uint8Array(4))
  const of = (command: string): Uint8Array => unit(2, frame(command))

  test('a client that names no node is given one', () => {
    const [sent] = tcp().take(hello).send
    assert.equal(hexOf(sent), '46494e53 00000010 00000001 00000000 000000f8 00000028'.replaceAll(' ', ''))
  })
  test('a client with the node of the controller is refused', () => {
    const answer = tcp().take(unit(0, Uint8Array.of(0, 0, 0, 40)))
    assert.equal(answer.close, true)
    assert.equal(hexOf(answer.send[0]).slice(24, 32), '00000024')
  })
  test('what is written is read back on the same connection, words and bits', () => {
    const talk = tcp()
    talk.take(hello)
    const given = (command: string): string => hexOf(talk.take(of(command)).send[0]).slice(56)
    assert.equal(given('0102 82 0064 00 0002 12345678'), '0000')
    assert.equal(given('0101 82 0064 00 0002'), '000012345678')
    assert.equal(given('0102 02 0064 00 0001 01'), '0000')
    assert.equal(given('0101 82 0064 00 0001'), '00001235')
    assert.notEqual(hexOf(tcp().take(joined(hello, of('0101 82 0064 00 0002'))).send[1]).slice(56), '000012345678')
  })
  test('999 words are read at once', () => {
    assert.equal(tcp().take(joined(hello, of('0101 82 0000 00 03e7'))).send[1]?.length, 16 + 14 + 1998)
  })
  test('a frame before the greeting, and what is no FINS, end the connection', () => {
    assert.equal(tcp().take(of('0701')).close, true)
    assert.deepEqual(tcp().take(bytesOf('474554202f')), { send: [], exchanges: 0, close: true })
  })
  const requests = [hello, of('050100'), of('0101 82 0000 00 0010'), of('0102 82 0064 00 0001 1234'), of('0999')]
  testCuts(tcp, requests)
  testHostile(tcp, spoiltRequests(requests, [hello]), { most: 300_000 })
})
