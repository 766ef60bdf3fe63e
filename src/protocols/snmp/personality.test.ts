import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sampleIdentity, talkWith } from '../fuzz/talk.ts'
import { spoiltRequests, testHostile } from '../fuzz/talk-trials.ts'
import { phoenixIlc } from '../personas/phoenix-ilc.ts'
import { der, objectIdentifier } from '../der.ts'
import { hexOf } from '../reading.ts'
import { encodedBinding, pdus } from './answers.ts'
import { byOid, elements, empty, encodedInteger, encodedText, integerOf, oidOf, tags } from './ber.ts'
import { snmp } from './personality.ts'
import { numbersOf, tableOf } from './table.ts'

const open = () => talkWith(snmp, phoenixIlc, 'udp')
const system = '1.3.6.1.2.1.1'
const end = '1.3.6.1.7'

interface Ask {
  readonly version?: number
  readonly community?: string
  readonly pdu?: number
  readonly first?: number
  readonly second?: number
  readonly oids: readonly string[]
}
const ask = ({ version = 1, community = 'public', pdu = pdus.get, first = 0, second = 0, oids }: Ask): Uint8Array =>
  der(
    tags.sequence,
    encodedInteger(version),
    encodedText(community),
    der(
      pdu,
      encodedInteger(77),
      encodedInteger(first),
      encodedInteger(second),
      der(tags.sequence, ...oids.map((oid) => encodedBinding([numbersOf(oid), empty(tags.null)]))),
    ),
  )

interface Got {
  readonly error: number
  readonly index: number
  /** `oid=hex of its value`. */
  readonly bindings: readonly string[]
}
const given = (request: Uint8Array): Got | undefined => {
  const [out] = open().take(request).send
  if (out === undefined) return undefined
  const pdu = elements(elements(out, 1)?.[0]?.body ?? out, 3)?.[2]
  const parts = elements(pdu?.body ?? out, 4) ?? []
  const bindings = (elements(parts[3]?.body ?? out, 500) ?? []).map(({ body }) => {
    const pair = elements(body, 2) ?? []
    const [, value] = pair
    return `${(oidOf(pair[0]) ?? []).join('.')}=${(value?.tag ?? 0).toString(16)}:${hexOf(value?.body)}`
  })
  return { error: integerOf(parts[1]) ?? -1, index: integerOf(parts[2]) ?? -1, bindings }
}
const name = `4:${hexOf(Buffer.from(sampleIdentity.name))}`

describe('SNMP', () => {
  const rows: readonly (readonly [string, Ask, Got])[] = [
    [
      'gives what is asked for by name',
      { oids: [`${system}.5.0`] },
      { error: 0, index: 0, bindings: [`${system}.5.0=${name}`] },
    ],
    [
      'gives what comes next',
      { pdu: pdus.getNext, oids: [`${system}.4.0`] },
      { error: 0, index: 0, bindings: [`${system}.5.0=${name}`] },
    ],
    [
      'marks in version 2c what is missing: an object, or an instance of it',
      { oids: [`${system}.99.0`, `${system}.5.1`] },
      { error: 0, index: 0, bindings: [`${system}.99.0=80:`, `${system}.5.1=81:`] },
    ],
    [
      'refuses in version 1 all of what is missing in part',
      { version: 0, oids: [`${system}.5.0`, `${system}.99.0`] },
      { error: 2, index: 2, bindings: [`${system}.5.0=5:`, `${system}.99.0=5:`] },
    ],
    [
      'marks the end of what there is',
      { pdu: pdus.getNext, oids: [end] },
      { error: 0, index: 0, bindings: [`${end}=82:`] },
    ],
    [
      'refuses in version 1 to go beyond the end',
      { version: 0, pdu: pdus.getNext, oids: [end] },
      { error: 2, index: 1, bindings: [`${end}=5:`] },
    ],
    [
      'is not written in version 1',
      { version: 0, pdu: pdus.set, oids: [`${system}.5.0`] },
      { error: 4, index: 1, bindings: [`${system}.5.0=5:`] },
    ],
    [
      'is not written in version 2c',
      { pdu: pdus.set, oids: [`${system}.5.0`] },
      { error: 17, index: 1, bindings: [`${system}.5.0=5:`] },
    ],
    [
      'gives single ones and then rows in bulk',
      { pdu: pdus.getBulk, first: 1, second: 2, oids: [`${system}.4`, `${system}.4.0`] },
      {
        error: 0,
        index: 0,
        bindings: [`${system}.4.0=4:`, `${system}.5.0=${name}`, `${system}.6.0=4:`],
      },
    ],
    [
      'repeats nothing in bulk beyond the end',
      { pdu: pdus.getBulk, second: 1_000_000, oids: [end] },
      { error: 0, index: 0, bindings: [`${end}=82:`] },
    ],
  ]
  for (const [title, request, expected] of rows) test(title, () => assert.deepEqual(given(ask(request)), expected))

  test('stays within ten times the request and 1,400 bytes in bulk', () => {
    for (const oids of [[system], Array.from({ length: 30 }, () => system)]) {
      const request = ask({ pdu: pdus.getBulk, second: 1_000_000, oids })
      const [out] = open().take(request).send
      assert.ok(out !== undefined && out.length <= Math.min(1400, 10 * request.length))
      assert.ok(out.length > Math.min(1400, 10 * request.length) - 120, `${out.length}`)
    }
  })
  test('says when the answer would be too big', () => {
    const oids = Array.from({ length: 40 }, () => `${system}.1.0`)
    assert.deepEqual(given(ask({ oids })), { error: 1, index: 0, bindings: [] })
  })
  const silent: readonly (readonly [string, Uint8Array])[] = [
    ['another community', ask({ community: 'private', oids: [system] })],
    ['bulk in version 1', ask({ version: 0, pdu: pdus.getBulk, second: 5, oids: [system] })],
    ['a version that is none', ask({ version: 2, oids: [system] })],
    ['a response', ask({ pdu: pdus.response, oids: [system] })],
    ['more bindings than are looked at', ask({ oids: Array.from({ length: 65 }, () => system) })],
    ['bytes behind the message', Uint8Array.from([...ask({ oids: [system] }), 0])],
  ]
  for (const [title, request] of silent)
    test(`is silent to ${title}`, () => assert.deepEqual(open().take(request).send, []))
  test('notes another community', () => {
    assert.deepEqual(open().take(ask({ community: 'private', oids: [] })).notes, ['another community'])
  })

  test('has a table in order, without the same object twice', () => {
    const profile = {
      sysDescr: 'x',
      sysObjectId: '1',
      communities: [],
      sysContact: '',
      sysLocation: '',
      interface: 'e',
    }
    const objects = { '4346.11.9.2.0': 7, '4346.11.9.10.0': 'text' }
    const context = { identity: sampleIdentity, persona: phoenixIlc, peer: '', now: () => 0 }
    const process = { analog: () => 0, digital: () => false }
    const table = tableOf({ ...context, process }, { ...profile, objects })
    for (const [index, { oid }] of table.slice(1).entries()) assert.ok(byOid(table[index]?.oid ?? [], oid) < 0)
    assert.deepEqual(
      table.slice(-2).map((entry) => `${entry.oid.join('.')} ${hexOf(entry.value())}`),
      ['1.3.6.1.4.1.4346.11.9.2.0 020107', '1.3.6.1.4.1.4346.11.9.10.0 040474657874'],
    )
  })

  const v3 = (engine: Uint8Array, user: string, flags = 4): Uint8Array =>
    der(
      tags.sequence,
      encodedInteger(3),
      der(
        tags.sequence,
        encodedInteger(900),
        encodedInteger(65_507),
        der(tags.octets, Uint8Array.of(flags)),
        encodedInteger(3),
      ),
      der(
        tags.octets,
        der(
          tags.sequence,
          der(tags.octets, engine),
          encodedInteger(0),
          encodedInteger(0),
          encodedText(user),
          encodedText(''),
          encodedText(''),
        ),
      ),
      der(tags.sequence, encodedText(''), encodedText(''), der(pdus.get, encodedInteger(5), encodedInteger(0))),
    )
  const engine = Uint8Array.from(Buffer.from('800010fa03001b1b123456', 'hex'))
  test('reports its engine to version 3, made of the vendor and its address', () => {
    const { send, attempts } = open().take(v3(new Uint8Array(0), ''))
    assert.ok(hexOf(send[0]).includes(hexOf(engine)))
    assert.ok(hexOf(send[0]).includes(hexOf(objectIdentifier(numbersOf('1.3.6.1.6.3.15.1.1.4.0')))))
    assert.equal(attempts, undefined)
  })
  test('reports that a user is unknown, and who it was', () => {
    const { send, attempts } = open().take(v3(engine, 'engineer'))
    assert.ok(hexOf(send[0]).includes(hexOf(objectIdentifier(numbersOf('1.3.6.1.6.3.15.1.1.3.0')))))
    assert.deepEqual(attempts, [{ user: 'engineer', secret: { kind: 'none' } }])
  })
  test('reports nothing where none is waited for', () => {
    assert.deepEqual(open().take(v3(engine, 'engineer', 0)).send, [])
  })
  const requests = [...rows.map(([, request]) => ask(request)), v3(new Uint8Array(0), ''), v3(engine, 'engineer')]
  testHostile(open, spoiltRequests(requests), { most: 1400, times: 10 })
})

describe('BER', () => {
  const numbers: readonly (readonly [number, string])[] = [
    [0, '020100'],
    [127, '02017f'],
    [128, '02020080'],
    [-1, '0201ff'],
    [-129, '0202ff7f'],
    [0xffff_ffff, '020500ffffffff'],
  ]
  for (const [value, expected] of numbers)
    test(`writes and reads ${value}`, () => {
      const bytes = encodedInteger(value)
      assert.equal(hexOf(bytes), expected)
      assert.equal(integerOf(elements(bytes, 1)?.[0]), value)
    })
  const wrong: readonly (readonly [string, string])[] = [
    ['a length beyond the end', '0203ff'],
    ['a length without an end', '3080'],
    ['a length of five bytes', '0285000000000100'],
    ['a tag of several bytes', '1f8101'],
    ['a lone tag', '02'],
  ]
  for (const [title, hex] of wrong)
    test(`does not read ${title}`, () => assert.equal(elements(Buffer.from(hex, 'hex'), 4), undefined))
  test('reads object identifiers whose numbers are long, and none that do not end', () => {
    const oid = numbersOf('2.999.4294967295.1')
    assert.deepEqual(oidOf(elements(objectIdentifier(oid), 1)?.[0]), oid)
    assert.equal(oidOf({ tag: tags.oid, body: Uint8Array.of(0x2b, 0x86) }), undefined)
    assert.equal(oidOf({ tag: tags.oid, body: new Uint8Array(300).fill(1) }), undefined)
  })
})
