/** How an outstation refuses: internal indications (IEEE Std 1815-2012, 4.2.2.6) or the status of a command (A.8.1). */
import type { Refusal } from '#core/codec.ts'
import { Message } from '#core/message.ts'
import { ObjectHeader } from './header.ts'
import { control, primary, putFrame, secondary } from './link.ts'
import { fn } from './functions.ts'
import { application, requestHeader } from './requests.ts'
import type { Station } from './state.ts'
import { segment } from './transport.ts'

/** IIN2.0 NO_FUNC_CODE_SUPPORT, IIN2.1 OBJECT_UNKNOWN, IIN2.2 PARAMETER_ERROR. */
const indications: Readonly<Record<Refusal, number>> = { function: 0x01, object: 0x02, value: 0x04, state: 0x04 }
/** Command status: NOT_SUPPORTED, OUT_OF_RANGE, and AUTOMATION_INHIBIT for what an interlock forbids for now. */
const statuses: Readonly<Record<Refusal, number>> = { function: 4, object: 4, value: 12, state: 10 }

/** One frame's data: transport octet, control, function, indications, and an echo of what fits. */
const answer = new Uint8Array(250)
const answerHeader = 5
const nothing = new Uint8Array(0)

const header = new ObjectHeader()
/** Only counts steps. */
const reading = new Message()

/**
 * Writes the command objects back with a status, as an outstation does (4.4.3): a master then knows which of its outputs was
 * refused, and why. The status is the last octet of every command object.
 * @returns where they end; 0 when they are not command objects alone, or too many for one frame
 */
const putEcho = (fragment: Uint8Array, end: number, status: number): number => {
  const from = answerHeader - requestHeader
  if (from + end > answer.length) return 0
  reading.reset()
  for (let at = requestHeader; at < end; at++) answer[from + at] = fragment[at] ?? 0
  let at = requestHeader
  while (at < end) {
    if (!header.read(fragment, at, end) || (header.group !== 12 && header.group !== 41)) return 0
    if (header.sizeOctets > 0 || (header.layout?.octets ?? 0) < 3) return 0
    for (let turn = 0; turn < header.count; turn++) {
      if (!header.object(fragment, end, turn, true, reading)) return 0
      answer[from + header.next - 1] = status
    }
    at = header.next
  }
  return from + end
}

const isCommand = (code: number): boolean => code >= fn.select && code <= fn.directOperate

/** The answer of a station that has no such link service. @returns where it ends */
export const putNotSupported = (out: Uint8Array, { master, outstation }: Station): number =>
  putFrame(out, secondary.notSupported, master, outstation, nothing, 0)

/**
 * Writes the outstation's refusal of a fragment. A denied function is one the outstation does not have: indications alone. A denied
 * point, value or moment of a command is its status; of anything else, indications.
 *
 * Its transport sequence number is the one the outstation would use next. The outstation uses the same number again, which no
 * master minds: a segment with FIR begins anew whatever its number is (8.2.2, table 8-3).
 * @returns where it ends
 */
export const putRefusal = (
  out: Uint8Array,
  fragment: Uint8Array,
  end: number,
  why: Refusal,
  station: Station,
): number => {
  const code = fragment[1] ?? 0
  const echoed = why !== 'function' && isCommand(code) ? putEcho(fragment, end, statuses[why]) : 0
  answer[0] = segment.first | segment.final | ((station.transportSequence + 1) & segment.sequence)
  answer[1] = application.first | application.final | ((fragment[0] ?? 0) & application.sequence)
  answer[2] = fn.response
  answer[3] = 0
  // Nothing but the status tells: indications beside it make some masters look no further.
  answer[4] = echoed > 0 ? 0 : indications[why]
  const size = echoed > 0 ? echoed : answerHeader
  return putFrame(out, control.primary | primary.unconfirmed, station.master, station.outstation, answer, size)
}
