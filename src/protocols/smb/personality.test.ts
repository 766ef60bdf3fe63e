import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { contextOf, talkTo } from '../fuzz/talk.ts'
import { spoiltRequests, testCuts, testHostile } from '../fuzz/talk-trials.ts'
import { smb } from './personality.ts'
import type { SmbProfile } from './profile.ts'

const profile: SmbProfile = {
  build: 17_763,
  os: 'Windows 10 17763',
  lanManager: 'Windows 10 6.3',
  workgroup: 'WORKGROUP',
  smb1: true,
}
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')
const number = (size: 2 | 4, value: number): Buffer => {
  const bytes = Buffer.alloc(size)
  if (size === 2) bytes.writeUInt16LE(value)
  else bytes.writeUInt32LE(value)
  return bytes
}
const nbss = (...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([0, 0, body.length >> 8, body.length & 255]), body])
}
const head1 = (command: number, flags: number): Buffer =>
  Buffer.concat([hex('ff534d42'), Buffer.from([command]), Buffer.alloc(5), number(2, flags), Buffer.alloc(20)])
const counted = (...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([number(2, body.length), body])
}
const negotiate = (dialects: readonly string[], flags = 0x4001): Buffer =>
  nbss(
    head1(0x72, flags),
    Buffer.from([0]),
    counted(Buffer.from(dialects.map((one) => `\x02${one}\0`).join(''), 'latin1')),
  )
const ntlm = (type: number, user = ''): Buffer => {
  const head = Buffer.alloc(64)
  head.write('NTLMSSP\0', 'latin1')
  head[8] = type
  head.writeUInt16LE(user.length * 2, 36)
  head.writeUInt32LE(64, 40)
  head.writeUInt32LE(1, 60)
  return Buffer.concat([head, Buffer.from(user, 'utf16le')])
}
const setup1 = (token: Buffer): Buffer => {
  const words = Buffer.alloc(24)
  words.writeUInt16LE(token.length, 14)
  return nbss(head1(0x73, 0xc801), Buffer.from([12]), words, counted(token))
}
const plain1 = (user: string): Buffer => {
  const words = Buffer.alloc(26)
  words.writeUInt16LE(24, 14)
  return nbss(
    head1(0x73, 0x4001),
    Buffer.from([13]),
    words,
    counted(Buffer.alloc(24), Buffer.from(`${user}\0WORKGROUP\0`)),
  )
}
const head2 = (command: number, session = 0): Buffer =>
  Buffer.concat([
    hex('fe534d42 4000 0000 00000000'),
    number(2, command),
    Buffer.alloc(26),
    number(4, session),
    Buffer.alloc(20),
  ])
const negotiate2 = (...dialects: number[]): Buffer =>
  nbss(head2(0), number(2, 36), number(2, dialects.length), Buffer.alloc(32), ...dialects.map((one) => number(2, one)))
const setup2 = (token: Buffer): Buffer =>
  nbss(head2(1), number(2, 25), Buffer.alloc(10), number(2, 88), number(2, token.length), Buffer.alloc(8), token)

const failure = '6d0000c0'
const rows: readonly (readonly [
  name: string,
  pieces: readonly Buffer[],
  out: RegExp,
  closed?: boolean,
  profile?: SmbProfile,
])[] = [
  [
    'SMB 1 names the workgroup and the computer',
    [negotiate(['LANMAN1.0', 'NT LM 0.12'])],
    /^0000....ff534d4272000000008801400000.*57004f0052004b00470052004f00550050000000.*/,
  ],
  ['SMB 1 with extended security offers NTLM', [negotiate(['NT LM 0.12'], 0xc801)], /2b06010401823702020a/],
  ['dialects without one that is spoken end it', [negotiate(['LANMAN1.0'])], /^$/, true],
  ['a computer without SMB 1 ends it', [negotiate(['NT LM 0.12'])], /^$/, true, { ...profile, smb1: false }],
  ['SMB 1 leads to SMB 2', [negotiate(['NT LM 0.12', 'SMB 2.???'])], /^0000....fe534d42.*4100 ?0100 ?ff02/],
  ['the highest dialect is chosen', [negotiate2(0x0202, 0x0210, 0x0302)], /^0000....fe534d42.{120}410001000203/],
  ['SMB 3.1.1 comes with its contexts', [negotiate2(0x0311)], /^0000....fe534d42.{120}41000100110302/],
  ['a dialect that nobody speaks is refused', [negotiate2(0x0999)], /^0000....fe534d4240000000bb0000c0/],
  [
    'a session is challenged with the name',
    [negotiate2(0x0302), setup2(ntlm(1))],
    /160000c0.*4e544c4d5353500002000000.*4c0049004e0045003300/,
  ],
  ['a session is refused', [negotiate2(0x0302), setup2(ntlm(1)), setup2(ntlm(3, 'ann'))], new RegExp(failure)],
  ['an anonymous session is refused otherwise', [negotiate2(0x0302), setup2(ntlm(3))], /220000c0/],
  ['a session without NTLM is refused', [negotiate2(0x0302), setup2(Buffer.from('nothing'))], /0d0000c0/],
  ['other commands have no session', [nbss(head2(3), Buffer.alloc(9))], /030200c0/],
  [
    'a session of SMB 1 is challenged with the system',
    [negotiate(['NT LM 0.12'], 0xc801), setup1(ntlm(1))],
    /160000c0.*570069006e0064006f0077007300/,
  ],
  ['a session of SMB 1 is refused', [setup1(ntlm(3, 'ann'))], new RegExp(failure)],
  ['an old session of SMB 1 is refused', [negotiate(['NT LM 0.12']), plain1('ann')], new RegExp(failure)],
  ['other commands of SMB 1 are refused', [nbss(head1(0x75, 0), Buffer.alloc(3))], /220000c0/],
  ['what is no SMB ends it', [Buffer.from('GET / HTTP/1.0\r\n\r\n')], /^$/, true],
]

describe('smb', () => {
  for (const [name, pieces, out, closed = false, own = profile] of rows)
    it(name, () => {
      const said = talkTo(smb, own, pieces)
      assert.match(said.out.toString('hex'), out)
      assert.equal(said.closed, closed)
    })
  for (const [name, piece] of [
    ['SMB 2', setup2(ntlm(3, 'ann'))],
    ['SMB 1', setup1(ntlm(3, 'ann'))],
    ['the oldest SMB 1', plain1('ann')],
  ] as const)
    it(`takes the user of ${name} as an attempt without a secret`, () =>
      assert.deepEqual(talkTo(smb, profile, [piece]).attempts, [{ user: 'ann', secret: { kind: 'none' } }]))
  it('takes nobody who is anonymous as an attempt', () =>
    assert.deepEqual(talkTo(smb, profile, [setup2(ntlm(3))]).attempts, []))
  it('ends a connection that asks without end', () => {
    const { exchanges, closed } = talkTo(smb, profile, [
      Buffer.concat(Array.from({ length: 200 }, () => negotiate2(0x0302))),
    ])
    assert.deepEqual([exchanges, closed], [64, true])
  })
  it('asks every connection something else', () => {
    const ask = (ms: number) => talkTo(smb, profile, [setup2(ntlm(1))], { context: contextOf({ now: () => ms }) }).out
    assert.notDeepEqual(ask(1), ask(20_000))
  })
  const script = [
    negotiate(['NT LM 0.12', 'SMB 2.???']),
    negotiate2(0x0202, 0x0311),
    setup2(ntlm(1)),
    setup2(ntlm(3, 'ann')),
    setup1(ntlm(1)),
    plain1('bob'),
  ]
  const open = () => smb.open(contextOf(), profile, 'tcp')
  testCuts(open, script)
  testHostile(open, spoiltRequests(script), { most: 65_536, logins: true })
})
