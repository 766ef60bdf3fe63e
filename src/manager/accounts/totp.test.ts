import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { acceptedStep, base32, fromBase32, hotp, stepAt } from './totp.ts'

const key = Buffer.from('12345678901234567890')
const secret = base32(key)

describe('the codes of RFC 6238, appendix B, for SHA-1', () => {
  const rows: readonly [seconds: number, code: string][] = [
    [59, '94287082'],
    [1_111_111_109, '07081804'],
    [1_111_111_111, '14050471'],
    [1_234_567_890, '89005924'],
    [2_000_000_000, '69279037'],
    [20_000_000_000, '65353130'],
  ]
  for (const [seconds, code] of rows)
    it(`${code} at ${seconds} s`, () => assert.equal(hotp(key, stepAt(seconds * 1000), 8), code))
})

describe('base 32 as RFC 4648, 10, has it', () => {
  for (const [text, code] of [
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foobar', 'MZXW6YTBOI'],
  ] as const)
    it(text, () => {
      assert.equal(base32(Buffer.from(text)), code)
      assert.equal(fromBase32(code).toString(), text)
    })
})

describe('a code', () => {
  const now = 1_700_000_000_000
  const step = stepAt(now)
  const rows: readonly { name: string; code: string; last: number; expect: number | undefined }[] = [
    { name: 'of this step counts', code: hotp(key, step), last: 0, expect: step },
    { name: 'of the step before counts', code: hotp(key, step - 1), last: 0, expect: step - 1 },
    { name: 'of two steps before does not', code: hotp(key, step - 2), last: 0, expect: undefined },
    { name: 'that was taken does not', code: hotp(key, step), last: step, expect: undefined },
    { name: 'older than one that was taken does not', code: hotp(key, step - 1), last: step, expect: undefined },
    { name: 'that is empty does not', code: '', last: 0, expect: undefined },
    { name: 'with something behind it does not', code: `${hotp(key, step)}0`, last: 0, expect: undefined },
  ]
  for (const { name, code, last, expect } of rows)
    it(name, () => assert.equal(acceptedStep(secret, code, now, last), expect))
})
