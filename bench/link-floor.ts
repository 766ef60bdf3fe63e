/**
 * The floor under every row about the link: idle WebSockets in mutual TLS 1.3, with a server process that does nothing else.
 *   node bench/link-floor.ts 1000 [unix|tcp] [lean]     prints its figures
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { WebSocket } from 'ws'
import * as z from 'zod'
import { dial, type Place } from '#lab/fleet/line.ts'
import { nameOf } from '#lab/fleet/register.ts'
import { issueSvid } from '#lab/fleet/svid.ts'
import { testAuthority } from '../test/system/fleet/authority.ts'
import type { FloorQuestion } from './link-floor-server.ts'
import { median } from './row.ts'

/** V8's heap and the code of the first connections are no cost of the next ones. */
const warmUp = 200
const abreast = 64
const frameBytes = 600
const rounds = 5
/** Blocks from 8 kB on get pages of their own: of the 64 kB that TLS reads into, only those that were touched are there. */
export const leanMalloc = { MALLOC_MMAP_THRESHOLD_: '8192' } as const

const Memory = z.object({ rss: z.number(), pss: z.number(), connections: z.number() })

export interface Floor {
  readonly connections: number
  /** kB for each connection after the warm-up. */
  readonly rss: number
  readonly pss: number
  /** Handshakes a second, both sides on the processors of this machine. */
  readonly handshakes: number
  /** ms from the first write to the last arrival, one frame to all of them: median of some rounds. */
  readonly fanOut: number
  /** Microseconds of the server's processor for each frame; does not depend on who else is busy. */
  readonly sendUs: number
}

const ask = async <T>(child: ChildProcess, question: FloorQuestion, answer: z.ZodType<T>): Promise<T> => {
  child.send(question)
  const [message] = await once(child, 'message')
  return answer.parse(message)
}

/** Dials until there are so many. @returns handshakes a second */
const dialTo = async (open: WebSocket[], wanted: number, dialOne: (at: number) => WebSocket): Promise<number> => {
  const [start, before] = [performance.now(), open.length]
  let next = before
  await Promise.all(
    Array.from({ length: abreast }, async () => {
      while (next < wanted) {
        const socket = dialOne(next++)
        await once(socket, 'open')
        open.push(socket)
      }
    }),
  )
  return ((wanted - before) * 1000) / (performance.now() - start)
}

export const measureFloor = async (
  count: number,
  { tcp = false, lean = true }: { tcp?: boolean; lean?: boolean } = {},
): Promise<Floor> => {
  const folder = mkdtempSync(join(tmpdir(), 'floor-'))
  const authority = testAuthority()
  const child = fork(fileURLToPath(new URL('link-floor-server.ts', import.meta.url)), [], {
    execArgv: ['--disable-warning=ExperimentalWarning', '--expose-gc', '--max-semi-space-size=2'],
    env: { ...process.env, ...(lean ? leanMalloc : {}) },
  })
  const open: WebSocket[] = []
  try {
    const where = tcp ? { host: '127.0.0.1', port: 0 } : { path: join(folder, 'link.sock') }
    const setup = { ca: authority.certificate, ...authority.server, where, lean }
    const { listening } = await ask(child, { setup }, z.object({ listening: z.number().optional() }))
    const place: Place = 'path' in where ? where : { host: '127.0.0.1', port: listening ?? 0 }
    let arrived = 0
    let last = 0
    const dialOne = (at: number): WebSocket => {
      const credentials = issueSvid(authority, 'bulkhead', nameOf(at, 10), Date.now())
      const socket = dial({ place, ca: authority.certificate, credentials, patience: 60_000 })
      socket.on('message', () => {
        arrived++
        last = performance.now()
      })
      return socket
    }
    await dialTo(open, Math.min(warmUp, count), dialOne)
    const before = await ask(child, 'memory', Memory)
    const handshakes = await dialTo(open, count, dialOne)
    const after = await ask(child, 'memory', Memory)
    const fanOuts: number[] = []
    const cpu: number[] = []
    for (let round = 0; round < rounds; round++) {
      const start = performance.now()
      arrived = 0
      const { cpuMs } = await ask(child, { send: 'x'.repeat(frameBytes) }, z.object({ cpuMs: z.number() }))
      cpu.push((cpuMs * 1000) / open.length)
      while (arrived < open.length) await new Promise((resolve) => setImmediate(resolve))
      fanOuts.push(last - start)
    }
    const more = Math.max(1, after.connections - before.connections)
    return {
      connections: after.connections,
      rss: (after.rss - before.rss) / more,
      pss: (after.pss - before.pss) / more,
      handshakes,
      fanOut: median(fanOuts),
      sendUs: median(cpu),
    }
  } finally {
    for (const socket of open) socket.terminate()
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  }
}

if (import.meta.main) {
  const [count = '1000', ...words] = process.argv.slice(2)
  const floor = await measureFloor(Number(count), { tcp: words.includes('tcp'), lean: words.includes('lean') })
  process.stdout.write(`${JSON.stringify(floor)}\n`)
}
