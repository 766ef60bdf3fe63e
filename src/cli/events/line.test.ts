import assert from 'node:assert/strict'
import { it } from 'node:test'
import { FoundEvent } from '#schema/manager-events.ts'
import { Output } from '../output.ts'
import { printer } from './line.ts'

const time = '2026-11-21T10:00:00.000Z'
const found = (kind: string) =>
  FoundEvent.parse({
    event: {
      id: '01KAJ4A7000000000000000000',
      time,
      class: 'P0',
      kind,
      site: 'north',
      edge: 'cell-1',
      count: 1,
      first: time,
      last: time,
      text: 'a\nnorth/cell-1  2026-11-21  RELEASED\u2028\u001B[2J\u009B2J',
    },
    row: 1,
    received: time,
    intact: true,
  })

for (const kind of ['containment', 'of-a-later-version'])
  it(`an event of the kind ${kind} is one line, whatever its text says`, () => {
    const print = printer(new Output({ json: false, stdout: { write: () => true } }))
    const text = print(found(kind))
    assert.match(text, /^north\/cell-1 .* {2}a·north\/cell-1 {2}2026-11-21 {2}RELEASED··\[2J·2J$/)
  })
