/** An enrolled edge's side of the link, whatever it enforces: the line, what goes up, certificates, and whether the manager is there. */
import { Fault, messageOf } from '#core/errors.ts'
import type { EventDraft } from '#schema/event.ts'
import { type Enrolled, renewText } from '#schema/link-enrolment.ts'
import type { Digest, Revisions, ToEdge, ToEdgeOf } from '#schema/link-frames.ts'
import { spiffeId } from '#schema/link-values.ts'
import type { StoredEvent } from '../store/events.ts'
import type { Store } from '../store/open.ts'
import { termOf } from './certificates.ts'
import { complaints, type Complain } from './complaints.ts'
import { renewByPost, renewed } from './enrol.ts'
import type { DeviceKey } from './files.ts'
import { writeEnrolled } from './files.ts'
import { type LineOptions, type LineState, openLine } from './line.ts'
import { uplink } from './uplink.ts'

export type StateFrame = Extract<ToEdge, { type: 'policy' | 'confirm' | 'state' }>

export interface SessionOptions {
  readonly state: string
  readonly version: string
  readonly enrolled: Enrolled
  readonly key: DeviceKey
  readonly store: Store
  readonly have: () => Revisions
  readonly digest: () => Digest
  readonly onFrame: (frame: StateFrame) => void
  readonly record: (event: EventDraft) => void
  /** Something that will be tried again; undefined when it is over. */
  readonly alarm: (text: string | undefined) => void
  /** As in {@link LineOptions}. */
  readonly pulseMs?: LineOptions['pulseMs']
  readonly chance?: LineOptions['chance']
}

export interface Session {
  readonly enrolled: () => Enrolled
  readonly complain: Complain
  /** Name of the manager that answered last. */
  manager(): string
  /** What its clock was ahead of this one's, in ms. */
  ahead(): number
  state(): LineState
  stored(events: readonly StoredEvent[]): void
  /** What is in force changed: reports wait, and a digest is due. */
  changed(): void
  redial(why: string): void
  /** A certificate that came by another way than the line. */
  renew(svid: Pick<ToEdgeOf<'svid'>, 'certificate' | 'until'>): void
  close(): Promise<void>
}

/** A line that is back within this time was never away. */
const blinkMs = 3000
const settleMs = 1000
const renewTryMs = 60_000
/** A clock that differs by less is one. */
const clockMs = 2000

export const openSession = (options: SessionOptions): Session => {
  const { store, key, state, record } = options
  let enrolled = options.enrolled
  let manager = enrolled.domain.slice(0, 40)
  let ahead = 0
  let present: boolean | undefined
  let away = 0
  let absence: NodeJS.Timeout | undefined
  let digests: NodeJS.Timeout | undefined
  let settling: NodeJS.Timeout | undefined
  const now = () => Date.now() + ahead
  const complain = complaints((text) => record({ kind: 'tamper', by: 'daemon', text }))
  const trouble = (error: unknown): void => options.alarm(`The link: ${messageOf(error)}`)

  const up = uplink({
    store,
    send: (frame) => line.send(frame),
    backlog: () => line.backlog(),
    onTrouble: trouble,
  })
  const sendDigest = (): void => {
    try {
      line.send(options.digest())
      options.alarm(undefined)
    } catch (error) {
      trouble(error)
    }
  }
  const keep = (fresh: Enrolled): void => {
    writeEnrolled(state, fresh)
    enrolled = fresh
  }
  const renew = (svid: Pick<ToEdgeOf<'svid'>, 'certificate' | 'until'>): void => {
    try {
      keep(renewed(enrolled, key, svid))
    } catch (error) {
      if (error instanceof Fault && error.code === 'refused') complain(error.message)
      else trouble(error)
    }
  }
  const askRenewal = (): void => {
    if (!line.state().connected || now() < termOf(enrolled.certificate).renew) return
    const at = Math.round(now())
    line.send({ type: 'renew', at, signature: key.sign(renewText(spiffeId(enrolled.domain, enrolled), at)) })
  }

  const onWelcome = (welcome: ToEdgeOf<'welcome'>): void => {
    manager = welcome.manager.replaceAll(/[^\w.:-]/g, '-').slice(0, 40)
    const difference = welcome.at - Date.now()
    ahead = Math.abs(difference) < clockMs ? 0 : difference
    clearTimeout(absence)
    absence = undefined
    try {
      const behind = store.outbox.resume(welcome.acknowledged)
      if (behind > 0)
        complain(`the manager has ${behind} events more of this store than the store itself: it went back in time`)
    } catch (error) {
      trouble(error)
    }
    if (present !== true) {
      const seconds = away === 0 ? undefined : Math.round((performance.now() - away) / 1000)
      record({
        kind: 'manager-found',
        by: 'daemon',
        text: `The link to manager ${manager} stands.`,
        ...(seconds === undefined ? {} : { details: { seconds } }),
      })
    }
    present = true
    up.opened()
    clearInterval(digests)
    digests = setInterval(sendDigest, welcome.digest * 1000)
    sendDigest()
    askRenewal()
  }
  const onEnd = (why: string): void => {
    up.closed()
    clearInterval(digests)
    if (present !== true || absence !== undefined) return
    away = performance.now()
    absence = setTimeout(() => {
      absence = undefined
      if (line.state().connected) return
      present = false
      record({
        kind: 'manager-lost',
        by: 'daemon',
        text: `The manager cannot be reached; the edge decides on. ${why}`.slice(0, 500),
      })
    }, blinkMs)
  }
  const onFrame = (frame: Exclude<ToEdge, { type: 'welcome' | 'refused' }>): void => {
    if (frame.type === 'ack') up.acknowledged(frame)
    else if (frame.type === 'svid') renew(frame)
    else options.onFrame(frame)
  }
  /** What is wrong with one frame must not end the daemon. */
  const guarded =
    <T>(work: (frame: T) => void) =>
    (frame: T): void => {
      try {
        work(frame)
      } catch (error) {
        trouble(error)
      }
    }
  const line = openLine({
    enrolled: () => enrolled,
    key,
    prepare: async () => {
      if (now() >= termOf(enrolled.certificate).until) keep(await renewByPost(enrolled, key, Math.round(now())))
    },
    hello: () => ({
      type: 'hello',
      version: options.version.slice(0, 64),
      store: store.outbox.id(),
      have: options.have(),
      newest: store.events.newest(),
      at: Date.now(),
    }),
    onWelcome: guarded(onWelcome),
    onFrame: guarded(onFrame),
    onGarbage: complain,
    onEnd,
    ...(options.pulseMs === undefined ? {} : { pulseMs: options.pulseMs }),
    ...(options.chance === undefined ? {} : { chance: options.chance }),
  })
  const renewals = setInterval(askRenewal, renewTryMs)

  return {
    enrolled: () => enrolled,
    complain,
    manager: () => manager,
    ahead: () => ahead,
    state: line.state,
    stored: up.stored,
    changed: () => {
      up.reported()
      settling ??= setTimeout(() => {
        settling = undefined
        if (line.state().connected) sendDigest()
      }, settleMs)
    },
    redial: line.redial,
    renew,
    close: async () => {
      for (const timer of [absence, settling]) clearTimeout(timer)
      for (const timer of [digests, renewals]) clearInterval(timer)
      up.closed()
      await line.close()
      clearTimeout(absence)
    },
  }
}
