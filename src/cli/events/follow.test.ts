import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createServer } from '#core/http.ts'
import { commandLine } from '../../../test/fixtures/command-lines.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const state = mkdtempSync(join(tmpdir(), 'events-follow-'))
after(() => rmSync(state, { recursive: true, force: true }))

/** A manager that answers one request after the other like this. */
const manager = async (...answers: readonly ((response: ServerResponse) => void)[]) => {
  let at = 0
  const server = createServer((_request, response) => answers[Math.min(at++, answers.length - 1)]!(response))
  server.listen(join(state, 'manager.sock'))
  await once(server, 'listening')
  return { asked: () => at, close: () => (server.closeAllConnections(), server.close()) }
}
const follows = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.flushHeaders()
}

describe('events follow', () => {
  it('says what a manager that refuses says', async () => {
    const error = { code: 'usage', what: 'There is no class P9.', advice: 'Name another.', details: [] }
    const refusing = await manager((response) => response.writeHead(400).end(JSON.stringify({ error })))
    try {
      const { code, err } = await commandLine(['events', 'follow', '--state', state])
      assert.deepEqual([code, err], [2, 'bulkhead: There is no class P9.\nName another.\n'])
    } finally {
      refusing.close()
    }
  })

  it('says once that the manager is away, also when nothing was shown yet, and goes on', async () => {
    const ending = await manager(
      (response) => (follows(response), setTimeout(() => response.end(), 50)),
      (response) => response.destroy(),
      (response) => response.destroy(),
      follows,
    )
    const words = ['--disable-warning=ExperimentalWarning', main, 'events', 'follow', '--state', state]
    const child = spawn(process.execPath, words)
    let err = ''
    child.stderr.on('data', (part: Buffer) => (err += part.toString()))
    const ended = once(child, 'exit')
    try {
      while (ending.asked() < 4 && child.exitCode === null)
        await Promise.race([new Promise((resolve) => setTimeout(resolve, 50)), ended])
      assert.equal(err, 'The manager ended the connection. Edges decide alone meanwhile. Waiting for it.\n')
    } finally {
      child.kill()
      await ended
      ending.close()
    }
  })
})
