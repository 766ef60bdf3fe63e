/** Opens the store of an edge: one file that holds everything the edge must still know after a power cut. */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import type { Checkpoint } from '../audit/chain.ts'
import { type SigningKey, signingKey } from '../audit/key.ts'
import { type Bindings, bindingsOf } from './bindings.ts'
import { setClock } from './clock-set.ts'
import { chainOf, type Head } from './chain-head.ts'
import { checkTail, type Signer, signerOf, withoutFault } from './checkpoints.ts'
import { type Containments, containmentsOf } from './containments.ts'
import { Database } from '#sqlite/database.ts'
import { type OwnerLock, takeOwnership } from '#sqlite/owner.ts'
import type { Identity } from './draft.ts'
import { type Events, eventsOf } from './events.ts'
import { checkVital, checkWhole, createFile, inspectFile, makeFolder, migrate } from './file.ts'
import { type Held, heldOf } from './held.ts'
import { type HitsTable, hitsOf } from './hits.ts'
import { keys, type Kv, kvOf } from './kv.ts'
import { type Outbox, outboxOf } from './outbox.ts'
import { Overlay } from './overlay.ts'
import { type Permits, permitsOf } from './permits.ts'
import { type Plans, plansOf } from './plans.ts'
import { type Reserve, reserveBeside } from './reserve.ts'
import { defaultLimits, type Retained, type RetentionLimits, retentionOf } from './retention.ts'

export interface StoreOptions {
  /** The database file, e.g. `/var/lib/bulkhead/edge.db`. Its directory also holds the audit key. */
  readonly path: string
  /** `if-busy`: own it, or read only when another process does. */
  readonly readonly?: boolean | 'if-busy'
  /** Write short transactions beside the owner: the rollback at its deadline, a command while the daemon is dead. */
  readonly beside?: boolean
  readonly limits?: Partial<RetentionLimits>
  /** Bytes set aside for P0 on a full disk. */
  readonly reserveBytes?: number
  readonly busyMs?: number
  readonly now?: () => number
}

export interface Maintained extends Retained {
  readonly signed?: Checkpoint
}

export interface Store {
  readonly path: string
  readonly readonly: boolean
  readonly events: Events
  readonly plans: Plans
  readonly containments: Containments
  readonly permits: Permits
  readonly bindings: Bindings
  readonly hits: HitsTable
  readonly outbox: Outbox
  readonly held: Held
  readonly kv: Kv
  /** What holds although the disk does not say it. */
  readonly overlay: Overlay
  /** Site and edge of events whose reporter does not say; remembered. */
  identify(identity: Identity): void
  /** Several writes as one durable transaction. May run `work` twice (full disk), so it must only touch the store. */
  together<T>(work: () => T): T
  /** Newest time persisted, in ms. A clock before it is wrong: nothing opens or closes by time until it is right. */
  lastTime(): number | undefined
  /**
   * The clock was set, from and to in ms: what counts by it keeps the time that is left to it, as in the kernel, and the newest time
   * persisted is the new one.
   */
  setClock(from: number, to: number): void
  auditHead(): Head
  /** Signs the chain up to now, if there is anything new. */
  checkpoint(): Checkpoint | undefined
  /** Housekeeping, for every 10 s or so: the log, a due checkpoint, retention, the reserve, the last time seen. Some 10 ms. */
  maintain(): Maintained
  /** Signs, folds the log into the file and gives up ownership. Never throws for a full disk. */
  close(): void
}

const Owner = z.object({ pid: z.int() })

const ownerOf = (path: string): string => {
  try {
    const database = new Database(path, { readonly: true })
    const owner = kvOf(database).get(keys.owner, Owner)
    database.close()
    return owner === undefined ? 'another process' : `process ${owner.pid}`
  } catch {
    return 'another process'
  }
}

const connect = (path: string, readonly: boolean, owner: boolean, busyMs: number | undefined): Database => {
  if (!existsSync(path)) {
    if (readonly) {
      throw new Fault('store-unreadable', `There is no store at ${path}.`, {
        advice: 'Name the state directory of an edge that has run here with --state.',
      })
    }
    createFile(path)
  }
  inspectFile(path)
  const database = new Database(path, { readonly, ...(busyMs !== undefined && { busyMs }) })
  try {
    // The WAL is folded in by maintain(); by itself only when that does not happen, because it costs an fsync of the file.
    database.exec('PRAGMA trusted_schema=OFF; PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=16777216')
    if (owner) checkWhole(database)
    else checkVital(database)
    if (!readonly) {
      database.exec('PRAGMA journal_mode=WAL')
      migrate(database)
    }
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Every call on a table's interface throws nothing but store faults (and Fault internal for a caller's mistake). */
const guarded = <T extends object>(database: Database, api: T): T =>
  new Proxy(api, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...values: unknown[]): unknown => database.guarded((): unknown => Reflect.apply(member, target, values))
    },
  })

interface Writing {
  readonly key: SigningKey
  readonly signer: Signer
  readonly reserve: Reserve
  readonly lock: OwnerLock | undefined
}

/**
 * Opens or makes the store. Exactly one process owns it; others read (`readonly`) or write short transactions (`beside`).
 * @throws Fault edge-running (owned by another process), store-corrupt, disk-full, store-busy, store-unreadable
 */
export const openStore = (options: StoreOptions): Store => {
  const { path, now = Date.now } = options
  const wantsToWrite = options.readonly !== true
  if (wantsToWrite) makeFolder(path)
  const owns = wantsToWrite && options.beside !== true
  const lock = owns ? takeOwnership(path) : undefined
  if (owns && lock === undefined && options.readonly !== 'if-busy') {
    throw new Fault('edge-running', `${path} is in use by ${ownerOf(path)}.`)
  }
  const readonly = !wantsToWrite || (owns && lock === undefined)
  let database: Database | undefined
  try {
    database = connect(path, readonly, lock !== undefined, options.busyMs)
    return assemble(database, lock, options, now)
  } catch (error) {
    database?.close()
    lock?.release()
    throw error
  }
}

const assemble = (database: Database, lock: OwnerLock | undefined, options: StoreOptions, now: () => number): Store => {
  const { path, readonly } = database
  const overlay = new Overlay()
  const kv = kvOf(database, overlay)
  const chain = chainOf(database, kv)
  const events = eventsOf(database, kv, chain, now)
  const retain = retentionOf(database, kv, events, { ...defaultLimits, ...options.limits })

  let writing: Writing | undefined
  if (!readonly) {
    const reserve = reserveBeside(path, options.reserveBytes ?? 4 * 1024 * 1024)
    database.onFull = () => makeRoom(database, reserve)
    const key = signingKey(dirname(path))
    const signer = signerOf(database, chain, key)
    writing = { key, signer, reserve, lock }
    if (lock !== undefined) {
      begin(database, kv, chain, events, key, now)
      reserve.restore()
    }
    database.afterCommit = () => withoutFault(() => signer.signIfDue(now()))
  }
  const surely = (): Writing => {
    if (writing === undefined) throw new Fault('store-busy', `${path} is open for reading only.`)
    return writing
  }

  return {
    path,
    readonly,
    events: guarded(database, events),
    plans: guarded(database, plansOf(database)),
    containments: guarded(database, containmentsOf(database, overlay)),
    permits: guarded(database, permitsOf(database, overlay)),
    bindings: guarded(database, bindingsOf(database, overlay)),
    hits: guarded(database, hitsOf(database)),
    outbox: guarded(database, outboxOf(database, kv)),
    held: guarded(database, heldOf(database, overlay)),
    kv: guarded(database, kv),
    overlay,
    identify: (identity) => kv.set(keys.identity, identity),
    together: (work) => database.atomically(work),
    lastTime: () => kv.get(keys.lastTime, z.number()),
    setClock: (from, to) => database.guarded(() => setClock(database, kv, from, to)),
    auditHead: () => chain.head(),
    checkpoint: () => surely().signer.sign(now()),
    maintain: () => {
      const { signer, reserve } = surely()
      const at = now()
      if (at > (kv.get(keys.lastTime, z.number()) ?? 0)) kv.set(keys.lastTime, at, { durable: false })
      const signed = signer.signIfDue(at)
      const retained = retain(at)
      database.exec('PRAGMA incremental_vacuum(256); PRAGMA wal_checkpoint(PASSIVE)')
      reserve.restore()
      return { ...retained, ...(signed && { signed }) }
    },
    close: () => {
      withoutFault(() => lock && writing?.signer.sign(now()))
      withoutFault(() => lock && kv.set(keys.owner, undefined))
      withoutFault(() => database.close())
      lock?.release()
    },
  }
}

/** After a full disk: folds the log into the file, so that its room is used again, and gives up the reserve. */
const makeRoom = (database: Database, reserve: Reserve): boolean => {
  const released = reserve.release()
  let folded = false
  withoutFault(() => {
    const row = database.statement('PRAGMA wal_checkpoint(PASSIVE)').get()
    folded = Number(row?.['log']) > 0 && row?.['log'] === row?.['checkpointed']
  })
  return released || folded
}

/** What the owner does first: say that it owns, and look whether anybody touched the audit trail in between. */
const begin = (
  database: Database,
  kv: Kv,
  chain: ReturnType<typeof chainOf>,
  events: Events,
  key: SigningKey,
  now: () => number,
): void => {
  const complaints = [...checkTail(database, chain)]
  const lastKey = kv.get(keys.auditKey, z.string())
  if (lastKey !== undefined && lastKey !== key.fingerprint) {
    complaints.push(
      `The audit key is another one: checkpoints from here on are signed by ${key.fingerprint.slice(0, 16)}.`,
    )
  }
  if (key.exposed) complaints.push(`Others could read ${key.path}; its permissions were corrected.`)
  // A full disk must not keep the daemon from starting: what the kernel enforces is read from here.
  withoutFault(() =>
    database.atomically(() => {
      kv.set(keys.owner, { pid: process.pid, since: now() })
      kv.set(keys.auditKey, key.fingerprint)
      for (const text of complaints) events.append({ kind: 'tamper', by: 'daemon', text })
    }),
  )
}
