/** A file that somebody names at the control socket is read with the rights of whoever names it, not with those of the daemon. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Cell, policyText } from './orders/cell.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const secret = 'a-word-that-root-alone-knows'
/** nobody, as a member of the group that owns the socket */
const member = { uid: 65_534, gid: 65_534 }

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

describe('a member of the group of the control socket', () => {
  let cell: Cell
  let folder: string
  const asMember = (program: string, words: readonly string[]): Promise<Ran> =>
    new Promise((resolve) => {
      const { uid, gid } = member
      const as = ['--reuid', String(uid), '--regid', String(gid), '--clear-groups', program, ...words]
      const options = { timeout: 60_000, env: { ...process.env, HOME: folder, BULKHEAD_SOCKET: cell.daemon.socket } }
      execFile('setpriv', as, options, (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err }),
      )
    })
  const bulkhead = (...words: string[]): Promise<Ran> =>
    asMember(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'edge', ...words])
  const asked = (operation: string, body: object): Promise<Ran> =>
    asMember('curl', [
      '-sS',
      '--max-time',
      '30',
      '--unix-socket',
      cell.daemon.socket,
      '--data-binary',
      JSON.stringify(body),
      `http://edge/v1/${operation}`,
    ])
  const file = (name: string, text: string, mode: number): string => {
    const path = join(folder, name)
    writeFileSync(path, text)
    chmodSync(path, mode)
    return path
  }
  /** kB that the daemon has had at most. */
  const peak = (): number =>
    Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${cell.daemon.pid}/status`, 'utf8'))?.[1] ?? Number.NaN)

  before(async () => {
    cell = await Cell.start('caller', policyText())
    folder = mkdtempSync(join(tmpdir(), 'caller-'))
    chmodSync(folder, 0o755)
    chownSync(cell.daemon.socket, -1, member.gid)
    chmodSync(dirname(cell.daemon.socket), 0o711)
  })
  after(() => cell.close())

  it('may ask, and learns nothing of a file of root', async () => {
    const path = file('root-only.yaml', `${secret}: 1\n`, 0o600)
    assert.equal((await asked('status', {})).code, 0)
    for (const [operation, body] of [
      ['apply', { path, by: 'x', 'dry-run': true }],
      ['apply', { name: path, by: 'x', 'dry-run': true }],
      ['import', { path, by: 'x' }],
    ] as const) {
      const { code, out } = await asked(operation, body)
      assert.equal(code, 0)
      assert.match(out, /"code":"usage"/, operation)
      assert.ok(!out.includes(secret), out)
    }
    for (const command of ['apply', 'import']) {
      const { code, out, err } = await bulkhead(command, path)
      assert.notEqual(code, 0)
      assert.match(err, /root-only\.yaml cannot be used: permission denied\./)
      assert.ok(!`${out}${err}`.includes(secret), err)
    }
  })

  it('makes the daemon read no file without an end', async () => {
    const earlier = peak()
    const { out } = await asked('apply', { path: '/dev/zero', by: 'x', 'dry-run': true })
    assert.match(out, /"code":"usage"/)
    for (const command of ['apply', 'import']) {
      const { code, err } = await bulkhead(command, '/dev/zero')
      assert.notEqual(code, 0)
      assert.match(err, /\/dev\/zero is longer than \d\d MB/)
    }
    assert.ok(peak() - earlier < 16_000, `${earlier} kB, then ${peak()} kB`)
  })

  it('is told file, line and column of what is wrong in a file that is theirs', async () => {
    const wrong = policyText().replace('timezone: UTC', 'timezone: UTC\nzoness: {}')
    const { code, err } = await bulkhead('apply', file('wrong.yaml', wrong, 0o644), '--dry-run')
    assert.equal(code, 3)
    assert.match(err, /wrong\.yaml:4:1/)
  })

  it('applies a policy longer than other requests may be', async () => {
    const long = `${policyText()}\n# ${'x'.repeat(300_000)}\n`
    const { code, out } = await bulkhead('apply', file('long.yaml', long, 0o644), '--yes', '--confirm-within', '10m')
    assert.equal(code, 0)
    assert.match(out, /is enforced as generation/)
    assert.equal((await cell.status()).plan.confirmed, false)
  })
})
