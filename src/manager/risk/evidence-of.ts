/** What an event says about its source. Pure. */
import { plainAddress } from './public.ts'
import { vocabularies, isProtocolName } from '#protocols/index.ts'
import type { Vocabulary } from '#core/protocol.ts'
import { eventKinds, type EventKindName } from '#schema/event-kinds.ts'
import type { Event } from '#schema/event.ts'
import type { FamilyName } from './families.ts'
import type { Evidence } from './score.ts'

export interface Found extends Evidence {
  readonly ip: string
  readonly text: string
  readonly technique?: string
}

type Weighed = readonly (readonly [family: FamilyName, weight: number])[]

/** By the class of a login (edge/decoys/logins): what it takes to know what was typed. */
const logins: Readonly<Record<string, number>> = {
  honeytoken: 8,
  'compromised-credential': 8,
  'old-password': 6,
  'brute-force': 6,
  spray: 6,
  'vendor-default': 5,
  'misconfigured-client': 1,
}
const anyLogin = 5

/** Log-odds of a denied command, by the risk class of what it asked for. */
const verbs: Readonly<Record<Vocabulary['ops'][string]['risk'], number>> = {
  program: 3,
  control: 2.5,
  file: 2,
  write: 1.5,
  session: 0.5,
  discover: 0.5,
  read: 0.5,
}
const unknownVerb = 1

/** Ports of engineering protocols, and of remote hands: nobody comes by there by mistake. */
const worthy: ReadonlySet<string> = new Set([
  ...Object.values<Vocabulary>(vocabularies).flatMap(({ ports }) =>
    ports.map(({ transport, port }) => `${transport} ${port}`),
  ),
  ...[22, 23, 135, 139, 445, 3389, 5900, 5985, 5986].map((port) => `tcp ${port}`),
])

const port = ({ protocol, port: number }: Event): Weighed =>
  number !== undefined && worthy.has(`${protocol ?? ''} ${number}`) ? [['port', 0.8]] : []

const verb = ({ details }: Event): number => {
  const { service, op } = details ?? {}
  if (typeof service !== 'string' || typeof op !== 'string' || !isProtocolName(service)) return unknownVerb
  const { ops }: Vocabulary = vocabularies[service]
  const known = Object.hasOwn(ops, op) ? ops[op] : undefined
  return known === undefined ? unknownVerb : verbs[known.risk]
}

/** Denied for its risk says nothing new about it: a score must not feed itself. */
const isForItsRisk = ({ reason }: Event) => reason === 'risk-too-high'
/** What persons and orders of a manager contain was judged by them. */
const isOwn = ({ by }: Event) => by === 'kernel' || by === 'policy' || by === 'daemon'

const weights: Partial<Record<EventKindName, (event: Event) => Weighed>> = {
  'decoy-contact': ({ details }) => [['decoy', details?.['handshake'] === false ? 2 : 5]],
  'decoy-login': ({ details }) => [['decoy-login', logins[String(details?.['class'])] ?? anyLogin]],
  containment: (event) => (isOwn(event) && !isForItsRisk(event) ? [['out-of-scope', 2], ...port(event)] : []),
  denial: (event) =>
    isForItsRisk(event) || event.reason === 'contained' || event.reason === 'spoof'
      ? []
      : [['out-of-scope', 1], ...port(event)],
  scan: () => [['scan', 4]],
  'command-denied': (event) => [['command', verb(event)]],
  'off-hours': () => [['off-hours', 1]],
  'first-seen': () => [['first-seen', 0.5]],
}

/** Kinds of events that are evidence. */
export const evidenceKinds: readonly EventKindName[] = Object.keys(weights).filter((kind): kind is EventKindName =>
  Object.hasOwn(eventKinds, kind),
)

/** @param received ms since 1970: an edge whose clock runs ahead saw nothing later than this */
export const evidenceOf = (event: Event, received: number): readonly Found[] => {
  const ip = plainAddress(event.source?.ip ?? '')
  if (ip === undefined || event.details?.['enforced'] === false) return []
  const technique = event.technique ?? eventKinds[event.kind].technique
  const at = Math.min(Date.parse(event.last), received)
  return (weights[event.kind]?.(event) ?? []).map(([family, weight]) => ({
    ip,
    family,
    weight,
    key: event.id,
    at,
    text: event.text,
    ...(technique === undefined ? {} : { technique }),
  }))
}
