/** What an outstation answers to a fragment of its master: IEEE Std 1815-2012, clause 4. */
import { putU16le } from '#core/bytes.ts'
import type { TalkContext } from '#core/personality.ts'
import { filled } from '../placeholders.ts'
import { fn, opOf, requestedBy } from './functions.ts'
import { ObjectHeader } from './header.ts'
import { controlsOf } from './personality-control.ts'
import { pointsOf } from './personality-points.ts'
import type { Dnp3Profile } from './personality-profile.ts'
import { readObjects } from './personality-read.ts'
import { iin, responseOf, type Dnp3Response } from './personality-response.ts'
import { application, requestHeader } from './requests.ts'

const code = { enable: 20, disable: 21, delay: 23, recordTime: 24 } as const
/** Functions that are taken and change nothing that is seen: freezes, unsolicited responses on and off, classes. */
const taken: ReadonlySet<number> = new Set([7, 8, 9, 10, code.enable, code.disable, fn.assignClass, code.recordTime])
/** Object headers of one request that are looked at. */
const mostHeaders = 64

export interface Dnp3Answer {
  /** Absent: nothing is answered. */
  readonly fragment?: Uint8Array
  readonly notes: readonly string[]
}

const noteOf = (called: number, header: ObjectHeader): string =>
  `${opOf(called, header.group)} g${header.group}v${header.variation}`

export const outstationOf = (context: TalkContext, profile: Dnp3Profile) => {
  const { identity, persona, now } = context
  const points = pointsOf(context, profile)
  const controls = controlsOf(points, profile, now)
  const attributes = new Map(
    Object.entries(profile.attributes).map(([variation, value]) => [
      Number(variation),
      typeof value === 'string' ? filled(value, identity, persona) : value,
    ]),
  )
  let heardBroadcast = false

  /** Headers of a request without data. @returns their notes */
  const names = (bytes: Uint8Array, called: number, response: Dnp3Response): string[] => {
    const header = new ObjectHeader()
    const notes: string[] = []
    for (let at = requestHeader, seen = 0; at < bytes.length; seen++) {
      const isRead = header.read(bytes, at, bytes.length)
      const stop = header.next + Math.max(0, header.count) * header.indexOctets
      if (!isRead || header.sizeOctets > 0 || stop > bytes.length || seen >= mostHeaders) {
        response.indications |= iin.parameter
        break
      }
      if (notes.length < 8) notes.push(noteOf(called, header))
      if (called === fn.read) readObjects(header, bytes, points, attributes, now(), response)
      at = stop
    }
    return notes
  }

  /** The time, and the restart indication, which has long been off. Nothing else can be written. */
  const write = (bytes: Uint8Array, response: Dnp3Response): string[] => {
    const header = new ObjectHeader()
    if (!header.read(bytes, requestHeader, bytes.length)) {
      response.indications |= iin.parameter
      return ['write']
    }
    const { group, variation, first, count, next } = header
    const isTime = group === 50 && (variation === 1 || variation === 3) && count === 1 && bytes.length === next + 6
    const isRestart = group === 80 && first === 7 && count === 1 && bytes.length === next + 1
    if (group !== 50 && group !== 80) response.indications |= iin.object
    else if (!isTime && !(isRestart && bytes[next] === 0)) response.indications |= iin.parameter
    return [noteOf(fn.write, header)]
  }

  /** @returns notes */
  const carryOut = (bytes: Uint8Array, called: number, sequence: number, response: Dnp3Response): string[] => {
    if (called === fn.read) return names(bytes, called, response)
    if (called === fn.write) return write(bytes, response)
    if (called >= fn.select && called <= fn.directOperateNoAck) {
      controls(called, sequence, bytes, response)
      return [requestedBy(called)?.op ?? '']
    }
    if (taken.has(called)) {
      names(bytes, called, response)
      return [requestedBy(called)?.op ?? '']
    }
    if (called === code.delay) {
      // A time of some milliseconds: what it takes from the request to the response.
      const at = response.room(6)
      response.bytes.set([52, 2, 7, 1], at)
      putU16le(response.bytes, at + 4, 2 + (identity.seed % 9))
      return ['delay-measurement']
    }
    response.indications |= iin.function
    return [requestedBy(called)?.op ?? `function ${called}`]
  }

  return (bytes: Uint8Array, isBroadcast: boolean): Dnp3Answer => {
    const control = bytes[0] ?? 0
    const called = bytes[1] ?? 0
    // A request is one fragment, and never unsolicited (4.2.2.4); what only outstations say is passed over.
    const isWhole = (control & (application.first | application.final)) === (application.first | application.final)
    if (bytes.length < requestHeader || !isWhole || (control & application.unsolicited) !== 0) return { notes: [] }
    if (called === fn.confirm || called >= fn.response) return { notes: [] }
    const response = responseOf()
    if (profile.controls === 'local') response.indications |= iin.local
    if (heardBroadcast) response.indications |= iin.broadcast
    const notes = carryOut(bytes, called, control & application.sequence, response)
    heardBroadcast = isBroadcast
    const isAnswered = !isBroadcast && (requestedBy(called)?.answered ?? true)
    return isAnswered ? { fragment: response.finish(control & application.sequence), notes } : { notes }
  }
}
