/** The house keeps its own rules: the table of docs/architecture.md is what the linter enforces, pair by pair. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { after, describe, test } from 'node:test'
import * as z from 'zod'

const root = join(import.meta.dirname, '..', '..')
type Room = { name: string; folder: string; mayImport: readonly string[] }

/** Rows such as: | policy | `src/policy` | parse, check | core, protocols | */
const rooms: readonly Room[] = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter((cells) => cells.length === 6 && /^`(src\/)?[a-z]+`$/.test(cells[2]!))
  .map((cells) => ({
    name: cells[1]!,
    folder: cells[2]!.replaceAll('`', ''),
    mayImport: cells[4] === 'nothing of ours' ? [] : cells[4]!.split(', '),
  }))

const Report = z.object({
  diagnostics: z.array(z.object({ filename: z.string(), code: z.string(), help: z.string().optional() })),
})

const place = mkdtempSync(join(tmpdir(), 'bulkhead-house-'))
after(() => rmSync(place, { recursive: true }))
cpSync(join(root, '.oxlintrc.json'), join(place, '.oxlintrc.json'))

const write = (file: string, specifier: string): string => {
  mkdirSync(dirname(join(place, file)), { recursive: true })
  writeFileSync(join(place, file), `import { thing } from '${specifier}'\n\nexport const same = thing\n`)
  return file
}

type Case = { file: string; allowed: boolean; says: string }
const cases: Case[] = []
const expect = (file: string, specifier: string, allowed: boolean): void => {
  cases.push({
    file: write(file, specifier),
    allowed,
    says: `${file.split('/').slice(0, -1).join('/')} ${allowed ? 'may' : 'may not'} import ${specifier}`,
  })
}

for (const room of rooms)
  for (const other of rooms) {
    if (room === other) continue
    const allowed = room.mayImport.includes(other.name)
    const up = relative(join(root, room.folder, 'deep'), join(root, other.folder))
    expect(`${room.folder}/${other.name}-by-name.ts`, `#${other.name}/file.ts`, allowed)
    expect(`${room.folder}/deep/${other.name}-by-path.ts`, `${up}/file.ts`, allowed)
  }
for (const room of rooms) {
  for (const file of ['foreign.ts', 'foreign.test.ts']) expect(`${room.folder}/${file}`, 'koffi', room.name === 'linux')
  expect(`${room.folder}/deep/inside.ts`, '../file.ts', true)
}
for (const name of ['test', 'bench']) expect(`${name}/foreign.ts`, 'koffi', false)
for (const pure of ['core', 'packet', 'protocols', 'schema', 'inspect'])
  for (const specifier of ['node:fs', 'node:fs/promises', 'node:net', 'node:child_process']) {
    const file = `src/${pure}/${specifier.replaceAll(/\W/g, '-')}`
    expect(`${file}.ts`, specifier, false)
    expect(`${file}.test.ts`, specifier, true)
  }
expect('src/policy/socket.ts', 'node:net', false)
expect('src/policy/process.ts', 'node:child_process', false)
expect('src/policy/file.ts', 'node:fs', true)
expect('src/core/crypto.ts', 'node:crypto', false)

const { stdout } = spawnSync(join(root, 'node_modules/.bin/oxlint'), ['--format=json', '.'], {
  cwd: place,
  encoding: 'utf8',
})
const report = Report.parse(JSON.parse(stdout))
const refused = new Map(
  report.diagnostics
    .filter(({ code }) => code.includes('no-restricted-imports'))
    .map(({ filename, help }) => [relative(place, join(place, filename)), help ?? '']),
)

const wrong = ({ file, allowed }: Case): boolean => {
  const reason = refused.get(file)
  return allowed ? reason !== undefined : !/\w+ \w+ \w+/.test(reason ?? '')
}

describe('the linter refuses, each with its reason,', () => {
  for (const [folder, own] of Map.groupBy(cases, ({ file }) => /^(src\/)?[a-z]+/.exec(file)![0]))
    test(`exactly the imports that ${folder} may not have: ${own.filter(({ allowed }) => !allowed).length} tried`, () => {
      assert.ok(own.some(({ allowed }) => !allowed))
      assert.deepEqual(
        own.filter(wrong).map(({ says }) => says),
        [],
      )
    })
})

describe('the table of rooms', () => {
  test('has every folder of src, console and lab', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `src/${entry.name}`)
    for (const folder of [...folders, 'lab'])
      assert.ok(
        rooms.some((room) => room.folder === folder),
        `${folder} has no row in docs/architecture.md`,
      )
  })

  test('has edge, decoy, gateway and manager apart from each other', () => {
    const apart = ['edge', 'decoy', 'gateway', 'manager']
    for (const { name, mayImport } of rooms.filter((room) => apart.includes(room.name)))
      assert.deepEqual(
        mayImport.filter((other) => apart.includes(other)),
        [],
        name,
      )
  })

  test('has no circle', () => {
    const reach = (name: string, path: readonly string[] = []): void => {
      assert.ok(!path.includes(name), [...path, name].join(' → '))
      for (const next of rooms.find((room) => room.name === name)?.mayImport ?? []) reach(next, [...path, name])
    }
    for (const { name } of rooms) reach(name)
  })

  // The linter does not look into import('…').
  for (const room of rooms.filter(({ folder }) => existsSync(join(root, folder))))
    test(`holds for what ${room.name} imports while it runs`, () => {
      for (const file of globSync(`${room.folder}/**/*.ts`, { cwd: root }))
        for (const [, target] of readFileSync(join(root, file), 'utf8').matchAll(/import\(\s*'#(\w+)\//g))
          assert.ok(target === room.name || room.mayImport.includes(target!), `${file} imports ${target}`)
    })
})

// Nor does it see who asks for a module of Node without an import.
test('rooms that import nothing of Node ask for a module of it in the files that docs/architecture.md names', () => {
  const pure = ['core', 'packet', 'protocols', 'schema', 'inspect'].flatMap((room) =>
    globSync(`src/${room}/**/*.ts`, { cwd: root }),
  )
  assert.deepEqual(
    pure.filter((file) => readFileSync(join(root, file), 'utf8').includes('getBuiltinModule')).toSorted(),
    ['src/core/folders.ts', 'src/core/http.ts', 'src/core/whole-file.ts'],
  )
})

describe('the repository', () => {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8')

  test('names no registry in its lock file, so that any mirror can serve it', () => {
    assert.doesNotMatch(lock, /"resolved"/)
  })

  test('shows every promise by a system test that exists, each once', () => {
    const lines = readFileSync(join(root, 'test/promises.txt'), 'utf8').split('\n')
    const names = lines.filter((line) => line !== '' && !line.startsWith('#'))
    assert.deepEqual(
      names.filter((name) => !existsSync(join(root, `test/system/${name}.test.ts`))),
      [],
    )
    assert.equal(new Set(names).size, names.length, 'one is named twice')
    const shown = lines.filter((line, at) => line.startsWith('# ') && at > 1 && /^(#.*)?$/.test(lines[at + 1] ?? ''))
    assert.deepEqual(shown, [], 'a promise without a test')
  })

  test('brings Node for both architectures', () => {
    for (const arch of ['x64', 'arm64']) assert.ok(lock.includes(`"node_modules/node-linux-${arch}"`), arch)
  })
})
