/**
 * An enrolled edge that was never given a policy: it touches nothing, answers who asks, and waits for the first one of the manager.
 * That one has nothing to go back to, so it counts as confirmed once it is enforced.
 */
import { Fault } from '#core/errors.ts'
import { sha256 } from '#schema/chain.ts'
import type { Digest } from '#schema/link-frames.ts'
import { PolicyObject } from '#schema/link-objects.ts'
import type { EdgeOptions } from '../context.ts'
import { endingSignals, storePath } from '../context.ts'
import { serveControl } from '../control/server.ts'
import type { Notifier } from '../notify.ts'
import type { Operations } from '../operations.ts'
import { openStore, type Store } from '../store/open.ts'
import { alarmsOf, noPolicy } from './digest.ts'
import { deviceKey, readEnrolled } from './files.ts'
import { managerStatus } from './link.ts'
import { knownPolicies, refusalText, settlePolicy, sourceOf } from './policies.ts'
import { openSession, type Session, type StateFrame } from './session.ts'
import { openedFor, signerOf } from './verify.ts'

export interface FirstPolicy {
  readonly revision: number
  readonly text: string
  readonly digest: string
}

/** Writes down what became of the first policy, for the manager to be told. */
export const settleFirst = (store: Store, { revision, digest }: FirstPolicy, error?: unknown): void =>
  settlePolicy(
    store,
    error === undefined
      ? {
          revision,
          digest,
          outcome: 'confirmed',
          text: 'the first policy of this edge: enforced, and nothing to go back to',
        }
      : { revision, digest, outcome: 'refused', text: refusalText(error) },
  )

const waitingText = 'No policy is enforced: the first one of the manager is awaited. Nothing is touched meanwhile.'

const refuse = async (): Promise<never> => {
  throw new Fault('refused', 'This edge has no policy yet.', {
    advice: 'Publish one at the manager, or start the daemon with --policy.',
  })
}
/** Every other operation is about something that is enforced. */
const refusing = {
  explain: refuse,
  contain: refuse,
  release: refuse,
  permit: refuse,
  permits: refuse,
  revoke: refuse,
  apply: refuse,
  confirm: refuse,
  rollback: refuse,
  bypass: refuse,
  'bypass-end': refuse,
  isolate: refuse,
  rejoin: refuse,
  'replace-asset': refuse,
  qualify: refuse,
  doctor: refuse,
  export: refuse,
  import: refuse,
  decoys: refuse,
  'decoys-shuffle': refuse,
  'decoys-return': refuse,
  'decoys-sessions': refuse,
  'decoys-session': refuse,
} as const

interface Waiting {
  readonly promise: Promise<FirstPolicy | undefined>
  readonly give: (policy: FirstPolicy | undefined) => void
}
const waitingFor = (): Waiting => {
  const { promise, resolve } = Promise.withResolvers<FirstPolicy | undefined>()
  return { promise, give: resolve }
}

/**
 * @returns undefined when the process is told to end
 * @throws Fault `usage` when this edge is not enrolled either, and those of the store and the socket
 */
export const awaitPolicy = async (options: EdgeOptions, notifier: Notifier): Promise<FirstPolicy | undefined> => {
  const enrolled = readEnrolled(options.state)
  if (enrolled === undefined)
    throw new Fault('usage', `The edge "${options.edge}" has no policy, and is not enrolled with a manager.`, {
      advice: 'Give it one with --policy, or enrol it with `bulkhead edge enrol`.',
    })
  const started = new Date().toISOString()
  const store = openStore({ path: storePath(options.state) })
  const alarms = new Map([['policy', waitingText]])
  const first = waitingFor()
  store.identify({ site: enrolled.site, edge: enrolled.edge })
  const key = deviceKey(options.state)
  const signer = signerOf(enrolled.signer)

  const consider = (frame: StateFrame): void => {
    // The rest is sent again once there is something that it can change.
    if (frame.type !== 'policy') return
    const object = openedFor(signer, enrolled, frame.object, PolicyObject)
    const last = knownPolicies(store).at(-1)
    if (!object.ok) session.complain(`a policy: ${object.error}`)
    else if (sha256(object.value.text) !== object.value.digest) session.complain('a policy has another digest')
    else if (last !== undefined && object.value.revision <= last.revision) {
      if (object.value.revision === last.revision) settlePolicy(store, last)
      session.changed()
    } else {
      const { revision, text, digest } = object.value
      sourceOf(object.value, session.manager())
        .then(
          () => first.give({ revision, text, digest }),
          (error: unknown) => {
            settleFirst(store, { revision, text, digest }, error)
            session.changed()
          },
        )
        .catch((error: unknown) => session.complain(`a policy: ${String(error)}`))
    }
  }
  const digest = (): Digest => ({
    type: 'digest',
    at: Date.now(),
    policy: { revision: 0, digest: noPolicy, state: 'local', intact: true },
    streams: [],
    status: 'observing',
    alarms: alarmsOf(alarms),
    waiting: store.outbox.waiting(),
  })
  const session: Session = openSession({
    state: options.state,
    version: options.version ?? '0',
    enrolled,
    key,
    store,
    have: () => ({ policy: 0, orders: 0, permits: 0, risk: 0 }),
    digest,
    onFrame: consider,
    record: (event) => {
      const stored = store.events.append(event)
      options.told?.(stored)
      session.stored(stored)
    },
    alarm: (text) => (text === undefined ? alarms.delete('link') : alarms.set('link', text)),
  })
  const close = async (): Promise<void> => {
    await session.close()
    store.close()
  }
  const status: Operations['status'] = async () => ({
    site: enrolled.site,
    edge: enrolled.edge,
    kind: options.routed ? 'routed' : 'bridge',
    pid: process.pid,
    started,
    time: new Date().toISOString(),
    state: 'observing',
    alarms: [...alarms.values()],
    plan: { digest: noPolicy, generation: 0, applied: started, confirmed: true },
    ports: [],
    zones: [],
    conduits: [],
    inspection: {
      queues: [],
      translated: 0,
      unsynchronised: 0,
      flows: 0,
      conduits: [],
      uninspected: { packets: 0, dropped: 0 },
    },
    denies: [],
    counters: {},
    containments: [],
    permits: [],
    events: { stored: store.events.newest(), dropped: 0 },
    manager: managerStatus(session, store.outbox.waiting()),
  })
  const stop = () => first.give(undefined)
  for (const signal of endingSignals) process.once(signal, stop)
  try {
    const server = await serveControl({
      socket: options.socket,
      operations: { ...refusing, status },
      events: store.events,
    })
    // It may be days until then: whoever started this is told that all is well so far.
    notifier.ready()
    notifier.status(waitingText)
    notifier.watch()
    try {
      return await first.promise
    } finally {
      await server.close()
    }
  } finally {
    for (const signal of endingSignals) process.off(signal, stop)
    await close()
  }
}
