/** What was discovered so far: one SQLite file that recordings are added to, each once, whole or not at all. */
import { existsSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Fault, messageOf } from '#core/errors.ts'
import { makeFolders } from '#core/folders.ts'
import { Database } from '#sqlite/database.ts'
import { corrupt } from '#sqlite/fault.ts'
import { json, text } from '#sqlite/row.ts'
import type { Capture, Observed, Told } from '../model.ts'
import type { Recording } from '../observe/recording.ts'
import { mergeBindings, mergeCommands, mergeConversations, mergeEndpoints, mergeFacts } from './merge.ts'
import { observedFrom } from './observed.ts'
import { addAll, bodies, CaptureRow, layout, version } from './tables.ts'

export const stateFile = 'discover.db'

export interface State {
  /** Where the file is, and what goes with it. */
  readonly folder: string
  /** Adds a recording. @returns `known` when its bytes were read before: nothing changes then */
  add(recording: Recording): 'added' | 'known'
  /** Whether a recording with this digest was added. */
  has(digest: string): boolean
  /** The recordings that were added. */
  captures(): readonly Capture[]
  observed(): Observed
  /** What a person says of a device: replaces what was said of it before. Said of nothing but the address, it is taken back. */
  tell(told: Told): void
  /** All of `work` or nothing of it. */
  atomically<T>(work: () => T): T
  close(): void
}

/**
 * Opens a state, and makes it unless `readonly`.
 * @param path its folder, or the file in it
 * @throws Fault `not-found` where there is none to read, `store-…` for what is wrong with the file
 */
export const openState = (path: string, { readonly = false }: { readonly readonly?: boolean } = {}): State => {
  const isFile = basename(path) === stateFile || (existsSync(path) && statSync(path).isFile())
  const file = isFile ? path : join(path, stateFile)
  if (!existsSync(file)) {
    if (readonly)
      throw new Fault('not-found', `Nothing was discovered in ${path}.`, {
        advice: 'Name the folder that `bulkhead discover … -o FOLDER` wrote.',
      })
    makeFolders(dirname(file))
  }
  let database: Database | undefined
  try {
    database = new Database(file, { readonly })
    prepare(database, readonly)
  } catch (error) {
    database?.close()
    throw damaged(error)
  }
  return stateOf(database, dirname(file))
}

/** The advice of the catalogue is about the store of an edge. */
const damaged = (error: unknown): unknown =>
  error instanceof Fault && error.code === 'store-corrupt'
    ? new Fault(error.code, error.message, {
        details: error.details,
        cause: error,
        advice: 'Name another folder, or move the file away and read the captures again.',
      })
    : error

const prepare = (database: Database, readonly: boolean): void => {
  const found = database.value('PRAGMA user_version')
  if (found === version) return
  const isEmpty = database.value('SELECT count(*) FROM sqlite_schema') === 0
  if (found !== 0 || !isEmpty || readonly)
    throw new Fault('store-unreadable', `${database.path} is no state of this version of bulkhead.`, {
      advice: 'Discover into another folder.',
    })
  database.atomically(() => database.exec(layout))
}

const stateOf = (database: Database, folder: string): State => {
  const has = (digest: string) =>
    database.statement('SELECT 1 FROM captures WHERE digest = ?').get(digest) !== undefined
  return {
    folder,
    has,
    captures: () =>
      [...database.rows('SELECT body FROM captures ORDER BY digest')].map((row) => CaptureRow.parse(json(row, 'body'))),
    add: (recording) =>
      database.atomically(() => {
        if (has(recording.capture.digest)) return 'known'
        addRecording(database, recording)
        return 'added'
      }),
    observed: () =>
      database.snapshot(() => {
        const all = <T>(table: string, schema: { parse(value: unknown): T }): T[] =>
          [...database.rows(`SELECT body FROM ${table} ORDER BY 1`)].map((row) => {
            try {
              return schema.parse(json(row, 'body'))
            } catch (error) {
              throw corrupt(database.path, `${table}: ${messageOf(error)}`)
            }
          })
        const commands = new Map<string, ReturnType<typeof bodies.commands.parse>[]>()
        for (const row of database.rows('SELECT conversation, body FROM commands ORDER BY conversation, key')) {
          const conversation = text(row, 'conversation')
          let list = commands.get(conversation)
          if (list === undefined) commands.set(conversation, (list = []))
          list.push(bodies.commands.parse(json(row, 'body')))
        }
        return observedFrom({
          captures: all('captures', CaptureRow),
          endpoints: all('endpoints', bodies.endpoints),
          bindings: all('bindings', bodies.bindings),
          facts: all('facts', bodies.facts),
          conversations: all('conversations', bodies.conversations),
          commands,
          told: all('told', bodies.told),
          limits: [...database.rows('SELECT text FROM limits ORDER BY 1')].map((row) => text(row, 'text')),
        })
      }),
    tell: (told) => {
      const key = `${told.vlan} ${told.address}`
      const isEmpty = Object.entries(told).every(
        ([name, value]) => name === 'vlan' || name === 'address' || value === undefined,
      )
      if (isEmpty) database.statement('DELETE FROM told WHERE key = ?').run(key)
      else database.statement('INSERT OR REPLACE INTO told (key, body) VALUES (?, ?)').run(key, JSON.stringify(told))
    },
    atomically: (work) => database.atomically(work),
    close: () => database.close(),
  }
}

const addRecording = (database: Database, recording: Recording): void => {
  const { capture, endpoints, bindings, facts, conversations, commands, limits } = recording
  database.statement('INSERT INTO captures (digest, body) VALUES (?, ?)').run(capture.digest, JSON.stringify(capture))
  addAll(database, 'endpoints', endpoints, bodies.endpoints, mergeEndpoints)
  addAll(database, 'bindings', bindings, bodies.bindings, mergeBindings)
  addAll(database, 'facts', facts, bodies.facts, mergeFacts)
  addAll(database, 'conversations', conversations, bodies.conversations, mergeConversations)
  const get = database.statement('SELECT body FROM commands WHERE conversation = ? AND key = ?')
  const put = database.statement('INSERT OR REPLACE INTO commands (conversation, key, body) VALUES (?, ?, ?)')
  for (const [conversation, rows] of commands)
    for (const [key, row] of rows) {
      const known = get.get(conversation, key)
      const sum = known === undefined ? row : mergeCommands(bodies.commands.parse(json(known, 'body')), row)
      put.run(conversation, key, JSON.stringify(sum))
    }
  const limit = database.statement('INSERT OR IGNORE INTO limits (text) VALUES (?)')
  for (const line of limits) limit.run(line)
}
