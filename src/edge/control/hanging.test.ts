/** A daemon that is stopped or hangs: the kernel still takes connections for it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '#core/errors.ts'
import { fakeOperations, memoryFeed } from '../../../test/fixtures/edge.ts'
import { callEdge, followEvents } from './client.ts'
import { serveControl } from './server.ts'

const folder = mkdtempSync(join(tmpdir(), 'control-hanging-'))
after(() => rmSync(folder, { recursive: true, force: true }))

describe('an edge that hangs is told after moments to whoever', () => {
  const path = join(folder, 'hanging.sock')
  const sockets = new Set<Socket>()
  let server: Server
  let heard = ''
  before(async () => {
    server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined).on('data', (part: Buffer) => (heard += part.toString()))
    })
    await new Promise<void>((resolve) => server.listen(path, resolve))
  })
  after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const options = { timeoutMs: 100 }
  const rows: readonly [who: string, ask: () => Promise<unknown>][] = [
    ['follows its events', () => followEvents(path, {}, options).next()],
    ['asks for something short', () => callEdge(path, 'permits', {}, options)],
    ['applies a policy', () => callEdge(path, 'apply', { name: 'x', file: Buffer.from('x'), by: 'x' }, options)],
  ]
  for (const [who, ask] of rows)
    it(who, async () => {
      await assert.rejects(ask(), (error) => {
        assert.ok(error instanceof Fault)
        assert.equal(error.code, 'edge-unreachable')
        assert.match(`${error.message} ${error.advice}`, /does not answer\. .*the kernel keeps enforcing.*Restart it/)
        return true
      })
    })
  it('and what takes long is not given to it', () => assert.ok(!heard.includes('/v1/apply')))
})

it('a follower that hears nothing for long is not told that the edge hangs', async (test) => {
  const socket = join(folder, 'quiet.sock')
  const feed = memoryFeed()
  const server = await serveControl({ socket, operations: fakeOperations().operations, events: feed })
  test.after(() => server.close())
  const following = followEvents(socket, {}, { timeoutMs: 200 })
  const next = following.next()
  await sleep(1000)
  feed.add({ kind: 'bypass-start' })
  const { value } = await next
  assert.equal(value?.kind, 'bypass-start')
  await following.return(undefined)
})

describe('where no daemon is, it is said what is there', () => {
  const plain = join(folder, 'plain')
  writeFileSync(plain, 'x')
  const rows: readonly [path: string, code: string, says: RegExp][] = [
    [plain, 'usage', /plain is no socket.*--socket/],
    [folder, 'usage', /is no socket/],
    [join(folder, 'none.sock'), 'edge-unreachable', /No edge answers at .*none\.sock/],
  ]
  for (const [path, code, says] of rows)
    it(`${code}: ${basename(path)}`, async () => {
      await assert.rejects(callEdge(path, 'permits', {}), (error) => {
        assert.ok(error instanceof Fault)
        assert.equal(error.code, code)
        assert.match(`${error.message} ${error.advice}`, says)
        return true
      })
    })
  it('the socket of a daemon that was killed', async () => {
    const path = join(folder, 'dead.sock')
    const listening = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
    spawnSync(process.execPath, ['-e', listening])
    await assert.rejects(callEdge(path, 'permits', {}), (error) => {
      assert.ok(error instanceof Fault)
      assert.match(`${error.message} ${error.advice}`, /its daemon has ended\. What the kernel enforced stays/)
      return true
    })
  })
})
