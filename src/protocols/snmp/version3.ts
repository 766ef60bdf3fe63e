/** SNMPv3 as far as nobody knows a user: discovery of the engine (RFC 3414, 4), and reports that the user is unknown. */
import { attemptLimit, type Answer, type TalkContext } from '#core/personality.ts'
import { der } from '../der.ts'
import { encodedPdu, pdus } from './answers.ts'
import { elements, encodedInteger, integerOf, tags, type Element } from './ber.ts'
import type { SnmpProfile } from './profile.ts'
import { engineId, numbersOf, uptime } from './table.ts'

const unknownUserNames = numbersOf('1.3.6.1.6.3.15.1.1.3.0')
const unknownEngineIds = numbersOf('1.3.6.1.6.3.15.1.1.4.0')
/** RFC 3411: the security model of users. */
const userModel = 3
const octets = (...bodies: readonly Uint8Array[]): Uint8Array => der(tags.octets, ...bodies)
const latin1 = new TextDecoder('latin1')

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, at) => byte === b[at])

/** Number of the request, where the scoped PDU is in the clear; zero otherwise. */
const requestOf = (scoped: Element | undefined): number => {
  if (scoped === undefined || scoped.tag !== tags.sequence) return 0
  const pdu = elements(scoped.body, 3)?.[2]
  return integerOf(pdu === undefined ? undefined : elements(pdu.body, 4)?.[0]) ?? 0
}

/** @param parts of the message, behind its version */
export const answeredV3 = (
  parts: readonly Element[],
  context: TalkContext,
  profile: SnmpProfile,
): Answer | undefined => {
  const [header, security, scoped] = parts
  if (header?.tag !== tags.sequence || security?.tag !== tags.octets) return undefined
  const fields = elements(header.body, 4)
  const message = integerOf(fields?.[0])
  const flags = fields?.[2]?.body[0] ?? 0
  if (fields?.length !== 4 || message === undefined || integerOf(fields[3]) !== userModel) return undefined
  // Without the flag nobody waits for a report.
  if ((flags & 4) === 0) return { send: [], exchanges: 1, notes: ['SNMPv3 without report'] }
  const outer = elements(security.body, 1)?.[0]
  const named = outer === undefined ? undefined : elements(outer.body, 6)
  if (named?.length !== 6) return undefined
  const id = engineId(profile, context.identity.mac)
  const known = same(named[0]?.body ?? id, id)
  const name = named[3]?.body ?? new Uint8Array(0)
  const user = latin1.decode(name.subarray(0, attemptLimit))
  const seconds = Math.floor(uptime(context) / 1000)
  const count = encodedInteger(1 + (seconds % 7), tags.counter)
  const report = encodedPdu(pdus.report, requestOf(scoped), {
    bindings: [[known ? unknownUserNames : unknownEngineIds, count]],
  })
  const out = der(
    tags.sequence,
    encodedInteger(3),
    der(
      tags.sequence,
      encodedInteger(message),
      encodedInteger(1500),
      octets(Uint8Array.of(0)),
      encodedInteger(userModel),
    ),
    octets(
      der(
        tags.sequence,
        octets(id),
        encodedInteger(1 + (context.identity.seed % 40)),
        encodedInteger(seconds),
        octets(known ? name.subarray(0, 32) : new Uint8Array(0)),
        octets(),
        octets(),
      ),
    ),
    der(tags.sequence, octets(id), octets(), report),
  )
  return {
    send: [out],
    exchanges: 1,
    notes: [known ? 'SNMPv3 user' : 'SNMPv3 discovery'],
    ...(known && user !== '' && { attempts: [{ user, secret: { kind: 'none' } }] }),
  }
}
