import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { listVerifier } from '#edge/verifier/list.ts'

const folder = mkdtempSync(join(tmpdir(), 'decoys-hash-'))
after(() => rmSync(folder, { recursive: true, force: true }))

describe('bulkhead decoys hash', () => {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url))
  const words = ['--disable-warning=ExperimentalWarning', main, 'decoys', 'hash']
  const hash = (input: string, ...rest: readonly string[]) =>
    spawnSync(process.execPath, [...words, ...rest], { input, encoding: 'utf8', timeout: 60_000 })
  const isKnown = async (line: string, user: string, password: string): Promise<string> => {
    const file = join(folder, 'passwords.list')
    writeFileSync(file, line)
    return await listVerifier(file).verify(user, password)
  }

  it('prints a line by which the verifier knows the password, and nothing of it', async () => {
    const { status, stdout, stderr } = hash('hunter2\n', 'Ana:K')
    assert.deepEqual([status, stderr], [0, ''])
    assert.match(stdout, /^ana%3Ak:current:scrypt\$15\$\S+\n$/)
    assert.equal(await isKnown(stdout, 'ana:k', 'hunter2'), 'current')
    assert.equal(await isKnown(stdout, 'ana:k', 'hunter3'), 'wrong')
  })
  it('says old of what is old', async () => {
    const { line } = z.object({ line: z.string() }).parse(JSON.parse(hash('hunter2', 'ana', '--old', '--json').stdout))
    assert.equal(await isKnown(line, 'ana', 'hunter2'), 'old')
  })
  it(
    'shows nothing of what is typed at a terminal',
    { skip: existsSync('/usr/bin/script') ? false : 'no script' },
    async () => {
      const command = [process.execPath, ...words, 'ana'].map((word) => `'${word}'`).join(' ')
      const child = spawn('/usr/bin/script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
      let seen = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        seen += text
        if (/(Password|Again): $/.test(seen)) child.stdin.write('hunter2\r')
      })
      const late = setTimeout(() => child.kill('SIGKILL'), 60_000)
      const [code] = await once(child, 'close')
      clearTimeout(late)
      assert.equal(code, 0, seen)
      assert.ok(!seen.includes('hunter2'), seen)
      assert.equal(await isKnown(/^ana:.*$/m.exec(seen)?.[0] ?? '', 'ana', 'hunter2'), 'current')
    },
  )
  it('needs a password', () => {
    const { status, stderr } = hash('', 'ana')
    assert.equal(status, 2)
    assert.match(stderr, /No password was given/)
  })
})
