/** HTTP/1 (RFC 9110 and 9112) and RTSP (RFC 7826): servers, browsers, pages, and passwords in the clear (RFC 7617). */
import { isIP } from 'node:net'
import { headsIn, type Head } from './heads.ts'
import { sure, type Tell } from './sighting.ts'
import { osIn } from './systems.ts'
import { plainTextAt, textAt } from './text.ts'

const requestLine = /^[A-Z]{3,16} \S+ (?:HTTP|RTSP)\/\d\.\d$/
const statusLine = /^(?:HTTP|RTSP)\/\d\.\d (\d{3})\b/
/** Beyond it nothing is looked for. */
const longest = 8192

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  nbsp: ' ',
  copy: '©',
  reg: '®',
}
const unescaped = (text: string): string =>
  text.replaceAll(/&(amp|lt|gt|quot|nbsp|copy|reg);/g, (_, name: string) => entities[name] ?? '')

const formType = 'application/x-www-form-urlencoded'
const formPassword = /(?:^|&)(?:[\w.%-]*pass(?:word|wd)?|pwd)=[^&\s]/i

const tellRequest = (bytes: Uint8Array, { fields, body, end }: Head, tell: Tell): void => {
  const agent = fields.get('user-agent') ?? ''
  tell('os', osIn(agent), sure.hint)
  // A browser names itself after every other browser.
  if (!agent.startsWith('Mozilla/')) tell('service', agent, sure.guess)
  if (/^basic /i.test(fields.get('authorization') ?? '')) tell('clear-text-login', 'http-basic', sure.login, 'receiver')
  const isForm = fields.get('content-type')?.toLowerCase().startsWith(formType) === true
  if (isForm && formPassword.test(plainTextAt(bytes, body, Math.min(end, body + 2048))))
    tell('clear-text-login', 'http-form', sure.login, 'receiver')
  const host = (fields.get('host') ?? '').replace(/:\d+$/, '')
  if (isIP(host.replaceAll(/[[\]]/g, '')) === 0 && host !== 'localhost') tell('name', host, sure.hint, 'receiver')
}

const tellAnswer = (bytes: Uint8Array, { start, fields, body }: Head, tell: Tell): boolean => {
  const server = fields.get('server') ?? ''
  tell('service', server, sure.banner)
  tell('os', osIn(server), sure.hint)
  const asked = fields.get('www-authenticate') ?? ''
  const [, realm = ''] = /\brealm="([^"]*)"/i.exec(asked) ?? []
  tell('description', realm, sure.hint)
  if (/(?:^|, *)basic\b/i.test(asked)) tell('clear-text-login', 'http-basic', sure.login)
  // Pages of errors have the titles of their errors.
  if (statusLine.exec(start)?.[1] !== '200' || fields.has('content-encoding')) return false
  const title = /<title\b[^>]{0,200}>([^<]{1,400})</i.exec(plainTextAt(bytes, body, longest))
  if (title === null) return false
  const from = body + title.index + title[0].length - 1 - (title[1] ?? '').length
  tell('description', unescaped(textAt(bytes, from, from + (title[1] ?? '').length)), 0.6)
  return true
}

/** Whether the bytes begin like a request or an answer. */
export const isHttp = (bytes: Uint8Array, fromClient: boolean): boolean =>
  (fromClient ? /^[A-Z]{3,16} [^\s]+ (?:HTTP|RTSP)\// : /^(?:HTTP|RTSP)\/\d\.\d \d{3}/).test(
    plainTextAt(bytes, 0, 2048),
  )

/** @returns whether more of it is wanted */
export const readHttp = (bytes: Uint8Array, fromClient: boolean, tell: Tell): boolean => {
  if (fromClient) {
    for (const head of headsIn(bytes, requestLine)) tellRequest(bytes, head, tell)
    return bytes.length < longest
  }
  const heads = headsIn(bytes, statusLine)
  const [first] = heads
  if (first?.start.startsWith('RTSP/') === true) tell('role', 'camera', sure.hint)
  let isDone = false
  for (const head of heads) isDone ||= tellAnswer(bytes, head, tell)
  return !isDone && bytes.length < longest
}
