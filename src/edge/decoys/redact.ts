/** Recordings without what was typed as a password: the clear text is kept nowhere. Pure. */
import type { HostReport } from '#schema/decoy-host.ts'
import type { Secret, Typed } from './secrets.ts'

type Chunks = Extract<HostReport, { type: 'recording' }>['chunks']

/** Characters below which nothing is a secret, and masking would make a recording unreadable. */
const shortest = 3
const mask = '*'.charCodeAt(0)

/** As protocols carry it: as it is, in Windows' characters, in a form of a web page, and in HTTP Basic (RFC 7617). */
const formsOf = ({ user, password }: Secret): Buffer[] => {
  const encoded = encodeURIComponent(password.toWellFormed())
  const forms = [
    Buffer.from(password, 'utf8'),
    Buffer.from(password, 'latin1'),
    Buffer.from(password, 'utf16le'),
    Buffer.from(encoded),
    Buffer.from(encoded.replaceAll('%20', '+')),
    Buffer.from(encoded.replaceAll(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase())),
    Buffer.from(Buffer.from(`${user}:${password}`, 'utf8').toString('base64')),
    Buffer.from(Buffer.from(`${user}:${password}`, 'latin1').toString('base64')),
  ]
  return [...new Map(forms.map((form) => [form.toString('hex'), form])).values()]
}

/**
 * Where protocols of text have passwords and proofs: these are masked whether anybody made a login of them or not, however they are
 * written, and though their end is missing. Each ends with the value. In small letters: V8 takes a hundred times as long to heed both.
 */
const places: readonly RegExp[] = [
  // Fields of forms (application/x-www-form-urlencoded) and of JSON.
  /(?:pass|pwd|kennwort|secret|token)[\w.$[\]-]{0,40}["']?\s{0,4}[=:]\s{0,4}([^&\r\n]+)/g,
  // RFC 959, 4.1.1.
  /^[ \t]{0,40}(?:pass|acct)[ \t]([^\r\n]+)/gm,
  // RFC 9110, 11.6.2 and 11.7.2.
  /^(?:proxy-)?authorization:[ \t]?([^\r\n]+)/gm,
]

const inSmallLetters = (bytes: Buffer): string => {
  const small = Buffer.from(bytes)
  for (let at = 0; at < small.length; at++) {
    const byte = small[at] ?? 0
    if (byte >= 0x41 && byte <= 0x5a) small[at] = byte + 0x20
  }
  return small.toString('latin1')
}

const maskPlaces = (bytes: Buffer): void => {
  const text = inSmallLetters(bytes)
  for (const place of places)
    for (const { 0: found, 1: value = '', index } of text.matchAll(place)) {
      const end = index + found.length
      bytes.fill(mask, end - value.length, end)
    }
}

const maskAll = (bytes: Buffer, needle: Buffer): void => {
  for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + needle.length))
    bytes.fill(mask, at, at + needle.length)
}

/** One direction as a whole: a terminal sends a password character by character. */
const maskDirection = (direction: 0 | 1, all: readonly Buffer[], secrets: readonly Secret[]): void => {
  const whole = Buffer.concat(all)
  if (direction === 0) maskPlaces(whole)
  for (const secret of secrets) for (const form of formsOf(secret)) maskAll(whole, form)
  let at = 0
  for (const bytes of all) at += whole.copy(bytes, 0, at, at + bytes.length)
}

/** @param typed what was typed in this conversation. @returns chunks of the same lengths at the same times */
export const redacted = (chunks: Chunks, typed: Typed): Chunks => {
  const secrets = typed === 'all' ? typed : typed.filter(({ password }) => password.length >= shortest)
  const bytes = chunks.map(({ d, b }) => ({ d, data: Buffer.from(b, 'base64') }))
  const of = (direction: 0 | 1) => bytes.filter(({ d }) => d === direction).map(({ data }) => data)
  if (secrets === 'all') for (const { data } of bytes) data.fill(mask)
  else for (const direction of [0, 1] as const) maskDirection(direction, of(direction), secrets)
  return chunks.map(({ d, t }, at) => ({ d, t, b: bytes[at]?.data.toString('base64') ?? '' }))
}
