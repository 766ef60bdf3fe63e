/** Contacts as they are told: each spent budget at once, of the others at most so many a second for a source, the rest summed. */
import type { HostReport, HostSession } from '#schema/decoy-host.ts'
import { bounded } from './bounded.ts'
import { buckets } from './bucket.ts'

export interface Touch {
  readonly handshake: boolean
  /** With this decoy by this source in all. */
  readonly exchanges: number
  readonly spent: boolean
  readonly notes: readonly string[]
}
type Contact = Extract<HostReport, { type: 'contact' }>

export interface Contacts {
  tell(session: HostSession, touch: Touch): void
  /** Tells what waits, of whom it may; to be called a few times a second. */
  flush(): void
  readonly waiting: number
}

const mostNotes = 16
const noteLength = 100
/** Printable, and no longer than the contract has it: notes quote what a stranger sent. */
export const printable = (text: string, most: number): string =>
  // oxlint-disable-next-line no-control-regex
  text.slice(0, most).replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]/g, '.')

const joined = (before: readonly string[], more: readonly string[]): string[] => {
  const notes = [...before]
  for (const note of more) {
    if (notes.length >= mostNotes) break
    const text = printable(note, noteLength)
    if (!notes.includes(text)) notes.push(text)
  }
  return notes
}

export interface ContactOptions {
  readonly perSecond: number
  /** Contacts that wait; beyond, the one that waits longest is lost. */
  readonly most: number
  readonly now: () => number
  /** @returns false when there is no room for it now */
  readonly write: (contact: Contact) => boolean
}

export const contacts = ({ perSecond, most, now, write }: ContactOptions): Contacts => {
  const waiting = bounded<string, Contact>(most)
  const bucket = buckets(perSecond, perSecond, most, now)
  return {
    tell: (session, touch) => {
      const key = `${session.source} ${session.decoy} ${session.transport}`
      const before = waiting.get(key)
      const contact: Contact = {
        type: 'contact',
        session,
        handshake: touch.handshake,
        exchanges: touch.exchanges,
        spent: touch.spent,
        notes: joined(before?.notes ?? [], touch.notes),
      }
      // A budget is spent once: that is told whatever else was.
      if (touch.spent) {
        waiting.delete(key)
        write(contact)
        return
      }
      if (before === undefined && bucket.take(session.source) && write(contact)) return
      waiting.set(key, contact)
    },
    flush: () => {
      for (const [key, contact] of waiting.entries()) {
        if (!bucket.take(contact.session.source)) continue
        if (!write(contact)) return
        waiting.delete(key)
      }
    },
    get waiting() {
      return waiting.size
    },
  }
}
