/** FTP: greetings, systems and logins in the clear (RFC 959, 4 and 5). Names and passwords of users are not kept. */
import { sure, type Tell } from './sighting.ts'
import { osIn } from './systems.ts'
import { plainTextAt, textAt } from './text.ts'

const longest = 4096
const greeting = /^220(?: [^\n]*\n|-(?:[^\n]*\n){1,20}?220 [^\n]*\n)/
const anonymous = /^(?:anonymous|ftp)$/i

/** By the words, as services stand on other ports too: mail servers greet in the same way. */
export const isFtp = (bytes: Uint8Array, fromClient: boolean): boolean =>
  fromClient
    ? /^(?:USER [^\n]*\n|AUTH TLS|AUTH SSL)/i.test(plainTextAt(bytes, 0, 256))
    : /^220[ -](?![^\n]*\bE?SMTP)[^]*?\bFTP/i.test(plainTextAt(bytes, 0, 512))

const readServer = (bytes: Uint8Array, tell: Tell): boolean => {
  const text = textAt(bytes, 0, Math.min(bytes.length, 2048))
  const [greeted = ''] = greeting.exec(text) ?? []
  const banner = greeted.replaceAll(/^220[ -]?/gm, '')
  tell('service', banner, sure.banner)
  tell('os', osIn(banner), sure.banner)
  const [, system = ''] = /(?:^|\n)215 ([^\r\n]{1,80})\r?\n/.exec(text) ?? []
  tell('os', system.replace(/ Type: .*/, ''), sure.banner)
  // 331 asks for a password; that of nobody in particular is none.
  const [, asks] = /(?:^|\n)331[ -]([^\n]*)\n/.exec(text) ?? []
  if (asks !== undefined && !/anonymous|guest|e-?mail/i.test(asks)) tell('clear-text-login', 'ftp', sure.login)
  return bytes.length < longest
}

/** @returns whether more of it is wanted */
export const readFtp = (bytes: Uint8Array, fromClient: boolean, tell: Tell): boolean => {
  if (!fromClient) return readServer(bytes, tell)
  let isNamed = false
  for (const line of plainTextAt(bytes, 0, longest).split('\n').slice(0, -1)) {
    const [, word = '', value = ''] = /^([A-Za-z]{3,4})(?: ([^\r]*))?/.exec(line) ?? []
    const command = word.toUpperCase()
    if (command === 'USER') isNamed = value !== '' && !anonymous.test(value)
    if (command === 'USER' && isNamed) tell('clear-text-login', 'ftp', sure.hint, 'receiver')
    if (command === 'PASS' && isNamed) tell('clear-text-login', 'ftp', sure.login, 'receiver')
  }
  return bytes.length < longest
}
