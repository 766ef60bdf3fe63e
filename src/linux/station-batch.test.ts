import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Fault } from '#core/errors.ts'
import { runBatch } from './station-batch.ts'

test('a command that a filter of system calls ended is told with the reason, which it could not say itself', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'batch-'))
  const before = process.env['PATH']
  writeFileSync(join(folder, 'ip'), '#!/bin/sh\nkill -s SYS $$\n')
  chmodSync(join(folder, 'ip'), 0o755)
  process.env['PATH'] = `${folder}:${before}`
  try {
    await assert.rejects(
      runBatch('ip', ['netns add x']),
      (error) =>
        error instanceof Fault && error.code === 'privileges-missing' && error.message.includes('SystemCallFilter'),
    )
  } finally {
    process.env['PATH'] = before
    rmSync(folder, { recursive: true })
  }
})
