/** NTLM, wherever it is carried: MS-NLMP, 2.2. Challenges name the server, answers the client's workstation; users are not kept. */
import { u16be, u16le, u32le } from '#core/bytes.ts'
import { sure, type Read, type Tell } from './sighting.ts'
import { textAt, wideTextAt } from './text.ts'
import { windowsName } from './windows.ts'

const signature = Buffer.from('NTLMSSP\0', 'latin1')
const mostMessages = 4
const kinds = { negotiate: 1, challenge: 2, authenticate: 3 } as const
const flags = { unicode: 0x1, version: 0x0200_0000 } as const
/** Of an attribute and value pair (2.2.2.1). */
const attributes = { end: 0, computer: 1, domain: 2, dnsComputer: 3, dnsDomain: 4 } as const
const mostAttributes = 32

/** The bytes that a field of length, room and offset names; none when they are not there. */
const fieldAt = (bytes: Uint8Array, at: number): Uint8Array => {
  const from = u32le(bytes, at + 4)
  const to = from + u16le(bytes, at)
  return to <= bytes.length ? bytes.subarray(from, to) : new Uint8Array(0)
}

/** Samba says 6.1 without a build. */
const tellVersion = (bytes: Uint8Array, at: number, set: number, tell: Tell): void => {
  const build = u16le(bytes, at + 2)
  if ((set & flags.version) === 0 || at + 8 > bytes.length || build === 0) return
  tell('os', windowsName(bytes[at] ?? 0, bytes[at + 1] ?? 0, build), sure.identity)
}

const tellTarget = (info: Uint8Array, tell: Tell): void => {
  const texts = new Map<number, string>()
  let at = 0
  for (let left = mostAttributes; left > 0 && at + 4 <= info.length; left--) {
    const id = u16le(info, at)
    const to = at + 4 + u16le(info, at + 2)
    if (id === attributes.end || to > info.length) break
    texts.set(id, wideTextAt(info, at + 4, to))
    at = to
  }
  const text = (id: number): string => texts.get(id) ?? ''
  tell('name', text(attributes.computer), sure.identity)
  tell('name', text(attributes.dnsComputer), sure.identity)
  // A machine of no domain is its own.
  if (text(attributes.domain) !== text(attributes.computer)) tell('domain', text(attributes.domain), sure.identity)
  if (text(attributes.dnsDomain) !== text(attributes.dnsComputer))
    tell('domain', text(attributes.dnsDomain), sure.identity)
}

const tellMessage: Read = (bytes, tell) => {
  const kind = u32le(bytes, 8)
  if (kind === kinds.negotiate) {
    const set = u32le(bytes, 12)
    tellVersion(bytes, 32, set, tell)
    const workstation = fieldAt(bytes, 24)
    // In the character set of the client, before any is agreed on.
    tell('name', textAt(workstation, 0, workstation.length), sure.name)
  } else if (kind === kinds.challenge) {
    const set = u32le(bytes, 20)
    const info = fieldAt(bytes, 40)
    tellTarget(info, tell)
    if (Math.min(u32le(bytes, 16), u32le(bytes, 44)) >= 56) tellVersion(bytes, 48, set, tell)
  } else if (kind === kinds.authenticate) {
    const set = u32le(bytes, 60)
    const workstation = fieldAt(bytes, 44)
    const isWide = (set & flags.unicode) !== 0
    tell('name', (isWide ? wideTextAt : textAt)(workstation, 0, workstation.length), sure.name)
    if (Math.min(u32le(bytes, 16), u32le(bytes, 32), u32le(bytes, 48)) >= 72) tellVersion(bytes, 64, set, tell)
  }
}

/** Every NTLM message in the bytes. */
export const tellNtlm: Read = (bytes, tell) => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = buffer.indexOf(signature)
  for (let left = mostMessages; left > 0 && at >= 0; left--) {
    tellMessage(bytes.subarray(at), tell)
    at = buffer.indexOf(signature, at + signature.length)
  }
}

/** DCE/RPC of version 5 (C706, 12.6): a bind, its answer, an altered context, its answer, or the third leg of a login. */
const rpcTypes: readonly number[] = [0x0b, 0x0c, 0x0e, 0x0f, 0x10]
const longestRpc = 4096

export const isRpc = (bytes: Uint8Array): boolean =>
  bytes[0] === 5 && (bytes[1] ?? 0xff) <= 1 && rpcTypes.includes(bytes[2] ?? 0)

/** @returns whether more of it is wanted */
export const readRpc = (bytes: Uint8Array, _fromClient: boolean, tell: Tell): boolean => {
  let at = 0
  while (at + 16 <= bytes.length) {
    // Bit 4 of the data representation: little-endian, as all but a few are.
    const isLittle = ((bytes[at + 4] ?? 0) & 0x10) !== 0
    const to = at + (isLittle ? u16le : u16be)(bytes, at + 8)
    if (to < at + 16 || to > bytes.length) break
    if (rpcTypes.includes(bytes[at + 2] ?? 0)) tellNtlm(bytes.subarray(at, to), tell)
    at = to
  }
  return bytes.length < longestRpc
}
