import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { memoryOf } from './memory.ts'

const folder = mkdtempSync(join(tmpdir(), 'edge-memory-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** State directories of edges, and of others that keep something beside them. */
const machine = (name: string, edges: readonly string[], others: readonly string[]): string => {
  const root = join(folder, name)
  for (const one of [...edges, ...others]) mkdirSync(join(root, one), { recursive: true })
  for (const edge of edges) writeFileSync(join(root, edge, 'edge.db'), '')
  return root
}
const one = machine('one', ['cell-1-edge'], [])
const withManager = machine('with-manager', ['cell-1-edge'], ['manager', 'node'])
const managerAlone = machine('manager-alone', [], ['manager'])
const two = machine('two', ['cell-1-edge', 'cell-2-edge'], [])
const nowhere = { BULKHEAD_SOCKET: '/tmp/edge.sock' }

describe('the memory of the edge that is meant, with no daemon to ask,', () => {
  for (const [name, target, environment, root, expected] of [
    ['is that of the only edge', {}, nowhere, one, join(one, 'cell-1-edge')],
    ['is that of the only edge, with a manager beside it', {}, nowhere, withManager, join(withManager, 'cell-1-edge')],
    ['is never that of a manager', {}, nowhere, managerAlone, undefined],
    ['is unknown where there are two', {}, nowhere, two, undefined],
    ['is that of the edge that is named', { edge: 'cell-2-edge' }, nowhere, two, join(two, 'cell-2-edge')],
    ['follows from the socket', { socket: '/run/bulkhead/cell-2-edge.sock' }, nowhere, two, join(two, 'cell-2-edge')],
    [
      'follows from the socket of the environment',
      {},
      { BULKHEAD_SOCKET: '/run/bulkhead/cell-1-edge.sock' },
      two,
      join(two, 'cell-1-edge'),
    ],
    ['is the one that is given', { state: '/srv/edge', edge: 'cell-1-edge' }, nowhere, two, '/srv/edge'],
  ] as const)
    it(name, () => assert.equal(memoryOf(target, environment, root), expected))
})
