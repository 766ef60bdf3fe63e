/** Login decoys against the tools of those who try logins: none gets in, every try arrives, and nothing names a honeypot. */
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { Attempt } from '#core/personality.ts'
import { classifier } from '#decoy/login/classifier.ts'
import { isVncResponse } from '#decoy/login/vnc.ts'
import { needs, nport, panel, run, standUp, type Stand } from './decoy-login/stand.ts'

const home = mkdtempSync('/run/decoy-login-')
const file = (name: string, lines: readonly string[]): string => {
  writeFileSync(`${home}/${name}`, `${lines.join('\n')}\n`)
  return `${home}/${name}`
}
const users = ['admin', 'ann']
const passwords = ['moxa', 'Summer2026', 'letmein']
const [userFile, passwordFile] = [file('users', users), file('passwords', passwords)]

let stand: Stand
before(async () => {
  stand = await standUp()
})
beforeEach(() => void stand.came.splice(0))
after(() => stand.close())

const typed = (): readonly string[] =>
  stand.came.map(({ attempt: { user, secret } }) => `${user}:${secret.kind === 'password' ? secret.text : secret.kind}`)
const allPairs = users.flatMap((user) => passwords.map((password) => `${user}:${password}`))
const sorted = (texts: readonly string[]): readonly string[] => [...new Set(texts)].toSorted()

describe('hydra finds no password, and all that it tries arrives', () => {
  const lists = ['-I', '-L', userFile, '-P', passwordFile]
  const form = (action: string) => `${action}:username=^USER^&password=^PASS^:F=Invalid`
  const rows: readonly (readonly [service: string, args: readonly string[]])[] = [
    ['ftp', [...lists, '-t', '4', `ftp://${panel}`]],
    ['ssh', [...lists, '-t', '4', `ssh://${panel}`]],
    ['http-get', [...lists, '-t', '4', panel, 'http-get', '/']],
    ['http-post-form', [...lists, '-t', '4', panel, 'http-post-form', form('/login')]],
    ['https-post-form', [...lists, '-t', '4', '-S', panel, 'https-post-form', form('/login')]],
  ]
  for (const [service, args] of rows)
    it(`over ${service}`, async (t) => {
      if (!needs(t, 'hydra')) return
      const { out } = await run('hydra', args)
      assert.match(out, /0 valid password/, out)
      assert.doesNotMatch(out, /login: .* password:/)
      assert.deepEqual(sorted(typed()), sorted(allPairs), out)
    })
  it('over telnet', async (t) => {
    if (!needs(t, 'hydra')) return
    const { out } = await run('hydra', ['-I', '-l', 'ann', '-P', passwordFile, '-t', '3', `telnet://${nport}`])
    assert.match(out, /0 valid password/, out)
    assert.deepEqual(sorted(typed()), sorted(passwords.map((password) => `ann:${password}`)), out)
  })
  it('over vnc, whose proofs show which password it was', async (t) => {
    if (!needs(t, 'hydra')) return
    const { out } = await run('hydra', ['-I', '-P', passwordFile, '-t', '1', `vnc://${panel}`])
    assert.match(out, /0 valid password/, out)
    const proved = (password: string): boolean =>
      stand.came.some(
        ({ attempt: { secret } }) =>
          secret.kind === 'vnc' && isVncResponse(secret.challenge, secret.response, password),
      )
    assert.deepEqual(
      passwords.map(proved),
      passwords.map(() => true),
      out,
    )
  })
  it('and what it did is called by its name', async (t) => {
    if (!needs(t, 'hydra')) return
    const words = file(
      'many',
      Array.from({ length: 8 }, (_, index) => `word-${index}`),
    )
    const names = file(
      'names',
      Array.from({ length: 6 }, (_, index) => `user-${index}`),
    )
    const judge = classifier({ key: Buffer.alloc(32, 1), honeytokens: [] })
    const classes = (): readonly string[] =>
      stand.came
        .splice(0)
        .map(
          ({ at, source, attempt }) =>
            judge({ session: { source }, ...attempt, verified: 'not-asked', by: '', at }).class,
        )
    await run('hydra', ['-I', '-l', 'ann', '-P', words, '-t', '4', `ftp://${panel}`])
    assert.equal(classes().at(-1), 'brute-force')
    await run('hydra', ['-I', '-L', names, '-p', 'Winter2026', '-t', '4', `ftp://${panel}`])
    assert.equal(classes().at(-1), 'spray')
    await run('hydra', ['-I', '-l', 'admin', '-p', 'admin', `ftp://${panel}`])
    assert.equal(classes().at(-1), 'vendor-default')
    await run('hydra', ['-I', '-p', '111111', `vnc://${panel}`])
    assert.equal(classes().at(-1), 'vendor-default')
  })
})

describe('ordinary clients are refused as by a device', () => {
  const one = (user: string, text: string): Attempt => ({ user, secret: { kind: 'password', text } })
  const attempts = () => stand.came.map(({ attempt }) => attempt)
  it('curl reads the first page and moving values of the panel', async (t) => {
    if (!needs(t, 'curl')) return
    const page = await run('curl', ['-s', '-i', `http://${panel}/`])
    assert.match(page.out, /^HTTP\/1\.1 200 OK\r\nDate: .*GMT\r\nServer: nginx\r\n/)
    assert.match(page.out, /Tank 1 level/)
    const values = await run('curl', ['-s', `http://${panel}/cgi/tags.json`, `https://${panel}/cgi/tags.json`, '-k'])
    assert.match(values.out, /^\{"values":\["[\d.]+"(,"[\d.]+"){3}\]\}\{"values"/)
  })
  it('curl logs in by form over HTTPS, and is not let in', async (t) => {
    if (!needs(t, 'curl')) return
    const { out } = await run('curl', ['-sk', '-d', 'username=ann&password=a%20b', `https://${panel}/login`])
    assert.match(out, /Invalid user name or password/)
    assert.deepEqual(attempts(), [one('ann', 'a b')])
  })
  it('curl logs in over FTP, and is denied', async (t) => {
    if (!needs(t, 'curl')) return
    assert.equal((await run('curl', ['-s', '--user', 'ann:hunter2', `ftp://${panel}/`])).code, 67)
    assert.deepEqual(attempts(), [one('ann', 'hunter2')])
  })
  it('ssh is asked for a password, and denied', async (t) => {
    if (!needs(t, 'ssh')) return
    const ask = file('ask', ['#!/bin/sh', 'echo hunter2'])
    chmodSync(ask, 0o700)
    const options = [
      'StrictHostKeyChecking=no',
      'UserKnownHostsFile=/dev/null',
      'NumberOfPasswordPrompts=1',
      'ConnectTimeout=8',
    ]
    const env = { SSH_ASKPASS: ask, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0', HOME: home }
    const { code, out } = await run('ssh', [...options.flatMap((option) => ['-o', option]), `ann@${panel}`, 'id'], env)
    assert.equal(code, 255)
    assert.match(out, /Permission denied \(publickey,password\)/)
    assert.deepEqual(attempts(), [one('ann', 'hunter2')])
  })
  it('openssl sees a certificate of the device, and of Windows', async (t) => {
    if (!needs(t, 'openssl')) return
    const https = await run('sh', ['-c', `openssl s_client -connect ${panel}:443 </dev/null`])
    assert.match(https.out, /subject=O = Exor International, CN = HMI-4F1A/)
  })
})

it('nothing that anybody sent threw', () => assert.deepEqual(stand.faults, []))
