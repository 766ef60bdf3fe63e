/** A VNC server (RFC 6143, 7.1 and 7.2) that asks for a password and takes none. */
import { createHash } from 'node:crypto'
import { definePersonality, silence, type Answer } from '#core/personality.ts'
import { u16be } from '#core/bytes.ts'
import type { VncProfile } from './profile.ts'

const vncAuthentication = 2
/** ms before a login is refused. */
const refusalDelay = 1500

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
const reason = (text: string): Buffer => Buffer.concat([word(text.length), Buffer.from(text, 'latin1')])

export const vnc = definePersonality<VncProfile>({
  service: 'vnc',
  transports: ['tcp'],
  open: ({ identity, peer, now }, profile) => {
    const highest = Number(profile.version.slice(2))
    // Another for each connection, the same for the same question: who asks twice at one moment learns nothing.
    const challenge = createHash('sha256').update(`${identity.seed} ${peer} ${now()}`).digest().subarray(0, 16)
    const refusal = profile.refusal ?? 'Authentication failure'
    let state: 'version' | 'type' | 'response' | 'closed' = 'version'
    let minor = highest
    let rest = Buffer.alloc(0)
    const cut = (length: number): Buffer => {
      const bytes = rest.subarray(0, length)
      rest = rest.subarray(length)
      return bytes
    }
    const close = (...send: Buffer[]): Answer => {
      state = 'closed'
      return { send, exchanges: 1, close: true }
    }

    const version = (): Answer => {
      const said = /^RFB (\d{3})\.(\d{3})\n$/.exec(cut(12).toString('latin1'))
      if (said?.[1] !== '003') return close()
      const wanted = Number(said[2])
      // What is no version of the standard is 3.3 (7.1.1).
      minor = Math.min(highest, wanted >= 8 ? 8 : wanted === 7 ? 7 : 3)
      const notes = [`version 3.${wanted}`]
      state = minor === 3 ? 'response' : 'type'
      const send = minor === 3 ? [word(vncAuthentication), challenge] : [Buffer.from([1, vncAuthentication])]
      return { send, exchanges: 1, notes }
    }
    const type = (): Answer => {
      const chosen = cut(1)[0]
      if (chosen !== vncAuthentication) return minor === 8 ? close(word(1), reason('Invalid security type')) : close()
      state = 'response'
      return { send: [challenge], exchanges: 1, notes: ['VNC authentication'] }
    }
    const response = (): Answer => {
      const proof = Uint8Array.from(cut(16))
      state = 'closed'
      return {
        send: minor === 8 ? [word(1), reason(refusal)] : [word(1)],
        exchanges: 1,
        close: true,
        delay: refusalDelay,
        notes: ['login'],
        attempts: [{ user: '', secret: { kind: 'vnc', challenge: Uint8Array.from(challenge), response: proof } }],
      }
    }

    return {
      greeting: [Buffer.from(`RFB 003.00${highest}\n`, 'latin1')],
      take: (bytes) => {
        if (state === 'closed') return { ...silence, close: true }
        // A whole handshake of the client is 29 bytes.
        rest = Buffer.concat([rest, bytes.subarray(0, 64)])
        const answers: Answer[] = []
        for (;;) {
          if (state === 'version' && rest.length >= 4 && (u16be(rest, 0) !== 0x5246 || u16be(rest, 2) !== 0x4220))
            answers.push(close())
          else if (state === 'version' && rest.length >= 12) answers.push(version())
          else if (state === 'type' && rest.length >= 1) answers.push(type())
          else if (state === 'response' && rest.length >= 16) answers.push(response())
          else break
        }
        return {
          ...Object.assign({}, silence, ...answers),
          send: answers.flatMap(({ send }) => send),
          exchanges: answers.length,
          ...(answers.length > 0 ? { notes: answers.flatMap(({ notes = [] }) => notes) } : {}),
        }
      },
    }
  },
})
