/** NTLM as a server begins it and refuses it ([MS-NLMP] 2.2.1), and the SPNEGO around it (RFC 4178). Over SMB and RDP alike. */
import { u16le, u32le } from '#core/bytes.ts'
import { attemptLimit } from '#core/personality.ts'
import { der, objectIdentifier, sequence } from '../der.ts'

export interface NtlmServer {
  /** NetBIOS name of the computer; its workgroup has the same, as on a computer outside a domain. */
  readonly name: string
  readonly build: number
  /** ms since 1970. */
  readonly now: number
  /** 8 bytes. */
  readonly challenge: Uint8Array
}

export const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le')

/** 100 ns since 1601. */
export const fileTime = (ms: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE((BigInt(Math.trunc(ms)) + 11_644_473_600_000n) * 10_000n)
  return bytes
}

const pair = (id: number, value: Buffer): Buffer => {
  const head = Buffer.alloc(4)
  head.writeUInt16LE(id)
  head.writeUInt16LE(value.length, 2)
  return Buffer.concat([head, value])
}

/** CHALLENGE_MESSAGE (2.2.1.2), as Windows outside a domain sends it. */
export const challengeMessage = ({ name, build, now, challenge }: NtlmServer): Buffer => {
  const target = utf16(name.toUpperCase())
  const info = Buffer.concat([
    pair(2, target),
    pair(1, target),
    pair(4, utf16(name)),
    pair(3, utf16(name)),
    pair(7, fileTime(now)),
    pair(0, Buffer.alloc(0)),
  ])
  const head = Buffer.alloc(56)
  head.write('NTLMSSP\0', 'latin1')
  head.writeUInt32LE(2, 8)
  head.writeUInt16LE(target.length, 12)
  head.writeUInt16LE(target.length, 14)
  head.writeUInt32LE(56, 16)
  head.writeUInt32LE(0xe289_8215, 20)
  head.set(challenge.subarray(0, 8), 24)
  head.writeUInt16LE(info.length, 40)
  head.writeUInt16LE(info.length, 42)
  head.writeUInt32LE(56 + target.length, 44)
  head.set([10, 0, build & 255, build >> 8, 0, 0, 0, 15], 48)
  return Buffer.concat([head, target, info])
}

export type Ntlm =
  | { readonly kind: 'negotiate' }
  /** An empty user is anonymous. */
  | { readonly kind: 'authenticate'; readonly user: string; readonly domain: string }

/** The NTLM message somewhere in a token. */
export const readNtlm = (token: Uint8Array): Ntlm | undefined => {
  const all = Buffer.from(token.buffer, token.byteOffset, token.length)
  const at = all.indexOf('NTLMSSP\0', 0, 'latin1')
  if (at < 0) return undefined
  const bytes = all.subarray(at)
  const type = u32le(bytes, 8)
  if (type === 1) return { kind: 'negotiate' }
  if (type !== 3 || bytes.length < 64) return undefined
  const unicode = (u32le(bytes, 60) & 1) === 1
  const field = (place: number): string => {
    const offset = u32le(bytes, place + 4)
    return bytes
      .subarray(offset, offset + u16le(bytes, place))
      .toString(unicode ? 'utf16le' : 'latin1')
      .slice(0, attemptLimit)
  }
  return { kind: 'authenticate', user: field(36), domain: field(28) }
}

const spnego = objectIdentifier('1.3.6.1.5.5.2')
const ntlmssp = objectIdentifier('1.3.6.1.4.1.311.2.2.10')

/** What a server offers before it is asked (NegTokenInit2, [MS-SPNG] 2.2.1). */
export const offeredToken = (): Uint8Array => {
  const hint = der(0xa3, sequence(der(0xa0, der(0x1b, Buffer.from('not_defined_in_RFC4178@please_ignore', 'latin1')))))
  return der(0x60, spnego, der(0xa0, sequence(der(0xa0, sequence(ntlmssp)), hint)))
}

/** NegTokenResp: incomplete, with the challenge. */
export const challengeToken = (server: NtlmServer): Uint8Array =>
  der(
    0xa1,
    sequence(
      der(0xa0, der(0x0a, Buffer.from([1]))),
      der(0xa1, ntlmssp),
      der(0xa2, der(0x04, challengeMessage(server))),
    ),
  )
