import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TallyReport } from '#lab/devices/tally.ts'
import { createWorld, type World } from './world/world.ts'

const options = {
  ports: ['plant', 'cell'],
  hosts: {
    plc: { port: 'cell', mac: '02:00:00:00:00:10', ip4: '198.18.1.10/24' },
    hmi: { port: 'plant', mac: '02:00:00:00:00:70', ip4: '198.18.1.70/24' },
  },
}

interface Row extends Partial<TallyReport> {
  readonly kind: string
}

/** A device at a host: its output as rows, stopped at the end of the test. */
const device = (world: World, host: string, program: string, ...args: string[]) => {
  const path = fileURLToPath(new URL(`../../lab/devices/${program}.ts`, import.meta.url))
  const child: ChildProcess = world.spawn(host, process.execPath, [path, ...args])
  const rows: Row[] = []
  let rest = ''
  let errors = ''
  child.stderr?.on('data', (bytes: Buffer) => (errors += String(bytes)))
  child.stdout?.on('data', (bytes: Buffer) => {
    const lines = (rest + String(bytes)).split('\n')
    rest = lines.pop() ?? ''
    rows.push(...lines.map((line): Row => JSON.parse(line)))
  })
  const closed = Promise.withResolvers<number | null>()
  child.once('close', closed.resolve)
  const row = async (kind: string, ms = 30_000): Promise<Row> => {
    for (const deadline = performance.now() + ms; performance.now() < deadline; await sleep(10)) {
      const one = rows.find((candidate) => candidate.kind === kind)
      if (one !== undefined) return one
    }
    throw new Error(`${program} printed no ${kind}: ${JSON.stringify(rows)} ${errors}`)
  }
  const stop = async () => {
    child.kill('SIGTERM')
    return { code: await closed.promise, errors }
  }
  return { rows, row, stop, closed: closed.promise }
}

/** Register values in what mbpoll prints. */
const values = (text: string) => [...text.matchAll(/^\[\d+\]:\s+(\d+)/gm)].map(([, value]) => Number(value))

test('a controller is polled across the edge, read by mbpoll, and both end cleanly', async () => {
  await using world = await createWorld(options)
  const plc = device(world, 'plc', 'plc', '--host', '198.18.1.10')
  await plc.row('listening')
  const hmi = device(world, 'hmi', 'poller', '--host', '198.18.1.10', '--rate', '50')
  await hmi.row('connected')
  const read = ['-m', 'tcp', '-a', '1', '-0', '-1', '-c', '4', '-t', '4', '-r', '0', '198.18.1.10']
  const first = await world.exec('hmi', 'mbpoll', read)
  assert.equal(first.code, 0, first.stderr)
  await sleep(1100)
  const second = await world.exec('hmi', 'mbpoll', read)
  assert.equal(values(first.stdout).length, 4)
  assert.notDeepEqual(values(first.stdout), values(second.stdout), 'process values move')
  const write = ['-m', 'tcp', '-a', '1', '-0', '-1', '-t', '4', '-r', '100', '198.18.1.10']
  assert.equal((await world.exec('hmi', 'mbpoll', [...write, '300'])).code, 0)
  const refused = await world.exec('hmi', 'mbpoll', [...write, '501'])
  assert.match(refused.stderr, /Illegal data value/)
  assert.deepEqual(await hmi.stop(), { code: 0, errors: '' })
  const total = await hmi.row('total')
  assert.ok((total.sent ?? 0) > 50 && total.answered === total.sent && total.lost === 0, JSON.stringify(total))
  assert.ok((total.rtt?.p99 ?? 1000) < 100, JSON.stringify(total))
  assert.deepEqual(await plc.stop(), { code: 0, errors: '' })
})

test('the poller counts what is never answered, keeps polling, and connects again when the controller is back', async () => {
  await using world = await createWorld(options)
  const plc = device(world, 'plc', 'plc', '--host', '198.18.1.10')
  await plc.row('listening')
  const hmi = device(world, 'hmi', 'poller', '--host', '198.18.1.10', '--rate', '50', '--timeout', '300')
  await hmi.row('polls')
  await world.exec('edge', 'ip', ['link', 'set', 'cell', 'down'])
  await hmi.row('lost')
  await world.exec('edge', 'ip', ['link', 'set', 'cell', 'up'])
  await plc.stop()
  const spare = device(world, 'plc', 'plc', '--host', '198.18.1.10')
  await spare.row('listening')
  for (const deadline = performance.now() + 30_000; performance.now() < deadline; await sleep(50))
    if ((hmi.rows.findLast(({ kind }) => kind === 'polls')?.reconnects ?? 0) > 0) break
  await sleep(1000)
  await hmi.stop()
  const { sent = 0, answered = 0, lost = 0, reconnects = 0, outstanding } = await hmi.row('total')
  assert.ok(
    lost >= 1 && reconnects >= 1 && sent === answered + lost && outstanding === 0,
    JSON.stringify({ sent, answered, lost, reconnects }),
  )
  await spare.stop()
})

test('polls over UDP are answered, and counted lost while the wire is cut', async () => {
  await using world = await createWorld(options)
  const drive = device(world, 'plc', 'udp-echo', '--host', '198.18.1.10')
  await drive.row('listening')
  const hmi = device(world, 'hmi', 'udp-poller', '--host', '198.18.1.10', '--rate', '200', '--timeout', '300')
  const before = await hmi.row('polls')
  assert.equal(before.lost, 0)
  await world.exec('edge', 'ip', ['link', 'set', 'cell', 'down'])
  await sleep(500)
  await world.exec('edge', 'ip', ['link', 'set', 'cell', 'up'])
  await sleep(1500)
  assert.deepEqual(await hmi.stop(), { code: 0, errors: '' })
  const { sent = 0, answered = 0, lost = 0, outstanding } = await hmi.row('total')
  assert.ok(
    lost > 50 && answered > 200 && outstanding === 0 && sent === answered + lost,
    JSON.stringify({ sent, answered, lost }),
  )
  assert.deepEqual(await drive.stop(), { code: 0, errors: '' })
})

test('a device started wrongly says so in one sentence', async () => {
  await using world = await createWorld(options)
  for (const [args, sentence] of [
    [[], /^--host is missing\./],
    [['--host', '198.18.1.10', '--port', 'x'], /^--port x: not a number\./],
    [['--speed', '9'], /^Unknown option '--speed'/],
    [['--host', '198.18.1.99'], /^Cannot serve on 198\.18\.1\.99 port 502: /],
  ] as const) {
    const wrong = device(world, 'plc', 'plc', ...args)
    const { code, errors } = { code: await wrong.closed, errors: (await wrong.stop()).errors }
    assert.notEqual(code, 0)
    assert.match(errors, sentence)
    assert.ok(!errors.includes('    at '), errors)
  }
})
