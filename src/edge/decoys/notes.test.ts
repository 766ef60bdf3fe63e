import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { EventDraft } from '#schema/event.ts'
import { complete } from '../store/draft.ts'
import { joinedContacts, mostNotes, techniqueOf } from './notes.ts'

const contact = (...asked: string[]): EventDraft => {
  const technique = techniqueOf(asked)
  return {
    kind: 'decoy-contact',
    text: `spoke${asked.map((note) => `, ${note}`).join('')}`,
    details: { handshake: true, ...(asked.length > 0 && { asked }) },
    ...(technique !== undefined && { technique }),
  }
}
const joined = (...contacts: EventDraft[]): EventDraft => contacts.reduce(joinedContacts)
const reads = Array.from({ length: 40 }, (_, at) => contact(`read DB${at}`))

describe('contacts with a decoy that are told together', () => {
  for (const [name, contacts, technique, first] of [
    ['a handshake and what is asked after it', [contact(), contact('read SZL 0x0011')], 'T0888', 'read SZL 0x0011'],
    ['what is asked, and another handshake', [contact('read SZL 0x0011'), contact()], 'T0888', 'read SZL 0x0011'],
    ['a write behind a flood of reads', [...reads, contact('write DB1')], 'T1692.001', 'write DB1'],
    ['a stop in a flood of reads', [...reads, contact('plc stop'), ...reads], 'T0858', 'plc stop'],
  ] as const)
    it(`say what did most: ${name}`, () => {
      const said = joined(...contacts)
      assert.equal(said.technique, technique)
      assert.equal(said.text, `spoke, ${first}`)
      assert.equal([said.details?.['asked']].flat()[0], first)
    })
  it('have each note once, and so many at most', () => {
    assert.deepEqual(joined(contact('read DB1'), contact('read DB1')).details?.['asked'], ['read DB1'])
    assert.equal([joined(...reads).details?.['asked']].flat().length, mostNotes)
  })
  it('stay events however long the notes are', () => {
    const long = Array.from({ length: 40 }, (_, at) => contact(`${at}${'"'.repeat(98)}`))
    complete({ ...joined(...long) }, '01JD4Z9Q000000000000000000', 0, { site: 'mill', edge: 'cell-1-edge' })
  })
})
