import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseList } from './parse.ts'
import { admitted } from './refresh.ts'

const networks = async (format: 'plain' | 'misp' | 'stix', text: string) =>
  (await parseList(format, text)).entries.map(({ network }) => network)

describe('a plain list', () => {
  for (const [name, text, found] of [
    ['of another line end', '203.0.113.7\r\n203.0.113.8\r\n', ['203.0.113.7/32', '203.0.113.8/32']],
    ['of a line end of old', '203.0.113.7\r203.0.113.8\r', ['203.0.113.7/32', '203.0.113.8/32']],
    ['behind a byte-order mark', '\uFEFF203.0.113.7\n', ['203.0.113.7/32']],
    [
      'with remarks',
      '# a\n203.0.113.7 # b\n203.0.113.8;c\n//d\n203.0.113.9,high,e',
      ['203.0.113.7/32', '203.0.113.8/32', '203.0.113.9/32'],
    ],
    ['with remarks of another line end', '# a\r\n203.0.113.7#b\r\n', ['203.0.113.7/32']],
    ['with one twice', '203.0.113.7\n203.0.113.7/32\n', ['203.0.113.7/32']],
    ['with host bits', '203.0.113.7/24\n', ['203.0.113.0/24']],
    ['with the whole world', '0.0.0.0/0\n::/0\n1.0.0.0/7\n', []],
    ['with markup', '<html>\n<body>203.0.113.7</body>', []],
    ['of nothing', '', []],
  ] as const)
    it(name, async () => assert.deepEqual(await networks('plain', text), found))
  it('of a line that is nothing but signs is read at once', async () => {
    const begun = performance.now()
    assert.deepEqual(await networks('plain', `${'#'.repeat(1_000_000)}\r1`), [])
    assert.ok(performance.now() - begun < 30_000)
  })
  it('of nothing but ends of lines lets others have their turn', async () => {
    let turns = 0
    const other = setInterval(() => turns++, 1)
    await networks('plain', '\n'.repeat(1_000_000))
    clearInterval(other)
    assert.ok(turns > 3, `${turns} turns`)
  })
  it('of more than it may have is refused whole', async () => {
    const lines = Array.from({ length: 200_001 }, (_, at) => `45.${at >> 16}.${(at >> 8) & 255}.${at & 255}`)
    await assert.rejects(parseList('plain', lines.join('\n')), /more than 200000/)
  })
})

for (const [format, text] of [
  ['misp', 'nonsense'],
  ['misp', '{}'],
  ['misp', '{"list":[1]}'],
  ['stix', '['],
  ['stix', 'null'],
  ['stix', '{"objects":1}'],
] as const)
  it(`${text} is no ${format} list`, () => assert.rejects(parseList(format, text), /is not a/))

it('the later version of an indicator wins, and a revoked one says nothing', async () => {
  const one = (id: string, ip: string, more: object = {}) => ({
    type: 'indicator',
    id,
    pattern: `[ipv4-addr:value = '${ip}']`,
    ...more,
  })
  const objects = [
    one('a', '203.0.113.1'),
    one('b', '203.0.113.2'),
    one('a', '203.0.113.3'),
    one('b', '203.0.113.2', { revoked: true }),
  ]
  const { entries, renewed } = await parseList('stix', JSON.stringify({ objects }))
  assert.deepEqual(
    entries.map(({ network, ref }) => [network, ref]),
    [['203.0.113.3/32', 'a']],
  )
  assert.deepEqual(renewed, ['a', 'b'])
})

describe('an indicator', () => {
  const read = (more: object) =>
    parseList(
      'stix',
      `\uFEFF${JSON.stringify({
        objects: [
          { type: 'malware', id: 'malware--1' },
          { type: 'indicator', id: 'indicator--1', pattern: "[ipv4-addr:value = '203.0.113.1']", ...more },
        ],
      })}`,
    )
  for (const [what, more] of [
    ['an id that no database stores', { id: 'indicator--\0' }],
    ['an id with half a character', { id: 'indicator--\uD800' }],
    ['an end that is no time', { valid_until: 'soon' }],
    ['no pattern', { pattern: 1 }],
  ] as const)
    it(`with ${what} is counted and left out`, async () =>
      assert.deepEqual(await read(more), { entries: [], skipped: 1, renewed: [] }))
  it('that ended before all times of a database is over', async () => {
    const { entries } = await read({ valid_until: '0000-01-01T00:00:00Z' })
    assert.deepEqual(entries, [{ network: '203.0.113.1/32', ref: 'indicator--1', until: 0 }])
  })
})

describe('what may be taken from a list', () => {
  const entries = ['203.0.113.7/32', '10.0.0.1/32', '198.51.100.0/24'].map((network) => ({ network, ref: '' }))
  const kept = async (role: 'threat' | 'veto', own: string[]) =>
    (await admitted(entries, role, own)).map(({ network }) => network)
  it('is nothing private', async () =>
    assert.deepEqual(await kept('threat', []), ['203.0.113.7/32', '198.51.100.0/24']))
  it('is nothing at all when a list of threats names us', async () => {
    await assert.rejects(kept('threat', ['198.51.100.9']), /our own networks: 1 of its entries/)
    await assert.rejects(kept('threat', ['10.0.0.0/16']), /our own networks/)
  })
  it('is the rest when a warning list names us', async () =>
    assert.deepEqual(await kept('veto', ['198.51.100.9']), ['203.0.113.7/32']))
})
