import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomFrom } from '../random-plant.ts'
import { unifiedDiff } from './unified.ts'
import { processorMs } from '../../../../test/fixtures/processor.ts'

const names = ['old.yaml', 'new.yaml'] as const

/** Puts a unified diff onto the text it was made from, as patch does: every line it shows must be there. */
const patched = (old: string, diff: string): string => {
  const lines = old === '' ? [] : old.replace(/\n$/, '').split('\n')
  const result: string[] = []
  let at = 0
  for (const line of diff.replace(/\n$/, '').split('\n').slice(2)) {
    const hunk = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@$/.exec(line)
    if (hunk !== null) {
      const start = Number(hunk[1]) - (hunk[2] === '0' ? 0 : 1)
      result.push(...lines.slice(at, start))
      at = start
      continue
    }
    const text = line.slice(1)
    if (line[0] !== '+') assert.equal(lines[at++], text)
    if (line[0] !== '-') result.push(text)
  }
  return `${[...result, ...lines.slice(at)].join('\n')}\n`
}

const text = (lines: readonly string[]) => `${lines.join('\n')}\n`

test('the same text has no difference', () => {
  assert.equal(unifiedDiff('a\nb\n', 'a\nb\n', names), '')
})

test('a line that was added is shown with three lines around it', () => {
  const old = Array.from({ length: 20 }, (_, n) => `line ${n + 1}`)
  assert.equal(
    unifiedDiff(text(old), text(old.toSpliced(10, 0, 'new')), names),
    [
      '--- old.yaml',
      '+++ new.yaml',
      '@@ -8,6 +8,7 @@',
      ' line 8',
      ' line 9',
      ' line 10',
      '+new',
      ' line 11',
      ' line 12',
      ' line 13',
      '',
    ].join('\n'),
  )
})

test('the difference of any two texts makes the second of the first', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = randomFrom(seed)
    const line = () => `line ${random(6)}`
    const old = Array.from({ length: random(40) }, line)
    const now = old.flatMap((each) => (random(5) === 0 ? [] : random(5) === 0 ? [each, line()] : [each]))
    if (now.length === 0 || old.length === 0 || text(old) === text(now)) continue
    assert.equal(patched(text(old), unifiedDiff(text(old), text(now), names)), text(now), `seed ${seed}`)
  }
})

test('it is as short as it can be where lines repeat', () => {
  const diff = unifiedDiff(text(['a', 'b', 'c', 'a', 'b', 'b', 'a']), text(['c', 'b', 'a', 'b', 'a', 'c']), names)
  // Myers, 1986, figure 1: five edits.
  assert.equal(
    diff
      .split('\n')
      .slice(3)
      .filter((line) => /^[+-]/.test(line)).length,
    5,
  )
})

test('thousands of changes at once are shown as replaced, in time', () => {
  const old = Array.from({ length: 9000 }, (_, n) => `a${n}`)
  const now = Array.from({ length: 9000 }, (_, n) => `b${n}`)
  const begun = processorMs()
  const diff = unifiedDiff(text(old), text(now), names)
  assert.equal(patched(text(old), diff), text(now))
  assert.ok(processorMs() - begun < 20_000)
})
