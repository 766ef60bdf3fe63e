/** One SQLite connection whose errors are store faults, with nested transactions joined into one. */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { Fault } from '#core/errors.ts'
import { storeFault } from './fault.ts'
import type { Input, Row } from './row.ts'

export interface Statement {
  run(...values: readonly Input[]): { readonly changes: number; readonly rowid: number }
  get(...values: readonly Input[]): Row | undefined
  all(...values: readonly Input[]): readonly Row[]
}

export interface DatabaseOptions {
  readonly readonly?: boolean
  /** Milliseconds to wait for another process's transaction. */
  readonly busyMs?: number
}

export class Database {
  readonly path: string
  readonly readonly: boolean
  readonly #handle: DatabaseSync
  readonly #statements = new Map<string, Statement>()
  #depth = 0
  #durable = true
  /** Frees reserved room; says whether there was any. Then the transaction that found the disk full is run once more. */
  onFull: () => boolean = () => false
  /** Runs after each committed transaction, but not after its own. */
  afterCommit: () => void = () => {}

  constructor(path: string, { readonly = false, busyMs = 2000 }: DatabaseOptions = {}) {
    this.path = path
    this.readonly = readonly
    try {
      this.#handle = new DatabaseSync(path, { readOnly: readonly, timeout: busyMs })
    } catch (error) {
      throw storeFault(error, path)
    }
  }

  /** Runs work whose errors of SQLite become faults that name the file. */
  guarded<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      const known = error instanceof Fault || (error instanceof Error && ('errcode' in error || 'errno' in error))
      throw known ? storeFault(error, this.path) : error
    }
  }

  exec(sql: string): void {
    this.guarded(() => this.#handle.exec(sql))
  }

  /** Prepares once and remembers; `sql` must be one of a fixed set of texts. */
  statement(sql: string): Statement {
    const found = this.#statements.get(sql)
    if (found !== undefined) return found
    const made = this.#wrap(this.guarded(() => this.#handle.prepare(sql)))
    this.#statements.set(sql, made)
    return made
  }

  #wrap(prepared: StatementSync): Statement {
    const guarded = this.guarded.bind(this)
    return {
      run: (...values) =>
        guarded(() => {
          const { changes, lastInsertRowid } = prepared.run(...values)
          return { changes: Number(changes), rowid: Number(lastInsertRowid) }
        }),
      get: (...values) => guarded(() => prepared.get(...values)),
      all: (...values) => guarded(() => prepared.all(...values)),
    }
  }

  /** Rows one by one, for tables that do not fit in memory. */
  *rows(sql: string, ...values: readonly Input[]): Generator<Row, void> {
    const rows = this.guarded(() => this.#handle.prepare(sql).iterate(...values))
    for (;;) {
      const next = this.guarded(() => rows.next())
      if (next.done === true) return
      yield next.value
    }
  }

  /** One value of a pragma or of a one-column query. */
  value(sql: string): unknown {
    const row = this.guarded(() => this.#handle.prepare(sql).get())
    return row === undefined ? undefined : Object.values(row)[0]
  }

  /**
   * All of `work` or nothing of it. Joins a transaction that is already open. On a full disk `work` runs a second time,
   * so it must have no other effect than on the database.
   * @param durable on disk when this returns (fsync); otherwise it survives the process but perhaps not a power cut
   */
  atomically<T>(work: () => T, { durable = true }: { durable?: boolean } = {}): T {
    if (this.#depth > 0) {
      if (durable && !this.#durable)
        throw new Fault('internal', 'A durable write inside a transaction that is not durable.')
      return work()
    }
    let value: T
    try {
      value = this.#once(work, durable)
    } catch (error) {
      const full = error instanceof Fault && error.code === 'disk-full'
      if (!full || !durable || !this.onFull()) throw error
      value = this.#once(work, durable)
    }
    this.#committed()
    return value
  }

  #notifying = false
  #committed(): void {
    if (this.#notifying) return
    this.#notifying = true
    try {
      this.afterCommit()
    } finally {
      this.#notifying = false
    }
  }

  #once<T>(work: () => T, durable: boolean): T {
    this.#synchronise(durable)
    this.exec('BEGIN IMMEDIATE')
    this.#depth = 1
    this.#durable = durable
    try {
      const value = work()
      this.exec('COMMIT')
      return value
    } catch (error) {
      this.#undo()
      throw error
    } finally {
      this.#depth = 0
    }
  }

  /** One consistent view for several reads. */
  snapshot<T>(work: () => T): T {
    if (this.#depth > 0) return work()
    this.exec('BEGIN')
    this.#depth = 1
    try {
      return work()
    } finally {
      this.#undo()
      this.#depth = 0
    }
  }

  close(): void {
    this.#statements.clear()
    this.guarded(() => this.#handle.close())
  }

  #synchronous: 'FULL' | 'NORMAL' | undefined
  #synchronise(durable: boolean): void {
    const wanted = durable ? 'FULL' : 'NORMAL'
    if (this.#synchronous === wanted) return
    this.exec(`PRAGMA synchronous=${wanted}`)
    this.#synchronous = wanted
  }

  // After SQLITE_FULL and SQLITE_IOERR SQLite may have rolled back by itself.
  #undo(): void {
    if (this.#handle.isTransaction) this.exec('ROLLBACK')
  }
}
