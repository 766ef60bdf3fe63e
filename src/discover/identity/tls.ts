/** TLS as far as it is not encrypted: RFC 5246, 7.4 and RFC 8446, 4; the name that a client asks for, RFC 6066, 3. */
import { isIP } from 'node:net'
import { u16be, u24be } from '#core/bytes.ts'
import { tellCertificate } from './certificate.ts'
import { sure, type Read, type Tell } from './sighting.ts'
import { textAt } from './text.ts'

const records = { changeCipher: 20, handshake: 22, data: 23 } as const
const handshakes = { clientHello: 1, serverHello: 2, certificate: 11, serverDone: 14 } as const
const extensions = { serverName: 0, versions: 43 } as const
const longest = 16_384
const mostExtensions = 64
const mostHandshakes = 16

const versions: Readonly<Record<number, string>> = {
  0x0300: 'SSL 3.0',
  0x0301: 'TLS 1.0',
  0x0302: 'TLS 1.1',
  0x0303: 'TLS 1.2',
  0x0304: 'TLS 1.3',
}
const version13 = 0x0304

export const isTls = (bytes: Uint8Array): boolean =>
  bytes[0] === records.handshake && bytes[1] === 3 && (bytes[2] ?? 0xff) <= 4 && bytes.length >= 5

interface Opening {
  /** Handshake messages in the clear, one behind the other. */
  readonly bytes: Uint8Array
  /** What follows is encrypted. */
  readonly isOver: boolean
}

const openingOf = (bytes: Uint8Array): Opening => {
  const parts: Uint8Array[] = []
  let at = 0
  while (at + 5 <= bytes.length) {
    const type = bytes[at] ?? 0
    const to = at + 5 + u16be(bytes, at + 3)
    if (type === records.changeCipher || type === records.data || bytes[at + 1] !== 3)
      return { bytes: Buffer.concat(parts), isOver: true }
    if (type === records.handshake) parts.push(bytes.subarray(at + 5, to))
    at = to
  }
  return { bytes: Buffer.concat(parts), isOver: bytes.length >= longest }
}

/** Behind the version and the random number: a session id, and what both hellos have between it and their extensions. */
const extensionIn = (hello: Uint8Array, at: number, wanted: number): Uint8Array | undefined => {
  let place = at + 2
  const end = Math.min(hello.length, place + u16be(hello, at))
  for (let left = mostExtensions; left > 0 && place + 4 <= end; left--) {
    const to = place + 4 + u16be(hello, place + 2)
    if (to > end) return undefined
    if (u16be(hello, place) === wanted) return hello.subarray(place + 4, to)
    place = to
  }
  return undefined
}

const tellClientHello: Read = (hello, tell) => {
  const ciphers = 35 + (hello[34] ?? 0)
  const compressions = ciphers + 2 + u16be(hello, ciphers)
  const names = extensionIn(hello, compressions + 1 + (hello[compressions] ?? 0), extensions.serverName)
  if (names === undefined || names[2] !== 0) return
  const name = textAt(names, 5, Math.min(names.length, 5 + u16be(names, 3)))
  if (isIP(name) === 0) tell('name', name, sure.hint, 'receiver')
}

/** @returns the version agreed on */
const tellServerHello = (hello: Uint8Array, tell: Tell): number => {
  const chosen = extensionIn(hello, 35 + (hello[34] ?? 0) + 3, extensions.versions)
  const version = chosen?.length === 2 ? u16be(chosen, 0) : u16be(hello, 0)
  tell('service', versions[version] ?? '', sure.identity)
  return version
}

/** The first certificate of the list is the sender's (RFC 5246, 7.4.2). */
const tellFirst: Read = (list, tell) => {
  const to = 6 + u24be(list, 3)
  if (to <= list.length) tellCertificate(list.subarray(6, to), tell)
}

/** @returns whether more of it is wanted */
export const readTls = (bytes: Uint8Array, fromClient: boolean, tell: Tell): boolean => {
  const { bytes: opening, isOver } = openingOf(bytes)
  let at = 0
  for (let left = mostHandshakes; left > 0 && at + 4 <= opening.length; left--) {
    const type = opening[at]
    const to = at + 4 + u24be(opening, at + 1)
    if (to > opening.length) break
    const body = opening.subarray(at + 4, to)
    if (type === handshakes.clientHello && fromClient) tellClientHello(body, tell)
    // From version 1.3 on the certificate is encrypted.
    if (type === handshakes.serverHello && tellServerHello(body, tell) >= version13) return false
    if (type === handshakes.certificate) tellFirst(body, tell)
    if (type === handshakes.serverDone || type === handshakes.certificate) return false
    at = to
  }
  return !isOver
}
