/** What a person without privileges is told who wants a bypass while no daemon answers. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', '--bounding-set=-all', '--']

for (const words of [['--for', '1m', '--reason', 'x'], ['--end']])
  it(`edge bypass ${words[0]} is two lines of ours, and none of a library`, () => {
    const line = [...nobody, process.execPath, main, 'edge', 'bypass', ...words, '--socket', '/nowhere.sock']
    const { status, stdout, stderr } = spawnSync('setpriv', line, { encoding: 'utf8', timeout: 60_000 })
    assert.deepEqual([status, stdout], [4, ''])
    assert.match(stderr, /^bulkhead: A bypass without the daemon needs root: [^\n]+\n[^\n]+\n$/)
  })
