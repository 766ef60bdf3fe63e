/** One who takes all that there is: the others still get theirs. */
import assert from 'node:assert/strict'
import type { ClientRequest } from 'node:http'
import { Agent, request } from 'node:https'
import { connect, type Socket } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { User } from '#schema/manager-api.ts'
import { password, type Started, startSetUp } from './manager/start.ts'
import { until } from './until.ts'

/** Sends the request; what is answered is not read. */
const statusOf = (call: ClientRequest): Promise<number> =>
  new Promise((resolve, reject) => {
    call.on('error', reject)
    call.once('response', ({ statusCode = 0 }) => resolve(statusCode))
    call.end()
  })

let one: Started
before(
  async () => void (one = await startSetUp({ limits: { requestMs: 30_000, perAddress: 10_000, perAccount: 10_000 } })),
)
after(() => one.end())

describe('connections', () => {
  const held: Socket[] = []
  const dial = (): void => {
    const socket = connect(one.manager.port, '127.0.0.1')
    socket.on('error', () => undefined)
    held.push(socket)
  }
  after(() => held.forEach((socket) => socket.destroy()))
  it('of one address leave room for those of another', async () => {
    for (let n = 0; n < 600; n++) dial()
    await until('what is too much is closed', () => held.filter(({ destroyed }) => destroyed).length >= 600 - 256)
    const agent = new Agent({ localAddress: '127.0.0.2' })
    const { port, ca } = one.manager
    const call = request({ host: '127.0.0.1', port, ca, servername: 'localhost', path: '/v1/health', agent })
    assert.equal(await statusOf(call), 200)
    agent.destroy()
    assert.ok(held.filter(({ destroyed }) => !destroyed).length <= 256)
    const line = one.log.find((text) => text.includes('connections of one address were closed'))
    assert.match(line ?? '', /"address":"127\.0\.0\.1"/)
    held.forEach((socket) => socket.destroy())
  })
})

describe('streams', () => {
  const agent = new Agent({ keepAlive: false })
  const open: { destroy(): void }[] = []
  after(() => open.forEach((call) => call.destroy()))
  /** @returns the status; a stream stays open and is not read */
  const follow = async (path: string, cookie: string): Promise<number> => {
    const { port, ca } = one.manager
    const call = request({ host: '127.0.0.1', port, ca, servername: 'localhost', path, agent, headers: { cookie } })
    open.push(call)
    return statusOf(call)
  }
  let ann: string
  let bob: string
  before(async () => {
    ann = await one.logIn('ann')
    const body = { name: 'bob', role: 'operator', password }
    User.parse((await one.send({ method: 'POST', path: '/v1/users', cookie: ann, body })).body)
    bob = await one.logIn('bob')
  })
  for (const path of ['/v1/events/stream', '/v1/events/follow'])
    it(`of one person leave room for those of another: ${path}`, async () => {
      const statuses: number[] = []
      for (let n = 0; n < 70 && statuses.at(-1) !== 429; n++) statuses.push(await follow(path, ann))
      assert.equal(statuses.at(-1), 429)
      assert.equal(await follow(path, bob), 200)
    })
})
