/** An SNMP agent that is read and never written. */
import { definePersonality, silence, type Answer, type TalkContext } from '#core/personality.ts'
import { der } from '../der.ts'
import { encodedPdu, got, gotBulk, pdus, refused, tooBig, type Outcome } from './answers.ts'
import { elements, encodedInteger, integerOf, oidOf, tags, type Element, type Oid } from './ber.ts'
import type { SnmpProfile } from './profile.ts'
import { tableOf, type Entry } from './table.ts'
import { answeredV3 } from './version3.ts'

/** Bytes of a request that is looked at, and bindings in it. */
const longestRequest = 4096
const mostBindings = 64
/** Bytes of an answer: one Ethernet frame. */
const longestAnswer = 1400
/** A datagram that asks may be forged: its answer is no more than this many times its size. */
const amplification = 10
/** What of a response is around its bindings, the community aside. */
const around = 40

const names: Readonly<Record<number, string>> = {
  [pdus.get]: 'get',
  [pdus.getNext]: 'get-next',
  [pdus.set]: 'set',
  [pdus.getBulk]: 'get-bulk',
}
const latin1 = new TextDecoder('latin1')

const oidsOf = (list: Element | undefined): readonly Oid[] | undefined => {
  const bindings = list?.tag === tags.sequence ? elements(list.body, mostBindings) : undefined
  if (bindings === undefined) return undefined
  const oids: Oid[] = []
  for (const { tag, body } of bindings) {
    const pair = tag === tags.sequence ? elements(body, 2) : undefined
    const oid = oidOf(pair?.[0])
    if (oid === undefined || pair?.length !== 2) return undefined
    oids.push(oid)
  }
  return oids
}

interface Asked {
  readonly pdu: number
  readonly request: number
  readonly first: number
  readonly second: number
  readonly oids: readonly Oid[]
}

const askedIn = (element: Element | undefined, v1: boolean): Asked | undefined => {
  if (element === undefined || names[element.tag] === undefined) return undefined
  if (v1 && element.tag === pdus.getBulk) return undefined
  const parts = elements(element.body, 4)
  const request = integerOf(parts?.[0])
  const first = integerOf(parts?.[1])
  const second = integerOf(parts?.[2])
  const oids = oidsOf(parts?.[3])
  if (request === undefined || first === undefined || second === undefined || oids === undefined) return undefined
  return { pdu: element.tag, request, first, second, oids }
}

const outcomeOf = ({ pdu, first, second, oids }: Asked, table: readonly Entry[], v1: boolean, room: number) => {
  if (pdu === pdus.set) return refused(oids, v1)
  if (pdu === pdus.getBulk) return gotBulk(table, oids, Math.max(0, first), Math.max(0, second), room)
  return got(table, oids, pdu === pdus.getNext, v1)
}

const answered = (bytes: Uint8Array, context: TalkContext, profile: SnmpProfile): Answer | undefined => {
  const whole = elements(bytes, 1)?.[0]
  const parts = whole?.tag === tags.sequence ? elements(whole.body, 4) : undefined
  const version = integerOf(parts?.[0])
  if (parts === undefined || version === undefined) return undefined
  if (version === 3) return answeredV3(parts.slice(1), context, profile)
  const community = parts[1]
  if (parts.length !== 3 || (version !== 0 && version !== 1) || community?.tag !== tags.octets) return undefined
  const v1 = version === 0
  const asked = askedIn(parts[2], v1)
  if (asked === undefined) return undefined
  const name = latin1.decode(community.body.subarray(0, 255))
  // Not which: it is a password of the plant, where a management station asks everybody.
  if (!profile.communities.includes(name)) return { send: [], exchanges: 1, notes: ['another community'] }
  const most = Math.min(longestAnswer, amplification * bytes.length)
  const respond = (outcome: Outcome): Uint8Array =>
    der(
      tags.sequence,
      encodedInteger(version),
      der(tags.octets, community.body),
      encodedPdu(pdus.response, asked.request, outcome),
    )
  const table = tableOf(context, profile)
  const out = respond(outcomeOf(asked, table, v1, most - around - community.body.length))
  const note = `${names[asked.pdu] ?? ''} ${(asked.oids[0] ?? []).join('.')}`.slice(0, 100)
  return { send: [out.length > most ? respond(tooBig(asked.oids, v1)) : out], exchanges: 1, notes: [note] }
}

export const snmp = definePersonality<SnmpProfile>({
  service: 'snmp',
  transports: ['udp'],
  open: (context, profile) => ({
    take: (bytes) => (bytes.length > longestRequest ? silence : (answered(bytes, context, profile) ?? silence)),
  }),
})
