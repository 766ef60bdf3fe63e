import type { Fact } from '../model.ts'
export interface Sighting {
  readonly name: Fact['name']
  readonly value: string
  readonly source: string
  readonly confidence: number
  readonly of: 'sender' | 'receiver' | { readonly mac: string } | { readonly ip: string }
}
type Found = (sighting: Sighting) => void
export const readLayer2 = (_etherType: number, _bytes: Uint8Array, _at: number, _end: number, _found: Found): void => {}
export const readDatagram = (
  _s: number,
  _d: number,
  _bytes: Uint8Array,
  _at: number,
  _end: number,
  _found: Found,
): void => {}
export const identityPorts: ReadonlySet<number> = new Set()
export const readOpening = (
  _port: number,
  _fromClient: boolean,
  _bytes: Uint8Array,
  _at: number,
  _end: number,
  _found: Found,
): boolean => false
