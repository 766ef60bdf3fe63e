/** What a command loads before it does anything: time to a prompt, and every test that starts a process, pay for it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const small = fileURLToPath(new URL('../../examples/small.yaml', import.meta.url))

/** Writes the URL of every module that is asked for on standard error. */
const counter = `data:text/javascript,${encodeURIComponent(`
import { registerHooks } from 'node:module'
import { writeSync } from 'node:fs'
registerHooks({ load: (url, context, next) => (writeSync(2, 'loaded ' + url + '\\n'), next(url, context)) })
`)}`

/** Writes where every import leads that is left to Node: hooks that are registered later are asked before. */
const resolver = `data:text/javascript,${encodeURIComponent(`
import { registerHooks } from 'node:module'
import { writeSync } from 'node:fs'
registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context)
    writeSync(2, 'loaded ' + found.url + '\\n')
    return found
  },
})
`)}`

const loaded = (words: readonly string[], hooks = counter): string[] => {
  const { stderr } = spawnSync(process.execPath, [`--import=${hooks}`, main, ...words], { encoding: 'utf8' })
  return stderr.split('\n').flatMap((line) => (line.startsWith('loaded ') ? [line.slice('loaded '.length)] : []))
}

/** An import of it reads every export, and so loads undici as well. */
const http = 'node:http'
const languages = /\/zod\/.*\/locales\/(?!en\.)/
const yaml = /\/node_modules\/yaml\//
const centre = /\/node_modules\/(kysely|pg|fastify|nodemailer|@nats-io)\/|\/src\/manager\/(?!client|socket)/

/** What a daemon without a manager, decoys and receivers never needs, and what answers a question. */
const rooms =
  /\/node_modules\/(ws|ldapts|yaml)\/|\/src\/edge\/(sinks|verifier|link\/(?!keeper|place|risk|stored-policy)|decoys\/(?!late|hub|records|dhcp)|doctor|explain)|\/src\/policy\/(diff|explain)/

const rows: readonly {
  readonly name: string
  readonly words: readonly string[]
  /** Modules, those of Node included. */
  readonly most: number
  readonly never: readonly RegExp[]
}[] = [
  { name: 'the version', words: ['--version'], most: 32, never: [/\/zod\//] },
  { name: 'help of a group', words: ['policy', '--help'], most: 55, never: [/\/zod\//, yaml, /\/src\/policy\//] },
  {
    name: 'asking an edge',
    words: ['edge', 'status', '--socket', '/nowhere/edge.sock'],
    most: 110,
    never: [languages, yaml, /\/src\/(policy|protocols|linux)\//, /\/src\/schema\/(site|event|decoys)\.ts/],
  },
  {
    name: 'asking a manager',
    words: ['manager', 'status', '--state', '/nowhere'],
    most: 90,
    never: [languages, yaml, centre],
  },
  {
    name: 'checking a policy',
    words: ['policy', 'check', small],
    most: 185,
    never: [languages, yaml, /\/src\/(policy\/nft|inspect|discover|linux|edge)\//],
  },
  {
    name: 'a daemon, up to where it would touch something,',
    words: ['edge', 'run', '--policy', small, '--edge', 'nowhere'],
    most: 420,
    never: [languages, rooms],
  },
]

for (const { name, words, most, never } of rows)
  test(`${name} loads at most ${most} modules, and nothing that it does not use`, () => {
    const modules = loaded(words)
    assert.ok(modules.length > 20, 'modules are counted')
    assert.ok(modules.length <= most, `${modules.length} modules:\n${modules.join('\n')}`)
    for (const pattern of never)
      assert.deepEqual(
        modules.filter((url) => pattern.test(url)),
        [],
      )
    assert.ok(!modules.includes(http), `${http} is imported`)
  })

test('Node itself looks for the first two modules of ours and for packages by their names, and for nothing else', () => {
  const found = loaded(['edge', 'status', '--socket', '/nowhere/edge.sock'], resolver)
  const ours = fileURLToPath(new URL('../../', import.meta.url))
  const files = found.filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url).replace(ours, ''))
  assert.deepEqual(
    files.filter((file) => file.startsWith('src/')),
    ['src/cli/main.ts', 'src/schema/imports.ts'],
  )
  const zods = files.filter((file) => file.includes('node_modules/zod/'))
  assert.deepEqual(
    [...new Set(zods)].map((file) => file.replace(/.*node_modules/, '')),
    ['/zod/index.js'],
  )
})
