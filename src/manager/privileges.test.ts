import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isOnlyNamedRoot } from './privileges.ts'

describe('uid 0 is an ordinary user', () => {
  const rows: readonly [name: string, map: string, expected: boolean][] = [
    ['in a namespace of one person', '         0       1000          1\n', true],
    ['not on the machine itself', '         0          0 4294967295\n', false],
    ['not in a namespace that root made for itself', '         0          0          1\n', false],
    [
      'not where there are others to become',
      '         0       1000          1\n         1     100000      65536\n',
      false,
    ],
    ['not in a container with a range of its own', '         0     100000      65536\n', false],
    ['not where nothing is mapped', '\n', false],
  ]
  for (const [name, map, expected] of rows) test(name, () => assert.equal(isOnlyNamedRoot(map), expected))
})
