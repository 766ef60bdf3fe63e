/** Messages written from their specifications, what they tell, and what tshark must read in the same bytes. */
import { bytesOf } from '#protocols/reading.ts'
import { readDatagram, readLayer2, readOpening, type Found, type Sighting } from './identity.ts'

/** How a message is carried. */
export type Carrier =
  | { readonly etherType: number }
  | { readonly sport: number; readonly dport: number }
  | { readonly port: number; readonly fromClient: boolean }

export interface Golden {
  readonly sentence: string
  readonly carrier: Carrier
  readonly bytes: Uint8Array
  /** As {@link lineOf} writes them. */
  readonly tells: readonly string[]
  /** Fields of tshark and one of their values in it. */
  readonly tshark?: Readonly<Record<string, string>>
  /** An opening that more bytes of this side could tell more of. */
  readonly more?: boolean
}

/** Bytes of parts: texts are hexadecimal. */
export const joined = (...parts: readonly (string | Uint8Array)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...(typeof part === 'string' ? bytesOf(part) : part)]))

export const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'utf8'))
export const wide = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'utf16le'))
export const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value)
export const little16 = (value: number): Uint8Array => Uint8Array.of(value, value >> 8)
export const little32 = (value: number): Uint8Array => joined(little16(value & 0xffff), little16(value >>> 16))
export const lines = (...all: readonly string[]): Uint8Array => ascii(all.map((line) => `${line}\r\n`).join(''))

/** First-level encoding, RFC 1001, 14.1: sixteen bytes, the last one the suffix. */
export const netbios = (text: string, suffix: number): Uint8Array =>
  joined(
    '20',
    Uint8Array.from([...ascii(text.padEnd(15)), suffix].flatMap((byte) => [0x41 + (byte >> 4), 0x41 + (byte & 15)])),
    '00',
  )

/** Such as `name 0.95: plc-7`, with whom it is of before it when that is not the sender. */
export const lineOf = ({ of, name, confidence, value }: Sighting): string => {
  const subject = typeof of === 'string' ? of : 'mac' in of ? of.mac : of.ip
  return `${subject === 'sender' ? '' : `${subject} `}${name} ${confidence}: ${value}`
}

/** @returns whether more is wanted, which only openings say */
export const readCarried = (carrier: Carrier, bytes: Uint8Array, at: number, end: number, found: Found): boolean => {
  if ('etherType' in carrier) readLayer2(carrier.etherType, bytes, at, end, found)
  else if ('sport' in carrier) readDatagram(carrier.sport, carrier.dport, bytes, at, end, found)
  else return readOpening(carrier.port, carrier.fromClient, bytes, at, end, found)
  return false
}

/** What a message tells, in lines. */
export const toldBy = (carrier: Carrier, bytes: Uint8Array): readonly string[] => {
  const told: string[] = []
  readCarried(carrier, bytes, 0, bytes.length, (sighting) => told.push(lineOf(sighting)))
  return told
}
