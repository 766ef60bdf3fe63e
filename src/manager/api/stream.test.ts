import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { it } from 'node:test'
import { drained } from './stream.ts'

/** A reader that has taken nothing yet, and what makes it read. */
const reader = (): { response: Writable; read: () => void } => {
  let read = (): void => undefined
  const response = new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) => {
      read = done
    },
  })
  response.write('more than it takes at once')
  return { response, read: () => read() }
}

it('a reader that takes nothing is let go', async () => {
  const { response } = reader()
  await drained(response, new AbortController().signal, 1)
  assert.ok(response.destroyed)
})
it('one that reads goes on', async () => {
  const { response, read } = reader()
  setImmediate(read)
  await drained(response, new AbortController().signal)
  assert.ok(!response.destroyed && !response.writableNeedDrain)
})
it('one that is gone is not waited for', async () => {
  const { response } = reader()
  await drained(response, AbortSignal.abort())
  assert.ok(!response.destroyed)
})
