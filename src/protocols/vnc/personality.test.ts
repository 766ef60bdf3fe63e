import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { contextOf, talkTo } from '../fuzz/talk.ts'
import { spoiltRequests, testCuts, testHostile } from '../fuzz/talk-trials.ts'
import { vnc } from './personality.ts'
import type { VncProfile } from './profile.ts'

const profile: VncProfile = { version: '3.8' }
const proof = '0123456789abcdef'
/** What it said, with the challenge as 16 question marks. */
const said = (pieces: readonly string[], own: VncProfile = profile): string => {
  const { out, attempts } = talkTo(vnc, own, pieces)
  const secret = attempts[0]?.secret
  const text = out.toString('latin1')
  return secret?.kind === 'vnc' ? text.replace(Buffer.from(secret.challenge).toString('latin1'), '?'.repeat(16)) : text
}
const challenge = '?'.repeat(16)

const rows: readonly (readonly [name: string, pieces: readonly string[], answer: string, profile?: VncProfile])[] = [
  ['tells its version first', [], 'RFB 003.008\n'],
  ['offers authentication by password', ['RFB 003.008\n'], 'RFB 003.008\n\x01\x02'],
  [
    'refuses a proof with a reason in 3.8',
    ['RFB 003.008\n', '\x02', proof],
    `RFB 003.008\n\x01\x02${challenge}\0\0\0\x01\0\0\0\x16Authentication failure`,
  ],
  ['refuses without a reason in 3.7', ['RFB 003.007\n', '\x02', proof], `RFB 003.008\n\x01\x02${challenge}\0\0\0\x01`],
  ['does not let a client of 3.3 choose', ['RFB 003.003\n', proof], `RFB 003.008\n\0\0\0\x02${challenge}\0\0\0\x01`],
  ['takes an odd version for 3.3', ['RFB 003.005\n', proof], `RFB 003.008\n\0\0\0\x02${challenge}\0\0\0\x01`],
  ['takes a later version for its own', ['RFB 003.889\n'], 'RFB 003.008\n\x01\x02'],
  [
    'speaks no higher than its device',
    ['RFB 003.008\n', proof],
    `RFB 003.003\n\0\0\0\x02${challenge}\0\0\0\x01`,
    { version: '3.3' },
  ],
  [
    'refuses another way to authenticate',
    ['RFB 003.008\n', '\x01'],
    'RFB 003.008\n\x01\x02\0\0\0\x01\0\0\0\x15Invalid security type',
  ],
  ['says nothing to what is no VNC', ['GET / HTTP/1.0\r\n\r\n'], 'RFB 003.008\n'],
  ['says nothing to version 4', ['RFB 004.001\n'], 'RFB 003.008\n'],
]

describe('vnc', () => {
  for (const [name, pieces, answer, own = profile] of rows) it(name, () => assert.equal(said(pieces, own), answer))
  it('takes the proof as an attempt and closes', () => {
    const { attempts, closed, exchanges } = talkTo(vnc, profile, ['RFB 003.008\n', '\x02', proof])
    assert.deepEqual([closed, exchanges], [true, 3])
    assert.equal(attempts.length, 1)
    assert.deepEqual(attempts[0]?.secret.kind === 'vnc' && Buffer.from(attempts[0].secret.response).toString(), proof)
  })
  it('closes on what is no VNC', () => assert.equal(talkTo(vnc, profile, ['GET / HTTP/1.0\r\n\r\n']).closed, true))
  it('asks every connection something else', () => {
    const ask = (ms: number) => talkTo(vnc, profile, ['RFB 003.003\n'], { context: contextOf({ now: () => ms }) }).out
    assert.notDeepEqual(ask(1), ask(2))
  })
  const script = ['RFB 003.008\n', '\x02', proof].map((text) => Buffer.from(text, 'latin1'))
  const open = () => vnc.open(contextOf(), profile, 'tcp')
  testCuts(open, script)
  testHostile(open, spoiltRequests(script), { most: 65_536, logins: true })
})
