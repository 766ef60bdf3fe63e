import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startEdge, type Edge } from './trial.ts'

let edge: Edge
before(async () => {
  edge = await startEdge()
})
after(() => edge.close())

describe('bulkhead decoys', () => {
  const rows: readonly { words: readonly string[]; asks: readonly object[]; says: readonly RegExp[] }[] = [
    {
      words: ['list'],
      asks: [{ name: 'decoys' }],
      says: [
        /^2 decoys on edge cell-1, 1 withdrawn; epoch 12, moved .* ago, next movement in \d/,
        /decoy host running \(pid 4711, 80 MB\), 3 connections, 1 refused, 0 faults, 2 restarts/,
        // Who was touched stands first.
        /last contact\n198\.18\.1\.40 .* 2 +9 /,
        /EVIL·\[2J .*withdrawn, \d+d/,
        /fill +2 +5 +1 +40\.0 % +66\.7 % +0\.333 +0 +0/,
        /fill: 1 real hosts need 9 decoys, and 5 addresses are approved: approve 4 more/,
      ],
    },
    {
      words: ['show', 'plc-40'],
      asks: [{ name: 'decoys' }, { name: 'decoys-sessions', decoy: '198.18.1.40', limit: 50 }],
      says: [/^address +198\.18\.1\.40\n/, /contacts +2, 9 exchanges/, /s-1 .*198\.18\.0\.77 .*tcp\/23/],
    },
    {
      words: ['shuffle', '--now', '--reason', 'exercise'],
      asks: [{ name: 'decoys-shuffle', now: true, force: false, reason: 'exercise' }],
      says: [
        /^2 decoys moved, 3 became other devices where they stand; epoch 13 \(41 ms\)\.\nleft: {2}198\.18\.1\.38\nstand: 198\.18\.1\.42\n$/,
      ],
    },
    {
      words: ['return', '--all', '--reason', 'he is contained'],
      asks: [{ name: 'decoys-return', addresses: [], reason: 'he is contained' }],
      says: [
        /^Decoys may stand again at 1 address: 198\.18\.1\.41\n198\.18\.1\.43 stays withdrawn: somebody was heard there 12 s ago \(listen-for: 60 s\)\n$/,
      ],
    },
    {
      words: ['return', '198.18.1.41', '198.18.1.43', '--reason', 'gone'],
      asks: [{ name: 'decoys-return', addresses: ['198.18.1.41', '198.18.1.43'] }],
      says: [/^Decoys may stand again/],
    },
    {
      words: ['sessions', '--source', '198.18.0.77', '--limit', '7'],
      asks: [{ name: 'decoys-sessions', source: '198.18.0.77', limit: 7 }],
      says: [/s-1 .* 9s +198\.18\.0\.77 +198\.18\.1\.40 tcp\/23 .* 7 +100,007 +vendor-default/],
    },
    {
      words: ['replay', 's-1'],
      asks: [{ name: 'decoys-session', id: 's-1' }],
      says: [
        /the recording was cut at its limit; login: vendor-default/,
        / 0\.001 s {2}decoy {3}7 bytes\n {4}0000 {2}6c 6f 67 69 6e 3a 20 +login: \n/,
        / 0\.900 s {2}source {2}7 bytes\n {4}0000 {2}72 6f 6f 74 0d 0a 1b +root\.\.\.\n/,
      ],
    },
  ]
  for (const { words, asks, says } of rows)
    it(words.join(' '), async () => {
      edge.asked.length = 0
      const { code, out, err } = await edge.bulkhead(...words)
      assert.deepEqual([code, err], [0, ''])
      for (const [i, wanted] of asks.entries()) assert.partialDeepStrictEqual(edge.asked[i], wanted)
      assert.equal(edge.asked.length, asks.length)
      for (const pattern of says) assert.match(out, pattern)
      const json = await edge.bulkhead(...words, '--json')
      assert.equal(json.code, 0)
      JSON.parse(json.out)
    })

  const faults: readonly { words: readonly string[]; code: number; says: RegExp }[] = [
    { words: ['show', '198.18.1.49'], code: 1, says: /no decoy 198\.18\.1\.49; did you mean 198\.18\.1\.4/ },
    { words: ['replay', 's-9'], code: 1, says: /no such session/ },
    { words: ['list', '--socket', '/nowhere/none.sock'], code: 5, says: /No edge answers/ },
    { words: ['shuffle'], code: 2, says: /--reason/ },
    { words: ['return', '--reason', 'x'], code: 2, says: /Give the addresses .* or --all/ },
    { words: ['return', 'plc-9', '--reason', 'x'], code: 2, says: /plc-9/ },
    { words: ['sessions', '--limit', '0'], code: 2, says: /from 1 to/ },
    { words: ['plan', '--seed', 'abc'], code: 2, says: /64 hexadecimal/ },
    { words: ['plan', 'examples/small.yaml'], code: 1, says: /no decoys on edge `cabinet`/ },
    { words: ['plan', 'examples/small.yaml', '--edge', 'cabinett'], code: 2, says: /did you mean `cabinet`/ },
  ]
  for (const { words, code, says } of faults)
    it(`${words.slice(0, 3).join(' ')} says what is wrong`, async () => {
      const ran = await edge.bulkhead(...words)
      assert.match(ran.err, says)
      assert.equal(ran.code, code)
    })
})
