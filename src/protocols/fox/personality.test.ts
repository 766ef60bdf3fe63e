import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { talkWith } from '../fuzz/talk.ts'
import { spoiltRequests, testCuts, testHostile } from '../fuzz/talk-trials.ts'
import { niagaraFox } from '../personas/niagara-fox.ts'
import { fox } from './personality.ts'

const open = () => talkWith(fox, niagaraFox, 'tcp')
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'))
const text = (sent: Uint8Array | undefined): string => Buffer.from(sent ?? []).toString('latin1')
const hello = bytes('fox a 1 -1 fox hello\n{\nfox.version=s:1.0\nid=i:1\n};;\n')
const login = bytes('fox a 2 1 fox login\n{\nusername=s:operator\npassword=s:abc123\n};;\n')
const digest = bytes('fox a 2 1 fox challengeResponse\n{\nusername=s:admin\ndigest=b:4[wxyz]\n};;\n')

describe('Fox', () => {
  test('a hello is answered with who the station is, and with a challenge', () => {
    const { send, exchanges } = open().take(hello)
    const [first, second] = send.map((sent) => text(sent))
    assert.match(first ?? '', /^fox a 0 -1 fox hello\n\{\nfox\.version=s:1\.0\.1\nid=i:\d+\nhostName=s:LINE3-PLC7\n/)
    assert.match(first ?? '', /\nhostId=s:S C-X4U421302009\n.*\nbrandId=s:vykon\n.*\n\};;\n$/s)
    assert.match(second ?? '', /^fox a 1 -1 fox challenge\n\{\nmethod=s:digest-md5\nnonce=b:39\[[^]{39}\]\n\};;\n$/)
    assert.equal(exchanges, 1)
  })
  const rows = [
    ['a password in the clear is told', login, { user: 'operator', secret: { kind: 'password', text: 'abc123' } }],
    ['of a digest only the user is told', digest, { user: 'admin', secret: { kind: 'none' } }],
  ] as const
  for (const [name, request, attempt] of rows)
    test(`${name}, and the login refused`, () => {
      const talk = open()
      talk.take(hello)
      const answer = talk.take(request)
      assert.deepEqual(answer.attempts, [attempt])
      assert.match(text(answer.send[0]), /^fox a 2 2 fox rejected\n/)
      assert.equal(answer.close, true)
    })
  test('what is no Fox closes the connection without a word', () => {
    assert.deepEqual(open().take(bytes('GET / HTTP/1.0\r\n\r\n')), { send: [], exchanges: 0, close: true })
  })
  test('empty lines are nothing', () => {
    assert.deepEqual(open().take(bytes('\r\n\r\n')), { send: [], exchanges: 0 })
  })
  testCuts(open, [hello, login])
  testHostile(open, spoiltRequests([hello, login, digest], [hello]), { most: 65_536, logins: true })
})
