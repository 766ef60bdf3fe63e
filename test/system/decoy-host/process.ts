/** A decoy host in the way an edge starts one: without privileges, in an empty network, with sockets that were opened for it. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { close } from '#linux/libc.ts'
import { bindUdpIn, listenIn } from '#linux/namespace-sockets.ts'
import { nodeFlags } from '#edge/node-flags.ts'
import type { Limits } from '#decoy/host/limits.ts'
import type { Budget } from '#schema/decoys.ts'
import { HostReport, lineLimit, type DecoyPlace, type HostOrder } from '#schema/decoy-host.ts'

const folder = new URL('./', import.meta.url)
const echoHost = fileURLToPath(new URL('echo.ts', folder))
export const realHost = fileURLToPath(new URL('../../../src/decoy/host.ts', folder))

/** Without the second, what is young takes 128 MB under load. */
export const hostFlags = [...nodeFlags, '--max-old-space-size=128', '--max-semi-space-size=4']

export const decoyAt = (address: string, budget: Budget = 'observe'): DecoyPlace => {
  const last = Number(address.split('.').at(-1)) + 256 * Number(address.split('.').at(-2))
  const name = `BOX-${String(last).padStart(5, '0')}`
  return {
    address,
    mac: '00:1b:1b:00:00:01',
    name,
    serial: `E${100_000 + last}`,
    serialNumber: last + 1,
    seed: last,
    budget,
  }
}

/** A test computes beside the host, and makes it compute; what it does not mean must not refuse its clients. */
const unhurried: Partial<Limits> = { lag: 60_000 }

export interface StationGiven {
  readonly id: string
  readonly persona: string
  /** Where its sockets are opened; here when absent. */
  readonly namespace?: string
  readonly ports: readonly (readonly ['tcp' | 'udp', number])[]
  readonly decoys: readonly DecoyPlace[]
}
type Kind = HostReport['type']
export type Report<K extends Kind> = Extract<HostReport, { type: K }>

export interface HostProcess extends AsyncDisposable {
  readonly pid: number
  readonly reports: readonly HostReport[]
  /** Text of standard error. */
  log(): string
  order(order: HostOrder): void
  /** A line as it is. */
  raw(line: string): void
  of<K extends Kind>(type: K): Report<K>[]
  /** The first report of a kind that fits, once it is there. */
  until<K extends Kind>(type: K, fits?: (report: Report<K>) => boolean, ms?: number): Promise<Report<K>>
  /** A fresh status. */
  status(): Promise<Report<'status'>>
  /** Stops reading reports, or goes on. */
  listen(on: boolean): void
  /** Closes standard input. @returns code and signal of its end */
  end(): Promise<unknown[]>
  readonly ended: Promise<unknown[]>
}

export interface HostOptions {
  readonly script?: string
  readonly limits?: Partial<Limits>
  readonly stations: readonly StationGiven[]
  readonly begin?: Partial<Extract<HostOrder, { type: 'begin' }>>
  /** Leaves it the capabilities of who starts it. */
  readonly privileged?: boolean
}

const isKind =
  <K extends Kind>(type: K) =>
  (report: HostReport): report is Report<K> =>
    report.type === type

export const startHost = async (options: HostOptions): Promise<HostProcess> => {
  const fds: number[] = []
  const stations = options.stations.map(({ id, persona, namespace, ports, decoys }) => ({
    id,
    persona,
    decoys: [...decoys],
    sockets: ports.map(([transport, port]) => {
      const at = { host: '0.0.0.0', port }
      fds.push(transport === 'tcp' ? listenIn(namespace, { ...at, backlog: 4096 }) : bindUdpIn(namespace, at))
      return { fd: fds.length + 2, transport, port }
    }),
  }))
  const powerless = ['setpriv', '--no-new-privs', '--bounding-set=-all', '--inh-caps=-all']
  const node = [process.execPath, ...hostFlags]
  const command = ['--net', ...(options.privileged === true ? [] : powerless), ...node]
  const script = options.script ?? echoHost
  const child = spawn('unshare', [...command, script, JSON.stringify({ ...unhurried, ...options.limits })], {
    stdio: ['pipe', 'pipe', 'pipe', ...fds],
  })
  for (const fd of fds) close(fd)
  const { stdin, stdout, stderr, pid } = child
  assert.ok(stdin !== null && stdout !== null && stderr !== null && pid !== undefined)
  stdin.on('error', () => {})
  let log = ''
  stderr.on('data', (bytes: Buffer) => (log += bytes.toString()))
  const reports: HostReport[] = []
  const wakers = new Set<() => void>()
  const lines = createInterface({ input: stdout })
  lines.on('line', (line) => {
    assert.ok(line.length <= lineLimit)
    reports.push(HostReport.parse(JSON.parse(line)))
    for (const wake of wakers) wake()
  })
  const ended = once(child, 'exit')
  void ended.then(() => wakers.forEach((wake) => wake()))

  const raw = (line: string): void => void stdin.write(`${line}\n`)
  const order = (given: HostOrder): void => raw(JSON.stringify(given))
  const of = <K extends Kind>(type: K): Report<K>[] => reports.filter(isKind(type))
  const until = async <K extends Kind>(
    type: K,
    fits: (report: Report<K>) => boolean = () => true,
    ms = 30_000,
    from = 0,
  ): Promise<Report<K>> => {
    const deadline = performance.now() + ms
    for (;;) {
      const found = reports.slice(from).filter(isKind(type)).find(fits)
      if (found !== undefined) return found
      const left = deadline - performance.now()
      if (left <= 0 || child.exitCode !== null) assert.fail(`no such report of kind ${type}; it says: ${log}`)
      const { promise, resolve } = Promise.withResolvers<void>()
      wakers.add(resolve)
      await Promise.race([promise, sleep(Math.min(left, 200))])
      wakers.delete(resolve)
    }
  }
  const end = async (): Promise<unknown[]> => {
    stdin.end()
    return await ended
  }
  order({ type: 'begin', site: 'plant', stations, honeytokens: [], verify: false, ...options.begin })
  if (options.privileged !== true) await until('ready')
  return {
    pid,
    reports,
    log: () => log,
    order,
    raw,
    of,
    until,
    status: async () => {
      const from = reports.length
      order({ type: 'status' })
      return await until('status', undefined, undefined, from)
    },
    listen: (on) => void (on ? lines.resume() : lines.pause()),
    end,
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** MB that a process has in memory. */
export const residentMb = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
