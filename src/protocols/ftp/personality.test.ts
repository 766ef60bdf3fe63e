import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { contextOf, talkTo } from '../fuzz/talk.ts'
import { spoiltRequests, testCuts, testHostile } from '../fuzz/talk-trials.ts'
import { ftp } from './personality.ts'

const profile = { greeting: '{model} FTP server ({firmware}) ready.', system: 'UNIX Type: L8' }
const hello = '220 Model 7 FTP server (2.4) ready.\r\n'
const password = (user: string, text: string) => ({ user, secret: { kind: 'password' as const, text } })

const rows: readonly (readonly [name: string, typed: string, answer: string | RegExp])[] = [
  ['nothing typed is greeted', '', hello],
  ['SYST tells the system', 'SYST\r\n', `${hello}215 UNIX Type: L8\r\n`],
  ['a line may end with LF alone', 'syst\n', `${hello}215 UNIX Type: L8\r\n`],
  ['FEAT lists features', 'FEAT\r\n', /211-Features:\r\n SIZE\r\n.*211 End\r\n$/s],
  ['AUTH TLS is refused', 'AUTH TLS\r\n', /504 /],
  ['a user is asked for a password', 'USER ann\r\n', /331 Password required\.\r\n$/],
  ['USER without a name is a mistake', 'USER\r\n', /501 /],
  ['PASS without USER is out of order', 'PASS x\r\n', /503 /],
  ['anonymous is refused as anybody', 'USER anonymous\r\nPASS a@b\r\n', /530 Login incorrect\.\r\n$/],
  ['what needs a login is refused', 'LIST\r\nRETR x\r\nPASV\r\n', /(530 Please login with USER and PASS\.\r\n){3}$/],
  ['what is no command is none', 'FOO\r\n', /500 Unknown command\.\r\n$/],
  ['bytes that are no text are no command', '\x00\xff\xfe\r\n', /500 Unknown command\.\r\n$/],
]

describe('ftp', () => {
  for (const [name, typed, answer] of rows)
    it(name, () => {
      const out = talkTo(ftp, profile, [typed]).out.toString('latin1')
      if (typeof answer === 'string') assert.equal(out, answer)
      else assert.match(out, answer)
    })
  it('takes what is typed as attempts, and closes after three', () => {
    const { attempts, closed, exchanges, notes } = talkTo(ftp, profile, [
      'USER a\r\nPASS 1 2\r\n',
      'USER b\r\nPASS \r\nUSER c\r\nPASS 3\r\nNOOP\r\n',
    ])
    assert.deepEqual(attempts, [password('a', '1 2'), password('b', ''), password('c', '3')])
    assert.deepEqual([closed, exchanges], [true, 6])
    assert.deepEqual(notes.slice(0, 2), ['USER a', 'PASS'], 'no password is noted')
  })
  for (const line of [' PASS top secret', 'topsecret', 'top secret', 'ACCT secret'])
    it(`notes no password at the wrong place: ${line}`, () =>
      assert.doesNotMatch(talkTo(ftp, profile, [`${line}\r\n`]).notes.join(' '), /secret/))
  it('says goodbye', () => assert.deepEqual(talkTo(ftp, profile, ['QUIT\r\n']).closed, true))
  it('cuts a line that is too long', () => {
    const { out, attempts } = talkTo(ftp, profile, [`USER ${'x'.repeat(5000)}\r\n`, 'PASS y\r\n'])
    assert.equal(attempts[0]?.user.length, 128)
    assert.equal(out.toString('latin1').split('\r\n').length, 4)
  })
  const script = ['SYST\r\n', 'USER ann\r\n', 'PASS secret\r\n', 'QUIT\r\n'].map((text) => Buffer.from(text))
  const open = () => ftp.open(contextOf(), profile, 'tcp')
  testCuts(open, script)
  testHostile(open, spoiltRequests(script), { most: 65_536, logins: true })
})
