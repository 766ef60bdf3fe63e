/** Changes as they happen, and those that a reader missed. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { addUser, type Started, startSetUp } from './manager/start.ts'

let one: Started
before(async () => void (one = await startSetUp()))
after(() => one.end())

/** Follows until so many changes came; resolves with their ids. */
const follow = (count: number, begun: () => void, lastId?: string): Promise<string[]> =>
  new Promise((resolve, reject) => {
    const headers = lastId === undefined ? {} : { 'last-event-id': lastId }
    const call = request({ socketPath: one.manager.socket, path: '/v1/events/stream', headers }, (response) => {
      let text = ''
      response.on('data', (part: Buffer) => {
        text += part.toString()
        if (text === ': connected\n\n') begun()
        const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => id!)
        if (ids.length < count) return
        call.destroy()
        resolve(ids)
      })
    })
    call.on('error', reject)
    call.end()
  })

describe('the stream', () => {
  it('sends a change when it happens', async () => {
    const ids = await follow(1, () => void addUser(one.state, 'bob'))
    assert.deepEqual(ids, ['2'])
  })
  it('resumes after the last one that was seen', async () => {
    await addUser(one.state, 'carol')
    assert.deepEqual(await follow(2, () => undefined, '1'), ['2', '3'])
  })
  it('is for those who are logged in', async () => {
    assert.equal((await one.send({ path: '/v1/events/stream' })).status, 401)
  })
})
