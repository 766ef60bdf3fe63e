import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { began, said, sampleIdentity, talkWith } from '../fuzz/talk.ts'
import { spoiltRequests, testCuts, testHostile } from '../fuzz/talk-trials.ts'
import { Random } from '../fuzz/random.ts'
import { dnp3Rtu } from '../personas/dnp3-rtu.ts'
import { bytesOf, hexOf } from '../reading.ts'
import { isIntact, longestFrame, putFrame } from './link.ts'
import { dnp3Personality } from './personality.ts'
import { Assembly } from './transport.ts'

const clock = { at: began }
const open = () => talkWith(dnp3Personality, dnp3Rtu, 'tcp', clock)
const outstation = 10
const master = 1

const frame = (control: number, data = '', destination = outstation): Uint8Array => {
  const body = bytesOf(data)
  const out = new Uint8Array(longestFrame)
  return out.slice(0, putFrame(out, control, destination, master, body, body.length))
}
/** A request in one segment. */
const request = (fragment: string, destination = outstation): Uint8Array => frame(0xc4, `c0${fragment}`, destination)

const framesOf = (sent: string): Uint8Array[] => {
  const bytes = bytesOf(sent)
  const found: Uint8Array[] = []
  for (let at = 0; at < bytes.length;) {
    const data = (bytes[at + 2] ?? 0) - 5
    const size = 10 + data + 2 * Math.ceil(data / 16)
    found.push(bytes.subarray(at, at + size))
    at += size
  }
  return found
}
/** The fragments that frames carry, in hex. Every frame must be intact, from the outstation to the master. */
const fragmentsOf = (sent: string): string[] => {
  const assembly = new Assembly()
  const found: string[] = []
  for (const each of framesOf(sent)) {
    assert.ok(isIntact(each, 0, each.length))
    assert.equal(hexOf(each.subarray(4, 8)), '01000a00')
    if (each[3] === 0x44 && assembly.receive(each, 0, outstation, master, true) === 'whole')
      found.push(hexOf(assembly.fragment.slice(0, assembly.length)))
  }
  return found
}
const answered = (...requests: Uint8Array[]): string[] => fragmentsOf(said(open(), requests).sent)

/** A relay output block: index, code, one pulse of 100 ms. */
const relay = (index: string, code: string) => `0c01 28 0100 ${index}00 ${code} 01 64000000 64000000 00`
/** The time of the speaker, ms since 1970. */
const time = Buffer.alloc(6)
time.writeUIntLE(clock.at, 0, 6)
const noon = time.toString('hex')
const squeezed = (text: string) => text.replaceAll(' ', '')

describe('an outstation', () => {
  const services: readonly (readonly [string, readonly Uint8Array[], readonly string[]])[] = [
    ['acknowledges a reset of the link', [frame(0xc0)], ['00']],
    ['tells the status of the link', [frame(0xc9)], ['0b']],
    ['has no other service', [frame(0xc1)], ['0f']],
    ['refuses a test of a link that was not reset', [frame(0xf2)], ['01']],
    ['acknowledges a test of a link that was reset', [frame(0xc0), frame(0xf2)], ['00', '00']],
    ['refuses confirmed data before a reset', [frame(0xf3, 'c0c001 3c0206')], ['01']],
    ['acknowledges confirmed data and answers', [frame(0xc0), frame(0xf3, 'c0c001 3c0206')], ['00', '00', '44']],
    [
      'acknowledges repeated data and answers once',
      [frame(0xc0), frame(0xf3, 'c0c001 3c0206'), frame(0xf3, 'c0c001 3c0206')],
      ['00', '00', '44', '00'],
    ],
    ['ignores what is meant for another', [request('c001 3c0206', 11)], []],
    ['ignores what an outstation says', [frame(0x44, 'c0c0810000')], []],
    ['answers nothing that is meant for all', [request('c001 3c0206', 0xffff)], []],
    ['finds a frame behind noise', [bytesOf('0505640011'), frame(0xc9)], ['0b']],
  ]
  for (const [name, requests, expected] of services)
    test(name, () =>
      assert.deepEqual(
        framesOf(said(open(), requests).sent).map((each) => hexOf(each.subarray(3, 4))),
        expected,
      ),
    )

  test('ignores a damaged frame', () => {
    const damaged = request('c001 3c0206')
    damaged[12] = (damaged[12] ?? 0) ^ 1
    assert.equal(said(open(), [damaged]).sent, '')
  })

  const text = (variation: string, value: string) =>
    `00${variation} 00 00 00 01 ${value.length.toString(16).padStart(2, '0')} ${Buffer.from(value).toString('hex')}`
  const answers: readonly (readonly [string, string, RegExp | string])[] = [
    ['has no events', 'c3 01 3c0206 3c0306 3c0406', 'c3 81 0000'],
    [
      'tells all static points of class 0',
      'c0 01 3c0106',
      /^c0810000 0102 00 0017 .{48} 0a02 00 000f .{32} 1401 00 0003 .{40} 1e01 00 000b .{120} 2802 00 0003 .{24}$/,
    ],
    ['tells bits without flags', 'c0 01 010106', /^c0810000 0101 00 0017 .{6}$/],
    ['tells a span', 'c0 01 0102 00 0203', /^c0810000 0102 00 0203 [08]1[08]1$/],
    ['tells a span by long indexes', 'c0 01 0102 01 02000300', /^c0810000 0102 00 0203 [08]1[08]1$/],
    ['tells the first so many', 'c0 01 1e02 07 02', /^c0810000 1e02 00 0001 01.{4}01.{4}$/],
    ['tells points by their indexes', 'c0 01 1e02 17 02 05 01', /^c0810000 1e02 28 0200 0500 01.{4} 0100 01.{4}$/],
    ['tells floating-point numbers', 'c0 01 1e05 00 0000', /^c0810000 1e05 00 0000 01.{6}4[456]$/],
    ['tells counters without flags', 'c0 01 1405 00 0000', /^c0810000 1405 00 0000 .{8}$/],
    ['says what is there of a span beyond its points', 'c0 01 0102 00 1620', /^c0810004 0102 00 1617 [08]1[08]1$/],
    ['says that a span is beyond its points', 'c0 01 0102 00 2021', 'c0 81 0004'],
    ['does not know a variation', 'c0 01 1e09 06', 'c0 81 0002'],
    ['does not know a group', 'c0 01 6e00 06', 'c0 81 0002'],
    ['says that a header is no header', 'c0 01 1e', 'c0 81 0004'],
    ['tells its vendor', 'c0 01 00fc 00 0000', `c0 81 0000 ${text('fc', 'Schweitzer Engineering Laboratories')}`],
    ['tells its model', 'c0 01 00fa 00 0000', `c0 81 0000 ${text('fa', 'SEL-2411')}`],
    ['tells its firmware', 'c0 01 00f2 00 0000', `c0 81 0000 ${text('f2', dnp3Rtu.firmware)}`],
    ['tells its serial', 'c0 01 00f8 00 0000', `c0 81 0000 ${text('f8', sampleIdentity.serial)}`],
    [
      'tells which attributes it has',
      'c0 01 00ff 06',
      'c0 81 0000 00ff 00 00 00 08 14 f000 f100 f200 f500 f600 f700 f800 f900 fa00 fc00',
    ],
    ['has no other attribute', 'c0 01 0001 00 0000', 'c0 81 0002'],
    ['tells the time', 'c0 01 3201 07 01', `c0 81 0000 3201 07 01 ${noon}`],
    ['takes the time', 'c0 02 3201 07 01 00703a0c9901', 'c0 81 0000'],
    ['takes that it has restarted', 'c0 02 5001 00 0707 00', 'c0 81 0000'],
    ['takes no other indication', 'c0 02 5001 00 0404 00', 'c0 81 0004'],
    ['takes no value for a point', 'c0 02 0101 00 0000 01', 'c0 81 0002'],
    ['does not restart cold', 'c0 0d', 'c0 81 0001'],
    ['does not restart warm', 'c0 0e', 'c0 81 0001'],
    ['opens no file', 'c0 19 4603 5b 01 0000', 'c0 81 0001'],
    ['knows no such function', 'c0 70', 'c0 81 0001'],
    ['lets unsolicited responses be enabled', 'c0 14 3c0206 3c0306', 'c0 81 0000'],
    ['lets unsolicited responses be disabled', 'c0 15 3c0206 3c0306 3c0406', 'c0 81 0000'],
    ['tells its delay', 'c5 17', /^c5810000 3402 07 01 0[2-9a]00$/],
    ['selects', `c0 03 ${relay('03', '41')}`, `c0 81 0000 ${relay('03', '41')}`],
    ['operates at once', `c0 05 ${relay('03', '41')}`, `c0 81 0000 ${relay('03', '41')}`],
    [
      'does not operate what was not selected',
      `c0 04 ${relay('03', '41')}`,
      `c0 81 0000 ${relay('03', '41').replace(/00$/, '02')}`,
    ],
    ['has no such output', `c0 05 ${relay('20', '41')}`, `c0 81 0000 ${relay('20', '41').replace(/00$/, '04')}`],
    ['knows no such control', `c0 05 ${relay('03', '45')}`, `c0 81 0000 ${relay('03', '45').replace(/00$/, '04')}`],
    ['takes a set point', 'c0 05 2902 28 0100 0100 e803 00', 'c0 81 0000 2902 28 0100 0100 e803 00'],
    [
      'takes no set point that is no number',
      'c0 05 2903 28 0100 0100 0000c07f 00',
      'c0 81 0000 2903 28 0100 0100 0000c07f 04',
    ],
    ['operates nothing else', 'c0 05 0102 28 0100 0100 81', 'c0 81 0004'],
  ]
  for (const [name, asked, expected] of answers)
    test(name, () => {
      const [fragment = ''] = answered(request(asked))
      if (typeof expected === 'string') assert.equal(fragment, squeezed(expected))
      else assert.match(fragment, new RegExp(squeezed(expected.source)))
    })

  const silent: readonly (readonly [string, string])[] = [
    ['a confirmation', 'c0 00'],
    ['a command that wants no answer', `c0 06 ${relay('03', '41')}`],
    ['a freeze that wants no answer', 'c0 08 140006'],
    ['a part of a request', '80 01 3c0106'],
    ['what only outstations say', 'c0 81 0000'],
  ]
  for (const [name, asked] of silent)
    test(`says nothing to ${name}`, () => assert.deepEqual(answered(request(asked)), []))

  const outputs = request('c0 01 0a02 00 0303')
  const select = request(`c1 03 ${relay('03', '41')}`)
  const operate = request(`c2 04 ${relay('03', '41')}`)
  test('operates what was selected just before', () => {
    assert.match(answered(select, operate, outputs).join(' '), /00 c2810000.{34}00 c08100000a0200030381$/)
    assert.match(answered(outputs).join(' '), /01$/)
  })
  const notOperated: readonly (readonly [string, readonly Uint8Array[], string])[] = [
    ['another', [select, request(`c2 04 ${relay('04', '41')}`)], '02'],
    ['out of turn', [select, request(`c4 04 ${relay('03', '41')}`)], '02'],
    ['after something else', [select, request('c2 01 3c0206'), request(`c3 04 ${relay('03', '41')}`)], '02'],
  ]
  for (const [name, requests, expected] of notOperated)
    test(`does not operate what was selected: ${name}`, () =>
      assert.equal(
        answered(...requests)
          .at(-1)
          ?.slice(-2),
        expected,
      ))

  test('gives a selection up after ten seconds', () => {
    const talk = open()
    talk.take(select)
    clock.at += 10_001
    const { send } = talk.take(operate)
    clock.at -= 10_001
    assert.equal(fragmentsOf(send.map(hexOf).join(''))[0]?.slice(-2), '01')
  })

  test('says that it heard what was meant for all, once', () => {
    const nothing = request('c0 01 3c0206')
    assert.deepEqual(answered(request('c0 08 140006', 0xffff), nothing, nothing), ['c0810100', 'c0810000'])
  })

  test('keeps commands out and says so while its switch is at local', () => {
    const local = dnp3Rtu.services.map((each) =>
      Object.assign({}, each, { profile: Object.assign({}, each.profile, { controls: 'local' }) }),
    )
    const talk = talkWith(dnp3Personality, { ...dnp3Rtu, services: local })
    const { sent } = said(talk, [request(`c0 05 ${relay('03', '41')}`)])
    assert.deepEqual(fragmentsOf(sent), [squeezed(`c0 81 2000 ${relay('03', '41').replace(/00$/, '07')}`)])
  })

  test('tells what is longer than a frame in segments with numbers of their own', () => {
    const { sent } = said(open(), [request('c0 01 3c0106 3c0106 3c0106 3c0106')])
    const octets = framesOf(sent).map((each) => each[10])
    assert.deepEqual(octets, [0x40, 0x01, 0x82])
  })

  test('puts a request of several segments together', () => {
    const parts = [frame(0xc4, '41c001010200'), frame(0xc4, '820203')]
    assert.deepEqual(answered(...parts), answered(request('c001010200 0203')))
  })

  test('moves: points read later are others', () => {
    const analogs = request('c0 01 1e0506')
    const first = answered(analogs)
    clock.at += 30_000
    const later = answered(analogs)
    clock.at -= 30_000
    assert.notDeepEqual(first, later)
  })

  const requests = [
    ...answers.map(([, asked]) => request(asked)),
    ...services.flatMap(([, all]) => all),
    select,
    operate,
  ]
  testCuts(open, requests)
  // Checks of spoilt frames fail, so most go no further than the link; these are spoilt before they are framed.
  const random = new Random(1815)
  const asked = answers.map(([, each]) => squeezed(each))
  const spoilt = Array.from({ length: 4000 }, () => {
    const fragment = bytesOf(random.pick(asked))
    for (let times = random.below(4); times > 0; times--) fragment[random.below(fragment.length)] = random.below(256)
    return frame(0xc4, `c0${hexOf(fragment)}`)
  })
  testHostile(open, spoiltRequests([...requests, ...spoilt], [frame(0xc0)]), { most: 65_536 })
})
