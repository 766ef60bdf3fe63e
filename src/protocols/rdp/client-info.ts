/** Who logs in, as the client tells inside TLS ([MS-RDPBCGR] 2.2.1.11). */
import { u16le, u32le } from '#core/bytes.ts'
import { attemptLimit } from '#core/personality.ts'

export interface ClientInfo {
  readonly user: string
  readonly domain: string
  readonly password: string
}

const [isInfo, isUnicode] = [0x0040, 0x0010] as const

/** @param body behind the MCS header: a security header, then the packet */
export const readClientInfo = (body: Buffer): ClientInfo | undefined => {
  if (body.length < 4 + 18 || (u16le(body, 0) & isInfo) === 0) return undefined
  const unicode = (u32le(body, 8) & isUnicode) !== 0
  let at = 4 + 18
  const texts = [12, 14, 16].map((place) => {
    const length = u16le(body, place)
    const text = body.subarray(at, at + length).toString(unicode ? 'utf16le' : 'latin1')
    // A terminator that the length does not count.
    at += length + (unicode ? 2 : 1)
    return text.slice(0, attemptLimit)
  })
  const [domain = '', user = '', password = ''] = texts
  return at > body.length ? undefined : { domain, user, password }
}
