import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { contextOf, talkTo } from '../fuzz/talk.ts'
import { spoiltRequests, testCuts, testHostile } from '../fuzz/talk-trials.ts'
import { telnet } from './personality.ts'
import type { TelnetProfile } from './profile.ts'

const profile: TelnetProfile = {
  banner: '{model}\n',
  loginPrompt: 'login: ',
  asksUser: true,
  passwordPrompt: 'Password: ',
  refusal: 'Login incorrect\n',
}
const opening = '\xff\xfb\x01\xff\xfb\x03'
const hello = `${opening}Model 7\r\nlogin: `
const alone: TelnetProfile = { ...profile, asksUser: false, negotiation: [], newline: '\r\0\n' }
const password = (user: string, text: string) => ({ user, secret: { kind: 'password' as const, text } })

const rows: readonly (readonly [name: string, typed: string, answer: string, profile?: TelnetProfile])[] = [
  ['greets and asks for a user', '', hello],
  ['echoes a user and asks for the password', 'ann\r\n', `${hello}ann\r\nPassword: `],
  ['echoes no password', 'ann\r\nabc\r\n', `${hello}ann\r\nPassword: \r\nLogin incorrect\r\nlogin: `],
  ['takes a line that ends with CR NUL', 'ann\r\0', `${hello}ann\r\nPassword: `],
  ['takes a line that ends with LF', 'ann\n', `${hello}ann\r\nPassword: `],
  ['asks again for a user that is empty', '\r\n', `${hello}\r\nlogin: `],
  ['rubs out what was typed', 'anx\x7fn\r\n', `${hello}anx\b \bn\r\nPassword: `],
  ['rubs out nothing where nothing is', '\x7f', hello],
  ['answers no answer to its own options', '\xff\xfd\x01\xff\xfd\x03', hello],
  ['refuses an option that it has not, once', '\xff\xfd\x18\xff\xfd\x18', `${hello}\xff\xfc\x18`],
  ['refuses what is offered, once', '\xff\xfb\x1f\xff\xfb\x1f', `${hello}\xff\xfe\x1f`],
  ['says nothing to a refusal', '\xff\xfc\x1f\xff\xfe\x18', hello],
  ['skips a subnegotiation', '\xff\xfa\x18\0xterm\xff\xf0ann\r\n', `${hello}ann\r\nPassword: `],
  ['takes a doubled 255 as a character', 'a\xff\xffb\r\n', `${hello}a\xffb\r\nPassword: `],
  [
    'asks for a password alone where the device does',
    'x\r\n',
    'Model 7\r\0\nPassword: \r\0\nLogin incorrect\r\0\nPassword: ',
    alone,
  ],
  [
    'leaves the echo to the client where the device does',
    'ann\r\n',
    'Model 7\r\nlogin: \r\nPassword: ',
    { ...profile, negotiation: [] },
  ],
]

describe('telnet', () => {
  for (const [name, typed, answer, own = profile] of rows)
    it(name, () => assert.equal(talkTo(telnet, own, [typed]).out.toString('latin1'), answer))
  it('takes what is typed as attempts, and closes after three', () => {
    const { attempts, closed, exchanges } = talkTo(telnet, profile, ['a\r\n1\r\nb\r\n\r\n', 'c\r\n3\r\nd\r\n'])
    assert.deepEqual(attempts, [password('a', '1'), password('b', ''), password('c', '3')])
    assert.deepEqual([closed, exchanges], [true, 6])
  })
  it('looks at 128 characters', () => {
    const { attempts } = talkTo(telnet, profile, [`${'u'.repeat(999)}\r\n${'p'.repeat(999)}\r\n`])
    assert.deepEqual(attempts, [password('u'.repeat(128), 'p'.repeat(128))])
  })
  it('tells how long it has run', () => {
    const out = talkTo(telnet, { ...profile, banner: 'System uptime    : {uptime}\n' }, ['']).out.toString('latin1')
    assert.match(out, /uptime {4}: \d+ days, \d\dh:\d\dm:\d\ds\r\n/)
  })
  const script = ['\xff\xfd\x01\xff\xfb\x1f\xff\xfa\x1f\0\x50\0\x18\xff\xf0', 'ann\r\n', 'secret\r\n', 'bob\r\n'].map(
    (text) => Buffer.from(text, 'latin1'),
  )
  const open = () => telnet.open(contextOf(), profile, 'tcp')
  testCuts(open, script)
  testHostile(open, spoiltRequests(script), { most: 65_536, logins: true })
})
