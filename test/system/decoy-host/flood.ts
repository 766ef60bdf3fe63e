/**
 * Hostile input from many addresses, by system calls, so that sending costs less than receiving: connects, says something, and ends in one
 * of the ways that there are. A process of its own. Says at the end how many connections it made.
 *   node flood.ts '{"to": ["198.18.1.1"], "ports": [7001], "count": 1000, "perSecond": 0, "sources": 200, "seed": 1}'
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { resetConnection } from '#linux/accept.ts'
import { bindSocket, close, connectSocket, errno, lastErrno, must, recv, send, socket } from '#linux/libc.ts'
import { socketAddress } from '#linux/socket-address.ts'
import { Random } from '#protocols/fuzz/random.ts'

export interface FloodOptions {
  readonly to: readonly string[]
  readonly ports: readonly number[]
  readonly transport?: 'tcp' | 'udp'
  /** Connections or datagrams in all. */
  readonly count: number
  /** 0: as fast as it goes. */
  readonly perSecond: number
  /** Seconds after which it ends, however many there were. */
  readonly seconds?: number
  /** Every 20th waits for its answer, so that no more come than are accepted. */
  readonly paced?: boolean
  /** Addresses that they come from, from 198.19.0.1 on. */
  readonly sources: number
  readonly seed: number
  /** Every how many of them throws in the personality; 0: none. */
  readonly faultEvery?: number
}
export const floodScript = fileURLToPath(import.meta.url)

const AF_INET = 2
const SOCK_STREAM = 1
const SOCK_DGRAM = 2
const SOCK_NONBLOCK = 0o4000
const MSG_NOSIGNAL = 0x4000
/** Connections that are left open, each until this many more have been made. */
const lingering = 300

const words = ['hello\n', 'bytes 5000\n', 'tls\n', 'close\n', 'slow 50\n', 'login admin admin\n', 'x\n'.repeat(200)]
const noise = (random: Random): Uint8Array => {
  if (random.once(2)) return Buffer.from(random.pick(words))
  return Uint8Array.from({ length: 1 + random.below(random.once(20) ? 4000 : 300) }, () => random.below(256))
}

const flood = async (options: FloodOptions): Promise<void> => {
  const { to, ports, transport = 'tcp', count, perSecond, sources, seed, faultEvery = 0 } = options
  const random = new Random(seed)
  const froms = Array.from({ length: sources }, (_, index) =>
    socketAddress(`198.19.${index >> 8}.${(index & 255) + 1}`.replace('.256', '.0'), 0),
  )
  const targets = to.flatMap((address) => ports.map((port) => socketAddress(address, port)))
  const type = transport === 'tcp' ? SOCK_STREAM : SOCK_DGRAM
  const open: number[] = []
  let made = 0
  const one = (index: number): void => {
    const fd = must('socket', socket(AF_INET, type | SOCK_NONBLOCK, 0))
    const from = random.pick(froms)
    const target = random.pick(targets)
    if (bindSocket(fd, from, from.length) < 0) return void close(fd)
    connectSocket(fd, target, target.length)
    const bytes = faultEvery > 0 && index % faultEvery === 0 ? Buffer.from('throw\n') : noise(random)
    if (send(fd, bytes, bytes.length, MSG_NOSIGNAL) >= 0) made++
    if (transport === 'udp' || random.once(3)) return void close(fd)
    if (random.once(2)) return resetConnection(fd)
    open.push(fd)
    if (open.length > lingering) close(open.shift() ?? -1)
  }
  const told = new Uint8Array(16)
  /** As any client would: nothing more is sent until this one is answered, refused, or forgotten. */
  const wait = async (): Promise<void> => {
    const fd = must('socket', socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0))
    const [from, target] = [random.pick(froms), random.pick(targets)]
    bindSocket(fd, from, from.length)
    connectSocket(fd, target, target.length)
    const deadline = performance.now() + 1000
    let said = false
    while (performance.now() < deadline) {
      said ||= send(fd, Buffer.from('hello\n'), 6, MSG_NOSIGNAL) > 0
      if (recv(fd, told, told.length, 0) >= 0 || (lastErrno() !== errno.EAGAIN && lastErrno() !== errno.ENOTCONN)) break
      await sleep(1)
    }
    close(fd)
  }
  const start = performance.now()
  let tried = 0
  for (let index = 0; index < count; index++) {
    if (performance.now() - start > (options.seconds ?? Infinity) * 1000) break
    one(index)
    tried++
    if (options.paced === true && index % 20 === 19) await wait()
    if (index % 50 !== 49) continue
    const ahead = perSecond === 0 ? 0 : ((index + 1) * 1000) / perSecond - (performance.now() - start)
    if (ahead > 0) await sleep(ahead)
  }
  const seconds = (performance.now() - start) / 1000
  for (const fd of open) close(fd)
  process.stdout.write(`${JSON.stringify({ tried, made, seconds })}\n`)
}
if (process.argv[1] === floodScript) await flood(JSON.parse(process.argv[2] ?? '{}'))
