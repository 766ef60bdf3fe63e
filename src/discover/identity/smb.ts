/** SMB: versions and names that its sessions begin with. MS-CIFS, 2.2.4.52 and 2.2.4.53; MS-SMB, 2.2.4; MS-SMB2, 2.2.4. */
import { u16le, u24be } from '#core/bytes.ts'
import { netbiosNameAt } from './netbios.ts'
import { tellNtlm } from './ntlm.ts'
import { sure, type Read, type Tell } from './sighting.ts'
import { startsWith, textAt, wideTextAt } from './text.ts'

/** Packets of the session service (RFC 1002, 4.3.1). */
const packets = { message: 0x00, request: 0x81, accepted: 0x82 } as const
const commands = { negotiate: 0x72, sessionSetup: 0x73 } as const
const mostMessages = 16
const longest = 8192
const headerLength = 32

const dialects: Readonly<Record<number, string>> = {
  0x0202: 'SMB 2.0.2',
  0x0210: 'SMB 2.1',
  0x0300: 'SMB 3.0',
  0x0302: 'SMB 3.0.2',
  0x0311: 'SMB 3.1.1',
}

/** The place of a text in a session's setup: one of two bytes a character begins at an even place. */
const aligned = (at: number, isWide: boolean): number => (isWide ? at + (at & 1) : at)

/** Texts one behind the other, each with a zero at its end. */
const textsAt = (bytes: Uint8Array, from: number, isWide: boolean): readonly string[] => {
  const texts: string[] = []
  const step = isWide ? 2 : 1
  const isEnd = (place: number): boolean => bytes[place] === 0 && (!isWide || bytes[place + 1] === 0)
  let at = from
  while (at < bytes.length && texts.length < 4) {
    let end = at
    while (end < bytes.length && !isEnd(end)) end += step
    texts.push(isWide ? wideTextAt(bytes, at, end) : textAt(bytes, at, end))
    at = end + step
  }
  return texts
}

const tellSystem = ([os = '', manager = '', domain = '']: readonly string[], isReply: boolean, tell: Tell): void => {
  // Samba says Unix, and which it is in the next text.
  if (os !== 'Unix') tell('os', os, sure.banner)
  if (isReply && manager.startsWith('Samba')) tell('service', manager, sure.banner)
  tell('domain', domain, sure.banner)
}

/** Of the first version, from its header on. */
const tellFirst: Read = (bytes, tell) => {
  const command = bytes[4]
  const isReply = ((bytes[9] ?? 0) & 0x80) !== 0
  const isWide = (u16le(bytes, 10) & 0x8000) !== 0
  const count = bytes[headerLength] ?? 0
  const words = headerLength + 1
  const data = words + count * 2 + 2
  if (data > bytes.length) return
  if (command === commands.negotiate && isReply && count === 17) {
    if (u16le(bytes, words) === 0xffff) return
    tell('service', 'SMB 1', sure.identity)
    // Bit 1 of the security mode: passwords are sent as answers to a challenge.
    if (((bytes[words + 2] ?? 0) & 2) === 0) tell('clear-text-login', 'smb', sure.banner)
    const from = data + (bytes[words + 33] ?? 0)
    // With extended security (bit 31 of the capabilities) an identifier stands there instead; these texts are not aligned.
    const hasNames = ((bytes[words + 22] ?? 0) & 0x80) === 0
    const [domain = '', name = ''] = hasNames ? textsAt(bytes, from, isWide) : []
    tell('domain', domain, sure.name)
    tell('name', name, sure.name)
  }
  if (command !== commands.sessionSetup) return
  const texts = (skipped: number) => textsAt(bytes, aligned(data + skipped, isWide), isWide)
  if (isReply && count === 3) tellSystem(texts(0), true, tell)
  if (isReply && count === 4) tellSystem(texts(u16le(bytes, words + 6)), true, tell)
  if (!isReply && count === 12) tellSystem(texts(u16le(bytes, words + 14)), false, tell)
  if (!isReply && count === 13) {
    const [, domain = '', os = ''] = texts(u16le(bytes, words + 14) + u16le(bytes, words + 16))
    tellSystem([os, '', domain], false, tell)
  }
}

/** Of the later versions: the answer to a negotiation says which. */
const tellLater: Read = (bytes, tell) => {
  const isReply = ((bytes[16] ?? 0) & 1) !== 0
  const dialect = u16le(bytes, 12) === 0 && isReply && bytes.length >= 70 ? dialects[u16le(bytes, 68)] : undefined
  if (dialect !== undefined) tell('service', dialect, sure.identity)
}

/** The names of a session by NetBIOS: whom it is for, and whose it is. */
const tellSession: Read = (bytes, tell) => {
  const called = netbiosNameAt(bytes, 4)
  const calling = called === undefined ? undefined : netbiosNameAt(bytes, called.next)
  if (called !== undefined && !called.name.startsWith('*')) tell('name', called.name, sure.name, 'receiver')
  if (calling !== undefined) tell('name', calling.name, sure.name)
}

const isMessage = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === packets.message && (startsWith(bytes, '\u00FFSMB', at + 4) || startsWith(bytes, '\u00FESMB', at + 4))

export const isSmb = (bytes: Uint8Array): boolean =>
  isMessage(bytes, 0) ||
  (bytes[0] === packets.request && bytes[4] === 0x20) ||
  (bytes[0] === packets.accepted && bytes.length >= 4 && u24be(bytes, 1) === 0)

/** @returns whether more of it is wanted */
export const readSmb = (bytes: Uint8Array, _fromClient: boolean, tell: Tell): boolean => {
  let at = 0
  for (let left = mostMessages; left > 0 && at + 4 <= bytes.length; left--) {
    const to = at + 4 + u24be(bytes, at + 1)
    if (to > bytes.length) break
    if (bytes[at] === packets.request) tellSession(bytes.subarray(at, to), tell)
    else if (isMessage(bytes, at)) {
      const message = bytes.subarray(at + 4, to)
      ;(message[0] === 0xff ? tellFirst : tellLater)(message, tell)
      tellNtlm(message, tell)
    }
    at = to
  }
  return bytes.length < longest
}
