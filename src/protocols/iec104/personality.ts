/** A controlled station at port 2404: IEC 60870-5-104, 5. It answers, and reports nothing of its own accord. */
import { putU16le, u16le } from '#core/bytes.ts'
import { definePersonality, farewell, silence, type Answer, type Talk, type TalkContext } from '#core/personality.ts'
import { inUnits } from '../units.ts'
import { iec104Codec } from './iec104.ts'
import { isAcknowledge, isNumbered } from './numbers.ts'
import type { Iec104Profile } from './personality-profile.ts'
import { stationOf } from './personality-station.ts'

const longestUnit = 255
const header = 6
const modulus = 0x8000
/** ASDUs that wait for an acknowledgement of those before them; whoever lets more wait is left. */
const mostWaiting = 256

/** U format: what is activated, its confirmation, and the word for it (5.3). */
const functions: Readonly<Record<number, readonly [confirmation: number, note: string]>> = {
  0x07: [0x0b, 'startdt'],
  0x13: [0x23, 'stopdt'],
  0x43: [0x83, 'testfr'],
}
const start = 0x07
const stop = 0x13

const unnumbered = (control: number): Uint8Array => Uint8Array.of(0x68, 4, control, 0, 0, 0)

/** Numbers of both directions, and what waits to be sent. */
const linkOf = ({ k, w }: Iec104Profile) => {
  const waiting: Uint8Array[] = []
  let sent = 0
  let acknowledged = 0
  let received = 0
  /** Received I-frames that no frame of ours has acknowledged. */
  let owed = 0
  const ahead = (number: number): number => (number - acknowledged + modulus) % modulus

  return {
    /** @returns false when the number is none that was sent */
    acknowledge: (number: number): boolean => {
      if (ahead(number) > ahead(sent)) return false
      acknowledged = number
      return true
    },
    /** @returns false when the number is out of turn */
    receive: (number: number): boolean => {
      if (number !== received) return false
      received = (received + 1) % modulus
      owed++
      return true
    },
    queue: (asdus: readonly Uint8Array[]): boolean => waiting.push(...asdus) <= mostWaiting,
    forget: (): void => {
      waiting.length = 0
    },
    /** I-frames as far as k lets them go; S-frames where w asks for one. */
    flush: (): readonly Uint8Array[] => {
      const send: Uint8Array[] = []
      while (waiting.length > 0 && ahead(sent) < k) {
        const asdu = waiting.shift() ?? new Uint8Array(0)
        const out = new Uint8Array(header + asdu.length)
        out[0] = 0x68
        out[1] = 4 + asdu.length
        putU16le(out, 2, sent << 1)
        putU16le(out, 4, received << 1)
        out.set(asdu, header)
        send.push(out)
        sent = (sent + 1) % modulus
        owed = 0
      }
      if (owed < w) return send
      const out = unnumbered(1)
      putU16le(out, 4, received << 1)
      send.push(out)
      owed = 0
      return send
    },
  }
}

const open = (context: TalkContext, profile: Iec104Profile): Talk => {
  const link = linkOf(profile)
  const station = stationOf(context, profile)
  let started = false

  /** The connection ends at numbers out of turn, and at data where none may be sent (5.2, 5.3). */
  const unit = (bytes: Uint8Array): Answer => {
    if (isAcknowledge(bytes, 0)) {
      if (bytes.length !== header || !link.acknowledge(u16le(bytes, 4) >>> 1)) return farewell
      return { send: link.flush(), exchanges: 0 }
    }
    if (!isNumbered(bytes, 0)) {
      const known = functions[bytes[2] ?? 0]
      // Confirmations of what was never asked are passed over.
      if (known === undefined) return silence
      if (bytes[2] === start) started = true
      if (bytes[2] === stop) {
        started = false
        link.forget()
      }
      return { send: [unnumbered(known[0])], exchanges: 1, notes: [known[1]] }
    }
    if (!started || bytes.length <= header) return farewell
    if (!link.receive(u16le(bytes, 2) >>> 1) || !link.acknowledge(u16le(bytes, 4) >>> 1)) return farewell
    const { asdus, note } = station(bytes.subarray(header))
    const isTooMuch = !link.queue(asdus)
    return { send: isTooMuch ? [] : link.flush(), exchanges: 1, notes: [note], ...(isTooMuch && { close: true }) }
  }

  return {
    take: inUnits({
      longest: longestUnit,
      frame: (rest) => iec104Codec.frame(rest, 0, rest.length, 'tcp'),
      answer: unit,
    }),
  }
}

export const iec104Personality = definePersonality<Iec104Profile>({ service: 'iec104', transports: ['tcp'], open })
