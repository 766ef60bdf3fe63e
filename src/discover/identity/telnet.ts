/** Telnet: what a server shows before it asks for a name, RFC 854. */
import { sure, type Tell } from './sighting.ts'
import { textAt } from './text.ts'

const iac = 0xff
const commands = { end: 0xf0, begin: 0xfa, will: 0xfb, dont: 0xfe } as const
const escape = 0x1b
const controlSequence = 0x5b
const lineFeed = 0x0a
const longest = 4096

/** Lines that ask for a name or a password; what may stand before `login:` is the host's name. */
const prompt = /(?:^|\n)[^\n]{0,80}?\b(?:login|user ?name|user|account|password|passcode) ?: ?/i
const hostPrompt = /(?:^|\n)([a-z0-9][\w.-]{0,62}) login: ?/i
/** Whether it begins with a negotiation of options. */
export const isTelnet = (bytes: Uint8Array): boolean =>
  bytes[0] === iac && (bytes[1] ?? 0) >= commands.begin && (bytes[1] ?? 0) <= commands.dont && bytes.length >= 3

/** The byte behind an escape sequence of ANSI terminals (ECMA-48, 5.4), which begins at `at`. */
const behindEscape = (bytes: Uint8Array, at: number): number => {
  if (bytes[at + 1] !== controlSequence) return at + 2
  let end = at + 2
  while (end < bytes.length && (bytes[end] ?? 0) < 0x40) end++
  return end + 1
}

/** The byte behind a command, which begins at `at`. */
const behindCommand = (bytes: Uint8Array, at: number): number => {
  const command = bytes[at + 1] ?? 0
  if (command >= commands.will) return at + 3
  if (command !== commands.begin) return at + 2
  const end = bytes.indexOf(commands.end, at + 2)
  return end < 0 ? bytes.length : end + 1
}

/** What is text: without commands and options, colours, and controls other than the ends of lines. */
const plain = (bytes: Uint8Array): Uint8Array => {
  const text: number[] = []
  const end = Math.min(bytes.length, longest)
  for (let at = 0; at < end;) {
    const byte = bytes[at] ?? 0
    if (byte === iac) at = behindCommand(bytes, at)
    else if (byte === escape) at = behindEscape(bytes, at)
    else {
      if (byte >= 0x20 || byte === lineFeed) text.push(byte)
      at++
    }
  }
  return Uint8Array.from(text)
}

/**
 * What comes behind the first prompt is a session, and none of it is told.
 * @returns whether more of it is wanted
 */
export const readTelnet = (bytes: Uint8Array, fromClient: boolean, tell: Tell): boolean => {
  if (fromClient) return false
  const kept = plain(bytes)
  const text = textAt(kept, 0, kept.length)
  const asked = prompt.exec(text)
  if (asked === null) return bytes.length < longest
  tell('clear-text-login', 'telnet', sure.login)
  tell('description', text.slice(0, asked.index), sure.banner)
  const [host = '', name = ''] = hostPrompt.exec(text) ?? []
  if (host !== '' && text.indexOf(host) <= asked.index) tell('name', name, sure.banner)
  return false
}
