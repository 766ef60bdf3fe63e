/** A VNC server (RFC 6143, 7.1 and 7.2) that asks for a password and takes none. */
import { u32be } from '#core/bytes.ts'
import { definePersonality, type Answer } from '#core/personality.ts'
import { challengeOf } from '../challenge.ts'
import { inUnits } from '../units.ts'
import type { VncProfile } from './profile.ts'

const vncAuthentication = 2
/** Bytes of what the client says, one after the other. */
const lengths = { version: 12, type: 1, response: 16 } as const
const latin1 = new TextDecoder('latin1')
/** It does not begin with `RFB `. */
const isOther = (rest: Uint8Array): boolean => rest.length >= 4 && u32be(rest, 0) !== 0x52464220
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
  open: (context, profile) => {
    const highest = Number(profile.version.slice(2))
    const challenge = challengeOf(context, 16)
    const refusal = profile.refusal ?? 'Authentication failure'
    let state: keyof typeof lengths = 'version'
    let minor = highest
    const close = (...send: Buffer[]): Answer => ({ send, exchanges: 1, close: true })

    const version = (unit: Uint8Array): Answer => {
      const said = /^RFB (\d{3})\.(\d{3})\n$/.exec(latin1.decode(unit))
      if (said?.[1] !== '003') return close()
      const wanted = Number(said[2])
      // What is no version of the standard is 3.3 (7.1.1).
      minor = Math.min(highest, wanted >= 8 ? 8 : wanted === 7 ? 7 : 3)
      const notes = [`version 3.${wanted}`]
      state = minor === 3 ? 'response' : 'type'
      const send = minor === 3 ? [word(vncAuthentication), challenge] : [Buffer.from([1, vncAuthentication])]
      return { send, exchanges: 1, notes }
    }
    const type = ([chosen]: Uint8Array): Answer => {
      if (chosen !== vncAuthentication) return minor === 8 ? close(word(1), reason('Invalid security type')) : close()
      state = 'response'
      return { send: [challenge], exchanges: 1, notes: ['VNC authentication'] }
    }
    const response = (proof: Uint8Array): Answer => ({
      send: minor === 8 ? [word(1), reason(refusal)] : [word(1)],
      exchanges: 1,
      close: true,
      delay: refusalDelay,
      notes: ['login'],
      attempts: [{ user: '', secret: { kind: 'vnc', challenge, response: proof } }],
    })
    const answers = { version, type, response }

    return {
      greeting: [Buffer.from(`RFB 003.00${highest}\n`, 'latin1')],
      take: inUnits({
        longest: lengths.response,
        frame: (rest) => (state === 'version' && isOther(rest) ? -1 : lengths[state]),
        answer: (unit) => answers[state](unit),
        otherwise: close,
      }),
    }
  },
})
