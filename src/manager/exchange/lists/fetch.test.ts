import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fetchList } from './fetch.ts'

const state = mkdtempSync(join(tmpdir(), 'lists-'))
mkdirSync(join(state, 'lists'))
after(() => rmSync(state, { recursive: true }))

const fetched = (content: string | Buffer, format: 'plain' | 'misp' = 'plain') => {
  writeFileSync(join(state, 'lists', 'list'), content)
  const wanted = { format, url: null, file: 'list', ca: null, authorization: undefined, mark: null }
  return fetchList(wanted, { state, ownPorts: [] })
}

describe('what takes the place of a plain list', () => {
  for (const [name, content] of [
    ['the page of a log-in', '<!doctype html>\n<form action=login>\n</form>\n'],
    ['a list in UTF-16', Buffer.from('203.0.113.7\n203.0.113.8\n', 'utf16le')],
    ['names', 'one.example\ntwo.example\n'],
    ['the whole world', '0.0.0.0/0\n'],
  ] as const)
    it(`is not ${name}`, () => assert.rejects(fetched(content), /None of its \d+ lines is an address/))
  for (const [name, content] of [
    ['an empty one', ''],
    ['one that holds nothing but remarks', '# nothing today\n'],
    ['one in which something is an address', 'x\n203.0.113.7\n'],
  ] as const)
    it(`is ${name}`, async () => assert.equal((await fetched(content))?.text, content))
})
it('a warning list of names alone is one', async () =>
  assert.equal((await fetched('{"list":["a.example"]}', 'misp'))?.read.skipped, 1))
