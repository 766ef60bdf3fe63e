import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import { openHub } from './hub.ts'
import { bitOf, newSession, type Session } from './session.ts'

const folder = mkdtempSync(join(tmpdir(), 'hub-'))
const path = join(folder, 's')
const server = createServer()
const sockets = new WebSocketServer({ server })
let ws: WebSocket
before(async () => {
  await once(server.listen(path), 'listening')
  ws = new WebSocket(`ws+unix:${path}:/`)
  await once(ws, 'open')
})
after(() => {
  ws.terminate()
  sockets.close()
  server.close()
  rmSync(folder, { recursive: true })
})

const edges = ['a/1', 'b/1', 'c/1', 'a/2', 'c/2']
/** @returns who was written to, in order */
const written = (scope: Parameters<ReturnType<typeof openHub>['spread']>[0]['scope'], body: object): string[] => {
  const hub = openHub({ orders: 0, permits: 0, risk: 0 }, () => undefined)
  const order: string[] = []
  for (const [id, name] of edges.entries()) {
    const [site = '', edge = ''] = name.split('/')
    const socket = new PassThrough()
    socket.on('data', () => undefined)
    const write = socket.write.bind(socket)
    socket.write = (chunk: unknown) => (order.push(name), write(chunk))
    const session: Session = newSession({ edge: { id, site, edge }, until: Infinity, enrolled: 0 }, ws, socket, 0)
    session.live = bitOf.orders
    hub.add(session)
  }
  hub.spread({
    stream: 'orders',
    revision: 1,
    scope,
    object: { key: 'k', signature: 's', body: JSON.stringify(body) },
  })
  return order
}

describe('an object goes', () => {
  const cause = (site: string) => ({ type: 'order', cause: { site, edge: '1', event: 'e', detected: 1 } })
  const fleet = { level: 'fleet' } as const
  for (const [name, scope, body, expected] of [
    ['to the site where its cause was seen first', fleet, cause('c'), ['c/1', 'c/2', 'a/1', 'a/2', 'b/1']],
    ['to everybody when its cause is of a site without a link', fleet, cause('x'), ['a/1', 'a/2', 'b/1', 'c/1', 'c/2']],
    ['to everybody when it has no cause', fleet, { type: 'order' }, ['a/1', 'a/2', 'b/1', 'c/1', 'c/2']],
    ['to its own site alone', { level: 'site', site: 'a' }, cause('c'), ['a/1', 'a/2']],
  ] as const)
    it(name, () => assert.deepEqual(written(scope, body), expected))
})
