import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readFullYaml } from './full.ts'
import type { Marks } from './marks.ts'
import { readPlainYaml } from './plain.ts'

/** Values with the place of each, to compare two readers. */
const placed = (value: unknown, marks: Marks): unknown => {
  if (typeof value !== 'object' || value === null) return value
  const mark = marks.get(value)
  assert.ok(mark)
  return {
    start: mark.start,
    at: [...mark.at],
    keys: mark.keys,
    of: Object.entries(value).map(([key, inner]) => [key, placed(inner, marks)]),
  }
}

const agree = (text: string): 'plain' | 'full' => {
  const plain = readPlainYaml(text)
  if (plain === undefined) return 'full'
  const full = readFullYaml(text)
  assert.deepEqual(
    full.faults.toSorted((a, b) => a.offset - b.offset),
    plain.faults.toSorted((a, b) => a.offset - b.offset),
    JSON.stringify(text),
  )
  assert.deepEqual(placed(plain.value, plain.marks), placed(full.value, full.marks), JSON.stringify(text))
  return 'plain'
}

const documents: { name: string; text: string; reader?: 'full' }[] = [
  {
    name: 'a block mapping with scalars of every kind',
    text: 'a: 1\nb: text with spaces\nc: true\nd: ~\ne: 1.5\nf: -3\ng: on\nh: 2027-03-31\n',
  },
  { name: 'lists in the column of their key and deeper', text: 'a:\n- 1\n- 2\nb:\n  - x\n  - y: 1\n    z: 2\n' },
  {
    name: 'flow collections and quotes',
    text: `a: { b: [1, "2", '3''s'], c: "00:00:5e:00:01:0a", d: 00:1b:1b:aa:00:10 }\n"quoted key": x\n`,
  },
  { name: 'comments and blank lines', text: '# first\n\na: 1 # one\n  # inside\nb:   # nothing\n  c: x#y\n\n# last' },
  { name: 'an empty document', text: '' },
  { name: 'only comments', text: '# nothing\n' },
  { name: 'a key without a value at the end', text: 'a: 1\nb:' },
  { name: 'Windows line ends', text: 'a: 1\r\nb:\r\n  - x\r\n  - { c: d }\r\n\r\n' },
  { name: 'IPv6 addresses', text: 'a: [fd00:198:18::1, "::1"]\nb: fd00:198:18::/48\n' },
  { name: 'nested lists in one line', text: '- - 1\n  - 2\n- - 3\n' },
  { name: 'a key written twice', text: 'a: 1\nb: { c: 1, c: 2 }\na: 3\n' },
  { name: 'numbers and true as keys', text: '1: a\ntrue: b\n10: c\n2: d\n' },
  { name: 'a key named __proto__', text: '__proto__: { a: 1 }\n' },
  { name: 'anchors', text: 'a: &x 1\nb: *x\n', reader: 'full' },
  { name: 'text over two lines', text: 'a: one\n  two\n', reader: 'full' },
  { name: 'a flow list over two lines', text: 'a: [1,\n  2]\n', reader: 'full' },
  { name: 'block text', text: 'a: |\n  x\n', reader: 'full' },
  { name: 'a document marker', text: '---\na: 1\n', reader: 'full' },
  { name: 'an escape', text: 'a: "\\x41"\n', reader: 'full' },
]

describe('both YAML readers agree on', () => {
  for (const { name, text, reader = 'plain' } of documents) test(name, () => assert.equal(agree(text), reader))

  test('8,000 documents with random damage, whenever the plain one takes them', () => {
    const pieces = [
      ...'{}[]:,-#\'"&*|> \n\t~%@`!?.0xe1\r'.split(''),
      '\n  ',
      '\n- ',
      ': ',
      ' #',
      '---',
      '\n\n',
      '  ',
      '""',
      'a',
      '- - ',
      'true',
    ]
    let seed = 7
    const random = (below: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
      return Math.floor((seed / 2 ** 32) * below)
    }
    let plain = 0
    const rounds = process.env['BULKHEAD_TEST'] === 'long' ? 8000 : 3000
    for (let i = 0; i < rounds; i++) {
      let { text } = documents[random(documents.length)]!
      for (let changes = random(3) + 1; changes > 0; changes--) {
        const at = random(text.length + 1)
        text = text.slice(0, at) + pieces[random(pieces.length)]! + text.slice(at + random(3))
      }
      if (agree(text) === 'plain') plain++
    }
    assert.ok(plain > rounds / 10, `the plain reader took only ${plain}`)
  })
})

const hostile: { name: string; text: string; message: RegExp }[] = [
  {
    name: 'a billion laughs',
    text: [
      'a0: &a0 [x]',
      ...Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(', ')}]`),
    ].join('\n'),
    message: /more than \d+ values once its aliases are expanded/,
  },
  { name: 'an alias inside its own anchor', text: 'a: &a [*a]\n', message: /refers to itself/ },
  { name: 'brackets 100,000 deep', text: '['.repeat(100_000), message: /nested too deeply|nested deeper|bracket/ },
  { name: 'balanced brackets 200 deep', text: '['.repeat(200) + ']'.repeat(200), message: /nested deeper than 64/ },
  { name: 'lists 100,000 deep', text: '- '.repeat(100_000) + 'x', message: /nested/ },
  { name: 'a tab as indentation', text: 'a:\n\tb: 1\n', message: /tab is used for indentation/ },
  { name: 'an open quote', text: 'a: "x\nb: 1\n', message: /quote/ },
  { name: 'a key without its colon', text: 'a:\n  c x\n  d: 2\n', message: /a colon and a space behind it/ },
  { name: 'a line indented further', text: 'a: x\n  b: 1\n', message: /is .* the next line indented further/ },
  { name: 'a no-break space', text: 'a:\u00a0x\nb: 1\n', message: /^U\+00A0 stands here in place of a space/ },
  {
    name: 'an older YAML',
    text: '%YAML 1.1\n---\na: 0100\n',
    message: /says to be YAML 1\.1, .* a policy is YAML 1\.2/,
  },
  { name: 'a second document', text: 'a: 1\n---\nb: 1\n', message: /second document/ },
  { name: 'a collection as a key', text: '? [a]\n: 1\n', message: /key must be plain text/ },
]

describe('one clear fault for', () => {
  for (const { name, text, message } of hostile)
    test(name, () => {
      const { faults } = readPlainYaml(text) ?? readFullYaml(text)
      assert.match(faults[0]?.message ?? '', message)
    })
})

test('a line that goes on is told once, and so is each other colon too many', () => {
  const messages = (text: string) => readFullYaml(text).faults.map(({ message }) => message.slice(0, 14))
  assert.deepEqual(messages('a: x\n  b: 1\n'), ['a key must sta'])
  assert.deepEqual(messages('a: b: c\nd: e: f\n'), ['a second colon', 'a second colon'])
})

test('brackets nest only where they are brackets, and lists that stand side by side do not', () => {
  const many = '['.repeat(100)
  const text = `# ${many}\na: "${many}"\nb: x${many}\nc: |\n  ${many}\nd: [${'[], '.repeat(100)}]\ne:\n${'- - - x\n'.repeat(100)}f: &f 1\n`
  const { value, faults } = readFullYaml(text)
  assert.deepEqual(faults, [])
  assert.ok(typeof value === 'object' && value !== null && 'a' in value && 'c' in value)
  assert.deepEqual([value.a, value.c], [many, `${many}\n`])
})

test('what is nested too deeply is told with its place', () => {
  const { faults } = readFullYaml(`\u{feff}a: 1\nb: &b ${'['.repeat(80)}`)
  assert.deepEqual(
    faults.map(({ code, offset }) => [code, offset]),
    [['yaml-limit', 12 + 64]],
  )
})
