/** What a source did at a decoy: told, counted against the budget, and waited for where that is spent. */
import type { HostSession } from '#schema/decoy-host.ts'
import { ledger, type Step } from './budget.ts'
import type { Contacts } from './contacts.ts'
import { holds } from './holds.ts'
import type { Limits } from './limits.ts'
import type { Placed } from './stations.ts'

export interface Encounters {
  /** Tells and counts. @returns whether the budget leaves room for an answer */
  meet(session: HostSession, placed: Placed, step: Step, notes?: readonly string[]): boolean
  /** Whether the answer may go out, once somebody decided or nobody did in time. To be called when {@link meet} left no room. */
  decided(session: HostSession, placed: Placed): Promise<boolean>
  goOn(source: string): void
  cut(source: string): void
  /** Answers that wait. */
  readonly held: number
}

export const encounters = (limits: Limits, contacts: Contacts): Encounters => {
  // Anybody can write the source of a datagram: what datagrams spend is no account of who completes a handshake.
  const books = { tcp: ledger(limits.pairs), udp: ledger(limits.pairs) }
  const waiting = holds(limits.hold)
  return {
    meet: (session, { key, budget }, step, notes = []) => {
      const { source, transport } = session
      const book = books[transport]
      const outcome = book.step(source, key, budget, step)
      contacts.tell(session, {
        handshake: transport === 'tcp',
        exchanges: book.exchanges(source, key),
        spent: outcome === 'spent',
        notes,
      })
      return outcome === 'within'
    },
    decided: async ({ source, transport }, { key }) => {
      const decision = await waiting.wait(source)
      if (decision === 'late') books[transport].lapse(source, key)
      return decision === 'go-on'
    },
    goOn: (source) => {
      books.tcp.renew(source)
      books.udp.renew(source)
      waiting.decide(source, 'go-on')
    },
    cut: (source) => waiting.decide(source, 'cut'),
    get held() {
      return waiting.size
    },
  }
}
