/**
 * `bulkhead sites` and `bulkhead edges`, on the manager's machine and from another one; every room of the manager is asked from there in the
 * same way: TLS, its authority, an API token.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { exitCodes } from '#core/errors.ts'
import { MadeToken, roles, scopeNames } from '#schema/manager-api.ts'
import { startWorld, type World } from './link/world.ts'
import { enrolled, hello, newDevice } from './link/edge.ts'
import { bulkhead } from './manager/cli.ts'
import { clientOf, password } from './manager/start.ts'
import { nextEvent } from './manager-orders/scene.ts'

let world: World
let asRobot: (name: string, scopes: readonly string[]) => Promise<string[]>
let far: string[] = []
before(async () => {
  world = await startWorld()
  const { manager, state } = world.one
  const client = clientOf({ port: manager.port, ca: manager.ca })
  await client.send({ method: 'POST', path: '/v1/setup', body: { code: manager.setup?.code, name: 'ann', password } })
  const cookie = await client.logIn('ann')
  const where = ['--manager', `https://localhost:${manager.port}`, '--ca', join(state, 'ca.crt')]
  asRobot = async (name, scopes) => {
    const reply = await client.send({
      method: 'POST',
      path: '/v1/me/tokens',
      cookie,
      body: { current: password, name, scopes },
    })
    const file = join(state, `${name}.txt`)
    writeFileSync(file, `${MadeToken.parse(reply.body).secret}\n`)
    return [...where, '--token-file', file]
  }
  const allowed: readonly string[] = roles.admin
  far = await asRobot(
    'robot',
    scopeNames.filter((scope) => allowed.includes(scope)),
  )
})
after(() => world.end())

describe('edges', () => {
  const near = (): string[] => ['--state', world.one.state]
  // A token that may do this and nothing else.
  let robot: string[] = []
  before(async () => void (robot = await asRobot('fleet-robot', ['fleet:read', 'fleet:write'])))

  it('one command makes site and edge, and says what to type there; its token enrols', async () => {
    const { code, out } = await bulkhead(['edges', 'add', 'dairy', 'edge-1', ...near()])
    assert.equal(code, 0)
    const token = /bulkhead edge enrol --edge edge-1\n.*\n(bhe_\S+)$/m.exec(out)?.[1]
    assert.ok(token)
    assert.equal((await enrolled(world.place, token, newDevice())).edge, 'edge-1')
  })
  it('the same from another machine, over TLS with a token', async () => {
    const made = await bulkhead(['edges', 'add', 'dairy', 'edge-2', ...robot])
    assert.equal(made.code, 0, made.err)
    const list = await bulkhead(['edges', 'list', ...robot])
    assert.match(list.out, /dairy +edge-1 +never seen/)
    assert.match(list.out, /dairy +edge-2 +waiting/)
  })
  it('or by what the environment names', async () => {
    const env = { BULKHEAD_MANAGER: robot[1]!, BULKHEAD_CA: robot[3]!, BULKHEAD_TOKEN_FILE: robot[5]! }
    const { out } = await bulkhead(['--json', 'sites', 'list'], env)
    assert.deepEqual(
      JSON.parse(out).map(({ name, edges }: { name: string; edges: number }) => [name, edges]),
      [['dairy', 2]],
    )
  })
  it('show tells what is enforced, and revoke ends it', async () => {
    assert.match((await bulkhead(['edges', 'show', 'dairy', 'edge-1', ...near()])).out, /enforced 0 \/ 0/)
    const gone = await bulkhead(['edges', 'revoke', 'dairy', 'edge-1', '--reason', 'stolen', ...robot])
    assert.match(gone.out, /dairy\/edge-1 is revoked/)
  })
  const bad: readonly [name: string, words: () => string[], code: number][] = [
    ['an edge that is there', () => ['edges', 'add', 'dairy', 'edge-2', ...near()], exitCodes.refused],
    [
      'a manager that nobody vouches for',
      () => ['sites', 'list', ...robot.slice(0, 2), ...robot.slice(4)],
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

const main = ['--disable-warning=ExperimentalWarning', 'src/cli/main.ts']

describe('from another machine', { concurrency: 2 }, () => {
  const rows: readonly [words: string, said: RegExp][] = [
    ['manager status', /1 accounts/],
    ['manager audit verify', /^ok: /],
    ['orders contain 198.18.1.40 --scope fleet --reason worm', /Undo: bulkhead orders release/],
    ['risk list', /^none$/m],
    ['events search', /no events|denied/],
    ['reports noise', /packets, told in/],
    ['exchange receivers list', /^none$/m],
    ['policy drafts', /^none$/m],
  ]
  for (const [words, said] of rows)
    it(`bulkhead ${words}`, async () => {
      const { code, out, err } = await bulkhead([...words.split(' '), ...far])
      assert.equal(code, 0, err)
      assert.match(out, said)
    })
  it('bulkhead permits create says only what a permit is', async () => {
    const about = ['--site', 'nowhere', '--from', '198.18.1.7', '--to', '198.18.1.8', '--service', 'tcp/502']
    const { code, err } = await bulkhead(['permits', 'create', ...about, '--for', '1h', '--reason', 'work', ...far])
    assert.notEqual(code, 0)
    assert.match(err, /nowhere/)
  })
  it('bulkhead events follow', async () => {
    const child = spawn(process.execPath, [...main, 'events', 'follow', ...far], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const first = once(createInterface({ input: child.stdout }), 'line')
      const edge = await world.makeEdge('dairy', 'edge-3')
      const line = await edge.dial()
      line.send(hello())
      await line.next('welcome')
      // Nobody says when it listens, so something is told until it is heard.
      let seq = 0
      const tell = setInterval(() => {
        const time = new Date().toISOString()
        const common = { class: 'P1', kind: 'denial', site: 'dairy', edge: 'edge-3', count: 1, text: 'denied' }
        const body = JSON.stringify({ id: nextEvent(Date.now()), time, first: time, last: time, ...common })
        line.send({ type: 'events', store: 'store-1', class: 'P1', events: [{ seq: ++seq, body }] })
      }, 300)
      const [said] = await first.finally(() => clearInterval(tell))
      assert.match(String(said), /^dairy\/edge-3/)
      line.end()
    } finally {
      child.kill('SIGTERM')
    }
  })
})
