/** The start of a daemon: what it needs before it may touch anything, in the order in which it can be refused. */
import { Fault } from '#core/errors.ts'
import { openNflog, type Nflog, type NflogRecord } from '#linux/nflog.ts'
import { logGroup } from '#policy/nft/names.ts'
import type { EventDraft } from '#schema/event.ts'
import type { Edge, EdgeOptions } from './context.ts'
import { record } from './writing.ts'
import { type Before, Denials, lookBefore } from './records/denials.ts'
import type { Outlets } from './sinks/outlets.ts'
import { startEdge } from './start.ts'
import type { StoredEvent } from './store/events.ts'

export interface Begun {
  readonly edge: Edge
  readonly denials: Denials
  readonly outlets: Outlets
  readonly nflog: Nflog
}

/** What happens with kernel records. Those that come during the start are handed over when it is done. */
export interface Readers {
  readonly onRecord: (begun: Begun, log: NflogRecord) => void
  readonly onOverflow: (lost: number) => void
}

/** Records kept during the start; of more the packets are counted all the same. */
const earlyLimit = 1000

/** Each record takes some time to write down: orders must not wait for many. */
const turn = 2

const listen = (onRecord: (log: NflogRecord) => void, onOverflow: (lost: number) => void): Nflog => {
  try {
    return openNflog({ group: logGroup, copyBytes: 9216, turn, onRecord, onOverflow })
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'edge-running') throw error
    throw new Fault('edge-running', 'Another daemon enforces in this network already.', { cause: error })
  }
}

const none: Outlets = { send: () => {}, troubles: () => new Map(), close: async () => {} }

const open = async ({ sinks = [], version = '0' }: EdgeOptions, onLoss: (loss: EventDraft) => void): Promise<Outlets> =>
  sinks.length === 0 ? none : (await import('./sinks/outlets.ts')).openOutlets(sinks, { version, onLoss })

/**
 * Receivers are opened first: what is wrong with them is refused before anything is touched, and they get the events of the start.
 * The kernel gives its records to one listener per network, so listening is also how two daemons on one bridge are told apart.
 */
export const begin = async (options: EdgeOptions, { onRecord, onOverflow }: Readers): Promise<Begun> => {
  const early: NflogRecord[] = []
  let begun: Begun | undefined
  let nflog: Nflog | undefined
  let before: Before = { counted: new Map(), conversations: [] }
  const take = (log: NflogRecord): void => {
    if (begun !== undefined) onRecord(begun, log)
    else if (early.length < earlyLimit) early.push(log)
  }
  const claim = (): void => {
    nflog = listen(take, onOverflow)
    before = lookBefore()
  }
  const onLoss = (loss: EventDraft) => begun !== undefined && record(begun.edge, loss)
  const outlets = await open(options, onLoss)
  const told = (stored: readonly StoredEvent[]) => {
    options.told?.(stored)
    outlets.send(stored)
  }
  try {
    const edge = await startEdge({ ...options, told }, claim)
    if (nflog === undefined) throw new Fault('internal', 'The edge started without its kernel records.')
    begun = { edge, denials: new Denials(edge, before), outlets, nflog }
  } catch (error) {
    nflog?.close()
    await outlets.close(0)
    throw error
  }
  for (const log of early) onRecord(begun, log)
  return begun
}
