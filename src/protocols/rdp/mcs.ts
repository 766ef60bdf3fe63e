/** The channels of an RDP connection (T.125, T.124; [MS-RDPBCGR] 2.2.1.3 to 2.2.1.9), as far as a login needs them. */
import { listU16be, u16be, u16le, u32le } from '#core/bytes.ts'
import { der } from '../der.ts'
import { data } from './connection.ts'

const [globalChannel, serverUser, firstUser] = [1003, 0x03ea, 1001] as const
const userChannel = 1007
const channelLimit = 31

export interface Initial {
  /** Static channels that are asked for. */
  readonly channels: number
}

/** A Connect-Initial: its client data blocks behind the H.221 key `Duca`. */
export const readInitial = (unit: Buffer): Initial | undefined => {
  if (unit[0] !== 0x7f || unit[1] !== 0x65) return undefined
  const key = unit.indexOf('Duca', 0, 'latin1')
  if (key < 0) return undefined
  // A length of PER, one or two bytes.
  let at = key + 4 + ((unit[key + 4] ?? 0) & 0x80 ? 2 : 1)
  for (let blocks = 0; blocks < 16 && at + 4 <= unit.length; blocks++) {
    const [type, length] = [u16le(unit, at), u16le(unit, at + 2)]
    if (length < 4) return undefined
    if (type === 0xc003) return { channels: Math.min(u32le(unit, at + 4), channelLimit) }
    at += length
  }
  return { channels: 0 }
}

const block = (type: number, body: Buffer): Buffer => {
  const head = Buffer.alloc(4)
  head.writeUInt16LE(type)
  head.writeUInt16LE(body.length + 4, 2)
  return Buffer.concat([head, body])
}
const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** @param protocols that the client asked for, said back to it */
export const connectResponse = ({ channels }: Initial, version: number, protocols: number): Buffer => {
  const ids = Buffer.alloc(2 * (channels + (channels % 2)))
  for (let index = 0; index < channels; index++) ids.writeUInt16LE(globalChannel + 1 + index, index * 2)
  const head = Buffer.alloc(4)
  head.writeUInt16LE(globalChannel)
  head.writeUInt16LE(channels, 2)
  const blocks = Buffer.concat([
    block(0x0c01, Buffer.concat([word(version), word(protocols), word(1)])),
    // Inside TLS there is no encryption of its own.
    block(0x0c02, Buffer.concat([word(0), word(0)])),
    block(0x0c03, Buffer.concat([head, ids])),
  ])
  const gcc = Buffer.concat([
    Buffer.from('000500147c00012a14760a01010001c0004d63446e', 'hex'),
    Buffer.from(blocks.length < 128 ? [blocks.length] : [0x80 | (blocks.length >> 8), blocks.length & 255]),
    blocks,
  ])
  const parameters = Buffer.from('301a020122020103020100020101020100020101020300fff8020102', 'hex')
  const body = Buffer.concat([Buffer.from('0a0100020100', 'hex'), parameters, der(4, gcc)])
  return data(Buffer.from([0x7f]), der(0x66, body))
}

export type DomainUnit =
  | { readonly kind: 'erect' }
  | { readonly kind: 'attach' }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'join'; readonly user: number; readonly channel: number }
  | { readonly kind: 'send'; readonly channel: number; readonly body: Buffer }

/** One domain unit, in the aligned PER of T.125. */
export const readDomainUnit = (unit: Buffer): DomainUnit | undefined => {
  const choice = (unit[0] ?? 0) >> 2
  if (choice === 1) return { kind: 'erect' }
  if (choice === 8) return { kind: 'disconnect' }
  if (choice === 10) return { kind: 'attach' }
  if (choice === 14 && unit.length >= 5) return { kind: 'join', user: u16be(unit, 1), channel: u16be(unit, 3) }
  if (choice !== 25 || unit.length < 7) return undefined
  const isLong = ((unit[6] ?? 0) & 0x80) !== 0
  return { kind: 'send', channel: u16be(unit, 3), body: unit.subarray(isLong ? 8 : 7) }
}

export const attached = (): Buffer => data(Buffer.from([0x2e, 0, ...listU16be(userChannel - firstUser)]))
export const joined = (user: number, channel: number): Buffer =>
  data(Buffer.from([0x3e, 0, ...listU16be(user), ...listU16be(channel), ...listU16be(channel)]))
/** Disconnect Provider Ultimatum: asked for by a user. */
export const disconnected = (): Buffer => data(Buffer.from([0x21, 0x80]))

/** Set Error Info (2.2.5.1.1): the user may not log in for want of privileges. */
export const refusal = (): Buffer => {
  const error = 9
  const body = Buffer.alloc(22)
  body.writeUInt16LE(22)
  body.writeUInt16LE(0x17, 2)
  body.writeUInt16LE(serverUser, 4)
  body.writeUInt32LE(0x0001_03ea, 6)
  body.set([0, 1], 10)
  body.writeUInt16LE(4, 12)
  body[14] = 0x2f
  body.writeUInt32LE(error, 18)
  return data(
    Buffer.from([0x68, ...listU16be(serverUser - firstUser), ...listU16be(globalChannel), 0x70, body.length]),
    body,
  )
}
