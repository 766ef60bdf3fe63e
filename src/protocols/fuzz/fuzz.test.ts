/** Every codec under spoilt messages: some hundred conversations each, the same every time. `npm run fuzz` goes on from here. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { codecs } from '../codecs.ts'
import { goldens } from '../goldens.ts'
import { isProtocolName } from '../index.ts'
import { caseText, parseCase } from './case.ts'
import { Cases } from './cases.ts'
import { check } from './check.ts'
import { Random } from './random.ts'
import { repairs } from './repairs.ts'
import { shrink } from './shrink.ts'

const executions = 700
const seed = 20_260

for (const name of Object.keys(codecs).filter(isProtocolName)) {
  const codec = codecs[name]
  test(`${name} keeps its promises under ${executions} spoilt conversations`, () => {
    const random = new Random(seed)
    const cases = new Cases(codec, goldens[name], repairs[name])
    for (let count = 0; count < executions; count++) {
      const one = cases.next(random)
      const { problem } = check(codec, one)
      if (problem === undefined) continue
      const smallest = shrink(codec, one, problem.promise)
      assert.fail(
        `${problem.promise}: ${check(codec, smallest).problem?.detail}\n` +
          `npm run fuzz -- ${name} --repeat '${caseText(smallest)}'`,
      )
    }
  })
}

describe('a case', () => {
  test('is read as it was written', () => {
    const text = 'tcp,middle client,refuse,0001 server,pass,'
    const one = parseCase(text)
    assert.ok(one !== undefined)
    assert.equal(caseText(one), text.trim())
  })
  test('of another form is none', () => {
    for (const text of [
      '',
      'sctp,whole',
      'tcp,whole nobody,pass,00',
      'tcp,whole client,eat,00',
      'tcp,whole client,pass,0',
    ])
      assert.equal(parseCase(text), undefined, text)
  })
  test('comes again with its seed', () => {
    const [codec] = Object.values(codecs)
    const [rows] = Object.values(goldens)
    assert.ok(codec !== undefined && rows !== undefined)
    const texts = [1, 1, 2].map((each) => caseText(new Cases(codec, rows).next(new Random(each))))
    assert.equal(texts[0], texts[1])
    assert.notEqual(texts[0], texts[2])
  })
})
