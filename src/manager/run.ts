/** `bulkhead manager run`: the centre of several edges. */
import { randomUUID } from 'node:crypto'
import { chmodSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { keepCompiledLater } from '#schema/compiled.ts'
import { Fault } from '#core/errors.ts'
import { newSetupCode, type SetupCode } from './accounts/setup-code.ts'
import { connectionOptions } from './bus/nats.ts'
import { type BusOptions, openBus } from './bus/open.ts'
import { objectSigner } from './fleet/signer.ts'
import { hasAdministrator } from './accounts/users.ts'
import { buildApi, type Limits, showAtApi } from './api/server.ts'
import type { Manager } from './context.ts'
import { startEvents } from './events/start.ts'
import { startExchange } from './exchange/start.ts'
import type { LinkLimits } from './link/listen.ts'
import { type RunningLink, startLink } from './link/server.ts'
import { openState } from './open.ts'
import { watchRollouts } from './policies/ticker.ts'
import { startRisk } from './risk/start.ts'
import { socketOf } from './socket.ts'
import { startUpkeep } from './upkeep.ts'
import { ownCertificate, type ServerCertificate } from './tls/authority.ts'
import { watchTerms } from './tls/terms.ts'

export interface ManagerOptions {
  readonly state: string
  readonly url?: string | undefined
  readonly listen: { readonly host: string; readonly port: number }
  /** Where edges dial over TCP; without it they reach the unix socket alone. */
  readonly link?: { readonly host: string; readonly port: number } | undefined
  readonly linkLimits?: Partial<LinkLimits>
  /** DNS names and addresses that the own certificate is for. */
  readonly hosts: readonly string[]
  readonly certificate?: ServerCertificate
  /** Where other managers of the same database are told; without it this one is alone. */
  readonly nats?: BusOptions['nats']
  /** Trust domain of edges; `bulkhead` when absent. */
  readonly domain?: string
  readonly version: string
  readonly limits?: Partial<Limits>
  /** ms without an answer of the database after which a connection is given up; 60 s when absent. */
  readonly silentMs?: number
  /** ms without a statement after which the database gives up a transaction; 15 s when absent. */
  readonly idleMs?: number
  readonly now?: () => number
  /** Structured lines. */
  readonly log: { write(line: string): void }
}

export interface RunningManager {
  readonly port: number
  readonly socket: string
  readonly link: RunningLink
  /** What its operations work with: for what runs in the same process. */
  readonly context: Manager
  readonly setup: SetupCode | undefined
  /** PEM of the own authority. */
  readonly ca: string | undefined
  readonly databasePid: number | undefined
  /** Done every hour: the own certificate is issued again when it is time. */
  renewCertificate(): void
  /** Ends everything in order; what fails to end keeps nothing else running. */
  close(): Promise<void>
}

/** Twice what the database gives a statement. */
const usualSilentMs = 60_000
/** Half of it: who waits for the locks of a manager that stands still has them before its own statement is given up. */
const usualIdleMs = 15_000

/** Whether somebody listens at a path: every answer but "refused" and "gone" counts as yes, such as that of one that is too busy. */
const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(path)
    probe.once('connect', () => (probe.destroy(), resolve(true)))
    probe.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    )
  })

/** Starts everything, or throws a Fault and leaves nothing running. */
export const startManager = async (options: ManagerOptions): Promise<RunningManager> => {
  const now = options.now ?? Date.now
  const socket = socketOf(options.state)
  if (await answers(socket)) throw new Fault('manager-running', `A manager answers at ${socket}.`)
  // What is wrong with an address is said before a database is started for it.
  if (options.nats !== undefined) connectionOptions({ ...options.nats, name: '' })
  const tell = (msg: string): void => options.log.write(`${JSON.stringify({ level: 40, time: now(), msg })}\n`)
  const opened = await openState({
    state: options.state,
    url: options.url,
    now,
    onTrouble: tell,
    silentMs: options.silentMs ?? usualSilentMs,
    idleMs: options.idleMs ?? usualIdleMs,
  })
  const ending = new AbortController()
  const close: (() => Promise<unknown>)[] = [() => opened.close()]
  const signer = objectSigner(options.state)
  const id = randomUUID()
  const end = async (): Promise<void> => {
    ending.abort()
    // One that fails, as all do that note something in a database that is away, keeps nothing of the others running.
    for (const step of close.toReversed())
      await step().catch((error: unknown) => tell(`while the manager stopped: ${String(error)}`))
  }
  try {
    const bus = await openBus({
      nats: options.nats,
      db: opened.db,
      signer,
      id,
      now,
      onFault: (error) => tell(`a listener failed: ${String(error)}`),
      onAlarm: (alarm) => tell(alarm ?? 'NATS can be reached again'),
    })
    close.push(() => bus.close())
    const manager: Manager = {
      db: opened.db,
      trail: opened.trail,
      keys: opened.keys,
      signer,
      bus,
      id,
      domain: options.domain ?? 'bulkhead',
      state: options.state,
      now,
      version: options.version,
      started: now(),
      database: options.url === undefined ? 'private' : 'external',
      given: options.certificate?.cert,
      setup: (await hasAdministrator(opened)) ? undefined : newSetupCode(now()),
      ending: ending.signal,
    }
    close.push(await startEvents(manager, tell))
    close.push(watchRollouts(manager, tell))
    close.push(startUpkeep(manager, tell))
    void startRisk(manager, (error) => tell(`risk: ${String(error)}`))
    // Edges know the own authority alone, also where people are shown a certificate of somebody else's.
    const issued = (): ServerCertificate =>
      ownCertificate(options.state, [...new Set([...options.hosts, 'localhost'])], now())
    const own = issued()
    const certificate = options.certificate ?? own
    const shared = { manager, log: options.log, ...(options.limits === undefined ? {} : { limits: options.limits }) }
    const open = await buildApi({ ...shared, certificate })
    close.push(() => open.close())
    const local = await buildApi(shared)
    close.push(() => local.close())
    try {
      unlinkSync(socket)
    } catch {
      // There is none, or listening says what is wrong with it.
    }
    await local.listen({ path: socket })
    chmodSync(socket, 0o600)
    await open.listen(options.listen)
    const link = await startLink({
      manager,
      certificate: own,
      listen: options.link,
      hosts: options.hosts,
      ...(options.linkLimits === undefined ? {} : { limits: options.linkLimits }),
      log: options.log,
    })
    close.push(() => link.close())
    const show = (fresh: ServerCertificate): void => {
      link.show(fresh)
      if (options.certificate === undefined) showAtApi(open, fresh)
    }
    const terms = watchTerms(own, { own: issued, show, onTrouble: tell })
    close.push(async () => terms.close())
    const address = open.server.address()
    const port = typeof address === 'object' && address !== null ? address.port : options.listen.port
    const exchange = startExchange(manager, { ownPorts: [port], onTrouble: tell })
    close.push(() => exchange.close())
    keepCompiledLater()
    return {
      port,
      socket,
      link,
      context: manager,
      setup: manager.setup,
      ca: certificate.ca,
      get databasePid() {
        return opened.postgres?.pid()
      },
      renewCertificate: terms.look,
      close: end,
    }
  } catch (error) {
    await end()
    throw error
  }
}
