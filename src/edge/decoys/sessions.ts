/** Recordings of what was said with decoys: one file each; where there is no room, the oldest go of whoever has most. */
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
import { storeFault } from '#sqlite/fault.ts'

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

/** What is needed longest: of a source, the others go first. */
const telling: ReadonlySet<LoginClass | undefined> = new Set(['honeytoken', 'compromised-credential', 'old-password'])

interface Kept {
  readonly bytes: number
  readonly source: string
  readonly tells: boolean
}

/** Conversations that logged in, until their recordings come. */
const classesKept = 1024

/** @param folder made at the first recording */
export const sessionsIn = (folder: string): Sessions => {
  let last: string | undefined
  /** By id, oldest first; read once. */
  let kept: Map<string, Kept> | undefined
  /** The same by source, and bytes of all. */
  const ofSource = new Map<string, { bytes: number; readonly ids: Set<string> }>()
  let sum = 0
  const classes = new Map<string, LoginClass>()
  const fileOf = (id: string): string => join(folder, `${id}.jsonl`)
  const head = (id: string): DecoySession | undefined => {
    try {
      return DecoySession.safeParse(firstLine(fileOf(id))).data
    } catch {
      return undefined
    }
  }
  const keptAs = (bytes: number, session: Pick<DecoySession, 'source' | 'class'> | undefined): Kept => ({
    bytes,
    source: session?.source ?? '',
    tells: telling.has(session?.class),
  })
  const known = (): Map<string, Kept> => {
    if (kept !== undefined) return kept
    const names = (() => {
      try {
        return readdirSync(folder)
      } catch {
        return []
      }
    })()
    const ids = names.flatMap((name) => (name.endsWith('.jsonl') ? [name.slice(0, -6)] : []))
    kept = new Map()
    for (const id of ids.filter((each) => idPattern.test(each)).toSorted())
      put(kept, id, keptAs(statSync(fileOf(id), { throwIfNoEntry: false })?.size ?? 0, head(id)))
    return kept
  }
  const put = (all: Map<string, Kept>, id: string, one: Kept): void => {
    all.set(id, one)
    const own = ofSource.get(one.source) ?? { bytes: 0, ids: new Set<string>() }
    own.ids.add(id)
    own.bytes += one.bytes
    sum += one.bytes
    ofSource.set(one.source, own)
  }
  /** Whoever talks most makes room: what others did, or he before he began to flood, is not lost behind it. */
  const makeRoom = (all: Map<string, Kept>, bytes: number): void => {
    while (all.size > 0 && (sum > bytes || all.size > mostFiles)) {
      const [source, own] = [...ofSource].reduce((most, one) => (one[1].bytes > most[1].bytes ? one : most))
      const [oldest = ''] = own.ids
      const id = own.ids.values().find((each) => all.get(each)?.tells !== true) ?? oldest
      const gone = all.get(id)?.bytes ?? 0
      rmSync(fileOf(id), { force: true })
      all.delete(id)
      own.ids.delete(id)
      own.bytes -= gone
      sum -= gone
      if (own.ids.size === 0) ofSource.delete(source)
    }
  }

  return {
    keep: (recording, bytes) => {
      const all = known()
      const id = nextId(last ?? [...all.keys()].at(-1), Date.now(), randomBytes(10))
      last = id
      const found = classes.get(recording.session.id)
      classes.delete(recording.session.id)
      const session = headOf(id, recording, found)
      const text = `${JSON.stringify(session)}\n${JSON.stringify(recording.chunks)}\n`
      if (text.length > bytes) return
      makeRoom(all, bytes - text.length)
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 })
        writeFileSync(fileOf(id), text, { mode: 0o600, flag: 'wx' })
      } catch (error) {
        rmSync(fileOf(id), { force: true })
        throw storeFault(error, fileOf(id))
      }
      put(all, id, keptAs(text.length, session))
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
