/** All receivers of one edge together. */
import type { EventDraft } from '#schema/event.ts'
import type { StoredEvent } from '../store/events.ts'
import type { SinkConfig } from './config.ts'
import { openSink, type Sink } from './sink.ts'

export interface Outlets {
  send(stored: readonly StoredEvent[]): void
  /** One sentence per receiver that takes nothing at the moment, by its address. */
  troubles(): ReadonlyMap<string, string>
  /** Sends what waits for at most `milliseconds`. */
  close(milliseconds?: number): Promise<void>
}

export interface OutletsOptions {
  readonly version: string
  /** Gets an event to store when copies were lost. */
  readonly onLoss: (loss: EventDraft) => void
}

const copies = (count: number) => (count === 1 ? '1 copy waits' : `${count} copies wait`)

/**
 * Opens them all, or none.
 * @throws Fault `file-unreadable` when a certificate cannot be read
 */
export const openOutlets = (configs: readonly SinkConfig[], { version, onLoss }: OutletsOptions): Outlets => {
  const sinks: Sink[] = []
  try {
    for (const config of configs) sinks.push(openSink(config, { version, onLoss }))
  } catch (error) {
    for (const sink of sinks) void sink.close(0)
    throw error
  }
  return {
    send: (stored) => {
      for (const { event } of stored) for (const sink of sinks) sink.send(event)
    },
    troubles: () =>
      new Map(
        sinks.flatMap((sink) => {
          const { url, trouble, waiting } = sink.status()
          return trouble === undefined
            ? []
            : [[url, `The receiver of events ${url} is in trouble (${trouble}); ${copies(waiting)}.`] as const]
        }),
      ),
    close: async (milliseconds = 2000) => {
      await Promise.all(sinks.map((sink) => sink.close(milliseconds)))
    },
  }
}
