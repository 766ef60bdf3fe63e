/** Runs a scenario through the kernel and through `evaluate`, and says where they differ. */
import { isMulticast } from '#core/address.ts'
import { bridgeSysctls, usesIpHooks, writeBridgeForwarding } from '#edge/enforce.ts'
import { loadGeneration } from '#edge/kernel/generations.ts'
import { flushConntrack } from '#linux/conntrack.ts'
import { writeSysctl } from '#linux/sysctl.ts'
import { isGivenTagged } from '#policy/nft/inspection.ts'
import type { Packet } from '#policy/packet.ts'
import { evaluate } from '#policy/evaluate.ts'
import type { Verdict } from '#policy/verdict.ts'
import { enforcesAnything, type Plan } from '#policy/plan.ts'
import { initialState } from '#policy/state.ts'
import { compareSets, type SetDisagreement } from './sets.ts'
import { isCutShort, packetOf } from './facts.ts'
import { carryOut, ordered, secondsOpen } from './orders.ts'
import type { Document } from './policy.ts'
import { planOf, type Scenario } from './scenario.ts'
import type { Arrival, Wires } from './wires.ts'

export interface FrameDisagreement {
  readonly kind: 'frame'
  readonly step: number
  readonly from: string
  readonly to: string
  /** Absent for what never becomes a packet. */
  readonly verdict?: Verdict
  /** What the kernel did. */
  readonly kernel: 'delivered' | 'changed' | 'not delivered' | 'redirected'
}
export type Disagreement = FrameDisagreement | SetDisagreement

export interface Result {
  readonly frames: number
  readonly delivered: number
  readonly contained: number
  /** Known assets among them. */
  readonly known: number
  /** How often each reason decided. */
  readonly reasons: ReadonlyMap<string, number>
  readonly disagreements: readonly Disagreement[]
}

interface Expected {
  readonly step: number
  readonly from: string
  readonly verdicts: ReadonlyMap<string, Verdict>
  /** Not sent in parts. */
  readonly whole: boolean
  /** Where a redirect sends it: `address port`. */
  readonly target?: string
}

/** Where a redirect sends a packet, if one does. */
const targetOf = ({ redirects }: Plan, verdicts: ReadonlyMap<string, Verdict>, { ip }: Packet): string | undefined => {
  const id = [...verdicts.values()].find(({ outcome }) => outcome === 'redirect')?.redirect
  const found = redirects.find((one) => one.id === id && one.proto === ip?.proto && one.port === ip.dport)
  return found === undefined ? undefined : `${found.target} ${found.targetPort ?? found.port}`
}

const mustCompile = (policy: Document, islands: readonly string[]): Plan => {
  const { plan, problems } = planOf(policy, islands)
  if (plan === undefined) throw new Error(problems.join('; '))
  return plan
}

const outcomes = { permit: 'delivered', deny: 'not delivered', redirect: 'redirected' } as const

/** Who has such an address cannot be answered: where the kernel looks for a way it drops the packet (RFC 1122, 3.2.1.3). */
const isMartian = ({ ip }: Packet): boolean =>
  ip !== undefined && (/^(0|127)\./.test(ip.src) || ip.src === '255.255.255.255' || isMulticast(ip.src))

/** With every zone joined: what is redirected over a border is denied, which is still no matter of conntrack's where it is a part. */
const unbordered = ({ islands: _islands, ...plan }: Plan): Plan => ({ ...plan, islandPorts: [] })

/** Windows keep their ids from one plan to the next, not their places. */
const sameWindows = (before: Plan, after: Plan, open: ReadonlySet<number>): ReadonlySet<number> => {
  const ids = new Set([...open].map((index) => before.windows[index]?.id))
  return new Set(after.windows.flatMap(({ id }, index) => (ids.has(id) ? [index] : [])))
}

/**
 * @param wires a world with as many ports as the policy has, see {@link portsOf}
 * @param tamper what the kernel gets instead of the plan, to see that a difference is found
 * @throws Error when the policy does not compile or the kernel refuses the rules
 */
export const runScenario = async (
  wires: Wires,
  { policy, islands: first = [], steps }: Scenario,
  tamper: (plan: Plan) => Plan = (plan) => plan,
): Promise<Result> => {
  let islands = first
  let last = policy
  let plan = mustCompile(policy, islands)
  let joined = unbordered(plan)
  const namespace = wires.world.edge
  const load = async (next: Plan, windows: ReadonlySet<number>) => {
    for (const [name, value] of bridgeSysctls(next, false)) writeSysctl(name, value, { namespace })
    writeBridgeForwarding(next, namespace)
    await wires.know(next.redirects.map(({ target }) => target))
    return (await loadGeneration(tamper(next), secondsOpen(windows), namespace)).generation
  }
  // One transaction, where taking away table by table would be three.
  wires.nft.run('flush ruleset')
  let generation = await load(plan, new Set())
  let state = initialState()
  const expected = new Map<number, Expected>()
  const got = new Map<string, Arrival>()
  const collect = (arrivals: readonly Arrival[]) => {
    for (const arrival of arrivals) got.set(`${arrival.id} ${arrival.port}`, arrival)
  }
  for (const [index, step] of steps.entries()) {
    if (step.kind !== 'frame') {
      collect(await wires.settled())
      if (step.kind === 'apply') {
        islands = step.islands ?? islands
        last = step.policy ?? last
        const next = mustCompile(last, islands)
        state = { ...state, openWindows: sameWindows(plan, next, state.openWindows) }
        generation = await load(next, state.openWindows)
        plan = next
        joined = unbordered(plan)
      } else {
        carryOut(wires, plan, generation, step)
        state = ordered(plan, state, step)
      }
      continue
    }
    // Under another policy than it was made for: where nothing is enforced, parts are judged as they come.
    if (step.fragments !== undefined && !enforcesAnything(plan)) continue
    const packet = packetOf(step.bytes, step.port, '')
    // Parts, of which the checksum knows nothing of the mark, and what is cut short are no connection of conntrack: never redirected.
    const isTracked = step.fragments === undefined && !isCutShort(step.bytes)
    const isMeant = (to: string) => evaluate(joined, state, { ...packet, out: to }).outcome === 'redirect'
    if (plan.redirects.length > 0 && (!isTracked || isMartian(packet)) && wires.egress(step.port).some(isMeant))
      continue
    const { tag, ip } = packet
    const checked = usesIpHooks(plan, { tagged: tag !== undefined, ...(ip === undefined ? {} : { family: ip.family }) })
    // Tagged IPv6 is given to the IP hooks for its commands, though its parts are not put together (edge/enforce, usesIpHooks).
    const malformedGoes = checked || (tag !== undefined && ip?.family === 6 && isGivenTagged(plan, 6))
    const judge = (bytes: Uint8Array): ReadonlyMap<string, Verdict> => {
      const verdicts = new Map<string, Verdict>()
      for (const to of wires.egress(step.port)) {
        const verdict = evaluate(plan, state, packetOf(bytes, step.port, to))
        state = verdict.state
        verdicts.set(to, verdict)
      }
      return verdicts
    }
    const expect = (id: number, verdicts: ReadonlyMap<string, Verdict>, whole: boolean) => {
      const target = targetOf(plan, verdicts, packet)
      expected.set(id, { step: index, from: step.port, verdicts, whole, ...(target === undefined ? {} : { target }) })
    }
    if (step.fragments === undefined || !checked)
      for (const bytes of step.fragments ?? [step.bytes]) {
        const verdicts =
          step.fragments === undefined && step.broken === true && malformedGoes
            ? new Map<string, Verdict>()
            : judge(bytes)
        expect(wires.send(step.port, bytes), verdicts, true)
      }
    else {
      const verdicts = step.broken === true ? new Map<string, Verdict>() : judge(step.bytes)
      const sent = step.fragments.map((bytes) => wires.send(step.port, bytes))
      // The kernel puts the parts together and takes the packet apart again its own way: only where it ends stays the same.
      for (const id of step.broken === true ? sent : sent.slice(-1)) expect(id, verdicts, false)
    }
    // Each is the first packet of its connection: evaluate knows of no others.
    if (plan.redirects.length > 0 && ip?.family === 4) {
      collect(await wires.settled())
      flushConntrack({ namespace })
    } else collect(wires.arrived())
  }
  collect(await wires.settled())

  const disagreements: Disagreement[] = []
  const reasons = new Map<string, number>()
  let delivered = 0
  for (const [id, { step, from, verdicts, whole, target }] of expected)
    for (const to of wires.egress(from)) {
      const verdict = verdicts.get(to)
      const arrival = got.get(`${id} ${to}`)
      const kernel =
        arrival === undefined
          ? 'not delivered'
          : target !== undefined && (!whole || arrival.destination === target)
            ? 'redirected'
            : arrival.intact || !whole
              ? 'delivered'
              : 'changed'
      if (verdict !== undefined) reasons.set(verdict.reason, (reasons.get(verdict.reason) ?? 0) + 1)
      if (kernel === 'delivered') delivered++
      const right = verdict === undefined ? 'not delivered' : outcomes[verdict.outcome]
      if (kernel !== right)
        disagreements.push({ kind: 'frame', step, from, to, ...(verdict === undefined ? {} : { verdict }), kernel })
    }
  disagreements.push(...compareSets(wires.nft, plan, state))
  const contained = state.strangers.size + state.containedKnown.size
  return { frames: expected.size, delivered, contained, known: state.containedKnown.size, reasons, disagreements }
}

/** Names of a policy's ports, in order. */
export const portsOf = ({ policy }: Scenario): readonly string[] =>
  Object.values(policy.edges).flatMap(({ ports }) => Object.keys(ports))
