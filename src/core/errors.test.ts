import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { codeOf, Fault } from './errors.ts'

const thrownBy = (call: () => unknown): unknown => {
  try {
    return call()
  } catch (error) {
    return error
  }
}

for (const { name, thrown, expected } of [
  { name: 'the system', thrown: thrownBy(() => readFileSync('/nowhere/at/all')), expected: 'ENOENT' },
  { name: 'zlib', thrown: thrownBy(() => gunzipSync(Buffer.from([0x1f, 0x8b]))), expected: 'Z_BUF_ERROR' },
  { name: 'Bulkhead', thrown: new Fault('not-found', 'There is none.'), expected: 'not-found' },
  { name: 'nobody', thrown: new Error('of no kind'), expected: undefined },
  { name: 'a number', thrown: Object.assign(new Error('numbered'), { code: 7 }), expected: undefined },
  { name: 'what is no error', thrown: { code: 'ENOENT' }, expected: undefined },
])
  it(`an error named by ${name} is called ${expected ?? 'nothing'}`, () => assert.equal(codeOf(thrown), expected))
