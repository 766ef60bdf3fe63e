/** Functions SELECT, OPERATE and DIRECT OPERATE of an outstation: IEEE Std 1815-2012, 4.4.3, A.8 and A.19. */
import { f32le, f64le, i16le, i32le } from '#core/bytes.ts'
import { Message } from '#core/message.ts'
import { ObjectHeader } from './header.ts'
import type { Dnp3Points } from './personality-points.ts'
import type { Dnp3Profile } from './personality-profile.ts'
import { iin, type Dnp3Response } from './personality-response.ts'
import { requestHeader } from './requests.ts'

const fn = { select: 3, operate: 4 } as const
/** Table A-4. */
const status = { success: 0, timeout: 1, noSelect: 2, notSupported: 4, local: 7 } as const
/** ms that a selection holds. */
const selectTimeout = 10_000

/** What a control code switches (A.8.1): latches, and pulses with trip or close. Others are not supported. */
const switched: Readonly<Record<number, boolean>> = { 0x03: true, 0x04: false, 0x41: true, 0x81: false, 0x01: true }

const setPointOf = (variation: number, bytes: Uint8Array, at: number): number => {
  if (variation === 1) return i32le(bytes, at)
  if (variation === 2) return i16le(bytes, at)
  return variation === 3 ? f32le(bytes, at) : f64le(bytes, at)
}

interface Selection {
  readonly sequence: number
  readonly objects: string
  readonly until: number
}

export const controlsOf = (points: Dnp3Points, profile: Dnp3Profile, now: () => number) => {
  const header = new ObjectHeader()
  const reading = new Message()
  let selection: Selection | undefined

  /** @returns the status of one command, carried out when `acts` */
  const command = (bytes: Uint8Array, acts: boolean): number => {
    const { group, variation, index, at } = header
    if (profile.controls === 'local') return status.local
    if (group === 12) {
      const on = switched[bytes[at] ?? 0]
      if (index < 0 || index >= profile.binaryOutputs || on === undefined) return status.notSupported
      if (acts) points.binaryOutputs.set(index, on)
      return status.success
    }
    const value = setPointOf(variation, bytes, at)
    if (index < 0 || index >= profile.analogOutputs || !Number.isFinite(value)) return status.notSupported
    if (acts) points.analogOutputs.set(index, value)
    return status.success
  }

  /** Every command object of a fragment, with where it ends. @returns false when there are others, or it is not well formed */
  const walk = (bytes: Uint8Array, each: (end: number) => void): boolean => {
    reading.reset()
    let at = requestHeader
    while (at < bytes.length) {
      if (!header.read(bytes, at, bytes.length) || header.count < 1) return false
      const isCommand = (header.group === 12 && header.variation === 1) || header.group === 41
      if (!isCommand || header.layout === undefined || header.sizeOctets > 0) return false
      for (let turn = 0; turn < header.count; turn++) {
        if (!header.object(bytes, bytes.length, turn, true, reading)) return false
        each(header.next)
      }
      at = header.next
    }
    return at > requestHeader
  }

  return (code: number, sequence: number, bytes: Uint8Array, response: Dnp3Response): void => {
    const objects = Buffer.from(bytes.subarray(requestHeader)).toString('latin1')
    const held = selection
    selection = undefined
    if (!walk(bytes, () => {})) {
      response.indications |= iin.parameter
      return
    }
    // The one that follows the select, and asks for the same (4.4.4).
    const isSelected = held?.objects === objects && ((held.sequence + 1) & 0x0f) === sequence
    const answered = bytes.slice()
    let accepted = true
    walk(bytes, (end) => {
      let result: number
      if (code !== fn.operate) result = command(bytes, code !== fn.select)
      else if (!isSelected) result = status.noSelect
      else result = held.until < now() ? status.timeout : command(bytes, true)
      answered[end - 1] = result
      if (result !== status.success) accepted = false
    })
    if (code === fn.select && accepted) selection = { sequence, objects, until: now() + selectTimeout }
    const at = response.room(answered.length - requestHeader)
    if (at >= 0) response.bytes.set(answered.subarray(requestHeader), at)
  }
}
