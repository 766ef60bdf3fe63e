/** What the decoy host costs: under a flood of hostile connections against a server that only closes them, and for 1,000 decoys against one. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { limits } from '#decoy/host/limits.ts'
import { runIp } from '#linux/ip.ts'
import { close } from '#linux/libc.ts'
import { listenIn } from '#linux/namespace-sockets.ts'
import { pinProcess } from '#linux/process.ts'
import { dial } from '../test/system/decoy-host/client.ts'
import { floodScript } from '../test/system/decoy-host/flood.ts'
import { decoyAt, hostFlags, residentMb, startHost } from '../test/system/decoy-host/process.ts'
import { percentile, row, type Benchmark, type Row } from './row.ts'

const seconds = process.env['BULKHEAD_TEST'] === 'long' ? 60 : 12
const perSecond = 10_000
const ports = [7001, 7002, 7003, 7004]
const addresses = Array.from({ length: 50 }, (_, index) => `198.18.1.${index + 1}`)
const run = promisify(execFile)
/** Who starts this is pinned to the first CPU, and who floods is with him. */
const other = cpus().length > 1 ? [1] : [0]

let isLaid = false
/** Every address of 198.18.0.0/15 is one of this machine. */
const layGround = async (): Promise<void> => {
  if (!isLaid) await runIp(['route', 'add', 'local', '198.18.0.0/15', 'dev', 'lo'])
  isLaid = true
}

interface Flooded {
  /** Connections a second that were made. */
  readonly rate: number
  /** MB. */
  readonly resident: number
  /** ms until somebody else's connection had its first byte or its end. */
  readonly witness: number[]
}

/** Floods whoever listens, and has another client try five times a second. */
const flooded = async (pid: number, seed: number): Promise<Flooded> => {
  const count = perSecond * seconds
  const options = { to: addresses, ports, count, perSecond, sources: 250, seed }
  const flood = run(process.execPath, ['--disable-warning=ExperimentalWarning', floodScript, JSON.stringify(options)])
  const state = { isOver: false }
  void flood.finally(() => (state.isOver = true)).catch(() => {})
  const witness: number[] = []
  for (let turn = 0; !state.isOver; turn++) {
    const start = performance.now()
    const client = await dial(addresses[turn % 50] ?? '', 7002, `198.18.9.${(turn % 200) + 1}`)
    await client.heard(1, 10_000)
    client.socket.destroy()
    witness.push(performance.now() - start)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  const { stdout } = await flood
  const told: { made: number; seconds: number } = JSON.parse(stdout)
  return { rate: told.made / told.seconds, resident: residentMb(pid), witness }
}

const floor = async (): Promise<Flooded> => {
  const fds = ports.map((port) => listenIn(undefined, { host: '0.0.0.0', port, backlog: 4096 }))
  const script = fileURLToPath(new URL('accept-and-close.ts', import.meta.url))
  const words = ['--disable-warning=ExperimentalWarning', ...hostFlags, script, String(fds.length)]
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit', ...fds] })
  for (const fd of fds) close(fd)
  if (child.stdout === null || child.pid === undefined) throw new Error('the floor did not start')
  await once(child.stdout, 'data')
  pinProcess(child.pid, other)
  const measured = await flooded(child.pid, 1)
  child.kill('SIGKILL')
  await once(child, 'exit')
  return measured
}

const echoStation = (count: number) => ({
  id: 's1',
  persona: 'echo-box',
  ports: [...ports.map((port) => ['tcp', port] as const), ['udp', 7001] as const],
  decoys: Array.from({ length: count }, (_, index) => decoyAt(`198.18.${1 + (index >> 8)}.${index & 255}`)),
})

const flood = async (): Promise<Row> => {
  await layGround()
  const bare = await floor()
  await using host = await startHost({ stations: [echoStation(1000)], limits: { lag: limits.lag } })
  pinProcess(host.pid, other)
  const measured = await flooded(host.pid, 1)
  const { accepted, refused, faults } = await host.status()
  const p95 = percentile(measured.witness, 95)
  return row({
    name: 'decoy-host-flood',
    value: measured.resident,
    unit: 'MB resident',
    against: { name: 'accepts and closes', value: bare.resident },
    limit: `${seconds} s of 10,000 hostile connections/s: no fault, at most 300 MB, others answered or refused within 250 ms (p95)`,
    ok: faults === 0 && measured.resident <= 300 && p95 <= 250,
    details: {
      connectionsPerSecond: measured.rate,
      overFloorPerSecond: bare.rate,
      accepted,
      refused,
      faults,
      othersP50Ms: percentile(measured.witness, 50),
      othersP95Ms: p95,
      floorP50Ms: percentile(bare.witness, 50),
      floorP95Ms: percentile(bare.witness, 95),
    },
  })
}

/** Resident memory once each decoy was talked to: a greeting and an exchange. */
const residentWith = async (decoys: number): Promise<number> => {
  const station = echoStation(decoys)
  await using host = await startHost({ stations: [station], limits: { newPerSource: 100_000, newInAll: 100_000 } })
  // As many conversations with one as with a thousand: what differs is the decoys.
  for (let turn = 0; turn < 1000; turn++) {
    const { address } = station.decoys[turn % decoys] ?? { address: '' }
    const client = await dial(address, turn % 10 === 0 ? 7003 : 7002, `198.19.0.${(turn % 250) + 1}`)
    if (turn % 10 !== 0) await client.heard()
    client.socket.destroy()
  }
  await new Promise((resolve) => setTimeout(resolve, 1500))
  return residentMb(host.pid)
}

const memory = async (): Promise<Row> => {
  await layGround()
  const one = await residentWith(1)
  const thousand = await residentWith(1000)
  return row({
    name: 'decoy-host-memory',
    value: thousand,
    unit: 'MB resident',
    against: { name: 'one decoy', value: one },
    limit: '1,000 decoys in at most 30 MB more than one, 200 MB in all',
    ok: thousand - one <= 30 && thousand <= 200,
    details: { perDecoyKb: ((thousand - one) * 1024) / 999 },
  })
}

export const benchmark: Benchmark = {
  names: ['decoy-host-flood', 'decoy-host-memory'],
  run: async (names) => [
    ...(names.includes('decoy-host-flood') ? [await flood()] : []),
    ...(names.includes('decoy-host-memory') ? [await memory()] : []),
  ],
}
