/** `bulkhead edge run`: the daemon. It decides nothing per packet; the kernel does, with or without it. */
import { keepCompiledLater } from '#schema/compiled.ts'
import { Fault, messageOf } from '#core/errors.ts'
import { releaseMemory } from '#linux/process.ts'
import { begin } from './begin.ts'
import { endingSignals, storePath, type Edge, type EdgeOptions } from './context.ts'
import { heedWritten, record, recordBegun, tellUntold, writeUnwritten } from './writing.ts'
import { keepCopy } from './confirmed-copy.ts'
import { serveControl } from './control/server.ts'
import { keepDeadline } from './deadline.ts'
import { untoldOrders } from './untold.ts'
import { createNotifier, type Notifier } from './notify.ts'
import type { Operations } from './operations.ts'
import type { FirstPolicy } from './link/await-policy.ts'
import { LinkKeeper } from './link/keeper.ts'
import { storedPolicy } from './link/stored-policy.ts'
import { apply, confirm, recordRollback, rollback } from './orders/apply.ts'
import { contain, release } from './orders/contain.ts'
import { bypass, endBypass, settleBypass } from './orders/bypass.ts'
import { isolate, qualify, rejoin, replaceAsset } from './orders/local.ts'
import { permit, permits, revoke } from './orders/permit.ts'
import { reconcile, writeNoticed } from './records/contained.ts'
import { isRollbackUntold } from './rollback.ts'
import { countHits } from './records/hits.ts'
import { takeRecord } from './records/reader.ts'
import type { Outlets } from './sinks/outlets.ts'
import { status } from './status.ts'
import { openStore } from './store/open.ts'
import { keepLinks } from './watch/links.ts'
import { TamperWatch } from './watch/tamper.ts'
import { WindowKeeper } from './watch/windows.ts'

const second = 1000

/** Orders that load rules wait for each other; containments, permits and bypass never wait behind them. */
const queued = () => {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work)
    last = next.catch(() => undefined)
    return next
  }
}

const operationsOf = (edge: Edge, inTurn: ReturnType<typeof queued>, keeper: LinkKeeper): Operations => {
  const now =
    <A extends unknown[], R>(work: (...args: A) => R) =>
    async (...args: A): Promise<R> =>
      work(...args)
  return {
    status: () => status(edge, keeper.status()),
    explain: async (request) => (await import('./explain.ts')).explainRunning(edge, request),
    contain: now((request) => contain(edge, request)),
    release: (request) => release(edge, request),
    permit: now((request) => permit(edge, request)),
    permits: now(() => permits(edge)),
    revoke: now((request) => revoke(edge, request)),
    apply: (request) => inTurn(() => apply(edge, request)),
    confirm: (request) => inTurn(async () => confirm(edge, request)),
    rollback: (request) => inTurn(() => rollback(edge, request)),
    bypass: now((request) => bypass(edge, request)),
    'bypass-end': now((request) => endBypass(edge, request)),
    isolate: (request) => inTurn(() => isolate(edge, request)),
    rejoin: (request) => inTurn(() => rejoin(edge, request)),
    'replace-asset': (request) => inTurn(() => replaceAsset(edge, request)),
    qualify: (request) => inTurn(() => qualify(edge, request)),
    doctor: async () => (await import('./doctor.ts')).doctor(edge),
    import: async ({ name, file }) => {
      const link = keeper.surely()
      return (await import('./link/stick-in.ts')).importStick(name, file, link, edge.store)
    },
    decoys: now(() => edge.decoys.list(edge)),
    'decoys-shuffle': (request) => edge.decoys.shuffle(edge, request),
    'decoys-return': (request) => edge.decoys.giveBack(edge, request),
    'decoys-sessions': now((request) => edge.decoys.sessions(edge, request)),
    'decoys-session': now((request) => edge.decoys.session(edge, request)),
  }
}

/** Work that must not end the daemon: what goes wrong becomes an alarm, and is tried again. Nothing of it waits behind itself. */
const guarded = (edge: Edge, id: string, work: () => unknown): (() => void) => {
  const failed = (error: unknown) =>
    edge.alarms.set(id, error instanceof Fault ? error.message : `${id} failed: ${messageOf(error)}`)
  let busy = false
  const over = () => {
    busy = false
  }
  return () => {
    if (busy) return
    try {
      const result = work()
      if (result instanceof Promise) {
        busy = true
        void result.then(() => edge.alarms.delete(id), failed).finally(over)
      } else edge.alarms.delete(id)
    } catch (error) {
      failed(error)
    }
  }
}

/** Receivers that take nothing are alarms as long as they do. */
const watchOutlets = (edge: Edge, outlets: Outlets): void => {
  const troubles = outlets.troubles()
  for (const id of edge.alarms.keys()) if (id.startsWith('sink ') && !troubles.has(id.slice(5))) edge.alarms.delete(id)
  for (const [url, sentence] of troubles) edge.alarms.set(`sink ${url}`, sentence)
}

const runWith = async (options: EdgeOptions, first: FirstPolicy | undefined, notifier: Notifier): Promise<void> => {
  let lost = 0
  const { outlets, edge, denials, nflog } = await begin(options, {
    onRecord: (one, log) => guarded(one.edge, 'records', () => takeRecord(one.edge, one.denials, log))(),
    onOverflow: (count) => (lost += Math.max(1, count)),
  })
  if (first !== undefined) (await import('./link/await-policy.ts')).settleFirst(edge.store, first)
  const inTurn = queued()
  const keeper = new LinkKeeper({ inTurn, version: options.version ?? '0' })
  /** The packets behind lost records are told by their counts; this says that details of them are missing. */
  const tellLost = (): void => {
    if (lost > 0)
      record(edge, {
        kind: 'overflow',
        by: 'daemon',
        count: 0,
        text: `${lost} kernel records or more were lost; the packets are counted all the same.`,
        details: { records: lost },
      })
    lost = 0
  }
  const server = await serveControl({
    socket: options.socket,
    operations: operationsOf(edge, inTurn, keeper),
    events: edge.store.events,
    async *exporting() {
      const source = await keeper.source(edge)
      const { stickLines } = await import('./link/stick-out.ts')
      yield* stickLines(source)
    },
  }).catch(async (error: unknown) => {
    nflog.close()
    await outlets.close(0)
    edge.store.close()
    throw error
  })
  const watch = keepLinks(edge)
  const windows = new WindowKeeper()
  const moveWindows = guarded(edge, 'windows', () => windows.tick(edge))
  // At once: a clock that is set in the first second was another one before.
  moveWindows()
  const tamper = new TamperWatch()
  const deadline = guarded(edge, 'deadline', () => {
    const pending = edge.store.plans.pending()
    if (pending !== undefined) keepDeadline(options.state, pending.id, options.socket)
  })
  deadline()
  const every = (seconds: number, id: string, work: () => unknown) =>
    setInterval(guarded(edge, id, work), seconds * second)
  const copy = guarded(edge, 'copy', keepCopy(edge.store))
  setImmediate(copy)
  const timers = [
    every(1, 'enrolment', () => keeper.tick(edge)),
    setInterval(moveWindows, second),
    every(1, 'inspectors', () => inTurn(() => edge.inspection.tick(edge))),
    every(1, 'files', async () => (await import('./watch/descriptors.ts')).watchDescriptors(edge)),
    every(1, 'decoys', () => edge.decoys.tick(edge)),
    setInterval(deadline, 2 * second),
    every(2, 'watch', () => inTurn(() => tamper.tick(edge))),
    every(2, 'bypass', () => settleBypass(edge)),
    every(5, 'hits', () => countHits(edge)),
    every(1, 'summaries', () => denials.tell()),
    every(10, 'counts', () => {
      tellLost()
      denials.read()
    }),
    every(2, 'sinks', () => watchOutlets(edge, outlets)),
    every(5, 'untold', () => tellUntold(edge)),
    every(5, 'rollback', () =>
      isRollbackUntold(edge.store, edge.plan.digest) ? inTurn(async () => recordRollback(edge)) : undefined,
    ),
    // In turn: what is begun then and not told is of an order that is done.
    every(5, 'begun', () =>
      untoldOrders(edge.store).length === 0 ? undefined : inTurn(async () => recordBegun(edge)),
    ),
    every(10, 'housekeeping', () => {
      edge.store.maintain()
      heedWritten(edge)
    }),
    setInterval(copy, 10 * second),
    every(30, 'reconcile', () => {
      // A clock that was set a moment ago ends nothing.
      moveWindows()
      return reconcile(edge)
    }),
    every(10, 'notify', () =>
      notifier.status([...edge.alarms.values()][0] ?? `generation ${edge.generation} of ${edge.plan.site} is enforced`),
    ),
  ]
  notifier.ready()
  setImmediate(releaseMemory)
  keepCompiledLater()
  notifier.watch()
  await new Promise<void>((resolve) => {
    for (const signal of endingSignals) process.once(signal, resolve)
  })
  notifier.stopping()
  for (const timer of timers) clearInterval(timer)
  await keeper.close()
  await edge.decoys.close(edge)
  await watch.close()
  nflog.close()
  await server.close()
  denials.drain()
  writeNoticed(edge)
  writeUnwritten(edge, true)
  record(edge, { kind: 'stop', by: 'daemon', text: 'The daemon stops; the kernel keeps enforcing.' })
  await outlets.close()
  edge.store.close()
  edge.nft.close()
}

/** What was wrong with a first policy is told to the manager; only what another one may put right is waited for. */
const refuseFirst = async (options: EdgeOptions, first: FirstPolicy, error: unknown): Promise<void> => {
  if (!(error instanceof Fault) || error.code === 'edge-running') throw error
  const { settleFirst } = await import('./link/await-policy.ts')
  const { knownPolicies } = await import('./link/policies.ts')
  const store = openStore({ path: storePath(options.state) })
  try {
    if (knownPolicies(store).at(-1)?.revision === first.revision) throw error
    settleFirst(store, first, error)
  } finally {
    store.close()
  }
}

/** Runs until SIGTERM, SIGINT or SIGHUP. On the way out the rules stay: the kernel keeps enforcing. */
export const runEdge = async (options: EdgeOptions): Promise<void> => {
  const notifier = createNotifier()
  if (options.policy !== undefined || storedPolicy(options.state) !== undefined)
    return runWith(options, undefined, notifier)
  const { awaitPolicy } = await import('./link/await-policy.ts')
  for (;;) {
    const first = await awaitPolicy(options, notifier)
    if (first === undefined) return
    try {
      return await runWith({ ...options, policyText: first.text }, first, notifier)
    } catch (error) {
      await refuseFirst(options, first, error)
    }
  }
}
