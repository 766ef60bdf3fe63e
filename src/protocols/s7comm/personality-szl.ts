/** System status lists: System Software for S7-300/400, chapter 34, as far as tools ask for them. */
import { putU16be, putU32be } from '#core/bytes.ts'
import type { Identity } from '#core/personality.ts'
import { blockTypes, type S7Profile } from './personality-profile.ts'
import { fault } from './personality-replies.ts'

/** What lists say that is no fact of the model. */
export interface S7Subject {
  readonly identity: Identity
  readonly profile: S7Profile
}

const record = (size: number, index: number): Uint8Array => {
  const out = new Uint8Array(size)
  putU16be(out, 0, index)
  return out
}
const putText = (out: Uint8Array, at: number, text: string, size: number): void => {
  for (let index = 0; index < Math.min(size, text.length); index++) out[at + index] = text.charCodeAt(index) & 0x7f
}

/** `V`, then three numbers. */
const putVersion = (out: Uint8Array, at: number, firmware: string): void => {
  out[at] = 0x56
  for (const [index, part] of firmware.replace(/^V/, '').split('.').slice(0, 3).entries())
    out[at + 1 + index] = Number(part) & 0xff
}

/** 0x11: order number, type and versions of module (1), hardware (6) and firmware (7). */
const moduleRecords = ({ profile }: S7Subject): Uint8Array[] =>
  [1, 6, 7].map((index) => {
    const out = record(28, index)
    putText(out, 2, index === 7 ? '' : profile.order.padEnd(20), 20)
    if (index === 7) {
      out.fill(0x20, 2, 22)
      putVersion(out, 24, profile.firmware)
    } else putU16be(out, 26, profile.hardwareVersion)
    return out
  })

/** Digits of the plant identification, from what differs between decoys. */
const plantOf = ({ identity, profile }: S7Subject): string => {
  let rest = identity.seed
  return profile.plant.replaceAll('#', () => {
    const digit = rest % 10
    rest = Math.floor(rest / 10)
    return String(digit)
  })
}

/** 0x1c: names, serial and manufacturer, each in a record of 34 bytes. */
const componentRecords = (subject: S7Subject): Uint8Array[] => {
  const { identity, profile } = subject
  const texts: readonly (readonly [number, string, number])[] = [
    [1, identity.name, 24],
    [2, profile.moduleType, 24],
    [3, plantOf(subject), 32],
    [4, profile.copyright, 26],
    [5, identity.serial, 24],
    [7, profile.moduleType, 32],
    [8, `MMC ${identity.serialNumber.toString(16).toUpperCase().padStart(8, '0')}`, 32],
  ]
  const records = texts.map(([index, text, size]) => {
    const out = record(34, index)
    putText(out, 2, text, size)
    return out
  })
  // Manufacturer 42 is Siemens; the profile of a generic device.
  const manufacturer = record(34, 9)
  putU16be(manufacturer, 2, 0x002a)
  putU16be(manufacturer, 4, 0xf600)
  putU16be(manufacturer, 6, 1)
  return [...records, manufacturer, record(34, 10), record(34, 11)]
}

/** 0x131, index 1: what communication can do. */
const capability = ({ profile }: S7Subject): Uint8Array => {
  const out = record(40, 1)
  putU16be(out, 2, profile.pdu)
  putU16be(out, 4, profile.connections)
  putU32be(out, 6, 12_000_000)
  putU32be(out, 10, 187_500)
  return out
}

/** 0x132 and 0x232, index 4: protected against reading and writing (level 3), in RUN. */
const protection = (): Uint8Array => {
  const out = record(40, 4)
  for (const [index, value] of [3, 3, 3, 1, 0].entries()) putU16be(out, 2 + 2 * index, value)
  return out
}

/** 0x424: the operating mode; the byte at 3 says RUN (8). */
const mode = (): Uint8Array => {
  const out = record(20, 0x4302)
  out[2] = 0xff
  out[3] = 8
  return out
}

interface List {
  readonly list: number
  /** Indexes that may be asked for; absent: the index does not matter. */
  readonly indexes?: readonly number[]
  /** One record by its index, which stands at its beginning. */
  readonly single?: true
  records(subject: S7Subject): Uint8Array[]
}

const lists: readonly List[] = [
  { list: 0x0011, records: moduleRecords },
  { list: 0x0111, single: true, records: moduleRecords },
  { list: 0x001c, records: componentRecords },
  { list: 0x011c, single: true, records: componentRecords },
  { list: 0x0131, indexes: [1], records: (subject) => [capability(subject)] },
  { list: 0x0132, indexes: [4], records: () => [protection()] },
  { list: 0x0232, indexes: [4], records: () => [protection()] },
  { list: 0x0424, records: () => [mode()] },
]
const known: List = {
  list: 0,
  records: () =>
    [0, ...lists.map(({ list }) => list)].map((list) => {
      const out = new Uint8Array(2)
      putU16be(out, 0, list)
      return out
    }),
}

/** @returns the list with its header, or the error that there is none */
export const statusList = (list: number, index: number, subject: S7Subject): Uint8Array | number => {
  const found = list === 0 ? known : lists.find((each) => each.list === list)
  if (found === undefined) return fault.list
  if (found.indexes !== undefined && !found.indexes.includes(index)) return fault.index
  let records = found.records(subject)
  if (found.single) records = records.filter((each) => (each[0] ?? 0) * 256 + (each[1] ?? 0) === index)
  const size = records[0]?.length ?? 0
  if (size === 0) return fault.index
  const out = new Uint8Array(8 + size * records.length)
  for (const [place, value] of [list, index, size, records.length].entries()) putU16be(out, 2 * place, value)
  for (const [place, each] of records.entries()) out.set(each, 8 + size * place)
  return out
}

const numbersOf = (profile: S7Profile, name: string): readonly number[] =>
  name === 'DB'
    ? Object.keys(profile.dataBlocks).map(Number)
    : (Object.entries(profile.program).find(([type]) => type === name)?.[1] ?? [])

/** How many blocks of each type there are: `0`, the type's character, and the number. */
export const blockCounts = (profile: S7Profile): Uint8Array => {
  const types = Object.entries(blockTypes)
  const out = new Uint8Array(4 * types.length)
  for (const [place, [name, code]] of types.entries()) {
    out[4 * place] = 0x30
    out[4 * place + 1] = code
    putU16be(out, 4 * place + 2, numbersOf(profile, name).length)
  }
  return out
}

/** Number, flags (linked, in work memory) and language of each block. @returns undefined when there is none of that type */
export const blocksOf = (profile: S7Profile, code: number): Uint8Array | undefined => {
  const name = Object.entries(blockTypes).find(([, each]) => each === code)?.[0]
  const numbers = name === undefined ? [] : numbersOf(profile, name)
  if (numbers.length === 0) return undefined
  const out = new Uint8Array(4 * numbers.length)
  for (const [place, number] of numbers.entries()) {
    putU16be(out, 4 * place, number)
    out[4 * place + 2] = 0x22
    // Data blocks are of the language DB, what is delivered with the controller of none, the rest of SCL.
    out[4 * place + 3] = name === 'DB' ? 5 : name === 'SFC' || name === 'SFB' || name === 'SDB' ? 0 : 4
  }
  return out
}
