import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { startManager } from './run.ts'

const state = mkdtempSync(join(tmpdir(), 'bulkhead-run-'))
after(() => rmSync(state, { recursive: true }))

describe('a manager whose environment cannot be read starts nothing, and repeats no secret:', () => {
  const rows = {
    DATABASE_URL: { url: 'postgres://ann:hunter2#x@db/x' },
    NATS_URL: { nats: { url: 'nats://ann:hunter2%zz@198.51.100.4' } },
  }
  for (const [name, given] of Object.entries(rows))
    it(name, async () => {
      const port = { host: '127.0.0.1', port: 0 }
      const log = { write: () => undefined }
      await assert.rejects(
        startManager({ state, listen: port, link: port, hosts: ['localhost'], version: '0', log, ...given }),
        (error: Error) =>
          'code' in error &&
          error.code === 'usage' &&
          error.message.startsWith(name) &&
          !JSON.stringify(error).includes('hunter2'),
      )
      assert.equal(existsSync(join(state, 'postgres')), false)
    })
})
