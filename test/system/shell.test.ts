/** The command as a person and a script meet it: the real launcher, real exit codes, a real terminal. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import * as z from 'zod'

const root = join(import.meta.dirname, '..', '..')
const launcher = join(root, 'bulkhead')
const place = mkdtempSync(join(tmpdir(), 'bulkhead-shell-'))
after(() => rmSync(place, { recursive: true }))

const run = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  spawnSync(command, args, { encoding: 'utf8', cwd: place, env: { ...process.env, XDG_STATE_HOME: place, ...env } })
const bulkhead = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => run(launcher, args, env)

const Failure = z.strictObject({
  error: z.strictObject({ code: z.string(), what: z.string(), advice: z.string(), details: z.array(z.string()) }),
})

const onTerminal = (env: NodeJS.ProcessEnv): string =>
  run('script', ['--quiet', '--command', `${launcher} nonsense`, '/dev/null'], { TERM: 'xterm', ...env }).stdout

/** The launcher in a directory of its own: a clone before `npm ci`. */
const copy = (): string => {
  const directory = mkdtempSync(join(place, 'copy-'))
  cpSync(launcher, join(directory, 'bulkhead'))
  return directory
}

/** A program called node that reports this version, and nothing else. */
const fakeNode = (version: string): string => {
  const directory = mkdtempSync(join(place, 'node-'))
  writeFileSync(join(directory, 'node'), `#!/bin/sh\n[ "$1" = --version ] && echo ${version} || echo "ran $*"\n`, {
    mode: 0o755,
  })
  return directory
}

describe('a wrong command line', () => {
  for (const { name, args, says, advises } of [
    {
      name: 'an unknown command',
      args: ['polcy'],
      says: /There is no command `polcy`; did you mean `policy`/,
      advises: [/`bulkhead --help`/],
    },
    { name: 'an unknown option', args: ['policy', '--nope'], says: /--nope/, advises: [/`bulkhead policy --help`/] },
    { name: 'a wrong choice', args: ['completion', 'tcsh'], says: /bash, zsh, fish/, advises: [/completion --help/] },
    {
      name: 'a missing argument',
      args: ['completion'],
      says: /shell/,
      advises: [/^For example: .*bulkhead completion bash/, /`bulkhead completion --help`/],
    },
    { name: 'an unknown help topic', args: ['help', 'me'], says: /help topic `me`/, advises: [/--help/] },
  ]) {
    test(`${name} is one sentence with advice on standard error, and exit code 2`, () => {
      const { status, stdout, stderr } = bulkhead(args)
      assert.equal(status, 2)
      assert.equal(stdout, '')
      const lines = stderr.trimEnd().split('\n')
      assert.equal(lines.length, 1 + advises.length, stderr)
      assert.match(lines[0]!, says)
      for (const [at, advice] of advises.entries()) assert.match(lines[at + 1]!, advice)
    })

    test(`${name} with --json is one object on standard output`, () => {
      const { status, stdout, stderr } = bulkhead([...args, '--json'])
      assert.equal(status, 2)
      assert.equal(stderr, '')
      const { error } = Failure.parse(JSON.parse(stdout))
      assert.equal(error.code, 'usage')
      assert.match(error.what, says)
    })
  }

  for (const { name, args } of [
    { name: 'bulkhead alone', args: [] },
    { name: 'a group alone', args: ['policy'] },
  ])
    test(`${name} shows its help, and exit code 2 says that nothing was done`, () => {
      const { status, stderr } = bulkhead(args)
      assert.equal(status, 2)
      assert.match(stderr, /^Usage: bulkhead/)
      assert.match(stderr, /Examples:/)
    })
})

describe('help', () => {
  for (const { name, args, shows } of [
    { name: 'of the whole', args: ['--help'], shows: /Commands:[^]*policy[^]*edge[^]*audit[^]*lab[^]*Examples:/ },
    { name: 'of a group', args: ['edge', '--help'], shows: /Usage: bulkhead edge[^]*--json[^]*Examples:/ },
    { name: 'of a group by word', args: ['help', 'policy'], shows: /Usage: bulkhead policy/ },
    { name: 'of the exit codes', args: ['help', 'exit-codes'], shows: /4 {2}this machine lacks[^]*privileges-missing/ },
  ])
    test(`${name} is on standard output`, () => {
      const { status, stdout, stderr } = bulkhead(args)
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' })
      assert.match(stdout, shows)
    })

  test('of the exit codes is an array with --json', () => {
    const rows = z
      .array(z.strictObject({ code: z.int(), name: z.string(), meaning: z.string(), errors: z.array(z.string()) }))
      .parse(JSON.parse(bulkhead(['help', 'exit-codes', '--json']).stdout))
    assert.equal(rows.find(({ code }) => code === 4)?.name, 'environment')
  })

  test('into a reader that goes away is no error', () => {
    const { stderr } = run('sh', ['-c', `{ sleep 0.3; ${launcher} completion fish; echo "code $?" >&2; } | true`])
    assert.equal(stderr, 'code 0\n')
  })
})

describe('colour', () => {
  test('is shown on a terminal', () => assert.ok(onTerminal({ NO_COLOR: '' }).includes('\u001b[')))
  test('is not shown where NO_COLOR is set', () => assert.ok(!onTerminal({ NO_COLOR: '1' }).includes('\u001b[')))
  test('is not shown in a pipe', () => assert.ok(!bulkhead(['nonsense'], { NO_COLOR: '' }).stderr.includes('\u001b[')))
})

describe('the launcher', () => {
  test('is found through links, relative and absolute, from anywhere', () => {
    symlinkSync(launcher, join(place, 'absolute'))
    mkdirSync(join(place, 'bin'))
    symlinkSync('../absolute', join(place, 'bin', 'bulkhead'))
    const { status, stdout } = run(join(place, 'bin', 'bulkhead'), ['--version'])
    assert.deepEqual({ status, version: stdout.trim() }, { status: 0, version: bulkhead(['--version']).stdout.trim() })
  })

  for (const { version, runs } of [
    { version: 'v20.19.0', runs: false },
    { version: 'v24.9.1', runs: false },
    { version: 'v24.11.0', runs: true },
    { version: 'v26.0.0', runs: true },
  ])
    test(`${runs ? 'uses' : 'refuses'} Node ${version} of the machine when npm has none`, () => {
      const directory = copy()
      mkdirSync(join(directory, 'node_modules', 'commander'), { recursive: true })
      const PATH = `${fakeNode(version)}:/usr/bin:/bin`
      const { status, stdout, stderr } = run(join(directory, 'bulkhead'), ['--version'], { PATH })
      if (runs) assert.match(stdout, /^ran .*src\/cli\/main\.ts --version/)
      else assert.match(stderr, /^bulkhead: Node 24\.11 or newer is not here yet\. Run `npm run setup`.*\n$/)
      assert.equal(status, runs ? 0 : 4)
    })

  test('in a fresh clone says what to run, in one line', () => {
    const { status, stdout, stderr } = run(join(copy(), 'bulkhead'), ['edge', 'status'])
    assert.deepEqual(
      { status, stdout, lines: stderr.trimEnd().split('\n').length },
      { status: 4, stdout: '', lines: 1 },
    )
  })
})
