/** One TCP connection with a decoy: bytes to its personality, answers back, within limits. */
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { TLSSocket } from 'node:tls'
import type { Answer, Talk, TalkContext } from '#core/personality.ts'
import type { Persona, PersonaService } from '#core/persona.ts'
import { processOf } from '#decoy/process.ts'
import type { HostSession } from '#schema/decoy-host.ts'
import type { Step } from './budget.ts'
import type { HostContext } from './context.ts'
import type { StreamService } from './parts.ts'
import type { Placed } from './stations.ts'

/**
 * Bytes that a personality is given at a time: between two, others have their turn, and what was answered must have found its way. A
 * page of 10 kB is asked for with 20 bytes, so that all that waits to be read would be answered with too much.
 */
const slice = 1 << 10
/** ms that an answer may ask to be delayed. */
const longestDelay = 3000
const packet: Step = { first: true, exchanges: 0 }

export interface Place {
  readonly session: HostSession
  readonly placed: Placed
  readonly persona: Persona
  readonly service: PersonaService
}

export interface Conversation {
  readonly place: Place
  /** ms since 1970 at which something came from the source. */
  readonly last: number
  /** It is under TLS. */
  readonly secure: boolean
  destroy(): void
  /** Ends it when its time is over. */
  sweep(now: number): void
}

export interface Surroundings {
  /** Called once, when nothing is left of it. */
  readonly onEnd: () => void
  /** Has somebody under TLS leave who is silent. */
  readonly makeSecureRoom: () => void
}

export const converse = (
  host: HostContext,
  socket: Socket,
  place: Place,
  { onEnd, makeSecureRoom }: Surroundings,
): Conversation => {
  const { session, placed, persona, service } = place
  const { limits, counts } = host
  const hides = host.parts.personalities[service.service]?.hidesInput === true
  const recording = host.recordings.begin(session, hides)
  const since = host.now()
  const waiting: Uint8Array[] = []
  let wire = socket
  let talk: Talk | undefined
  let greets = false
  let met = false
  let busy = true
  let ended = false
  let closing: number | undefined
  let over = false
  let last = since
  let taken = 0
  let queued = 0
  let secure = false

  const isOver = (): boolean => over
  const leaveSecure = (): void => {
    if (secure) counts.secure--
    secure = false
  }
  /** With a reset: what waits to be sent to somebody who does not read would stay in the kernel for minutes. */
  const destroy = (): void => {
    if (!socket.destroyed) socket.resetAndDestroy()
    wire.destroy()
    leaveSecure()
  }
  const fail = (error: unknown): void => {
    host.fault(`${service.service} at ${placed.identity.address}`, error)
    destroy()
  }
  const context: TalkContext = {
    identity: placed.identity,
    persona,
    process: processOf(placed.identity.seed),
    now: host.now,
    peer: session.source,
  }

  const allowed = async (step: Step, notes?: readonly string[]): Promise<boolean> => {
    if (host.encounters.meet(session, placed, step, notes)) return true
    wire.pause()
    return (await host.encounters.decided(session, placed)) && !over
  }
  const pass = async (ms: number): Promise<void> => {
    wire.pause()
    await sleep(ms)
  }

  const noteQueue = (): void => {
    const now = over ? 0 : wire.writableLength
    counts.queued += now - queued
    queued = now
  }
  const say = async (parts: readonly Uint8Array[]): Promise<void> => {
    const size = parts.reduce((sum, { length }) => sum + length, 0)
    if (queued + size > limits.queue || counts.queued + size > limits.queues) return destroy()
    for (const part of parts) {
      if (part.length === 0) continue
      recording.add(1, part)
      wire.write(part)
    }
    noteQueue()
    if (!wire.writableNeedDrain) return
    wire.pause()
    const { promise, resolve } = Promise.withResolvers<void>()
    wire.once('drain', resolve)
    wire.once('close', resolve)
    await promise
    wire.off('drain', resolve)
    wire.off('close', resolve)
    noteQueue()
  }

  const finish = (): void => {
    if (closing !== undefined) return
    closing = host.now() + limits.closing
    wire.end()
    // What still comes is read, so that the end is seen, and not looked at.
    wire.resume()
  }

  const encrypt = async (): Promise<void> => {
    if (secure) return destroy()
    if (counts.secure >= limits.secure) makeSecureRoom()
    if (counts.secure >= limits.secure) return destroy()
    secure = true
    counts.secure++
    socket.pause()
    const secureContext = await host.certificates(placed.key, placed.identity, persona)
    if (over) return
    socket.off('data', onData).off('end', onEndOfInput)
    waiting.length = 0
    wire = new TLSSocket(socket, { isServer: true, secureContext })
    // A failed handshake is the other end's affair.
    wire.on('_tlsError', destroy)
    listen(wire)
  }

  const act = async (answer: Answer): Promise<void> => {
    if (answer.attempts !== undefined && !host.logins.take(session, answer.attempts)) recording.drop()
    if (answer.exchanges > 0 || (answer.notes?.length ?? 0) > 0)
      if (!(await allowed({ first: false, exchanges: answer.exchanges }, answer.notes))) return destroy()
    if (answer.delay !== undefined && answer.delay > 0) await pass(Math.min(answer.delay, longestDelay))
    if (over) return
    await say(answer.send)
    if (over) return
    if (answer.close) finish()
    else if (answer.tls) await encrypt()
  }

  const turn = async (bytes: Uint8Array): Promise<void> => {
    for (let ms = host.shares.wait(session.source); ms > 0 && !isOver(); ms = host.shares.wait(session.source))
      await pass(ms)
    if (over || talk === undefined || closing !== undefined) return
    recording.add(0, bytes)
    const start = performance.now()
    const answer = talk.take(bytes)
    host.shares.spend(session.source, performance.now() - start)
    await act(answer)
  }

  const work = async (): Promise<void> => {
    busy = true
    for (let bytes = waiting.shift(); bytes !== undefined && !isOver(); bytes = waiting.shift()) await turn(bytes)
    busy = false
    if (over) return
    if (ended) finish()
    else wire.resume()
  }

  const onData = (bytes: Buffer): void => {
    last = host.now()
    taken += bytes.length
    if (taken > limits.input) return destroy()
    if (closing !== undefined) return
    for (let at = 0; at < bytes.length; at += slice) waiting.push(bytes.subarray(at, at + slice))
    if (busy) wire.pause()
    else work().catch(fail)
  }
  const onEndOfInput = (): void => {
    ended = true
    if (!busy) finish()
  }
  const listen = (socketOrTls: Socket): void => {
    socketOrTls.on('error', () => destroy())
    socketOrTls.on('data', onData).on('end', onEndOfInput)
  }

  /** Resolves when something waits to be read, which stays where it is, or when nothing will come. */
  const somethingCame = async (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    socket.once('readable', resolve).once('close', resolve)
    await promise
    socket.off('readable', resolve).off('close', resolve)
    socket.pause()
  }

  /** A device that does not speak first: the first packet is met before anything is made of it. */
  const start = async (stream: StreamService | undefined): Promise<void> => {
    const personality = stream === undefined ? host.parts.personalities[service.service] : undefined
    if (stream === undefined) {
      if (personality === undefined) throw new Error('no personality of this name')
      talk = personality.open(context, service.profile, 'tcp')
    }
    const greeting = talk?.greeting ?? []
    greets = service.tls !== true && (stream?.greets ?? greeting.length > 0)
    if (!(await allowed({ first: greets, exchanges: 0 }))) return destroy()
    if (over) return
    if (!greets) {
      await somethingCame()
      if (over) return
      met = true
      last = host.now()
      if (!(await allowed(packet))) return destroy()
    }
    if (service.tls === true) await encrypt()
    else if (stream === undefined) listen(socket)
    if (over) return
    if (stream !== undefined) return hand(stream)
    await say(greeting)
    await work()
  }

  /** SSH has a socket to itself; its bytes are counted all the same. */
  const hand = (stream: StreamService): void => {
    wire.on('data', (bytes: Buffer) => {
      last = host.now()
      taken += bytes.length
      recording.add(0, bytes)
      if (taken > limits.input) destroy()
    })
    wire.on('end', finish)
    stream.serve(wire, context, service.profile, async ({ exchanges, attempts, notes }) => {
      if (attempts !== undefined && !host.logins.take(session, attempts)) recording.drop()
      if (await allowed({ first: false, exchanges }, notes)) wire.resume()
      else destroy()
    })
  }

  socket.on('error', () => destroy())
  socket.once('close', () => {
    over = true
    noteQueue()
    leaveSecure()
    // An end is a packet after the handshake as well.
    if (!met && !greets) host.encounters.meet(session, placed, packet)
    recording.end()
    onEnd()
  })
  start(Object.hasOwn(host.parts.streams, service.service) ? host.parts.streams[service.service] : undefined).catch(
    fail,
  )

  return {
    place,
    get last() {
      return last
    },
    get secure() {
      return secure
    },
    destroy,
    sweep: (now) => {
      noteQueue()
      if (now - last > limits.idle || now - since > limits.life || (closing !== undefined && now > closing)) destroy()
    },
  }
}
