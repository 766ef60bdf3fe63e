/** One event: what crosses every boundary (edge, manager, console, sinks). Meaning of kinds and fields: docs/events.md. */
import * as z from 'zod'
import { idPattern } from '#core/id.ts'
import { Address, Mac, Port } from './address.ts'
import { eventClasses, eventKindNames } from './event-kinds.ts'

const Label = z.string().min(1).max(64)
/** UTC with milliseconds, so that text order is time order. */
export const Timestamp = z.iso.datetime({ precision: 3 })

export const EventEnd = z.strictObject({
  ip: Address.optional(),
  mac: Mac.optional(),
  /** 0: untagged or priority-tagged. */
  vlan: z.int().min(0).max(4094).optional(),
  /** Name of the edge's port, as in the policy. */
  port: Label.optional(),
  /** Name of the asset, when it is a known one. */
  asset: Label.optional(),
})

const Scalar = z.union([z.string().max(500), z.number(), z.boolean(), z.null()])
const detailBytes = 4096
/** Small and flat: events are kept by the million. */
export const EventDetails = z
  .record(z.string().max(64), z.union([Scalar, z.array(Scalar).max(64)]))
  .refine((details) => JSON.stringify(details).length <= detailBytes, `at most ${detailBytes} characters as JSON`)

export const Event = z.strictObject({
  /** Sorts in the order of happening, also when the clock went back. */
  id: z.string().regex(idPattern, 'an event id of 26 characters'),
  time: Timestamp,
  class: z.enum(eventClasses),
  kind: z.enum(eventKindNames),
  site: Label,
  edge: Label,
  zone: Label.optional(),
  conduit: Label.optional(),
  /** Stable id from the closed list of docs/policy.md. */
  reason: Label.optional(),
  source: EventEnd.optional(),
  destination: EventEnd.optional(),
  /** `tcp`, `udp`, `icmp`, an IP protocol number, or an EtherType such as `0x8892`. */
  protocol: z.string().max(16).optional(),
  port: Port.optional(),
  /** Packets this event stands for, exactly. Summed over all events of one conversation no packet counts twice. */
  count: z.int().min(0),
  /** First and last packet it stands for. */
  first: Timestamp,
  last: Timestamp,
  /** Who ordered it: a person, `policy`, `kernel`, `daemon`, `manager`. */
  by: z.string().min(1).max(200).optional(),
  text: z.string().min(1).max(500),
  details: EventDetails.optional(),
  technique: z
    .string()
    .regex(/^T[01]\d{3}(\.\d{3})?$/, 'an ATT&CK for ICS technique such as T0846')
    .optional(),
})
export type Event = z.infer<typeof Event>
export type EventEnd = z.infer<typeof EventEnd>
export type EventDetails = z.infer<typeof EventDetails>

/** What somebody who reports an event has to say; the store adds the rest (see edge/store/draft.ts). */
export const EventDraft = Event.partial().required({ kind: true }).omit({ id: true })
export type EventDraft = z.infer<typeof EventDraft>

/** Milliseconds since 1970 as an event's time. */
export const timestamp = (ms: number): string => new Date(ms).toISOString()
