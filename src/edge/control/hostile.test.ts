/** Whoever may use the control socket may use it badly: neither the memory of the daemon nor its life is theirs. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '#core/errors.ts'
import { fakeOperations, memoryFeed, sampleStatus } from '../../../test/fixtures/edge.ts'
import { bodyLimit } from './body.ts'
import { callEdge } from './client.ts'
import { type ControlOptions, serveControl } from './server.ts'

const folder = mkdtempSync(join(tmpdir(), 'control-hostile-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let count = 0

const served = async (test: TestContext, more: Partial<ControlOptions> = {}): Promise<string> => {
  const socket = join(folder, `edge-${count++}.sock`)
  const server = await serveControl({ socket, operations: fakeOperations().operations, events: memoryFeed(), ...more })
  test.after(() => server.close())
  return socket
}

const opened = async (test: TestContext, path: string): Promise<Socket> => {
  const socket = connect(path)
  socket.on('error', () => undefined)
  test.after(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** What comes back until the other end closes, or enough of it. */
const answerTo = async (test: TestContext, path: string, words: string): Promise<string> => {
  const socket = await opened(test, path)
  socket.setEncoding('utf8').write(words)
  let text = ''
  for await (const part of socket) {
    text += String(part)
    if (text.endsWith('}\n')) break
  }
  return text
}

const until = async (what: string, isSo: () => boolean): Promise<void> => {
  for (const began = performance.now(); !isSo(); await sleep(10))
    assert.ok(performance.now() - began < 30_000, `30 s, and not yet: ${what}`)
}

const post = (operation: string, body: string): string =>
  `POST /v1/${operation} HTTP/1.1\r\nhost: edge\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
/** A long answer: no buffer between two processes holds it. */
const long = { ...sampleStatus, alarms: Array.from({ length: 4000 }, () => 'x'.repeat(1000)) }

describe('a request', () => {
  for (const [name, address] of [
    ['an empty host', '//'],
    ['half a bracket', 'http://['],
    ['a port that is none', 'http://edge:x/v1/status'],
  ] as const)
    it(`whose address has ${name} is refused, and the next one is answered`, async (test) => {
      const path = await served(test)
      assert.match(await answerTo(test, path, `GET ${address} HTTP/1.1\r\nhost: edge\r\n\r\n`), /^HTTP\/1\.1 400 /)
      assert.equal((await callEdge(path, 'status', {})).edge, sampleStatus.edge)
    })

  it('that comes a thousand times at once in one connection is carried out once', async (test) => {
    let carried = 0
    const { operations } = fakeOperations({
      status: () => {
        carried++
        return Promise.resolve(long)
      },
    })
    const path = await served(test, { operations })
    const socket = await opened(test, path)
    socket.pause()
    socket.write(post('status', '{}').repeat(1000))
    await until('the first is carried out', () => carried > 0)
    await callEdge(path, 'permits', {})
    assert.equal(carried, 1)
  })
})

describe('whoever reads nothing', () => {
  const none = async function* (): AsyncGenerator<string> {
    for (;;) yield 'x'.repeat(1000)
  }
  const rows: readonly [what: string, words: string, more: Partial<ControlOptions>][] = [
    [
      'of an answer',
      post('status', '{}'),
      { operations: fakeOperations({ status: () => Promise.resolve(long) }).operations },
    ],
    ['of an export', 'GET /v1/export HTTP/1.1\r\nhost: edge\r\n\r\n', { exporting: none }],
  ]
  for (const [what, words, more] of rows)
    it(`${what} is let go`, async (test) => {
      const path = await served(test, { patienceMs: 100, ...more })
      const socket = await opened(test, path)
      socket.pause()
      socket.write(words)
      await sleep(2000)
      let bytes = 0
      socket.on('data', (part: Buffer) => (bytes += part.length))
      socket.resume()
      await once(socket, 'close')
      assert.ok(bytes < 2_000_000, `${bytes} bytes had waited`)
      assert.equal((await callEdge(path, 'permits', {})).length, 1)
    })
})

describe('an export', () => {
  it('whose reader goes away between two lines ends, and the daemon goes on', async (test) => {
    let more: (() => void) | undefined
    let ended = false
    const exporting = async function* (): AsyncGenerator<string> {
      try {
        yield 'a'
        await new Promise<void>((resolve) => (more = resolve))
        yield 'b'
        yield 'c'
      } finally {
        ended = true
      }
    }
    const path = await served(test, { exporting })
    const socket = await opened(test, path)
    socket.write('GET /v1/export HTTP/1.1\r\nhost: edge\r\n\r\n')
    await once(socket, 'data')
    socket.destroy()
    await callEdge(path, 'permits', {})
    await sleep(50)
    more?.()
    await until('the lines are let go', () => ended)
    await sleep(50)
    assert.equal((await callEdge(path, 'permits', {})).length, 1)
  })

  it('is refused while four are under way', async (test) => {
    const exporting = async function* (): AsyncGenerator<string> {
      yield 'a'
      await new Promise(() => undefined)
    }
    const path = await served(test, { exporting })
    for (let at = 0; at < 4; at++) {
      const socket = await opened(test, path)
      socket.write('GET /v1/export HTTP/1.1\r\nhost: edge\r\n\r\n')
      await once(socket, 'data')
    }
    const text = await answerTo(test, path, 'GET /v1/export HTTP/1.1\r\nhost: edge\r\n\r\n')
    assert.match(text, /4 files are exported already/)
  })
})

describe('a large file', () => {
  const file = Buffer.alloc(bodyLimit * 2, 0x20)
  it('is taken one at a time; a small one beside it is', async (test) => {
    let carryOn: (() => void) | undefined
    let first = true
    const sample = await fakeOperations().operations.apply({
      name: 'x',
      file,
      confirm: '60s',
      by: 'x',
      'dry-run': true,
    })
    const { operations } = fakeOperations({
      apply: async () => {
        if (first) {
          first = false
          await new Promise<void>((resolve) => (carryOn = resolve))
        }
        return sample
      },
    })
    const path = await served(test, { operations })
    const applying = callEdge(path, 'apply', { name: 'one', file, by: 'x' })
    await until('it is being applied', () => carryOn !== undefined)
    await assert.rejects(callEdge(path, 'apply', { name: 'two', file, by: 'x' }), (error) => {
      assert.ok(error instanceof Fault)
      assert.deepEqual([error.code, error.advice], ['edge-busy', 'Try again when it is done.'])
      return true
    })
    assert.deepEqual(await callEdge(path, 'apply', { name: 'three', file: Buffer.from('x'), by: 'x' }), sample)
    carryOn?.()
    assert.deepEqual(await applying, sample)
    assert.deepEqual(await callEdge(path, 'apply', { name: 'four', file, by: 'x' }), sample)
  })

  it('of more than its bytes is refused, and its sender gets to read why', async (test) => {
    const path = await served(test)
    await assert.rejects(
      callEdge(path, 'apply', { name: 'x', file: Buffer.alloc((20 << 20) + bodyLimit), by: 'x' }),
      /A request has at most/,
    )
  })

  it('where the operation takes none is none', async (test) => {
    const path = await served(test)
    assert.match(await answerTo(test, path, post('status', '{}\nmore')), /The request is not JSON/)
    assert.match(await answerTo(test, path, post('apply', '{"name":"x","by":"x"}')), /file: the bytes of the file/)
    assert.match(await answerTo(test, path, post('apply', '[]\nx')), /name: /)
  })
})
