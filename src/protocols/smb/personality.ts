/** A Windows computer over SMB (direct TCP, [MS-SMB2] 2.1): it tells its name and lets nobody in. */
import { createHash } from 'node:crypto'
import { joined, putU32be, u16be, u16le, u32be } from '#core/bytes.ts'
import { definePersonality, type Answer } from '#core/personality.ts'
import { challengeOf } from '../challenge.ts'
import { inUnits } from '../units.ts'
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

/** Bytes of the length in front of each message (2.1). */
const head = 4
const wrapped = (message: Buffer): Uint8Array => {
  const out = joined(new Uint8Array(head), message)
  putU32be(out, 0, message.length)
  return out
}

export const smb = definePersonality<SmbProfile>({
  service: 'smb',
  transports: ['tcp'],
  open: (context, profile) => {
    const { identity, now } = context
    const began = now()
    const guid = createHash('sha256').update(`${identity.seed} guid`).digest().subarray(0, 16)
    const challenge = challengeOf(context, 8)
    const server = (): NtlmServer => ({ name: identity.name, build: profile.build, now: now(), challenge })
    const session = ((identity.seed ^ began) >>> 0) | 1
    let messages = 0

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
    const reply = (bytes: Buffer): SmbReply => {
      const kind = bytes.length >= 35 ? bytes.toString('latin1', 0, 4) : ''
      if (kind === '\xffSMB') return smb1(bytes)
      if (kind === '\xfeSMB' && bytes.length >= 64) return smb2(bytes)
      return { note: 'no SMB', close: true }
    }
    const answered = ({ send, note, user, close }: SmbReply): Answer => ({
      send: send === undefined ? [] : [wrapped(send)],
      exchanges: 1,
      notes: [note],
      ...(user !== undefined && { attempts: [{ user, secret: { kind: 'none' } }], delay: refusalDelay }),
      ...(close === true && { close }),
    })
    const take = (unit: Uint8Array): Answer => {
      const answer = answered(reply(Buffer.from(unit.buffer, unit.byteOffset + head, unit.length - head)))
      return ++messages < messageLimit ? answer : { ...answer, close: true }
    }
    return {
      take: inUnits({
        longest: head + requestLimit,
        frame: (rest) => (rest.length < head ? 0 : u16be(rest, 0) > 1 ? -1 : head + u32be(rest, 0)),
        answer: take,
        otherwise: () => answered({ note: 'no SMB', close: true }),
      }),
    }
  },
})
