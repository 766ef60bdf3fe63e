/** The bus of a manager: alone, or with others over NATS and, where that fails, over the database. */
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Database } from '../database/pool.ts'
import type { ObjectSigner } from '../fleet/signer.ts'
import type { Bus, Hints, Topic } from './bus.ts'
import { hintReader, messagesOf } from './hints.ts'
import { localBus } from './local.ts'
import { openNats } from './nats.ts'
import { openPoll } from './poll.ts'

export interface BusOptions {
  /** NATS_URL; without it the manager is alone. */
  readonly nats?:
    | { readonly url: string; readonly credentials?: string | undefined; readonly ca?: string | undefined }
    | undefined
  readonly db: Database
  readonly signer: ObjectSigner
  /** Of this manager. */
  readonly id: string
  readonly now: () => number
  /** What a listener threw, or a look into the database. */
  readonly onFault: (error: unknown) => void
  /** Told once when the way to the others is lost, and with `undefined` when it is there again. */
  readonly onAlarm?: (alarm: string | undefined) => void
  /** ms between looks into the database: with a way to the others, and without. */
  readonly looks?: { readonly up: number; readonly down: number }
}
export interface OpenedBus extends Bus {
  /** Whether there is a way to other managers; never for one that is alone. */
  readonly isUp: () => boolean
  /** Messages that were not of a manager of this database. */
  readonly refused: () => number
}

const usualLooks = { up: 10_000, down: 1000 } as const

/** One for each database, so that a copy of it elsewhere does not hear what this one says. */
export const databaseId = async (db: Database, signer: Pick<ObjectSigner, 'fingerprint'>): Promise<string> => {
  const { rows } = await sql<{ oid: number; identifier: string }>`
    SELECT d.oid, (SELECT system_identifier::text FROM pg_control_system()) AS identifier
    FROM pg_database d WHERE d.datname = current_database()`.execute(db)
  const { oid = 0, identifier = '' } = rows[0] ?? {}
  return createHash('sha256').update(`${signer.fingerprint}\n${identifier}\n${oid}`).digest('hex').slice(0, 16)
}

const alone = (options: BusOptions): OpenedBus => ({
  ...localBus(options.onFault),
  isUp: () => false,
  refused: () => 0,
})

export const openBus = async (options: BusOptions): Promise<OpenedBus> => {
  const { nats: place, db, signer, now, onFault, onAlarm = () => undefined, looks = usualLooks } = options
  if (place === undefined) return alone(options)
  const local = localBus(onFault)
  const read = hintReader(signer)
  let alarm: string | undefined
  let refused = 0
  let isClosed = false
  let timer: NodeJS.Timeout | undefined

  let isLooking = false
  /** The one under way, or the last. */
  let look: Promise<void> = Promise.resolve()
  /** Something happened during a look that it may not have seen. */
  let again = false

  const here = <T extends Topic>(topic: T, hint: Hints[T]): void => {
    if ('stream' in hint) poll.heard(hint.stream, hint.revision)
    local.publish(topic, hint)
  }
  const poll = openPoll({ db, id: options.id, now }, (topic, hint) => local.publish(topic, hint))
  const looking = async (): Promise<void> => {
    again = isLooking
    if (isLooking || isClosed) return
    clearTimeout(timer)
    isLooking = true
    look = poll.look().catch((error: unknown) => (isClosed ? undefined : onFault(error)))
    await look
    isLooking = false
    if (isClosed) return
    const wait = again ? 0 : nats.isUp() ? looks.up : looks.down
    timer = setTimeout(() => void looking(), wait)
  }
  const prefix = `bulkhead.${await databaseId(db, signer)}`
  await poll.look()
  const nats = openNats({
    ...place,
    prefix,
    name: `bulkhead-manager ${options.id}`,
    onMessage: (topic, text) => {
      const told = read(topic, text, now())
      if (told === undefined) refused++
      else here(told.topic, told.hint)
    },
    onState: (trouble) => {
      const next = trouble === undefined ? undefined : `NATS cannot be reached: ${trouble}`
      const isNews = (next === undefined) !== (alarm === undefined)
      alarm = next
      if (isNews) {
        onAlarm(next)
        // What was said in between is in the database.
        void looking()
      }
    },
  })
  timer = setTimeout(() => void looking(), looks.down)
  return {
    publish: (topic, hint) => {
      here(topic, hint)
      for (const text of messagesOf(signer, topic, hint, now())) nats.send(topic, text)
    },
    subscribe: (topic, listener) => local.subscribe(topic, listener),
    close: async () => {
      isClosed = true
      clearTimeout(timer)
      await nats.close()
      await look
      await local.close()
    },
    alarm: () => alarm,
    isUp: () => nats.isUp(),
    refused: () => refused,
  }
}
