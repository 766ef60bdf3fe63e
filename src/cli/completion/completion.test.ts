import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { Argument, Option } from 'commander'
import { completionFor, type Shell } from '../completion.ts'
import { createRoot, createWholeProgram } from '../program.ts'

const program = createRoot()
const policy = program.command('policy').description("the site's policy")
policy
  .command('check')
  .description('check: every line')
  .argument('<file>', 'policy')
  .option('--edge <name>', 'one edge')
policy
  .command('compile')
  .description('compile')
  .argument('<file>', 'policy')
  .option('-o, --output <file>', 'where to')
  .addOption(new Option('--mode <mode>', 'mode').choices(['observe', 'enforce']))
program
  .command('completion')
  .description('completion')
  .addArgument(new Argument('<shell>', 'shell').choices(['bash', 'zsh']))
program.command('secret', { hidden: true }).description('not offered')

const directory = mkdtempSync(join(tmpdir(), 'bulkhead-completion-'))
after(() => rmSync(directory, { recursive: true }))
writeFileSync(join(directory, 'site.yaml'), '')
const script = (shell: Shell, from = program): string => {
  const path = join(directory, `bulkhead.${shell}`)
  writeFileSync(path, completionFor(shell, from))
  return path
}

const rows = [
  { typed: '', offered: ['policy', 'completion'] },
  { typed: 'pol', offered: ['policy'] },
  { typed: 'policy ', offered: ['check', 'compile'] },
  { typed: 'policy c', offered: ['check', 'compile'] },
  { typed: 'policy check --', offered: ['--edge', '--help', '--json', '--version'] },
  { typed: '--json policy che', offered: ['check'] },
  { typed: 'policy check si', offered: ['site.yaml'] },
  { typed: 'policy check --edge ', offered: [] },
  { typed: 'policy compile --mode ', offered: ['observe', 'enforce'] },
  { typed: 'policy compile --mode en', offered: ['enforce'] },
  { typed: 'policy compile -o si', offered: ['site.yaml'] },
  { typed: 'policy compile --output si', offered: ['site.yaml'] },
  { typed: 'completion ', offered: ['bash', 'zsh'] },
  { typed: 'sec', offered: [] },
]

const shell = (name: string, args: string[], env: NodeJS.ProcessEnv = {}) =>
  spawnSync(name, args, { encoding: 'utf8', cwd: directory, env: { ...process.env, ...env } })
const missing = (name: string): string | false =>
  shell('which', [name]).status === 0 ? false : `${name} is not installed`

describe('bash offers', () => {
  const path = script('bash')
  for (const { typed, offered } of rows)
    test(`${offered.join(', ') || 'nothing'} after "bulkhead ${typed}"`, () => {
      const words = ['bulkhead', ...typed.split(' ')]
      const ask = `source ${path}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _bulkhead; printf '%s\\n' "\${COMPREPLY[@]}"`
      const { stdout, stderr } = shell('bash', ['--norc', '-c', ask, 'bash', ...words])
      assert.equal(stderr, '')
      assert.deepEqual(stdout.split('\n').filter(Boolean).toSorted(), offered.toSorted())
    })
})

describe('fish offers', { skip: missing('fish') }, () => {
  const path = script('fish')
  for (const { typed, offered } of rows)
    test(`${offered.join(', ') || 'nothing'} after "bulkhead ${typed}"`, () => {
      const ask = `source ${path}; complete --do-complete 'bulkhead ${typed}'`
      const { stdout, stderr } = shell('fish', ['--no-config', '-c', ask])
      assert.equal(stderr, '')
      const words = stdout.split('\n').map((line) => line.split('\t')[0]!)
      assert.deepEqual(words.filter(Boolean).toSorted(), offered.toSorted())
    })
})

describe('zsh offers', { skip: missing('zsh') }, () => {
  const path = script('zsh')
  // The completion system runs only under a line editor: here its functions are stood in for by ones that print.
  const standIns = `
    compdef() { : }
    compadd() { shift; for item in $@; do [[ $item == $words[CURRENT]* ]] && print -r -- $item; done; true }
    _describe() { local at=$@[-1]; for item in \${(P)at}; do compadd -- \${item%%:*}; done; true }
    _files() { for item in *.yaml(N); do compadd -- $item; done; true }
    _message() { : }`
  for (const { typed, offered } of rows)
    test(`${offered.join(', ') || 'nothing'} after "bulkhead ${typed}"`, () => {
      const ask = `${standIns}\nsource ${path}; words=("$@"); CURRENT=$#; _bulkhead`
      const { stdout, stderr } = shell('zsh', ['-f', '-c', ask, 'zsh', 'bulkhead', ...typed.split(' ')])
      assert.equal(stderr, '')
      assert.deepEqual(stdout.split('\n').filter(Boolean).toSorted(), offered.toSorted())
    })
})

describe('the script of the whole program is accepted by', () => {
  for (const name of ['bash', 'zsh', 'fish'] as const)
    test(name, { skip: missing(name) }, async () => {
      const { status, stderr } = shell(name, ['-n', script(name, await createWholeProgram())])
      assert.equal(stderr, '')
      assert.equal(status, 0)
    })
})
