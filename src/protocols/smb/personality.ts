/** A Windows computer over SMB (direct TCP, [MS-SMB2] 2.1): it tells its name and lets nobody in. */
import { createHash } from 'node:crypto'
import { u16be, u16le, u32be } from '#core/bytes.ts'
import { definePersonality, silence, type Answer, type Attempt } from '#core/personality.ts'
import type { NtlmServer } from './ntlm.ts'
import type { SmbProfile } from './profile.ts'
import {
  dialects1,
  negotiate1,
  negotiated1,
  refused1,
  sessionSetUp1,
  sessionSetup1,
  status,
  type SmbReply,
} from './smb1.ts'
import { dialectOf, negotiate2, negotiated2, refused2, sessionSetUp2, sessionSetup2 } from './smb2.ts'

/** Bytes of a request that are read: more than any has before a login. */
const requestLimit = 8192
/** Messages of one connection. */
const messageLimit = 64
/** ms before a login is refused. */
const refusalDelay = 300

const wrapped = (message: Buffer): Buffer => {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(message.length)
  return Buffer.concat([head, message])
}

export const smb = definePersonality<SmbProfile>({
  service: 'smb',
  transports: ['tcp'],
  open: ({ identity, peer, now }, profile) => {
    const began = now()
    const hash = (text: string): Buffer => createHash('sha256').update(`${identity.seed} ${text}`).digest()
    const guid = hash('guid').subarray(0, 16)
    const challenge = hash(`${peer} ${began}`).subarray(0, 8)
    const server = (): NtlmServer => ({ name: identity.name, build: profile.build, now: now(), challenge })
    const session = ((identity.seed ^ began) >>> 0) | 1
    let rest = Buffer.alloc(0)
    let messages = 0
    let closed = false

    const first = (bytes: Buffer): SmbReply => {
      const dialects = dialects1(bytes)
      const note = `negotiate ${dialects.filter((one) => one !== '').length} dialects`
      const own = { server: server(), guid }
      if (dialects.includes('SMB 2.???')) return { send: negotiated2(undefined, 0x02ff, own), note }
      if (dialects.includes('SMB 2.002')) return { send: negotiated2(undefined, 0x0202, own), note }
      const send = profile.smb1 ? negotiated1(bytes, profile, own) : undefined
      return send === undefined ? { note, close: true } : { send, note }
    }
    const smb1 = (bytes: Buffer): SmbReply => {
      if (bytes[4] === negotiate1) return first(bytes)
      if (!profile.smb1) return { note: 'SMB 1', close: true }
      if (bytes[4] === sessionSetup1) return sessionSetUp1(bytes, profile, server())
      return { send: refused1(bytes, status.accessDenied), note: `SMB 1 command ${bytes[4] ?? 0}` }
    }
    const smb2 = (bytes: Buffer): SmbReply => {
      const command = u16le(bytes, 12)
      if (command === negotiate2) {
        const dialect = dialectOf(bytes)
        const send =
          dialect === undefined
            ? refused2(bytes, status.notSupported)
            : negotiated2(bytes, dialect, { server: server(), guid })
        return {
          send,
          note: `negotiate SMB ${((dialect ?? 0) >> 8).toString()}.${(((dialect ?? 0) >> 4) & 15).toString()}`,
        }
      }
      if (command === sessionSetup2) return sessionSetUp2(bytes, session, server())
      return { send: refused2(bytes, status.sessionDeleted), note: `SMB 2 command ${command}` }
    }
    const answered = (bytes: Buffer): SmbReply => {
      const kind = bytes.length >= 35 ? bytes.toString('latin1', 0, 4) : ''
      if (kind === '\xffSMB') return smb1(bytes)
      if (kind === '\xfeSMB' && bytes.length >= 64) return smb2(bytes)
      return { note: 'no SMB', close: true }
    }

    return {
      take: (bytes): Answer => {
        if (closed) return { ...silence, close: true }
        rest = Buffer.concat([rest, bytes])
        const replies: SmbReply[] = []
        while (!closed && rest.length >= 4) {
          const length = u32be(rest, 0)
          if (u16be(rest, 0) > 1 || length > requestLimit) {
            replies.push({ note: 'no SMB', close: true })
            closed = true
            break
          }
          if (rest.length < 4 + length) break
          const one = answered(rest.subarray(4, 4 + length))
          rest = rest.subarray(4 + length)
          replies.push(one)
          closed = one.close === true || ++messages >= messageLimit
        }
        const attempts = replies.flatMap(({ user }): Attempt[] =>
          user === undefined ? [] : [{ user, secret: { kind: 'none' } }],
        )
        return {
          send: replies.flatMap(({ send }) => (send === undefined ? [] : [wrapped(send)])),
          exchanges: replies.length,
          ...(replies.length > 0 ? { notes: replies.map(({ note }) => note) } : {}),
          ...(attempts.length > 0 ? { attempts, delay: refusalDelay } : {}),
          ...(closed ? { close: true as const } : {}),
        }
      },
    }
  },
})
