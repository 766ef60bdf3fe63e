/** The link of a running edge: what a manager sends becomes orders, permits, risk and policies here, and what happens here goes up. */
import { messageOf } from '#core/errors.ts'
import type { EdgeStatus } from '#schema/control.ts'
import type { Digest, Revisions } from '#schema/link-frames.ts'
import { ConfirmObject, PolicyObject } from '#schema/link-objects.ts'
import type { Edge } from '../context.ts'
import { record } from '../writing.ts'
import type { StoredEvent } from '../store/events.ts'
import { digestOf } from './digest.ts'
import { deviceKey, readEnrolled } from './files.ts'
import { policiesOf } from './policies.ts'
import { restoreRisk } from './risks.ts'
import { openSession, type Session, type StateFrame } from './session.ts'
import type { StreamContext } from './stream.ts'
import { stateStreamsOf } from './streams.ts'
import { openedFor, signerOf } from './verify.ts'

export interface EdgeLink {
  /** Carries one frame out, whichever way it came. Rejects when the disk or the kernel did not let it. */
  take(frame: StateFrame): Promise<void>
  readonly session: Session
  digest(): Digest
  have(): Revisions
  /** Called every second. */
  tick(): void
  status(): NonNullable<EdgeStatus['manager']>
  close(): Promise<void>
}

export interface LinkOptions {
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>
  readonly version: string
}

export const managerStatus = (session: Session, waiting: number): NonNullable<EdgeStatus['manager']> => {
  const { connected, since, url, manager, problem } = session.state()
  const { site, edge } = session.enrolled()
  return {
    enrolled: `${edge} of ${site}`,
    connected,
    since: new Date(since).toISOString(),
    waiting,
    ...(url === undefined ? {} : { url }),
    ...(manager === undefined ? {} : { name: manager }),
    ...(problem === undefined ? {} : { problem }),
  }
}

/** @returns undefined when this edge is not enrolled */
export const openLink = (edge: Edge, { inTurn, version }: LinkOptions): EdgeLink | undefined => {
  const { state } = edge.options
  const enrolled = readEnrolled(state)
  if (enrolled === undefined) return undefined
  const key = deviceKey(state)
  const signer = signerOf(enrolled.signer)
  const alarm = (text: string | undefined): void => {
    if (text === undefined) edge.alarms.delete('link')
    else edge.alarms.set('link', text)
  }
  const failed = (error: unknown): void => alarm(`What the manager sent could not be carried out: ${messageOf(error)}`)
  const context = (): StreamContext => ({ edge, manager: session.manager(), ahead: session.ahead() })
  const onChange = () => session.changed()
  const complain = (text: string) => session.complain(text)
  const policies = policiesOf({
    edge,
    inTurn,
    complain,
    onChange: () => opened && onChange(),
    manager: () => session.manager(),
  })
  const states = stateStreamsOf({
    edge,
    identity: enrolled,
    signer,
    context,
    complain,
    onGap: () => session.redial('what the manager sent does not follow what is held'),
    onChange,
  })

  const take = async (frame: StateFrame): Promise<void> => {
    if (frame.type === 'state') {
      await states.take(frame)
    } else if (frame.type === 'policy') {
      const object = openedFor(signer, enrolled, frame.object, PolicyObject)
      if (object.ok) await policies.take(object.value)
      else complain(`a policy: ${object.error}`)
    } else {
      const object = openedFor(signer, enrolled, frame.object, ConfirmObject)
      if (object.ok) await policies.confirm(object.value)
      else complain(`a confirmation: ${object.error}`)
    }
  }
  const have = (): Revisions => ({ policy: policies.inForce().revision, ...states.have() })
  const digest = () => digestOf(edge, policies, states.have())
  let opened = false
  const session: Session = openSession({
    state,
    version,
    enrolled,
    key,
    store: edge.store,
    have,
    digest,
    onFrame: (frame) => void take(frame).catch(failed),
    record: (event) => void record(edge, event),
    alarm,
  })
  opened = true
  const stored = (events: readonly StoredEvent[]) => session.stored(events)
  edge.listeners.add(stored)
  restoreRisk(edge)
  let waiting = edge.store.outbox.waiting()
  let counted = performance.now()
  return {
    take,
    session,
    digest,
    have,
    tick: policies.tick,
    status: () => {
      if (performance.now() - counted > 2000) {
        waiting = edge.store.outbox.waiting()
        counted = performance.now()
      }
      return managerStatus(session, waiting)
    },
    close: async () => {
      edge.listeners.delete(stored)
      await session.close()
    },
  }
}
