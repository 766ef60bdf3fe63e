/** Recordings of what was said with decoys: one file each, the oldest go when there is no room. */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Fault } from '#core/errors.ts'
import { idPattern, nextId } from '#core/id.ts'
import type { HostReport, HostSession, LoginClass } from '#schema/decoy-host.ts'
import { DecoySession, RecordedSession } from '#schema/decoys-control.ts'
import type { RequestOf } from '#schema/control.ts'
import { storeFault } from './store-fault.ts'

type Recording = Extract<HostReport, { type: 'recording' }>

/** Files at most, beside the bytes that the policy grants: each also takes a place in the file system. */
const mostFiles = 20_000
/** Bytes in which the first line of a recording has its place. */
const headBytes = 2048

export interface Sessions {
  /** @param bytes all recordings together. @throws Fault `disk-full`, `store-unreadable` */
  keep(recording: Recording, bytes: number): void
  /** What a login in a conversation amounted to, known before its recording comes. */
  classify(session: HostSession, found: LoginClass): void
  /** Newest first. */
  list(query: RequestOf<'decoys-sessions'>): DecoySession[]
  /** @throws Fault `not-found` */
  read(id: string): RecordedSession
}

const bytesOf = (recording: Recording, from: 0 | 1): number =>
  recording.chunks.reduce((sum, { d, b }) => (d === from ? sum + Math.floor((b.length * 3) / 4) : sum), 0)

const headOf = (id: string, recording: Recording, found: LoginClass | undefined): DecoySession => {
  const { session, from, to, cut } = recording
  const { decoy, persona, source, sourcePort, service, transport, port } = session
  return {
    id,
    decoy,
    persona,
    source,
    sourcePort,
    service,
    transport,
    port,
    from,
    to,
    cut,
    received: bytesOf(recording, 0),
    sent: bytesOf(recording, 1),
    ...(found === undefined ? {} : { class: found }),
  }
}

const firstLine = (file: string): unknown => {
  const fd = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(headBytes)
    const text = bytes.subarray(0, readSync(fd, bytes, 0, headBytes, 0)).toString('utf8')
    return JSON.parse(text.slice(0, text.indexOf('\n')))
  } finally {
    closeSync(fd)
  }
}

/** Conversations that logged in, until their recordings come. */
const classesKept = 1024

/** @param folder made at the first recording */
export const sessionsIn = (folder: string): Sessions => {
  let last: string | undefined
  /** Bytes by id, oldest first; read once. */
  let sizes: Map<string, number> | undefined
  const classes = new Map<string, LoginClass>()
  const fileOf = (id: string): string => join(folder, `${id}.jsonl`)
  const known = (): Map<string, number> => {
    if (sizes !== undefined) return sizes
    const names = (() => {
      try {
        return readdirSync(folder)
      } catch {
        return []
      }
    })()
    const ids = names.flatMap((name) => (name.endsWith('.jsonl') ? [name.slice(0, -6)] : []))
    return (sizes = new Map(
      ids
        .filter((id) => idPattern.test(id))
        .toSorted()
        .map((id) => [id, statSync(fileOf(id), { throwIfNoEntry: false })?.size ?? 0]),
    ))
  }
  const makeRoom = (all: Map<string, number>, bytes: number): void => {
    let sum = all.values().reduce((total, size) => total + size, 0)
    for (const [id, size] of all) {
      if (sum <= bytes && all.size <= mostFiles) return
      rmSync(fileOf(id), { force: true })
      all.delete(id)
      sum -= size
    }
  }
  const head = (id: string): DecoySession | undefined => {
    try {
      return DecoySession.safeParse(firstLine(fileOf(id))).data
    } catch {
      return undefined
    }
  }

  return {
    keep: (recording, bytes) => {
      const all = known()
      const id = nextId(last ?? [...all.keys()].at(-1), Date.now(), randomBytes(10))
      last = id
      const found = classes.get(recording.session.id)
      classes.delete(recording.session.id)
      const text = `${JSON.stringify(headOf(id, recording, found))}\n${JSON.stringify(recording.chunks)}\n`
      if (text.length > bytes) return
      makeRoom(all, bytes - text.length)
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 })
        writeFileSync(fileOf(id), text, { mode: 0o600, flag: 'wx' })
      } catch (error) {
        rmSync(fileOf(id), { force: true })
        throw storeFault(error, fileOf(id))
      }
      all.set(id, text.length)
    },
    classify: ({ id }, found) => {
      classes.set(id, found)
      const [oldest] = classes.keys()
      if (classes.size > classesKept && oldest !== undefined) classes.delete(oldest)
    },
    list: ({ source, decoy, limit }) => {
      const found: DecoySession[] = []
      for (const id of [...known().keys()].toReversed()) {
        if (found.length >= limit) break
        const session = head(id)
        if (session === undefined) continue
        if ((source ?? session.source) === session.source && (decoy ?? session.decoy) === session.decoy)
          found.push(session)
      }
      return found
    },
    read: (id) => {
      // The id becomes a file name.
      if (!idPattern.test(id) || !known().has(id))
        throw new Fault('not-found', `There is no recording "${id}".`, {
          advice: 'See which there are with `bulkhead decoys sessions`.',
        })
      try {
        const [first = '', second = ''] = readFileSync(fileOf(id), 'utf8').split('\n')
        const session: unknown = JSON.parse(first)
        return RecordedSession.parse({ ...DecoySession.parse(session), chunks: JSON.parse(second) })
      } catch (error) {
        throw storeFault(error, fileOf(id))
      }
    },
  }
}
