import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { asker, type ReachOptions } from './reach.ts'

const folder = mkdtempSync(join(tmpdir(), 'reach-'))
after(() => rmSync(folder, { recursive: true }))
const token = join(folder, 'token')
writeFileSync(token, `bhk_${'x'.repeat(43)}\n`)
const empty = join(folder, 'empty')
writeFileSync(empty, '\n')
const manager = 'https://manager.example:8443'

describe('a manager cannot be reached', () => {
  const rows: readonly [name: string, options: Omit<ReachOptions, 'state'>, code: string][] = [
    ['without TLS', { manager: 'http://manager.example', tokenFile: token }, 'usage'],
    ['at no address', { manager: 'manager.example', tokenFile: token }, 'usage'],
    ['at a path', { manager: `${manager}/v1`, tokenFile: token }, 'usage'],
    ['with a password in its address', { manager: 'https://a:b@manager.example', tokenFile: token }, 'usage'],
    ['without a token', { manager }, 'usage'],
    ['with an empty token', { manager, tokenFile: empty }, 'usage'],
    ['with a token that is not there', { manager, tokenFile: join(folder, 'none') }, 'file-unreadable'],
    ['with an authority that is not there', { manager, tokenFile: token, ca: join(folder, 'none') }, 'file-unreadable'],
    ['with an authority that is no certificate', { manager, tokenFile: token, ca: token }, 'usage'],
  ]
  for (const [name, options, code] of rows)
    test(name, () => assert.rejects(asker({ state: folder, ...options }), { code }))
})
