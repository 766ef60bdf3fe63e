/** `bulkhead sites` and `bulkhead edges`, on the manager's machine and from another one. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { exitCodes } from '#core/errors.ts'
import { MadeToken } from '#schema/manager-api.ts'
import { enrolled, newDevice } from './link/edge.ts'
import { bulkhead } from './manager/cli.ts'
import { type Started, startSetUp } from './manager/start.ts'

let one: Started
let far: string[] = []
before(async () => {
  one = await startSetUp()
  const cookie = await one.logIn('ann')
  const body = { name: 'robot', scopes: ['fleet:read', 'fleet:write'] }
  const { secret } = MadeToken.parse((await one.send({ method: 'POST', path: '/v1/me/tokens', cookie, body })).body)
  writeFileSync(join(one.state, 'token.txt'), `${secret}\n`)
  const url = `https://localhost:${one.manager.port}`
  far = ['--manager', url, '--ca', join(one.state, 'ca.crt'), '--token-file', join(one.state, 'token.txt')]
})
after(() => one.end())

const near = (): string[] => ['--state', one.state]

describe('edges', () => {
  it('one command makes site and edge, and says what to type there; its token enrols', async () => {
    const { code, out } = await bulkhead(['edges', 'add', 'dairy', 'edge-1', ...near()])
    assert.equal(code, 0)
    const token = /bulkhead edge enrol (bhe_\S+)/.exec(out)?.[1]
    assert.ok(token)
    const place = { socketPath: one.manager.link.socket, ca: readFileSync(join(one.state, 'ca.crt'), 'utf8') }
    assert.equal((await enrolled(place, token, newDevice())).edge, 'edge-1')
  })
  it('the same from another machine, over TLS with a token', async () => {
    const made = await bulkhead(['edges', 'add', 'dairy', 'edge-2', ...far])
    assert.equal(made.code, 0, made.err)
    const list = await bulkhead(['edges', 'list', ...far])
    assert.match(list.out, /dairy +edge-1 +never seen/)
    assert.match(list.out, /dairy +edge-2 +waiting/)
  })
  it('or by what the environment names', async () => {
    const env = { BULKHEAD_MANAGER: far[1]!, BULKHEAD_CA: far[3]!, BULKHEAD_TOKEN_FILE: far[5]! }
    const { out } = await bulkhead(['--json', 'sites', 'list'], env)
    assert.deepEqual(
      JSON.parse(out).map(({ name, edges }: { name: string; edges: number }) => [name, edges]),
      [['dairy', 2]],
    )
  })
  it('show tells what is enforced, and revoke ends it', async () => {
    assert.match((await bulkhead(['edges', 'show', 'dairy', 'edge-1', ...near()])).out, /enforced 0 \/ 0/)
    const gone = await bulkhead(['edges', 'revoke', 'dairy', 'edge-1', '--reason', 'stolen', ...far])
    assert.match(gone.out, /dairy\/edge-1 is revoked/)
  })
  const bad: readonly [name: string, words: () => string[], code: number][] = [
    ['an edge that is there', () => ['edges', 'add', 'dairy', 'edge-2', ...near()], exitCodes.refused],
    [
      'a manager that nobody vouches for',
      () => ['sites', 'list', ...far.slice(0, 2), ...far.slice(4)],
      exitCodes.unavailable,
    ],
  ]
  for (const [name, words, code] of bad)
    it(`${name} is one sentence and exit code ${code}`, async () => {
      const result = await bulkhead(words())
      assert.equal(result.code, code, result.err)
      assert.doesNotMatch(result.err, /\n\s+at /)
    })
})
