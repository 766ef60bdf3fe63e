import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parsePolicy } from '#policy/parse.ts'
import { commandLine } from '../../../test/fixtures/command-lines.ts'
import { capturesFolder, withoutCaptures } from '../../../test/fixtures/captures.ts'

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-cli-propose-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const bulkhead = (...words: readonly string[]) => commandLine(words)

const taken = join(folder, 'taken.yaml')
writeFileSync(taken, 'version: 1\n')

const mistakes: readonly (readonly [name: string, words: readonly string[], code: number, says: RegExp])[] = [
  ['there is no state', [join(folder, 'none')], 1, /Nothing was discovered in/],
  ['the file is there already', [folder, '-o', taken], 7, /is there already\.[^]*--against/],
  [
    'a port without zones',
    [folder, '--port', 'cell'],
    2,
    /--port takes a name and its zones, such as cell=control, not `cell`/,
  ],
  ['a name that policy does not take', [folder, '--site', 'My Site'], 2, /--site takes a name/],
  [
    'a new name for a policy that has one',
    [folder, '--against', taken, '--site', 'x'],
    2,
    /--site is for a new policy/,
  ],
]

describe('bulkhead propose: mistakes', () => {
  for (const [name, words, code, says] of mistakes)
    test(name, async () => {
      const result = await bulkhead('propose', ...words)
      assert.equal(result.code, code, result.err)
      assert.match(result.err, says)
      assert.equal(result.out, '')
      assert.equal(readFileSync(taken, 'utf8'), 'version: 1\n')
    })
})

describe('bulkhead propose: a capture of engineering', { skip: withoutCaptures() ?? false }, () => {
  const capture = join(capturesFolder, 'ITI-ICS-Security-Tools/pcaps/s7/step7_s300_download.pcapng')
  const state = join(folder, 'plant')
  const site = join(folder, 'site.yaml')

  test('from the capture to a policy that passes, and to nothing that is missing from it', async (context) => {
    if (!existsSync(capture)) {
      context.skip(`${capture} is not there`)
      return
    }
    assert.equal((await bulkhead('discover', capture, '-o', state)).code, 0)

    const printed = await bulkhead('propose', state)
    assert.equal(printed.code, 0, printed.err)
    assert.deepEqual(parsePolicy(printed.out).problems, [], 'standard output is the policy alone')
    assert.match(printed.err, /For decision: engineering[^]*download/)
    assert.match(printed.err, /program-download T0843: /)
    assert.match(printed.err, /Next\n {2}bulkhead propose .* -o site\.yaml/)

    const written = await bulkhead('propose', state, '-o', site)
    assert.equal(written.code, 0, written.err)
    assert.equal(written.err, '')
    assert.match(written.out, /1 conduit, .*\n/)
    assert.equal((await bulkhead('policy', 'check', site)).code, 0)
    assert.equal((await bulkhead('policy', 'test', site)).code, 0)
    const text = readFileSync(site, 'utf8')
    const allowed = parsePolicy(text).site?.conduits.flatMap(({ allow = [] }) => allow) ?? []
    const ops = allowed.map((entry) => (typeof entry === 'string' ? entry : entry.op))
    assert.ok(ops.length > 0)
    assert.ok(!ops.includes('request-download'))
    assert.match(text, /^ {2}# {4,}- (\{ op: )?request-download/m)

    const again = await bulkhead('propose', state, '--against', site, '-o', site)
    assert.equal(again.code, 0, again.err)
    assert.equal(readFileSync(site, 'utf8'), text)

    const json = await bulkhead('--json', 'propose', state)
    const value: unknown = JSON.parse(json.out)
    assert.ok(typeof value === 'object' && value !== null)
    for (const key of ['site', 'text', 'conduits', 'decisions', 'excluded', 'signs', 'questions', 'defects'])
      assert.ok(key in value, key)
    assert.equal(json.err, '')
  })
})
