import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { contextOf, talkTo } from '../fuzz/talk.ts'
import { spoiltRequests, testCuts, testHostile } from '../fuzz/talk-trials.ts'
import { data, tpkt } from './connection.ts'
import { rdp } from './personality.ts'

const profile = { version: 0x0008_000a, build: 17_763 }
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')
const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
const request = (protocols?: number, user = 'ann'): Buffer => {
  const rest = Buffer.concat([
    Buffer.from(`Cookie: mstshash=${user}\r\n`),
    ...(protocols === undefined ? [] : [hex('01000800'), word(protocols)]),
  ])
  return tpkt(Buffer.from([6 + rest.length, 0xe0, 0, 0, 0, 0, 0]), rest)
}
const blocks = Buffer.concat([
  hex('01c00800'),
  word(0x0008_0004),
  hex('03c0 2000 02000000'),
  Buffer.from('rdpdr\0\0\0'),
  word(0),
  Buffer.from('cliprdr\0'),
  word(0),
])
const initial = data(
  hex('7f65 82 0100 040101 040101 0101ff'),
  hex('0005 0014 7c00 0181 2a 0008 0010 0001 c000'),
  Buffer.from('Duca'),
  Buffer.from([blocks.length]),
  blocks,
)
const text = (value: string): Buffer => Buffer.from(`${value}\0`, 'utf16le')
const info = (domain: string, user: string, password: string, flags = 0x40): Buffer => {
  const lengths = Buffer.alloc(10)
  for (const [at, value] of [domain, user, password].entries()) lengths.writeUInt16LE(value.length * 2, at * 2)
  const body = Buffer.concat([
    Buffer.from([flags, 0, 0, 0]),
    word(0),
    word(0x0133),
    lengths,
    text(domain),
    text(user),
    text(password),
    text(''),
    text(''),
  ])
  return data(hex('64 0006 03eb 70'), Buffer.from([0x80 | (body.length >> 8), body.length & 255]), body)
}
const [erect, attach] = [data(hex('0401000100')), data(hex('28'))]
const join = (channel: number): Buffer => data(hex('38 0006'), Buffer.from([channel >> 8, channel & 255]))
const beginning = [request(3), initial, erect, attach, join(1007), join(1003), join(1004)]
const login = [...beginning, info('PLANT', 'ann', 'hunter2')]
const ntlm = (type: number, rest = Buffer.alloc(64)): Buffer =>
  Buffer.concat([hex('3050a003020106'), Buffer.from('NTLMSSP\0'), word(type), rest]).subarray(0, 0x52)
const authenticate = (user: string): Buffer => {
  const head = Buffer.alloc(52)
  head.writeUInt16LE(user.length * 2, 36 - 12)
  head.writeUInt32LE(64, 40 - 12)
  head.writeUInt32LE(1, 60 - 12)
  const rest = Buffer.concat([hex('a003020106'), Buffer.from('NTLMSSP\0'), word(3), head, Buffer.from(user, 'utf16le')])
  return Buffer.concat([Buffer.from([0x30, rest.length]), rest])
}

const rows: readonly (readonly [name: string, pieces: readonly Buffer[], out: RegExp, closed: boolean])[] = [
  ['TLS is chosen where a client offers TLS', [request(1)], /^030000130ed00000123400021f080001000000$/, false],
  ['TLS is chosen where a client offers more', [request(0xb)], /^030000130ed00000123400021f080001000000$/, false],
  ['a client that speaks no TLS is refused', [request(0)], /^030000130ed000001234000300080001000000$/, true],
  ['a client that offers nothing is taken, to the next step', [request()], /^0300000b06d00000123400$/, false],
  ['its next step ends it', [request(), initial], /^0300000b06d00000123400$/, true],
  ['what is no RDP ends it', [Buffer.from('GET / HTTP/1.0\r\n\r\n')], /^$/, true],
  ['a length below a header ends it', [hex('03000002')], /^$/, true],
  ['a length beyond reason ends it', [hex('0300ffff')], /^$/, true],
  ['channels are counted and numbered', [request(1), initial], /030c0c00eb030200ec03ed03$/, false],
  ['the server tells its version and what was asked for', [request(3), initial], /010c10000a00080003000000/, false],
  ['a user is attached', [request(1), initial, erect, attach], /0300000b02f0802e000006$/, false],
  ['a channel is joined', [...beginning], /0300000f02f0803e00000603ec03ec$/, false],
  ['a login is refused with a reason and the end', login, /2f000000 ?09000000 ?0300000902f0802180$/, true],
  ['CredSSP is told who this is', [request(3), ntlm(1)], /4e544c4d5353500002000000/, false],
  ['CredSSP is refused', [request(3), ntlm(1), authenticate('ann')], /a4060204c000006d$/, true],
]

describe('rdp', () => {
  for (const [name, pieces, out, closed] of rows)
    it(name, () => {
      const said = talkTo(rdp, profile, pieces)
      assert.match(said.out.toString('hex'), out)
      assert.equal(said.closed, closed)
    })
  it('takes user, domain and password as an attempt', () => {
    const { attempts, notes, tls } = talkTo(rdp, profile, login)
    assert.deepEqual(attempts, [{ user: 'ann', secret: { kind: 'password', text: 'hunter2' } }])
    assert.deepEqual([notes[0], notes.at(-1), tls], ['connect as ann', 'login as PLANT\\ann', true])
  })
  it('takes the user of CredSSP as an attempt without a secret', () =>
    assert.deepEqual(talkTo(rdp, profile, [request(3), ntlm(1), authenticate('bob')]).attempts, [
      { user: 'bob', secret: { kind: 'none' } },
    ]))
  it('takes nothing that came before TLS', () =>
    assert.deepEqual(talkTo(rdp, profile, [Buffer.concat(login)]).attempts, []))
  const open = () => rdp.open(contextOf(), profile, 'tcp')
  describe('without TLS', () => testCuts(open, [request()]))
  // The first unit ends what is clear.
  describe('inside TLS', () => testCuts(open, login.slice(1), [request(3)]))
  it('looks at 128 characters', () =>
    assert.equal(talkTo(rdp, profile, [...beginning, info('', 'u'.repeat(500), 'p')]).attempts[0]?.user.length, 128))
  it('asks every connection something else', () => {
    const ask = (ms: number) =>
      talkTo(rdp, profile, [request(3), ntlm(1)], { context: contextOf({ now: () => ms }) }).out
    assert.notDeepEqual(ask(1), ask(20_000))
  })
  testHostile(open, spoiltRequests([...login, ntlm(1), authenticate('bob')], beginning), { most: 65_536, logins: true })
})
