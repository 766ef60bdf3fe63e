import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'

const folder = mkdtempSync(join(tmpdir(), 'secret-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const file = (name: string, text: string): string => (writeFileSync(join(folder, name), text), join(folder, name))

const secret = new URL('secret.ts', import.meta.url).href
/** Reads a code and a password as `manager setup` does, and prints what it got. */
const program = (code: string, password: string): string =>
  file(
    `${serial++}.ts`,
    `import { aPassword, secretReader } from '${secret}'
    const read = secretReader()
    try {
      const code = await read('${code}', { what: 'code', option: '--code-file' })
      console.log('got', JSON.stringify([code, await read('${password}', aPassword)]))
    } catch (error) { console.log(error.message) }`,
  )
let serial = 0

const node = `${process.execPath} --disable-warning=ExperimentalWarning`
/** @param say what is typed each time when something is asked for */
const run = async (words: readonly string[], say: readonly string[]) => {
  const child = spawn(words[0]!, words.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] })
  let text = ''
  const left = [...say]
  child.stdout.on('data', (part: Buffer) => {
    text += part.toString()
    if (part.includes(': ') && left.length > 0) child.stdin.write(left.shift()!)
  })
  const [code] = await once(child, 'exit')
  child.stdin.destroy()
  return { text, code: Number(code) }
}
/** In a terminal of its own (script(1) of util-linux). */
const atTerminal = (code: string, password: string, say: readonly string[]) =>
  run(['script', '-qec', `${node} ${program(code, password)}`, '/dev/null'], say)

const piped = async (code: string, password: string, text: string): Promise<string> => {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program(code, password)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(text)
  let out = ''
  child.stdout.on('data', (part: Buffer) => (out += part.toString()))
  await once(child, 'close')
  return out.trim()
}

describe('secrets are taken', () => {
  const rows: readonly { name: string; code: string; password: string; input: string; got: RegExp }[] = [
    {
      name: 'from two lines',
      code: '-',
      password: '-',
      input: 'AB-CD\r\nhunter 2\n',
      got: /got \["AB-CD","hunter 2"\]/,
    },
    { name: 'from a file and a line', code: file('c', 'AB\nx'), password: '-', input: 'pw', got: /got \["AB","pw"\]/ },
    { name: 'from a line and a file', code: '-', password: file('p', 'pw\n'), input: 'AB', got: /got \["AB","pw"\]/ },
    { name: 'only where they are', code: '-', password: '-', input: 'AB\n', got: /no password in the next line of st/ },
    {
      name: 'not from an empty line',
      code: '-',
      password: '-',
      input: '\nAB\n',
      got: /no code in the first line of st/,
    },
    {
      name: 'not from an empty file',
      code: file('e', ''),
      password: '-',
      input: 'AB\n',
      got: /no code in the .*\/e\.$/,
    },
  ]
  for (const { name, code, password, input, got } of rows)
    it(name, async () => assert.match(await piped(code, password, input), got))

  it('at a terminal, which asks and does not show them', async () => {
    const { text } = await atTerminal('-', '-', ['AB-CX\x7fD\r', 'hunter2\r'])
    assert.match(text, /The code: \r?\n.*The password: \r?\n/s)
    assert.match(text, /got \["AB-CD","hunter2"\]/)
    // Once where the program printed them, and nowhere before.
    assert.equal(text.split('hunter2').length, 2)
  })
  it('at a terminal, where Ctrl-D is none', async () =>
    assert.match((await atTerminal('-', '-', ['\x04'])).text, /There is no code/))
  it('at a terminal, where Ctrl-C ends the command', async () => {
    const { text, code } = await atTerminal('-', '-', ['\x03'])
    assert.equal(code, 130)
    assert.doesNotMatch(text, /got/)
  })
})
