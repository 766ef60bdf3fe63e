import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { commandLine } from '../../test/fixtures/command-lines.ts'

describe('a wrong command line is one sentence of ours:', () => {
  for (const { name, words, says, advises } of [
    {
      name: 'a command that does not exist, with the nearest one',
      words: ['polcy'],
      says: 'There is no command `polcy`; did you mean `policy`?',
      advises: 'Run `bulkhead --help` to see what it takes.',
    },
    {
      name: 'an option that does not exist, with the nearest one',
      words: ['policy', 'check', '--strickt'],
      says: 'There is no option `--strickt` here; did you mean `--strict`?',
    },
    { name: 'an option far from any', words: ['policy', 'check', '--zz'], says: 'There is no option `--zz` here.' },
    {
      name: 'two options that exclude each other',
      words: ['permits', 'list', '--waiting', '--all'],
      says: '--waiting and --all exclude each other: give one of them.',
    },
    {
      name: 'a missing argument, with an example',
      words: ['edges', 'add', 'dairy'],
      says: '<edge> is missing.',
      advises: 'For example: bulkhead edges add dairy edge-1',
    },
    {
      name: 'a missing option, with an example',
      words: ['edge', 'contain', '198.18.1.40'],
      says: '--reason is missing.',
      advises: 'For example: bulkhead edge contain 198.18.1.40 --for 8h --reason "unknown laptop, ticket 4711"',
    },
    {
      name: 'all that is missing at once, in the order of the command line',
      words: ['edge', 'contain', '--for', '8h'],
      says: '<ip> and --reason are missing.',
      advises: 'For example: bulkhead edge contain 198.18.1.40 --for 8h --reason "unknown laptop, ticket 4711"',
    },
    { name: 'an option without its value', words: ['edge', 'bypass', '--for'], says: '--for needs a value.' },
    { name: 'too many arguments', words: ['policy', 'check', 'a', 'b'], says: '`check` takes 1, not: a, b.' },
    {
      name: 'a value that an option cannot have',
      words: ['edge', 'bypass', '--for', '30', '--reason', 'x'],
      says: '--for is `30`. It takes a duration such as 30s, 10m, 1h or 2d.',
    },
    {
      name: 'a reason that is longer than the record keeps',
      words: ['edge', 'bypass', '--for', '30m', '--reason', 'x'.repeat(612)],
      says: `--reason is \`${'x'.repeat(60)}…\`. It takes at most 500 characters, and this has 612: say the rest in a ticket, and name that.`,
    },
    {
      name: 'a reason without words',
      words: ['edge', 'contain', '198.18.1.40', '--reason', ''],
      says: '--reason is ``. It takes some words.',
    },
    {
      name: 'a value of the wrong sort',
      words: ['policy', 'rollback', 'site', '--reason', 'x', '--to', '0'],
      says: '--to is `0`. It takes a whole number from 1 on.',
    },
    {
      name: 'a value beside the choices of an option',
      words: ['simulate', '--modes', 'none'],
      says: '--modes is `none`. It takes one of enforced, as-written.',
    },
    {
      name: 'a value that an argument cannot have',
      words: ['orders', 'contain', 'zzz', '--reason', 'x'],
      says: '<ip> is `zzz`. It takes an address such as 198.18.1.10, not the name of an asset.',
    },
    {
      name: 'a value beside the choices of an argument',
      words: ['completion', 'tcsh'],
      says: '<shell> is `tcsh`. It takes one of bash, zsh, fish.',
    },
    {
      name: 'a value that would steer the terminal',
      words: ['edge', 'bypass', '--for', '\u001B[2Jx\u202E', '--reason', 'x'],
      says: '--for is `·[2Jx·`. It takes a duration such as 30s, 10m, 1h or 2d.',
    },
    {
      name: 'a value of several lines',
      words: ['edge', 'bypass', '--for', '1\n2', '--reason', 'x'],
      says: '--for is `1 2`. It takes a duration such as 30s, 10m, 1h or 2d.',
    },
  ])
    test(name, async () => {
      const { code, out, err } = await commandLine(words)
      const [sentence, ...advice] = err.trimEnd().split('\n')
      assert.deepEqual([code, out, sentence], [2, '', `bulkhead: ${says}`])
      assert.match(advice.at(-1) ?? '', /^Run `bulkhead .*--help` to see what it takes\.$/)
      assert.equal(advice.length, advises?.startsWith('For example') === true ? 2 : 1)
      if (advises !== undefined) assert.equal(advice[0], advises)
    })
})
