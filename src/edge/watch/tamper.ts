/** Notices when somebody else changes our tables or sysctls: alarm, one re-apply, then a person. */
import { setImmediate } from 'node:timers/promises'
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import { elementsDigest, rulesetGeneration, setsOf, structureDigest } from '#linux/nft-objects.ts'
import { bootId, hasSysctl, readSysctl, sysctls } from '#linux/sysctl.ts'
import type { EventDraft } from '#schema/event.ts'
import { needsIpHooks } from '#policy/nft/ip-hooks.ts'
import { ipTable, table } from '#policy/nft/names.ts'
import { nowEnforces, portNamed, type Edge } from '../context.ts'
import { record } from '../writing.ts'
import { BridgeWatch, formerPorts, raiseBridge } from '../bridge.ts'
import {
  enforce,
  foreignBridgeFilter,
  foreignFilter,
  heedLeft,
  isPrpSeen,
  neededSysctls,
  prpText,
  writeSysctls,
} from '../enforce.ts'
import { running } from '../kernel/generations.ts'
import { restoreRisks } from '../kernel/risk.ts'
import { become } from '../orders/apply.ts'
import { restoreContainments } from '../orders/contain.ts'
import { restoreBypass } from '../orders/bypass.ts'
import { restoreTemporary } from '../orders/permit.ts'
import { endLost } from '../records/contained.ts'
import { mustBeTogether } from '../records/parts.ts'
import { confirmedPlan } from '../rollback.ts'
import { keys } from '../store/kv.ts'

/** Somebody who flushes twice within this time wants something: it is left to a person. */
const patienceMs = 3_600_000

const tablesOf = (edge: Edge) =>
  [
    [edge.family, table],
    ['inet', ipTable],
  ] as const

/** Chains, rules, sets and maps of both tables. */
const structure = (edge: Edge): string =>
  tablesOf(edge)
    .map(([family, name]) => structureDigest(family, name))
    .join(' ')

/** Contents of the sets that only a load fills, in parts. */
function* contents(edge: Edge): Generator<undefined, string> {
  const found: string[] = []
  for (const [family, name] of tablesOf(edge))
    for (const { moves, name: set } of setsOf(family, name))
      if (!moves && /^g\d+_/.test(set)) found.push(yield* elementsDigest(family, name, set))
  return found.join(' ')
}

interface Looks {
  readonly structure: string
  readonly contents: string
}
const isSame = (one: Looks, other: Looks): boolean =>
  one.structure === other.structure && one.contents === other.contents

const lookAtOnce = (edge: Edge): Looks => {
  const parts = contents(edge)
  for (;;) {
    const { done, value } = parts.next()
    if (done === true) return { structure: structure(edge), contents: value }
  }
}

/** The same, and others have their turn meanwhile: orders do not wait for a hundred thousand permits to be read. */
const lookSoftly = async (edge: Edge): Promise<Looks> => {
  const rules = structure(edge)
  const parts = contents(edge)
  for (;;) {
    const { done, value } = parts.next()
    if (done === true) return { structure: rules, contents: value }
    await setImmediate()
  }
}

/** A deadline process that has settled a plan is given this time to enforce what it settled. */
const settlingMs = 5000

const Seen = z.object({
  boot: z.string(),
  generation: z.number(),
  digest: z.string(),
  structure: z.string(),
  contents: z.string(),
})

const isBridge = ({ plan }: Edge): boolean => plan.kind === 'bridge'

/** What stands in the way of packets, or decides whether they may be given to the IP hooks, and is nobody's change of ours. */
const obstacles = {
  firewall: (edge: Edge) => (isBridge(edge) && needsIpHooks(edge.plan) ? foreignFilter() : undefined),
  'bridge-firewall': (edge: Edge) => (isBridge(edge) ? foreignBridgeFilter() : undefined),
  prp: (edge: Edge) => (needsIpHooks(edge.plan) && isPrpSeen(edge.store) ? prpText : undefined),
} as const

const heedObstacles = (edge: Edge): void => {
  for (const [alarm, find] of Object.entries(obstacles)) {
    const found = find(edge)
    if ((found !== undefined) === edge.alarms.has(alarm)) continue
    writeSysctls(edge.plan, isPrpSeen(edge.store))
    if (found === undefined) edge.alarms.delete(alarm)
    else {
      edge.alarms.set(alarm, found)
      record(edge, { kind: 'degraded', text: found })
    }
  }
}

/** From now on the kernel puts packets together: their parts were seen in another order than they can be judged in. */
const putTogether = async (edge: Edge): Promise<void> => {
  if (edge.plan.together === true || !mustBeTogether(edge)) return
  if (!hasSysctl(sysctls.bridgeCallIptables)) {
    edge.alarms.set(
      'fragments',
      'Parts of packets come here before their first ones and are denied: this kernel cannot put them together before they are judged. Load the module as root: modprobe br_netfilter.',
    )
    return
  }
  edge.alarms.delete('fragments')
  await become(edge, edge.site, edge.text)
  record(edge, {
    kind: 'reapply',
    by: 'daemon',
    text: 'Parts of packets come here before their first ones. From now on the kernel puts packets together before they are judged, which takes each a little longer; until now such packets were denied.',
    details: { generation: edge.generation },
  })
}

/** Puts ports into the bridge and sets it right; what prevents that is an alarm, and is tried again where it is asked for again. */
const raise = async (edge: Edge, ports: readonly string[]): Promise<boolean> => {
  try {
    await raiseBridge(edge.plan, { ports, former: formerPorts(edge.store) })
    edge.alarms.delete('bridge')
    return true
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    edge.alarms.set('bridge', `The bridge ${edge.plan.bridge} cannot be set right: ${error.message}`)
    return false
  }
}

/** What went away and is back was taken by nobody: it is put in however often that happens. */
const putBack = async (edge: Edge, devices: readonly string[]): Promise<void> => {
  if (!(await raise(edge, devices))) return
  record(
    edge,
    ...devices.map((device): EventDraft => {
      const port = portNamed(edge.plan, device)
      return {
        kind: 'reapply',
        by: 'daemon',
        source: { port },
        text: `Port ${port} (${device}) was gone and is back: it is part of the bridge ${edge.plan.bridge} again.`,
      }
    }),
  )
}

export class TamperWatch {
  readonly #bridge = new BridgeWatch()
  /** Of the generation that was loaded last: what its tables looked like then. */
  #loaded = -1
  #looks: Looks = { structure: '', contents: '' }
  #reapplied = Number.NEGATIVE_INFINITY
  #told = false
  /** The plan that the store said should run, and the generation by which this process was seen to enforce it. */
  #followed = ''
  #unfollowed: number | undefined

  /**
   * The deadline process may have gone back to the confirmed plan while this one was stopped or busy: that is followed, and made good
   * when it ended halfway.
   * @returns true while it may still be on its way
   */
  async #settling(edge: Edge): Promise<boolean> {
    const current = edge.store.plans.current()
    if (current === undefined) return false
    const followed = `${current.id} ${edge.generation}`
    if (followed === this.#followed) return false
    if (edge.store.plans.load(current.id)?.source === edge.text) {
      this.#followed = followed
      this.#unfollowed = undefined
      return false
    }
    const { plan, text, source } = confirmedPlan(edge.store)
    const active = running()
    this.#unfollowed ??= performance.now()
    // The next look finds the text in place, and what the other process was still tidying up is gone by then.
    if (active?.digest === plan.digest) nowEnforces(edge, { plan, text, site: source, generation: active.generation })
    else if (performance.now() - this.#unfollowed > settlingMs) await become(edge, source, text, { goesBack: true })
    return true
  }

  #remember(edge: Edge, looks: Looks): void {
    this.#loaded = edge.generation
    this.#looks = looks
    const { generation, plan } = edge
    try {
      edge.store.kv.set(keys.tables, { boot: bootId(), generation, digest: plan.digest, ...looks })
    } catch (error) {
      if (!(error instanceof Fault)) throw error
    }
  }

  /** What an earlier daemon saw of this generation: what was changed since then was changed while nobody watched. */
  #recall(edge: Edge): boolean {
    const seen = edge.store.kv.get(keys.tables, Seen)
    if (seen?.boot !== bootId() || seen.generation !== edge.generation || seen.digest !== edge.plan.digest) return false
    this.#loaded = edge.generation
    this.#looks = { structure: seen.structure, contents: seen.contents }
    return true
  }

  async #wrong(edge: Edge): Promise<string | undefined> {
    const altered = neededSysctls(edge.plan, isPrpSeen(edge.store)).find(([name, value]) => readSysctl(name) !== value)
    if (altered !== undefined) return `${[altered[0]].flat().join('.')} was changed`
    if (this.#loaded === edge.generation && edge.nft.isTrusted()) return undefined
    const number = rulesetGeneration()
    const active = running()
    if (active === undefined) return 'our table or its base chain is gone'
    if (active.digest !== edge.plan.digest) return 'another plan is active'
    let looks = await lookSoftly(edge)
    const first = this.#loaded !== edge.generation && !this.#recall(edge)
    // What is changed while it is read, by ourselves as well, may be seen in part.
    if ((first || !isSame(looks, this.#looks)) && rulesetGeneration() !== number) looks = lookAtOnce(edge)
    if (first) this.#remember(edge, looks)
    if (isSame(looks, this.#looks)) {
      edge.nft.trust(number)
      return undefined
    }
    return looks.structure === this.#looks.structure
      ? 'elements of our sets were changed'
      : 'rules, sets or chains of ours were changed'
  }

  /** Called every two seconds. */
  async tick(edge: Edge): Promise<void> {
    if (await this.#settling(edge)) return
    await putTogether(edge)
    heedObstacles(edge)
    const { back, altered, ports } = this.#bridge.look(edge.plan)
    if (back.length > 0) await putBack(edge, back)
    else if (altered === undefined) edge.alarms.delete('bridge')
    const wrong = (await this.#wrong(edge)) ?? altered
    if (wrong === undefined) {
      if (edge.alarms.delete('tamper')) this.#told = false
      if (performance.now() - this.#reapplied >= patienceMs) edge.alarms.delete('reapplied')
      return
    }
    if (!this.#told) record(edge, { kind: 'tamper', text: `Somebody else changed what this edge enforces: ${wrong}.` })
    this.#told = true
    const now = performance.now()
    if (now - this.#reapplied < patienceMs) {
      edge.alarms.set(
        'tamper',
        `Somebody else changed what this edge enforces (${wrong}) again; it was not re-applied a second time. Run \`bulkhead edge doctor\`.`,
      )
      return
    }
    const loaded = await enforce(edge.store, edge.plan)
    this.#reapplied = now
    edge.generation = loaded.generation
    heedLeft(edge.alarms, loaded.left)
    restoreTemporary(edge)
    restoreContainments(edge)
    restoreBypass(edge)
    endLost(edge)
    restoreRisks(edge)
    await raise(edge, ports)
    this.#loaded = -1
    this.#told = false
    edge.alarms.set(
      'reapplied',
      `Somebody else changed what this edge enforces (${wrong}); it was put right once. Find out who: \`bulkhead edge events --kind tamper\`.`,
    )
    record(edge, {
      kind: 'reapply',
      by: 'daemon',
      text: `The rules were loaded again, once: ${wrong}.`,
      details: { generation: loaded.generation },
    })
  }
}
