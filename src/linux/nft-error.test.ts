import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { describeNftError, parseNftError } from './nft-error.ts'

const given = 'add table inet x\nadd chain inet x fwd'

suite('what libnftables says', () => {
  const rows = [
    [
      'a syntax error names its line',
      'nft:2:18-20: Error: syntax error, unexpected fwd\nadd chain inet x fwd\n',
      'syntax',
      2,
    ],
    [
      'an unknown table is missing',
      'nft:1:11-14: Error: Could not process rule: No such file or directory\n',
      'missing',
      1,
    ],
    ['an existing element exists', 'nft:1:1-2: Error: Could not process rule: File exists\n', 'exists', 1],
    ['a set in use is busy', 'nft:1:1-2: Error: Could not process rule: Device or resource busy\n', 'busy', 1],
    [
      'a transaction beyond the socket buffer is too large',
      'netlink: Error: Could not process rule: Message too long\n',
      'too-large',
      undefined,
    ],
    [
      'a missing expression is unsupported',
      'nft:1:1-2: Error: Could not process rule: Operation not supported\n',
      'unsupported',
      1,
    ],
    ['another refusal is rejected', 'nft:1:1-2: Error: Could not process rule: Invalid argument\n', 'rejected', 1],
    [
      'a message without a position has no line',
      'Error: syntax error, unexpected fwd\nadd table\n',
      'syntax',
      undefined,
    ],
    ['silence is still an error', '', 'syntax', undefined],
  ] as const
  for (const [name, output, kind, line] of rows)
    test(name, () => {
      const error = parseNftError(output, given)
      assert.equal(error.kind, kind)
      assert.equal(error.line, line)
      assert.notEqual(error.message, '')
      assert.equal(error.text, line === undefined ? undefined : given.split('\n')[line - 1])
    })

  test('it becomes one sentence with the line and its text', () => {
    const error = parseNftError(rows[0][1], given)
    assert.equal(describeNftError(error), 'syntax error, unexpected fwd (line 2, column 18): add chain inet x fwd')
  })
})
