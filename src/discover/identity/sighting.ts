/** What a message tells about a device, and how a reader gives it on. */
import type { Fact } from '../model.ts'
import { presentable } from './text.ts'

export interface Sighting {
  readonly name: Fact['name']
  /** At most 200 characters, none of them a control character. */
  readonly value: string
  readonly source: string
  readonly confidence: number
  /** Of whom: the sender, the receiver, or another address that the message names, such as the one that a DHCP server gives away. */
  readonly of: Subject
}
export type Subject = 'sender' | 'receiver' | { readonly mac: string } | { readonly ip: string }
export type Found = (sighting: Sighting) => void

/** How sure a fact is by the way it was told: see `Fact.confidence`. */
export const sure = { login: 0.95, identity: 0.95, name: 0.9, banner: 0.7, hint: 0.5, guess: 0.3 } as const

/** Gives one fact on: of the sender unless it is said of whom. What is empty, or was told as surely already, is left out. */
export type Tell = (name: Fact['name'], value: string, confidence: number, of?: Subject) => void

/** Reads one whole message; bytes that are not there read as zero. Never throws. */
export type Read = (bytes: Uint8Array, tell: Tell) => void

/** Sightings of one message at most: hostile ones would fill an inventory. */
const mostSightings = 32

const keyOf = (of: Subject): string => {
  if (typeof of === 'string') return of
  return 'mac' in of ? of.mac : of.ip
}

/** Tells of one message of `source`. */
export const teller = (source: string, found: Found): Tell => {
  const told = new Map<string, number>()
  return (name, value, confidence, of = 'sender') => {
    const text = presentable(value)
    if (text === '' || told.size >= mostSightings) return
    const key = `${name} ${keyOf(of)} ${text}`
    if ((told.get(key) ?? 0) >= confidence) return
    told.set(key, confidence)
    found({ name, value: text, source, confidence, of })
  }
}
