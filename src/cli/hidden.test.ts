import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const failure = new URL('failure.ts', import.meta.url).href
const script = `
  import { hideSecrets } from '${failure}'
  hideSecrets(process.argv.slice(1))
  console.log('hidden')
  process.stdin.resume()
`

/** What `ps` shows of a process with these words. */
const listed = async (words: readonly string[]): Promise<string> => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, '--', ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  const shown = readFileSync(`/proc/${child.pid ?? 0}/cmdline`, 'utf8')
    .replaceAll('\0', ' ')
    .trim()
  child.stdin.end()
  await once(child, 'exit')
  return shown
}

test('the list of processes has no token and no code', async () => {
  assert.equal(await listed(['edge', 'enrol', 'bhe_eyJ1c2VyIjox', '--edge', 'a']), 'bulkhead edge enrol bhe_… --edge a')
  assert.equal(
    await listed(['manager', 'setup', '--code', 'ABCD-EFGH-JKLM-NPQR-STUV']),
    'bulkhead manager setup --code …',
  )
})

test('and whole command lines where there is none', async () => {
  assert.match(await listed(['edge', 'run', '--edge', 'a']), /edge run --edge a$/)
})
