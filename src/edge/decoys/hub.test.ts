import assert from 'node:assert/strict'
import { it } from 'node:test'
import { hubOf } from './hub.ts'

it('decoys hang on the bridge by the name that it has now', () => {
  const edge = { plan: { bridge: 'br0', edge: 'cell-edge' } }
  const hub = hubOf(edge)
  edge.plan = { bridge: 'br-cell', edge: 'cell-edge' }
  assert.equal(hub.bridge, 'br-cell')
})
