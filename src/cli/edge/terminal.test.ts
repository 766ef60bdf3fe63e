/** Terminals of a switch cabinet: a serial line that does not know its size, and one that knows no escape sequences. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type ControlServer, serveControl } from '#edge/control/server.ts'
import { fakeOperations, memoryFeed } from '../../../test/fixtures/edge.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'edge-terminal-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const socket = join(folder, 'edge.sock')

describe('the live status', () => {
  let server: ControlServer
  before(async () => {
    const { operations } = fakeOperations()
    server = await serveControl({ socket, operations, events: memoryFeed() })
  })
  after(() => server.close())

  /** What script(1) shows until `enough`. */
  const shown = async (size: string, term: string, enough: RegExp): Promise<string | undefined> => {
    const words = [process.execPath, '--disable-warning=ExperimentalWarning', main, 'edge', 'status', '--watch']
    const line = `stty ${size}; exec ${words.map((word) => `'${word}'`).join(' ')}`
    const env = { ...process.env, BULKHEAD_SOCKET: socket, TERM: term }
    const child = spawn('script', ['-qec', line, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'ignore'] })
    const missing = await Promise.race([once(child, 'spawn').then(() => false), once(child, 'error').then(() => true)])
    if (missing) return undefined
    let out = ''
    const late = setTimeout(() => child.kill(), 30_000)
    child.stdout.on('data', (part: Buffer) => {
      out += part.toString()
      if (enough.test(out)) child.kill()
    })
    await once(child, 'close')
    clearTimeout(late)
    return out
  }

  it('fills a screen of usual size where the terminal does not know its own', async (test) => {
    const out = await shown('rows 0 cols 0', 'vt220', /CONDUIT/)
    if (out === undefined) return test.skip('there is no script(1)')
    assert.match(out, /ENFORCING[^]*CONTAINED[^]*CONDUIT/)
  })

  it('is written below the one before where the terminal draws nothing over', async (test) => {
    const out = await shown('rows 50 cols 80', 'dumb', /ENFORCING[^]*ENFORCING/)
    if (out === undefined) return test.skip('there is no script(1)')
    assert.match(out, /ENFORCING[^]*CONDUIT[^]*ENFORCING/)
    assert.ok(!out.includes('\u001B'), JSON.stringify(out.slice(0, 200)))
  })
})
