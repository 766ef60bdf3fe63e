import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Fault } from '#core/errors.ts'
import { loadAtBoot } from './load.ts'

test('a state directory that is none is told by its name, and not made', async () => {
  const state = join(tmpdir(), `bulkhead-none-${process.pid}`)
  await assert.rejects(
    loadAtBoot({ state }),
    (error) => error instanceof Fault && error.code === 'not-found' && error.message.includes(state),
  )
  assert.equal(existsSync(state), false)
})
