/** SMB 1 up to the session that is refused ([MS-CIFS] 2.2.3, 2.2.4.52, 2.2.4.53; [MS-SMB] 2.2.4.5, 2.2.4.6). */
import { u16le } from '#core/bytes.ts'
import { attemptLimit } from '#core/personality.ts'
import { challengeToken, fileTime, offeredToken, readNtlm, utf16, type NtlmServer } from './ntlm.ts'
import type { SmbProfile } from './profile.ts'

export const negotiate1 = 0x72
export const sessionSetup1 = 0x73
const extended = 0x0800
export const status = {
  ok: 0,
  more: 0xc000_0016,
  accessDenied: 0xc000_0022,
  logonFailure: 0xc000_006d,
  notSupported: 0xc000_00bb,
  sessionDeleted: 0xc000_0203,
  invalid: 0xc000_000d,
} as const

/** What is answered, and the user whom somebody claimed to be. */
export interface SmbReply {
  readonly send?: Buffer
  readonly user?: string
  readonly note: string
  readonly close?: true
}

/** Dialects of a negotiation, in order. */
export const dialects1 = (bytes: Buffer): readonly string[] =>
  bytes
    .subarray(35)
    .toString('latin1')
    .split('\0')
    .slice(0, 32)
    .map((one) => (one.startsWith('\x02') ? one.slice(1) : one))

const reply = (request: Buffer, code: number, words: Buffer, data: Buffer): Buffer => {
  const head = Buffer.alloc(32)
  head.write('\xffSMB', 'latin1')
  head[4] = request[4] ?? 0
  head.writeUInt32LE(code, 5)
  head[9] = 0x88
  const flags = u16le(request, 10)
  // Long names and Unicode, and extended security when it was asked for.
  head.writeUInt16LE(0x4001 | (flags & 0x8000) | (flags & extended), 10)
  head.set(request.subarray(24, 32), 24)
  const count = Buffer.alloc(2)
  count.writeUInt16LE(data.length)
  return Buffer.concat([head, Buffer.from([words.length / 2]), words, count, data])
}

export const refused1 = (request: Buffer, code: number): Buffer =>
  reply(request, code, Buffer.alloc(0), Buffer.alloc(0))

export const negotiated1 = (
  request: Buffer,
  profile: SmbProfile,
  { server, guid }: { server: NtlmServer; guid: Buffer },
): Buffer | undefined => {
  const index = dialects1(request).indexOf('NT LM 0.12')
  if (index < 0) return undefined
  const isExtended = (u16le(request, 10) & extended) !== 0
  const words = Buffer.alloc(34)
  words.writeUInt16LE(index)
  words[2] = 3
  words.writeUInt16LE(10, 3)
  words.writeUInt16LE(1, 5)
  words.writeUInt32LE(0x1104, 7)
  words.writeUInt32LE(0x1_0000, 11)
  words.writeUInt32LE(isExtended ? 0x8001_e3fc : 0x0001_e3fc, 19)
  words.set(fileTime(server.now), 23)
  words[33] = isExtended ? 0 : 8
  const data = isExtended
    ? Buffer.concat([guid, offeredToken()])
    : Buffer.concat([server.challenge, utf16(`${profile.workgroup}\0${server.name.toUpperCase()}\0`)])
  return reply(request, status.ok, words, data)
}

/** The user of a session without extended security: behind both proofs. */
const plainUser = (request: Buffer): string => {
  const words = 33
  const [ansi, unicode] = [u16le(request, words + 14), u16le(request, words + 16)]
  const isUnicode = (u16le(request, 10) & 0x8000) !== 0
  let at = words + 26 + 2 + ansi + unicode
  if (isUnicode && at % 2 === 1) at++
  const text = request.subarray(at, at + 2 * attemptLimit).toString(isUnicode ? 'utf16le' : 'latin1')
  return text.split('\0', 1)[0]?.slice(0, attemptLimit) ?? ''
}

export const sessionSetUp1 = (request: Buffer, profile: SmbProfile, server: NtlmServer): SmbReply => {
  const wordCount = request[32]
  if (wordCount === 13) {
    const user = plainUser(request)
    const send = refused1(request, user === '' ? status.accessDenied : status.logonFailure)
    return { send, note: 'session setup', ...(user === '' ? {} : { user }) }
  }
  const ntlm = wordCount === 12 ? readNtlm(request.subarray(59)) : undefined
  if (ntlm === undefined) return { send: refused1(request, status.invalid), note: 'session setup' }
  if (ntlm.kind === 'authenticate') {
    const send = refused1(request, ntlm.user === '' ? status.accessDenied : status.logonFailure)
    return { send, note: 'session setup', ...(ntlm.user === '' ? {} : { user: ntlm.user }) }
  }
  const token = challengeToken(server)
  const words = Buffer.from([255, 0, 0, 0, 0, 0, token.length & 255, token.length >> 8])
  // Texts begin at an even place of the message.
  const pad = Buffer.alloc((32 + 1 + words.length + 2 + token.length) % 2)
  const data = Buffer.concat([token, pad, utf16(`${profile.os}\0${profile.lanManager}\0`)])
  const send = reply(request, status.more, words, data)
  send.writeUInt16LE(0x0800, 28)
  return { send, note: 'session setup' }
}
