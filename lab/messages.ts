/** What the plant tells whoever shows it, in the order of happening. Sent over the channel between the two processes. */
import type { ErrorCode } from '#core/errors.ts'
import type { EdgeStatus } from '#schema/control.ts'
import type { Event } from '#schema/event.ts'
import type { ChapterFigures, Figures } from './figures.ts'

export interface PollRow {
  readonly conduit: string
  readonly from: string
  readonly to: string
  readonly sent: number
  readonly answered: number
  readonly lost: number
  readonly reconnects: number
  readonly outstanding: number
  /** Milliseconds, over the last report's interval. */
  readonly p50?: number
  readonly p99?: number
}

export interface Machine {
  readonly name: string
  /** Port of the edge that it is behind. */
  readonly port: string
  /** Addresses that it has, or will take in the course of the story. */
  readonly ips: readonly string[]
}

export type Message =
  | { readonly type: 'step'; readonly text: string }
  | {
      readonly type: 'up'
      readonly site: string
      readonly machines: readonly Machine[]
      readonly timezone: string
    }
  | { readonly type: 'chapter'; readonly number: number; readonly of: number; readonly title: string }
  | { readonly type: 'say'; readonly text: string }
  | { readonly type: 'tool'; readonly host: string; readonly argv: readonly string[] }
  | { readonly type: 'check'; readonly text: string; readonly ok: boolean }
  | { readonly type: 'chapter-end'; readonly chapter: ChapterFigures }
  | { readonly type: 'event'; readonly event: Event }
  | { readonly type: 'status'; readonly status: EdgeStatus | null }
  | { readonly type: 'polls'; readonly rows: readonly PollRow[] }
  /** Asks the one outside to start or stop the manager; the answer is a {@link ManagerState}. */
  | { readonly type: 'manager'; readonly want: 'up' | 'down' }
  | { readonly type: 'figures'; readonly figures: Figures }
  | {
      readonly type: 'fault'
      readonly code: ErrorCode
      readonly what: string
      readonly advice: string
      readonly details: readonly string[]
    }

/** What the one outside tells the plant. */
export interface ManagerState {
  readonly type: 'manager'
  readonly state: 'up' | 'down'
  /** Directory of its sockets. */
  readonly folder: string
  /** ms that it took. */
  readonly ms: number
  /** What enrols each edge, by its name. */
  readonly tokens: Readonly<Record<string, string>>
}

export type Tell = (message: Message) => void
