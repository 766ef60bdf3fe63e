import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { join, type Spans } from '../check/span.ts'
import { minus, subtract, type Box } from './box.ts'

const size = 8n
const tokens = ['*', 'read', 'write', 'write {"registers":1}']

/** A generator of numbers below a limit, the same in every run. */
const numbers = (seed: number) => (below: number) => {
  // oxlint-disable-next-line no-param-reassign -- the state of the generator
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((seed / 2 ** 32) * below)
}

const randomSpans = (random: (below: number) => number): Spans =>
  join(
    Array.from({ length: 1 + random(3) }, () => {
      const first = BigInt(random(Number(size)))
      return { first, last: first + BigInt(random(3)) }
    }),
  )

const randomBox = (random: (below: number) => number): Box => ({
  sources: randomSpans(random),
  targets: randomSpans(random),
  flows: randomSpans(random),
  tokens: new Set(tokens.filter(() => random(2) === 0)),
})

const has = (spans: Spans, value: bigint) => spans.some(({ first, last }) => value >= first && value <= last)
const within = (spans: Spans): bigint[] =>
  Array.from({ length: Number(size) + 3 }, (_, i) => BigInt(i)).filter((value) => has(spans, value))

/** Every point of a box as text: source, target, flow, token. */
const points = ({ sources, targets, flows, tokens: held }: Box): string[] =>
  within(sources).flatMap((source) =>
    within(targets).flatMap((target) =>
      within(flows).flatMap((flow) => [...held].map((token) => `${source} ${target} ${flow} ${token}`)),
    ),
  )

const permits = (box: Box, point: string): boolean => {
  const [source = '', target = '', flow = '', ...token] = point.split(' ')
  const name = token.join(' ')
  const held =
    box.tokens.has('*') || box.tokens.has(name) || (name.includes(' ') && box.tokens.has(name.split(' ')[0]!))
  return has(box.sources, BigInt(source)) && has(box.targets, BigInt(target)) && has(box.flows, BigInt(flow)) && held
}

const spans = (...pairs: readonly (readonly [number, number])[]) =>
  pairs.map(([first, last]) => ({ first: BigInt(first), last: BigInt(last) }))

describe('subtraction of boxes', () => {
  test('leaves exactly the points that the other does not permit, each once: 500 random pairs', () => {
    const random = numbers(11)
    for (let i = 0; i < 500; i++) {
      const [a, b] = [randomBox(random), randomBox(random)]
      const left = subtract(a, b).flatMap(points)
      const expected = points(a).filter((point) => !permits(b, point))
      assert.deepEqual(
        left.toSorted(),
        expected.toSorted(),
        JSON.stringify([a, b], (_, value: unknown) =>
          typeof value === 'bigint' ? Number(value) : value instanceof Set ? [...value] : value,
        ),
      )
    }
  })

  test('of spans leaves what is outside', () => {
    assert.deepEqual(
      minus(spans([0, 10], [20, 30]), spans([0, 0], [5, 6], [9, 22], [30, 40])),
      spans([1, 4], [7, 8], [23, 29]),
    )
    assert.deepEqual(minus(spans([3, 4]), spans([0, 9])), [])
    assert.deepEqual(minus(spans([3, 4]), []), spans([3, 4]))
  })
})
