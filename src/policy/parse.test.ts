import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { maxBytes, parsePolicy } from './parse.ts'
import { inOrder } from './problem.ts'
import { countText, problemLines, sentence } from './report.ts'
import { processorMs } from '../../test/fixtures/processor.ts'

/** The rest of a document that is right, to put one mistake beside. */
const right = `version: 1
site: test
edges: { e: { bridge: br0, ports: { a: { zones: [office] }, b: { zones: [cell] } } } }
zones:
  office: { level: 3, networks: [198.18.0.0/24] }
  cell: { level: 1, networks: [198.18.1.0/24] }
`

const mistakes: { name: string; text: string; at: string; code: string; says: RegExp }[] = [
  {
    name: 'an unknown key at the top',
    text: `${right}conduit: []\n`,
    at: '7:1',
    code: 'unknown-key',
    says: /unknown key `conduit`.*did you mean `conduits`/,
  },
  {
    name: 'an unknown key of a conduit',
    text: `${right}conduits:\n  - { id: a, from: any, to: any, servise: modbus, service: modbus }\n`,
    at: '8:34',
    code: 'unknown-key',
    says: /unknown key `servise` in `conduits\[0\]`.*did you mean `service`/,
  },
  {
    name: 'a missing key',
    text: `${right}conduits:\n  - { id: a, from: any, to: any }\n`,
    at: '8:5',
    code: 'missing',
    says: /`service` is missing; expected text/,
  },
  {
    name: 'a missing section',
    text: 'version: 1\nsite: x\nzones: {}\n',
    at: '1:1',
    code: 'missing',
    says: /`edges` is missing/,
  },
  {
    name: 'a number where text of a form belongs',
    text: `${right}sensors:\n  - { id: a, counts: packets, over: 1, in: 10 }\n`,
    at: '8:44',
    code: 'wrong-type',
    says: /`in` is the number 10; expected a duration such as 30s, 10m, 1h or 2d/,
  },
  {
    name: 'a list where a name belongs',
    text: `${right}denies:\n  - { id: a, from: [office, cell], to: any, service: any }\n`,
    at: '8:20',
    code: 'wrong-type',
    says: /`from` is a list; make a group of these and name it; expected text/,
  },
  {
    name: 'a quoted number',
    text: right.replace('level: 1,', 'level: 1, vlan: "20",'),
    at: '6:27',
    code: 'wrong-type',
    says: /`vlan` is "20"; expected untagged or a number/,
  },
  {
    name: 'a quoted version',
    text: right.replace('version: 1', 'version: "1"'),
    at: '1:10',
    code: 'invalid-value',
    says: /`version` is "1"; expected 1$/,
  },
  {
    name: 'the one name that is none',
    text: `${right}assets:\n  __proto__: { ips: [198.18.0.1], zone: cell }\n`,
    at: '8:3',
    code: 'invalid-name',
    says: /`__proto__` cannot be a name/,
  },
  {
    name: 'a merge key',
    text: `${right}assets:\n  a: &a { ips: [198.18.0.1], zone: cell }\n  b: { <<: *a, ips: [198.18.0.2], zone: cell }\n`,
    at: '9:8',
    code: 'unknown-key',
    says: /merge keys \(`<<`\) are not taken; expected the fields themselves/,
  },
  {
    name: 'a number where text belongs',
    text: `${right}assets: { a: { ips: [198.18.0.1], zone: 7 } }\n`,
    at: '7:41',
    code: 'wrong-type',
    says: /`zone` is the number 7; put it in quotes; expected text/,
  },
  {
    name: 'one value where a list belongs',
    text: `${right}assets: { a: { ips: 198.18.0.1, zone: office } }\n`,
    at: '7:21',
    code: 'wrong-type',
    says: /`ips` is "198\.18\.0\.1"; expected a list/,
  },
  {
    name: 'a section left empty',
    text: `${right}conduits:\n`,
    at: '7:1',
    code: 'wrong-type',
    says: /`conduits` is nothing; expected a list/,
  },
  {
    name: 'a word that is not one of the choices',
    text: right.replace('level: 3,', 'level: 3, mode: enforced,'),
    at: '5:29',
    code: 'invalid-value',
    says: /`mode` is "enforced"; expected one of observe, shadow, enforce or contain; did you mean `enforce`/,
  },
  {
    name: 'an address that is none',
    text: `${right}assets: { a: { ips: [198.18.0.256], zone: office } }\n`,
    at: '7:22',
    code: 'invalid-value',
    says: /expected an IPv4 or IPv6 address/,
  },
  {
    name: 'an address with the interface of one host behind it',
    text: `${right}assets:\n  p: { ips: ["fe80::1%eth0"], zone: cell, kind: plc }\n`,
    at: '8:14',
    code: 'invalid-value',
    says: /is "fe80::1%eth0"; expected it without the part from `%` on, which names an interface of one host/,
  },
  {
    name: 'a day that does not exist',
    text: `${right}conduits:\n  - id: a\n    from: any\n    to: any\n    service: modbus\n    expires: 2027-02-30\n`,
    at: '12:14',
    code: 'invalid-value',
    says: /expected a date such as 2027-03-31/,
  },
  {
    name: 'a name with capitals',
    text: `${right}groups: { PLCs: { assets: [] } }\n`,
    at: '7:11',
    code: 'invalid-name',
    says: /`PLCs` cannot be a name here; expected a name of lower-case letters/,
  },
  {
    name: 'an entry of allow that is neither text nor a mapping',
    text: `${right}conduits:\n  - { id: a, from: any, to: any, service: modbus, allow: [read, 3] }\n`,
    at: '8:65',
    code: 'wrong-type',
    says: /`allow\[1\]` is the number 3; put it in quotes; expected text or a mapping/,
  },
  {
    name: 'a mapping in allow with a wrong part, told by that part alone',
    text: `${right}conduits:\n  - { id: a, from: any, to: any, service: modbus, allow: [{ op: write-single-register, step: much }] }\n`,
    at: '8:94',
    code: 'wrong-type',
    says: /`step` is "much"; expected a number/,
  },
  {
    name: 'a rate without a unit',
    text: `${right}conduits:\n  - { id: a, from: any, to: any, service: modbus, allow: [{ op: write-single-register, rate: "12" }] }\n`,
    at: '8:94',
    code: 'invalid-value',
    says: /expected a rate such as 12\/min/,
  },
  {
    name: 'a sensor that counts further than the kernel does',
    text: `${right}sensors:\n  - { id: s, counts: packets, over: 4294967296, in: 1d }\n`,
    at: '8:37',
    code: 'invalid-value',
    says: /`over` is the number 4294967296; expected a number not above 1000000000/,
  },
  {
    name: 'an edge with one port',
    text: right.replace(', b: { zones: [cell] }', ''),
    at: '3:35',
    code: 'invalid-value',
    says: /expected at least two ports/,
  },
  {
    name: 'a key written twice',
    text: `${right}site: again\n`,
    at: '7:1',
    code: 'duplicate-key',
    says: /key `site` is written twice/,
  },
  {
    name: 'an asset written twice',
    text: `${right}assets:\n  a: { ips: [198.18.0.1], zone: office }\n  a: { ips: [198.18.0.2], zone: office }\n`,
    at: '9:3',
    code: 'duplicate-key',
    says: /key `a` is written twice/,
  },
  {
    name: 'a tab as indentation',
    text: `${right}assets:\n\ta: 1\n`,
    at: '8:1',
    code: 'yaml-syntax',
    says: /tab is used for indentation/,
  },
  {
    name: 'a bracket left open in the line above',
    text: `${right}groups: { a: { assets: [] }\nconduits: []\n`,
    at: '8:1',
    code: 'yaml-syntax',
    says: /is a bracket or quote left open/,
  },
  {
    name: 'a name from another language',
    text: 'version: 1\nsite: "Füllung"\nedges: {}\nzones: {}\n',
    at: '2:7',
    code: 'invalid-value',
    says: /`site` is "Füllung"; expected a name/,
  },
]

const hostile: { name: string; document: string | Uint8Array; says: RegExp }[] = [
  { name: 'nothing', document: '', says: /the policy is empty; expected at least `version`/ },
  { name: 'only a comment', document: '# later\n', says: /the policy is empty/ },
  { name: 'one word', document: 'policy\n', says: /the document is "policy"; expected a mapping/ },
  {
    name: 'random bytes',
    document: Uint8Array.from({ length: 400 }, (_, i) => (i * 197) & 255),
    says: /not a text file/,
  },
  { name: 'a program', document: Buffer.from('7f454c4602010100', 'hex'), says: /not a text file/ },
  { name: 'UTF-16', document: Buffer.from('\ufeffversion: 1\n', 'utf16le'), says: /in UTF-16 .*: save it as UTF-8/ },
  {
    name: 'Latin-1',
    document: Buffer.from('version: 1\nsite: a # K\u00fchler\n', 'latin1'),
    says: /a character in line 2 is not in UTF-8 .*: save the file as UTF-8/,
  },
  { name: 'more than 20 MB', document: new Uint8Array(maxBytes + 1), says: /larger than 20 MB/ },
  {
    name: 'a billion laughs',
    document: [
      'a0: &a0 [x]',
      ...Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(', ')}]`),
    ].join('\n'),
    says: /more than \d+ values once its aliases are expanded/,
  },
  { name: 'an endless alias', document: 'site: &a { b: *a }\n', says: /refers to itself/ },
  { name: 'brackets without end', document: '['.repeat(200_000), says: /nested/ },
  { name: 'a megabyte of colons', document: ':'.repeat(1_000_000), says: /./ },
  {
    name: 'a key named __proto__',
    document: `${right}__proto__: { mode: contain }\n`,
    says: /unknown key `__proto__`/,
  },
]

describe('parse names the place and the remedy of', () => {
  for (const { name, text, at, code, says } of mistakes)
    test(name, () => {
      const { problems, site } = parsePolicy(text, 'site.yaml')
      const found = problems.map((problem) => `${problem.line}:${problem.column} ${problem.code} ${sentence(problem)}`)
      const problem = problems.find((each) => each.code === code && `${each.line}:${each.column}` === at)
      assert.ok(problem, found.join('\n'))
      assert.match(sentence(problem), says)
      assert.equal(site, undefined)
    })
})

describe('parse says one clear sentence about', () => {
  for (const { name, document, says } of hostile)
    test(name, () => {
      const { problems } = parsePolicy(document, 'site.yaml')
      assert.ok(problems.length >= 1)
      assert.match(sentence(problems[0]!), says)
      assert.doesNotMatch(sentence(problems[0]!), /\n|Error:| at \S+ \(/)
    })
})

test('a right document parses without problems', () => {
  const { site, problems } = parsePolicy(right)
  assert.deepEqual(problems, [])
  assert.equal(site?.zones['office']?.mode, 'observe')
})

test('every mistake of a document is found in one run', () => {
  const text = `${right.replace('version: 1', 'version: 3').replace('level: 1', 'level: 9')}conduits:\n  - { id: A, from: 1, to: x }\nextra: 1\n`
  const codes = parsePolicy(text).problems.map(({ line, code }) => `${line} ${code}`)
  assert.deepEqual(codes, [
    '1 invalid-value',
    '6 invalid-value',
    '8 missing',
    '8 invalid-value',
    '8 wrong-type',
    '9 unknown-key',
  ])
})

test('aliases are read as what they stand for', () => {
  const { site, problems } = parsePolicy(`${right}groups: { a: &a { networks: [198.18.0.0/25] }, b: *a }\n`)
  assert.deepEqual(problems, [])
  assert.deepEqual(site?.groups['b'], { networks: ['198.18.0.0/25'] })
})

test('a problem is printed with its line and a caret under the place', () => {
  const { problems, source } = parsePolicy(right.replace('level: 3', 'level: high'), 'site.yaml')
  assert.equal(
    problemLines(problems[0]!, source, { excerpt: true, colour: false }),
    [
      'site.yaml:5:20: error: `level` is "high"; expected a number [wrong-type]',
      '    office: { level: high, networks: [198.18.0.0/24] }',
      '                     ^',
    ].join('\n'),
  )
  assert.equal(countText(problems), '1 error')
})

test('control characters of a document do not reach the terminal', () => {
  const { problems, source } = parsePolicy(`${right}"\u009b31mred": 1\n`, 'site.yaml')
  const printed = problemLines(problems[0]!, source, { excerpt: true, colour: false })
  // oxlint-disable-next-line no-control-regex -- exactly these must not be there
  assert.doesNotMatch(printed, /[\0-\x09\x0b-\x1f\x7f-\x9f]/)
})

test('10,000 conduits parse in under two seconds', () => {
  const conduits = Array.from(
    { length: 10_000 },
    (_, i) =>
      `  - id: c-${i}\n    from: 198.18.0.${i % 250}\n    to: cell\n    service: modbus\n    allow:\n      - read\n      - { op: write-single-register, registers: 100-119 }\n    reason: number ${i}\n`,
  )
  const started = processorMs()
  const { site, problems } = parsePolicy(`${right}conduits:\n${conduits.join('')}`)
  const spent = processorMs() - started
  assert.deepEqual(problems, [])
  assert.equal(site?.conduits.length, 10_000)
  assert.ok(spent < 2000, `${spent} ms`)
})

test('problems of one place come in one order, whatever the language of the machine', () => {
  const at = { file: 'x', line: 1, column: 1, path: [], severity: 'error', message: '' } as const
  const codes = inOrder(['a', 'y', 'B', 'k'].map((code) => ({ ...at, code }))).map(({ code }) => code)
  assert.deepEqual(codes, ['B', 'a', 'k', 'y'])
})
