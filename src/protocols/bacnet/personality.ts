/** What a decoy says over BACnet/IP: ANSI/ASHRAE 135, annex J, clauses 6 and 20.1. It speaks when asked by unicast, and never says I-Am. */
import { listU16be, u16be } from '#core/bytes.ts'
import { definePersonality, silence, type Answer, type Talk } from '#core/personality.ts'
import { pdu } from './apdu.ts'
import { bvll, bvllHeader, bvllType, refusalCodes } from './bvll.ts'
import { Npdu } from './network.ts'
import { objectsOf } from './personality-objects.ts'
import type { BacnetProfile } from './personality-profile.ts'
import { serve, type Outcome } from './personality-services.ts'
import { application as encode, type Bytes } from './personality-tags.ts'
import { confirmedOps, unconfirmedOps } from './services.ts'

const mostNotes = 16
/** 20.1.2.5: the longest APDU that the client takes; codes above stand for nothing. */
const longestOf = [50, 128, 206, 480, 1024, 1476] as const
/** 20.1.9: by the end that answers. */
const abortByServer = (pdu.abort << 4) | 1
const abortReason = { segmentation: 4 } as const

const npdu = new Npdu()

const unit = (code: number, content: Bytes): Uint8Array => {
  const length = bvllHeader + content.length
  return Uint8Array.of(bvllType, code, ...listU16be(length), ...content)
}

/** The network layer's header of an answer, to the station that asked: 6.2.2. */
const headerFor = (bytes: Uint8Array): Bytes => {
  if (npdu.source < 0) return [1, 0]
  const { source, sourceAt, sourceLength } = npdu
  const station = bytes.subarray(sourceAt, sourceAt + sourceLength)
  return [1, 0x20, ...listU16be(source), sourceLength, ...station, 255]
}

const apduOf = (outcome: Outcome, invoke: number, service: number, room: number): Bytes => {
  switch (outcome.kind) {
    case 'ack': {
      const all = [pdu.complexAck << 4, invoke, service, ...outcome.data]
      return all.length > room ? [abortByServer, invoke, abortReason.segmentation] : all
    }
    case 'simple':
      return [pdu.simpleAck << 4, invoke, service]
    case 'error':
      return [pdu.error << 4, invoke, service, ...outcome.error.flatMap(encode.enumerated)]
    case 'reject':
      return [pdu.reject << 4, invoke, outcome.reason]
    default:
      return outcome satisfies never
  }
}

export const bacnetPersonality = definePersonality<BacnetProfile>({
  service: 'bacnet',
  transports: ['udp'],
  open: (context, profile): Talk => {
    const objects = objectsOf(context, profile)
    /** The answer to an APDU; undefined: none. */
    const answer = (bytes: Uint8Array, at: number, notes: string[]): Bytes | undefined => {
      const kind = (bytes[at] ?? 0) >> 4
      if (kind === pdu.unconfirmed) {
        notes.push(unconfirmedOps[bytes[at + 1] ?? 0xff] ?? 'unlisted-service')
        return undefined
      }
      if (kind !== pdu.confirmed || at + 4 > bytes.length) return undefined
      const invoke = bytes[at + 2] ?? 0
      if (((bytes[at] ?? 0) & 8) !== 0) return [abortByServer, invoke, abortReason.segmentation]
      const service = bytes[at + 3] ?? 0
      const before = notes.length
      const note = (text: string): void => {
        if (notes.length < mostNotes) notes.push(text)
      }
      const outcome = serve(service, bytes, at + 4, bytes.length, { objects, note })
      if (notes.length === before) note(confirmedOps[service] ?? `service ${service}`)
      const client = longestOf[(bytes[at + 1] ?? 0) & 15] ?? 1476
      return apduOf(outcome, invoke, service, Math.min(client, profile.maxApdu))
    }
    return {
      take: (bytes): Answer => {
        if (bytes[0] !== bvllType || bytes.length < bvllHeader || u16be(bytes, 2) !== bytes.length) return silence
        const code = bytes[1] ?? 0
        const refusal = refusalCodes[code]
        // It is no broadcast management device.
        if (refusal !== undefined) {
          const notes = [`BVLC function 0x${code.toString(16)}`]
          return { send: [unit(bvll.result, listU16be(refusal))], exchanges: 1, notes }
        }
        // What was broadcast or forwarded is not answered, neither is what is for other networks: it is no router.
        if (code !== bvll.unicast || !npdu.read(bytes, bvllHeader, bytes.length)) return silence
        if (npdu.network || npdu.destination >= 0) return silence
        const notes: string[] = []
        const header = headerFor(bytes)
        const apdu = answer(bytes, npdu.content, notes)
        const send = apdu === undefined ? [] : [unit(bvll.unicast, [...header, ...apdu])]
        return { send, exchanges: 1, ...(notes.length > 0 && { notes }) }
      },
    }
  },
})
