/** Every room of the manager is asked from another machine in the same way: TLS, its authority, an API token. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { MadeToken, roles, scopeNames } from '#schema/manager-api.ts'
import { startWorld, type World } from './link/world.ts'
import { hello } from './link/edge.ts'
import { bulkhead } from './manager/cli.ts'
import { clientOf, password } from './manager/start.ts'
import { nextEvent } from './manager-orders/scene.ts'

let world: World
let far: string[] = []
before(async () => {
  world = await startWorld()
  const { manager, state } = world.one
  const client = clientOf({ port: manager.port, ca: manager.ca })
  await client.send({ method: 'POST', path: '/v1/setup', body: { code: manager.setup?.code, name: 'ann', password } })
  const allowed: readonly string[] = roles.admin
  const body = { name: 'robot', scopes: scopeNames.filter((scope) => allowed.includes(scope)) }
  const reply = await client.send({ method: 'POST', path: '/v1/me/tokens', cookie: await client.logIn('ann'), body })
  writeFileSync(join(state, 'token.txt'), `${MadeToken.parse(reply.body).secret}\n`)
  const where = ['--manager', `https://localhost:${manager.port}`, '--ca', join(state, 'ca.crt')]
  far = [...where, '--token-file', join(state, 'token.txt')]
})
after(() => world.end())

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
      const edge = await world.makeEdge('dairy', 'edge-1')
      const line = await edge.dial()
      line.send(hello())
      await line.next('welcome')
      // Nobody says when it listens, so something is told until it is heard.
      let seq = 0
      const tell = setInterval(() => {
        const time = new Date().toISOString()
        const common = { class: 'P1', kind: 'denial', site: 'dairy', edge: 'edge-1', count: 1, text: 'denied' }
        const body = JSON.stringify({ id: nextEvent(Date.now()), time, first: time, last: time, ...common })
        line.send({ type: 'events', store: 'store-1', class: 'P1', events: [{ seq: ++seq, body }] })
      }, 300)
      const [said] = await first.finally(() => clearInterval(tell))
      assert.match(String(said), /^dairy\/edge-1/)
      line.end()
    } finally {
      child.kill('SIGTERM')
    }
  })
})
