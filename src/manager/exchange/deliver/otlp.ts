/** OpenTelemetry logs: OTLP 1.x over HTTP with JSON (opentelemetry-proto, ExportLogsServiceRequest). */
import * as z from 'zod'
import { eventKinds } from '#schema/event-kinds.ts'
import type { Event } from '#schema/event.ts'
import { ask, reasonOf } from '../https.ts'
import { failed, type Opening, outcomeOf } from './outlet.ts'

type Value = { stringValue: string } | { intValue: string } | { boolValue: boolean }
const value = (from: string | number | boolean): Value =>
  typeof from === 'number'
    ? { intValue: String(Math.trunc(from)) }
    : typeof from === 'boolean'
      ? { boolValue: from }
      : // Strings of protobuf are UTF-8, and a collector refuses a message with half a character for good.
        { stringValue: from.toWellFormed() }
const attributes = (from: Readonly<Record<string, string | number | undefined>>) =>
  Object.entries(from).flatMap(([key, one]) => (one === undefined ? [] : [{ key, value: value(one) }]))

/** SeverityNumber of the data model: INFO 9, WARN 13, ERROR 17, FATAL 21. */
const severity = (ours: number): readonly [number: number, text: string] =>
  ours >= 9 ? [21, 'FATAL'] : ours >= 7 ? [17, 'ERROR'] : ours >= 5 ? [13, 'WARN'] : [9, 'INFO']

const nanos = (time: string): string => `${Date.parse(time)}000000`

const record = (event: Event, now: number) => {
  const [severityNumber, severityText] = severity(eventKinds[event.kind].severity)
  return {
    timeUnixNano: nanos(event.time),
    observedTimeUnixNano: `${now}000000`,
    severityNumber,
    severityText,
    eventName: `bulkhead.${event.kind}`,
    body: value(event.text),
    attributes: attributes({
      'event.id': event.id,
      'bulkhead.kind': event.kind,
      'bulkhead.class': event.class,
      'bulkhead.site': event.site,
      'bulkhead.edge': event.edge,
      'bulkhead.zone': event.zone,
      'bulkhead.conduit': event.conduit,
      'bulkhead.reason': event.reason,
      'bulkhead.count': event.count,
      'bulkhead.technique': event.technique,
      'source.address': event.source?.ip ?? event.source?.mac,
      'destination.address': event.destination?.ip ?? event.destination?.mac,
      'destination.port': event.port,
      'network.transport': event.protocol,
      'bulkhead.details': event.details && JSON.stringify(event.details),
    }),
  }
}

/** ExportLogsServiceRequest. @param now ms since 1970 */
export const exportRequest = (events: readonly Event[], version: string, now: number) => ({
  resourceLogs: [
    {
      resource: { attributes: attributes({ 'service.name': 'bulkhead-manager', 'service.version': version }) },
      scopeLogs: [{ scope: { name: 'bulkhead.events', version }, logRecords: events.map((one) => record(one, now)) }],
    },
  ],
})

const Partial = z.object({ partialSuccess: z.object({ rejectedLogRecords: z.coerce.number().int().min(0) }) })

/** Records that a collector did not take although it answered 200 (OTLP, Partial Success). */
export const rejected = (body: string): number => {
  try {
    return Partial.safeParse(JSON.parse(body)).data?.partialSuccess.rejectedLogRecords ?? 0
  } catch {
    return 0
  }
}

export const otlp: Opening<'otlp'> = ({ url, ca }, { secrets, version, ownPorts, now }) => ({
  batch: 500,
  gatherMs: 0,
  close: () => undefined,
  deliver: async (events) => {
    const body = JSON.stringify(exportRequest(events, version, now()))
    const headers = {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...(secrets.authorization !== undefined && { authorization: secrets.authorization }),
    }
    try {
      const answer = await ask({ method: 'POST', url, headers, body, ca, ownPorts, mostBytes: 65_536 })
      const outcome = outcomeOf(answer.status)
      return outcome.ok ? { ok: true, refused: Math.min(events.length, rejected(answer.body)) } : outcome
    } catch (error) {
      return failed(reasonOf(error))
    }
  },
})
