/** The plant that `npm start` brings up: its story holds, as root and without, and nothing of it is left. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Figures } from '#lab/figures.ts'

const bulkhead = fileURLToPath(new URL('../../bulkhead', import.meta.url))
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
/** ms; several times what a slow machine needs */
const patience = 400_000

/** Somebody without any privilege, who exists everywhere. */
const nobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'] as const
/** In a user namespace there is nobody else to become; then this whole test runs without privileges already. */
const becomes = spawnSync(nobody[0], [...nobody.slice(1), 'true']).status === 0

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Temporary files of everything that is started here; anybody may write there. Not below /run, of which a plant has its own. */
const temporary = mkdtempSync('/tmp/lab-')
after(() => rmSync(temporary, { recursive: true, force: true }))
chmodSync(temporary, 0o1777)

const start = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const child = spawn(argv[0] ?? '', argv.slice(1), {
    env: { ...process.env, TMPDIR: temporary, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const late = setTimeout(() => child.kill('SIGKILL'), patience)
  /** The first line on standard output. */
  const line = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', () => {
      const end = stdout.indexOf('\n')
      if (end >= 0) resolve(stdout.slice(0, end))
    })
    child.on('close', (code) => reject(new Error(`it ended with ${code} before it said a line: ${stderr}`)))
  })
  line.catch(() => undefined)
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => {
      clearTimeout(late)
      resolve({ code, stdout, stderr })
    })
  })
  return { child, ended, line, said: () => stdout }
}
const run = (...argv: readonly string[]): Promise<Ended> => start(argv).ended

/** Command lines of the plant's processes that live. */
const alive = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ')
        return /lab\/(devices|plant)\/|edge\/inspection\/|decoy\/host|edge run|fabric\/keeper|bulkhead-lab-/.test(words)
          ? [words]
          : []
      } catch {
        return []
      }
    })

const traces = (): string[] => [
  ...readdirSync('/run').map((name) => `/run/${name}`),
  ...readdirSync('/run/netns').map((name) => `/run/netns/${name}`),
  ...readdirSync(temporary),
  ...readdirSync('/sys/class/net').map((name) => `interface ${name}`),
]

/** Asks until it holds, for as long as a busy machine needs. */
const until = async (holds: () => boolean): Promise<boolean> => {
  for (const limit = performance.now() + 60_000; performance.now() < limit; await sleep(100)) if (holds()) return true
  return holds()
}
/** The keeper takes the folder away when the manager has ended, which is after all processes that are looked for. */
const leavesNothing = async (before: readonly string[]): Promise<void> => {
  // What a plant before this one left is that one's fault.
  const left = (): string[] => traces().filter((trace) => !before.includes(trace))
  await until(() => alive().length === 0 && left().length === 0)
  assert.deepEqual(alive(), [])
  assert.deepEqual(left(), [])
}

/** What the story has to come to, and the plant's figures at its end. */
const holds = (line: string): Figures => {
  const figures: Figures = JSON.parse(line)
  const failed = figures.chapters.flatMap(({ id, checks }) =>
    checks.filter(({ ok }) => !ok).map(({ text }) => `${id}: ${text}`),
  )
  assert.deepEqual(failed, [])
  assert.equal(figures.ok, true)
  assert.equal(figures.chapters.length, 16)
  assert.equal(figures.polls.lost, 0)
  assert.ok(
    figures.polls.sent > 200 && figures.polls.answered >= figures.polls.sent - 10,
    JSON.stringify(figures.polls),
  )
  assert.equal(figures.attack.delivered, 0)
  assert.ok(figures.attack.sent > 10_000)
  assert.equal(figures.containment.leaked, 0)
  assert.equal(figures.containment.contained, 9)
  assert.ok(figures.containment.orders > 100)
  assert.ok(figures.containment.orderMs > 0 && figures.containment.reportedMs > 0)
  assert.ok(figures.outage.sent > 0 && figures.outage.delivered === 0 && figures.outage.pollsLost === 0)
  const { standing: many, macs, contacts, moved, epoch, ...told } = figures.decoys
  assert.deepEqual(told, { delivered: 0, bruteForce: 1, compromised: 1 })
  assert.ok(many > 100 && macs <= 16 && contacts > 0 && moved > 0 && epoch === 1, JSON.stringify(figures.decoys))
  const { sites, enforced, desired, orderMs, downMs, backMs, caughtUpMs, events, ...nothing } = figures.fabric
  assert.deepEqual(nothing, { delivered: 0, missing: 0, twice: 0, pollsLost: 0 })
  assert.ok(sites === 2 && desired > 0 && enforced === desired && events > 0, JSON.stringify(figures.fabric))
  assert.ok(orderMs >= 0 && downMs > backMs && backMs > 0 && caughtUpMs > 0, JSON.stringify(figures.fabric))
  const { inspectorKill, ...commands } = figures.commands
  assert.deepEqual(commands, { permitted: 2, refused: 6, delivered: 0, sessionsLost: 0 })
  assert.ok(inspectorKill.packetsUninspected > 0 && inspectorKill.gapMs > 0, JSON.stringify(inspectorKill))
  assert.equal(inspectorKill.pollsLost + inspectorKill.reconnects, 0)
  return figures
}

const story = [bulkhead, 'lab', 'run', '--json', '--speed', '100'] as const

describe('the story', () => {
  test('told once, it holds, prints its figures as one JSON object and ends without a trace', async () => {
    const before = traces()
    const { code, stdout, stderr } = await run(...story, '--once')
    assert.equal(stdout.trim().split('\n').length, 1, `one line on standard output:\n${stdout}\n${stderr}`)
    holds(stdout)
    assert.equal(code, 0)
    await leavesNothing(before)
  })

  test('without any privilege it holds as well; its plant is entered from another terminal and ends with Ctrl-C without a trace', async () => {
    const before = traces()
    const who = becomes ? nobody : []
    const elsewhere = (...argv: readonly string[]) => run(...who, bulkhead, 'lab', ...argv)
    const plant = start([...who, ...story])
    try {
      const { root } = holds(await plant.line)
      if (becomes) assert.equal(root, false)
      const hosts = await elsewhere('hosts', '--json')
      assert.match(hosts.stdout, /"laptop"/, hosts.stderr)
      const address = await elsewhere('exec', 'laptop', '--', 'ip', '-o', 'address', 'show', 'dev', 'eth0')
      assert.match(address.stdout, /198\.18\.1\.18[01]/, address.stderr)
      const where = await elsewhere('exec', 'laptop', '--', 'pwd')
      assert.equal(where.stdout.trim(), process.cwd(), where.stderr)
      const status = await elsewhere('exec', 'hmi', '--', 'sh', '-c', 'exit 7')
      assert.equal(status.code, 7)
      const wrong = await elsewhere('exec', 'labtop', '--', 'true')
      assert.equal(wrong.code, 1)
      assert.match(wrong.stderr, /no machine `labtop`; did you mean `laptop`\?/)
    } finally {
      plant.child.kill('SIGINT')
    }
    assert.equal((await plant.ended).code, 0)
    await leavesNothing(before)
    const nobodyHome = await elsewhere('hosts')
    assert.equal(nobodyHome.code, 1)
    assert.match(nobodyHome.stderr, /No plant of yours is running\./)
  })
})

test('a plant that is killed while it stands leaves nothing behind', async () => {
  const before = traces()
  const plant = start([bulkhead, 'lab', 'run', '--speed', '100'])
  assert.equal(await until(() => plant.said().includes(' is up: ') || plant.child.exitCode !== null), true)
  plant.child.kill('SIGKILL')
  const { stdout, stderr } = await plant.ended
  assert.match(stdout, / is up: /, stderr)
  await leavesNothing(before)
})

test('what is not installed is named in one sentence, with the command that brings it', async () => {
  const { code, stderr } = await start([process.execPath, main, 'lab', 'run', '--once'], { PATH: '/nonexistent' }).ended
  assert.equal(code, 4)
  assert.match(
    stderr,
    /^bulkhead: The plant needs .*nmap.*, which are not installed\.\nInstall: apt-get install [^\n]*nmap[^\n]*\n$/,
  )
})

test('a machine that lets nobody make namespaces is told from a fault of ours', async () => {
  const folder = mkdtempSync(`${temporary}/bin-`)
  writeFileSync(
    `${folder}/unshare`,
    '#!/bin/sh\necho "unshare: unshare failed: Operation not permitted" >&2\nexit 1\n',
    { mode: 0o755 },
  )
  const { code, stderr } = await start([bulkhead, 'lab', 'run', '--once'], {
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
  }).ended
  rmSync(folder, { recursive: true })
  assert.equal(code, 4)
  assert.match(
    stderr,
    /does not let you make namespaces of your own: unshare: .*\nRun it as root, or allow user namespaces/,
  )
})

test('a speed that is none is refused before anything starts', async () => {
  const { code, stderr } = await run(bulkhead, 'lab', 'run', '--speed', 'fast')
  assert.equal(code, 2)
  assert.match(stderr, /0\.1 to 100/)
})
