import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { began, said, sampleIdentity, talkWith } from '../fuzz/talk.ts'
import { spoiltRequests, testCuts, testHostile } from '../fuzz/talk-trials.ts'
import { siemensS71200 } from '../personas/siemens-s7-1200.ts'
import { siemensS71500 } from '../personas/siemens-s7-1500.ts'
import { bytesOf } from '../reading.ts'
import { s7commPersonality } from './personality.ts'

const clock = { at: began }
const compact = () => talkWith(s7commPersonality, siemensS71200, 'tcp', clock)
const modular = () => talkWith(s7commPersonality, siemensS71500, 'tcp', clock)

const connect = bytesOf('03000016 11e0 0000 0014 00 c1020100 c2020101 c0010a')
const confirm = '0300001611d00014001b00c0010ac1020100c2020101'
/** One data unit of a message. */
const unit = (message: string, isLast = true): Uint8Array => {
  const body = bytesOf(message)
  const out = Uint8Array.from([3, 0, 0, 0, 2, 0xf0, isLast ? 0x80 : 0, ...body])
  new DataView(out.buffer).setUint16(2, out.length)
  return out
}
const job = (parameters: string, data = ''): Uint8Array => {
  const size = (hex: string) => (hex.replaceAll(' ', '').length / 2).toString(16).padStart(4, '0')
  return unit(`32 01 0000 0007 ${size(parameters)} ${size(data)} ${parameters} ${data}`)
}
const setup = (pdu: string) => job(`f0 00 0004 0008 ${pdu}`)
const item = (size: string, count: string, db: string, area: string, address: string) =>
  `12 0a 10 ${size} ${count} ${db} ${area} ${address}`
const userdata = (group: string, sub: string, data: string) =>
  unit(
    `32 07 0000 0009 0008 ${(data.length / 2).toString(16).padStart(4, '0')} 000112 04 11 4${group} ${sub} 00 ${data}`,
  )
const szl = (list: string, index = '0000') => userdata('4', '01', `ff090004${list}${index}`)
const next = (sequence: string) => unit(`32 07 0000 000a 000c 0004 000112 08 12 44 01 ${sequence} 0000 0000 0a000000`)
const readReal = job(`04 01 ${item('08', '0001', '0001', '84', '000000')}`)

/** What is said after the connection is open, without the header of the data unit. */
const after = (open: typeof compact, ...requests: Uint8Array[]): string => {
  const opening = said(open(), [connect, setup('03c0')]).sent
  return said(open(), [connect, setup('03c0'), ...requests]).sent.slice(opening.length)
}

describe('an S7 controller', () => {
  const exchanges: readonly (readonly [string, readonly Uint8Array[], string | RegExp, closes?: true])[] = [
    ['confirms a connection to its slot with both TSAPs', [connect], confirm],
    [
      'disconnects who calls a slot it is not in',
      [bytesOf('03000016 11e0 0000 0014 00 c1020100 c2020102 c0010a')],
      '0300000b06800014000003',
      true,
    ],
    [
      'takes the name that operator panels call',
      [bytesOf('03000024 1fe0 0000 0014 00 c0010a c1020620 c210 53494d415449432d524f4f542d484d49')],
      /^030000241fd00014001b00c0010ac1020620c21053494d/,
    ],
    [
      'agrees to its own longest message and jobs',
      [connect, setup('03c0')],
      /0300001b02f080320300000007000800000000f0000003000300f0$/,
    ],
    ['agrees to a shorter message that is asked for', [connect, setup('00c8')], /00c8$/],
    ['answers no job before sizes are agreed', [connect, readReal], `${confirm}0300000b06800014000080`, true],
    ['leaves who sends no TPKT', [bytesOf('474554202f20485454502f312e310d0a')], '', true],
    ['leaves who asks for S7comm-plus', [connect, unit('7201 0000 3100')], `${confirm}0300000b06800014000080`, true],
  ]
  for (const [name, requests, expected, closes] of exchanges)
    test(name, () => {
      const { sent, closed } = said(compact(), requests)
      if (typeof expected === 'string') assert.equal(sent, expected)
      else assert.match(sent, expected)
      assert.equal(closed, closes === true)
    })

  const jobs: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['tells a number of a data block', readReal, /32030000000700020008 0000 0401 ff070004 [0-9a-f]{8}$/],
    [
      'tells two items, the first filled up to an even size',
      job(`04 02 ${item('02', '0001', '0000', '83', '000000')} ${item('01', '0001', '0001', '84', '000070')}`),
      /0402 ff040008 0000 ff030001 0[01]$/,
    ],
    [
      'says that a data block is not there',
      job(`04 01 ${item('02', '0001', '0063', '84', '000000')}`),
      /0401 0a000000$/,
    ],
    [
      'says that an address is beyond the block',
      job(`04 01 ${item('02', '0001', '0001', '84', '000400')}`),
      /0401 05000000$/,
    ],
    ['says that it has no counters', job(`04 01 ${item('1c', '0001', '0000', '1c', '000000')}`), /0401 0a000000$/],
    ['says that it knows no such type', job(`04 01 ${item('77', '0001', '0001', '84', '000000')}`), /0401 06000000$/],
    ['refuses more than a message holds', job(`04 01 ${item('02', '03ff', '0000', '83', '000000')}`), /8500 04$/],
    ['takes what is written', job(`05 01 ${item('04', '0001', '0001', '84', '000060')}`, '00040010 1234'), /0501 ff$/],
    [
      'refuses data of another size',
      job(`05 01 ${item('04', '0001', '0001', '84', '000060')}`, '00040018 123456'),
      /0501 07$/,
    ],
    ['refuses to stop', job('29 0000000000 09 505f50524f4752414d'), /0001 0000 8104 29$/],
    ['refuses to start', job('28 000000000000fd 0000 09 505f50524f4752414d'), /0001 0000 8104 28$/],
    ['gives no block away', job('1d 00 00000000 000000 09 5f30413030303031 41'), /3202 0000 0007 0000 0000 d241$/],
    ['takes no block', job('1a 00 01000000 000000 09 5f30413030303031 50'), /3202 0000 0007 0000 0000 d241$/],
    ['says that it runs', szl('0424'), /ff09001c 0424 0000 0014 0001 4302 ff08/],
    ['says what level of protection it has', szl('0132', '0004'), /0132 0004 0028 0001 0004 0003 0003 0003 0001/],
    ['says which lists it has', szl('0000'), /0000 0000 0002 0009 0000 0011 0111 001c 011c 0131 0132 0232 0424$/],
    ['says what communication it can', szl('0131', '0001'), /0131 0001 0028 0001 0001 00f0 0008/],
    [
      'tells one record of a list',
      szl('0111', '0006'),
      /0111 0006 001c 0001 0006 36455337203231342d31414734302d30584230 20/,
    ],
    ['does not know a list', szl('0f99'), /0812840101 0000 d401 0a000000$/],
    ['does not know an index', szl('0132', '0063'), /0812840101 0000 d402 0a000000$/],
    [
      'counts its blocks',
      userdata('3', '01', '0a000000'),
      /ff09001c 3038 0002 3041 0003 3042 0000 3043 0003 3044 0000 3045 0002 3046 0000$/,
    ],
    ['lists its data blocks', userdata('3', '02', 'ff0900023041'), /ff09000c 0001 2205 0002 2205 000a 2205$/],
    ['shows no block', userdata('3', '03', 'ff09000830413030303031 41'.replaceAll(' ', '')), /d241 0a000000$/],
    ['tells the time, some seconds off', userdata('7', '01', '0a000000'), /ff09000a 0020 261126 1[12] [0-9]{6} 05$/],
    ['takes no password', userdata('5', '01', 'ff0900086462371536153615'), /d602 0a000000$/],
    ['watches nothing for anybody', userdata('1', '02', 'ff09000400000000'), /d241 0a000000$/],
  ]
  for (const [name, request, expected] of jobs)
    test(name, () => assert.match(after(compact, request), new RegExp(expected.source.replaceAll(' ', ''))))

  test('tells what was typed as its password', () => {
    const talk = compact()
    talk.take(connect)
    talk.take(setup('00f0'))
    const typed = Buffer.from('secret77')
    const sent: number[] = []
    for (const [index, byte] of typed.entries()) sent.push(byte ^ 0x55 ^ (sent[index - 2] ?? 0))
    const { attempts } = talk.take(userdata('5', '01', `ff090008${Buffer.from(sent).toString('hex')}`))
    assert.deepEqual(attempts, [{ user: '', secret: { kind: 'password', text: 'secret77' } }])
  })

  test('shows what was written, in this conversation alone', () => {
    const place = item('04', '0001', '0001', '84', '0000a0')
    const read = job(`04 01 ${place}`)
    assert.match(after(compact, read), /ff0400100000$/)
    assert.match(after(compact, job(`05 01 ${place}`, '00040010 beef'), read), /ff040010beef$/)
    assert.match(after(compact, read), /ff0400100000$/)
  })

  test('shows a bit that was written beside those it was not', () => {
    const bit = item('01', '0001', '0000', '83', '000322')
    const byte = job(`04 01 ${item('02', '0001', '0000', '83', '000320')}`)
    assert.match(after(compact, job(`05 01 ${bit}`, '00030001 01'), byte), /ff04000804$/)
  })

  test('moves: a number read later is another', () => {
    const first = after(compact, readReal)
    clock.at += 30_000
    const later = after(compact, readReal)
    clock.at -= 30_000
    assert.notEqual(first, later)
  })

  test('tells a list that is longer than a message in parts', () => {
    const sent = after(compact, szl('001c'), next('01'))
    const first = 7 + 240
    const parts = [sent.slice(0, 2 * first), sent.slice(2 * first)]
    assert.match(parts[0] ?? '', /000112081284010101010000ff0900d6001c/)
    assert.match(parts[1] ?? '', /000112081284010201000000ff09/)
    const body = (part: string) => part.slice(2 * (7 + 10 + 12 + 4))
    const whole = Buffer.from(parts.map(body).join(''), 'hex')
    assert.equal(whole.readUInt16BE(4), 34)
    assert.equal(whole.length, 8 + 34 * whole.readUInt16BE(6))
    assert.equal(whole.subarray(10, 34).toString('latin1').replaceAll('\0', ''), sampleIdentity.name)
    assert.equal(whole.length, after(modular, szl('001c')).length / 2 - 33)
  })

  test('puts a message of several data units together', () => {
    const message = Buffer.from(readReal.subarray(7)).toString('hex')
    const parts = [unit(message.slice(0, 20), false), unit(message.slice(20))]
    assert.equal(after(compact, ...parts), after(compact, readReal))
  })

  test('sends data units no longer than was agreed', () => {
    const small = Uint8Array.from(connect)
    small[small.length - 1] = 7
    const { sent } = said(modular(), [small, setup('03c0'), szl('001c')])
    let rest = Buffer.from(sent, 'hex')
    while (rest.length > 0) {
      assert.ok(rest.readUInt16BE(2) <= 4 + 128)
      rest = rest.subarray(rest.readUInt16BE(2))
    }
  })

  const requests = [
    ...jobs.map(([, request]) => request),
    ...exchanges.flatMap(([, all]) => all),
    next('01'),
    unit('3201', false),
  ]
  testCuts(compact, [connect, setup('03c0'), ...jobs.map(([, request]) => request), szl('001c'), next('02')])
  for (const [name, open] of [
    ['a compact one', compact],
    ['a modular one', modular],
  ] as const)
    describe(name, () => testHostile(open, spoiltRequests(requests, [connect, setup('03c0')]), { most: 65_536 }))
})
