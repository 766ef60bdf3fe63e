/** From what an edge or a score says to an order, or to a question: one transaction, and the push right after it. */
import type { Blast } from '#schema/manager-orders.ts'
import { newId } from '../accounts/ids.ts'
import type { Tx, Write } from '../audit/trail.ts'
import type { Manager } from '../context.ts'
import { isDuplicate } from '../database/pool.ts'
import { columnText } from '../database/text.ts'
import { announce, type Published } from '../state/publish.ts'
import { sourceIp } from './addresses.ts'
import type { Agreement } from './agreed.ts'
import { blastOf } from './blast.ts'
import { type BreakerRow, type Counts, isQueueFull, lockBreaker, lookUp, openBreaker, tooMuch } from './breaker.ts'
import { type Cause, decide, type Situation, type Step } from './decide.ts'
import { ask, order } from './issue.ts'
import { questionMs } from './limits.ts'
import { publishedSite, type PublishedSite, recentSites } from './published.ts'
import { type OrderRow, type NewOrderRow, ordersAbout, unsaid } from './rows.ts'

const author = 'manager'
const blastDays = 14

/** Thrown to leave a transaction that turned out to have nothing to do. */
class Nothing extends Error {}

const valuesOf = (cause: Cause, agreement: Agreement, step: Step, now: number): NewOrderRow => {
  const agreed = agreement.does === 'contain' ? agreement : undefined
  return {
    ...unsaid,
    id: newId(now),
    ip: cause.ip,
    level: step.level,
    site: step.level === 'fleet' ? null : cause.site,
    edge: null,
    state: step.waits === undefined ? 'ordered' : 'waiting',
    automatic: step.waits === undefined,
    known: [...step.known],
    seconds: step.seconds,
    reason: columnText(cause.text),
    why: step.waits ?? null,
    by: agreed === undefined ? 'manager' : `manager, as agreed by ${agreed.by.join(', ')}`.slice(0, 500),
    author,
    created: new Date(now),
    expires: new Date(now + (step.waits === undefined ? step.seconds * 1000 : questionMs)),
    cause_site: cause.site,
    cause_edge: cause.edge,
    event: cause.event,
    detected: new Date(cause.detected),
    received: new Date(cause.received),
    zone: cause.zone === undefined ? null : columnText(cause.zone),
    evidence: agreement.does === 'stay' ? null : agreement.evidence,
    agreed: agreed?.row ?? null,
    agreed_by: agreed === undefined ? null : [...agreed.by],
  }
}

interface Proposal {
  readonly cause: Cause
  readonly agreement: Agreement
  readonly situation: Situation
  /** By level; what the breaker makes a question has none, and it is looked up when a person asks. */
  readonly blasts: ReadonlyMap<Step['level'], Blast>
}
interface Outcome {
  readonly rows: readonly OrderRow[]
  readonly published: readonly Published[]
}

const breakerSays = async (
  tx: Tx,
  write: Write,
  { breaker, counts }: { readonly breaker: BreakerRow; readonly counts: Counts },
  step: Step,
  now: number,
): Promise<string | undefined> => {
  if (step.waits !== undefined) return step.waits
  if (breaker.opened !== null) return `the circuit breaker is open: ${breaker.why ?? ''}`
  const why = tooMuch(counts, breaker, step.level === 'fleet' || step.known.length > 0)
  if (why === undefined) return undefined
  await openBreaker(tx, write, why, now)
  return `the circuit breaker opened: ${why}`
}

const carryOut = async (
  manager: Manager,
  tx: Tx,
  write: Write,
  { cause, agreement, situation, blasts }: Proposal,
): Promise<Outcome> => {
  const { now } = situation
  // Whoever decides by himself waits here, so that two do not order the same, and none more than the breaker allows.
  const breaker = await lockBreaker(tx)
  const { past, counts } = await lookUp(tx, cause.ip, now)
  const rows: OrderRow[] = []
  const published: Published[] = []
  for (const step of decide(cause, agreement, { ...situation, past })) {
    const waits = await breakerSays(tx, write, { breaker, counts }, step, now)
    if (waits === undefined) {
      const one = await order(manager, tx, write, valuesOf(cause, agreement, step, now), now)
      rows.push(one.row)
      published.push(one.published)
      continue
    }
    if (await isQueueFull(tx, cause.site, now)) continue
    const blast = blasts.get(step.level)
    const values = valuesOf(cause, agreement, { ...step, waits }, now)
    rows.push(await ask(tx, write, { ...values, blast: blast === undefined ? null : JSON.stringify(blast) }, now))
  }
  if (rows.length === 0) throw new Nothing()
  return { rows, published }
}

const sitesOf = (step: Step, cause: Cause, { site, sites }: Situation): readonly (PublishedSite | string)[] =>
  step.level === 'fleet' ? sites : [site ?? cause.site]

/**
 * Orders, asks or does nothing about a source. Called twice for one event, it does so once.
 * @returns the rows that were made
 */
export const propose = async (
  manager: Manager,
  given: Cause,
  agreementOf: (site: PublishedSite | undefined) => Agreement,
): Promise<readonly OrderRow[]> => {
  const ip = sourceIp(given.ip)
  if (ip === undefined) return []
  const cause = { ...given, ip }
  // A look first: most events of a storm are about what is contained already.
  const [site, sites, past] = await Promise.all([
    publishedSite(manager, cause.site),
    recentSites(manager),
    ordersAbout(manager.db, ip, manager.now()),
  ])
  const agreement = agreementOf(site)
  const situation: Situation = { now: manager.now(), past: [], site, sites }
  const steps = decide(cause, agreement, { ...situation, past })
  if (steps.length === 0) return []
  const blasts = new Map<Step['level'], Blast>()
  for (const step of steps)
    if (step.waits !== undefined)
      blasts.set(step.level, await blastOf(manager, { ip, days: blastDays, sites: sitesOf(step, cause, situation) }))
  try {
    const { rows, published } = await manager.trail.change((tx, write) =>
      carryOut(manager, tx, write, { cause, agreement, situation, blasts }),
    )
    announce(manager.bus, ...published)
    for (const { id } of rows) manager.bus.publish('changed', { kind: 'orders', id })
    return rows
  } catch (error) {
    if (error instanceof Nothing || isDuplicate(error)) return []
    throw error
  }
}
