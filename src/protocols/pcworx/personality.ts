/** A Phoenix Contact controller as PC Worx and its maintenance tools address it. */
import { u16be } from '#core/bytes.ts'
import { definePersonality, type Answer } from '#core/personality.ts'
import { filled } from '../placeholders.ts'
import { inUnits } from '../units.ts'
import { answerTo, identification, identityRecord, longestRequest, pcworxFrame, services } from './frames.ts'
import type { PcworxProfile } from './profile.ts'

const answer = (note: string, out?: Uint8Array): Answer => ({
  send: out === undefined ? [] : [out],
  exchanges: 1,
  notes: [note],
  ...(out === undefined && { close: true }),
})
const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`

export const pcworx = definePersonality<PcworxProfile>({
  service: 'pcworx',
  transports: ['tcp'],
  open: ({ identity, persona }, profile) => {
    const text = (value: string): string => filled(value, identity, persona)
    const shown: PcworxProfile = {
      type: text(profile.type),
      order: text(profile.order),
      firmware: text(profile.firmware),
      date: text(profile.date),
      time: text(profile.time),
      revision: text(profile.revision),
    }
    /** Printable, so that no byte of it means something to who looks for lines. */
    const session = 0x21 + (identity.seed % 0x5e)
    let connected = false
    /** The last call, and what it asked for; clients fetch an identification without one too. */
    let call = 0
    let object = identification
    const taken = (request: Uint8Array): Answer => {
      const service = request[1] ?? 0
      if (service === services.connect) {
        connected = true
        return answer('connect', answerTo(request, session, 20))
      }
      if (!connected || request[11] !== session) return answer('no session')
      if (service === services.invoke && request.length >= 20) {
        call = u16be(request, 14)
        object = u16be(request, 18)
        return answer(`call ${hex(object, 4)}`, answerTo(request, session, 18))
      }
      if (service !== services.fetch) return answer(`service ${hex(service, 2)}`)
      // What else may be fetched is not known: the controller ends the session.
      if (object !== identification) return answer(`fetch ${hex(object, 4)}`)
      return answer('identification', identityRecord(request, session, call, shown))
    }
    return { take: inUnits({ longest: longestRequest, frame: pcworxFrame, answer: taken }) }
  },
})
