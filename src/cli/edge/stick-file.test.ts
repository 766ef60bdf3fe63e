import assert from 'node:assert/strict'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { Fault } from '#core/errors.ts'
import { writeStick } from './stick-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'stick-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const head = { key: 'a'.repeat(64), signature: 'eA==', body: '{}' }
const end = JSON.stringify({ end: { head, lines: 2, events: 7 } })
async function* made(...lines: readonly string[]): AsyncGenerator<string> {
  yield* lines
}

describe('a file for a manager', () => {
  beforeEach(() => {
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
  })

  it('has its head first, is for its owner alone, and nothing else is left', async () => {
    const path = join(folder, 'up')
    const long = JSON.stringify({ type: 'events', x: 'x'.repeat(100_000) })
    const report = await writeStick(path, made(long, '{"type":"digest"}', end))
    assert.deepEqual(report, { path, lines: 2, events: 7, text: '7 events and 2 lines in all' })
    const one = JSON.stringify({ end: { head, lines: 1, events: 1 } })
    assert.equal((await writeStick(join(folder, 'one'), made('{}', one))).text, '1 event and 1 line in all')
    rmSync(join(folder, 'one'))
    assert.equal(readFileSync(path, 'utf8'), `${JSON.stringify(head)}\n${long}\n{"type":"digest"}\n`)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(folder), ['up'])
  })

  it('takes the place of a link, and leaves alone what the link leads to', async () => {
    const [path, target] = [join(folder, 'up'), join(folder, 'passwd')]
    writeFileSync(target, 'root')
    symlinkSync(target, path)
    await writeStick(path, made('{"type":"digest"}', end))
    assert.equal(readFileSync(target, 'utf8'), 'root')
    assert.match(readFileSync(path, 'utf8'), /digest/)
  })

  it('that ends too early leaves what was there', async () => {
    const path = join(folder, 'up')
    writeFileSync(path, 'earlier')
    await assert.rejects(
      writeStick(path, made('{"type":"digest"}')),
      (error) => error instanceof Fault && error.code === 'edge-unreachable',
    )
    assert.equal(readFileSync(path, 'utf8'), 'earlier')
    assert.deepEqual(readdirSync(folder), ['up'])
  })

  it('is refused with one sentence where it cannot be written', async () => {
    mkdirSync(join(folder, 'directory'))
    for (const path of [join(folder, 'directory'), join(folder, 'nowhere', 'up'), '/proc/up'])
      await assert.rejects(
        writeStick(path, made('{"type":"digest"}', end)),
        (error) => error instanceof Fault && error.code === 'file-unreadable' && error.message.includes(path),
      )
    assert.deepEqual(readdirSync(folder), ['directory'])
  })
})
